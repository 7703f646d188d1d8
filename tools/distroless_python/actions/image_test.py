"""`image-test`: the runner of `py_image_test`. What stands behind the manifest is added to the command line.

The image runs as its own config says: its user, environment and working directory, on a read-only root, without network
unless asked. What Bazel tells tests is passed on: TEST_FILTER and
XML_OUTPUT_FILE to pytest, TEST_UNDECLARED_OUTPUTS_DIR as a writable directory.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from distroless_python.documents.base_profile import BaseProfile
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.image.stored_image import StoredImage
from distroless_python.manifests.image import TestManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.sandbox import bubblewrap
from distroless_python.sandbox.bubblewrap import Sandbox
from distroless_python.sandbox.driving import DRIVER, Tee, driver_binds, driver_spec, scratch_directory
from distroless_python.sandbox.image_sandbox import UnpackedImage, unpacked_image
from distroless_python.sandbox.mounts import Bind

_OUTPUTS = "/.test/outputs"
_XML = "/.test/xml"


def main(argv: Sequence[str]) -> int:
    manifest = read_manifest(argv[0], TestManifest)
    with scratch_directory() as scratch:
        problems = _test(manifest, argv[1:], scratch)
    if problems:
        raise ToolError(problems)
    return 0


def _test(manifest: TestManifest, extra: Sequence[str], scratch: Path) -> list[Problem]:
    profile = BaseProfile.read(manifest.profile)
    layout = StoredImage(manifest)
    bwrap = bubblewrap.find_bubblewrap(manifest.label, "the image's sandbox")
    image = unpacked_image(layout, profile.architecture, len(profile.layers), scratch)
    python = profile.python.executable
    command, expected = image.prefixed(program(manifest, image.config, python, extra)), manifest.exit_code
    binds = _binds(manifest, scratch)
    if manifest.server:
        client = command if manifest.command or manifest.module or manifest.main else []
        spec = {
            "server": image.prefixed(entrypoint(manifest, image.config)),
            "ports": [manifest.server.port],
            "requests": [asdict(request) for request in manifest.server.requests],
            "client": client,
            "exit_code": expected,
            **driver_spec(image),
        }
        binds += driver_binds(spec, scratch)
        command, expected = image.prefixed([python, *DRIVER]), 0
    sandbox = image.sandbox(environment(image, manifest.env), binds, scratch, network=manifest.network)
    problems = _run(bwrap, sandbox, command, expected, scratch, manifest)
    if (scratch / "xml" / "test.xml").exists():
        shutil.copyfile(scratch / "xml" / "test.xml", os.environ["XML_OUTPUT_FILE"])
    return problems


def environment(image: UnpackedImage, own: Mapping[str, str]) -> dict[str, str]:
    """The image's environment, then the test's, then what Bazel tells tests."""
    outputs = {"TEST_UNDECLARED_OUTPUTS_DIR": _OUTPUTS} if "TEST_UNDECLARED_OUTPUTS_DIR" in os.environ else {}
    return {**image.environment({"TEST_TMPDIR": "/tmp", **own}), **outputs}


def entrypoint(manifest: TestManifest, config: Mapping[str, Any]) -> list[str]:
    """The image's own command line.

    Raises:
        ToolError: the image has none.
    """
    arguments = config.get("Cmd") or [] if manifest.args is None else manifest.args
    command = [*(config.get("Entrypoint") or []), *arguments]
    if not command:
        raise ToolError(Problem(manifest.label, "the image has no entrypoint", "set `command` or `module`"))
    return command


def program(manifest: TestManifest, config: Mapping[str, Any], python: str, extra: Sequence[str]) -> list[str]:
    """The command line that is tested; `extra` is what `--test_arg` added."""
    if manifest.command:
        return [*manifest.command, *extra]
    if manifest.main:
        return [python, manifest.main, *extra]
    if not manifest.module:
        return [*entrypoint(manifest, config), *extra]
    return [python, "-m", manifest.module, *_pytest_options(manifest.module), *manifest.module_args, *extra]


def _pytest_options(module: str) -> list[str]:
    if module != "pytest":
        return []
    options = ["-p", "no:cacheprovider"]
    if "XML_OUTPUT_FILE" in os.environ:
        options.append(f"--junitxml={_XML}/test.xml")
    if "TESTBRIDGE_TEST_ONLY" in os.environ:
        options += ["-k", os.environ["TESTBRIDGE_TEST_ONLY"]]
    return options


def _binds(manifest: TestManifest, scratch: Path) -> list[Bind]:
    problems = Collector()
    for mount in manifest.mounts:
        if not os.path.exists(mount.source):
            remedy = "add the file to the test's `srcs`"
            problems.add(manifest.label, f"there is no file {mount.source} to show at {mount.target}", remedy)
    problems.raise_if_any()
    binds = [Bind(os.path.realpath(mount.source), mount.target) for mount in manifest.mounts]
    if manifest.module == "pytest" and "XML_OUTPUT_FILE" in os.environ:
        (scratch / "xml").mkdir()
        binds.append(Bind(str(scratch / "xml"), _XML, writable=True))
    if "TEST_UNDECLARED_OUTPUTS_DIR" in os.environ:
        binds.append(Bind(os.environ["TEST_UNDECLARED_OUTPUTS_DIR"], _OUTPUTS, writable=True))
    return binds


def _run(
    bwrap: str,
    sandbox: Sandbox,
    command: Sequence[str],
    expected: int,
    scratch: Path,
    manifest: TestManifest,
) -> list[Problem]:
    status = scratch / "status.json"
    process = bubblewrap.start(bwrap, sandbox, command, status, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None  # both are pipes
    assert process.stderr is not None
    output, errors = Tee(process.stdout, sys.stdout.buffer), Tee(process.stderr, sys.stderr.buffer)
    code = process.wait()
    found, complaints = output.text(), errors.text()
    if not bubblewrap.started(status):
        reason = f"the sandbox could not be started: {complaints.strip()}"
        return [Problem(manifest.label, reason, bubblewrap.REMEDY)]
    problems = []
    remedy = "read its output above"
    if code != expected:
        failed = f"{' '.join(command)} exited with {code}, not {expected}"
        reason = "the server or its client did not do what is expected" if manifest.server else failed
        problems.append(Problem(manifest.label, reason, remedy))
    for name, pattern, text in (("stdout", manifest.stdout, found), ("stderr", manifest.stderr, complaints)):
        if not re.search(pattern, text, re.MULTILINE):
            problems.append(Problem(manifest.label, f"no match for {pattern!r}", remedy, name))
    return problems
