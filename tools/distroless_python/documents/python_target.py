"""The Python that layers are made for (`X.python.json`): all that a layer has to know of its base.

It is a document of its own, so that another version of a base's other packages changes no layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from distroless_python.decode import decode
from distroless_python.documents.reading import read_document
from distroless_python.files import plain, write_json

if TYPE_CHECKING:
    from pathlib import Path

KIND, FORMAT = "python", 1


@dataclass(frozen=True)
class PythonTarget:
    """A base's Python.

    Attributes:
        version: `3.13`.
        executable: absolute path in the image.
        dist_packages: absolute path of the directory that wheels go to.
        cache_tag: `cpython-313`, the middle of a .pyc's name.
        prefix: absolute path of where scripts, data and headers go.
    """

    version: str
    executable: str
    dist_packages: str
    cache_tag: str
    prefix: str

    @property
    def headers(self) -> str:
        """The directory of C headers, below which each distribution has its own."""
        return f"{self.prefix}/include/python{self.version}"

    @classmethod
    def read(cls, path: Path | str) -> PythonTarget:
        """Reads `X.python.json`.

        Raises:
            ToolError: the file is not one, or of another format.
        """
        return read_document(path, KIND, FORMAT, _parse)

    def write(self, path: Path | str) -> None:
        write_json(path, {"kind": KIND, "format": FORMAT, **plain(self)})


def _parse(value: dict[str, Any], subject: str) -> PythonTarget:
    target: PythonTarget = decode(value, PythonTarget, subject)
    return target
