"""Jobs on threads, their items in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from distroless_python.layer.ordered import Ordered


def _run(
    jobs: Iterator[Callable[[], Iterator[int]]], *, workers: int = 3, ahead: int = 4, room: int = 10
) -> Iterator[int]:
    return Ordered[int](workers, ahead, room, lambda item: 1).run(jobs)


def _items(start: int, count: int, pause: float = 0) -> Iterator[int]:
    for number in range(count):
        time.sleep(pause)
        yield start + number


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("room", [0, 1, 1000])
def test_items_come_in_the_order_of_their_jobs(workers: int, room: int) -> None:
    jobs = (partial(_items, index * 10, index % 7, 0.002 if index % 3 == 0 else 0) for index in range(40))
    expected = [index * 10 + number for index in range(40) for number in range(index % 7)]
    assert list(_run(jobs, workers=workers, room=room)) == expected


def test_no_job_gives_nothing() -> None:
    assert list(_run(iter(()))) == []


def test_at_most_so_many_jobs_are_taken_ahead() -> None:
    taken: list[int] = []

    def jobs() -> Iterator[Callable[[], Iterator[int]]]:
        for index in range(20):
            taken.append(index)
            yield partial(_items, index, 1)

    results = _run(jobs(), ahead=4)
    assert next(results) == 0
    assert len(taken) == 4
    assert list(results) == list(range(1, 20))


def test_items_that_are_not_read_are_bounded() -> None:
    made: list[int] = []

    def job(start: int) -> Iterator[int]:
        for number in range(100):
            made.append(start + number)
            yield start + number

    results = _run((partial(job, index * 1000) for index in range(4)), workers=4, ahead=4, room=10)
    assert next(results) == 0
    time.sleep(0.1)
    assert len(made) <= 10 + 4 * 2 + 4
    assert len(list(results)) == 399


def test_the_first_error_in_the_order_of_jobs_is_raised_and_threads_end() -> None:
    def late_error() -> Iterator[int]:
        time.sleep(0.05)
        yield 1
        raise ValueError("first")

    def early_error() -> Iterator[int]:
        raise KeyError("second")
        yield 0

    before = threading.active_count()
    found: list[int] = []
    jobs: Iterator[Callable[[], Iterator[int]]] = iter(
        [partial(_items, 0, 1), late_error, early_error, partial(_items, 5, 1000)]
    )
    with pytest.raises(ValueError, match="first"):
        found.extend(_run(jobs))
    assert found == [0, 1]
    assert threading.active_count() == before


def test_threads_end_when_the_reader_stops() -> None:
    before = threading.active_count()
    results = _run((partial(_items, 0, 1000) for _ in range(10)), room=3)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
