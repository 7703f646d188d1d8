"""A user's workspace: an empty folder where `bazel` gets this repository as a released module from a registry."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_BAZELRC = """common --registry={registry}
common --repo_env=DEBIAN_MIRROR --repo_env=DEBIAN_SECURITY_MIRROR --repo_env=DISTROLESS_STALE_DEBS=newest
common:ci --color=no
common:offline --registry={offline}/registry
build:offline --extra_toolchains=//.offline:all
common:offline --noenable_workspace
common:offline --lockfile_mode=off
common:online --registry=https://bcr.bazel.build
try-import {source}/user.bazelrc
"""
_BAZEL = """#!/bin/bash
exec {bazelw} --bazelrc={bazelrc} --output_base={output_base} --max_idle_secs=900 "$@"
"""


def release(root: Path, output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs tools/release/release.py of the sources at `root`."""
    program = str(root / "tools/release/release.py")
    command = [sys.executable, program, f"--output={output}", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Scratch:
    """The workspace's folder, and what stands beside it: a registry, Bazel's output base and `bin/bazel`."""

    root: Path

    @classmethod
    def create(cls, directory: Path, source: Path) -> Scratch:
        """Releases the sources and makes an empty folder.

        Args:
            directory: an empty one, for all of it.
            source: this repository.
        """
        made = release(source, directory / "release", f"--url={(directory / 'release').as_uri()}/{{file}}")
        assert made.returncode == 0, made.stderr
        offline = (source / "offline").as_uri()
        text = _BAZELRC.format(registry=(directory / "release/registry").as_uri(), offline=offline, source=source)
        in_root = Path("/etc/bazelw-root").exists()  # bazelw's private root, which has --config=offline
        (directory / "bazelrc").write_text(text + ("" if in_root else "common --config=online\n"))
        places = {
            "bazelw": source / "bazelw",
            "bazelrc": directory / "bazelrc",
            "output_base": directory / "output-base",
        }
        program = directory / "bin/bazel"
        program.parent.mkdir()
        program.write_text(_BAZEL.format(**{name: shlex.quote(str(path)) for name, path in places.items()}))
        program.chmod(0o755)
        scratch = cls(directory / "workspace")
        scratch.clear()
        shutil.copytree(source / "offline", directory / "offline")
        build = directory / "offline/BUILD.bazel"
        build.write_text(build.read_text().replace("@platforms", "@@platforms"))  # no bazel_dep of the reader's
        return scratch

    def clear(self) -> None:
        """An empty folder again; Bazel keeps what it fetched and built."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir()

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command line in the folder, by the shell that a reader has."""
        # A machine without a registry has no toolchains of one either.
        if not (self.root / ".offline").exists():
            shutil.copytree(self.root.with_name("offline"), self.root / ".offline")
        user = pwd.getpwuid(os.getuid())
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("TEST_", "RUNFILES", "PYTHON"))}
        path = f"{self.root.with_name('bin')}:{kept.get('PATH', os.defpath)}"
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.root,
            env={**kept, "HOME": user.pw_dir, "USER": user.pw_name, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    def shutdown(self) -> None:
        """Ends Bazel and removes what it wrote."""
        self.run("bazel shutdown")
        output_base = self.root.with_name("output-base")
        subprocess.run(["chmod", "-R", "u+w", str(output_base)], check=False)
        shutil.rmtree(output_base, ignore_errors=True)
