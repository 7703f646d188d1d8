"""`venv`: what `bazel run` of a `py_venv` starts: a virtual environment for editors, from what targets depend on.

Nothing is installed: a `.pth` file names the directories of unpacked wheels and the workspace's own import roots, and
console scripts are written for wheels that have them. https://docs.python.org/3/library/site.html
"""

from __future__ import annotations

import configparser
import os
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

from distroless_python.errors import Problem, ToolError
from distroless_python.manifests.deliver import VenvManifest
from distroless_python.manifests.reading import read_manifest

_PTH = "rules_distroless_python.pth"
_SCRIPT = "#!{python}\nimport sys\nfrom {module} import {first}\nsys.exit({call}())\n"


def main(argv: list[str]) -> int:
    manifest = read_manifest(argv[0], VenvManifest)
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        reason = "the directory of the workspace is not known: BUILD_WORKSPACE_DIRECTORY is not set"
        raise ToolError(Problem(manifest.label, reason, f"start it by `bazel run {manifest.label}`"))
    directory = Path(workspace, manifest.directory)
    if directory.exists() and not (directory / "pyvenv.cfg").exists():
        remedy = "move it away, or write another `directory`"
        raise ToolError(Problem(manifest.label, f"{directory} is there and is not a virtual environment", remedy))
    own, wheels = [workspace], []
    for path in manifest.imports:
        repository, _, rest = path.partition("/")
        if repository == manifest.workspace:
            own.append(os.path.join(workspace, rest))
        elif place := _place(Path(os.pardir, path)):
            wheels.append(place)
    venv.EnvBuilder(symlinks=True, clear=True, with_pip=False).create(directory)
    lines = [*dict.fromkeys(own), *map(str, dict.fromkeys(wheels))]
    (_site(directory) / _PTH).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    scripts = [_write_script(directory / "bin", *script) for wheel in wheels for script in _console_scripts(wheel)]
    version = ".".join(map(str, sys.version_info[:2]))
    print(f"{directory}: Python {version}, {len(wheels)} distributions, {len(scripts)} scripts")
    return 0


def _place(directory: Path) -> Path | None:
    """Where a directory of runfiles really is: its files may be links, and the directory itself not."""
    if not directory.is_dir():
        return None
    real = Path(os.path.realpath(directory))
    for parent, _, names in os.walk(real):
        for name in names:
            path = Path(parent, name)
            depth = len(path.relative_to(real).parts)
            return Path(os.path.realpath(path)).parents[depth - 1]
    return real


def _site(directory: Path) -> Path:
    return directory / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def _console_scripts(site: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(site.glob("*.dist-info/entry_points.txt")):
        parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            parser.read_string(path.read_text(encoding="utf-8"))
        except configparser.Error:
            continue  # verification says so, of an image
        if parser.has_section("console_scripts"):
            yield from parser.items("console_scripts")


def _write_script(directory: Path, name: str, target: str) -> Path:
    module, _, call = target.partition("[")[0].strip().partition(":")
    path = directory / os.path.basename(name)
    first = call.partition(".")[0]
    path.write_text(
        _SCRIPT.format(python=directory / "python", module=module, first=first, call=call), encoding="utf-8"
    )
    path.chmod(0o755)
    return path
