"""Builds a base from its lock without Bazel, for the corpus.

PYTHONPATH=tools python3 tests/corpus/bases.py debian13 DIRECTORY
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distroless_python.actions import base as main_base
from distroless_python.actions import deb_layer as main_deb_layer
from distroless_python.debian.mirrors import discover, fetch
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.errors import run_main

LOCKS = Path(__file__).parents[2] / "bases"
_LIMIT = 1 << 28


@dataclass(frozen=True)
class Base:
    """A base on disk: its layout, and the documents about it."""

    directory: Path

    @property
    def layout(self) -> Path:
        return self.directory / "base"

    @property
    def described(self) -> dict[str, str]:
        """The documents, as manifests name them."""
        return {name: str(self.directory / f"{name}.json") for name in ("profile", "contents", "python")}

    @property
    def profile(self) -> BaseProfile:
        return BaseProfile.read(self.described["profile"])

    def unpack(self, root: Path) -> None:
        """Lays its layers into a directory."""
        root.mkdir(parents=True)
        for layer in self.profile.layers:
            blob = self.layout / "blobs" / layer.digest.replace(":", "/")
            subprocess.run(["tar", "--no-same-owner", "-xzf", str(blob), "-C", str(root)], check=True)


def build(release: str, directory: Path, architecture: str = "amd64") -> Base:
    """Makes a base in `directory`; does nothing if it is there."""
    base = Base(directory)
    if Path(base.described["python"]).exists():
        return base
    directory.mkdir(parents=True, exist_ok=True)
    lock = json.loads((LOCKS / f"{release}.lock.json").read_text(encoding="utf-8"))
    bare = [package for package in lock["architectures"][architecture] if package["group"] not in ("added", "debug")]
    about = {key: lock[key] for key in ("version_id", "codename", "end_of_life", "python")}
    manifest = {
        "output": str(base.layout),
        "described": base.described,
        "label": release,
        "architecture": architecture,
        "layers": [deb_layer(package, directory) for package in bare],
        "debug": None,
        **about,
    }
    run(main_base, directory, manifest)
    return base


def deb_layer(package: dict[str, Any], directory: Path) -> dict[str, str]:
    """Fetches a locked package and makes its layer: the layer, and what is known of it."""
    deb = directory / os.path.basename(package["path"])
    layer = {"layer": f"{deb}.layer.tar.gz", "facts": f"{deb}.layer.json", "contents": f"{deb}.contents.json"}
    data = fetch(f"{discover('', '', os.environ).of(package['archive'])}/{package['path']}", _LIMIT)
    deb.write_bytes(data)
    about = {key: package[key] for key in ("name", "version", "sha256")}
    run(main_deb_layer, directory, {"deb": str(deb), "output": layer, "label": package["name"], **about})
    deb.unlink()
    return layer


def run(command: Any, directory: Path, manifest: dict[str, Any]) -> None:
    """Runs an action's command in this process."""
    path = directory / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    command.main([str(path)])


if __name__ == "__main__":
    sys.exit(run_main(lambda: build(sys.argv[1], Path(sys.argv[2]).absolute()) is None))
