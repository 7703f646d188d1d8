"""Programs that strangers wrote, from their source tree to served pages, without an edit.

    bazel run //tests/strangers                               # which there are
    bazel run //tests/strangers -- NAME ... [--record]        # these; --record: into docs/reference/strangers.md
    bazel run //tests/strangers -- PATH [--add gunicorn] [--env NAME=VALUE] [--page /=REGEX]

Each goes through `init` (with lock and generate), `bazel build //...`, `bazel test //...` and `bazel run //:image.run`,
and its pages are asked for. --trees names a folder with checkouts, for a machine that cannot clone them.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import tomllib
from program import Application, Program, Run, StoppedError, take
from table import written

HERE = Path(__file__).resolve().parent
_RC = """common --override_module=rules_distroless_python={source}
common --repo_env=DISTROLESS_STALE_DEBS=newest
common --color=no --curses=no --show_progress_rate_limit=60
common:offline --registry=file://{source}/offline/registry
common:offline --noenable_workspace
common:offline --lockfile_mode=off
build:offline --extra_toolchains=@rules_distroless_python//offline:all
build:offline --spawn_strategy=worker,sandboxed,local
try-import {source}/user.bazelrc
"""
"""What Bazel is told beside the workspace's own .bazelrc: where this module is, and docs/how-to/offline.md."""


def applications() -> dict[str, Application]:
    """The table, by name."""
    table = tomllib.loads((HERE / "applications.toml").read_text(encoding="utf-8"))
    return {name: Application.from_json({"name": name, **values}) for name, values in table.items()}


def go(application: Application, trees: Path | None, work: Path) -> Run:
    """One application, below `work`."""
    source = Path(os.path.realpath("MODULE.bazel")).parent
    root = work / application.name
    take(application, trees, root)
    rc = work / "bazelrc"
    rc.write_text(_RC.format(source=source))
    bazel = [str(source / "bazelw"), f"--bazelrc={rc}", f"--output_base={work}/output-base"]
    program = Program(application, root, [os.path.abspath(os.environ["INIT"])], [*bazel, "--max_idle_secs=30"])
    return program.go()


def main(argv: Sequence[str]) -> int:
    """Runs the applications that are named; 1 where one stopped or was edited."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME|PATH")
    parser.add_argument("--record", action="store_true", help="write the rows into docs/reference/strangers.md")
    parser.add_argument("--trees", type=Path, metavar="FOLDER", help="checkouts, by the last part of their address")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="where the trees are built, and stay")
    parser.add_argument("--add", action="append", default=[], metavar="REQUIREMENT", help="init --add")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="at run time")
    parser.add_argument("--page", action="append", default=[], metavar="PATH=REGEX", help="to be asked for")
    parser.add_argument("--image", default="", metavar="LABEL", help="the image to start")
    options = parser.parse_args(argv)
    known = applications()
    if not options.names:
        print("".join(f"{name}: {entry.shape}, {entry.origin}\n" for name, entry in known.items()), end="")
        return 0
    os.environ.setdefault("HOME", pwd.getpwuid(os.getuid()).pw_dir)
    work = options.work or Path(tempfile.mkdtemp(prefix="strangers-"))
    work.mkdir(parents=True, exist_ok=True)
    runs = []
    for name in options.names:
        application, trees = known.get(name), options.trees
        if application is None:
            tree = Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), name).resolve()
            application, trees = Application(tree.name, git=str(tree)), tree.parent
        application = _with(application, options)
        try:
            runs.append(go(application, trees, work))
        except StoppedError as error:
            runs.append(Run(application.name, stopped=f"taking it: {error}"))
        print(json.dumps(asdict(runs[-1]), indent=2), flush=True)
    if options.record:
        _record([run for run in runs if run.name in known and not run.stopped], known)
    return int(any(run.stopped or run.edits for run in runs))


def _with(application: Application, options: argparse.Namespace) -> Application:
    """An application with what the command line says besides."""
    pairs = (dict(text.split("=", 1) for text in texts) for texts in (options.env, options.page))
    env, pages = pairs
    return replace(
        application,
        add=(*application.add, *options.add),
        env={**application.env, **env},
        pages={**application.pages, **pages},
        image=options.image or application.image,
    )


def _record(runs: Sequence[Run], known: dict[str, Application]) -> None:
    here = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    rows = here / "tests/strangers/runs.json"
    recorded = json.loads(rows.read_text()) if rows.exists() else {}
    recorded.update({run.name: asdict(run) for run in runs})
    recorded = {name: recorded[name] for name in known if name in recorded}
    rows.write_text(json.dumps(recorded, indent=1) + "\n")
    (here / "docs/reference/strangers.md").write_text(written(known, recorded))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
