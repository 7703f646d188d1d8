"""`load`: an image goes into Docker or Podman, as a stream: nothing is written on the way.

`bazel run //app:load [-- --tag NAME:TAG ...]`. Docker gets only the layers that it lacks.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, cast

from distroless_python.actions import options
from distroless_python.engine import engine as engines
from distroless_python.engine.engine import Engine
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import Descriptor, ImageStore
from distroless_python.formats.reference import tagged
from distroless_python.image.docker_archive import Archive
from distroless_python.image.stored_image import StoredImage
from distroless_python.manifests.deliver import LoadManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.progress import Progress, megabytes


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bazel run <load> --", description="Loads the image into Docker or Podman.")
    parser.add_argument("manifest", help=argparse.SUPPRESS)
    parser.add_argument("--tag", action="append", default=[], metavar="NAME:TAG", help="instead of the target's tags")
    arguments = parser.parse_args(argv)
    manifest = read_manifest(arguments.manifest, LoadManifest)
    wanted, files = (arguments.tag, ()) if arguments.tag else (manifest.tags, manifest.tag_files)
    names = options.names(wanted, files, manifest.status_files, manifest.label)
    tags = tuple(dict.fromkeys(tagged(name, manifest.label) for name in names))
    if not tags:
        raise ToolError(Problem(manifest.label, "the image has no name", 'write --tag "name:tag"', "tags"))
    engine = engines.find(manifest.label, manifest.tarball)
    output = load(engine, StoredImage(manifest), tags)
    print(output.strip() or "\n".join(f"Loaded image: {tag}" for tag in tags))
    return 0


def load(engine: Engine, layout: ImageStore, tags: tuple[str, ...]) -> str:
    """Loads the image of the engine's architecture under the names `tags`; returns what the engine said.

    Raises:
        ToolError: the layout has no such image, or the engine does not take it.
    """
    image = layout.only_image(engine.architecture)
    known = _known(layout, image, engine)
    output, complaint = _load(engine, Archive(layout, image, tags, known))
    if complaint and known:  # an image was removed meanwhile, or the store is containerd's
        output, complaint = _load(engine, Archive(layout, image, tags))
    if complaint:
        remedy = f"read what {engine.program} says; it may need more disk space, or a newer version"
        raise ToolError(Problem(layout.subject, f"{engine.program} load failed: {complaint}", remedy))
    return output


def _known(layout: ImageStore, image: Descriptor, engine: Engine) -> frozenset[str]:
    """The layers that need not be sent: an engine knows a layer by all those below it, so a common bottom."""
    if not engine.reuses_layers:
        return frozenset()
    layers = layout.children(image)[1:]
    wanted: Sequence[str] = (layout.read_config(image).get("rootfs") or {}).get("diff_ids") or []
    count = max((_common(wanted, there) for there in engine.images()), default=0)
    return frozenset(layer.digest for layer in layers[:count]) - {layer.digest for layer in layers[count:]}


def _common(ours: Sequence[str], theirs: Sequence[str]) -> int:
    return next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))


def _load(engine: Engine, archive: Archive) -> tuple[str, str]:
    """Streams the archive into the engine; returns what it said, and its complaint if it failed."""
    progress = Progress(
        f"Loading into {Path(engine.program).name}", sum(blob.size for blob in archive.blobs), megabytes
    )
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([engine.program, "load"], stdin=subprocess.PIPE, stdout=output, stderr=errors)
        assert process.stdin is not None  # it is a pipe
        try:
            with contextlib.suppress(BrokenPipeError), process.stdin:  # if it stops reading, it says why
                archive.write(cast(Any, _Counting(process.stdin, progress)))
            code = process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            progress.close()
        said, complaint = _text(output), _text(errors)
    return said, (complaint.strip() or said.strip() or f"exit code {code}") if code else ""


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode(errors="replace")


class _Counting:
    """A writer that shows how far it is."""

    def __init__(self, stream: IO[bytes], progress: Progress) -> None:
        self._stream, self._progress = stream, progress

    def write(self, data: bytes) -> int:
        self._progress.add(len(data))
        return self._stream.write(data)
