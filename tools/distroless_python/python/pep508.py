"""Requirements and their markers, as they stand in a wheel's METADATA.

Specification: https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from distroless_python.python.pep440 import InvalidVersion, satisfies

_REQUIREMENT = re.compile(
    r"""\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*
    (?:\[(?P<extras>[^\]]*)\]\s*)?
    (?:
        @\s*(?P<url>[^\s;]+(?:;(?=\S)[^\s;]*)*)\s*(?:$|(?<=\s)(?=;))
        | \((?P<parenthesised>[^();]*)\)\s*
        | (?P<specifiers>[^@();]*)
    )
    (?:;(?P<marker>.*))?""",
    re.VERBOSE,
)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'[^']*'|"[^"]*")|(?P<operator>===|~=|==|!=|<=|>=|<|>|not\s+in\b|in\b)
    |(?P<punctuation>[()])|(?P<word>[A-Za-z_][A-Za-z0-9_.]*))""",
    re.VERBOSE,
)
_VERSIONS = frozenset(("implementation_version", "platform_release", "python_full_version", "python_version"))
_VARIABLES = _VERSIONS | {
    "extra",
    "implementation_name",
    "os_name",
    "platform_machine",
    "platform_python_implementation",
    "platform_system",
    "platform_version",
    "sys_platform",
}
_OLD_NAMES = {
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.version": "platform_version",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
}


class InvalidRequirement(ValueError):
    """The text is not a requirement of the specification."""


def normalise(name: str) -> str:
    """A distribution's name as everything compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True)
class Requirement:
    """A requirement.

    Attributes:
        name: normalised.
        extras: normalised.
        specifiers: comma-separated, empty for any version.
        marker: as it stands, empty for none.
    """

    name: str
    extras: tuple[str, ...]
    specifiers: str
    marker: str

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Raises InvalidRequirement."""
        match = _REQUIREMENT.fullmatch(text)
        if not match:
            raise InvalidRequirement(f"{text!r} is not a valid requirement")
        listed = (match["extras"] or "").strip()
        extras = [extra.strip() for extra in listed.split(",")] if listed else []
        specifiers = (match["parenthesised"] or match["specifiers"] or "").strip()
        marker = (match["marker"] or "").strip()
        try:
            satisfies("0", specifiers)
            if marker:
                _Marker(marker, {}).value()
        except InvalidVersion as error:
            raise InvalidRequirement(f"{text!r} is not a valid requirement: {error}") from None
        clauses = [clause.strip() for clause in specifiers.split(",")]  # a comma may stand at the end
        if (
            not all(_NAME.fullmatch(extra) for extra in extras)
            or (match["marker"] is not None and not marker)
            or (len(clauses) > 1 and not all(clauses[:-1]))
        ):
            raise InvalidRequirement(f"{text!r} is not a valid requirement")
        return cls(normalise(match["name"]), tuple(map(normalise, extras)), specifiers, marker)

    def applies(self, environment: Mapping[str, str], extras: Collection[str] = ()) -> bool:
        """Whether the marker holds in `environment` without an extra, or with one of `extras` (normalised)."""
        return not self.marker or any(
            _Marker(self.marker, {**environment, "extra": extra}).value() for extra in ("", *extras)
        )

    def admits(self, version: str) -> bool:
        """Whether `version` satisfies the specifiers. A version that is none satisfies no specifier."""
        try:
            return satisfies(version, self.specifiers)
        except ValueError:
            return False


class _Marker:
    """A marker's evaluation, by recursive descent; a variable that `environment` lacks is empty."""

    def __init__(self, text: str, environment: Mapping[str, str]) -> None:
        self._text = text
        self._environment = environment
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if not match:
                raise self._invalid()
            kind = match.lastgroup or ""
            value = match[kind]
            self._tokens.append((value, "") if value in ("and", "or") else (kind, value))
            position = match.end()
        self._tokens.reverse()

    def value(self) -> bool:
        """Raises InvalidRequirement."""
        value = self._alternatives()
        if self._tokens:
            raise self._invalid()
        return value

    def _invalid(self) -> InvalidRequirement:
        return InvalidRequirement(f"{self._text!r} is not a valid marker")

    def _next(self, kind: str, value: str = "") -> bool:
        """Takes the next token if it is this one."""
        if self._tokens and self._tokens[-1] == (kind, value):
            self._tokens.pop()
            return True
        return False

    def _alternatives(self) -> bool:
        value = self._conjunction()
        while self._next("or"):
            value = self._conjunction() or value
        return value

    def _conjunction(self) -> bool:
        value = self._atom()
        while self._next("and"):
            value = self._atom() and value
        return value

    def _atom(self) -> bool:
        if self._next("punctuation", "("):
            value = self._alternatives()
            if not self._next("punctuation", ")"):
                raise self._invalid()
            return value
        left_name, left = self._operand()
        kind, operator = self._tokens.pop() if self._tokens else ("", "")
        if kind != "operator":
            raise self._invalid()
        right_name, right = self._operand()
        name = left_name or right_name
        if name == "extra":
            left, right = normalise(left), normalise(right)
        return _compare(name, left, " ".join(operator.split()), right)

    def _operand(self) -> tuple[str, str]:
        """The variable's name, empty for a string, and the value."""
        kind, value = self._tokens.pop() if self._tokens else ("", "")
        if kind == "string":
            return "", value[1:-1]
        if kind == "word":
            name = _OLD_NAMES.get(value, value)
            if name not in _VARIABLES:
                raise self._invalid()
            return name, self._environment.get(name, "")
        raise self._invalid()


def _compare(name: str, left: str, operator: str, right: str) -> bool:
    if operator == "in":
        return left in right
    if operator == "not in":
        return left not in right
    if name in _VERSIONS:
        try:
            return satisfies(left, operator + right)
        except InvalidVersion:
            pass
    if operator in ("==", "===", "<=", ">="):
        return left == right
    return operator == "!=" and left != right
