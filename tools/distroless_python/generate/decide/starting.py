"""How a program of sources is started: as a file, or as a module."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from distroless_python.generate.read.commands import Command
from distroless_python.generate.read.facts import SourceFacts
from distroless_python.generate.read.targets import Target


def started_module(
    target: Target,
    path: str,
    command: Command,
    targets: Mapping[str, Target],
    facts: Callable[[str], SourceFacts],
    sources: Collection[str],
) -> str:
    """The module that a program is started as, by `-m`; empty where its file is.

    The folder of a file that is started comes first in `sys.path`: there a package's own modules hide those of the
    standard library, and relative imports fail.

    Args:
        path: the program's source.
        command: what starts it elsewhere.
        targets: all targets by their labels.
        sources: the paths of all sources.
    """
    folder, _, name = path.rpartition("/")
    roots = [target, *(targets[label] for label in target.deps if label in targets)]
    above = {root for t in roots for root in t.roots if folder.startswith(f"{root}/")}
    module = path[len(max(above, key=len, default="")) : -len(".py")].lstrip("/").removesuffix("/__main__")
    parts = module.split("/")
    imports = [entry.module for entry in facts(path).imports]
    itself = any(f"{entry}.".startswith(f"{'.'.join(parts)}.") for entry in imports)
    inside = name == "__main__.py" and (itself or f"{folder}/__init__.py" in sources)
    if inside or command.module or any(entry.startswith(".") for entry in imports):
        return ".".join(parts) if folder and all(part.isidentifier() for part in parts) else ""
    return ""
