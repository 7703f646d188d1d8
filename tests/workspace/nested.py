"""Bazel on a copy of this workspace, in an output base of its own."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def workspace() -> Path:
    """The source tree this test was built from: its MODULE.bazel is a link to it."""
    return Path(os.path.realpath("MODULE.bazel")).parent


@dataclass(frozen=True)
class Nested:
    """A copy of the workspace with its output base."""

    root: Path
    output_base: Path

    @classmethod
    def create(cls, directory: Path, source: Path | None = None) -> Nested:
        root = directory / "workspace"
        ignore = shutil.ignore_patterns("bazel-*", ".git", ".cache", "__pycache__")
        shutil.copytree(source or workspace(), root, ignore=ignore, symlinks=True)
        # A user's disk cache may have every output; tests look at files.
        with (root / "user.bazelrc").open("a") as stream:
            stream.write("\ncommon --remote_download_outputs=all\n")
        return cls(root, directory / "output-base")

    def beside(self, name: str) -> Nested:
        """The same workspace with another output base."""
        return Nested(self.root, self.output_base.with_name(name))

    @property
    def disk_cache(self) -> Path:
        return self.root.with_name("disk-cache")

    def bazel(self, *arguments: str, succeeds: bool = True) -> subprocess.CompletedProcess[str]:
        home = pwd.getpwuid(os.getuid()).pw_dir
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("TEST_", "RUNFILES", "PYTHON"))
        }
        result = subprocess.run(
            [str(self.root / "bazelw"), f"--output_base={self.output_base}", "--max_idle_secs=30", *arguments],
            cwd=self.root,
            env={**environment, "HOME": home, "USER": pwd.getpwuid(os.getuid()).pw_name},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (result.returncode == 0) == succeeds, f"bazel {' '.join(arguments)}\n{result.stdout}\n{result.stderr}"
        return result

    def spawned(self, *targets: str) -> list[str]:
        """Builds and returns the mnemonics of the actions that ran; what a cache had did not."""
        log = self.output_base.parent / "execution.json"
        log.unlink(missing_ok=True)
        self.bazel("build", f"--execution_log_json_file={log}", "--noshow_progress", *targets)
        text = log.read_text() if log.exists() else ""
        decoder, at, found = json.JSONDecoder(), 0, []
        while at < len(text):
            entry, end = decoder.raw_decode(text, at)
            found += [] if entry.get("cacheHit") else [entry["mnemonic"]]
            at = end + len(text[end:]) - len(text[end:].lstrip())
        return sorted(found)

    def actions(self, pattern: str, *flags: str) -> list[dict[str, Any]]:
        """The actions of the targets that match `pattern`, as aquery tells them."""
        result = self.bazel("aquery", "--output=jsonproto", "--noshow_progress", *flags, pattern)
        found: list[dict[str, Any]] = json.loads(result.stdout)["actions"]
        return found

    def outputs(self) -> Path:
        return Path(self.bazel("info", "--noshow_progress", "bazel-bin").stdout.strip())

    def shutdown(self) -> None:
        self.bazel("shutdown")
        subprocess.run(["chmod", "-R", "u+w", str(self.output_base)], check=False)
        shutil.rmtree(self.output_base, ignore_errors=True)
