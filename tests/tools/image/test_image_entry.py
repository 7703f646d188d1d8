"""What an image starts."""

from __future__ import annotations

import pytest

from distroless_python.image.entry import entrypoint
from distroless_python.manifests.image import Entry
from support.wheels import TARGET


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("none", "", ["/usr/bin/base"]),
        ("file", "/app/_main/site/server.py", ["/usr/bin/python3.13", "/app/_main/site/server.py"]),
        ("module", "site.tools.migrate", ["/usr/bin/python3.13", "-m", "site.tools.migrate"]),
        ("console_script", "gunicorn", ["/usr/local/bin/gunicorn"]),
    ],
)
def test_entrypoint(kind: str, value: str, expected: list[str]) -> None:
    assert entrypoint(Entry(kind, value), ["/usr/bin/base"], TARGET) == expected
