"""Links between documents lead somewhere, and documents that sources name are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from markdown import anchors, documents, links
from nested import workspace

KINDS = {"tutorial.md", "how-to", "reference", "explanation"}
_NAMED = re.compile(r"\bdocs/[\w./-]+\.md\b")


def _broken(root: Path) -> Iterator[str]:
    for path in documents(root):
        for line, target in links(path.read_text(encoding="utf-8")):
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            file = path.parent / name if name else path
            if not file.exists() or (anchor and anchor not in anchors(file)):
                yield f"{path.relative_to(root)}:{line}: {target}"


def test_links_lead_somewhere() -> None:
    assert list(_broken(workspace())) == []


def test_documents_that_sources_name_are_there() -> None:
    root = workspace()
    folders = [
        root / name for name in (".ci", ".github", "bases", "docs", "examples", "offline", "rules", "tests", "tools")
    ]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    files += [path for path in root.iterdir() if path.is_file()]
    missing = []
    for path in files:
        if path.suffix not in (".png", ".pyc"):
            text = path.read_bytes().decode("utf-8", "replace")
            missing += [
                f"{path.relative_to(root)}: {name}" for name in _NAMED.findall(text) if not (root / name).exists()
            ]
    assert missing == []


def test_the_layout_shows_the_four_kinds() -> None:
    found = {path.name for path in (workspace() / "docs").iterdir()}
    assert found - {"assets", "index.md"} == KINDS
