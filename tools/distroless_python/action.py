"""Entry point of every Bazel action, and of what `bazel run` and `bazel test` start.

    action.py @MANIFEST [ARGUMENT ...]
    action.py --persistent_worker

The manifest's `action` says what to run. Started by path with an isolated interpreter (`python3 -I -S -B`), so it puts
its own package on the path itself.
"""

from __future__ import annotations

import importlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from distroless_python.common import manifest, worker
from distroless_python.common.errors import run_main

# command -> module with `main(argv: list[str]) -> int`
COMMANDS = {
    "app-layer": "distroless_python.layer.main_app_layer",
    "base": "distroless_python.base.main_base",
    "deb-layer": "distroless_python.base.main_deb_layer",
    "image": "distroless_python.image.main_image",
    "image-test": "distroless_python.image.main_test",
    "index": "distroless_python.image.main_index",
    "interpreter": "distroless_python.base.main_interpreter",
    "ld-cache": "distroless_python.base.main_ld_cache",
    "load": "distroless_python.deliver.main_load",
    "oci-parts": "distroless_python.image.main_oci_parts",
    "profile": "distroless_python.base.main_profile",
    "push": "distroless_python.deliver.main_push",
    "sbom": "distroless_python.sbom.main_sbom",
    "tarball": "distroless_python.image.main_tarball",
    "tree-layer": "distroless_python.layer.main_tree_layer",
    "unpack-wheel": "distroless_python.layer.main_unpack_wheel",
    "verify": "distroless_python.verify.main_verify",
    "wheel-from-sdist": "distroless_python.sdist.main_wheel_from_sdist",
    "wheel-layer": "distroless_python.layer.main_wheel_layer",
}


def main(argv: list[str]) -> int:
    if argv == ["--persistent_worker"]:
        return worker.serve(lambda path: run([path]))
    return run([argv[0].removeprefix("@"), *argv[1:]])


def run(argv: list[str]) -> int:
    """Runs the command of the manifest `argv[0]`."""
    return run_main(lambda: int(importlib.import_module(COMMANDS[manifest.action(argv[0])]).main(argv)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
