"""Three indexes name the same two images: platforms, configs' settings, layers; each wheel is its platform's own."""

import json
import sys
import tarfile
from pathlib import Path

MACHINES = {"amd64": 62, "arm64": 183}  # e_machine of ELF


def read(layout: Path) -> dict:
    def path(descriptor: dict) -> Path:
        return layout / "blobs" / descriptor["digest"].replace(":", "/")

    def machines(manifest: dict) -> set:
        found = set()
        for layer in manifest["layers"]:
            with tarfile.open(path(layer)) as archive:
                for member in archive:
                    if member.name.endswith(".so") and "markupsafe" in member.name:
                        found.add(int.from_bytes(archive.extractfile(member).read(20)[18:20], "little"))
        return found

    index = json.loads((layout / "index.json").read_text())
    while index["manifests"][0]["mediaType"].endswith(("index.v1+json", "list.v2+json")):
        index = json.loads(path(index["manifests"][0]).read_text())
    images = {}
    for descriptor in index["manifests"]:
        architecture = descriptor["platform"]["architecture"]
        manifest = json.loads(path(descriptor).read_text())
        config = json.loads(path(manifest["config"]).read_text())
        assert config["architecture"] == architecture, (config["architecture"], architecture)
        assert machines(manifest) == {MACHINES[architecture]}, (architecture, machines(manifest))
        images[architecture] = (config["config"], [layer["digest"] for layer in manifest["layers"]])
    return images


first, *others = [read(Path(path)) for path in sys.argv[1:]]
assert sorted(first) == ["amd64", "arm64"], sorted(first)
for other in others:
    assert other == first, (other, first)
