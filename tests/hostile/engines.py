"""Whether container engines take the layers that we made of hostile inputs."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from distroless_python.formats.oci import NAMELESS, OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST, LayoutWriter, describe
from hostile.arena import remove

BATCH = 100
"""Layers of an image; Docker takes 125."""

SECONDS = 900


class Engines:
    """Collects layers, and asks every engine of this machine."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.names = [name for name, works in (("umoci", _umoci()), ("docker", _docker())) if works]

    def keep(self, layer: Path, name: str) -> None:
        """Keeps a layer, from any process; equal ones are one."""
        digest = hashlib.sha256(layer.read_bytes()).hexdigest()
        shutil.copyfile(layer, self._directory / f"{digest}.layer")
        (self._directory / f"{digest}.name").write_text(name, encoding="utf-8", errors="backslashreplace")

    def __len__(self) -> int:
        return len(list(self._directory.glob("*.layer")))

    def refused(self) -> list[str]:
        """What the engines say to layers that they refuse, each with the input's name."""
        found: list[str] = []
        layers = sorted(self._directory.glob("*.layer"))
        items = [(layer.with_suffix(".name").read_text(encoding="utf-8"), layer) for layer in layers]
        for start in range(0, len(items), BATCH):
            for engine in self.names:
                found += self._ask(engine, items[start : start + BATCH])
        return found

    def _ask(self, engine: str, items: Sequence[tuple[str, Path]]) -> list[str]:
        complaint = _load(engine, [path for _, path in items], self._directory / "image")
        if not complaint:
            return []
        if len(items) == 1:
            return [f"{engine}: {items[0][0]}: {complaint[-300:]}"]
        half = len(items) // 2
        parts = self._ask(engine, items[:half]) + self._ask(engine, items[half:])
        return parts or [f"{engine}: together only: {[name for name, _ in items][:4]}: {complaint[-300:]}"]


def _umoci() -> bool:
    return shutil.which("umoci") is not None


def _docker() -> bool:
    if not shutil.which("docker") or not shutil.which("skopeo"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def _load(engine: str, layers: Sequence[Path], place: Path) -> str:
    """An image of layers for an engine; its complaint, empty where it takes it."""
    writer = LayoutWriter(place / "layout")
    blobs, diff_ids = [], []
    for layer in layers:
        data = layer.read_bytes()
        blobs.append(writer.write(data, OCI_LAYER_GZIP))
        diff_ids.append(describe(gzip.decompress(data), OCI_CONFIG).digest)
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": writer.write_json(config, OCI_CONFIG).json(),
        "layers": [blob.json() for blob in blobs],
    }
    writer.finish([writer.write_json(manifest, OCI_MANIFEST, annotations=NAMELESS)])
    if engine == "umoci":
        command = ["umoci", "unpack", "--rootless", "--image", f"{place / 'layout'}:latest", str(place / "bundle")]
        said = _run(command)
    else:
        said = _run(
            [
                "skopeo",
                f"--tmpdir={place}",
                "copy",
                f"oci:{place / 'layout'}",
                f"docker-archive:{place / 'x.tar'}:hostile:test",
            ]
        )
        said = said or _run(["docker", "load", "-i", str(place / "x.tar")])
        _run(["docker", "rmi", "-f", "hostile:test"])
    remove(place)
    return said


def _run(command: Sequence[str]) -> str:
    try:
        run = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return f"{command[0]} has not ended after {SECONDS} s"
    return run.stderr.decode(errors="replace") or "failed" if run.returncode else ""
