"""Has the pip of this process read what source distributions require instead of running them, where that can be.

pip asks a project's build backend, which for psycopg2 needs `pg_config` and for pycairo a compiler, on this machine, to
say that they require nothing. What has to run is run apart: by bubblewrap, without network and this machine's programs,
in the image's own files where there is a base. Where it fails there, what its authors' machine found is taken.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pip._internal.distributions.sdist import SourceDistribution
from pip._internal.utils import subprocess as pip_subprocess
from pip._vendor.pyproject_hooks import _in_process as hooks

from distroless_python.lock.sdists import metadata, project
from distroless_python.lock.sdists.facts import name_and_version
from distroless_python.lock.sdists.metadata import Stated

_BASE = ("bin", "lib", "lib64", "usr")


def install(notes: Path, base: Path | None, python: str) -> None:
    """Patches pip.

    Args:
        notes: where lines for the user go.
        base: the root of the image's files, if its Python is this one; else this machine's files are shown.
        python: the path of Python in that root.
    """
    pip: Any = SourceDistribution
    prepare = pip.prepare_distribution_metadata

    def prepare_metadata(self: Any, *args: Any, **kwargs: Any) -> None:
        request = self.req
        folder = Path(request.unpacked_source_directory)
        stated = metadata.read(project.of_folder(folder))
        name = request.name or name_and_version(Path(request.link.filename).name)[0]
        if not (stated.certain and stated.version):
            try:
                with _Apart(base, python):
                    prepare(self, *args, **kwargs)
                return
            except Exception as error:  # whatever pip and a backend raise, in any of their versions
                if not stated.version:
                    raise
                reason = (str(error).splitlines() or [type(error).__name__])[0]
                with notes.open("a", encoding="utf-8") as stream:
                    stream.write(f"{name} {stated.version}: requirements are those it was released with: {reason}\n")
        request.metadata_directory = _write(name, stated)
        if not request.name:
            request._set_requirement()
        request.assert_source_matches_version()

    pip.prepare_distribution_metadata = prepare_metadata


def _write(name: str, stated: Stated) -> str:
    folder = Path(tempfile.mkdtemp(prefix="metadata."), f"{name.replace('-', '_')}-{stated.version}.dist-info")
    folder.mkdir()
    (folder / "METADATA").write_text(stated.metadata(name), encoding="utf-8")
    return str(folder)


class _Apart:
    """While it is open, pip's build backends run in a sandbox."""

    def __init__(self, base: Path | None, python: str) -> None:
        self._base, self._python = base, python

    def __enter__(self) -> None:
        pip: Any = pip_subprocess
        self._call: Callable[..., Any] = pip.call_subprocess
        pip.call_subprocess = self._run

    def __exit__(self, *_: object) -> None:
        vars(pip_subprocess)["call_subprocess"] = self._call

    def _run(
        self, cmd: Sequence[str], *, cwd: str | None = None, extra_environ: Mapping[str, Any] | None = None, **rest: Any
    ) -> Any:
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            raise OSError("there is no bubblewrap on this machine to run it in")
        python = self._python if self._base else cmd[0]
        wrapped = [bwrap, *self._arguments(cwd or os.getcwd()), "--", python, *cmd[1:]]
        # A path with nothing in it: the answer is not to depend on this machine's programs.
        variables = {**(extra_environ or {}), "PATH": "/nonexistent", "HOME": "/tmp"}
        return self._call(wrapped, cwd=cwd, extra_environ=variables, **rest)

    def _arguments(self, cwd: str) -> list[str]:
        arguments = ["--unshare-user", "--unshare-all", "--die-with-parent", "--new-session"]
        if self._base:
            for name in _BASE:
                if (self._base / name).exists():
                    arguments += ["--ro-bind", str(self._base / name), f"/{name}"]
            arguments += ["--unsetenv", "PYTHONHOME", "--tmpfs", "/tmp"]
            hook = os.path.dirname(os.path.abspath(hooks.__file__))
            # Of runfiles, the files are links.
            files = os.path.dirname(os.path.realpath(os.path.join(hook, "_in_process.py")))
            arguments += ["--ro-bind", files, hook]
        else:
            arguments += ["--ro-bind", "/", "/"]
        temporary = os.path.realpath(tempfile.gettempdir())
        arguments += ["--proc", "/proc", "--dev", "/dev", "--bind", temporary, temporary]
        return [*arguments, "--chdir", cwd]
