"""A progress bar on a terminal, for what takes more than a second; nothing anywhere else."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

_WIDTH = 30
_PATIENCE, _INTERVAL = 1.0, 0.1
"""Seconds before the bar appears, and between two pictures of it."""


def count(done: int, total: int) -> str:
    """`12/34`."""
    return f"{done}/{total}"


def megabytes(done: int, total: int) -> str:
    """`1.2 of 3.4 MB`, of bytes."""
    return f"{done / 1e6:.1f} of {total / 1e6:.1f} MB"


class Progress:
    """How much of something is done. Threads may share one."""

    def __init__(
        self,
        text: str = "",
        total: int = 0,
        amount: Callable[[int, int], str] = count,
        stream: TextIO | None = None,
    ) -> None:
        """Starts to count.

        Args:
            text: what is going on.
            total: how much there is to do, as far as it is known.
            amount: how much is done of how much, in words.
            stream: where it is shown; the standard error by default.
        """
        self._text, self._total, self._done = text, total, 0
        self._amount = amount
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._next = time.monotonic() + _PATIENCE
        self._visible = False
        self._lock = threading.Lock()

    def begin(self, text: str, total: int) -> None:
        """Starts to count something else; what took a second before is shown at once."""
        with self._lock:
            self._text, self._total, self._done = text, total, 0

    def plan(self, count: int) -> None:
        """Adds to what there is to do."""
        with self._lock:
            self._total += count

    def add(self, count: int) -> None:
        """Adds to what is done; a negative number takes back what has to be done again."""
        with self._lock:
            self._done += count
            if self._is_terminal and self._total and time.monotonic() >= self._next:
                self._show()

    def close(self) -> None:
        """Takes the bar away."""
        with self._lock:
            if self._visible:
                self._stream.write("\r\033[K")
                self._stream.flush()
            self._visible = False

    def _show(self) -> None:
        self._next = time.monotonic() + _INTERVAL
        self._visible = True
        part = min(1.0, self._done / self._total)
        bar = ("#" * round(part * _WIDTH)).ljust(_WIDTH)
        self._stream.write(f"\r\033[K{self._text} [{bar}] {part:4.0%} {self._amount(self._done, self._total)}")
        self._stream.flush()
