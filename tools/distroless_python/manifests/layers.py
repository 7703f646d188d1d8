"""What Starlark hands the actions that make layers of Python content: one dataclass a command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional


@dataclass(frozen=True)
class LayerOutput:
    """A layer to write (`X.layer.tar.gz`), what is known of it (`X.layer.json`) and what is in its files
    (`X.contents.json`)."""

    layer: str
    facts: str
    contents: str


@dataclass(frozen=True)
class LayerInput:
    """A layer that an action wrote, and the two documents about it."""

    layer: str
    facts: str
    contents: str


@dataclass(frozen=True)
class SourceFile:
    """A file that goes to `path`, or a directory whose files go below it."""

    source: str
    path: str


@dataclass(frozen=True)
class WheelLayerManifest:
    """`wheel-layer`: a wheel becomes a layer.

    Attributes:
        wheel: the .whl file, under the name it was published under.
        output: what to write.
        python: the base's python.json.
        label: the target, for the facts.
        direct: whether the image asks for the distribution by name (REQUESTED).
        interpreter: the base's interpreter directory, which compiles; None leaves out .pyc files.
        sha256: the wheel's digest in hex; None leaves it unchecked (Bazel checked it on download).
        exclude: patterns of files that are left out.
        part: which of `parts` layers, from 1: the first has all that is small or compiled, the others large files.
        parts: how many layers the wheel is.
    """

    wheel: str
    output: LayerOutput
    python: str
    label: str
    direct: bool
    interpreter: Optional[str]
    sha256: Optional[str]
    exclude: tuple[str, ...] = ()
    part: int = 1
    parts: int = 1


@dataclass(frozen=True)
class UnpackWheelManifest:
    """`unpack-wheel`: a wheel becomes a directory to import from on the developer's machine.

    Attributes:
        wheel: the .whl file, under the name it was published under.
        output: the directory: packages and `.dist-info` at its root, scripts in `bin/`.
        sha256: the wheel's digest in hex; None leaves it unchecked.
        exclude: patterns of files that are left out.
    """

    wheel: str
    output: str
    sha256: Optional[str]
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class TreeLayerManifest:
    """`tree-layer`: a distribution's extracted files (rules_python's `pip.parse`) become the wheel's layer.

    Attributes:
        output: what to write.
        python: the base's python.json.
        label: the target, for messages and for the facts.
        files: of one distribution, its `.dist-info` included: below `site-packages/`, `bin/`, `data/` and `include/`.
        interpreter: as for `wheel-layer`.
    """

    output: LayerOutput
    python: str
    label: str
    interpreter: Optional[str]
    files: tuple[SourceFile, ...]


@dataclass(frozen=True)
class LayerGroupManifest:
    """`layer-group`: several layers become one.

    Attributes:
        output: what to write.
        label: the image's target, for messages.
        layers: what to join.
        title: what stands before the names of what was joined; empty for nothing.
    """

    output: LayerOutput
    label: str
    layers: tuple[LayerInput, ...]
    title: str = ""


@dataclass(frozen=True)
class AppLayerManifest:
    """`app-layer`: first-party files become a layer.

    Attributes:
        output: what to write.
        python: the base's python.json.
        label: the target, for messages and for the facts.
        prefix: the directory that all of it goes below.
        interpreter: as for `wheel-layer`.
        alone: whether nothing else in an image can have one of its paths: then sizes and digests of files are left
            out of its contents, so that an edit that verification would not see does not change them.
        files: in the layout of runfiles: `_main/examples/django/server.py`.
        empty: paths of empty files, as runfiles have `__init__.py`; a file of the same path wins.
        owner: the image's user, who owns its volumes: a number, a pair `uid:gid`, `root` or `nonroot`.
        volumes: absolute directories that programs write to.
        symlinks: absolute paths of symbolic links to their targets.
    """

    output: LayerOutput
    python: str
    label: str
    prefix: str
    interpreter: Optional[str]
    alone: bool
    files: tuple[SourceFile, ...]
    empty: tuple[str, ...]
    owner: str = ""
    volumes: tuple[str, ...] = ()
    symlinks: dict[str, str] = field(default_factory=dict)
