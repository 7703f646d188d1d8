"""The progress bar: on a terminal, and only for what takes a while."""

from __future__ import annotations

import io

import pytest

from distroless_python.generate import progress
from distroless_python.generate.progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def run(stream: io.StringIO) -> str:
    bar = Progress(stream)
    bar.begin("reading", 4)
    assert [item for chunk in ([1, 2], [3, 4]) for item in bar.count(chunk, 2)] == [1, 2, 3, 4]
    bar.end()
    return stream.getvalue()


def test_a_bar_on_a_terminal_goes_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", -1)
    text = run(Terminal())
    assert "reading [###############               ] 2/4" in text
    assert text.endswith("] 4/4\r\033[K")


def test_no_bar_for_what_is_quick() -> None:
    assert run(Terminal()) == ""


def test_no_bar_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", -1)
    assert run(io.StringIO()) == ""
