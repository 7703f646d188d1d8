"""The container engine of this machine, as its command-line program shows it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from distroless_python.errors import Problem, ToolError

ENGINES = ("docker", "podman")
_SECONDS = 60


@dataclass(frozen=True)
class Engine:
    """An engine that answers: its program, and its architecture in Go's words."""

    program: str
    architecture: str

    @property
    def reuses_layers(self) -> bool:
        """Whether an archive may lack layers that are there already: Docker's loader looks before it reads one."""
        return os.path.basename(self.program) == "docker"

    def images(self) -> list[list[str]]:
        """The diff_ids of each image that the engine has; nothing where it will not say."""
        ids = _output([self.program, "image", "ls", "--quiet", "--no-trunc"]).split()
        if not ids:
            return []
        found = _output([self.program, "image", "inspect", "--format", "{{json .RootFS.Layers}}", *sorted(set(ids))])
        return [layers for line in found.splitlines() if (layers := json.loads(line))]


def find(label: str, tarball: str) -> Engine:
    """The engine that CONTAINER_TOOL names, else Docker, else Podman.

    Raises:
        ToolError: none answers; the message says what was tried.
    """
    asked = os.environ.get("CONTAINER_TOOL")
    tried = []
    for name in (asked,) if asked else ENGINES:
        program = shutil.which(name)
        if program is None:
            tried.append(f"{name}: not on the PATH")
            continue
        query = "{{.Host.Arch}}" if os.path.basename(name) == "podman" else "{{.Architecture}}"
        answer = _run([program, "info", "--format", query])
        architecture = answer.stdout.strip()
        if answer.returncode == 0 and architecture:
            return Engine(program, {"x86_64": "amd64", "aarch64": "arm64"}.get(architecture, architecture))
        complaint = (answer.stderr.strip() or "its daemon does not answer").splitlines()[-1]
        tried.append(f"{name}: {complaint}")
    remedy = "start Docker, install Podman, or name another program by CONTAINER_TOOL"
    if tarball:
        remedy += f"; or make a file for `docker load`: {tarball}"
    raise ToolError(Problem(label, f"no container engine takes the image ({'; '.join(tried)})", remedy))


def _output(command: Sequence[str]) -> str:
    answer = _run(command)
    return answer.stdout if answer.returncode == 0 else ""


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))
