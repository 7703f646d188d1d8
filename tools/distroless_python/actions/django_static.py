"""`django-static`: what a Django site's own `collectstatic` makes, run in its image, becomes a layer.

It runs twice: to say where STATIC_ROOT is, and to write there. That directory is the only one it can write to; there is
no network but loopback.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_contents import write_known
from distroless_python.documents.python_target import PythonTarget
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.image.stored_image import StoredImage
from distroless_python.layer.build import write_app_layer
from distroless_python.layer.file import LayerFile
from distroless_python.layer.source_files import leaves
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.image import DjangoStaticManifest
from distroless_python.manifests.layers import SourceFile
from distroless_python.manifests.reading import read_manifest
from distroless_python.sandbox import bubblewrap, collect_static
from distroless_python.sandbox.bubblewrap import CannotRunError
from distroless_python.sandbox.driving import scratch_directory
from distroless_python.sandbox.image_sandbox import UnpackedImage, unpacked_image
from distroless_python.sandbox.mounts import Bind

_PROGRAM, _RESULT = "/.test/collect_static.py", "/.test/result"
_LINES = 30
"""How much of what the program printed a message has."""


def main(argv: Sequence[str]) -> int:
    build(read_manifest(argv[0], DjangoStaticManifest))
    return 0


def build(job: DjangoStaticManifest) -> None:
    """Writes the layer and what is known of it.

    Raises:
        ToolError: the machine cannot run the image, the site does not say where its files go, or it fails.
    """
    with scratch_directory() as scratch:
        site = _Site(job, scratch)
        root = site.static_root()
        collected = site.collect(root)
        _write(job, root, collected)


class _Site:
    """The site in its unpacked image."""

    def __init__(self, job: DjangoStaticManifest, scratch: Path) -> None:
        self._job, self._scratch = job, scratch
        self._bubblewrap = bubblewrap.find_bubblewrap(job.label, "the site's collectstatic")
        profile = BaseProfile.read(job.profile)
        self._python = profile.python.executable
        self._image: UnpackedImage = unpacked_image(
            StoredImage(job), profile.architecture, len(profile.layers), scratch
        )

    def static_root(self) -> str:
        """The absolute directory that the settings name."""
        result = self._scratch / "result"
        result.touch()
        self._run(["where", _RESULT], Bind(str(result), _RESULT, writable=True))
        root = str(json.loads(result.read_text())["root"])
        if not root:
            remedy = 'set it, for example STATIC_ROOT = BASE_DIR / "staticfiles"'
            raise ToolError(Problem(self._job.label, f"{self._job.settings} has no STATIC_ROOT", remedy))
        return root

    def collect(self, root: str) -> Path:
        """The directory with what was collected for `root`."""
        collected = self._scratch / "collected"
        collected.mkdir()
        self._run(["collect"], Bind(str(collected), root, writable=True))
        return collected

    def _run(self, arguments: Sequence[str], shown: Bind) -> None:
        job = self._job
        env = {"DJANGO_SETTINGS_MODULE": job.settings, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", **job.env}
        binds = [Bind(os.path.realpath(collect_static.__file__), _PROGRAM), shown]
        sandbox = self._image.sandbox(self._image.environment(env), binds, self._scratch, network=False)
        status, log = self._scratch / "status.json", self._scratch / "log"
        command = self._image.prefixed([self._python, _PROGRAM, *arguments])
        with open(log, "wb") as stream:
            process = bubblewrap.start(
                self._bubblewrap, sandbox, command, status, stdout=stream, stderr=subprocess.STDOUT
            )
            code = process.wait()
        printed = log.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()[-_LINES:]
        if not bubblewrap.started(status):
            reason = "\n    ".join(["bubblewrap could not make the sandbox:", *printed])
            raise CannotRunError(Problem(job.label, reason, bubblewrap.REMEDY))
        if code:
            reason = "\n    ".join([f"collectstatic of {job.settings} failed:", *printed])
            remedy = (
                "correct the site; where its settings need variables, write them in env = {...}: "
                "they count here only, not in the image"
            )
            raise ToolError(Problem(job.label, reason, remedy))


def _write(job: DjangoStaticManifest, root: str, collected: Path) -> None:
    manifest = collected / "staticfiles.json"
    if manifest.is_file():
        manifest.write_text(_sorted(manifest.read_text(encoding="utf-8")), encoding="utf-8")
    problems = Collector()
    found = leaves([SourceFile(str(collected), root.lstrip("/"))], job.label, problems)
    problems.raise_if_any()
    if not found:
        remedy = "see INSTALLED_APPS and STATICFILES_DIRS, and the data of the libraries that have the files"
        raise ToolError(Problem(job.label, f"collectstatic found no file for {root}", remedy))
    writer = LayerWriter()
    for leaf in found:
        writer.add(LayerFile(leaf.path, 0o644, leaf.content()))
    python = PythonTarget.read(job.python)
    built = write_app_layer(job.output.layer, writer, (), None, python, root=root.lstrip("/"), label=job.label)
    write_known(built.facts, built.contents, job.output)


def _sorted(text: str) -> str:
    """A manifest of static files, whose order is that of a directory on disk, in the order of its names."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return text
