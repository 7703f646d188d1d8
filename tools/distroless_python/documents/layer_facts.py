"""What is known of a layer, written beside it (`X.layer.json`): small, and all that an image's manifest needs.

What is in the layer's files is another document, `layer_contents`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Optional

from distroless_python.decode import decode
from distroless_python.documents.reading import read_document
from distroless_python.files import plain, write_json

if TYPE_CHECKING:
    from pathlib import Path

KIND, FORMAT = "layer", 2


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
class Distribution:
    """What a distribution says of itself.

    Attributes:
        tags: of the wheel's file, expanded.
        requires_python: as in METADATA, empty where it says nothing.
        requires_dist: likewise, one requirement an item.
        provides_extra: extras that it defines.
        entry_points: scripts' names to `module:function`, of console_scripts and gui_scripts.
        top_level: importable top-level names.
        direct: whether the image asks for it by name, not only through another.
        uncompiled: sources without a .pyc, because they do not compile or nothing could compile them.
    """

    tags: tuple[str, ...] = ()
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    entry_points: dict[str, str] = field(default_factory=dict)
    top_level: tuple[str, ...] = ()
    direct: bool = False
    uncompiled: int = 0


@dataclass(frozen=True)
class About:
    """Which layer it is. `X.contents.json` has it, too: verification need not read what changes with every byte.

    Attributes:
        layer: `bytecode` (of the standard library), `deb`, `wheel`, `group`, `files` or `app`.
        name: of the distribution or package; for `app` and `files` the target's.
        version: empty where there is none.
        label: the target that made the layer, for messages.
        wheel: for wheels only.
    """

    layer: str
    name: str
    version: str
    label: str
    wheel: Optional[Distribution] = None
    part: str = ""

    @property
    def title(self) -> str:
        """`django 5.2.8`, `torch 2.15 (2 of 3)`."""
        return f"{self.name} {self.version}{f' ({self.part})' if self.part else ''}".strip()


@dataclass(frozen=True)
class Written:
    """What the writer of a layer learns while it writes.

    Attributes:
        blob: the layer file.
        diff_id: digest of the uncompressed tar, `sha256:<hex>`.
        body: where the body is in the layer file.
        diff_body: where it is in the uncompressed tar.
        directories: each ends in `/`, sorted.
        files: how many paths it has besides directories.
        unpacked: bytes of their content.
    """

    blob: Blob
    diff_id: str
    body: Span
    diff_body: Span
    directories: tuple[str, ...]
    files: int
    unpacked: int


@dataclass(frozen=True)
class LayerFacts(About, Written):
    """The content of `X.layer.json`.

    Attributes:
        architecture: Debian's word, for Debian packages only: `amd64`, `all`.
        bytecode: whether an interpreter compiled the sources.
        part: `2 of 3` where a wheel is several layers; the first of them has what else is known of the wheel.
    """

    architecture: str = ""
    bytecode: bool = False
    part: str = ""

    @property
    def about(self) -> About:
        return About(self.layer, self.name, self.version, self.label, self.wheel, self.part)

    @classmethod
    def of(cls, written: Written, **more: Any) -> LayerFacts:
        """The facts of a layer just written."""
        return cls(**vars(written), **more)

    @classmethod
    def read(cls, path: Path | str) -> LayerFacts:
        """Reads `X.layer.json`.

        Raises:
            ToolError: the file is not one, or of another format.
        """
        return read_document(path, KIND, FORMAT, _parse)

    def write(self, path: Path | str) -> None:
        write_json(path, {"kind": KIND, "format": FORMAT, **plain(self)})


def _parse(value: dict[str, Any], subject: str) -> LayerFacts:
    facts: LayerFacts = decode(value, LayerFacts, subject)
    return facts
