"""Versions and version specifiers, to ask whether what is in an image satisfies what was required.

Specification: https://packaging.python.org/en/latest/specifications/version-specifiers/ . A pre-release that is in the
image was chosen by whoever locked it, so it satisfies whatever its number does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import total_ordering
from typing import Any

_VERSION = re.compile(
    r"""\s*v?
    (?:(?P<epoch>\d+)!)?
    (?P<release>\d+(?:\.\d+)*)
    (?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_number>\d*))?
    (?P<post>-(?P<post_implicit>\d+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>\d*))?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_number>\d*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?
    \s*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_SPECIFIER = re.compile(r"\s*(===|~=|==|!=|<=|>=|<|>)\s*(\S+)\s*")
_PRE = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}


class InvalidVersion(ValueError):
    """The text is not a version of the specification, or no specifier."""


@total_ordering
@dataclass(frozen=True, eq=False)
class Version:
    """A version. Compares as the specification says.

    Attributes:
        pre: `("a" | "b" | "rc", number)`.
        local: parts of the local version.
    """

    epoch: int
    release: tuple[int, ...]
    pre: tuple[str, int] | None = None
    post: int | None = None
    dev: int | None = None
    local: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Version:
        """Raises InvalidVersion."""
        match = _VERSION.fullmatch(text)
        if not match:
            raise InvalidVersion(f"{text!r} is not a valid version")
        pre = match["pre"] and match["pre"].lower()
        return cls(
            epoch=int(match["epoch"] or 0),
            release=tuple(int(part) for part in match["release"].split(".")),
            pre=(_PRE.get(pre, pre), int(match["pre_number"] or 0)) if pre else None,
            post=int(match["post_implicit"] or match["post_number"] or 0) if match["post"] else None,
            dev=int(match["dev_number"] or 0) if match["dev"] else None,
            local=tuple(re.split(r"[-_.]", match["local"].lower())) if match["local"] else (),
        )

    def base(self) -> Version:
        """Epoch and release alone."""
        return Version(self.epoch, self.release)

    @property
    def is_prerelease(self) -> bool:
        return self.pre is not None or self.dev is not None

    def _key(self) -> tuple[Any, ...]:
        release = self.release
        while len(release) > 1 and not release[-1]:  # zeros at the end say nothing
            release = release[:-1]
        # A dev release comes before its pre-releases, those before the release, a post release after it.
        if self.pre is not None:
            pre: tuple[Any, ...] = (0, *self.pre)
        elif self.post is None and self.dev is not None:
            pre = (-1, "", 0)
        else:
            pre = (1, "", 0)
        local = tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in self.local)
        return (
            self.epoch,
            release,
            pre,
            -1 if self.post is None else self.post,
            (1, 0) if self.dev is None else (0, self.dev),
            local,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key() == other._key()

    def __lt__(self, other: Version) -> bool:
        return self._key() < other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def satisfies(version: str, specifiers: str) -> bool:
    """Whether `version` is in all of the comma-separated `specifiers`; with none of them, every version is.

    Raises:
        InvalidVersion: one of the two is none.
    """
    answers = [_satisfies(version, *_split(text)) for text in specifiers.split(",") if text.strip()]
    return all(answers)


def _split(specifier: str) -> tuple[str, str]:
    match = _SPECIFIER.fullmatch(specifier)
    if not match:
        raise InvalidVersion(f"{specifier.strip()!r} is not a valid version specifier")
    return match[1], match[2]


def _satisfies(text: str, operator: str, wanted: str) -> bool:
    if operator == "===":
        return text.strip().lower() == wanted.lower()
    version = Version.parse(text)
    if wanted.endswith(".*"):
        prefix = Version.parse(wanted[:-2])
        if operator not in ("==", "!=") or prefix != prefix.base():
            raise InvalidVersion(
                f"{operator + wanted!r} is not a valid version specifier: `.*` goes with a release, == and !="
            )
        return _has_prefix(version, prefix) == (operator == "==")
    target = Version.parse(wanted)
    if target.local and operator not in ("==", "!="):
        raise InvalidVersion(
            f"{operator + wanted!r} is not a valid version specifier: a local version goes with == and !="
        )
    public = replace(version, local=())
    if operator in ("==", "!="):
        return ((version if target.local else public) == target) == (operator == "==")
    if operator == "<=":
        return public <= target
    if operator == ">=":
        return public >= target
    if operator == "<":  # not a pre-release of the target
        return version < (target if target.is_prerelease else replace(target, dev=0))
    if operator == ">":  # not a post release of the target
        plain = target.post is None and target.dev is None
        return public > target and not (plain and replace(public, post=None, dev=None) == target)
    if len(target.release) < 2:
        raise InvalidVersion(f"{operator + wanted!r} is not a valid version specifier: ~= needs two parts at least")
    return public >= target and _has_prefix(version, Version(target.epoch, target.release[:-1]))


def _has_prefix(version: Version, prefix: Version) -> bool:
    length = len(prefix.release)
    padded = version.release + (0,) * (length - len(version.release))
    return version.epoch == prefix.epoch and padded[:length] == prefix.release
