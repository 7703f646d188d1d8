"""Damages bytes and JSON, the same for the same seed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

ODD_BYTES = (
    b"",
    b"\0",
    b"\xff",
    b"\n",
    b"\r\n",
    b"\x85",
    b"../",
    b"/",
    b".wh.",
    b"\x7fELF",
    b"PK\3\4",
    b"A" * 300,
    b"{",
)
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1 << 63,
    1e308,
    "",
    "x",
    "../../etc/passwd",
    "\0",
    "\ud800",
    "sha256:" + "0" * 64,
    "a" * 5000,
    [],
    [None],
    [[]],
    {},
    {"a": {}},
    {"": 1},
)


def damage(data: bytes, random: Random) -> bytes:
    """One to four small damages."""
    for _ in range(random.randint(1, 4)):
        data = random.choice(_DAMAGES)(data, random)
    return data


def _flip(data: bytes, random: Random) -> bytes:
    return _put(data, random, lambda old: bytes([old[0] ^ 1 << random.randrange(8)]) if old else b"", 1)


def _byte(data: bytes, random: Random) -> bytes:
    return _put(data, random, lambda _: bytes([random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))]), 1)


def _number(data: bytes, random: Random) -> bytes:
    """Two to eight bytes become a number at a border."""
    size = random.choice((2, 4, 8))
    value = random.choice(
        (0, 1, (1 << 8 * size) - 1, 1 << 8 * size - 1, (1 << 8 * size - 1) - 1, random.getrandbits(8 * size))
    )
    return _put(data, random, lambda _: value.to_bytes(size, "little"), size)


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _remove(data: bytes, random: Random) -> bytes:
    return _put(data, random, lambda _: b"", random.choice((1, 2, 4, 16, 64, 512)))


def _repeat(data: bytes, random: Random) -> bytes:
    return _put(data, random, lambda old: old * random.choice((2, 3, 50)), random.choice((1, 8, 46, 512)))


def _insert(data: bytes, random: Random) -> bytes:
    return _put(data, random, lambda _: random.choice(ODD_BYTES), 0)


def _swap(data: bytes, random: Random) -> bytes:
    size = random.choice((4, 30, 46, 512))
    start, other = (random.randrange(len(data) + 1) for _ in range(2))
    piece = data[other : other + size]
    return data[:start] + piece + data[start + len(piece) :]


def _put(data: bytes, random: Random, new: Callable[[bytes], bytes], size: int) -> bytes:
    at = random.randrange(len(data) + 1)
    if random.random() < 0.4:  # directories and headers are at the ends
        at = random.choice((min(len(data), random.randrange(600)), max(0, len(data) - random.randrange(600))))
    return data[:at] + new(data[at : at + size]) + data[at + size :]


_DAMAGES = (_flip, _flip, _byte, _byte, _number, _cut, _remove, _repeat, _insert, _swap)


def damage_json(value: Any, random: Random) -> Any:
    """A copy with one to three members replaced, removed, renamed, repeated or nested."""
    value = copy.deepcopy(value)
    for _ in range(random.randint(1, 3)):
        places = list(_places(value))
        if not places:
            return random.choice(ODD_VALUES)
        parent, key = random.choice(places)
        action = random.randrange(6)
        if action == 0:
            del parent[key]
        elif action == 1 and isinstance(parent, dict):
            parent[random.choice(("x", "", "digest", "size", "\ud800"))] = parent.pop(key)
        elif action == 2 and isinstance(parent, list):
            parent.extend([parent[key]] * random.choice((1, 200)))
        elif action == 3:
            for _ in range(random.choice((1, 70, 150))):
                parent[key] = [parent[key]]
        elif action == 4:
            other, its_key = random.choice(places)
            parent[key] = copy.deepcopy(other.get(its_key) if isinstance(other, dict) else 0)
        else:
            parent[key] = random.choice(ODD_VALUES)
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key below a value."""
    pending = [value]
    while pending:
        item = pending.pop()
        keys: list[Any] = (
            list(item) if isinstance(item, dict) else list(range(len(item))) if isinstance(item, list) else []
        )
        for key in keys:
            yield item, key
            pending.append(item[key])


def damage_text(text: str, random: Random) -> str:
    """One to four damages of text: characters, lines."""
    for _ in range(random.randint(1, 4)):
        lines = text.split("\n")
        at = random.randrange(len(lines))
        action = random.randrange(6)
        if action == 0:
            lines[at] = random.choice(_LINES)
        elif action == 1:
            lines.insert(at, random.choice(_LINES))
        elif action == 2:
            lines[at:at] = [lines[at]] * random.choice((1, 2, 300))
        elif action == 3:
            del lines[at]
        else:
            place = random.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:place] + random.choice(_PIECES) + lines[at][place + action - 4 :]
        text = "\n".join(lines)
    return text


_PIECES = [
    *"\r\t\f\v\x1c\x85\u2028\u2029\0:;=,\"'[](){}<>!~^@#\\ \u202e\U0001f600",
    "é",
    "\ufeff",
    "..",
    "==",
    "a" * 300,
    "*",
]
_LINES = (
    "",
    " ",
    "\t",
    " continued",
    ":",
    "Name: other",
    "name:demo",
    "Version: 9",
    "Requires-Dist: evil",
    "From nobody",
    "[console_scripts]",
    "x = y",
    "[",
    "]",
    "a,b,c",
    '"',
    "#",
    ";",
    "no colon",
)
