"""Runs in the image, on its own Python: imports modules and opens libraries, and prints what happened as JSON.

echo '{"modules": ["numpy"], "libraries": ["/usr/local/lib/.../x.so"]}' | python3 inside.py
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import shutil
import subprocess
import sys
import warnings
from functools import partial
from typing import Any, Callable

_SECONDS = 60


_OF_FIND_LIBRARY = ("cc", "gcc", "ld", "ldconfig", "objdump")
"""What ctypes.util starts; all but ldconfig may be missing."""


class Trace:
    """What Python asks the system for: libraries that it opens, programs that it starts, by an audit hook."""

    def __init__(self) -> None:
        self.seen: dict[str, None] = {}
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "ctypes.dlopen":
            self._note("dlopen", arguments[0])
        elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
            self._note("start", arguments[0])

    def _note(self, what: str, name: Any) -> None:
        name = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
        if isinstance(name, str) and name and os.path.basename(name) not in _OF_FIND_LIBRARY:
            self.seen[f"{what} {name}"] = None

    def failed(self) -> list[str]:
        """Programs that are not there, and libraries that do not open."""
        return [item for item in self.seen if not self._works(*item.split(" ", 1))]

    @staticmethod
    def _works(what: str, name: str) -> bool:
        if what == "start":
            return shutil.which(name) is not None
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True


def imported(name: str) -> object:
    """Imports a module; what it asked for in vain is added to what it says."""
    trace = Trace()
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed = trace.failed()
        raise ImportError(f"{type(error).__name__}: {error}" + (f" [{', '.join(failed)}]" if failed else "")) from None
    failed = trace.failed()
    if failed:
        raise Warning(", ".join(failed))
    return None


def attempt(action: Callable[[], object]) -> str:
    """What went wrong when a child process did it; empty if nothing did."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        import signal

        signal.alarm(_SECONDS)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        said = ""
        try:
            action()
        except Warning as warning:
            said = f"works, without {warning}"[:2000]
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"[:2000]
        os.write(writer, said.encode("utf-8", "replace"))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        said = stream.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    return said or ("" if status == 0 else f"the process ended with status {status}")


def open_after(path: str, modules: list[str], libraries: list[str]) -> object:
    """Opens a library as code of its package would: after the package was imported and what it brings was opened."""
    before: list[Callable[[], object]] = [partial(importlib.import_module, name) for name in modules]
    before += [partial(ctypes.CDLL, other) for other in libraries if other != path]
    for action in before:
        try:
            action()
        except BaseException:
            continue
    return ctypes.CDLL(path)


def open_or_trace(path: str) -> object:
    """Opens a library; of a program, asks the loader what it would load. LD_TRACE_LOADED_OBJECTS: ld.so(8)."""
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        if "cannot dynamically load" not in str(error):
            raise
    trace = subprocess.run([path], env={"LD_TRACE_LOADED_OBJECTS": "1"}, stdout=subprocess.PIPE, check=True)
    missing = [line.split()[0] for line in trace.stdout.decode().splitlines() if line.endswith("not found")]
    if missing:
        raise OSError(f"{missing[0]}: cannot open shared object file (a program)")
    return None


def main(asked: dict[str, Any]) -> None:
    warnings.simplefilter("ignore")
    sys.argv = ["inside"]
    modules = asked["modules"]
    failed = {name: attempt(partial(imported, name)) for name in [*modules, *asked["inner"]]}
    alone = {path: attempt(partial(open_or_trace, path)) for path in asked["libraries"]}
    # Only what failed alone is worth an import first.
    late = {
        path: attempt(partial(open_after, path, modules, asked["libraries"]))
        for path, said in alone.items()
        if said and not said.endswith("(a program)")
    }
    print(json.dumps({"modules": failed, "libraries": {**alone, **late}}))


if __name__ == "__main__":
    main(json.load(sys.stdin))
