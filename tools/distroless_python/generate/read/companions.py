"""Distributions that a program needs because of what it uses of another: an extra that nobody imports by name.

FastAPI imports `python_multipart` once a route has a form, Django asks for Pillow where a model has an `ImageField`.
They count where they are locked, and are not missed where they are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from distroless_python.generate.read.facts import Import, named_module

_FORMS = ("python_multipart",)
_NEEDS = {
    "fastapi.File": _FORMS,
    "fastapi.Form": _FORMS,
    "fastapi.UploadFile": _FORMS,
    "fastapi.security.OAuth2PasswordRequestForm": _FORMS,
    "fastapi.templating": ("jinja2",),
    "fastapi.testclient": ("httpx",),
    "pydantic.EmailStr": ("email_validator",),
    "starlette.middleware.sessions": ("itsdangerous",),
    "starlette.templating": ("jinja2",),
    "starlette.testclient": ("httpx",),
}
"""What is imported to the modules that it needs then."""
_IMAGE_FIELD = re.compile(rb"\bmodels\.ImageField\(")


def companions(imports: Iterable[Import], content: bytes) -> Iterator[Import]:
    """The modules that a source needs beside what it imports."""
    for entry in imports:
        for name in (entry.module, *(f"{entry.module}.{name}" for name in entry.names)):
            for module in _NEEDS.get(name, ()):
                yield named_module(module, entry.line)
    field = _IMAGE_FIELD.search(content)
    if field:
        yield named_module("PIL", content.count(b"\n", 0, field.start()) + 1)
