"""Environment variables that a program does not start without: those it reads and has no default for."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ITEM = re.compile(rb"""\benviron\[\s*["'](\w+)["']\s*\](?!\s*=[^=])""")
_CALL = re.compile(
    rb"""\b(?:env|config|environ)(?:\.(\w+))?\(\s*["']([A-Z][A-Z0-9_]*)["']\s*(?:,\s*cast\s*=\s*(\w+)\s*)?,?\s*\)"""
)
_GETTERS = ("get", "pop", "setdefault", "read_env")
_DATABASE = "sqlite:////tmp/database"
_BY_KIND = {"bool": "0", "int": "0", "float": "0", "db": _DATABASE, "db_url": _DATABASE, "json": "{}"}
_OTHER = "none"


def needed_environment(content: bytes) -> Iterator[tuple[str, str]]:
    """The variables that a source reads by `os.environ[...]`, django-environ or python-decouple, without a default.

    Yields:
        The name, and a value that stands for a real one where the program only has to be imported.
    """
    for match in _ITEM.finditer(content):
        yield match[1].decode(), _stand_in(match[1].decode(), "")
    for match in _CALL.finditer(content):
        kind = (match[1] or match[3] or b"").decode()
        if kind not in _GETTERS:
            yield match[2].decode(), _stand_in(match[2].decode(), kind)


def _stand_in(name: str, kind: str) -> str:
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if name.startswith("DATABASE_") and name.endswith(("URL", "URI")):
        return _DATABASE
    if name.endswith("PORT"):
        return "1"
    return "http://localhost/" if name.endswith(("URL", "URI")) else _OTHER
