"""Writes the directories that `interpreter_plan` has decided on."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

from distroless_python.base.interpreter_plan import COMPILE, COMPILES, InterpreterPlan
from distroless_python.errors import Problem, ToolError
from distroless_python.files import write_json
from distroless_python.python.interpreter import Interpreter

_OLDEST = (1980, 1, 1, 0, 0, 0)  # what ZIP can say


def write_interpreter(
    output: Path, compiler: Path, decided: InterpreterPlan, found: Mapping[str, bytes], subject: str
) -> None:
    """Writes an `interpreter/` directory, and the part of it that compiles.

    Args:
        output: the directory.
        compiler: that of the part.
        decided: what goes where.
        found: the content of files of the base, by path.
        subject: the base's label, for messages.

    Raises:
        ToolError: a file of the plan was not found.
    """
    if missing := sorted(decided.sources - found.keys()):
        reason = f"its Python cannot be taken out: there is no file /{missing[0]}"
        raise ToolError(Problem(subject, reason, "use another base"))
    _write_files(output, decided, found, decided.files.keys())
    _write_files(compiler, decided, found, decided.compiles)
    archive = output / decided.archive
    modules = {name: found[source] for name, source in decided.archived.items()}
    _write_archive(archive, modules)
    compiled = _compile(Interpreter.of_base(output), archive)
    if compiled:
        _write_archive(archive, {**modules, **compiled})
    asked = {name: text for name, text in modules.items() if f"{name}c" in compiled or COMPILES.fullmatch(name)}
    _write_archive(compiler / decided.archive, {**asked, **compiled})


def _write_files(
    directory: Path, decided: InterpreterPlan, found: Mapping[str, bytes], targets: Collection[str]
) -> None:
    for target in targets:
        path = directory / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found[decided.files[target]])
        path.chmod(0o755)
    write_json(directory / "interpreter.json", {"argv": decided.argv, "home": decided.home})


def _write_archive(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:  # stored: reading it needs no zlib
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _OLDEST), content)


def _compile(interpreter: Interpreter, archive: Path) -> dict[str, bytes]:
    """The .pyc files of what every start imports; none where the interpreter does not run on this machine."""
    command = interpreter.command(["-S", "-s", "-B", "-c", COMPILE, str(archive.absolute())])
    try:
        result = subprocess.run(command, env=interpreter.environment(), stdin=subprocess.DEVNULL, capture_output=True)
    except OSError:
        return {}
    lines = result.stdout.decode("ascii", "replace").splitlines() if result.returncode == 0 else []
    return {name: bytes.fromhex(content) for name, content in (line.split() for line in lines)}
