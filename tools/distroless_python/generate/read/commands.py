"""Commands that an application is started with elsewhere: by a Procfile, Dockerfile, compose file or pyproject.toml."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from distroless_python.generate.read.globs import Glob
from distroless_python.generate.read.scripts import SCRIPT_FILES, named_scripts
from distroless_python.generate.read.walk import Folder

_FILES = Glob(("Procfile", "Dockerfile", "Dockerfile.*", "*.Dockerfile", "docker-compose*.y*ml", "compose*.y*ml"))
_WRAPPERS = {
    "exec",
    "uv",
    "poetry",
    "pipenv",
    "run",
    "sh",
    "bash",
    "/bin/sh",
    "/bin/bash",
    "-c",
    "tini",
    "--",
    "dumb-init",
}
_PYTHON = re.compile(r"python[\d.]*")


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        folder: where its file lies.
        words: those of the command, without `exec`, `poetry run` and the like, and without the folder of the program.
        port: what the file says it listens on, 0 without.
        deploys: it is how something is run, not only what a package index's tools make of it.
    """

    folder: str
    words: tuple[str, ...]
    port: int = 0
    deploys: bool = True

    def starts(self, source: str, module: str) -> bool:
        """Whether it names a source (a path in the workspace), or the module that it is."""
        for word in self.words:
            path = word.removeprefix("./")
            if path.endswith(".py") and (source == path or source.endswith(f"/{path.rpartition('/app/')[2]}")):
                return True
            if word.partition(":")[0] in (module, module.removesuffix(".__main__")):
                return True
        return False


def read_commands(root: Path, folders: Mapping[str, Folder]) -> list[Command]:
    """The commands of the workspace's files."""
    found: list[Command] = []
    for folder in folders.values():
        for name in folder.others:
            if _FILES.matches(name) or name in SCRIPT_FILES:
                try:
                    text = (root / folder.join(name)).read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError):
                    continue
                found += _commands(folder.path, name, text)
    return found


def command_files(folders: Mapping[str, Folder]) -> list[str]:
    """The paths of the files that `read_commands` and `read_scripts` read."""
    names = ((folder, name) for folder in folders.values() for name in folder.others)
    return sorted(f.join(name) for f, name in names if _FILES.matches(name) or name in SCRIPT_FILES)


def _commands(folder: str, name: str, text: str) -> Iterator[Command]:
    if name in SCRIPT_FILES:
        for _, entry_point in named_scripts(name, text):
            yield Command(folder, (entry_point.partition(":")[0],), deploys=False)
        return
    if name == "Procfile":
        lines = [line.partition(":")[2] for line in text.splitlines() if not line.startswith("#")]
    elif "compose" in name:
        lines = re.findall(r"^\s+(?:command|entrypoint):\s*(\S.*)$", text, re.MULTILINE)
    else:
        joined = re.sub(r"\\\n", " ", text)
        lines = re.findall(r"^\s*(?:CMD|ENTRYPOINT)\s+(.*)$", joined, re.MULTILINE)
    exposed = re.search(r"^\s*EXPOSE\s+(\d+)", text, re.MULTILINE)
    for line in lines:
        words = _words(line.strip())
        if words:
            yield Command(folder, words, int(exposed[1]) if exposed else _bound(words))


def _words(line: str) -> tuple[str, ...]:
    try:
        words = [str(word) for word in json.loads(line)] if line.startswith("[") else shlex.split(line)
    except ValueError:
        return ()
    while words and words[0] in _WRAPPERS:
        words = shlex.split(words[1]) if words[0] == "-c" and len(words) > 1 and " " in words[1] else words[1:]
    if words and _PYTHON.fullmatch(words[0].rpartition("/")[2]):
        words = words[2:] if words[1:2] == ["-m"] else words[1:]
    return (words[0].rpartition("/")[2] if "/bin/" in words[0] else words[0], *words[1:]) if words else ()


def _bound(words: tuple[str, ...]) -> int:
    for option, value in zip(words, (*words[1:], "")):
        match = re.fullmatch(r"(?:--?\w+=)?(?:[\w.\[\]:]*:)?(\d{2,5})", value if "=" not in option else option)
        if re.match(r"(--bind|-b|--port|-p|--listen)\b", option) and match:
            return int(match[1])
    return 0
