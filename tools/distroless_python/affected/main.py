"""`affected`: prints which images have another digest than at an earlier revision, a line each: label and digest.

Both revisions are built, as far as digests need it; with a disk or remote cache, that is what differs. The earlier one
is checked out in a folder of its own, below ~/.cache/rules_distroless_python/affected, whose output base stays.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from distroless_python.errors import Problem, ToolError, run_main

_KINDS = "kind('py_image_rule|py_image_index_rule', {})"
_QUIET = ("--noshow_progress", "--ui_event_filters=-info")
_DIGESTS = ("--output_groups=digest", "--norun_validations", "--remote_download_outputs=toplevel", "--keep_going")
_NOT_THERE = "the image was not there, or was not built"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `affected`; without `argv` with the command line of the process."""
    parser = argparse.ArgumentParser(prog="affected", description=__doc__)
    parser.add_argument("--from", dest="revision", metavar="REV", required=True, help="what Git calls the earlier one")
    parser.add_argument("--bazel", metavar="COMMAND", help="by default $BAZEL, ./bazelw where it is there, or bazel")
    parser.add_argument("patterns", nargs="*", default=["//..."], metavar="PATTERN", help="of targets (default: //...)")
    arguments = parser.parse_args(argv)
    return run_main(lambda: _run(arguments))


def _run(arguments: argparse.Namespace) -> int:
    root = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or Path.cwd())
    here = _Workspace(root, arguments.bazel)
    now = here.digests(arguments.patterns, must=True)
    with _checkout(root, arguments.revision) as folder:
        there = _Workspace(folder, arguments.bazel)
        before = there.digests(arguments.patterns, must=False)
        there.bazel("shutdown")
    for label, digest in sorted(now.items()):
        if before.get(label) != digest:
            print(f"{label}  {digest}")
    for label in sorted(before.keys() - now.keys()):
        print(f"{label} is gone", file=sys.stderr)
    return 0


@dataclass(frozen=True)
class _Workspace:
    root: Path
    command: str | None

    def digests(self, patterns: Sequence[str], must: bool) -> dict[str, str]:
        """Label to digest of the images that patterns match.

        Raises:
            ToolError: Bazel fails, or, where they `must` be built, one is not.
        """
        query = _KINDS.format(f"set({' '.join(patterns)})")
        keep = () if must else ("--keep_going",)
        labels = self.bazel("query", *_QUIET, *keep, query, fails=not must).split()
        if not labels:
            return {}
        self.bazel("build", *_QUIET, *_DIGESTS, *labels, fails=not must)
        outputs = Path(self.bazel("info", *_QUIET, "bazel-bin").strip())
        found = {}
        for label in labels:
            package, _, name = label.lstrip("@").removeprefix("//").partition(":")
            file = outputs / package / f"{name}.digest"
            if file.is_file():
                found[label] = file.read_text()
            else:
                print(f"{label}: {_NOT_THERE} in {self.root}", file=sys.stderr)
        return found

    def bazel(self, command: str, *arguments: str, fails: bool = False) -> str:
        """What Bazel prints.

        Raises:
            ToolError: it fails, unless it may.
        """
        own = self.root / "bazelw"
        program = self.command or os.environ.get("BAZEL") or (str(own) if own.exists() else "bazel")
        try:
            done = subprocess.run([program, command, *arguments], cwd=self.root, stdout=subprocess.PIPE, check=False)
        except OSError as error:
            reason = f"cannot be started: {error.strerror}"
            raise ToolError(Problem(program, reason, "name the command that starts Bazel by --bazel")) from None
        if done.returncode and not fails:
            reason = f"{program} {command} fails in {self.root} (exit code {done.returncode}), see above"
            raise ToolError(Problem(" ".join(arguments[-1:]), reason, "correct what it says, or name other targets"))
        return done.stdout.decode()


@contextmanager
def _checkout(root: Path, revision: str) -> Iterator[Path]:
    """A folder with the workspace as it was at a revision.

    Raises:
        ToolError: it is not a revision, or the workspace is not in a repository of Git.
    """
    top = Path(_git(root, "rev-parse", "--show-toplevel"))
    commit = _git(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rules_distroless_python/affected"
    folder = cache / hashlib.sha256(str(top).encode()).hexdigest()[:12]
    if folder.exists():  # left by a run that was cut
        shutil.rmtree(folder)
        _git(top, "worktree", "prune")
    cache.mkdir(parents=True, exist_ok=True)
    _git(top, "worktree", "add", "--detach", "--quiet", str(folder), commit)
    try:
        yield folder / root.resolve().relative_to(top.resolve())
    finally:
        _git(top, "worktree", "remove", "--force", str(folder))


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        remedy = "name a commit, a tag or a branch of this workspace's repository by --from"
        raise ToolError(Problem(str(folder), f"git {arguments[0]}: {said}", remedy))
    return done.stdout.strip()
