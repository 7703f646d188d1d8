"""`generate`: BUILD files from Python sources."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import textwrap
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from distroless_python.errors import Collector, Problem, ToolError, run_main
from distroless_python.files import atomic
from distroless_python.generate.decide.servers import SERVERS
from distroless_python.generate.messages import brief
from distroless_python.generate.read.cache import Cache, digest, open_cache
from distroless_python.generate.read.inputs import Inputs
from distroless_python.generate.read.sources import read_texts
from distroless_python.generate.read.workspace import read_workspace
from distroless_python.generate.resolve.explain import explain
from distroless_python.generate.run import Result, fingerprint, in_scope, run
from distroless_python.generate.write.diff import print_diff
from distroless_python.generate.write.init import initial_changes, missing_deps, stanza
from distroless_python.generate.write.requirements import add_requirement
from distroless_python.progress import Progress


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs the generator; without `argv` with the command line of the process."""
    gc.disable()  # Trees of syntax have no cycles; looking for some takes a quarter of the time.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Those of Python's parser about the sources are not for here.
            return run_main(lambda: _main(argv))
    finally:
        gc.enable()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="generate", description=__doc__)
    parser.add_argument("paths", nargs="*", help="folders to write BUILD files in, with all below; everything without")
    parser.add_argument("--check", action="store_true", help="write nothing; print a diff and exit 1 where one is due")
    parser.add_argument(
        "--init", action="store_true", help="write what is missing in MODULE.bazel, and the base directive"
    )
    parser.add_argument("--all", action="store_true", help="say every problem by itself, however many there are")
    parser.add_argument(
        "--add-server", choices=sorted(SERVERS), help="add a server to the requirements at the root, to be locked then"
    )
    parser.add_argument("--explain", nargs=2, metavar=("LABEL", "DEP"), help="say why a target depends on another")
    return parser


def _main(argv: Optional[Sequence[str]]) -> int:
    options = _parser().parse_args(argv)
    root = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or os.getcwd())
    if options.add_server:
        return _add_server(root, options.add_server, options.check)
    problems = Collector()
    progress = Progress()
    cache = open_cache(root)
    if options.explain:
        result = run(root, (), cache, problems, progress, complete=True)
        print("\n".join(explain(result.targets, *options.explain)))
        return 0
    initial = _initialize(root, options.check) if options.init else {}
    scopes = _scopes(root, options.paths)
    result = run(root, scopes, cache, problems, progress)
    if options.check:
        print_diff({**initial, **result.changes}, sys.stdout)
    else:
        _write(root, result, problems)
        _remember(result, options.paths, cache, problems, progress)
    for note in result.notes:
        print(f"note: {note}", file=sys.stderr)
    if result.inputs is not None and not options.init:
        _advise(result.inputs)
    mine = brief((problem for problem in problems if _concerns(problem, scopes)), options.all)
    if mine:
        raise ToolError(mine)
    return 1 if options.check and (initial or result.changes) else 0


def _concerns(problem: Problem, scopes: list[str]) -> bool:
    """Whether a problem is in one of the folders that were asked for, or in a file that concerns all."""
    folder = problem.subject.lstrip("/").partition(":")[0] if problem.subject.startswith("//") else ""
    folder = folder or problem.subject.rpartition("/")[0]
    return in_scope(folder, scopes) or (not folder and not problem.subject.endswith(".py"))


def _initialize(root: Path, check: bool) -> dict[str, tuple[str, str]]:
    """Writes what `--init` adds, unless it is only to be shown."""
    problems = Collector()
    workspace = read_workspace(root, problems)
    problems.raise_if_any()
    changes = initial_changes(root, workspace, workspace.name or root.resolve().name)
    for path, (_, new) in changes.items():
        if not check:
            with atomic(root / path) as stream:
                stream.write(new.encode())
    return changes


def unserved(root: Path) -> list[str]:
    """The servers that would serve the applications of a workspace for which no hub has one; writes nothing."""
    return sorted(run(root, (), open_cache(root), Collector(), Progress(), complete=True).unserved)


def _add_server(root: Path, server: str, check: bool) -> int:
    """Adds a requirement."""
    change = add_requirement(root, server)
    if change is None:
        print(
            f"{server} is among the requirements; lock: bazel run @rules_distroless_python//tools:lock", file=sys.stderr
        )
        return 0
    path, old, new = change
    if check:
        print_diff({path: (old, new)}, sys.stdout)
        return 1
    with atomic(root / path) as stream:
        stream.write(new.encode())
    print(f"{path}: {server} added; lock now: bazel run @rules_distroless_python//tools:lock", file=sys.stderr)
    return 0


def _advise(inputs: Inputs) -> None:
    """Says what MODULE.bazel lacks for the BUILD files to be built."""
    missing = missing_deps(inputs.workspace)
    if missing:
        text = textwrap.indent(stanza(inputs.workspace, inputs.name), "    ")
        print(f"MODULE.bazel lacks {' and '.join(missing)}; run with --init, or add:\n\n{text}", file=sys.stderr)


def _scopes(root: Path, paths: list[str]) -> list[str]:
    """The folders of the command line, below the workspace.

    Raises:
        ToolError: one of them is not a folder of the workspace.
    """
    here = Path(os.environ.get("BUILD_WORKING_DIRECTORY") or root)
    scopes, problems = [], []
    for path in paths:
        choices = [root / path.lstrip("/") if path.startswith("//") else here / path, root / path]
        found = next((choice.resolve() for choice in choices if choice.is_dir()), None)
        if found is None or not found.is_relative_to(root.resolve()):
            problems.append(Problem(path, "no folder of the workspace", "give the path of a folder below its root"))
        else:
            scopes.append("" if found == root.resolve() else found.relative_to(root.resolve()).as_posix())
    if problems:
        raise ToolError(problems)
    return scopes


def _write(root: Path, result: Result, problems: Collector) -> None:
    """Writes what changed; a file that cannot be written does not stop the others."""
    for path, (_, new) in list(result.changes.items()):
        try:
            with atomic(Path(os.path.realpath(root / path))) as stream:
                stream.write(new.encode())
        except OSError as error:
            del result.changes[path]
            problems.add(path, f"cannot be written: {error.strerror}", "make its folder writable, or exclude it")


def _remember(result: Result, paths: list[str], cache: Cache, problems: Collector, progress: Progress) -> None:
    """Keeps what was found out for the next run."""
    if result.inputs is None:
        return
    fresh = {digest(new.encode()): new for _, new in result.changes.values()}
    progress.begin("remembering", len(fresh))
    for name, (facts, _, _) in zip(fresh, read_texts(list(fresh.values()), progress)):
        cache.builds[name] = facts
    progress.close()
    cache.keep_only(result.digests.values(), [*result.builds.values(), *fresh], result.inputs.packages)
    cache.fingerprint = "" if problems or paths else fingerprint(result)
    cache.save()


if __name__ == "__main__":
    sys.exit(main())
