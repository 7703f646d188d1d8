"""What Starlark hands the actions on files on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class SourceFile:
    """A file to lay at `path`, or a directory whose files to lay below it."""

    source: str
    path: str


@dataclass(frozen=True)
class Link:
    """A symbolic link to lay at `path`; `target` is written as it is."""

    path: str
    target: str


@dataclass(frozen=True)
class TreeLayerManifest:
    """`tree-layer`: a distribution's extracted files (rules_python's `pip.parse`) become the wheel's layer.

    Attributes:
        output: the layer to write, `X.layer.tar.gz`.
        facts: what is known of it, `X.layer.json`.
        elf: as for `wheel-layer`.
        profile: the base's profile.json.
        label: the target, for messages and for the facts.
        files: of one distribution, its `.dist-info` included.
        root: what the paths of importable files start with; `bin/`, `data/` and `include/` stand beside it.
        direct: whether the image asks for the distribution by name (REQUESTED).
        interpreter: as for `wheel-layer`.
        fallback: as for `wheel-layer`.
        compile: whether to write .pyc files.
    """

    output: str
    facts: str
    profile: str
    label: str
    files: tuple[SourceFile, ...]
    root: str = "site-packages/"
    direct: bool = False
    elf: Optional[str] = None
    interpreter: Optional[str] = None
    fallback: Optional[str] = None
    compile: bool = True


@dataclass(frozen=True)
class AppLayerManifest:
    """`app-layer`: first-party files become a layer.

    Attributes:
        output: the layer to write, `X.layer.tar.gz`.
        facts: what is known of it, `X.layer.json`.
        elf: as for `wheel-layer`.
        profile: the base's profile.json.
        label: the target, for messages and for the facts.
        files: in the layout of runfiles: `_main/examples/django/server.py`.
        links: symbolic links.
        empty: paths of empty files, as runfiles have `__init__.py`; a file of the same path wins.
        prefix: the directory that all of it goes below.
        kind: `app`, or `files` for libraries that several applications share.
        interpreter: as for `wheel-layer`.
        fallback: as for `wheel-layer`.
        compile: whether to write .pyc files.
    """

    output: str
    facts: str
    profile: str
    label: str
    files: tuple[SourceFile, ...] = ()
    links: tuple[Link, ...] = ()
    empty: tuple[str, ...] = ()
    prefix: str = "app"
    kind: str = "app"
    elf: Optional[str] = None
    interpreter: Optional[str] = None
    fallback: Optional[str] = None
    compile: bool = True
