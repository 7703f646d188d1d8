"""`oci-parts`: what rules_oci's `oci_image` takes as files, read off a finished image's config: one value a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from distroless_python.files import atomic
from distroless_python.formats.oci import Layout
from distroless_python.manifests.reading import read_manifest


@dataclass(frozen=True)
class OciPartsManifest:
    """`oci-parts`: an image's config becomes files.

    Attributes:
        image: the OCI layout directory of one image.
        label: the target, for messages.
        cmd: the file to write with the arguments.
        entrypoint: the file to write with the entrypoint.
        env: the file to write with the environment, `NAME=value`.
    """

    image: str
    label: str
    cmd: str
    entrypoint: str
    env: str


def main(argv: list[str]) -> int:
    manifest = read_manifest(argv[0], OciPartsManifest)
    layout = Layout(Path(manifest.image), manifest.label)
    config = layout.read_config(layout.image()).get("config") or {}
    for path, key in ((manifest.cmd, "Cmd"), (manifest.entrypoint, "Entrypoint"), (manifest.env, "Env")):
        with atomic(path) as stream:
            stream.write("".join(f"{line}\n" for line in config.get(key) or []).encode())
    return 0
