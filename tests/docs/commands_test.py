"""Reads the documents and does what they say: files are written, commands run, in order, in an empty workspace.

A comment above each fenced block says what it is:

    <!-- run -->               commands, by a shell; they have to succeed
    <!-- run, and it fails --> commands whose error is what is shown
    <!-- output -->            lines that the last command printed, `…` for any text
    <!-- file: PATH -->        the content of a file
    <!-- add to: PATH -->      lines at the end of a file
    <!-- replace in: PATH -->  two parts, separated by a line `---`: what is there, and what is to be there

A document that begins with `<!-- after: PATH -->` goes on where another one ended.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from given import GIVEN
from markdown import Block, blocks, documents
from nested import workspace
from scratch import Scratch

_AFTER = re.compile(r"\A<!-- after: (\S+) -->$", re.M)


def _text(name: str) -> str:
    return (workspace() / name).read_text(encoding="utf-8")


def _previous(name: str) -> str:
    match = _AFTER.match(_text(name))
    return match[1] if match else ""


def _chain(name: str) -> list[str]:
    """The document, after those that it goes on from."""
    return ([*_chain(_previous(name))] if _previous(name) else []) + [name]


def _runnable() -> list[str]:
    """The documents with something to run, each right after the one that it goes on from."""
    root = workspace()
    names = [path.relative_to(root).as_posix() for path in documents(root)]
    return sorted((name for name in names if any(b.mark == "run" for b in blocks(_text(name)))), key=_chain)


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    found = Scratch.create(tmp_path_factory.mktemp("documents"), workspace())
    yield found
    found.shutdown()


class Reader:
    """Somebody who follows a document to the letter."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._printed = ""

    def do(self, name: str, block: Block) -> None:
        where = f"{name}:{block.line}"
        kind, _, path = block.mark.partition(": ")
        if kind in ("run", "run, and it fails"):
            self._run(where, block.text, succeeds=kind == "run")
        elif kind == "output":
            for line in block.text.splitlines():
                pattern = ".*".join(re.escape(part) for part in line.strip().split("…"))
                assert re.search(pattern, self._printed), f"{where}: not printed: {line}\n{self._printed}"
        elif kind in ("file", "add to", "replace in"):
            file = self._scratch.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self._edited(where, kind, file, block.text), encoding="utf-8")

    def _run(self, where: str, command: str, *, succeeds: bool) -> None:
        start = time.monotonic()
        result = self._scratch.run(command)
        self._printed = result.stdout + result.stderr
        print(f"{where}: {time.monotonic() - start:.0f} s: {' '.join(command.split())}")
        assert (result.returncode == 0) == succeeds, f"{where}: {command}\n{self._printed}"

    @staticmethod
    def _edited(where: str, kind: str, file: Path, text: str) -> str:
        if kind == "file":
            return text
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        if kind == "add to":
            return old + text
        before, _, after = text.partition("---\n")
        assert old.count(before) == 1, f"{where}: not once in {file.name}:\n{before}\n{old}"
        return old.replace(before, after)


@pytest.mark.parametrize("name", _runnable())
def test_the_document_does_what_it_says(name: str, scratch: Scratch) -> None:
    scratch.clear()
    reader = Reader(scratch)
    if _previous(name):
        _restore(scratch, _previous(name), reader)
    _follow(scratch, name, reader)


def _follow(scratch: Scratch, name: str, reader: Reader) -> None:
    for path, content in GIVEN.get(name, {}).items():
        file = scratch.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    for block in blocks(_text(name)):
        reader.do(name, block)
    ignore = shutil.ignore_patterns("bazel-*")
    shutil.copytree(scratch.root, _kept(scratch, name), ignore=ignore, symlinks=True, dirs_exist_ok=True)


def _kept(scratch: Scratch, name: str) -> Path:
    return scratch.root.with_name("after " + name.replace("/", " "))


def _restore(scratch: Scratch, name: str, reader: Reader) -> None:
    """The workspace as the document `name` leaves it; where only one test runs, it is followed first."""
    if _kept(scratch, name).exists():
        shutil.copytree(_kept(scratch, name), scratch.root, symlinks=True, dirs_exist_ok=True)
        return
    if _previous(name):
        _restore(scratch, _previous(name), reader)
    _follow(scratch, name, reader)


def test_there_is_something_to_run_in_steps_too() -> None:
    assert {"README.md", "docs/tutorial.md", "docs/how-to/dockerfile.md"} <= set(_runnable())
