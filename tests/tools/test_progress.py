"""The progress bar: on a terminal, and only for what takes a while."""

from __future__ import annotations

import io

import pytest

from distroless_python import progress
from distroless_python.progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0)
    monkeypatch.setattr(progress, "_INTERVAL", 0)


def run(stream: io.StringIO) -> str:
    bar = Progress(stream=stream)
    bar.begin("reading", 4)
    bar.add(2)
    bar.add(2)
    bar.close()
    return stream.getvalue()


@pytest.mark.usefixtures("patience")
def test_a_bar_on_a_terminal_goes_when_it_is_done() -> None:
    text = run(Terminal())
    assert "reading [###############               ]  50% 2/4\r" in text
    assert text.endswith("] 100% 4/4\r\033[K")


@pytest.mark.usefixtures("patience")
def test_bytes_that_are_planned_later_and_sent_again() -> None:
    bar = Progress("Pushing", amount=progress.megabytes, stream=(stream := Terminal()))
    bar.add(1_000_000)
    assert stream.getvalue() == "", "nothing is known of how much there is"
    bar.plan(4_000_000)
    bar.add(1_000_000)
    bar.add(-1_000_000)
    assert stream.getvalue().endswith("Pushing [########                      ]  25% 1.0 of 4.0 MB")


def test_no_bar_for_what_is_quick() -> None:
    assert run(Terminal()) == ""


@pytest.mark.usefixtures("patience")
def test_no_bar_without_a_terminal() -> None:
    assert run(io.StringIO()) == ""
