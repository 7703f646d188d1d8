"""Runs `uv pip compile` for an environment: the same file as from pip-tools, sooner.

uv does not read pip's configuration, so what that says of indexes and certificates is handed on, in variables of the
environment: an address may have a password, and arguments are seen by every user of the machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pip._internal.commands import create_command

from distroless_python.errors import Problem, ToolError
from distroless_python.lock.environments import Environment
from distroless_python.lock.inputs.places import without_login

_OPTIONS = (
    "--quiet",
    "--no-header",
    "--no-config",
    "--no-sources",
    "--generate-hashes",
    "--no-strip-extras",
    "--annotation-style=split",
    "--index-strategy=unsafe-best-match",  # as pip has it: the best version of all indexes
)
# The manylinux platforms that uv knows, by the minor version of glibc.
_GLIBC = (17, 28, *range(31, 41))
_LINES = 30


class UvCompile:
    """Runs `uv pip compile`; see `compile.Runner`.

    Raises:
        ToolError: uv is not installed.
    """

    def __init__(self) -> None:
        self._uv = shutil.which("uv") or ""
        if not self._uv:
            remedy = "install it (`pip install uv`), or leave out --resolver"
            raise ToolError(Problem("--resolver uv", "there is no program uv on the PATH", remedy))

    def __call__(self, environment: Environment, lock: Path, arguments: Sequence[str], directory: Path) -> None:
        target = [f"--python-version={_version(environment)}", f"--python-platform={platform(environment)}"]
        result = run_compiler(
            [self._uv, "pip", "compile", *_OPTIONS, *target, f"--output-file={lock}", *arguments],
            directory,
            {**os.environ, **settings(), **_deployment(environment)},
        )
        if result.returncode:
            said = "\n      ".join(["", *without_login(result.stdout).strip().splitlines()[-_LINES:]])
            remedy = "change the requirements so that they have a solution there, or leave out --resolver uv"
            raise ToolError(Problem(environment.name, f"uv ended without a lock:{said}", remedy))


def run_compiler(
    command: Sequence[str], directory: Path | str, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Runs what compiles requirements, in a directory and an environment; its output has its errors among it."""
    return subprocess.run(
        command,
        cwd=directory,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def platform(environment: Environment) -> str:
    """uv's name for an environment's platform; of glibc the newest that it knows and the environment has."""
    machine = "aarch64" if environment.architecture == "arm64" else "x86_64"
    if environment.os == "macos":
        return f"{machine}-apple-darwin"
    known = [minor for minor in _GLIBC if minor <= environment.libc[1]]
    return f"{machine}-manylinux_2_{max(known)}"


def settings() -> dict[str, str]:
    """pip's configuration in uv's variables."""
    options, _ = create_command("install").parse_args([])
    found = {
        "UV_DEFAULT_INDEX": "" if options.no_index else options.index_url,
        "UV_INDEX": " ".join([] if options.no_index else options.extra_index_urls),
        "UV_NO_INDEX": "1" if options.no_index else "",
        "UV_FIND_LINKS": ",".join(options.find_links),
        "UV_INSECURE_HOST": " ".join(options.trusted_hosts),
        "UV_KEYRING_PROVIDER": "subprocess" if options.keyring_provider == "subprocess" else "",
        "SSL_CERT_FILE": options.cert or "",
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
    }
    return {name: value for name, value in found.items() if value}


def _version(environment: Environment) -> str:
    return f"{environment.python_version}.{environment.micro or 0}"


def _deployment(environment: Environment) -> dict[str, str]:
    """The macOS that wheels may need."""
    return {"MACOSX_DEPLOYMENT_TARGET": ".".join(map(str, environment.libc))} if environment.os == "macos" else {}
