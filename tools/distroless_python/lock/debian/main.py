"""`lock debian`: locks the Debian packages of a base, or of a builder, from signed indexes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from distroless_python.debian import archive, mirrors
from distroless_python.debian.archive import Package, Suite
from distroless_python.debian.mirrors import SECURITY, Mirrors
from distroless_python.debian.releases import (
    ARCHITECTURES,
    BUILDER,
    DEBUG,
    NOT_BROUGHT,
    NOT_IN_BUILDERS,
    NOT_IN_IMAGES,
    RELEASES,
    DebianRelease,
)
from distroless_python.documents import debian_lock as lockfile
from distroless_python.documents.debian_lock import Lock, LockedPackage
from distroless_python.errors import Collector, Problem, ToolError, run_main
from distroless_python.lock.debian import resolve, updates
from distroless_python.lock.debian.resolve import Index

_PARALLEL = 4

DESCRIPTION = "Lock the Debian packages of a base, from indexes whose signature is checked."


_WITH_BASES = sorted(name for name, release in RELEASES.items() if release.packages)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--release",
        required=True,
        choices=[name for name, release in sorted(RELEASES.items()) if release.packages],
        help="the Debian release of the base",
    )
    parser.add_argument(
        "--output", required=True, type=_path, help="the lock file, for example bases/debian13.lock.json"
    )
    parser.add_argument(
        "--arch",
        action="append",
        choices=ARCHITECTURES,
        help="an architecture; again for more (default: those of the existing lock, else all)",
    )
    parser.add_argument(
        "--add",
        action="append",
        nargs="+",
        metavar="PACKAGE",
        help="packages besides the base's own, with what they need (default: those of the existing lock)",
    )
    parser.add_argument(
        "--also", action="append", nargs="+", metavar="PACKAGE", help="likewise, and those of the existing lock stay"
    )
    parser.add_argument(
        "--builder", action="store_true", help="lock what wheels are built with (gcc and such) instead of a base"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the lock is not the newest")
    parser.add_argument(
        "--only",
        action="append",
        nargs="+",
        metavar="SOURCE",
        help="newer packages of these source packages, such as openssl; all others stay as the lock has them",
    )
    parser.add_argument(
        "--advisories", type=_path, help="JSON of Debian's security tracker: what newer packages fix is said"
    )
    add_archive_arguments(parser)


def add_archive_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that say where indexes come from and who has to have signed them."""
    parser.add_argument("--mirror", default="", help="the Debian mirror (default: $DEBIAN_MIRROR, else apt's)")
    parser.add_argument("--security-mirror", default="", help="likewise for security ($DEBIAN_SECURITY_MIRROR)")
    parser.add_argument("--keyring", type=_path, default=archive.KEYRING, help="keys that may sign (default: Debian's)")
    parser.add_argument("--allow-expired", action="store_true", help="take an index that is past its date")


def run(args: argparse.Namespace) -> int:
    release = RELEASES[args.release]
    previous = lockfile.read(args.output) if args.output.exists() else None
    if previous and previous.builder != args.builder:
        found, remedy = ("a builder", "add --builder") if previous.builder else ("a base", "leave --builder out")
        raise ToolError(Problem(str(args.output), f"it is the lock of {found}", f"{remedy}, or give another --output"))
    architectures = args.arch or (list(previous.architectures) if previous else ARCHITECTURES)
    added = _flat(args.add) if args.add else list(previous.added) if previous else []
    added += _flat(args.also)
    where = mirrors.discover(args.mirror, args.security_mirror, os.environ)
    suites = _suites(release, where, args)
    lock = make(release, sorted(set(architectures)), sorted(set(added)), suites, str(args.output), args.builder)
    if args.only:
        lock = _only(previous, lock, suites, args)
    _check_presence(lock, where)
    advisories = updates.read_advisories(args.advisories) if args.advisories else {}
    changes = _changes(previous, lock, advisories)
    if args.check:
        if changes:
            remedy = f"lock again: {lockfile.command(lock.release, str(args.output), builder=lock.builder)}"
            raise ToolError([Problem(str(args.output), reason, remedy, name) for name, reason in changes])
        return 0
    lockfile.write(args.output, lock)
    if previous and (args.only or args.advisories):
        print("\n".join(f"{name}: {reason}" for name, reason in changes))
    return 0


def _only(previous: Lock | None, newest: Lock, suites: list[Suite], args: argparse.Namespace) -> Lock:
    """The previous lock with newer packages of some sources, and with what these need."""
    subject = str(args.output)
    if previous is None:
        raise ToolError(Problem(subject, "there is no lock that --only could keep", "lock without --only first"))
    lock = updates.only(previous, newest, _flat(args.only), subject)
    problems = Collector()
    for architecture, packages in lock.architectures.items():
        new = set(packages) - set(previous.architectures[architecture])
        names = {package.name: package.version for package in new}
        found = {
            package.name: package
            for suite in suites
            for name in sorted(names)
            for package in archive.read_packages(suite, architecture, name)
            if package.version == names[name]
        }
        updates.check_needs(found.values(), packages, f"{subject} ({architecture})", problems)
    problems.raise_if_any()
    return lock


def _flat(lists: Sequence[Sequence[str]] | None) -> list[str]:
    return [name for names in lists or () for name in names]


