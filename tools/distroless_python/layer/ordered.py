"""Generators run on threads, their items in the order of the generators.

What makes layers waits mostly for zlib and hashlib, which let go of the interpreter's lock.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Callable, Generic, TypeVar

T = TypeVar("T")

_HELD = 4
"""Most items that a job may be ahead of its reader."""


class _Job(Generic[T]):
    def __init__(self, run: Callable[[], Iterable[T]]) -> None:
        self.run = run
        self.items: queue.Queue[Any] = queue.Queue(_HELD)


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ordered(jobs: Iterable[Callable[[], Iterable[T]]], workers: int, ahead: int) -> Iterator[T]:
    """Yields what every job yields, jobs in order, while up to `workers` of them run on threads.

    Jobs are taken from `jobs` in the caller's thread, at most `ahead` of them before the first is exhausted, so memory
    is bounded by `ahead`, whatever the number of jobs. The first error, in the order of jobs, is raised here.
    """
    waiting: queue.SimpleQueue[_Job[T] | None] = queue.SimpleQueue()
    stopped = threading.Event()
    threads = [threading.Thread(target=_work, args=(waiting, stopped), daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    started: deque[_Job[T]] = deque()
    try:
        for run in jobs:
            job = _Job(run)
            waiting.put(job)
            started.append(job)
            if len(started) >= ahead:
                yield from _drain(started[0])
                started.popleft()
        while started:
            yield from _drain(started[0])
            started.popleft()
    finally:
        stopped.set()
        for job in started:  # frees the threads that wait for room
            while not isinstance(job.items.get(), _End):
                pass
        for _ in threads:
            waiting.put(None)
        for thread in threads:
            thread.join()


def _drain(job: _Job[T]) -> Iterator[T]:
    while not isinstance(item := job.items.get(), _End):
        yield item
    job.items.put(item)  # a second drain ends as well
    if item.error:
        raise item.error


def _work(waiting: queue.SimpleQueue[_Job[T] | None], stopped: threading.Event) -> None:
    while job := waiting.get():
        error: BaseException | None = None
        try:
            if not stopped.is_set():
                for item in job.run():
                    job.items.put(item)
                    if stopped.is_set():
                        break
        except BaseException as caught:  # carried to the reader
            error = caught
        job.items.put(_End(error))
