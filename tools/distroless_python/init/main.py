"""`init`: makes a folder or checkout a workspace that builds images: MODULE.bazel, locks and BUILD files.

Nothing is asked, and what is there stays: MODULE.bazel and pyproject.toml are added to, never rewritten.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from distroless_python.debian.releases import PREFERRED, RELEASES
from distroless_python.errors import Collector, Problem, ToolError, run_main
from distroless_python.files import atomic
from distroless_python.generate import main as generate
from distroless_python.generate.read.workspace import read_workspace
from distroless_python.generate.write.diff import print_diff
from distroless_python.generate.write.init import initial_changes
from distroless_python.init import files, requirements
from distroless_python.init.requirements import Inputs
from distroless_python.lock import main as lock
from distroless_python.lock.sources import PYPROJECT

_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_DONE = """
Next:
    bazel build //...          images, verified
    bazel test //...           the tests that are there
    bazel run //PACKAGE:load   an image into Docker or Podman; `bazel query 'kind(py_image, //...)'` lists them
Later, after a change of requirements: bazel run @rules_distroless_python//tools:lock; of sources: .../tools:generate
"""


@dataclass(frozen=True)
class Plan:
    """What `init` does.

    Attributes:
        changes: path to old and new text of each file.
        commands: what is run after they were written, as a user would.
        inputs: what the wheels are locked from.
    """

    changes: dict[str, tuple[str, str]]
    commands: tuple[str, ...]
    inputs: Inputs


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `init`; without `argv` with the command line of the process."""
    parser = argparse.ArgumentParser(
        prog="init", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="the checkout (default: the workspace, else this folder)")
    parser.add_argument("--dry-run", action="store_true", help="write nothing; show what would be written and run")
    parser.add_argument("--release", choices=PREFERRED, help="of the base (default: as requires-python says)")
    parser.add_argument(
        "--arch", action="append", choices=sorted(set(_ARCHITECTURES.values())), help="of the images; again for more"
    )
    parser.add_argument(
        "--add", action="append", default=[], metavar="REQUIREMENT", help="lock this too, for example gunicorn"
    )
    parser.add_argument("--python", metavar="X.Y", help="of developers' machines (default: that of Bazel's toolchain)")
    args = parser.parse_args(argv)
    return run_main(lambda: run(args))


def run(args: argparse.Namespace) -> int:
    """Plans and, unless it is only to be shown, does it."""
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY", "")
    here = Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""))
    root = (here / args.folder if args.folder else Path(workspace)).resolve()
    if not root.is_dir():
        raise ToolError(Problem(str(root), "is not a folder", "name the folder of a checkout"))
    inputs = requirements.find(root)
    if args.add and not inputs.found:
        inputs = Inputs(requirements.LOCK, (files.MORE,))
    plan = make_plan(root, inputs, args, in_bazel=bool(workspace))
    if args.dry_run:
        print_diff(plan.changes, sys.stdout)
        print("".join(f"would run: {command}\n" for command in plan.commands), end="")
        return 0
    os.environ["BUILD_WORKSPACE_DIRECTORY"] = str(root)
    _write(root, plan)
    problems = Collector()
    with problems.catching():
        _lock(root, plan, args, in_bazel=bool(workspace))
        _add_servers(root, plan, args, in_bazel=bool(workspace))
    problems.raise_if_any()
    code = generate.main([])
    print(_DONE, file=sys.stderr)
    return code


def make_plan(root: Path, inputs: Inputs, args: argparse.Namespace, *, in_bazel: bool) -> Plan:
    """Decides what is written and run; reads, and writes nothing."""
    problems = Collector()
    workspace = read_workspace(root, problems)
    problems.raise_if_any()
    release = args.release or files.release_for(root)
    architecture = _ARCHITECTURES.get(platform.machine(), "amd64")
    changes = initial_changes(root, workspace, root.name, release=release, wheels=inputs.found)
    image_python = RELEASES[release].python
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    python = args.python or (running if in_bazel else image_python)
    if not workspace.exists and python == image_python:
        old, new = changes["MODULE.bazel"]
        changes["MODULE.bazel"] = old, f"{new}\n{files.toolchain(release)}"
    machine = f"python{python}_{'macos_' * (sys.platform == 'darwin')}{architecture}"
    texts = {
        ".bazelrc": files.bazelrc(_text(root / ".bazelrc")),
        PYPROJECT: files.tables(_text(root / PYPROJECT), inputs, release, tuple(args.arch or [architecture]), machine),
        **inputs.written,
    }
    if args.add:
        texts[files.MORE] = files.more(_text(root / files.MORE), args.add)
        texts[PYPROJECT] = files.with_more(texts[PYPROJECT])
    changes.update({path: (_text(root / path), text) for path, text in texts.items()})
    commands = ("lock", "generate") if inputs.found else ("lock debian", "generate")
    return Plan({path: texts for path, texts in changes.items() if texts[0] != texts[1]}, commands, inputs)


def _lock(root: Path, plan: Plan, args: argparse.Namespace, *, in_bazel: bool) -> None:
    """Makes the locks; without what only tests need, where there is no solution with it.

    Raises:
        ToolError: they cannot be made.
    """
    if lock.main([]) == 0:
        return
    if PYPROJECT in plan.changes and plan.inputs.development:
        print("once more, without what only tests need:", file=sys.stderr)
        before, _ = plan.changes[PYPROJECT]
        _put(root / PYPROJECT, before)
        _write(root, make_plan(root, requirements.without_development(plan.inputs), args, in_bazel=in_bazel))
        if lock.main([]) == 0:
            return
    remedy = "see the errors above; then run it again: what is done stays"
    raise ToolError(Problem(str(root), "not all locks could be made", remedy))


def _add_servers(root: Path, plan: Plan, args: argparse.Namespace, *, in_bazel: bool) -> None:
    """Locks a server, too, for web applications whose requirements have none; where that cannot be, generate says it.

    Raises:
        ToolError: it cannot be locked.
    """
    servers = generate.unserved(root) if plan.inputs.found else []
    if not servers:
        return
    try:
        wanted = files.with_more(_text(root / PYPROJECT))
    except ToolError:
        return
    print(
        f"{files.MORE}: {', '.join(servers)} added: the applications have no server for their images", file=sys.stderr
    )
    _put(root / PYPROJECT, wanted)
    _put(root / files.MORE, files.more(_text(root / files.MORE), servers))
    _lock(root, plan, args, in_bazel=in_bazel)


def _write(root: Path, plan: Plan) -> None:
    for path, (old, new) in sorted(plan.changes.items()):
        print(f"{path}: {'added to' if old else 'written'}", file=sys.stderr)
        _put(root / path, new)


def _put(path: Path, text: str) -> None:
    with atomic(path) as stream:
        stream.write(text.encode())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


if __name__ == "__main__":
    sys.exit(main())
