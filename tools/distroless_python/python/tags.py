"""Whether a wheel fits a base, by its tags.

https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

_MACHINES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "armhf": "armv7l",
    "arm": "armv7l",
    "i386": "i686",
    "386": "i686",
    "ppc64el": "ppc64le",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
_LEGACY_GLIBC = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


class TagPlatform(NamedTuple):
    """What wheels' tags are compared with.

    Attributes:
        version: Python's, `3.13`.
        abi: `cp313`.
        architecture: Debian's and OCI's word: `amd64`, `arm64`.
        glibc: `2.41`.
    """

    version: str
    abi: str
    architecture: str
    glibc: str


def machine(architecture: str) -> str:
    """Debian's or OCI's word for an architecture, as tags spell it."""
    return _MACHINES.get(architecture, architecture)


def expand(python: str, abi: str, platform: str) -> tuple[str, ...]:
    """The single tags of a compressed tag set."""
    return tuple("-".join(tag) for tag in product(python.split("."), abi.split("."), platform.split(".")))


def misfit(tags: Iterable[str], target: TagPlatform) -> str:
    """Why no tag fits; empty if one does. The reason is that of the tag that comes nearest."""
    reasons = [_tag_misfit(target, *tag.split("-")) for tag in tags]
    return "" if any(not reason for _, reason in reasons) else max(reasons)[1]


def _tag_misfit(target: TagPlatform, python: str, abi: str, platform: str) -> tuple[int, str]:
    """How near a tag comes, and what keeps it from fitting."""
    if reason := _python_misfit(python, abi, target):
        return 0, reason
    rank, reason = _platform_misfit(platform, target)
    return rank + 1, reason


def _python_misfit(python: str, abi: str, target: TagPlatform) -> str:
    here = _release(target.version)
    is_for = f"it is for Python {python} ({abi}), and the base has Python {target.version} ({target.abi})"
    match = re.fullmatch(r"(py|cp)(\d)(\d*)", python)
    if not match or int(match[2]) != here[0]:
        return is_for
    minor = int(match[3]) if match[3] else 0
    if abi == "none":
        return is_for if minor > here[1] else ""
    if match[1] == "cp" and abi == "abi3":
        return is_for if minor > here[1] else ""
    if match[1] == "cp" and minor == here[1] and abi == target.abi:
        return ""
    if match[1] == "cp" and minor == here[1]:
        return f"it is for the ABI {abi}, and the base has {target.abi}"
    return is_for


def _platform_misfit(platform: str, target: TagPlatform) -> tuple[int, str]:
    if platform == "any":
        return 0, ""
    arch = machine(target.architecture)
    match = re.fullmatch(r"(linux|musllinux_\d+_\d+|manylinux_\d+_\d+|manylinux(?:1|2010|2014))_(\w+)", platform)
    if not match:
        return 0, f"it is for {platform}, and the base is Linux on {arch}"
    family = match[1]
    if family.startswith("musllinux"):
        return 1, f"it is for musl libc ({platform}), and the base has glibc {target.glibc}"
    if match[2] != arch:
        return 1, f"it is for {match[2]} ({platform}), and the base is {arch}"
    needed = _LEGACY_GLIBC.get(family) or tuple(int(part) for part in family.split("_")[1:])
    if needed > _release(target.glibc):
        return 2, f"it needs glibc {needed[0]}.{needed[1]} ({platform}), and the base has glibc {target.glibc}"
    return 2, ""


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
