"""The same base, however it came, makes the same image: layers and what is run, blobs all there, OCI media types."""

import hashlib
import json
import sys
from pathlib import Path


def read(layout: Path, architecture: str = "amd64") -> dict:
    def content(descriptor: dict) -> bytes:
        data = (layout / "blobs" / descriptor["digest"].replace(":", "/")).read_bytes()
        assert hashlib.sha256(data).hexdigest() == descriptor["digest"].partition(":")[2], (layout, descriptor)
        return data

    manifest = json.loads((layout / "index.json").read_text())
    while "manifests" in manifest:
        wanted = [m for m in manifest["manifests"] if m.get("platform", {}).get("architecture") in (architecture, None)]
        manifest = json.loads(content(wanted[0]))
    config = json.loads(content(manifest["config"]))
    assert config["architecture"] == architecture, (layout, config["architecture"])
    types = {manifest["mediaType"], *(layer["mediaType"] for layer in manifest["layers"])}
    assert all(media_type.startswith("application/vnd.oci.image.") for media_type in types), (layout, types)
    for layer in manifest["layers"]:
        content(layer)
    return {
        "entrypoint": config["config"]["Entrypoint"],
        "layers": [layer["digest"] for layer in manifest["layers"]],
        "user": config["config"]["User"],
    }


*single, index = map(Path, sys.argv[1:])
images = {layout.name.removesuffix(".layout"): read(layout) for layout in single}
images["of_index"] = read(index)
for name, image in images.items():
    assert image == images["built"], (name, image, images["built"])
assert len(read(index, "arm64")["layers"]) > 5
