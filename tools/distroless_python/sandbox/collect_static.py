"""Runs in the image, with its Python and wheels: asks a Django site where its static files go, or collects them.

    python collect_static.py where RESULT      writes STATIC_ROOT as JSON
    python collect_static.py collect

Standard library and the site's own Django only.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any


def main() -> None:
    sys.path[0] = os.getcwd()  # as `python manage.py` has it, not this file's folder
    django, settings, call_command = _django()
    if sys.argv[1] == "where":
        with open(sys.argv[2], "w", encoding="utf-8") as stream:
            json.dump({"root": os.path.abspath(settings.STATIC_ROOT) if settings.STATIC_ROOT else ""}, stream)
        return
    django.setup()
    call_command("collectstatic", interactive=False, verbosity=0)


def _django() -> Any:
    """What is needed of the site's Django, which this package's own Python does not have."""
    names = ("django", "django.conf", "django.core.management")
    django, conf, management = (importlib.import_module(name) for name in names)
    return django, conf.settings, management.call_command


if __name__ == "__main__":
    main()
