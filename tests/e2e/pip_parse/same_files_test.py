"""Two images hold the same files: paths, kinds, permissions and contents. Says which do not."""

import hashlib
import json
import sys
import tarfile
from pathlib import Path


def files(layout: Path) -> dict:
    def blob(descriptor: dict) -> Path:
        return layout / "blobs" / descriptor["digest"].replace(":", "/")

    manifest = json.loads(blob(json.loads((layout / "index.json").read_text())["manifests"][0]).read_text())
    found = {}
    for layer in manifest["layers"]:
        with tarfile.open(blob(layer)) as archive:
            for member in archive:
                content = hashlib.sha256(archive.extractfile(member).read()).hexdigest() if member.isreg() else ""
                found[member.name] = (member.type, oct(member.mode), member.linkname, content)
    return found


first, second = (files(Path(path)) for path in sys.argv[1:3])
assert len(first) > 1000, "an image with Python and wheels has more files"
different = [path for path in sorted({*first, *second}) if first.get(path) != second.get(path)]
for path in different:
    print(path, first.get(path), second.get(path))
sys.exit(bool(different))
