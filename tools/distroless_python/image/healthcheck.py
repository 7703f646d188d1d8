"""Health checks: Docker's member of the image config, in exec form.

Verification checks whether the image can run it.
OCI's specification has none; Docker reads it from OCI images too, Podman from Docker's format only, Kubernetes never.
https://github.com/moby/docker-image-spec/blob/v1.3.1/specs-go/v1/image.go
"""

from __future__ import annotations

import re
from typing import Any

from distroless_python.errors import Collector
from distroless_python.manifests.image import NO_HEALTHCHECK, ImageManifest

EXAMPLE = (
    'write program and arguments, such as ["/usr/bin/python3", "-c", '
    "\"import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/')\"]"
)
"""The remedy where a health check is not a valid one."""

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?")
_NANOSECONDS = (3_600_000_000_000, 60_000_000_000, 1_000_000_000, 1_000_000)
_TIMES = {
    "interval": "Interval",
    "timeout": "Timeout",
    "start_period": "StartPeriod",
    "start_interval": "StartInterval",
}


def check_form(manifest: ImageManifest, problems: Collector) -> None:
    """Checks what a user wrote."""
    command = manifest.healthcheck
    if command and command != NO_HEALTHCHECK:
        keyword = command[0] in ("CMD", "CMD-SHELL", *NO_HEALTHCHECK)
        if keyword or (len(command) == 1 and " " in command[0]):
            reason = f"{' '.join(command)!r} is in shell form or has Docker's keyword; the image has no shell"
            problems.add(manifest.label, reason, EXAMPLE, "healthcheck")
    if manifest.healthcheck_options and not command:
        problems.add(manifest.label, "options of a health check, and no `healthcheck`", EXAMPLE, "healthcheck_options")
    for name, value in manifest.healthcheck_options.items():
        reason = _wrong_option(name, value)
        if reason:
            remedy = f'write one of {", ".join([*_TIMES, "retries"])}, with a time such as "30s" or a number of retries'
            problems.add(manifest.label, reason, remedy, "healthcheck_options")


def healthcheck(manifest: ImageManifest) -> dict[str, Any]:
    """The member of the config; empty where the base's stays."""
    if not manifest.healthcheck:
        return {}
    keyword = () if manifest.healthcheck == NO_HEALTHCHECK else ("CMD",)
    found: dict[str, Any] = {"Test": [*keyword, *manifest.healthcheck]}
    for name, value in manifest.healthcheck_options.items():
        found[_TIMES.get(name, "Retries")] = int(value) if name == "retries" else _nanoseconds(value)
    return found


def _wrong_option(name: str, value: str) -> str:
    if name != "retries" and name not in _TIMES:
        return f"{name!r} is not an option of health checks"
    valid = value.isdigit() if name == "retries" else bool(value) and _DURATION.fullmatch(value) is not None
    return "" if valid else f"{name} = {value!r} is not a valid {'number' if name == 'retries' else 'time'}"


def _nanoseconds(text: str) -> int:
    match = _DURATION.fullmatch(text)
    assert match is not None  # checked
    return sum(int(number or 0) * unit for number, unit in zip(match.groups(), _NANOSECONDS))
