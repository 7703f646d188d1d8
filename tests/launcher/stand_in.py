"""A copy of bazelw on a machine of stand-ins: its programs, its /etc and its cache are folders of the test."""

from __future__ import annotations

import shutil
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path

REAL_PROGRAMS = (
    *(
        "awk",
        "bash",
        "cat",
        "cksum",
        "cut",
        "date",
        "dirname",
        "find",
        "flock",
        "id",
        "ln",
        "mkdir",
        "mkfifo",
        "mktemp",
        "mv",
        "readlink",
    ),
    *("rm", "sed", "sh", "sleep", "tail", "tar", "touch", "uname"),
)

MMDEBSTRAP = """
echo made >> "$CALLS/mmdebstrap"
tree=$(mktemp -d -p "$CALLS"); cd "$tree"
mkdir -p usr/share/bazel etc/bazel dev
echo 7.7.1 > usr/share/bazel/build-label.txt
echo 'build --sandbox_debug' > etc/bazel/bazelrc
echo 'common --override_module=x' >> etc/bazel/bazelrc
ln -s usr/bin bin; ln -s usr/sbin sbin; ln -s usr/lib lib
for target; do
  case $target in
  -) tar -c . ;;
  *.partial) tar -c . | tar -x -C "$target" ;;
  esac
done
"""

# Records a command in the root; the commands that try the new root out do not count.
BWRAP = """
while [ "$1" != -- ] && [ "$1" != true ]; do
  [ "$1" != --bind ] || echo "$2 $3" >> "$CALLS/binds"
  shift
done
case "$*" in
"-- setpriv --pdeathsig TERM -- bazel "*) shift 5; printf '%s\\n' "$@" >> "$CALLS/bazel-in-root" ;;
*) exit 0 ;;
esac
[ ! -e "$CALLS/script" ] || . "$CALLS/script"
"""

SOURCES = """
Types: deb
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main
"""


@dataclass(frozen=True)
class Machine:
    """A machine of stand-ins."""

    folder: Path

    @property
    def etc(self) -> Path:
        return self.folder / "etc"

    @property
    def cache(self) -> Path:
        return self.folder / "cache" / "rules_distroless_python"

    @property
    def calls(self) -> Path:
        return self.folder / "calls"

    @property
    def recipe(self) -> Path:
        return self.folder / "workspace" / "offline" / "recipe.sh"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": str(self.folder / "bin"),
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "TMPDIR": str(self.folder),
            "BAZELW_MACHINE": str(self.folder),
            "CALLS": str(self.calls),
        }

    def program(self, name: str, script: str) -> Path:
        """Installs a shell script as the program `name`."""
        path = self.folder / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text("#!/bin/sh\n" + textwrap.dedent(script))
        path.chmod(0o755)
        return path

    def real_program(self, name: str) -> None:
        """Links the real program `name`."""
        real = shutil.which(name)
        assert real, f"{name} is needed by bazelw and not here"
        (self.folder / "bin" / name).symlink_to(real)

    def remove(self, name: str) -> None:
        (self.folder / "bin" / name).unlink()

    def command(self, *arguments: str) -> list[str]:
        return [str(self.folder / "workspace" / "bazelw"), *arguments]

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts bazelw in a process group of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment | environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment | environment,
            text=True,
            input=stdin,
            capture_output=True,
            timeout=120,
        )

    def called(self, name: str) -> list[str]:
        """The lines that the stand-in `name` recorded."""
        record = self.calls / name
        return record.read_text().splitlines() if record.exists() else []

    def roots(self) -> list[str]:
        """What is in the cache folder of the private roots, whole or not."""
        return sorted(path.name for path in self.cache.glob("root-*"))
