"""Debian version numbers: their order.

The algorithm is that of deb-version(7): an epoch, then the upstream version, then the Debian revision, each
compared as alternating runs of non-digits (letters before other characters, a tilde before everything, even
the end) and of digits (as numbers).
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable

Part = tuple[tuple[tuple[int, ...], int], ...]
Version = tuple[int, Part, Part]

_RUNS = re.compile(r"([^0-9]*)([0-9]*)")
_END = (0,)  # where a run of non-digits ends: after a tilde, before anything else
_RELATIONS: dict[str, Callable[[Version, Version], bool]] = {
    "<<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">>": operator.gt,
}


def _character(character: str) -> int:
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256


def _part(text: str) -> Part:
    runs = [(word, number) for word, number in _RUNS.findall(text) if word or number] or [("", "")]
    return (*((tuple(map(_character, word)) + _END, int(number or 0)) for word, number in runs), (_END, 0))


@functools.lru_cache(maxsize=4096)
def sort_key(version: str) -> Version:
    """A key that sorts version strings as dpkg does, oldest first."""
    epoch, colon, rest = version.partition(":")
    if not colon or not epoch.isdecimal():
        epoch, rest = "0", version
    upstream, hyphen, revision = rest.rpartition("-")
    if not hyphen:
        upstream, revision = rest, ""
    return int(epoch), _part(upstream), _part(revision)


def satisfies(version: str, relation: str, wanted: str) -> bool:
    """Whether `version` stands in `relation` (one of `<< <= = >= >>`) to `wanted`."""
    return _RELATIONS[relation](sort_key(version), sort_key(wanted))
