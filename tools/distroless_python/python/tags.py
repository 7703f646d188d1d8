"""Whether a wheel fits a base: its tags, and the Python versions that it asks for.

https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

from distroless_python.documents.python_target import Target

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


def machine(architecture: str) -> str:
    """Debian's or OCI's word for an architecture, as tags spell it."""
    return _MACHINES.get(architecture, architecture)


def expand(python: str, abi: str, platform: str) -> tuple[str, ...]:
    """The single tags of a compressed tag set."""
    return tuple("-".join(tag) for tag in product(python.split("."), abi.split("."), platform.split(".")))


def misfit(tags: Iterable[str], target: Target) -> str:
    """Why no tag fits; empty if one does. The reason is that of the tag that comes nearest."""
    reasons = [_tag_misfit(target, *tag.split("-")) for tag in tags]
    return "" if any(not reason for _, reason in reasons) else max(reasons)[1]


def _tag_misfit(target: Target, python: str, abi: str, platform: str) -> tuple[int, str]:
    """How near a tag comes, and what keeps it from fitting."""
    if reason := _python_misfit(python, abi, target):
        return 0, reason
    rank, reason = _platform_misfit(platform, target)
    return rank + 1, reason


def _python_misfit(python: str, abi: str, target: Target) -> str:
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


def _platform_misfit(platform: str, target: Target) -> tuple[int, str]:
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


_CLAUSE = re.compile(r"(~=|===|==|!=|<=|>=|<|>)\s*v?(\d+(?:\.\d+)*)(\.\*)?([^,;]*)")


def python_misfit(requires_python: str, target: Target) -> str:
    """Why a Requires-Python does not fit; empty if it does.

    A base is known by its minor version, so a clause fails only if no patch release of that minor could meet it.

    Raises:
        ValueError: it is not a version specifier.
    """
    here = _release(target.version)[:2]
    for clause in filter(None, (part.strip() for part in requires_python.split(","))):
        match = _CLAUSE.fullmatch(clause)
        if not match:
            raise ValueError(f"{clause!r} is not a valid version specifier")
        if not _allows(match[1], _release(match[2]), bool(match[3]), here):
            return f"it needs Python {requires_python}, and the base has Python {target.version}"
    return ""


def _allows(operator: str, version: tuple[int, ...], prefix: bool, here: tuple[int, ...]) -> bool:
    minor = (*version, 0)[:2]
    if operator in ("==", "==="):
        return here[: len(version)] == version[:2] if prefix else here == minor
    if operator == "!=":
        return not (prefix and len(version) <= 2 and here[: len(version)] == version)
    if operator == "~=":
        return here >= minor and here[: len(version) - 1] == version[:-1][:2]
    if operator in (">=", ">"):
        return here >= minor
    if operator == "<=":
        return here <= minor
    return here < minor or (here == minor and any(version[2:]))


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
