"""`image-run`: what `bazel run IMAGE.run` starts: the image's program, in Docker, Podman, or in the sandbox.

In all of them the root is read-only, `/tmp` is new, and exposed TCP ports are reachable on 127.0.0.1.
CONTAINER_TOOL names the engine; `sandbox` is one, and what is taken where no engine answers.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from distroless_python.actions.load import load
from distroless_python.base.image_reader import read_image
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.engine import engine as engines
from distroless_python.engine.engine import Engine
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import ImageStore
from distroless_python.image.stored_image import StoredImage
from distroless_python.manifests.image import RunManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.sandbox import bubblewrap
from distroless_python.sandbox.driving import scratch_directory
from distroless_python.sandbox.image_sandbox import unpacked_image

SANDBOX = "sandbox"
_POLL_SECONDS = 0.1
_STOP_SECONDS = 10


def main(argv: Sequence[str]) -> int:
    end = argv.index("--") if "--" in argv else len(argv)
    arguments, unknown = _parser().parse_known_args(argv[:end])
    rest = [*unknown, *argv[end + 1 :]]
    manifest = read_manifest(arguments.manifest, RunManifest)
    env = _variables(arguments.env, manifest.label)
    layout = StoredImage(replace(manifest, label=manifest.image_label))
    if os.environ.get("CONTAINER_TOOL") != SANDBOX:
        try:
            engine = engines.find(manifest.label, "")
        except ToolError as error:
            if "CONTAINER_TOOL" in os.environ:
                raise
            print(error.problems[0].reason, file=sys.stderr)
        else:
            return _in_engine(engine, layout, env, rest)
    return _in_sandbox(manifest, layout, env, rest)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bazel run IMAGE.run --",
        usage="%(prog)s [--env NAME=VALUE ...] [-- ARGUMENT ...]",
        description="Starts the image's program, with ARGUMENTs instead of the image's args. "
        "CONTAINER_TOOL=docker, podman or sandbox says in what.",
        allow_abbrev=False,
    )
    parser.add_argument("manifest", help=argparse.SUPPRESS)
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="over the image's; repeatable")
    return parser


def _variables(texts: Sequence[str], label: str) -> dict[str, str]:
    """Variables as `NAME=VALUE`; a `NAME` alone is the machine's, as engines have it."""
    env = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or (not equals and name not in os.environ):
            raise ToolError(Problem(label, f"--env {text!r} has no value here", "write --env NAME=VALUE"))
        env[name] = value if equals else os.environ[name]
    return env


def _ports(config: Mapping[str, Any]) -> list[str]:
    ports = [port.partition("/") for port in config.get("ExposedPorts") or {}]
    return [number for number, _, protocol in ports if protocol in ("", "tcp")]


def engine_command(
    engine: Engine,
    name: str,
    config: Mapping[str, Any],
    env: Mapping[str, str],
    arguments: Sequence[str],
    *,
    terminal: bool,
) -> list[str]:
    """The engine's command line for a loaded image."""
    command = [engine.program, "run", "--rm", "--interactive", *(["--tty"] if terminal else [])]
    command += ["--read-only", "--tmpfs=/tmp"]
    command += [f"--publish=127.0.0.1:{port}:{port}" for port in _ports(config)]
    command += [f"--env={name}={value}" for name, value in env.items()]
    return [*command, name, *arguments]


def engine_name(label: str) -> str:
    """What an image is called in an engine: `localhost/app/image:run` for `//app:image`."""
    path = re.sub(r"[^a-z0-9/]+", "-", label.lower().replace(":", "/")).strip("/-")
    return f"localhost/{re.sub('-*/+-*', '/', path)}:run"


def _in_engine(engine: Engine, layout: ImageStore, env: Mapping[str, str], arguments: Sequence[str]) -> int:
    name = engine_name(layout.subject)
    config: Any = read_image(layout, engine.architecture).config.get("config") or {}
    load(engine, layout, (name,))
    _say(f"{Path(engine.program).name} runs {name}", config)
    command = engine_command(engine, name, config, env, arguments, terminal=sys.stdin.isatty())
    os.execv(command[0], command)


def _in_sandbox(manifest: RunManifest, layout: ImageStore, env: Mapping[str, str], arguments: Sequence[str]) -> int:
    program = bubblewrap.find_bubblewrap(manifest.label, "running an image without Docker and Podman")
    profile = BaseProfile.read(manifest.profile)
    with scratch_directory() as scratch:
        image = unpacked_image(layout, profile.architecture, len(profile.layers), scratch)
        command = [*(image.config.get("Entrypoint") or []), *(arguments or image.config.get("Cmd") or [])]
        sandbox = image.sandbox(image.environment(env), (), scratch, network=True)
        _say("the sandbox runs it", image.config)
        status = scratch / "status.json"
        # A group of its own: Ctrl-C is for us, who tell the program in the image's words.
        process = bubblewrap.start(
            program, sandbox, image.prefixed(command), status, stdin=None, start_new_session=True
        )
        code = _wait(process, status, image.config.get("StopSignal") or "SIGTERM")
        if not bubblewrap.started(status):
            reason = "bubblewrap could not make the sandbox, see its message above"
            raise ToolError(Problem(manifest.label, reason, bubblewrap.REMEDY))
        return code


def _say(who: str, config: Mapping[str, Any]) -> None:
    urls = "".join(f", http://127.0.0.1:{port}" for port in _ports(config))
    print(f"{who}{urls}; Ctrl-C stops it", file=sys.stderr)


def _wait(process: subprocess.Popen[bytes], status: Path, stop_signal: str) -> int:
    """Waits for the end, which Ctrl-C and SIGTERM ask the program for; returns its exit code."""
    asked: list[float] = []

    def stop(_number: int, _frame: object) -> None:
        _signal_program(status, stop_signal)
        asked.append(time.monotonic())

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while process.poll() is None:
            if asked and time.monotonic() > asked[0] + _STOP_SECONDS:
                process.kill()
            time.sleep(_POLL_SECONDS)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return process.returncode


def _signal_program(status: Path, name: str) -> None:
    """Sends a signal to the program: the child of the sandbox's first process, which bubblewrap reports."""
    with contextlib.suppress(OSError, ValueError, IndexError, KeyError):
        first = json.loads(status.read_text().splitlines()[0])["child-pid"]
        for child in Path(f"/proc/{first}/task/{first}/children").read_text().split():
            os.kill(int(child), int(name) if name.isdigit() else signal.Signals[name])
