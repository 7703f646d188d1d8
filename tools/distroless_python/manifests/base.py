"""What Starlark hands the actions on bases: one dataclass a command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from distroless_python.manifests.layers import LayerInput, LayerOutput, SourceFile


@dataclass(frozen=True)
class DebLayerManifest:
    """`deb-layer`: one Debian package becomes one layer.

    Attributes:
        deb: the .deb file.
        output: what to write.
        label: the target, for messages and for the facts.
        name: the package that the deb has to hold.
        version: its version, likewise.
        sha256: the deb's digest in hex; None leaves it unchecked (Bazel checked it on download).
        exclude: patterns of paths that are left out, as regular expressions.
    """

    deb: str
    output: LayerOutput
    label: str
    name: str
    version: str
    sha256: Optional[str]
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class DescribedBase:
    """What is written about a base: `X.profile.json`, `X.contents.json` and `X.python.json`."""

    profile: str
    contents: str
    python: str


@dataclass(frozen=True)
class BaseManifest:
    """`base`: layers of packages become a base image, an OCI layout, and are described.

    Attributes:
        output: the layout's directory.
        described: what is to be written about it.
        label: the target, for messages.
        version_id: `13`, for os-release.
        codename: `trixie`, likewise.
        end_of_life: the last day with updates, YYYY-MM-DD; empty if unknown.
        python: `3.13`; names the interpreter and its links.
        architecture: Debian's and OCI's word: `amd64` or `arm64`.
        layers: the packages' layers, lowest first.
        joined: those layers as the base has them, where some were joined; none where each is a layer of the base.
        debug: the layer of a busybox package, for a base with a shell; None for none.
        release: `debian13`, whose packages messages name.
        tree: the one of the layers that is a CPython of another make; None where Python is among the packages.
    """

    output: str
    described: DescribedBase
    label: str
    version_id: str
    codename: str
    end_of_life: str
    python: str
    architecture: str
    layers: tuple[LayerInput, ...]
    debug: Optional[LayerInput]
    release: str = ""
    tree: Optional[LayerInput] = None
    joined: tuple[LayerInput, ...] = ()


@dataclass(frozen=True)
class LdCacheManifest:
    """`ld-cache`: the loader's cache of a base with packages added.

    Attributes:
        profile: the base's profile.json.
        base: the base's contents.json.
        layers: the packages' layers, lowest first.
        output: what to write: a layer with `etc/ld.so.cache` alone.
        label: the image's target, for messages and for the facts.
    """

    profile: str
    base: str
    layers: tuple[LayerInput, ...]
    output: LayerOutput
    label: str


@dataclass(frozen=True)
class ProfileManifest:
    """`profile`: a base that others made is described.

    Attributes:
        layout: directory of an OCI layout.
        described: what is to be written about it.
        architecture: the platform to read where the layout has several: `amd64` or `arm64`.
        label: the base's target, for messages.
    """

    layout: str
    described: DescribedBase
    architecture: str
    label: str


@dataclass(frozen=True)
class InterpreterManifest:
    """`interpreter`: the part of a base that runs its Python, unpacked.

    Attributes:
        layout: directory of an OCI layout.
        profile: the base's profile.json.
        contents: the base's contents.json.
        output: the directory to write.
        compiler: the one for what of it compiles.
        label: the base's target, for messages.
    """

    layout: str
    profile: str
    contents: str
    output: str
    compiler: str
    label: str


@dataclass(frozen=True)
class PackagesInterpreterManifest:
    """`packages-interpreter`: the same for a base of packages, beside its assembly.

    Attributes:
        layers: the packages' layers, lowest first.
        architecture: Debian's and OCI's word.
        output: the directory to write.
        compiler: the one for what of it compiles.
        label: the base's target, for messages.
    """

    layers: tuple[LayerInput, ...]
    architecture: str
    output: str
    compiler: str
    label: str


@dataclass(frozen=True)
class StdlibBytecodeManifest:
    """`stdlib-bytecode`: a base's standard library is compiled, for a layer above the base.

    Attributes:
        interpreter: the base's interpreter directory, which has the sources.
        compiler: the directory that compiles: the same Python, for the machine that builds.
        profile: the base's profile.json.
        contents: the base's contents.json.
        output: what to write.
        label: the base's target, for messages and for the facts.
    """

    interpreter: str
    compiler: str
    profile: str
    contents: str
    output: LayerOutput
    label: str


@dataclass(frozen=True)
class PythonLayerManifest:
    """`python-layer`: a CPython that was built to be moved becomes a layer of a base.

    Attributes:
        files: the tree's, at their paths in it: single ones, a directory, or one archive.
        python: `3.14`, which it has to be.
        output: what to write.
        label: the target, for messages and for the facts.
    """

    files: tuple[SourceFile, ...]
    python: str
    output: LayerOutput
    label: str
