"""What the dynamic loader asks of an ELF file, and the file it is kept in (`X.elf.json`)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from distroless_python.decode import decode
from distroless_python.errors import Problem, ToolError
from distroless_python.files import write_json

FORMAT = 1
_REMEDY = "this file is written beside a layer: report it, with the command that was run"


@dataclass(frozen=True)
class ElfFacts:
    """One ELF executable or shared object.

    Attributes:
        path: where it is installed, without a leading slash.
        bits: 32 or 64 (`class` in JSON).
        machine: as `uname -m` says it: `x86_64`, `aarch64`, `i386`, ...; `em_<number>` for one without a name here.
        soname: DT_SONAME, empty where there is none.
        needed: DT_NEEDED, in the file's order.
        rpath: DT_RPATH, split; the empty element (the current directory) is left out.
        runpath: DT_RUNPATH, likewise. The loader ignores `rpath` where this is there.
        requires: versions that the loader insists on, by the DT_NEEDED name that has to define them.
        defines: versions that this file defines, without the one that is named after the file.
        interpreter: PT_INTERP, the program's loader, empty for a library.
    """

    path: str
    bits: int
    machine: str
    soname: str = ""
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    requires: dict[str, tuple[str, ...]] = field(default_factory=dict)
    defines: tuple[str, ...] = ()
    interpreter: str = ""

    def to_json(self) -> dict[str, Any]:
        """The JSON object; keys that would be empty are left out."""
        values: dict[str, Any] = {"path": self.path, "class": self.bits, "machine": self.machine}
        for name in ("soname", "needed", "rpath", "runpath", "requires", "defines", "interpreter"):
            if value := getattr(self, name):
                values[name] = value
        return values

    @classmethod
    def from_json(cls, value: Any, subject: str, member: str = "") -> ElfFacts:
        """Reads one object of an `elf` list.

        Raises:
            ToolError: `value` is not such an object; `subject` and `member` say where it stands.
        """
        if isinstance(value, dict):
            value = {"bits" if key == "class" else key: item for key, item in value.items()}
        facts: ElfFacts = decode(value, cls, subject, member, _REMEDY)
        return facts


@dataclass(frozen=True)
class UnreadableElf:
    """A file that starts as an ELF file does, and is none that the loader could read."""

    path: str
    reason: str


@dataclass(frozen=True)
class Script:
    """A program on PATH that is a script: `interpreter` is what its first line names, without arguments."""

    path: str
    interpreter: str


@dataclass(frozen=True)
class ElfDocument:
    """The content of `X.elf.json`: what was seen in the files of a layer, each list sorted by path.

    Attributes:
        elf: programs and libraries.
        unreadable: damaged ones.
        scripts: scripts in the directories of PATH.
        private_keys: paths of files that are private keys by their content (PEM).
    """

    elf: tuple[ElfFacts, ...] = ()
    unreadable: tuple[UnreadableElf, ...] = ()
    scripts: tuple[Script, ...] = ()
    private_keys: tuple[str, ...] = ()


def write_document(path: Path | str, document: ElfDocument) -> None:
    """Writes `X.elf.json`; lists that would be empty are left out, but for `elf`."""
    value: dict[str, Any] = {"format": FORMAT, "elf": [facts.to_json() for facts in document.elf]}
    for name in ("unreadable", "scripts"):
        value[name] = [vars(item) for item in getattr(document, name)]
    value["private_keys"] = document.private_keys
    write_json(path, {key: item for key, item in value.items() if item or key == "elf"})


def read_document(path: Path | str) -> ElfDocument:
    """Reads `X.elf.json`.

    Raises:
        ToolError: the file is not one, or of another format.
    """
    try:
        value = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ToolError(Problem(str(path), f"cannot be read: {error}", _REMEDY)) from None
    if not isinstance(value, dict) or value.pop("format", None) != FORMAT or not isinstance(value.get("elf"), list):
        raise ToolError(Problem(str(path), f"not ELF facts of format {FORMAT}", _REMEDY))
    elf = tuple(ElfFacts.from_json(item, str(path), f"elf[{index}]") for index, item in enumerate(value.pop("elf")))
    document: ElfDocument = decode(value, ElfDocument, str(path), remedy=_REMEDY)
    return replace(document, elf=elf)
