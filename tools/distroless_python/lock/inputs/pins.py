"""What every reader gives: which releases an environment gets, with the hashes of the files that are allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

SHA256 = re.compile(r"[0-9a-f]{64}")
# What `# via` names: another distribution or a constraints file; anything else is a source of the lock.
_DISTRIBUTION = re.compile(r"-c .*|[\w.-]+(\[.*\])?")


@dataclass(frozen=True)
class Pin:
    """A locked release, and the environments that get it.

    Attributes:
        name: normalised.
        version: the one version that is allowed.
        extras: extras that are asked for, sorted.
        environments: names of those that get it.
        hashes: SHA-256 digests of the files that are allowed, in hexadecimal.
        via: what asked for it, as pip-tools' `# via` comments say it: `-r requirements.in` or a distribution's name.
        place: where it stands, for errors: `line 4`.
        index: the index that the lock found it on, asked where the machine's own lacks it; empty for the machine's.
        url: where its only file is, for one that is on no index; else empty.
    """

    name: str
    version: str
    extras: tuple[str, ...]
    environments: frozenset[str]
    hashes: frozenset[str]
    via: tuple[str, ...]
    place: str
    index: str = ""
    url: str = ""

    @property
    def named_directly(self) -> bool:
        """Whether a requirements.in or a project, not another distribution, asked for it."""
        return any(source.startswith("-r ") or not _DISTRIBUTION.fullmatch(source) for source in self.via)


@dataclass(frozen=True)
class FirstParty:
    """A project of the workspace that is named by its folder: code of one's own, in no lock.

    Attributes:
        name: normalised; empty where the project does not say.
        folder: absolute.
    """

    name: str
    folder: Path


@dataclass(frozen=True)
class Pins:
    """What a wheel lock is made from.

    Attributes:
        pins: in the order of their file.
        options: pip's options that stand in it: where files are, if not where pip's configuration says.
        first_party: the workspace's own projects among the requirements.
        files: every file that was read for it.
    """

    pins: tuple[Pin, ...]
    options: tuple[str, ...] = ()
    first_party: tuple[FirstParty, ...] = ()
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Selection:
    """What is wanted of a lock that holds more than one installation.

    Attributes:
        extras: optional dependencies.
        groups: dependency groups.
        packages: projects of a uv workspace; none for all.
    """

    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()

    def chosen(self) -> dict[str, tuple[str, ...]]:
        """What is selected, by kind; kinds of which nothing is are left out."""
        found = self.normalised()
        kinds = {"extras": found.extras, "groups": found.groups, "packages": found.packages}
        return {kind: names for kind, names in kinds.items() if names}

    def normalised(self) -> Selection:
        """With names as PEP 503 and PEP 735 compare them."""
        return Selection(*(_normalised(names) for names in (self.extras, self.groups, self.packages)))


ALL = Selection()


def _normalised(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({canonicalize_name(name) for name in names}))
