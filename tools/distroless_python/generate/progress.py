"""A progress bar, on a terminal, for runs that take more than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

_WIDTH = 30
_PATIENCE = 1.0
"""Seconds before the bar appears."""


class Progress:
    """How many of `total` things are done."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._start = time.monotonic()
        self._shown = stream.isatty()
        self._total = self._done = 0
        self._title = ""
        self._visible = False

    def begin(self, title: str, total: int) -> None:
        """Starts to count."""
        self._title, self._total, self._done = title, total, 0

    def count(self, items: Sequence[Any], number: int) -> Iterator[Any]:
        """Passes the items on, and counts them as done."""
        self._done += number
        if self._shown and time.monotonic() - self._start > _PATIENCE and self._total:
            filled = _WIDTH * self._done // self._total
            self._stream.write(f"\r{self._title} [{'#' * filled:{_WIDTH}}] {self._done}/{self._total}")
            self._stream.flush()
            self._visible = True
        return iter(items)

    def end(self) -> None:
        """Removes the bar."""
        if self._visible:
            self._stream.write("\r\033[K")
            self._stream.flush()
            self._visible = False
