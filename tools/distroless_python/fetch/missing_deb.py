"""What to do when a locked .deb is gone from the mirror, as happens at a point release: run by a repository rule.

By default an error that names the package, the locked version, the one that the mirror has now, and the command that
locks again. With --newest, JSON of the mirror's present version, from a verified index: see docs/reference/bases.md.
Standard library only; started by its path.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

if not __package__:
    sys.dont_write_bytecode = True
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from distroless_python.debian import archive, mirrors
from distroless_python.debian.archive import Package
from distroless_python.debian.releases import RELEASES
from distroless_python.debian.versions import sort_key
from distroless_python.documents import debian_lock as lockfile
from distroless_python.documents.debian_lock import Lock
from distroless_python.errors import Problem, ToolError, run_main


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="missing.py", description=__doc__)
    parser.add_argument("--lock", required=True, type=Path, help="the lock that names the package")
    parser.add_argument("--package", required=True, help="the package that is gone")
    parser.add_argument("--arch", required=True, help="its architecture: amd64 or arm64")
    parser.add_argument("--mirror", default="", help="the Debian mirror")
    parser.add_argument("--security-mirror", default="", help="the security mirror")
    parser.add_argument("--keyring", type=Path, default=archive.KEYRING, help="keys that may sign (default: Debian's)")
    parser.add_argument("--newest", action="store_true", help="print what the mirror has instead, as JSON")
    args = parser.parse_args(argv)
    return run_main(lambda: _run(args))


def _run(args: argparse.Namespace) -> int:
    lock = lockfile.read(args.lock)
    # The lock tool runs with the Pythons of all bases, and one of them may be what cannot be built.
    alone = "before -- : --@rules_distroless_python//tools:image_pythons=false"
    again = f"lock again: {lockfile.command(lock.release, str(args.lock), builder=lock.builder)} ({alone})"
    locked = next((p for p in lock.architectures.get(args.arch, ()) if p.name == args.package), None)
    member = f"{args.package} ({args.arch})"
    if locked is None:
        raise ToolError(Problem(str(args.lock), "the lock does not have it", again, member))
    try:
        now = newest(lock, args)
    except ToolError as error:
        if args.newest:
            raise
        reason = f"version {locked.version} is gone from the mirror, and its index cannot be read"
        raise ToolError((Problem(str(args.lock), reason, again, member), *error.problems)) from None
    if args.newest and now:
        found = {"version": now.version, "archive": now.archive, "path": now.path}
        print(json.dumps({**found, "sha256": now.sha256, "size": now.size}))
        return 0
    if now and now.version == locked.version:
        reason = f"version {locked.version} is in the mirror's index, but its file is not there"
        again = "try again: the mirror is being updated; or use another mirror (DEBIAN_MIRROR)"
    else:
        has = f"which has {now.version} now" if now else "which has no version of it any more"
        reason = f"version {locked.version} is gone from the mirror, {has}"
    raise ToolError(Problem(str(args.lock), reason, again, member))


def newest(lock: Lock, args: argparse.Namespace) -> Package | None:
    """The newest version of the package that the mirror has, from indexes whose signature was checked.

    An index past its date will do: what is found replaces something older.

    Raises:
        ToolError: an index cannot be read, or is not signed.
    """
    where = mirrors.discover(args.mirror, args.security_mirror, os.environ)
    release = RELEASES.get(lock.release)
    without_security = release is not None and args.arch in release.without_security
    found = [
        package
        for name, suites in lock.archives.items()
        if name != mirrors.SECURITY or not without_security
        for suite in suites
        for package in archive.read_packages(
            archive.open_suite(name, where.of(name), suite, args.keyring, allow_expired=True), args.arch, args.package
        )
    ]
    return max(found, key=lambda package: sort_key(package.version), default=None)


if __name__ == "__main__":
    sys.exit(main())
