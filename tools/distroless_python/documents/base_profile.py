"""What a base is like (`X.profile.json`). What is in its files is another document, `layer_contents`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from distroless_python.decode import decode
from distroless_python.documents.python_target import PythonTarget
from distroless_python.documents.reading import read_document
from distroless_python.files import plain, write_json
from distroless_python.python.tags import TagPlatform

if TYPE_CHECKING:
    from pathlib import Path

KIND, FORMAT = "profile", 2

_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]* \d\S*|directories, users")


@dataclass(frozen=True)
class BasePackage:
    """A Debian package of the base; `architecture` is Debian's word, `all` among them."""

    name: str
    version: str
    architecture: str = ""


@dataclass(frozen=True)
class BaseLayer:
    """A layer of the base: what OCI says of it, and the digest of the uncompressed tar."""

    digest: str
    size: int
    media_type: str
    diff_id: str


@dataclass(frozen=True)
class Release:
    """What os-release(5) says: `debian`, `13`, `trixie`; empty where it does not."""

    id: str = ""
    version_id: str = ""
    codename: str = ""

    @property
    def name(self) -> str:
        """`debian13`."""
        return self.id + self.version_id


@dataclass(frozen=True)
class BaseProfile:
    """A base with Python.

    Attributes:
        architecture: OCI's word: `amd64`, `arm64`.
        os: `linux`.
        variant: of the architecture, as OCI has it; empty for none.
        python: its Python.
        stdlib: absolute path of the standard library.
        abi: `cp313`, as in the tags of wheels.
        glibc: `2.41`; empty for another libc.
        loader: the interpreter of Python's ELF file; empty for a static one.
        release: what os-release says.
        end_of_life: the last day with updates, YYYY-MM-DD; empty if unknown.
        manifest: digest of the base's manifest, `sha256:<hex>`.
        layers: lowest first.
        config: the image config, as it is.
        library_path: absolute directories where the loader finds libraries, without links in them.
        packages: its Debian packages, by name.
    """

    architecture: str
    os: str
    variant: str
    python: PythonTarget
    stdlib: str
    abi: str
    glibc: str
    loader: str
    release: Release
    end_of_life: str
    manifest: str
    layers: tuple[BaseLayer, ...]
    config: dict[str, Any]
    library_path: tuple[str, ...]
    packages: tuple[BasePackage, ...] = field(default_factory=tuple)

    @classmethod
    def read(cls, path: Path | str) -> BaseProfile:
        """Reads `X.profile.json`.

        Raises:
            ToolError: the file is not one, or of another format.
        """
        return read_document(path, KIND, FORMAT, _parse)

    def write(self, path: Path | str) -> None:
        write_json(path, {"kind": KIND, "format": FORMAT, **plain(self)})

    @property
    def platform(self) -> dict[str, str]:
        """As OCI has it."""
        members = {"architecture": self.architecture, "os": self.os, "variant": self.variant}
        return {name: value for name, value in members.items() if value}

    @property
    def tag_platform(self) -> TagPlatform:
        """What wheels' tags are compared with."""
        return TagPlatform(self.python.version, self.abi, self.architecture, self.glibc)

    @property
    def soabi(self) -> str:
        """What the names of extension modules begin their suffix with: `cpython-313`; Python 3.7's is `cpython-37m`."""
        return f"cpython-{self.abi.removeprefix('cp')}"

    @property
    def execution(self) -> Mapping[str, Any]:
        """The `config` member of the image config: what the base starts, and how."""
        execution: Mapping[str, Any] = self.config.get("config") or {}
        return execution

    @property
    def env(self) -> dict[str, str]:
        """Environment variables."""
        return dict(item.partition("=")[::2] for item in self.execution.get("Env") or ())

    @property
    def workdir(self) -> str:
        """Absolute."""
        return self.execution.get("WorkingDir") or "/"

    @property
    def sys_path(self) -> tuple[str, ...]:
        """Absolute directories that its Python imports from, after PYTHONPATH; first wins."""
        return (
            self.stdlib,
            f"{self.stdlib}/lib-dynload",
            self.python.dist_packages,
            *(("/usr/lib/python3/dist-packages",) if self.python.dist_packages.endswith("/dist-packages") else ()),
        )

    @property
    def python_version(self) -> str:
        """Python's version as exactly as it is known: that of Debian's package, else the minor version."""
        minor = self.python.version
        for package in self.packages:
            if package.name == f"python{minor}-minimal":
                upstream = re.match(r"(?:\d+:)?(\d+\.\d+\.\d+)(?:~?((?:a|b|rc)\d+))?", package.version)
                if upstream:
                    return upstream[1] + (upstream[2] or "")
        return minor

    def layer_titles(self) -> list[str]:
        """What the layers hold, where the base's history is of this project's kind; else `layer 1` and so on."""
        history = self.config.get("history") or ()
        said = [item.get("created_by") or "" for item in history if not item.get("empty_layer")]
        if len(said) != len(self.layers):
            said = [""] * len(self.layers)
        return [text if _PACKAGE.fullmatch(text) else f"layer {number}" for number, text in enumerate(said, 1)]


def _parse(value: dict[str, Any], subject: str) -> BaseProfile:
    profile: BaseProfile = decode(value, BaseProfile, subject)
    return profile
