"""An image on the Python of Debian's next release: made from nothing, run, and compared with debian13's.

    bazel run //tests/bench:forky

In a copy of the workspace: locks a base of each release, wheels of Flask and NumPy for both, builds the images and
tests them.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from nested import Nested

_RELEASES = ("debian13", "debian14")
_MODULE = """
dev.base(name = "bench_{release}", lock = "//bench:{release}.lock.json")
use_repo(dev, "bench_{release}")
"""
_WHEELS = """
dev.wheels(name = "forky_pypi", lock = "//bench:wheels.lock.json")
use_repo(dev, "forky_pypi")
"""
_BUILD = """load("@rules_python//python:py_binary.bzl", "py_binary")
load("//rules:defs.bzl", "py_image", "py_image_test")

py_binary(
    name = "show",
    srcs = ["show.py"],
    tags = ["manual"],
    deps = ["@forky_pypi//flask", "@forky_pypi//numpy"],
)

[
    [
        py_image(name = release, base = "@bench_" + release, binary = ":show"),
        py_image_test(name = release + "_test", image = ":" + release, stdout = "^Python "),
    ]
    for release in ["debian13", "debian14"]
]
"""
_PROGRAM = """import platform

import flask
import numpy

app = flask.Flask("show")
app.add_url_rule("/", view_func=lambda: str(numpy.linalg.det(numpy.eye(3))))
assert app.test_client().get("/").text == "1.0"
print("Python", platform.python_version(), "on", *platform.libc_ver())
"""


def _prepare(nested: Nested) -> None:
    folder = nested.root / "bench"
    folder.mkdir()
    (folder / "BUILD.bazel").write_text(_BUILD)
    (folder / "show.py").write_text(_PROGRAM)
    (folder / "requirements.in").write_text("flask\nnumpy\n")
    lock = ("run", "--noshow_progress", "//tools:lock", "--")
    for release in _RELEASES:
        output = f"--output={folder / release}.lock.json"
        nested.bazel(*lock, "debian", f"--release={release}", "--arch=amd64", "--allow-expired", output)
    environments = [f"--environment={release}_amd64" for release in _RELEASES]
    requirements, wheels = folder / "requirements_lock.txt", folder / "wheels.lock.json"
    nested.bazel(*lock, "compile", str(folder / "requirements.in"), *environments, f"--output={requirements}")
    nested.bazel(*lock, "wheels", f"--requirements={requirements}", *environments, f"--output={wheels}")
    with (nested.root / "MODULE.bazel").open("a") as module:
        module.writelines([_WHEELS, *(_MODULE.format(release=release) for release in _RELEASES)])


def _measure(nested: Nested, release: str) -> None:
    target = f"//bench:{release}"
    nested.bazel("fetch", "--noshow_progress", target)
    started = time.monotonic()
    nested.bazel("build", "--noshow_progress", "--disk_cache=", "--output_groups=+report", target)
    built = time.monotonic() - started
    nested.bazel("test", "--noshow_progress", f"{target}_test")
    said = (nested.root / f"bazel-testlogs/bench/{release}_test/test.log").read_text()
    report = json.loads((nested.root / f"bazel-bin/bench/{release}.report.json").read_text())
    base = [layer for layer in report["layers"] if layer["kind"] == "base"]
    print(f"{release}: {next(line for line in said.splitlines() if line.startswith('Python '))}")
    print(
        f"  base of {len(report['base']['packages'])} packages {sum(layer['size'] for layer in base) / 1e6:.1f} MB,"
        f" image {report['size'] / 1e6:.1f} MB, built in {built:.0f} s",
        flush=True,
    )


def main() -> int:
    directory = Path(tempfile.mkdtemp(prefix="forky-bench-"))
    nested = Nested.create(directory, Path(os.environ["BUILD_WORKSPACE_DIRECTORY"]))
    try:
        _prepare(nested)
        for release in _RELEASES:
            _measure(nested, release)
    finally:
        nested.shutdown()
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
