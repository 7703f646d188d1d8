"""What the services answer with."""

import sys

from markupsafe import Markup, escape


def page(text: str) -> Markup:
    version = ".".join(map(str, sys.version_info[:2]))
    return Markup("<p>{} on {}</p>").format(escape(text), version)
