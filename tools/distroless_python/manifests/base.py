"""What Starlark hands the actions of this package: one dataclass a command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class DebLayerManifest:
    """`deb-layer`: one Debian package becomes one layer.

    Attributes:
        deb: the .deb file.
        output: the layer to write, `X.layer.tar.gz`.
        facts: what is known of it, `X.layer.json`.
        elf: what was seen in its files, `X.elf.json`; None for nothing to write.
        label: the target, for messages and for the facts.
        name: the package that the deb has to hold.
        version: its version, likewise.
        sha256: the deb's digest in hex; None leaves it unchecked (whoever fetched it did).
    """

    deb: str
    output: str
    facts: str
    label: str
    name: str
    version: str
    elf: Optional[str] = None
    sha256: Optional[str] = None


@dataclass(frozen=True)
class LayerFile:
    """A layer, its facts and what was seen in its files, as `deb-layer` writes them."""

    layer: str
    facts: str
    elf: str


@dataclass(frozen=True)
class BaseManifest:
    """`base`: layers of packages become a base image, an OCI layout.

    Attributes:
        output: the layout's directory.
        label: the target, for messages.
        release: `debian13`; only a name.
        version_id: `13`, for os-release.
        codename: `trixie`, likewise.
        python: `3.13`; names the interpreter and its links.
        architecture: Debian's and OCI's word: `amd64` or `arm64`.
        layers: the packages' layers, lowest first.
        debug: the layer of a busybox package, for a base with a shell; None for none.
    """

    output: str
    label: str
    release: str
    version_id: str
    codename: str
    python: str
    architecture: str
    layers: tuple[LayerFile, ...]
    debug: Optional[LayerFile] = None


@dataclass(frozen=True)
class LdCacheManifest:
    """`ld-cache`: the loader's cache of a base with packages added.

    Attributes:
        layout: directory of the base's OCI layout.
        profile: what `profile` wrote for it.
        layers: the packages' layers, lowest first.
        output: the layer to write, with `etc/ld.so.cache` alone.
        facts: what is known of it, `X.layer.json`.
        label: the image's target, for messages and for the facts.
    """

    layout: str
    profile: str
    layers: tuple[LayerFile, ...]
    output: str
    facts: str
    label: str


@dataclass(frozen=True)
class ProfileManifest:
    """`profile`: what a base holds becomes `profile.json`.

    Attributes:
        layout: directory of an OCI layout.
        output: the JSON file to write.
        architecture: the platform to read where the layout has several: `amd64` or `arm64`.
        label: the base's target, for messages.
        needs_python: whether a base without Python is an error.
    """

    layout: str
    output: str
    architecture: str
    label: str
    needs_python: bool = True


@dataclass(frozen=True)
class InterpreterManifest:
    """`interpreter`: the part of a base that runs its Python, unpacked.

    Attributes:
        layout: directory of an OCI layout.
        profile: what `profile` wrote for it.
        output: the directory to write.
        label: the base's target, for messages.
    """

    layout: str
    profile: str
    output: str
    label: str
