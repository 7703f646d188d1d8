"""The command `lock`: requirements by pip-tools, wheels, Debian packages; alone, every lock of the workspace."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from distroless_python.errors import run_main
from distroless_python.lock import main_compile, main_pip_parse, main_wheels, main_workspace
from distroless_python.lock.debian import main as main_debian

_COMMANDS: dict[str, Any] = {
    "": main_workspace,
    "compile": main_compile,
    "wheels": main_wheels,
    "debian": main_debian,
    "pip-parse": main_pip_parse,
}
_EPILOG = "commands, each with its own --help:\n" + "\n".join(
    f"  {name:11}{command.DESCRIPTION}" for name, command in _COMMANDS.items() if name
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    # Bazel's own arguments come first, so this one stands before the command.
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument(
        "--interpreter",
        action="append",
        default=[],
        type=_program_path,
        help="the interpreter/ directory of a base, whose Python then evaluates the markers; again for more",
    )
    known, rest = common.parse_known_args(argv)
    known.interpreter = known.interpreter or _given_by_bazel()
    name = rest.pop(0) if rest and rest[0] in _COMMANDS else ""
    command = _COMMANDS[name]
    parser = argparse.ArgumentParser(
        prog=f"lock {name}".strip(),
        description=command.DESCRIPTION,
        epilog="" if name else _EPILOG,
        parents=[common],
        fromfile_prefix_chars="@",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    args = parser.parse_intermixed_args(rest, known)
    return run_main(lambda: command.run(args))


def _given_by_bazel() -> list[Path]:
    """The Pythons of the workspace's bases, which //tools:lock is run with; other paths stand beside them."""
    paths = [Path(text).absolute() for text in os.environ.get("DISTROLESS_PYTHONS", "").split()]
    return [path for path in paths if (path / "interpreter.json").is_file()]


def _program_path(text: str) -> Path:
    """A path that Bazel gives, relative to where it starts this program; else one that the user gives."""
    return Path(text).absolute() if os.path.exists(text) else main_wheels.user_path(text)


if __name__ == "__main__":
    sys.exit(main())
