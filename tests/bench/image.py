"""The Django image, everything fetched and nothing cached, against `pip install` and `tar | gzip`.

    bazel run //tests/bench:image [-- --check] [--rounds N]

Both sides start from files that were fetched before: Bazel from its repositories, pip from its cache. They take turns,
and the ratio is the median of the rounds' ratios, so a busy machine slows both. Bazel's side makes the whole base too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from nested import Nested

_IMAGE = "//examples/django:image"
_REQUIREMENTS = "examples/django/requirements_lock.txt"


def pip_and_tar(root: Path, directory: Path) -> None:
    """Installs the requirements into an empty folder, and makes a compressed archive of it."""
    shutil.rmtree(directory, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--root-user-action=ignore",
    ]
    command += ["--require-hashes", "--only-binary=:all:", "--requirement", str(root / _REQUIREMENTS)]
    subprocess.run([*command, "--target", str(directory)], check=True)
    with (
        (directory.parent / "layer.tar.gz").open("wb") as output,
        subprocess.Popen(["tar", "-C", str(directory), "-c", "."], stdout=subprocess.PIPE) as tar,
    ):
        subprocess.run(["gzip", "-6"], stdin=tar.stdout, stdout=output, check=True)


def seconds(work: Callable[..., object], *arguments: object) -> float:
    started = time.monotonic()
    work(*arguments)
    return time.monotonic() - started


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="The Django image against pip install and tar | gzip.")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each (default: 3)")
    parser.add_argument("--check", action="store_true", help="exit with 1 if Bazel is the slower one")
    options = parser.parse_args(argv)
    directory = Path(tempfile.mkdtemp(prefix="image-bench-"))
    nested = Nested.create(directory, Path(os.environ["BUILD_WORKSPACE_DIRECTORY"]))
    try:
        nested.bazel("build", "--noshow_progress", _IMAGE)
        pip_and_tar(nested.root, directory / "installed")
        ratios = []
        for _ in range(options.rounds):
            nested.bazel("clean")
            ours = seconds(nested.bazel, "build", "--noshow_progress", _IMAGE)
            theirs = seconds(pip_and_tar, nested.root, directory / "installed")
            ratios.append(theirs / ours)
            print(f"image {ours:.1f} s, pip and tar {theirs:.1f} s, ratio {theirs / ours:.2f}", flush=True)
    finally:
        nested.shutdown()
        shutil.rmtree(directory, ignore_errors=True)
    ratio = statistics.median(ratios)
    print(f"pip install and tar | gzip take {ratio:.2f} times as long as the image (median of {options.rounds})")
    return 1 if options.check and ratio < 1 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
