"""Trying again, with exponential back-off, what failed for a reason that may pass."""

from __future__ import annotations

import email.utils
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from distroless_python.registry.transport import Response, Transient, shown

T = TypeVar("T")

_TRANSIENT = frozenset((408, 425, 429, 500, 502, 503, 504))


@dataclass(frozen=True)
class Retry:
    """How often and how patiently.

    Attributes:
        attempts: in all, the first one included.
        first: seconds before the second attempt; doubled for each further one, with some jitter.
        longest: seconds that are waited at most, whatever a registry asks for.
    """

    attempts: int = 7
    first: float = 0.5
    longest: float = 60.0

    def call(self, step: Callable[[], T], sleep: Callable[[float], object] = time.sleep) -> T:
        """Returns what `step` returns.

        Raises:
            Transient: the last attempt failed like those before.
        """
        for attempt in range(self.attempts - 1):
            try:
                return step()
            except Transient as fault:
                wait = self.first * 2**attempt * random.uniform(1, 1.5) if fault.after is None else fault.after
                sleep(min(wait, self.longest))
        return step()


def check(response: Response) -> Response:
    """Returns an answer that is final.

    Raises:
        Transient: the answer means that the same request may succeed later.
    """
    if response.status in _TRANSIENT:
        raise Transient(f"{shown(response.url)} answers {response.status}", _after(response.headers.get("Retry-After")))
    return response


def _after(value: str | None) -> float | None:
    """The seconds of a Retry-After header: a number, or a date."""
    if value is None:
        return None
    if re.fullmatch(r"\s*[0-9]+\s*", value):
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
