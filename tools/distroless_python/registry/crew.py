"""Threads that work for pushes: one image that fails does not keep the others back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import partial

from distroless_python.errors import ToolError
from distroless_python.registry.job import Push
from distroless_python.registry.transport import Closed


class Crew:
    """Threads that work for pushes. One whose push has failed stops; if all have, what is under way is ended."""

    def __init__(self, pool: ThreadPoolExecutor, pushes: Sequence[Push]) -> None:
        self._pool = pool
        self._pushes = pushes
        self._lock = threading.Lock()

    def each(self, step: Callable[[Push], None], pushes: Iterable[Push]) -> None:
        """Calls `step` for each push, several at once."""
        self.all((each, partial(step, each)) for each in pushes)

    def all(self, work: Iterable[tuple[Push, Callable[[], None]]]) -> None:
        """Does all of the work, each piece for a push, several at once."""
        futures = [self._pool.submit(self._guarded, push, piece) for push, piece in work]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future.done():
                    future.result()
        except BaseException:  # an interrupt too
            for future in futures:
                future.cancel()
            for each in self._pushes:
                each.registry.close()
            raise

    def _guarded(self, push: Push, piece: Callable[[], None]) -> None:
        if push.error:
            return
        try:
            piece()
        except ToolError as error:
            with self._lock:
                push.error = push.error or error
                if all(each.error for each in self._pushes):
                    push.registry.close()
        except Closed:
            pass
