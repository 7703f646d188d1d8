"""Two layouts hold images that run the same: config and layers, in order. What differs is printed."""

import json
import sys
from pathlib import Path


def read(layout: Path) -> dict:
    def blob(descriptor: dict) -> dict:
        return json.loads((layout / "blobs" / descriptor["digest"].replace(":", "/")).read_text())

    manifest = blob(json.loads((layout / "index.json").read_text())["manifests"][0])
    config = blob(manifest["config"])
    return {
        "architecture": (config["os"], config["architecture"]),
        "config": config["config"],
        "diff_ids": config["rootfs"]["diff_ids"],
        "layers": [layer["digest"] for layer in manifest["layers"]],
    }


first, second = (read(Path(path)) for path in sys.argv[1:3])
assert first["config"]["Entrypoint"], first
assert len(first["layers"]) > 5, first
for key in first:
    if first[key] != second[key]:
        print(key, json.dumps(first[key], indent=1), json.dumps(second[key], indent=1), sep="\n")
sys.exit(first != second)
