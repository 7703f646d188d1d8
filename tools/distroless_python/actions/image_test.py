"""`image-test`: the runner of `py_image_test`. What stands behind the manifest is added to the command line.

The image is unpacked below TEST_TMPDIR and runs there as its own config says: its user, environment and working
directory, on a read-only root, without network unless asked. What Bazel tells tests is passed on: TEST_FILTER and
XML_OUTPUT_FILE to pytest, TEST_UNDECLARED_OUTPUTS_DIR as a writable directory.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from distroless_python.base.image_reader import read_image
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats.oci import Layout
from distroless_python.image.profile import read_profile
from distroless_python.manifests.image import TestManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.sandbox import bubblewrap as sandboxes
from distroless_python.sandbox import driver
from distroless_python.sandbox.bubblewrap import Bind, Sandbox
from distroless_python.sandbox.unpack import Tree

_DRIVER = "/.test/driver.py"
_EMULATED_SLOWDOWN = 10
_LISTEN_SECONDS = 60
_OUTPUTS = "/.test/outputs"
_SPEC = "/.test/spec.json"
_XML = "/.test/xml"


def main(argv: Sequence[str]) -> int:
    manifest = read_manifest(argv[0], TestManifest)
    scratch = Path(tempfile.mkdtemp(prefix="image-", dir=os.environ.get("TEST_TMPDIR")))
    tree = Tree(scratch / "root")
    try:
        return _test(manifest, argv[1:], scratch, tree)
    finally:
        tree.remove()
        shutil.rmtree(scratch)


def _test(manifest: TestManifest, extra: Sequence[str], scratch: Path, tree: Tree) -> int:
    profile = read_profile(manifest.profile)
    layout = Layout(Path(manifest.image), manifest.label)
    image = read_image(layout, profile["architecture"])
    config: Any = image.config.get("config") or {}
    bwrap = sandboxes.bubblewrap(manifest.label)
    emulator, emulator_binds = sandboxes.emulation(profile["architecture"], manifest.label)
    tree.unpack(layout, image)
    user, home = sandboxes.user_of(config, tree)
    sandbox = sandboxes.prepare(
        Sandbox(
            tree=tree,
            user=user,
            env=environment(config, manifest.env, home),
            workdir=config.get("WorkingDir") or "/",
            network=manifest.network,
            binds=(*emulator_binds, *_binds(manifest, scratch)),
            emulator=emulator,
        ),
        scratch,
    )
    python = profile["python"]["executable"]
    command = program(manifest, config, python, extra)
    expected = manifest.exit_code
    if manifest.server:
        client = sandbox.prefixed(command) if manifest.command or manifest.module or manifest.main else []
        server = sandbox.prefixed(entrypoint(manifest, config))
        spec = {**asdict(manifest.server), "server": server, "client": client, "exit_code": expected}
        spec["timeout"] = _LISTEN_SECONDS * (_EMULATED_SLOWDOWN if emulator else 1)
        spec["stop_signal"] = config.get("StopSignal") or "SIGTERM"
        (scratch / "spec.json").write_text(json.dumps(spec))
        command, expected = [python, "-I", "-S", "-B", _DRIVER, _SPEC], 0
    problems = _run(bwrap, sandbox, command, expected, scratch, manifest)
    if (scratch / "xml" / "test.xml").exists():
        shutil.copyfile(scratch / "xml" / "test.xml", os.environ["XML_OUTPUT_FILE"])
    if problems:
        raise ToolError(problems)
    return 0


def environment(config: Mapping[str, Any], own: Mapping[str, str], home: str) -> dict[str, str]:
    """The image's environment as an engine sets it, then the test's; a PYTHONPATH goes behind the image's."""
    image = dict(item.partition("=")[::2] for item in config.get("Env") or [])
    env = {"PATH": sandboxes.PATH, "HOME": home, **image, "TEST_TMPDIR": "/tmp", **own}
    path = [part for part in (image.get("PYTHONPATH"), own.get("PYTHONPATH")) if part]
    env.update({"PYTHONPATH": ":".join(path)} if path else {})
    env.update({"TEST_UNDECLARED_OUTPUTS_DIR": _OUTPUTS} if "TEST_UNDECLARED_OUTPUTS_DIR" in os.environ else {})
    return env


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
    if manifest.server:
        (scratch / "spec.json").touch()
        binds.append(Bind(os.path.realpath(driver.__file__), _DRIVER))
        binds.append(Bind(str(scratch / "spec.json"), _SPEC))
    return binds


def _run(
    bwrap: str, sandbox: Sandbox, command: Sequence[str], expected: int, scratch: Path, manifest: TestManifest
) -> list[Problem]:
    process = sandboxes.start(bwrap, sandbox, command, scratch, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None  # both are pipes
    assert process.stderr is not None
    output, errors = _Tee(process.stdout, sys.stdout.buffer), _Tee(process.stderr, sys.stderr.buffer)
    code = process.wait()
    found, complaints = output.text(), errors.text()
    if not sandboxes.started(scratch):
        return [Problem(manifest.label, f"the sandbox could not be started: {complaints.strip()}", _sandbox_remedy())]
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


def _sandbox_remedy() -> str:
    return (
        "allow unprivileged user namespaces and a new /proc: on the machine itself by "
        "`sysctl kernel.unprivileged_userns_clone=1` (and AppArmor's restriction off); "
        "in a container by `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"
    )


class _Tee:
    """Hands a stream on while it is kept."""

    def __init__(self, source: IO[bytes], target: IO[bytes]) -> None:
        self._parts: list[bytes] = []
        self._source, self._target = source, target
        self._thread = threading.Thread(target=self._copy)
        self._thread.start()

    def text(self) -> str:
        """All of it, once the stream has ended."""
        self._thread.join()
        return b"".join(self._parts).decode(errors="replace")

    def _copy(self) -> None:
        for part in iter(lambda: os.read(self._source.fileno(), 1 << 16), b""):
            self._parts.append(part)
            self._target.write(part)
            self._target.flush()