def make(
    release: DebianRelease,
    architectures: list[str],
    added: list[str],
    suites: list[Suite],
    subject: str,
    builder: bool = False,
) -> Lock:
    """Makes the lock from verified suites.

    Raises:
        ToolError: a package is missing, or a dependency is not met.
    """
    problems = Collector()
    locked: dict[str, tuple[LockedPackage, ...]] = {}
    glibc = ""
    for architecture in architectures:
        place = f"{subject} ({architecture})"
        read = [s for s in suites if s.archive != SECURITY or architecture not in release.without_security]
        index = Index.of(package for suite in read for package in _packages(suite, architecture))
        groups = (_builder if builder else _base)(release, index, added, place, problems)
        reasons = resolve.required_by((p for g in groups for p in groups[g] if g != "added"), groups["added"], added)
        rows = {
            p.name: _locked(p, group, reasons.get(p.name, ()) if group == "added" else ())
            for group, packages in reversed(groups.items())
            for p in packages
        }
        locked[architecture] = tuple(rows[name] for name in dict.fromkeys(p.name for g in groups.values() for p in g))
        glibc = rows["libc6"].version.partition("-")[0] if "libc6" in rows else ""
    problems.raise_if_any()
    return Lock(
        release=release.name,
        codename=release.codename,
        version_id=release.version_id,
        python=release.python,
        glibc=glibc,
        end_of_life=release.end_of_life,
        archives={name: tuple(suite) for name, suite in release.archives.items()},
        architectures=locked,
        added=tuple(added),
        builder=builder,
    )


_Groups = dict[str, list[Package]]
"""Group to packages, in the order of their layers; `added` is the last."""


def _base(release: DebianRelease, index: Index, added: list[str], place: str, problems: Collector) -> _Groups:
    groups = {group: resolve.choose(index, names, place, problems) for group, names in release.packages.items()}
    base = [package for packages in groups.values() for package in packages]
    resolve.unmet(base, NOT_IN_IMAGES.union(release.left_out), place, problems)
    groups["debug"] = resolve.choose(index, DEBUG, place, problems)
    groups["added"] = resolve.closure(index, base, added, NOT_IN_IMAGES.union(NOT_BROUGHT), place, problems)
    return groups


def _builder(release: DebianRelease, index: Index, added: list[str], place: str, problems: Collector) -> _Groups:
    packages = resolve.closure(index, (), (*BUILDER, *release.builder), NOT_IN_BUILDERS, place, problems)
    left_out = NOT_IN_BUILDERS.union(NOT_BROUGHT)
    return {"builder": packages, "added": resolve.closure(index, packages, added, left_out, place, problems)}


def _suites(release: DebianRelease, where: Mirrors, args: argparse.Namespace) -> list[Suite]:
    problems, suites = Collector(), []
    for name, names in release.archives.items():
        for suite in names:
            with problems.catching():
                opened = archive.open_suite(name, where.of(name), suite, args.keyring, allow_expired=args.allow_expired)
                suites.append(opened)
    problems.raise_if_any()
    return suites


def _check_presence(lock: Lock, where: Mirrors) -> None:
    """Reports each locked file that the mirror lists and does not have."""
    packages = {package.path: package for packages in lock.architectures.values() for package in packages}
    with ThreadPoolExecutor(_PARALLEL) as pool:
        found = pool.map(
            lambda package: mirrors.exists(f"{where.of(package.archive)}/{package.path}"), packages.values()
        )
    problems = Collector()
    for package, exists in zip(packages.values(), found):
        if not exists:
            address = f"{where.of(package.archive)}/{package.path}"
            problems.add(address, "the index lists it, the mirror does not have it", "use another mirror", package.name)
    problems.raise_if_any()


def _packages(suite: Suite, architecture: str) -> list[Package]:
    print(f"reading {suite.name} for {architecture}", file=sys.stderr)
    return list(archive.read_packages(suite, architecture))


def _locked(package: Package, group: str, required_by: tuple[str, ...]) -> LockedPackage:
    of_index = (package.name, package.version, package.archive, package.path, package.sha256, package.size)
    return LockedPackage(*of_index, group, required_by)


def _changes(previous: Lock | None, lock: Lock, advisories: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Package and what is new about it, for each one that differs; empty if the locks are equal."""
    if previous is None:
        return [("", "there is no lock")]
    changes = []
    for architecture, packages in lock.architectures.items():
        old = {package.name: package for package in previous.architectures.get(architecture, ())}
        new = {package.name: package for package in packages}
        for name in dict.fromkeys((*old, *new)):
            before, after = old.get(name), new.get(name)
            if before != after:
                versions = [package.version if package else "nothing" for package in (before, after)]
                reason = f"locked {versions[0]}, the archive has {versions[1]}"
                fixed = updates.fixed(advisories, lock.codename, before, after) if before and after else []
                reason += f"; it fixes {', '.join(fixed)}" if fixed else ""
                changes.append((f"{name} ({architecture})", reason))
    if not changes and previous != lock:
        changes.append(("", "it was made otherwise than it would be now"))
    return changes


def _path(text: str) -> Path:
    """A path as the user means it: `bazel run` starts programs elsewhere and says where the user stands."""
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), text)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="lock debian", description=DESCRIPTION, fromfile_prefix_chars="@")
    add_arguments(parser)
    args = parser.parse_args(argv)
    return run_main(lambda: run(args))


if __name__ == "__main__":
    sys.exit(main())
