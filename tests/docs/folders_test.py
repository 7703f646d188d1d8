"""CONTRIBUTING.md lists every folder: those at the top, and those right below `docs`, `rules`, `tests` and `tools`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nested import workspace

OPENED = ("docs", "examples", "rules", "tests", "tools")
_IGNORED = re.compile(r"bazel-|__pycache__$|site$|\.(?!bcr$|ci$|github$)")
_FOLDER = re.compile(r"`([\w./-]+)/`")


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not _IGNORED.match(path.name) and any(file.is_file() for file in path.rglob("*")):
            yield path


def test_every_folder_is_listed() -> None:
    root = workspace()
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = {name for row in text.splitlines() if row.startswith("| `") for name in _FOLDER.findall(row.split("|")[1])}
    there = {path.relative_to(root).as_posix() for path in _below(root)}
    there |= {path.relative_to(root).as_posix() for name in OPENED for path in _below(root / name)}
    assert sorted(listed - set(OPENED)) == sorted(there - set(OPENED))
