"""Health checks in the config."""

from __future__ import annotations

from typing import Any

import pytest

from distroless_python.errors import Collector
from distroless_python.image.healthcheck import check_form, healthcheck
from distroless_python.manifests.image import ImageManifest


def manifest(*command: str, **options: str) -> ImageManifest:
    fields: dict[str, Any] = {"healthcheck": command, "healthcheck_options": options}
    return ImageManifest("", "", "", "", "//app:image", "", (), **fields)


def complaints(*command: str, **options: str) -> list[str]:
    problems = Collector()
    check_form(manifest(*command, **options), problems)
    assert all(problem.subject == "//app:image" and problem.remedy for problem in problems)
    return [f"{problem.member}: {problem.reason}" for problem in problems]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ((), {}),
        (("NONE",), {"Test": ["NONE"]}),
        (("/usr/bin/python3", "-c", "a b"), {"Test": ["CMD", "/usr/bin/python3", "-c", "a b"]}),
    ],
)
def test_exec_form(command: tuple[str, ...], found: dict[str, Any]) -> None:
    assert complaints(*command) == []
    assert healthcheck(manifest(*command)) == found


@pytest.mark.parametrize("command", [("curl -f http://localhost/ || exit 1",), ("CMD", "curl"), ("NONE", "x")])
def test_shell_form_and_keywords(command: tuple[str, ...]) -> None:
    said = f"healthcheck: {' '.join(command)!r} is in shell form or has Docker's keyword; the image has no shell"
    assert complaints(*command) == [said]


def test_options() -> None:
    options = {
        "interval": "1h2m3s4ms",
        "timeout": "500ms",
        "start_period": "2m",
        "start_interval": "1s",
        "retries": "5",
    }
    assert complaints("python3.13", **options) == []
    assert healthcheck(manifest("python3.13", **options)) == {
        "Test": ["CMD", "python3.13"],
        "Interval": 3_723_004_000_000,
        "Timeout": 500_000_000,
        "StartPeriod": 120_000_000_000,
        "StartInterval": 1_000_000_000,
        "Retries": 5,
    }


def test_options_that_are_none() -> None:
    assert complaints("python3.13", every="30s", interval="30", retries="3s", timeout="") == [
        "healthcheck_options: 'every' is not an option of health checks",
        "healthcheck_options: interval = '30' is not a valid time",
        "healthcheck_options: retries = '3s' is not a valid number",
        "healthcheck_options: timeout = '' is not a valid time",
    ]
    assert complaints(interval="30s") == ["healthcheck_options: options of a health check, and no `healthcheck`"]
