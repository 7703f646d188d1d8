"""Findings about what an image starts."""

from __future__ import annotations

import pytest

from support.facts import SITE
from support.verification import Verify

APP = ["app/_main/site/server.py", "app/_main/site/tools/__init__.py", "app/_main/site/tools/migrate.py"]
GUNICORN = ["usr/local/bin/gunicorn", f"{SITE}/gunicorn/__init__.py", f"{SITE}/gunicorn/__main__.py"]


@pytest.fixture
def site(verify: Verify) -> Verify:
    verify.base(files=["usr/lib/python3.13/http/server.py"])
    verify.layer("gunicorn", files=GUNICORN, entry_points={"gunicorn": "gunicorn.app:run"})
    verify.layer("compiled", files=[f"{SITE}/compiled.pyc", "usr/local/bin/django-admin"])
    verify.layer("//:app", "", kind="app", files=APP)
    return verify


def _run(site: Verify, kind: str, value: str) -> str:
    return site.run(entry={"kind": kind, "value": value}, workdir="/app/_main", imports=["/app/_main"])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("none", ""),
        ("file", "/app/_main/site/server.py"),
        ("module", "gunicorn"),
        ("module", "site.tools.migrate"),
        ("module", "http.server"),
        ("module", "compiled"),
        ("console_script", "django-admin"),
    ],
)
def test_what_is_there(site: Verify, kind: str, value: str) -> None:
    assert _run(site, kind, value) == ""


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("file", "/app/_main/site/sever.py", "nearest: /app/_main/site/server.py"),
        ("module", "gunicron", "nearest: gunicorn"),
        (
            "module",
            "site.tools",
            "without __main__.py, so `python -m site.tools` cannot run it; nearest: site.tools.migrate",
        ),
        ("console_script", "djangoadmin", "nearest: django-admin"),
        ("console_script", "zzz", "provides the console script 'zzz' ["),
        ("console_script", "gunicorn", "calls gunicorn.app:run, and the module 'gunicorn.app' is not in the image"),
    ],
)
def test_what_is_not_there_and_the_nearest_names(site: Verify, kind: str, value: str, message: str) -> None:
    said = _run(site, kind, value)
    assert said.startswith("error: //app:image: ")
    assert message in said
    assert f"[missing-entry:{value}]" in said
