"""What an image starts."""

from __future__ import annotations

import pytest

from distroless_python.errors import ToolError
from distroless_python.image.entry import Python, entrypoint
from distroless_python.manifests.image import Entry

PYTHON = Python("/usr/bin/python3.13", ("/app/_main", "/usr/lib/python3.13", "/usr/local/lib/python3.13/dist-packages"))
FILES = {
    "app/_main/site/server.py",
    "app/_main/site/tools/__init__.py",
    "app/_main/site/tools/migrate.py",
    "usr/lib/python3.13/http/server.py",
    "usr/local/bin/gunicorn",
    "usr/local/bin/django-admin",
    "usr/local/lib/python3.13/dist-packages/gunicorn/__init__.py",
    "usr/local/lib/python3.13/dist-packages/gunicorn/__main__.py",
    "usr/local/lib/python3.13/dist-packages/compiled.pyc",
}


def decide(kind: str, value: str = "") -> list[str]:
    return entrypoint(Entry(kind, value), ["/usr/bin/python3.13"], PYTHON, FILES, "//app:image")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("none", "", ["/usr/bin/python3.13"]),
        ("file", "/app/_main/site/server.py", ["/usr/bin/python3.13", "/app/_main/site/server.py"]),
        ("module", "gunicorn", ["/usr/bin/python3.13", "-m", "gunicorn"]),
        ("module", "site.tools.migrate", ["/usr/bin/python3.13", "-m", "site.tools.migrate"]),
        ("module", "http.server", ["/usr/bin/python3.13", "-m", "http.server"]),
        ("module", "compiled", ["/usr/bin/python3.13", "-m", "compiled"]),
        ("console_script", "gunicorn", ["/usr/local/bin/gunicorn"]),
    ],
)
def test_entrypoint(kind: str, value: str, expected: list[str]) -> None:
    assert decide(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("file", "/app/_main/site/sever.py", "/app/_main/site/server.py"),
        ("module", "gunicron", "nearest: gunicorn"),
        (
            "module",
            "site.tools",
            "without __main__.py, so `python -m site.tools` cannot run it; nearest: site.tools.migrate",
        ),
        ("console_script", "djangoadmin", "nearest: django-admin"),
    ],
)
def test_what_is_not_there_is_an_error_with_the_nearest_names(kind: str, value: str, message: str) -> None:
    with pytest.raises(ToolError) as caught:
        decide(kind, value)
    (problem,) = caught.value.problems
    assert problem.subject == "//app:image"
    assert value in problem.reason
    assert message in problem.reason


def test_no_name_is_near() -> None:
    with pytest.raises(ToolError, match="script 'zzz'\n"):
        decide("console_script", "zzz")
