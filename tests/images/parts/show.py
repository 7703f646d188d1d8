"""Uses libraries of a wheel that is several layers, and what its metadata says."""

import io
from importlib import metadata

from PIL import Image

picture = io.BytesIO()
Image.new("RGB", (20, 20), "red").save(picture, "JPEG")
assert Image.open(io.BytesIO(picture.getvalue())).size == (20, 20)

missing = [str(file) for file in metadata.files("pillow") or () if not file.locate().exists()]
assert not missing, missing
print("pillow draws")
