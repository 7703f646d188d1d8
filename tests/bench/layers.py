"""Layers straight from wheels, against Python's tarfile with gzip level 6: time, size and memory, paired in one run.

    bazel run //tests/bench:layers [-- --check] [wheel.whl ...]

Every contender runs in a process of its own, several times, in turn; a ratio is the median of the rounds' ratios, so
a busy machine slows both. Both write the same entries and compile no .pyc; ours computes digests and checks RECORD.
`faster` compares the work itself, `process` whole processes, with Python's start and imports, and `cpu` what they cost
the processors. The floor is to inflate once and to compute SHA-256 of both streams, on one core.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import distroless_python

_CHILD = Path(__file__).with_name("layers_child.py")
_ACTION = Path(distroless_python.__file__).with_name("actions") / "main.py"
_FASTER_MEAN, _FASTER_EACH, _SIZE, _MEMORY = 4.0, 1.5, 1.0, 64 << 20
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Run:
    """One process.

    Attributes:
        work: seconds from when everything was imported.
        process: seconds from the process's start to its end.
        cpu: seconds on the processors.
        memory: peak, in bytes.
    """

    work: float
    process: float
    cpu: float
    memory: int


@dataclass(frozen=True)
class Result:
    """One wheel: `faster`, `process` and `cpu` are tarfile's seconds over ours."""

    name: str
    work: float
    faster: float
    process: float
    cpu: float
    over_floor: float
    size: int
    size_ratio: float
    memory: int


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Layers from wheels against tarfile and gzip -6.")
    parser.add_argument("wheels", nargs="+", type=Path, help="wheel files")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each contender (default: 5)")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a target is missed")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        idle = min(_run("idle").memory for _ in range(3))
        print(_HEADINGS)
        results = []
        for wheel in arguments.wheels:
            results.append(_measure(wheel, Path(scratch), arguments.rounds, idle))
            print(_row(results[-1]), flush=True)
    mean = _geometric_mean(result.faster for result in results)
    print(f"geometric mean: {mean:.2f} times as fast; {_geometric_mean(r.process for r in results):.2f} as processes")
    missed = _missed(results, mean)
    for line in missed:
        print(f"missed: {line}")
    return 1 if arguments.check and missed else 0


def _geometric_mean(ratios: Iterable[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, ratios)))


def _measure(wheel: Path, scratch: Path, rounds: int, idle: int) -> Result:
    manifest, output, other = scratch / "manifest.json", scratch / "layer.tar.gz", scratch / "tarfile.tar.gz"
    _write_manifest(manifest, wheel, output, scratch)
    contenders = {
        "ours": ("ours", str(_ACTION), str(manifest)),
        "tarfile": ("tarfile", str(wheel), str(other)),
        "floor": ("floor", str(wheel)),
    }
    _run(*contenders["floor"])  # the wheel is in the page cache from here on
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name in list(contenders)[:: 1 if number % 2 else -1]:
            runs[name].append(_run(*contenders[name]))
    ours = runs["ours"]

    def ratio(name: str, of: str) -> float:
        ratios: list[float] = [getattr(a, of) / getattr(b, of) for a, b in zip(runs[name], ours)]
        return statistics.median(ratios)

    size = output.stat().st_size
    return Result(
        name=wheel.name.partition("-")[0],
        work=statistics.median(run.work for run in ours),
        faster=ratio("tarfile", "work"),
        process=ratio("tarfile", "process"),
        cpu=ratio("tarfile", "cpu"),
        over_floor=1 / ratio("floor", "work"),
        size=size,
        size_ratio=size / other.stat().st_size,
        memory=max(run.memory for run in ours) - idle,
    )


def _write_manifest(path: Path, wheel: Path, output: Path, scratch: Path) -> None:
    """The manifest of `wheel-layer`, for a base that the wheel fits."""
    version = re.search(r"-cp3(\d+)-", wheel.name)
    machine = next((_MACHINES[name] for name in _MACHINES if f"_{name}." in wheel.name), "amd64")
    minor = version[1] if version else "13"
    profile = scratch / "profile.json"
    python = {
        "version": f"3.{minor}",
        "executable": f"/usr/bin/python3.{minor}",
        "dist_packages": f"/usr/local/lib/python3.{minor}/dist-packages",
        "cache_tag": f"cpython-3{minor}",
        "abi": f"cp3{minor}",
    }
    profile.write_text(json.dumps({"format": 1, "architecture": machine, "glibc": "2.41", "python": python}))
    manifest = {"wheel": str(wheel), "output": str(output), "facts": f"{output}.json", "profile": str(profile)}
    lines = ({**manifest, "label": "//bench", "compile": False}, {"action": "wheel-layer"})
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def _run(*arguments: str) -> Run:
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-I", "-S", "-B", str(_CHILD), *arguments], stdout=subprocess.PIPE)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments[0]} failed with {process.returncode}")
    work, memory = output.split()
    return Run(float(work), time.perf_counter() - start, usage.ru_utime + usage.ru_stime, int(memory))


_HEADINGS = "wheel      layer   faster process    cpu  over floor            size   against tarfile   memory over idle"


def _row(result: Result) -> str:
    ratios = f"{result.faster:8.2f}{result.process:8.2f}{result.cpu:7.2f}{result.over_floor:12.2f}"
    size = f"{result.size:14,} B{result.size_ratio:18.4f}"
    return f"{result.name:8}{result.work:6.2f} s{ratios}{size}{result.memory / (1 << 20):15.1f} MiB"


def _missed(results: Sequence[Result], mean: float) -> list[str]:
    missed = [f"{mean:.2f} times as fast in the mean, not {_FASTER_MEAN}"] if mean < _FASTER_MEAN else []
    for result in results:
        if result.faster < _FASTER_EACH:
            missed.append(f"{result.name}: {result.faster:.2f} times as fast, not {_FASTER_EACH}")
        if result.size_ratio > _SIZE:
            missed.append(f"{result.name}: {result.size_ratio:.4f} of tarfile's size")
        if result.memory > _MEMORY:
            missed.append(f"{result.name}: {result.memory / (1 << 20):.1f} MiB over idle, not {_MEMORY >> 20}")
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
