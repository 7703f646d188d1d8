"""What is in the files of a layer or a base (`X.contents.json`): the listing, and what was seen in them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Protocol

from distroless_python.decode import REPORT, decode
from distroless_python.documents.layer_facts import About, LayerFacts
from distroless_python.documents.reading import read_document
from distroless_python.errors import Problem, ToolError
from distroless_python.files import atomic, plain
from distroless_python.formats.elf import ElfFacts

if TYPE_CHECKING:
    from pathlib import Path

KIND, FORMAT = "contents", 2


class FileFacts(NamedTuple):
    """One path that is not a directory.

    Attributes:
        path: without a leading slash.
        type: `file`, `link` or `hardlink`; in a base `other` (a device, a pipe), too.
        mode: permission bits.
        size: bytes of content; 0 for links, and in first-party layers that share no path with others.
        sha256: hex digest of the content; empty for these, and in bases.
        target: of links only.
    """

    path: str
    type: str
    mode: int
    size: int = 0
    sha256: str = ""
    target: str = ""


class KnownOutput(Protocol):
    """Where the two documents about a layer go."""

    @property
    def facts(self) -> str: ...

    @property
    def contents(self) -> str: ...


@dataclass(frozen=True)
class UnreadableElf:
    """A file that starts as an ELF file does, and which the loader could not read."""

    path: str
    reason: str


@dataclass(frozen=True)
class Script:
    """A program on PATH that is a script: `interpreter` is what its first line names, without arguments."""

    path: str
    interpreter: str


@dataclass(frozen=True)
class LayerContents:
    """The content of `X.contents.json`; each list is sorted by path.

    Attributes:
        files: every path but directories.
        elf: programs and libraries.
        unreadable: damaged ones.
        scripts: scripts in the directories of PATH.
        private_keys: paths of files that are private keys by their content (PEM).
        texts: path to content, of the few files that say what a system is: os-release, ld.so.conf, site.py.
        python: what its Python modules ask for, as `python_facts.PythonFacts` writes it.
        glibc: version of the libc.so.6 that is there, `2.41`; empty for none.
        about: which layer it is; None for a base.
        directories: those of a layer without files below them; each ends in `/`.
    """

    files: tuple[FileFacts, ...] = ()
    elf: tuple[ElfFacts, ...] = ()
    unreadable: tuple[UnreadableElf, ...] = ()
    scripts: tuple[Script, ...] = ()
    private_keys: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    glibc: str = ""
    python: dict[str, Any] = field(default_factory=dict)
    about: Optional[About] = None
    directories: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path | str) -> LayerContents:
        """Reads `X.contents.json`.

        Raises:
            ToolError: the file is not one, or of another format.
        """
        return read_document(path, KIND, FORMAT, _parse)

    def write(self, path: Path | str) -> None:
        """Writes `X.contents.json`; empty values are left out."""
        rest = {name: plain(value) for name, value in vars(self).items() if value and name != "files"}
        with atomic(path) as stream:  # a file at a time: there may be many
            stream.write(b'{"files":[')
            for number, file in enumerate(self.files):
                value = {key: item for key, item in file._asdict().items() if item or key == "mode"}
                stream.write((b",\n" if number else b"\n") + _json(value))
            stream.write(b"\n]," + _json({"kind": KIND, "format": FORMAT, **rest})[1:] + b"\n")


def write_known(facts: LayerFacts, contents: LayerContents, output: KnownOutput) -> None:
    """Writes what is known of a layer: `X.layer.json`, and `X.contents.json`, which says what layer it is of."""
    above: set[str] = set()
    for file in contents.files:
        path = file.path
        while (path := path.rpartition("/")[0]) and f"{path}/" not in above:
            above.add(f"{path}/")
    empty = tuple(path for path in facts.directories if path not in above)
    facts.write(output.facts)
    replace(contents, about=facts.about, directories=empty).write(output.contents)


def _parse(value: dict[str, Any], subject: str) -> LayerContents:
    try:  # not `decode`, which takes five times as long: there may be many
        files = tuple(FileFacts(**file) for file in value.pop("files"))
    except (KeyError, TypeError) as error:
        raise ToolError(Problem(subject, f"damaged: {error!r}", REPORT, "files")) from None
    contents: LayerContents = decode(value, LayerContents, subject)
    return replace(contents, files=files)


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
