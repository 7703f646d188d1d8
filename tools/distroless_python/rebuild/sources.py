"""First-party layers: what their files are, and where a checkout has them."""

from __future__ import annotations

import gzip
import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats.paths import is_bytecode, unsafe
from distroless_python.formats.tarfiles import UNREADABLE, open_tar
from distroless_python.sbom.recipe import Step

_REMEDY = "look at what it is; nothing but the program's own files belongs there"


@dataclass(frozen=True)
class Listed:
    """A path of a layer: its size, None where it is not a regular file."""

    path: str
    size: int | None


def listing(layer: Path, subject: str) -> list[Listed]:
    """What is in a layer besides directories.

    Raises:
        ToolError: it is not a tar archive.
    """
    try:
        with gzip.open(layer) as stream, open_tar(cast("IO[bytes]", stream), "r|") as archive:
            return [
                Listed(member.name.rstrip("/"), member.size if member.isreg() else None)
                for member in archive
                if not member.isdir()
            ]
    except UNREADABLE as error:
        raise ToolError(Problem(subject, f"is not a layer: {error}", _REMEDY)) from None


@dataclass(frozen=True)
class FirstParty:
    """The sources.

    Attributes:
        checkout: the workspace, None where there is none.
        layer: the file of the layer that an image has, by its digest.
    """

    checkout: Path | None
    layer: Callable[[str], Path]

    def stays_inside(self, step: Step) -> None:
        """Checks that a layer that is not made again has nothing outside of its own directory.

        Raises:
            ToolError: it has.
        """
        problems = Collector()
        for file in listing(self.layer(step.digest), step.title):
            if not file.path.startswith(f"{step.prefix}/") or not step.prefix or unsafe(file.path):
                reason = f"{file.path} is not below /{step.prefix}, where first-party files are"
                problems.add(step.title, reason, _REMEDY)
        problems.raise_if_any()

    def files(self, step: Step) -> dict[str, Any]:
        """The manifest's fields about what goes into a layer: the files that it has, as the checkout has them.

        Raises:
            ToolError: the checkout has not all of them.
        """
        assert self.checkout
        problems = Collector()
        files, empty = [], []
        for file in listing(self.layer(step.digest), step.title):
            path = file.path.removeprefix(f"{step.prefix}/")
            if is_bytecode(path) or path == file.path or unsafe(path) or f"/{file.path}" in step.symlinks:
                continue  # what should not be there, the comparison names
            if source := self._source(path):
                files.append({"path": path, "source": str(source)})
            elif file.size == 0 and posixpath.basename(path) == "__init__.py":
                empty.append(path)
            else:
                remedy = "check out the commit that the image was made of; generated files are in its bazel-bin"
                problems.add(step.title, "is not in the source", remedy, path)
        problems.raise_if_any()
        written = {"owner": step.owner, "volumes": list(step.volumes), "symlinks": step.symlinks}
        return {"prefix": step.prefix, "alone": False, "files": files, "empty": empty, **written}

    def _source(self, path: str) -> Path | None:
        """Where the checkout has a path of runfiles."""
        repository, _, rest = path.partition("/")
        assert self.checkout
        places = [self.checkout / rest, self.checkout / "bazel-bin" / rest]
        if repository != "_main":
            places = [self.checkout / f"bazel-{self.checkout.name}" / "external" / path]
        return next((place for place in places if place.is_file()), None)
