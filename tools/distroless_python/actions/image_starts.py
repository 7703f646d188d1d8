"""`image-starts`: the runner of `py_image_starts_test`. It starts an image's program, waits for it, and stops it.

The program runs as the image's config says, on a read-only root, without network but loopback. It has to listen on
every TCP port that is to be waited for and to answer there, or to stay up for some seconds where there is none; then it
gets the image's StopSignal (sandbox/driver.py says what counts as an answer).
A machine that cannot run the image at all skips the test and says so, unless DISTROLESS_STARTS is `required`.
"""

from __future__ import annotations

import os
import posixpath
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from distroless_python.documents.base_profile import BaseProfile
from distroless_python.errors import Problem, ToolError
from distroless_python.image.stored_image import StoredImage
from distroless_python.manifests.image import StartsManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.sandbox import bubblewrap
from distroless_python.sandbox.bubblewrap import CannotRunError
from distroless_python.sandbox.driving import DRIVER, driver_binds, driver_spec, scratch_directory
from distroless_python.sandbox.image_sandbox import UnpackedImage, unpacked_image
from distroless_python.sandbox.mounts import Bind

_EXAMPLE = '{"NAME": "value"}'
_NOT_WRITABLE = re.compile(r"(?:Read-only file system|Permission denied): '([^']+)'")
_PAGE = '"/health"'
_RESULT = "/.test/result"


def main(argv: Sequence[str]) -> int:
    manifest = read_manifest(argv[0], StartsManifest)
    try:
        with scratch_directory() as scratch:
            _start(manifest, scratch)
    except CannotRunError as error:
        if os.environ.get("DISTROLESS_STARTS") == "required":
            raise
        _skip(manifest.label, error)
    return 0


def ports(manifest: StartsManifest, config: Mapping[str, Any]) -> list[int]:
    """The TCP ports to wait for: those that were given, else those that the image exposes."""
    if manifest.ports is not None:
        return list(manifest.ports)
    exposed = (port.partition("/") for port in config.get("ExposedPorts") or {})
    return sorted(int(number) for number, _, protocol in exposed if protocol in ("", "tcp"))


def _start(manifest: StartsManifest, scratch: Path) -> None:
    profile = BaseProfile.read(manifest.profile)
    program = bubblewrap.find_bubblewrap(manifest.label, "the image's sandbox")
    layout = StoredImage(manifest)
    image = unpacked_image(layout, profile.architecture, len(profile.layers), scratch)
    command = [*(image.config.get("Entrypoint") or []), *(image.config.get("Cmd") or [])]
    if not command:
        raise ToolError(Problem(manifest.label, "the image has no entrypoint", "give the py_image a program"))
    result = scratch / "result"
    result.touch()
    spec = {
        "server": image.prefixed(command),
        "ports": ports(manifest, image.config),
        "seconds": manifest.seconds,
        "answers": manifest.path,
        "reachable": True,
        "result": _RESULT,
        **driver_spec(image),
    }
    binds = [*driver_binds(spec, scratch), Bind(str(result), _RESULT, writable=True)]
    sandbox = image.sandbox(image.environment(manifest.env), binds, scratch, network=False)
    status, driver = scratch / "status.json", image.prefixed([profile.python.executable, *DRIVER])
    code = bubblewrap.start(program, sandbox, driver, status, stderr=subprocess.STDOUT).wait()
    if not bubblewrap.started(status):
        reason = "bubblewrap could not make the sandbox, see its message above"
        raise CannotRunError(Problem(manifest.label, reason, bubblewrap.REMEDY))
    if code:
        raise ToolError(_failure(manifest, image, command, spec["ports"], result.read_text()))


def _failure(
    manifest: StartsManifest, image: UnpackedImage, command: Sequence[str], waited: Sequence[int], problem: str
) -> Problem:
    awaited = f"port {', '.join(map(str, waited))}" if waited else f"{manifest.seconds} seconds without an end"
    reason = f"the image does not start: {problem or 'its driver ended'}\n"
    reason += f"    program: {shlex.join(command)} (its output is above)\n    waited for: {awaited}"
    image_target = manifest.image_label
    remedies = [f"to look at it, `bazel run {image_target}.run`"]
    if "of loopback only" in problem:
        remedies.insert(0, "bind to 0.0.0.0, such as --bind=0.0.0.0:8000, --host=0.0.0.0")
    elif match := _NOT_WRITABLE.search(problem):
        remedies.insert(
            0,
            _volumes(posixpath.normpath(posixpath.join(image.config.get("WorkingDir") or "/", match[1])), image_target),
        )
    elif problem.startswith("every answer is an error"):
        remedies.append(f"where another page tells whether it is well, write {_written(manifest, 'path', _PAGE)}")
    elif problem.startswith("nothing listens"):
        remedies.append(f"where it listens elsewhere, write {_written(manifest, 'ports', '[8080]')}")
    else:
        remedies.append(f"where it needs a variable, write {_written(manifest, 'env', _EXAMPLE)}")
        remedies.append("a program that is to end is not a service: take `starts` away, and write a py_image_test")
    return Problem(manifest.label, reason, "; ".join(remedies))


def _volumes(path: str, image: str) -> str:
    """What makes a path writable."""
    link = f'symlinks = {{"{path}": "/data/{posixpath.basename(path)}"}} and volumes = ["/data"]'
    return f'where it writes to that directory, write volumes = ["{path}"] in {image}; where it is a file, {link}'


def _written(manifest: StartsManifest, attribute: str, value: str) -> str:
    """How an attribute is written where the test was."""
    return f'starts = {{"{attribute}": {value}}}' if manifest.by_macro else f"{attribute} = {value}"


def _skip(label: str, error: ToolError) -> None:
    problem = error.problems[0]
    print(f"SKIPPED: {problem}\n    --test_env=DISTROLESS_STARTS=required makes this an error")
    if "XML_OUTPUT_FILE" in os.environ:
        case = f"<testcase name={quoteattr(label)}><skipped message={quoteattr(problem.reason)}/></testcase>"
        suite = f'<testsuites><testsuite name={quoteattr(label)} tests="1" skipped="1">{case}</testsuite></testsuites>'
        Path(os.environ["XML_OUTPUT_FILE"]).write_text(suite + "\n", encoding="utf-8")
