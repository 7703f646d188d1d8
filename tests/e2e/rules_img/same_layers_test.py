"""Two layouts hold images of the same layers, in the same order."""

import json
import sys
from pathlib import Path


def layers(layout: Path) -> list[str]:
    def blob(descriptor: dict) -> dict:
        return json.loads((layout / "blobs" / descriptor["digest"].replace(":", "/")).read_text())

    manifest = blob(json.loads((layout / "index.json").read_text())["manifests"][0])
    return [layer["digest"] for layer in manifest["layers"]]


first, second = (layers(Path(path)) for path in sys.argv[1:3])
assert len(first) > 6, first
assert first == second, (first, second)
