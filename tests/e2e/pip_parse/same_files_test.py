"""Two images hold the same files: paths, kinds, permissions and contents; and below /app nothing but what is named."""

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

app = {path for path, (kind, *_) in first.items() if path.startswith("app/") and kind == tarfile.REGTYPE}
app = {path.replace("~", "+") for path in app if "__pycache__" not in path}  # Bazel 7 names modules `greeting~`
print(*sorted(app.symmetric_difference(sys.argv[3:])), sep="\n")
sys.exit(bool(different) or app != set(sys.argv[3:]))
