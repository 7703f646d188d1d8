"""Choosing packages: the newest version of each, and what an addition needs besides. Nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from distroless_python.debian.archive import Package
from distroless_python.debian.relations import Relation, parse_relations
from distroless_python.debian.versions import sort_key
from distroless_python.errors import Collector

_CONFLICTS = ("Breaks", "Conflicts")


@dataclass(frozen=True)
class Index:
    """Every package of a release for one architecture, the newest version of each name only.

    Attributes:
        packages: name to package.
        providers: virtual name to the names of the packages that provide it, sorted.
    """

    packages: Mapping[str, Package]
    providers: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, packages: Iterable[Package]) -> Index:
        """Of equal versions the first one stays, so give the main archive before others."""
        newest: dict[str, Package] = {}
        for package in packages:
            rival = newest.get(package.name)
            if rival is None or sort_key(package.version) > sort_key(rival.version):
                newest[package.name] = package
        providers: dict[str, list[str]] = {}
        for name in sorted(newest):
            for relation in _relations(newest[name], "Provides"):
                providers.setdefault(relation[0].name, []).append(name)
        return cls(newest, {name: tuple(names) for name, names in providers.items()})


def choose(index: Index, names: Iterable[str], subject: str, problems: Collector) -> list[Package]:
    """The packages of these names, in this order; a name that the release lacks is a problem."""
    chosen = []
    for name in dict.fromkeys(names):
        if name in index.packages:
            chosen.append(index.packages[name])
            continue
        providers = index.providers.get(name, ())
        remedy = f"it is provided by: {', '.join(providers)}; name one" if providers else "correct the name"
        problems.add(subject, "no such package in this release", remedy, name)
    return chosen


def unmet(chosen: Iterable[Package], left_out: Collection[str], subject: str, problems: Collector) -> None:
    """Reports each dependency of the chosen packages that none of them meets and that is not left out on purpose."""
    selection = _Selection(chosen)
    for package in list(selection):
        for alternatives in dependencies(package):
            if not selection.meets(alternatives) and not any(a.name in left_out for a in alternatives):
                wanted = " | ".join(map(str, alternatives))
                remedy = "add it to the release's profile, or to what the profile leaves out, with the reason"
                problems.add(subject, f"depends on {wanted}, which the base does not have", remedy, package.name)


def closure(
    index: Index,
    base: Iterable[Package],
    names: Iterable[str],
    left_out: Collection[str],
    subject: str,
    problems: Collector,
) -> list[Package]:
    """The packages of these names and all that they need, less what the base has; sorted by name."""
    base = list(base)
    selection = _Selection(base)
    present = {package.name for package in base}
    queue = [package for package in choose(index, names, subject, problems) if package.name not in present]
    for package in queue:
        selection.add(package)
    for package in queue:  # grows while it is walked
        for alternatives in dependencies(package):
            if selection.meets(alternatives) or any(a.name in left_out for a in alternatives):
                continue
            found = next(_candidates(index, alternatives), None)
            if found is None or found.name in present:
                wanted = " | ".join(map(str, alternatives))
                problems.add(
                    subject, f"depends on {wanted}, which this release does not have", "leave it out", package.name
                )
                continue
            present.add(found.name)
            selection.add(found)
            queue.append(found)
    for package in queue:
        _conflicts(package, selection, subject, problems)
    return sorted(queue, key=lambda package: package.name)


def required_by(base: Iterable[Package], added: Iterable[Package], names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each package of a closure: which of the names it is the closure of need it, sorted."""
    below, above = _Selection(base), _Selection(added)
    reasons: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        queue = [package for package in above if package.name == name]
        for package in queue:  # grows while it is walked
            reasons.setdefault(package.name, []).append(name)
            for alternatives in dependencies(package):
                found = None if below.meets(alternatives) else above.one_of(alternatives)
                if found and found not in queue:
                    queue.append(found)
    return {package: tuple(wanted) for package, wanted in reasons.items()}


def dependencies(package: Package) -> Iterator[tuple[Relation, ...]]:
    """What has to be there for the package to work."""
    for field in ("Pre-Depends", "Depends"):
        yield from _relations(package, field)


def _candidates(index: Index, alternatives: tuple[Relation, ...]) -> Iterator[Package]:
    """Packages that meet one of the alternatives: real ones in order of preference, then providers."""
    for wanted in alternatives:
        package = index.packages.get(wanted.name)
        if package and wanted.accepts(package.version):
            yield package
    for wanted in alternatives:
        for name in index.providers.get(wanted.name, ()):
            if any(_same(wanted, own) for own in _provided(index.packages[name])):
                yield index.packages[name]


def _conflicts(package: Package, selection: _Selection, subject: str, problems: Collector) -> None:
    for field in _CONFLICTS:
        for alternatives in _relations(package, field):
            rival = selection.real(alternatives[0])
            if rival and rival.name != package.name:
                problems.add(subject, f"{field.lower()} {alternatives[0]}", f"leave out {rival.name}", package.name)


class _Selection:
    """Packages that are chosen, and what they provide."""

    def __init__(self, packages: Iterable[Package]) -> None:
        self._packages: dict[str, Package] = {}
        self._provided: dict[str, list[tuple[Relation, Package]]] = {}
        for package in packages:
            self.add(package)

    def __iter__(self) -> Iterator[Package]:
        return iter(self._packages.values())

    def add(self, package: Package) -> None:
        self._packages[package.name] = package
        for own in _provided(package):
            self._provided.setdefault(own.name, []).append((own, package))

    def real(self, wanted: Relation) -> Package | None:
        package = self._packages.get(wanted.name)
        return package if package and wanted.accepts(package.version) else None

    def meets(self, alternatives: Iterable[Relation]) -> bool:
        return self.one_of(alternatives) is not None

    def one_of(self, alternatives: Iterable[Relation]) -> Package | None:
        """The first package that meets one of them."""
        for wanted in alternatives:
            found = self.real(wanted) or self._provider(wanted)
            if found:
                return found
        return None

    def _provider(self, wanted: Relation) -> Package | None:
        return next((by for own, by in self._provided.get(wanted.name, ()) if _same(wanted, own)), None)


def _provided(package: Package) -> Iterator[Relation]:
    return (relation[0] for relation in _relations(package, "Provides"))


def _same(wanted: Relation, own: Relation) -> bool:
    """Whether what a package provides meets a relation: a version is met by a versioned Provides only (policy 7.5)."""
    if wanted.name != own.name:
        return False
    return not wanted.relation or bool(own.version and wanted.accepts(own.version))


def _relations(package: Package, field: str) -> tuple[tuple[Relation, ...], ...]:
    return parse_relations(package.fields[field]) if field in package.fields else ()
