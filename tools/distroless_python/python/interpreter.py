"""The Python of a base, run on the machine that builds.

An `interpreter/` directory (docs/explanation/architecture.md) holds the base's loader, libraries, interpreter and
standard library at their own paths, and `interpreter.json`, which says how to start it without a chroot.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

from distroless_python.decode import decode
from distroless_python.errors import Problem, ToolError

if TYPE_CHECKING:
    from pathlib import Path

_REMEDY = "this directory is written by the interpreter action of a base: report it, with the command that was run"
_PROBE_SECONDS = 60


@dataclass(frozen=True)
class _Description:
    argv: tuple[str, ...]
    home: str


@dataclass(frozen=True)
class Interpreter:
    """How to start a Python.

    Attributes:
        argv: the command without arguments; paths are absolute.
        home: its PYTHONHOME; None for an interpreter that is installed on this machine.
    """

    argv: tuple[str, ...]
    home: Optional[str] = None

    @classmethod
    def of_base(cls, directory: Path | str) -> Interpreter:
        """Reads `interpreter.json` of an `interpreter/` directory.

        Raises:
            ToolError: there is none, or it is of another form.
        """
        root = os.path.abspath(directory)
        path = os.path.join(root, "interpreter.json")
        try:
            with open(path, encoding="utf-8") as file:
                value = json.load(file)
        except (OSError, ValueError) as error:
            raise ToolError(Problem(path, f"cannot be read: {error}", _REMEDY)) from None
        description: _Description = decode(value, _Description, path, remedy=_REMEDY)
        argv = (part if part.startswith("-") else _absolute(root, part) for part in description.argv)
        return cls(tuple(argv), os.path.join(root, description.home))

    @classmethod
    def installed(cls, executable: Path | str) -> Interpreter:
        """An interpreter of this machine."""
        return cls((os.path.abspath(executable),))

    def command(self, args: Iterable[str]) -> list[str]:
        """The command line that runs it with `args`."""
        return [*self.argv, *args]

    def environment(self) -> dict[str, str]:
        """The whole environment to run it in: nothing of this machine's gets through.

        `-I` would have the interpreter ignore it, and with it the seed that the order of sets depends on.
        """
        fixed = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
        return {**fixed, "PYTHONHOME": self.home} if self.home else fixed

    def version(self) -> str:
        """Its `3.13`, found by running it; empty if it does not run on this machine."""
        probe = "import sys; print('%d.%d' % sys.version_info[:2])"
        try:
            result = subprocess.run(
                self.command(["-S", "-s", "-B", "-c", probe]),
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_PROBE_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return result.stdout.decode("ascii", "replace").strip() if result.returncode == 0 else ""

    def runs_here(self) -> bool:
        """Whether this machine can run it: one for another architecture does not start."""
        return bool(self.version())


def _absolute(root: str, part: str) -> str:
    """`part`, a path or a `:`-separated list of paths, below `root`."""
    return ":".join(os.path.join(root, path) for path in part.split(":"))
