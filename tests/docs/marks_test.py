"""Each fenced command is run by a test, or its document says why it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown import Block, blocks, documents, prose
from nested import workspace

SHELL = {"sh", "bash", "console", "shell"}
_MARK = re.compile(r"run|run, and it fails|run by (?P<by>\S+)|not run: \S.{8,}")
_OTHER = re.compile(r"file: \S+|add to: \S+|replace in: \S+|output")
_COMMAND = re.compile(r"^(\$ |(bazel|\./bazelw|pip|npx|docker|podman|helm|cosign) )", re.M)
_LIST = re.compile(r" |[-*] |\d+\. ")


def problems(root: Path, path: str, text: str) -> Iterator[str]:
    """What is wrong with a document's blocks, one line each."""
    for block in blocks(text):
        where = f"{path}:{block.line}"
        if not block.info:
            yield f"{where}: a block without a language: write sh, starlark, text, ..."
        elif block.info in SHELL:
            match = _MARK.fullmatch(block.mark)
            if not match:
                yield f"{where}: write `<!-- run -->`, `<!-- run by TEST -->` or `<!-- not run: WHY -->` above it"
            elif match["by"] and not _exists(root, match["by"]):
                yield f"{where}: there is no {match['by']}"
        elif block.mark and not _OTHER.fullmatch(block.mark):
            yield f"{where}: `{block.mark}` is not a mark of such a block"
        elif block.info != "Dockerfile" and _COMMAND.search(block.text):
            yield f"{where}: a command in a block of {block.info}: make it sh"
    before = ""
    for number, line in enumerate(prose(text).splitlines(), 1):
        if line.startswith("    ") and not _LIST.match(before):
            yield f"{path}:{number}: an indented block: write a fence with a language"
        before = line or before


def _exists(root: Path, name: str) -> bool:
    if not name.startswith("//"):
        return (root / name).exists()
    package, _, target = name[2:].partition(":")
    build = root / package / "BUILD.bazel"
    return build.is_file() and f'"{target}"' in build.read_text(encoding="utf-8")


def test_every_command_is_run_or_says_why_not() -> None:
    root = workspace()
    found = [
        problem
        for path in documents(root)
        for problem in problems(root, path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("```sh\nbazel build\n```\n", "d.md:1: write `<!-- run -->`"),
        ("<!-- run -->\n```sh\nbazel build\n```\n", ""),
        ("<!-- not run: -->\n```sh\nbazel build\n```\n", "d.md:2: write `<!-- run -->`"),
        ("<!-- not run: it needs a cluster -->\n```sh\nkubectl\n```\n", ""),
        ("<!-- run by //tests/docs:nothing -->\n```sh\nbazel build\n```\n", "d.md:2: there is no //tests/docs:nothing"),
        ("<!-- run by //tests/docs:marks_test -->\n```sh\nbazel build\n```\n", ""),
        ("<!-- run by .ci/run -->\n```sh\nbazel build\n```\n", ""),
        ("```\nx\n```\n", "d.md:1: a block without a language"),
        ("```text\n$ bazel build\n```\n", "d.md:1: a command in a block of text: make it sh"),
        ("<!-- file: BUILD.bazel -->\n```starlark\nx = 1\n```\n", ""),
        ("<!-- run -->\n```starlark\nx = 1\n```\n", "d.md:2: `run` is not a mark of such a block"),
        ("Do this:\n\n    bazel build\n", "d.md:3: an indented block"),
        ("- item\n\n    its second paragraph\n", ""),
    ],
)
def test_what_is_refused(text: str, problem: str) -> None:
    found = list(problems(workspace(), "d.md", text))
    assert len(found) == bool(problem)
    assert not found or found[0].startswith(problem)


def test_blocks_are_found_with_their_marks() -> None:
    text = "# A\n\n<!-- run -->\n```sh\na\n```\n\n- x\n\n  ```text\n  b\n  ```\n"
    assert list(blocks(text)) == [Block(4, "run", "sh", "a\n"), Block(10, "", "text", "b\n")]
