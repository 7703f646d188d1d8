"""Generators run on threads, their items in the order of the generators.

What makes layers waits mostly for zlib and hashlib, which let go of the interpreter's lock.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Callable, Generic, TypeVar

T = TypeVar("T")

_HEAD_ITEMS = 4
"""Items that the job whose turn it is may be ahead of the reader when the others have taken all the room."""


class _Job(Generic[T]):
    def __init__(self, run: Callable[[], Iterable[T]]) -> None:
        self.run = run
        self.items: deque[tuple[T, int]] = deque()
        self.ended = False
        self.error: BaseException | None = None


class Ordered(Generic[T]):
    """Yields what every job yields, jobs in order, while some of them run on threads.

    Args:
        workers: threads.
        ahead: most jobs that are started before the first of them is exhausted.
        room: most bytes in items that are not read yet, but for a few items of the job whose turn it is.
        weigh: the bytes of an item.
    """

    def __init__(self, workers: int, ahead: int, room: int, weigh: Callable[[T], int]) -> None:
        self._ahead = ahead
        self._room = room
        self._weigh = weigh
        self._held = 0
        self._started: deque[_Job[T]] = deque()
        self._waiting: deque[_Job[T]] = deque()
        self._stopped = False
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]

    def run(self, jobs: Iterable[Callable[[], Iterable[T]]]) -> Iterator[T]:
        """Runs jobs, which are taken from `jobs` in the caller's thread; the first error in their order is raised."""
        for thread in self._threads:
            thread.start()
        try:
            for run in jobs:
                self._start(_Job(run))
                if len(self._started) >= self._ahead:
                    yield from self._first()
            while self._started:
                yield from self._first()
        finally:
            with self._changed:
                self._stopped = True
                self._changed.notify_all()
            for thread in self._threads:
                thread.join()

    def _start(self, job: _Job[T]) -> None:
        with self._changed:
            self._started.append(job)
            self._waiting.append(job)
            self._changed.notify_all()

    def _first(self) -> Iterator[T]:
        """The items of the job whose turn it is."""
        job = self._started[0]
        while True:
            with self._changed:
                self._changed.wait_for(lambda: job.items or job.ended)
                if not job.items:
                    break
                item, weight = job.items.popleft()
                self._held -= weight
                self._changed.notify_all()
            yield item
        if job.error:
            raise job.error
        with self._changed:
            self._started.popleft()
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopped)
                if self._stopped:
                    return
                job = self._waiting.popleft()
            try:
                for item in job.run():
                    if not self._put(job, item):
                        return
            except BaseException as error:  # carried to the reader
                job.error = error
            with self._changed:
                job.ended = True
                self._changed.notify_all()

    def _put(self, job: _Job[T], item: T) -> bool:
        weight = self._weigh(item)

        def fits() -> bool:
            if self._held + weight <= self._room:
                return True
            return job is self._started[0] and len(job.items) < _HEAD_ITEMS

        with self._changed:
            self._changed.wait_for(lambda: self._stopped or fits())
            job.items.append((item, weight))
            self._held += weight
            self._changed.notify_all()
            return not self._stopped
