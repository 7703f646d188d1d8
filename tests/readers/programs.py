"""The programs that read images: where they are, and which version."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

HOW = {
    "cosign": "go install github.com/sigstore/cosign/v3/cmd/cosign@latest",
    "crane": "go install github.com/google/go-containerregistry/cmd/crane@latest",
    "ctr": "apt-get install containerd",
    "dive": "go install github.com/wagoodman/dive@latest",
    "docker": "apt-get install docker.io, and start dockerd",
    "grype": "go install github.com/anchore/grype/cmd/grype@latest",
    "podman": "apt-get install podman",
    "skopeo": "apt-get install skopeo",
    "syft": "go install github.com/anchore/syft/cmd/syft@latest",
    "trivy": "go install github.com/aquasecurity/trivy/cmd/trivy@latest",
    "umoci": "apt-get install umoci",
}
"""How each is installed, for the reason of a skip."""

_VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+)?[\w.+~-]*)")


@dataclass(frozen=True)
class Program:
    """A program of this machine."""

    name: str
    path: str

    def __call__(self, *arguments: str, **more: str) -> str:
        """Runs it; what it prints. `more` are environment variables."""
        command = [self.path, *arguments]
        run = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **more})
        assert run.returncode == 0, f"{' '.join(command)}:\n{run.stdout[-2000:]}{run.stderr[-4000:]}"
        return run.stdout

    def version(self) -> str:
        """Its version; that of the module, where it says none itself."""
        daemon = ["version", "--format", "{{.Server.Version}}"] if self.name == "docker" else ["--version"]
        for arguments in (daemon, ["version"]):
            run = subprocess.run([self.path, *arguments], capture_output=True, text=True, check=False)
            if run.returncode == 0 and (found := _VERSION.search(run.stdout + run.stderr)):
                return found[1]
        go = shutil.which("go", path=_path())
        said = subprocess.run([go, "version", "-m", self.path], capture_output=True, text=True).stdout if go else ""
        found = re.search(r"^\tmod\t\S+\t(\S+)", said, re.MULTILINE)
        return found[1] if found else "unknown"


def program(name: str) -> Program:
    """A program; the test is skipped, with the reason, where this machine has it not."""
    path = shutil.which(name, path=_path())
    if path is None:
        pytest.skip(f"{name} is not installed: {HOW[name]}")
    return Program(name, path)


def _path() -> str:
    """PATH, and where `go install` and people put programs."""
    more = [os.environ.get("READERS", ""), "/usr/local/bin", "/usr/local/go/bin", str(Path("~/go/bin").expanduser())]
    return os.pathsep.join([os.environ.get("PATH", os.defpath), *filter(None, more), "/usr/sbin", "/root/go/bin"])
