"""Findings about health checks."""

from __future__ import annotations

import pytest

from support.verification import Verify


@pytest.fixture
def app(verify: Verify) -> Verify:
    verify.base(files=["usr/bin/python3.13", "usr/lib/python3.13/platform.py"])
    verify.layer("//:app", "", kind="app", files=["app/_main/health.py"])
    return verify


def run(app: Verify, *command: str) -> str:
    return app.run(healthcheck=command, workdir="/app/_main", imports=["/app/_main"], env={"PATH": "/usr/bin"})


@pytest.mark.parametrize(
    "command",
    [
        ("/usr/bin/python3.13", "-c", "pass"),
        ("python3.13", "-I", "/app/_main/health.py", "--fast"),
        ("python3.13", "-I", "-m", "platform"),
        ("python3.13", "-V"),
        ("NONE",),
        (),
    ],
)
def test_what_is_there(app: Verify, command: tuple[str, ...]) -> None:
    assert run(app, *command) == ""


@pytest.mark.parametrize(
    ("command", "reason", "code"),
    [
        (("curl", "-f"), "is run by curl, which is not in the image (its PATH is /usr/bin)", "curl"),
        (("/bin/sh", "-c", "x"), "is run by /bin/sh, which is not in the image", "/bin/sh"),
        (
            ("python3.13", "/app/_main/helth.py"),
            "helth.py, which is not in the image; nearest: /app/_main/health.py",
            "/app",
        ),
        (("python3.13", "-m", "platfrom"), "the module 'platfrom' is not in the image; nearest: platform", "platfrom"),
    ],
)
def test_what_is_not(app: Verify, command: tuple[str, ...], reason: str, code: str) -> None:
    said = run(app, *command)
    assert reason in said
    assert f"[missing-healthcheck:{code}" in said
    assert "remedy: " in said
