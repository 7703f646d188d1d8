"""Many images of one monorepo: what a build, an edit and a push cost, in CPU-seconds, bytes and counts.

    bazel run //tests/bench:fleet [-- --images 1000] [--check]

The monorepo is generated (fleet_workspace.py). A quarter of the images comes first, the rest after it, so that what one
more image costs is seen, too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import real_registry
from fleet_workspace import PUSHED, UNCOMPILED, Fleet, write_fleet
from nested import Nested
from processes import Used, used_by

from support import cache, registry

_FIRST, _ALL = ("//fleet/first/...",), ("//fleet/first/...", "//fleet/rest/...")
_QUIET = ("--noshow_progress", "--disk_cache=")
_PUSH = "//fleet:push"


@dataclass
class Measured:
    """Row to value; what grows with the images has a slope, too, for one image."""

    values: dict[str, float] = field(default_factory=dict)
    slopes: dict[str, float] = field(default_factory=dict)

    def grown(self, row: str, first: float, rest: float, images: int) -> None:
        """A figure of the first quarter and of the rest."""
        self.values[row] = first + rest
        self.slopes[row] = rest / (images - (images + 3) // 4)


class Bench:
    """One generated monorepo with its Bazel."""

    def __init__(self, nested: Nested, fleet: Fleet) -> None:
        self.nested, self.fleet, self.measured = nested, fleet, Measured()
        self._edits = 0

    def run(self) -> None:
        """Measures everything, in the order in which one builds on the other."""
        parts = (self.analysis, self.clean, self.outputs, self.layers, self.nothing, self.edits, self.pushes)
        for part in (*parts, self.from_a_cache):
            started, known = time.monotonic(), len(self.measured.values)
            part()
            print(f"{part.__name__}: {time.monotonic() - started:.0f} s", file=sys.stderr)
            for row, value in [*self.measured.values.items()][known:]:
                print(f"  {row}: {value:.2f}", file=sys.stderr, flush=True)

    def build(self, *arguments: str) -> Used:
        """What a build used."""
        server = self._server()
        before = used_by(server)
        self.nested.bazel("build", *_QUIET, *arguments)
        return used_by(server).since(before)

    def edit(self, source: Path) -> None:
        """Changes a line of a source."""
        self._edits += 1
        source.write_text(f"{source.read_text().rstrip()}\nEDIT = {self._edits}\n")

    def _server(self) -> int:
        return int(self.nested.bazel("info", "--noshow_progress", "server_pid").stdout)

    def analysis(self) -> None:
        self.build("--nobuild", *_ALL)  # fetches
        self.nested.bazel("shutdown")
        before = used_by(self._server()).server  # its start
        first, rest = (self.build("--nobuild", *targets).server for targets in (_FIRST, _ALL))
        self.measured.grown("analysis, server CPU s", before + first, rest, self.fleet.images)
        heap = self.nested.bazel("info", "--noshow_progress", "used-heap-size-after-gc").stdout
        self.measured.values["heap after it, MB"] = float(heap.strip().removesuffix("MB"))

    def clean(self) -> None:
        first, rest = (self.build(*targets) for targets in (_FIRST, _ALL))
        self.measured.grown("all actions, CPU s", first.actions, rest.actions, self.fleet.images)

    def edits(self) -> None:
        one = []
        for number in range(3):
            self.edit(self.fleet.source(number))
            one.append(self.build(self.fleet.target(number)).actions)
        self.measured.values["one line edited, actions' CPU s"] = statistics.median(one)
        self.edit(self.fleet.library_of_all)
        all_of_them = self.build(*_ALL)
        self.measured.values["library of all edited, actions' CPU s"] = all_of_them.actions
        self.measured.slopes["library of all edited, actions' CPU s"] = all_of_them.actions / self.fleet.images

    def nothing(self) -> None:
        walls, servers = [], []
        for _ in range(4):
            started = time.monotonic()
            servers.append(self.build(*_ALL).server)
            walls.append(time.monotonic() - started)
        self.measured.values["nothing to do, wall s"] = min(walls)
        self.measured.values["nothing to do, server CPU s"] = min(
            servers[1:]
        )  # after the first the JVM has compiled it

    def outputs(self) -> None:
        root = Path(self.nested.bazel("info", "--noshow_progress", "output_path").stdout.strip())
        files, links = {}, 0
        for folder, _, names in os.walk(root):
            for name in names:
                status = os.lstat(os.path.join(folder, name))
                if os.path.islink(os.path.join(folder, name)):
                    links += 1
                else:
                    files[status.st_ino] = status.st_size
        self.measured.values |= {"output tree, MB": sum(files.values()) / 1e6, "links in it": float(links)}

    def layers(self) -> None:
        folder, sizes, users = self.nested.outputs() / "fleet", {}, Counter[str]()
        for path in folder.rglob("image.manifest.json"):
            for layer in json.loads(path.read_text())["layers"]:
                sizes[layer["digest"]] = layer["size"]
                users[layer["digest"]] += 1
        alone = [digest for digest, images in users.items() if images == 1]
        self.measured.values |= {
            "distinct layers": float(len(sizes)),
            "their MB": sum(sizes.values()) / 1e6,
            "layers in one image only": float(len(alone)),
        }

    def from_a_cache(self) -> None:
        """Fresh trees with a remote cache, where what Bazel need not have stays."""
        with cache.serving() as remote, _registry(self.nested.root.parent) as host:
            options = (f"--remote_cache={remote.address}", "--remote_download_minimal", "--//rules:lazy_push")

            def run(*arguments: str) -> tuple[float, float]:
                started = remote.sent, remote.received
                self.nested.bazel(*arguments[:1], *_QUIET, *options, *arguments[1:])
                return (remote.sent - started[0]) / 1e6, (remote.received - started[1]) / 1e6

            push = ("run", _PUSH, "--", f"--registry={host}", f"--remote_cache={remote.address}")
            self.nested.bazel("clean")
            run("build", *(self.fleet.target(number) for number in range(PUSHED)))
            run(*push)
            self.nested.bazel("clean")
            self.measured.values["nothing to push, fresh tree, MB down"] = run(*push)[0]
            for number, row in ((0, "one line edited, fresh tree"), (UNCOMPILED, "the same without app_bytecode")):
                self.nested.bazel("clean")
                self.edit(self.fleet.source(number))
                down, up = run("build", self.fleet.target(number))
                self.measured.values |= {f"{row}, MB down": down, f"{row}, MB up": up}

    def pushes(self) -> None:
        """Ten images to ten repositories, at last on another base; the time is that of the program, without Bazel."""
        with _registry(self.nested.root.parent) as host:
            script = self.nested.root.parent / "push.sh"
            for name in ("first", "again", "after an edit of each", "on another base"):
                if name == "after an edit of each":
                    for number in range(PUSHED):
                        self.edit(self.fleet.source(number))
                elif name == "on another base":
                    self.rebase()
                self.nested.bazel("run", *_QUIET, f"--script_path={script}", _PUSH)
                before, started = os.times(), time.monotonic()
                done = subprocess.run([script, f"--registry={host}"], capture_output=True, text=True, check=False)
                after = os.times()
                assert done.returncode == 0, done.stdout + done.stderr
                row = f"10 images to 10 repositories, {name}"
                cpu = sum(after[2:4]) - sum(before[2:4])
                sent = sum(map(float, re.findall(r"  ([\d.]+) MB  ", done.stdout)))
                seconds = time.monotonic() - started
                self.measured.values |= {f"{row}, s": seconds, f"{row}, CPU s": cpu, f"{row}, MB up": sent}

    def rebase(self) -> None:
        """All images on a base whose lock has changed: one package less."""
        lock = self.nested.root / "bases/debian13.lock.json"
        value = json.loads(lock.read_text())
        packages = value["architectures"]["amd64"]
        packages[:] = [package for package in packages if package["name"] != "netbase"]
        lock.write_text(json.dumps(value))
        row, used = "the base's lock edited, actions' CPU s", self.build(*_ALL)
        self.measured.values[row] = used.actions
        self.measured.slopes[row] = used.actions / self.fleet.images


@contextmanager
def _registry(folder: Path) -> Iterator[str]:
    """A registry's host: docker-registry where it is installed, else the tests' own."""
    if any(map(shutil.which, real_registry.PROGRAMS[2])):
        with real_registry.running(Path(tempfile.mkdtemp(dir=folder))) as real:
            yield real.host
    else:
        with registry.serving() as own:
            yield own.host


LIMITS: Mapping[str, float] = {
    "analysis, server CPU s": 60,
    "heap after it, MB": 60,
    "all actions, CPU s": 50,
    "one line edited, actions' CPU s": 0.4,
    "library of all edited, actions' CPU s": 10,
    "nothing to do, server CPU s": 1.5,
    "output tree, MB": 125,
    "links in it": 20,
    "distinct layers": 175,
    "their MB": 38,
    "layers in one image only": 100,
    "nothing to push, fresh tree, MB down": 0.6,
    "one line edited, fresh tree, MB down": 16,
    "one line edited, fresh tree, MB up": 0.2,
    "the same without app_bytecode, MB down": 0.3,
    "the same without app_bytecode, MB up": 0.2,
    "the base's lock edited, actions' CPU s": 40,
    "10 images to 10 repositories, first, MB up": 60,
    "10 images to 10 repositories, on another base, MB up": 10,
    "10 images to 10 repositories, first, CPU s": 3,
    "10 images to 10 repositories, again, CPU s": 1,
}
"""What `--check` takes for 100 images; CPU-seconds on a busy machine are about twice those of an idle one."""

BEFORE: Mapping[str, float] = {
    "analysis, server CPU s": 33,
    "heap after it, MB": 98,
    "all actions, CPU s": 228,
    "one line edited, actions' CPU s": 0.29,
    "library of all edited, actions' CPU s": 205,
    "nothing to do, wall s": 5.5,
    "nothing to do, server CPU s": 10.2,
    "output tree, MB": 5050,
    "links in it": 113_000,
    "distinct layers": 4821,
    "their MB": 4480,
    "layers in one image only": 4591,
    "nothing to push, fresh tree, MB down": 37,
    "one line edited, fresh tree, MB down": 97,
    "10 images to 10 repositories, first, s": 17.6,
    "10 images to 10 repositories, again, s": 3.5,
    "10 images to 10 repositories, after an edit of each, s": 5.7,
}
"""What was measured of another such monorepo of 1,000 images in November 2026, before images were JSON."""


def _table(measured: Measured, images: int) -> str:
    lines = [f"| {images} images | value | one image more | ratio to 1,000 before |", "|---|---|---|---|"]
    for row, value in measured.values.items():
        slope = measured.slopes.get(row)
        before = BEFORE.get(row)
        ratio = f"{value / before:.3f}" if before and images == 1000 else ""
        lines.append(f"| {row} | {value:,.2f} | {'' if slope is None else f'{slope:.4f}'} | {ratio} |")
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="What many images of one monorepo cost.")
    parser.add_argument("--images", type=int, default=100, help="how many (default: 100)")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a limit for 100 images is passed")
    parser.add_argument(
        "--directory", type=Path, help="where the monorepo is made, and left (default: a temporary one)"
    )
    options = parser.parse_args(argv)
    if options.check and options.images != PUSHED**2:
        parser.error("--check is for 100 images")
    directory = options.directory or Path(tempfile.mkdtemp(prefix="fleet-bench-"))
    source = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    nested = Nested.create(directory, Path(source) if source else None)
    (directory / "wheels").mkdir()
    bench = Bench(nested, write_fleet(nested.root, options.images, directory / "wheels"))
    try:
        bench.run()
    finally:
        print(_table(bench.measured, options.images), flush=True)
        if options.directory is None:
            nested.shutdown()
            shutil.rmtree(directory, ignore_errors=True)
    passed = {row: value for row, value in bench.measured.values.items() if value > LIMITS.get(row, float("inf"))}
    for row, value in passed.items() if options.check else ():
        print(f"error: {row}: {value:.2f}, more than {LIMITS[row]:g}", file=sys.stderr)
    return 1 if options.check and passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
