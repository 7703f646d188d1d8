"""The command `distroless-lock`: every lock of a workspace."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ..common.errors import run_main
from . import lockfile, requirements, wheels
from .environments import parse_all
from .index import Index


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="lock", description=__doc__, fromfile_prefix_chars="@")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("wheels", help="make wheels.lock.json from a requirements file with hashes")
    one.add_argument("--requirements", type=Path, required=True)
    one.add_argument("--environment", action="append", required=True)
    one.add_argument("--output", type=Path, required=True)
    one.add_argument("--urls", action="store_true")
    one.add_argument("--sdist", action="store_true")
    args = parser.parse_args(argv)
    os.chdir(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    return run_main(lambda: run_wheels(args))


def run_wheels(args: argparse.Namespace) -> int:
    environments = parse_all(args.environment)
    locked = requirements.parse(args.requirements.read_text(), str(args.requirements))
    with Index(locked.options) as index:
        lock = wheels.make_lock(
            locked,
            environments,
            index,
            str(args.requirements),
            lockfile.input_digests([args.requirements], args.output),
            wheels.Options(args.sdist, args.urls),
        )
    lockfile.write(lock, args.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
