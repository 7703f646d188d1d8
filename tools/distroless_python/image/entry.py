"""What an image starts: its entrypoint, decided and checked against the files that are in the image."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from distroless_python.errors import Problem, ToolError
from distroless_python.manifests.image import Entry

_SCRIPTS = "usr/local/bin/"
_MODULE_SUFFIXES = (".py", "/__main__.py", ".pyc", "/__main__.pyc")


@dataclass(frozen=True)
class Python:
    """The image's Python: its executable, and the absolute directories of its `sys.path`, first wins."""

    executable: str
    path: tuple[str, ...]


def entrypoint(entry: Entry, base: Sequence[str], python: Python, files: Collection[str], label: str) -> list[str]:
    """The image's entrypoint.

    Args:
        entry: what was asked for.
        base: the base's entrypoint.
        python: the Python that runs it.
        files: every file and link of the image, without a leading slash.
        label: the image's target, for messages.

    Raises:
        ToolError: the image does not contain what was asked for; the nearest names are said.
    """
    if entry.kind == "none":
        return list(base)
    if entry.kind == "file":
        return _file(entry.value, python, files, label)
    if entry.kind == "module":
        return _module(entry.value, python, files, label)
    if entry.kind == "console_script":
        return _console_script(entry.value, files, label)
    raise ValueError(f"entry of kind {entry.kind!r}")


def _file(path: str, python: Python, files: Collection[str], label: str) -> list[str]:
    if path.lstrip("/") not in files:
        top = path.lstrip("/").partition("/")[0] + "/"
        there = (f"/{name}" for name in files if name.startswith(top) and name.endswith(".py"))
        reason = f"the main file {path} is not in the image"
        remedy = "name a py_binary whose main file is among its sources, or set `module` or `console_script`"
        raise ToolError(Problem(label, reason + _nearest(path, there), remedy, "binary"))
    return [python.executable, path]


def _console_script(name: str, files: Collection[str], label: str) -> list[str]:
    if _SCRIPTS + name not in files:
        there = (path[len(_SCRIPTS) :] for path in files if path.startswith(_SCRIPTS))
        reason = f"no wheel in the image provides the console script {name!r}"
        remedy = "add the wheel that provides it to the binary's deps, or name a script that is there"
        raise ToolError(Problem(label, reason + _nearest(name, there), remedy, "console_script"))
    return [f"/{_SCRIPTS}{name}"]


def _module(name: str, python: Python, files: Collection[str], label: str) -> list[str]:
    inner = name.replace(".", "/")
    prefixes = [posixpath.join(directory, "").lstrip("/") for directory in python.path]
    if not any(prefix + inner + suffix in files for prefix in prefixes for suffix in _MODULE_SUFFIXES):
        remedy = "add the target that contains it to the binary's deps, or name a module that is there"
        if any(path.startswith(f"{prefix}{inner}/") for prefix in prefixes for path in files):
            reason = f"the module {name!r} is a package without __main__.py, so `python -m {name}` cannot run it"
            near = _nearest(name, (m for m in _modules(prefixes, files) if m.startswith(f"{name}.")))
        else:
            reason = f"the module {name!r} is not in the image"
            near = _nearest(name, _modules(prefixes, files))
        raise ToolError(Problem(label, reason + near, remedy, "module"))
    return [python.executable, "-m", name]


def _modules(prefixes: Sequence[str], files: Iterable[str]) -> Iterable[str]:
    """Every name that `python -m` takes."""
    for path in files:
        for prefix in prefixes:
            if path.startswith(prefix) and path.endswith(".py"):
                name = path[len(prefix) : -len(".py")]
                yield (name[: -len("/__main__")] if name.endswith("/__main__") else name).replace("/", ".")


def _nearest(name: str, there: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(set(there)), n=3, cutoff=0.5)
    return f"; nearest: {', '.join(near)}" if near else ""
