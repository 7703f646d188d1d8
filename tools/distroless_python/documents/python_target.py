"""What a layer has to know of its base, out of profile.json."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from distroless_python.decode import decode
from distroless_python.errors import Problem, ToolError

if TYPE_CHECKING:
    from pathlib import Path

_REMEDY = "this file is written by the profile action of a base: report it, with the command that was run"


@dataclass(frozen=True)
class Target:
    """The Python that a layer is for.

    Attributes:
        version: `3.13`.
        executable: absolute path in the image.
        dist_packages: where wheels go, without a leading slash.
        cache_tag: `cpython-313`, the middle of a .pyc's name.
        abi: `cp313`.
        architecture: Debian's and OCI's word: `amd64`, `arm64`.
        glibc: `2.41`.
    """

    version: str
    executable: str
    dist_packages: str
    cache_tag: str
    abi: str
    architecture: str
    glibc: str

    @property
    def prefix(self) -> str:
        """Where scripts, data and headers go, as Debian's Python has it."""
        return "usr/local"

    @property
    def headers(self) -> str:
        return f"{self.prefix}/include/python{self.version}"


def read(path: Path | str) -> Target:
    """Reads the profile of a base that has Python.

    Raises:
        ToolError: the file is not a profile, or the base has no Python.
    """
    try:
        with open(path, encoding="utf-8") as file:
            profile = json.load(file)
        python = profile["python"]
        values = {**python, "architecture": profile["architecture"], "glibc": profile["glibc"]} if python else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolError(Problem(str(path), f"no profile: {error!r}", _REMEDY)) from None
    if values is None:
        raise ToolError(Problem(str(path), "the base has no Python", "use a base with Python"))
    values["dist_packages"] = str(values.get("dist_packages", "")).strip("/")
    names = {field.name for field in fields(Target)}
    target: Target = decode({k: v for k, v in values.items() if k in names}, Target, str(path), remedy=_REMEDY)
    return target
