"""Interpreter directories, as a base has them, made of the Python that runs the tests."""

from __future__ import annotations

import functools
import json
import os
import sys
import sysconfig
import tempfile
from pathlib import Path

VERSION = "{}.{}".format(*sys.version_info)
CACHE_TAG = str(sys.implementation.cache_tag)


def write_interpreter(directory: Path, *argv: str) -> str:
    """An `interpreter/` directory; `argv` instead of its Python makes one that does something else."""
    library = directory / "usr" / "lib" / f"python{VERSION}"
    library.parent.mkdir(parents=True)
    library.symlink_to(sysconfig.get_path("stdlib"))
    program = directory / "usr" / "bin" / "python"
    program.parent.mkdir()
    program.symlink_to(os.path.realpath(sys.executable))
    description = {"argv": list(argv) or ["usr/bin/python"], "home": "usr"}
    (directory / "interpreter.json").write_text(json.dumps(description), encoding="utf-8")
    return str(directory)


@functools.cache
def own_interpreter() -> str:
    """An `interpreter/` directory of the Python that runs the tests, one for all of them."""
    return write_interpreter(Path(tempfile.mkdtemp(prefix="interpreter-", dir=os.environ.get("TEST_TMPDIR"))))


def write_script(path: Path, text: str) -> str:
    """An executable file of `text`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return str(path)
