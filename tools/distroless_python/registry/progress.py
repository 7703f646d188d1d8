"""A progress bar on a terminal; nothing anywhere else."""

from __future__ import annotations

import sys
import threading
import time

_WIDTH = 30
_INTERVAL = 0.1


class Progress:
    """Counts bytes of `total`; `text` says what is going on. Threads may share one."""

    def __init__(self, text: str, total: int = 0) -> None:
        self._text = text
        self._total = total
        self._done = 0
        self._shown = 0.0
        self._lock = threading.Lock()
        self._terminal = sys.stderr.isatty()

    def add(self, count: int) -> None:
        """Counts bytes; a negative number takes back what has to be sent again."""
        with self._lock:
            self._done += count
            if self._terminal and time.monotonic() - self._shown > _INTERVAL:
                self._show()

    def plan(self, count: int) -> None:
        """Adds bytes to what there is to do."""
        with self._lock:
            self._total += count

    def close(self) -> None:
        """Ends the line."""
        with self._lock:
            if self._terminal and self._total:
                self._show()
                sys.stderr.write("\n")
                sys.stderr.flush()

    def _show(self) -> None:
        self._shown = time.monotonic()
        part = min(1.0, self._done / self._total) if self._total else 1.0
        bar = ("#" * round(part * _WIDTH)).ljust(_WIDTH, ".")
        sizes = f"{self._done / 1e6:.1f} of {self._total / 1e6:.1f} MB"
        sys.stderr.write(f"\r\033[K{self._text} [{bar}] {part:4.0%} {sizes}")
        sys.stderr.flush()
