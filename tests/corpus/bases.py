"""Builds a base from its lock without Bazel, for the corpus.

PYTHONPATH=tools python3 tests/corpus/bases.py debian13 DIRECTORY
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from distroless_python.actions import base as main_base
from distroless_python.actions import deb_layer as main_deb_layer
from distroless_python.actions import profile as main_profile
from distroless_python.errors import Problem, ToolError, run_main
from distroless_python.fetch.mirrors import discover, fetch

LOCKS = Path(__file__).parents[2] / "bases"
_LIMIT = 1 << 28


def build(release: str, directory: Path, architecture: str = "amd64") -> Path:
    """Makes `directory`/base (an OCI layout) and `directory`/profile.json; does nothing if they are there."""
    lock = json.loads((LOCKS / f"{release}.lock.json").read_text(encoding="utf-8"))
    profile = directory / "profile.json"
    if profile.exists():
        return profile
    bare = [package for package in lock["architectures"][architecture] if package["group"] not in ("added", "debug")]
    layers = [deb_layer(package, directory) for package in bare]
    base = directory / "base"
    about = {key: lock[key] for key in ("release", "version_id", "codename", "python")}
    run(
        main_base,
        directory,
        {"output": str(base), "label": release, "architecture": architecture, "layers": layers, **about},
    )
    about = {"layout": str(base), "output": str(profile), "architecture": architecture, "label": release}
    run(main_profile, directory, about)
    return profile


def deb_layer(package: dict[str, Any], directory: Path) -> dict[str, str]:
    """Fetches a locked package and lays it; the layer and its facts."""
    deb = directory / os.path.basename(package["path"])
    layer = {"layer": f"{deb}.layer.tar.gz", "facts": f"{deb}.layer.json"}
    data = fetch(f"{discover('', '', os.environ).of(package['archive'])}/{package['path']}", _LIMIT)
    if hashlib.sha256(data).hexdigest() != package["sha256"]:
        raise ToolError(Problem(deb.name, "its SHA-256 is not the locked one", "lock again"))
    directory.mkdir(parents=True, exist_ok=True)
    deb.write_bytes(data)
    job = {"deb": str(deb), "label": package["name"], "name": package["name"], "version": package["version"]}
    run(main_deb_layer, directory, {**job, "output": layer["layer"], "facts": layer["facts"]})
    deb.unlink()
    return layer


def run(command: Any, directory: Path, manifest: dict[str, Any]) -> None:
    """Runs an action's command in this process."""
    path = directory / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    command.main([str(path)])


if __name__ == "__main__":
    sys.exit(run_main(lambda: bool(build(sys.argv[1], Path(sys.argv[2]).absolute()) is None)))
