"""What is known of a layer, written beside it (`X.layer.json`)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from distroless_python.decode import decode
from distroless_python.errors import Problem, ToolError
from distroless_python.files import atomic

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
_REMEDY = "this file is written beside a layer: report it, with the command that was run"


@dataclass(frozen=True)
class Blob:
    """A layer file's bytes: `digest` is `sha256:<hex>`, `size` counts bytes."""

    digest: str
    size: int


@dataclass(frozen=True)
class Span:
    """A range of bytes."""

    offset: int
    size: int


@dataclass(frozen=True)
class FileFacts:
    """One path of a layer that is not a directory.

    Attributes:
        path: without a leading slash.
        type: `file`, `link` or `hardlink`.
        mode: permission bits.
        size: bytes of content; 0 for links.
        sha256: hex digest of the content; empty for links.
        target: of links only.
    """

    path: str
    type: str
    mode: int
    size: int = 0
    sha256: str = ""
    target: str = ""


@dataclass(frozen=True)
class WheelFacts:
    """What a distribution says of itself.

    Attributes:
        tags: of the wheel's file, expanded.
        requires_python: as in METADATA, empty where it says nothing.
        requires_dist: likewise, one requirement an item.
        provides_extra: extras that it defines.
        console_scripts: script name to `module:function`.
        top_level: importable top-level names.
        direct: whether the image asks for it by name, not only through another.
        uncompiled: sources without a .pyc, because they do not compile or nothing could compile them.
    """

    tags: tuple[str, ...] = ()
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    console_scripts: dict[str, str] = field(default_factory=dict)
    top_level: tuple[str, ...] = ()
    direct: bool = False
    uncompiled: int = 0


class Written(NamedTuple):
    """What the writer of a layer learns while it writes: digests, ranges, paths."""

    blob: Blob
    diff_id: str
    body: Span
    diff_body: Span
    directories: tuple[str, ...]
    files: tuple[FileFacts, ...]


@dataclass(frozen=True)
class LayerFacts:
    """The content of `X.layer.json`.

    Attributes:
        kind: `wheel`, `deb`, `app` or `files`.
        name: of the distribution or package; for `app` and `files` the target's.
        version: empty where there is none.
        label: the target that made the layer, for messages.
        blob: the layer file.
        diff_id: digest of the uncompressed tar, `sha256:<hex>`.
        body: where the body is in the layer file.
        diff_body: where it is in the uncompressed tar.
        directories: each ends in `/`, sorted.
        files: everything else, sorted by path.
        wheel: for wheels only.
        bytecode: who compiled the .pyc files: `base` (the base's own interpreter), `fallback` (another of the same
            minor), `none`.
    """

    kind: str
    name: str
    version: str
    label: str
    blob: Blob
    diff_id: str
    body: Span
    diff_body: Span
    directories: tuple[str, ...]
    files: tuple[FileFacts, ...]
    wheel: Optional[WheelFacts] = None
    bytecode: str = "none"
    format: int = FORMAT

    @classmethod
    def of(cls, written: Written, **more: Any) -> LayerFacts:
        """The facts of a layer just written."""
        return cls(**written._asdict(), **more)


def write(path: Path | str, facts: LayerFacts) -> None:
    """Writes `X.layer.json`; empty values of files are left out."""
    rest = {name: _plain(item) for name, item in vars(facts).items() if item is not None and name != "files"}
    with atomic(path) as stream:  # a file at a time: there may be many
        stream.write(b'{"files":[')
        for number, file in enumerate(facts.files):
            value = {key: item for key, item in vars(file).items() if item or key == "mode"}
            stream.write((b",\n" if number else b"\n") + _json(value))
        stream.write(b"\n]," + _json(rest)[1:] + b"\n")


def read(path: Path | str) -> LayerFacts:
    """Reads `X.layer.json`.

    Raises:
        ToolError: the file is not one, or of another format.
    """
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError) as error:
        raise ToolError(Problem(str(path), f"cannot be read: {error}", _REMEDY)) from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ToolError(Problem(str(path), f"no layer facts of format {FORMAT}", _REMEDY))
    facts: LayerFacts = decode(value, LayerFacts, str(path), remedy=_REMEDY)
    return facts


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    return dict(vars(value)) if hasattr(value, "__dataclass_fields__") else value
