"""Entry point of every Bazel action, and of what `bazel run` and `bazel test` start.

    main.py @MANIFEST [ARGUMENT ...]
    main.py --persistent_worker

The manifest's `action` says what to run. Started by path with an isolated interpreter (`python3 -I -S -B`), so it puts
its own package on the path itself.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from distroless_python.actions import worker
from distroless_python.errors import run_main
from distroless_python.manifests.reading import manifest_action

COMMANDS = (
    "app-layer",
    "base",
    "deb-layer",
    "django-static",
    "image",
    "image-run",
    "image-starts",
    "image-test",
    "index",
    "interpreter",
    "layer-group",
    "layout",
    "ld-cache",
    "load",
    "oci-parts",
    "packages-interpreter",
    "profile",
    "push",
    "push-all",
    "python-layer",
    "report",
    "sbom",
    "stdlib-bytecode",
    "stub-modules",
    "tarball",
    "tree-layer",
    "unpack-wheel",
    "venv",
    "verify",
    "wheel-from-sdist",
    "wheel-layer",
)
"""Each is a module of this package with `main(argv: list[str]) -> int`: `deb-layer` is `deb_layer`."""


def main(argv: list[str]) -> int:
    if argv == ["--persistent_worker"]:
        return worker.serve(lambda path: run([path]))
    return run([argv[0].removeprefix("@"), *argv[1:]])


def run(argv: list[str]) -> int:
    """Runs the command of the manifest `argv[0]`."""
    return run_main(lambda: int(command(manifest_action(argv[0], COMMANDS)).main(argv)))


def command(command: str) -> ModuleType:
    return importlib.import_module(f"distroless_python.actions.{command.replace('-', '_')}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
