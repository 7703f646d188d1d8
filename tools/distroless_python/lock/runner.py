"""Starts pip-compile for an environment: under the image's own Python where that can be, else under this one.

Either way the result is the environment's (see `pip_compile`), and the image's own Python says which version it is.
What running under it adds is source distributions: what they require may depend on the Python that builds them.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from distroless_python.errors import Problem, ToolError
from distroless_python.lock.compile import Runner
from distroless_python.lock.environments import Environment
from distroless_python.lock.inputs.places import without_login
from distroless_python.lock.uv_compile import UvCompile, run_compiler
from distroless_python.lock.why import explain
from distroless_python.python.interpreter import Interpreter

_MODULE = "distroless_python.lock.pip_compile"
# pip-tools, pip and what they import, by module; the last two only where Python lacks them.
_CLOSURE = ("piptools", "pip", "build", "click", "packaging", "pyproject_hooks", "setuptools", "wheel")
_BACKPORTS = ("tomli", "typing_extensions")
_OPTIONS = (
    "--quiet",
    "--no-config",
    "--no-header",
    "--no-emit-options",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
    "--generate-hashes",
    "--allow-unsafe",
    # The extras say which optional requirements are in use: `lock wheels` reads them.
    "--no-strip-extras",
    "--annotation-style=split",
    # Where the index serves no metadata by itself, read it from a part of the wheel.
    # A login that is missing is an error, not a question.
    "--pip-args=--use-feature=fast-deps --no-input",
)
_FULL_VERSION = "import platform; print(platform.python_version())"


@dataclass(frozen=True)
class ImagePython:
    """The Python of a base that this machine can run.

    Attributes:
        directory: the base's files, as far as Python needs them.
        interpreter: how to start it.
        full_version: for example `3.13.5`.
        runs_pip_tools: whether pip-tools supports it.
    """

    directory: Path
    interpreter: Interpreter
    full_version: str
    runs_pip_tools: bool

    @property
    def python(self) -> tuple[int, int]:
        major, minor, _ = self.full_version.split(".", 2)
        return int(major), int(minor)


def image_pythons(directories: Iterable[Path]) -> tuple[ImagePython, ...]:
    """The Pythons of `interpreter/` directories; those that do not run on this machine are left out."""
    found = []
    for directory in directories:
        interpreter = Interpreter.of_base(directory)
        if not interpreter.runs_here():
            print(f"{directory}: does not run on this machine; locking without it", file=sys.stderr)
            continue
        command = interpreter.command(["-S", "-s", "-B", "-c", _FULL_VERSION])
        version = subprocess.run(command, env=interpreter.environment(), capture_output=True, text=True, check=True)
        full_version = version.stdout.strip()
        found.append(ImagePython(directory.absolute(), interpreter, full_version, _supports(full_version)))
    return tuple(found)


@dataclass(frozen=True)
class PipCompile:
    """Runs pip-compile; see `compile.Runner`."""

    pythons: tuple[ImagePython, ...] = ()

    def __call__(self, environment: Environment, lock: Path, arguments: Sequence[str], directory: Path) -> None:
        python = next((python for python in self.pythons if self._fits(python, environment)), None)
        options = [f"--environment={environment.name}", f"--lock={lock}", f"--directory={directory.resolve()}"]
        if python:
            options.append(f"--python-full-version={python.full_version}")
        with TemporaryDirectory(prefix="distroless-lock.") as scratch:
            notes, temporary = Path(scratch, "notes"), Path(scratch, "tmp")
            temporary.mkdir()
            options.append(f"--notes={notes}")
            # What a sandbox may write is below this.
            command, variables = [sys.executable], {**os.environ, "TMPDIR": str(temporary)}
            if python and python.runs_pip_tools:
                command = python.interpreter.command([])
                variables.update(python.interpreter.environment())
                inside = os.path.relpath(command[-1], python.directory)
                # In a sandbox of Bazel's, the directory has links to its files: a sandbox of ours needs these.
                base = os.path.dirname(os.path.realpath(os.path.join(python.directory, "interpreter.json")))
                options += [f"--executable={_launcher(command, Path(scratch))}", f"--base={base}"]
                options.append(f"--base-python=/{inside}")
            if python:
                how = "in" if python.runs_pip_tools else "asked"
                print(f"{environment.name}: {how} Python {python.full_version} of its base", file=sys.stderr)
            variables["PYTHONPATH"] = os.pathsep.join(_import_path())
            # An empty folder to start in: what is in the current one must not be imported.
            result = run_compiler(
                [*command, "-B", "-m", _MODULE, *options, "--", *_OPTIONS, *arguments], scratch, variables
            )
            if notes.exists():
                print(notes.read_text(encoding="utf-8"), end="", file=sys.stderr)
        if result.returncode:
            said = without_login(result.stdout)
            raise ToolError([Problem(environment.name, *why) for why in explain(said, environment)])

    @staticmethod
    def _fits(python: ImagePython, environment: Environment) -> bool:
        return python.python == environment.python and environment.os == "linux" and environment.micro is not None


def make_runner(resolver: str, interpreters: Iterable[Path]) -> Runner:
    """What compiles requirements: pip-tools in the Pythons of the bases that are given, or uv.

    Raises:
        ToolError: uv is asked for, and not installed.
    """
    return UvCompile() if resolver == "uv" else PipCompile(image_pythons(interpreters))


def _supports(version: str) -> bool:
    """Whether pip-tools and what it imports run under a Python."""
    for module in _CLOSURE:
        try:
            metadata = importlib.metadata.metadata({"piptools": "pip-tools"}.get(module, module))
            if not SpecifierSet(metadata["Requires-Python"] or "").contains(version):
                return False
        except (importlib.metadata.PackageNotFoundError, InvalidSpecifier):
            return False
    return True


def _import_path() -> list[str]:
    """The folders that pip-tools, its closure and this package are in."""
    own = str(Path(__file__).resolve().parents[2])
    specs = [importlib.util.find_spec(module) for module in (*_CLOSURE, *_BACKPORTS)]
    origins = [spec.origin for spec in specs if spec and spec.origin]
    folders = [str(Path(o).parent.parent if o.endswith("__init__.py") else Path(o).parent) for o in origins]
    return list(dict.fromkeys([own, *folders]))


def _launcher(command: Sequence[str], folder: Path) -> str:
    """A file that starts a Python with its loader: what pip starts to build a source distribution is one file."""
    path = folder / "python3"
    path.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)
