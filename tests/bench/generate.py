"""How fast the generator is: a monorepo of 10,000 modules in 1,000 packages.

    python tests/bench/generate.py            # prints the times and the peak of memory
    python tests/bench/generate.py --check    # exit 1 where a target is missed

Every run is a process of its own, as a user starts it. Memory is the sum of the peaks of all its processes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"
PACKAGES = 1000
MODULES = 10
TARGETS = {"first run": 15.0, "nothing changed": 1.0, "one file changed": 1.0}
MEMORY_TARGET_MB = 300
WHEELS = ["django", "requests", "numpy", "pandas", "attrs", "click", "flask", "sqlalchemy", "pydantic", "pytest"]
STANDARD = ["os", "sys", "re", "json", "logging", "dataclasses", "pathlib", "typing", "collections", "itertools"]

_BODY = '''

@dataclass(frozen=True)
class Record{n}:
    """A record of {name}."""

    key: str
    values: tuple[int, ...] = ()

    def total(self) -> int:
        """The sum of the values."""
        result = 0
        for value in self.values:
            if value > {n}:
                result += value * 2
            else:
                result -= value
        return result

    def describe(self) -> str:
        return f"{{self.key}}: {{self.total()}} of {{len(self.values)}}"


def load_{n}(rows: list[dict[str, int]], *, limit: int = 100) -> list[Record{n}]:
    """Reads records, at most `limit`."""
    records = []
    for row in rows[:limit]:
        try:
            key, *values = row.items()
        except ValueError as error:
            raise RuntimeError(f"bad row {{row}}") from error
        records.append(Record{n}(str(key), tuple(int(v) for _, v in values)))
    return sorted(records, key=lambda record: (record.total(), record.key))
'''


@dataclass(frozen=True)
class Measure:
    """Seconds, seconds of processor time and megabytes of one run."""

    seconds: float
    cpu: float
    megabytes: float


def package_of(number: int) -> str:
    """Packages are nested: ten areas of ten groups of ten packages."""
    return f"area{number // 100}/group{number // 10 % 10}/package{number}"


def make_monorepo(root: Path, packages: int, modules: int) -> None:
    """Writes the sources. A package imports only from packages with a lower number, so there are no cycles."""
    chance = random.Random(3)
    (root / "MODULE.bazel").write_text(
        'module(name = "bench")\n'
        'distroless = use_extension("@rules_distroless_python//rules:extensions.bzl", "distroless")\n'
        'distroless.wheels(name = "pypi", lock = "//:wheels.lock.json")\n'
    )
    lock = {name: [{"top_level": [name], "direct": True}] for name in WHEELS}
    environments = {"debian13_amd64": {"python": "3.13"}}
    content = {"format": 1, "kind": "wheels", "environments": environments, "distributions": lock}
    (root / "wheels.lock.json").write_text(json.dumps(content))
    for number in range(packages):
        folder = root / package_of(number)
        folder.mkdir(parents=True)
        for index in range(modules):
            name = "__init__" if index == 0 else f"test_module{index}" if index == modules - 1 else f"module{index}"
            (folder / f"{name}.py").write_text(_module(number, index, name, modules, chance))


def _module(number: int, index: int, name: str, modules: int, chance: random.Random) -> str:
    lines = ["from __future__ import annotations", ""]
    lines += [f"import {module}" for module in sorted(chance.sample(STANDARD, 3))]
    lines += ["from dataclasses import dataclass", "", f"import {chance.choice(WHEELS)}", ""]
    if number and index:
        for _ in range(3):
            other = package_of(chance.randrange(number)).replace("/", ".")
            lines.append(f"from {other}.module{chance.randrange(1, modules - 1)} import load_{chance.randrange(9)}")
    if index > 1:
        lines.append(f"from . import module{index - 1}")
    blocks = [_BODY.format(n=block, name=name) for block in range(2)]
    return "\n".join(lines) + "\n".join(blocks)


_RUNNER = """
import json, os, resource, sys
sys.path.insert(0, sys.argv[1])
from distroless_python.generate.main import main
code = main(sys.argv[2:])
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"code": code, "own": own, "children": children, "cpu": sum(os.times()[:4])}))
"""


def run_generator(root: Path, cache: Path) -> Measure:
    """One run; an exit code other than 0 is an error."""
    environment = {**os.environ, "BUILD_WORKSPACE_DIRECTORY": str(root), "XDG_CACHE_HOME": str(cache)}
    start = time.perf_counter()
    command = [sys.executable, "-c", _RUNNER, str(TOOLS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start
    report = json.loads(done.stdout.splitlines()[-1])
    if report["code"]:
        raise RuntimeError(done.stderr[-2000:])
    # The kernel tells the peak of the largest child only; there are as many as processors.
    workers = os.cpu_count() or 1
    return Measure(seconds, report["cpu"], (report["own"] + workers * report["children"]) / 1024)


def measure(packages: int, modules: int) -> dict[str, Measure]:
    """Makes the monorepo and runs the generator on it."""
    with tempfile.TemporaryDirectory() as name:
        root, cache = Path(name, "workspace"), Path(name, "cache")
        root.mkdir()
        make_monorepo(root, packages, modules)
        results = {"first run": run_generator(root, cache), "nothing changed": run_generator(root, cache)}
        changed = root / package_of(packages // 2) / "module3.py"
        changed.write_text(changed.read_text() + "\nimport pandas\nimport sqlite3\n")
        results["one file changed"] = run_generator(root, cache)
    return results


def main() -> int:
    """Prints the measures; with --check, says whether the targets are met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--packages", type=int, default=PACKAGES)
    parser.add_argument("--modules", type=int, default=MODULES)
    options = parser.parse_args()
    results = measure(options.packages, options.modules)
    missed = 0
    for name, result in results.items():
        late = result.seconds > TARGETS[name] or result.megabytes > MEMORY_TARGET_MB
        missed += late
        target = f"target {TARGETS[name]:.0f} s, {MEMORY_TARGET_MB} MB"
        found = f"{name:18}{result.seconds:7.2f} s {result.cpu:7.2f} s of processors {result.megabytes:6.0f} MB"
        print(f"{found}   {target}{'   MISSED' if late else ''}")
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
