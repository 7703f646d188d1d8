"""Reads a requirements file with hashes, as pip-tools writes it.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from distroless_python.errors import Collector, Problem, ToolError

_COMMENT = re.compile(r"(?:^|\s+)#(.*)$")
_HASH = re.compile(r"--hash[= ](?P<algorithm>[a-z0-9]+):(?P<digest>\S+)")
# What `# via` names: another distribution or a constraints file; anything else is a source of the lock.
_DISTRIBUTION = re.compile(r"-c .*|[\w.-]+(\[.*\])?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RELOCK = "write the file with `lock compile`, or `pip-compile --generate-hashes`"
# Options that say where files come from; they go on to pip. Any other option is refused.
_INDEX_OPTIONS = (
    "--index-url",
    "-i",
    "--extra-index-url",
    "--find-links",
    "-f",
    "--no-index",
    "--trusted-host",
    "--pre",
)
_IGNORED_OPTIONS = ("--only-binary", "--no-binary", "--prefer-binary", "--require-hashes")


@dataclass(frozen=True)
class Pin:
    """A locked requirement.

    Attributes:
        name: normalised.
        version: the one version that is allowed.
        extras: extras that the line asks for, sorted.
        marker: its environment marker, if any.
        hashes: SHA-256 digests of the files that are allowed, in hexadecimal.
        via: what asked for it, from pip-tools' `# via` comments: `-r requirements.in` or a name.
        line: where it begins.
    """

    name: str
    version: str
    extras: tuple[str, ...]
    marker: Marker | None
    hashes: frozenset[str]
    via: tuple[str, ...]
    line: int

    @property
    def named_directly(self) -> bool:
        """Whether a requirements.in or a project, not another distribution, asked for it."""
        return any(source.startswith("-r ") or not _DISTRIBUTION.fullmatch(source) for source in self.via)

    def applies_to(self, markers: Mapping[str, str]) -> bool:
        """Whether its marker, if any, is true for those marker values."""
        return self.marker is None or self.marker.evaluate({**markers, "extra": ""})


@dataclass(frozen=True)
class Requirements:
    """A requirements file: its pins in order, and its options for pip."""

    pins: tuple[Pin, ...]
    options: tuple[str, ...]


def parse(text: str, subject: str) -> Requirements:
    """Reads a requirements file.

    Args:
        text: its content.
        subject: its name in errors.

    Raises:
        ToolError: a line is not a pinned requirement with a SHA-256, all such lines together.
    """
    problems = Collector()
    pins: list[Pin] = []
    options: list[str] = []
    for line in _logical_lines(text):
        if line.code.startswith("-"):
            with problems.catching():
                options.extend(_option(line, subject))
        else:
            with problems.catching():
                pins.append(_pin(line, subject))
    problems.raise_if_any()
    return Requirements(tuple(pins), tuple(options))


def _option(line: _Line, subject: str) -> list[str]:
    name = re.split(r"[= ]", line.code, maxsplit=1)[0]
    if name in _IGNORED_OPTIONS:
        return []
    if name in _INDEX_OPTIONS:
        try:
            return shlex.split(line.code)
        except ValueError as error:
            raise ToolError(
                Problem(subject, f"{name}: {error}", "close the quotation", f"line {line.number}")
            ) from None
    raise ToolError(Problem(subject, f"{name} cannot stand in a lock", _RELOCK, f"line {line.number}"))


def _pin(line: _Line, subject: str) -> Pin:
    text, *rest = re.split(r"\s(?=--)", line.code, maxsplit=1)
    place = f"line {line.number}"
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise ToolError(
            Problem(subject, f"{text[:80]!r} is not a valid requirement: {reason}", _RELOCK, place)
        ) from None
    problems = Collector()
    name = canonicalize_name(requirement.name)
    specifiers = list(requirement.specifier)
    pinned = (
        len(specifiers) == 1 and specifiers[0].operator in ("==", "===") and not specifiers[0].version.endswith("*")
    )
    if requirement.url:
        problems.add(
            subject, f"{name} comes from a URL, not a package index", "serve it from an index or find-links", place
        )
    elif not pinned:
        problems.add(subject, f"{name} is not pinned to one version by ==", _RELOCK, place)
    digests = [match["digest"] for match in _HASH.finditer(" ".join(rest)) if match["algorithm"] == "sha256"]
    if not digests:
        problems.add(subject, f"{name} has no --hash=sha256:...", _RELOCK, place)
    for digest in digests:
        if not _SHA256.fullmatch(digest):
            problems.add(subject, f"{name} has a hash that is not a SHA-256: {digest[:80]!r}", _RELOCK, place)
    problems.raise_if_any()
    extras = tuple(sorted(canonicalize_name(extra) for extra in requirement.extras))
    version = specifiers[0].version
    return Pin(name, version, extras, requirement.marker, frozenset(digests), _via(line.comments), line.number)


@dataclass
class _Line:
    number: int
    code: str
    comments: list[str]
    continued: bool


def _logical_lines(text: str) -> Iterator[_Line]:
    """Yields the lines with continuations joined, each with the comments beside it and right below it."""
    current: _Line | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        match = _COMMENT.search(raw)
        code = (raw[: match.start()] if match else raw).strip()
        continued = code.endswith("\\")
        code = code.rstrip("\\").rstrip()
        if current and current.continued:
            current.code, current.continued = f"{current.code} {code}".rstrip(), continued
        elif code:
            if current:
                yield current
            current = _Line(number, code, [], continued)
        elif not match and current:  # a blank line: comments further down are the next one's
            yield current
            current = None
        if match and current:
            current.comments.append(match[1].strip())
    if current:
        yield current


def _via(comments: list[str]) -> tuple[str, ...]:
    sources: list[str] = []
    within = False
    for comment in comments:
        if comment == "via" or comment.startswith("via "):
            within = True
            comment = comment[3:].strip()
        if within and comment:
            sources.extend(source.strip() for source in comment.split(", "))
    return tuple(sources)
