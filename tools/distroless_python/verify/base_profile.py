"""What verification has to know of a base, out of profile.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distroless_python.decode import decode
from distroless_python.documents import python_target as target
from distroless_python.documents.elf_facts import ElfFacts
from distroless_python.documents.layer_facts import FileFacts
from distroless_python.errors import Problem, ToolError

_REMEDY = "this file is written by the profile action of a base: report it, with the command that was run"

_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]* \d\S*|directories, users")


@dataclass(frozen=True)
class Package:
    """A Debian package of the base."""

    name: str
    version: str
    architecture: str = ""


@dataclass(frozen=True)
class Profile:
    """A base.

    Attributes:
        target: its Python.
        stdlib: where the standard library is, absolute.
        release: `id`, `version_id`, `codename` of os-release.
        layers: size in bytes and, where the base's history tells, what is in it; lowest first.
        env: environment variables.
        workdir: absolute.
        healthcheck: Docker's, as its config has it: `CMD-SHELL` and a line, or `CMD` and a program; empty for none.
        library_path: directories of the loader and its cache, absolute.
        elf: its programs and libraries.
        files: everything but directories.
        packages: its Debian packages.
    """

    target: target.Target
    stdlib: str
    release: Mapping[str, str]
    layers: tuple[tuple[int, str], ...]
    env: Mapping[str, str]
    workdir: str
    healthcheck: tuple[str, ...]
    library_path: tuple[str, ...]
    elf: tuple[ElfFacts, ...]
    files: tuple[FileFacts, ...]
    packages: tuple[Package, ...]

    @property
    def release_name(self) -> str:
        """`debian13`."""
        return self.release.get("id", "") + self.release.get("version_id", "")

    @property
    def python_version(self) -> str:
        """Python's version as exactly as it is known: that of Debian's package, else the minor version."""
        minor = self.target.version
        for package in self.packages:
            if package.name == f"python{minor}-minimal":
                upstream = re.match(r"(?:\d+:)?(\d+\.\d+\.\d+)(?:~?((?:a|b|rc)\d+))?", package.version)
                if upstream:
                    return upstream[1] + (upstream[2] or "")
        return minor


def read(path: Path | str) -> Profile:
    """Reads profile.json of a base that has Python.

    Raises:
        ToolError: the file is not a profile, or the base has no Python.
    """
    python = target.read(path)
    try:
        value = json.loads(Path(path).read_bytes())
        config = value["config"]
        run = config.get("config") or {}
        return Profile(
            target=python,
            stdlib=value["python"]["stdlib"],
            release=value["release"],
            layers=tuple(zip([layer["size"] for layer in value["layers"]], _contents(config, len(value["layers"])))),
            env=dict(item.partition("=")[::2] for item in run.get("Env") or ()),
            workdir=run.get("WorkingDir") or "/",
            healthcheck=tuple((run.get("Healthcheck") or {}).get("Test") or ()),
            library_path=tuple(value["library_path"]),
            elf=tuple(ElfFacts.from_json(item, str(path), f"elf[{i}]") for i, item in enumerate(value["elf"])),
            files=decode(value["files"], tuple[FileFacts, ...], str(path), "files", _REMEDY),
            packages=decode(value["packages"], tuple[Package, ...], str(path), "packages", _REMEDY),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ToolError(Problem(str(path), f"no profile: {error!r}", _REMEDY)) from None


def _contents(config: Mapping[str, Any], count: int) -> list[str]:
    """What the base's layers hold, where its history is of this project's kind; else `layer 1` and so on."""
    history = [item.get("created_by") or "" for item in config.get("history") or () if not item.get("empty_layer")]
    if len(history) != count:
        history = [""] * count
    return [text if _PACKAGE.fullmatch(text) else f"layer {number}" for number, text in enumerate(history, 1)]
