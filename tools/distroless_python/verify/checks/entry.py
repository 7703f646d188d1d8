"""Findings about what an image starts: it has to be there."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterable, Iterator, Sequence

from distroless_python.manifests.image import Entry
from distroless_python.verify.contents import VerifiedImage
from distroless_python.verify.findings import Finding

_CODE = "missing-entry"
_MODULE_SUFFIXES = (".py", "/__main__.py", ".pyc", "/__main__.pyc")


def check(image: VerifiedImage, entry: Entry) -> Iterator[Finding]:
    """The main file, module or console script is in the image, and what a console script calls, too."""
    if entry.kind == "file":
        yield from _file(image, entry.value)
    elif entry.kind == "module":
        yield from module(image, entry.value)
    elif entry.kind == "console_script":
        yield from _console_script(image, entry.value)


def _file(image: VerifiedImage, path: str) -> Iterator[Finding]:
    if image.has(path.lstrip("/")):
        return
    reason = f"the main file {path} is not in the image" + nearest_file(image, path)
    remedy = "name a py_binary whose main file is among its sources, or set `module` or `console_script`"
    yield Finding(_CODE, path, reason, remedy, files=("binary",))


def nearest_file(image: VerifiedImage, path: str) -> str:
    """The end of a sentence about a Python file that is not in the image."""
    top = path.lstrip("/").partition("/")[0] + "/"
    return _nearest(path, (f"/{name}" for name in image.paths if name.startswith(top) and name.endswith(".py")))


def module(image: VerifiedImage, name: str) -> Iterator[Finding]:
    """`python -m` finds a module."""
    inner = name.replace(".", "/")
    prefixes = _prefixes(image)
    if any(image.has(prefix + inner + suffix) for prefix in prefixes for suffix in _MODULE_SUFFIXES):
        return
    if any(path.startswith(f"{prefix}{inner}/") for prefix in prefixes for path in image.paths):
        reason = f"the module {name!r} is a package without __main__.py, so `python -m {name}` cannot run it"
        near = _nearest(name, (m for m in _modules(prefixes, image.paths) if m.startswith(f"{name}.")))
    else:
        reason = f"the module {name!r} is not in the image"
        near = _nearest(name, _modules(prefixes, image.paths))
    remedy = "add the target that contains it to the binary's deps, or name a module that is there"
    yield Finding(_CODE, name, reason + near, remedy, files=("module",))


def _console_script(image: VerifiedImage, name: str) -> Iterator[Finding]:
    scripts = f"{image.base.python.prefix}/bin/".lstrip("/")
    if not image.has(scripts + name):
        there = (path[len(scripts) :] for path in image.paths if path.startswith(scripts))
        reason = f"no wheel in the image provides the console script {name!r}" + _nearest(name, there)
        remedy = "add the wheel that provides it to the binary's deps, or name a script that is there"
        yield Finding(_CODE, name, reason, remedy, files=("console_script",))
        return
    for layer in image.wheels:
        target = layer.about.wheel.entry_points.get(name, "") if layer.about.wheel else ""
        module = target.partition(":")[0].strip()
        if module and not _is_importable(image, module):
            reason = f"the console script {name!r} calls {target}, and the module {module!r} is not in the image"
            remedy = f"require what brings it (an extra of {layer.about.name}?), or start another program"
            yield Finding(_CODE, name, reason, remedy, layer.title, ("console_script",))


def _is_importable(image: VerifiedImage, module: str) -> bool:
    """Whether a module, a package, or a namespace of packages is there."""
    for prefix in _prefixes(image):
        directory, _, name = (prefix + module.replace(".", "/")).rpartition("/")
        if any(there == name or there.startswith(f"{name}.") for there in image.tree.names(directory)):
            return True
    return False


def _prefixes(image: VerifiedImage) -> list[str]:
    return [posixpath.join(directory, "").lstrip("/") for directory in image.sys_path]


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
