"""CNCF distribution on loopback, Debian's 2.8 and 3, and its log of requests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAMS = {2: ("docker-registry", "registry"), 3: ("registry",)}
"""Major version to the names that its program may have."""

_ENTRY = re.compile(r'"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/[\d.]+" (?P<status>\d+)')
_START_SECONDS = 60
# Of "tester" with the password "secret".
_HTPASSWD = "tester:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"


@dataclass(frozen=True)
class Request:
    """A line of the log; `path` is without the query."""

    method: str
    path: str
    query: str
    status: int

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")


def program(version: int) -> str:
    """The registry's program of a major version; the test is skipped where there is none."""
    for path in filter(None, map(shutil.which, PROGRAMS[version])):
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
        if re.search(rf" v?{version}\.", said):
            return path
    pytest.skip(f"docker-registry {version} is not installed")


@dataclass(frozen=True)
class RealRegistry:
    """A registry that runs, with its state in `directory`."""

    directory: Path
    host: str

    def requests(self) -> list[Request]:
        """What it was asked, in the order of the answers."""
        found = []
        for entry in _ENTRY.finditer((self.directory / "access.log").read_text()):
            path, _, query = entry["path"].partition("?")
            found.append(Request(entry["method"], path, query, int(entry["status"])))
        return found

    def push(self, name: str, repository: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Starts the launcher of the py_push `push_<name>`, as `bazel run` does."""
        return subprocess.run(self.command(name, repository, *arguments), capture_output=True, text=True, check=False)

    def command(self, name: str, repository: str, *arguments: str) -> list[str]:
        launcher = os.path.abspath(os.environ[f"PUSH_{name.upper()}"])
        return [launcher, "--repository", f"{self.host}/{repository}", *arguments]

    def pushed(self, name: str, repository: str, *arguments: str) -> str:
        """Pushes; returns the digest that the launcher prints."""
        result = self.push(name, repository, *arguments)
        assert result.returncode == 0, result.stderr
        reference, _, digest = result.stdout.strip().partition("@")
        assert reference == f"{self.host}/{repository}"
        return digest


@contextmanager
def running(directory: Path, version: int = 2, *, login: bool = False) -> Iterator[RealRegistry]:
    """Starts a registry on a free port of loopback; with `login`, only `tester:secret` may use it."""
    config = (
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {directory}/data}}}}\nhttp: {{addr: '127.0.0.1:0'}}\n"
    )
    if login:
        (directory / "htpasswd").write_text(_HTPASSWD)
        config += f"auth: {{htpasswd: {{realm: test, path: {directory}/htpasswd}}}}\n"
    (directory / "config.yml").write_text(config)
    log = directory / "registry.log"
    with log.open("w") as errors, (directory / "access.log").open("w") as output:
        server = subprocess.Popen(
            [program(version), "serve", str(directory / "config.yml")],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env={"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none"},
        )
    try:
        yield RealRegistry(directory, _address(server, log))
    finally:
        server.terminate()
        server.wait()


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        found = re.search(r"listening on (127\.0\.0\.1:\d+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the registry does not start:\n{log.read_text()}")
