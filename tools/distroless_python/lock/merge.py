"""Joins the locks of several environments into one requirements file, with markers where they differ. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from distroless_python.decode import decode
from distroless_python.errors import ToolError
from distroless_python.lock.environments import Environment
from distroless_python.lock.inputs.pins import Pin

_HEADER = "# Written with pip-tools by //tools:lock of rules_distroless_python, which also writes it again.\n"
_STATE = "# made of: "


@dataclass(frozen=True)
class Origin:
    """What a requirements lock was made of; it stands in its first lines.

    Attributes:
        environments: names, the leading one first.
        inputs: SHA-256 of every source and constraint, by path relative to the lock.
        extras: of the pyproject.toml.
        groups: of the pyproject.toml.
    """

    environments: tuple[str, ...]
    inputs: dict[str, str]
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def header(self) -> str:
        """The first lines of a lock."""
        return f"{_HEADER}{_STATE}{json.dumps(asdict(self), sort_keys=True)}\n"


def read_origin(text: str) -> Origin | None:
    """What a lock says that it was made of; None if it was not written here."""
    for line in text.splitlines():
        if line.startswith(_STATE):
            try:
                origin: Origin = decode(json.loads(line[len(_STATE) :]), Origin, "lock")
                return origin
            except (ValueError, ToolError):
                return None
    return None


def merge(results: Sequence[tuple[Environment, Sequence[Pin]]]) -> str:
    """The requirements file for all the environments.

    Args:
        results: each environment with its pins.

    Returns:
        One entry a release, sorted; where not all environments need it, with a marker for those that do.
    """
    entries: dict[tuple[str, str, tuple[str, ...], str], dict[int, Pin]] = defaultdict(dict)
    for number, (_, pins) in enumerate(results):
        for pin in pins:
            entries[pin.name, pin.version, pin.extras, pin.url][number] = pin
    environments = [environment for environment, _ in results]
    return "".join(
        _entry(list(pins.values()), _marker([environments[number] for number in pins], environments))
        for _, pins in sorted(entries.items())
    )


def _entry(pins: Sequence[Pin], marker: str) -> str:
    pin = pins[0]
    extras = f"[{','.join(pin.extras)}]" if pin.extras else ""
    hashes = sorted(frozenset[str]().union(*(pin.hashes for pin in pins)))
    via = sorted({source for pin in pins for source in pin.via})
    release = f" @ {pin.url}" if pin.url else f"=={pin.version}"
    lines = [f"{pin.name}{extras}{release}{f' ; {marker}' if marker else ''}"]
    lines += [f"    --hash=sha256:{digest}" for digest in hashes]
    text = " \\\n".join(lines) + "\n"
    if len(via) == 1:
        return f"{text}    # via {via[0]}\n"
    return text + "".join(["    # via\n", *(f"    #   {source}\n" for source in via)] if via else [])


_Key = Callable[[Environment], tuple[str, ...]]
# What environments may differ in, from what is said most simply.
_KEYS: tuple[_Key, ...] = (
    lambda e: (),
    lambda e: (e.python_version,),
    lambda e: (e.markers["sys_platform"],),
    lambda e: (e.machine,),
    lambda e: (e.markers["sys_platform"], e.machine),
    lambda e: (e.python_version, e.markers["sys_platform"], e.machine),
)


def _marker(needed: Sequence[Environment], environments: Sequence[Environment]) -> str:
    """The marker that is true for some of the environments and false for the others."""
    for key in _KEYS:
        inside = {key(environment) for environment in needed}
        if not inside & {key(environment) for environment in environments if environment not in needed}:
            break
    # Two that differ in nothing but the patch version: what one needs does not hurt the other.
    if key is _KEYS[0]:
        return ""
    if key is _KEYS[1]:
        return _python_ranges({environment.python for environment in needed}, {e.python for e in environments})
    return " or ".join(dict.fromkeys(_conjunction(key, environment) for environment in sorted(needed, key=key)))


def _conjunction(key: _Key, environment: Environment) -> str:
    values = {
        "python_version": environment.python_version,
        "sys_platform": environment.markers["sys_platform"],
        "platform_machine": environment.machine,
    }
    return " and ".join(f"{name} == '{value}'" for name, value in values.items() if value in key(environment))


def _python_ranges(needed: set[tuple[int, int]], known: Iterable[tuple[int, int]]) -> str:
    """A marker for some of the known Pythons: ranges of neighbours."""
    pythons = sorted(known)
    ranges: list[str] = []
    start = 0
    while start < len(pythons):
        end = start
        while end < len(pythons) and pythons[end] in needed:
            end += 1
        if end > start:
            lower = [f"python_version >= '{_dotted(pythons[start])}'"] * (start > 0)
            upper = [f"python_version < '{_dotted(pythons[end])}'"] if end < len(pythons) else []
            ranges.append(" and ".join(lower + upper))
        start = end + 1
    return " or ".join(ranges)


def _dotted(python: tuple[int, int]) -> str:
    return f"{python[0]}.{python[1]}"
