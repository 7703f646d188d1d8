"""One application of strangers, from its source tree to pages that its image serves, with no edit in between."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_WRITTEN = {"MODULE.bazel", "BUILD.bazel", ".bazelrc", "pyproject.toml"}
"""Files that `init` and `generate` write, or add to."""

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
"""A client's first bytes and its empty SETTINGS frame: RFC 9113, section 3.4."""

_SETTINGS = 4
_START_SECONDS = 60
_HTTP2 = "HTTP/2"


class StoppedError(Exception):
    """A step did not end well; its message is the end of what it said."""


@dataclass(frozen=True)
class Application:
    """An application of the table.

    Attributes:
        name: of the row.
        shape: what kind of application it is.
        sdist: the requirement of a source distribution that holds it.
        git: the address of its repository.
        install, create: packages, and the command of theirs that makes a project in an empty folder.
        folder: the part of the tree that is the application.
        add: `init --add` for each.
        env: variables at run time.
        image: label of the image that is started.
        arguments: instead of the image's own.
        pages: path to a regular expression of what it answers; `HTTP/2` instead of a path: that protocol is spoken.
        says: a regular expression of its output, for programs without pages.
    """

    name: str
    shape: str = "?"
    sdist: str = ""
    git: str = ""
    install: tuple[str, ...] = ()
    create: tuple[str, ...] = ()
    folder: str = ""
    add: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    image: str = "//:image"
    arguments: tuple[str, ...] = ()
    pages: Mapping[str, str] = field(default_factory=dict)
    says: str = ""

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Application:
        """An entry of the table; lists become tuples."""
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})

    @property
    def origin(self) -> str:
        """Where it comes from, in a few words."""
        if self.create:
            return f"`{' '.join(self.create)}`"
        return f"sdist `{self.sdist}`" if self.sdist else self.git.removeprefix("https://github.com/")


@dataclass
class Run:
    """What happened.

    Attributes:
        problems: how many errors `init` told, which did not stop it: imports of optional modules, tests without pytest.
        edits: files of the application that are no longer as they were.
        stopped: the step that did not end well, and its last words.
    """

    name: str
    settings: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    seconds: dict[str, int] = field(default_factory=dict)
    problems: int = 0
    edits: int = 0
    megabytes: float = 0.0
    images: int = 0
    started: str = ""
    pages: str = ""
    tests: str = ""
    stopped: str = ""


def take(application: Application, trees: Path | None, target: Path) -> None:
    """Puts the source tree of an application into a new folder.

    Raises:
        StoppedError: it cannot be had.
    """
    if target.exists():
        raise StoppedError(f"{target} is there already: name another --work")
    local = trees / application.git.rstrip("/").rpartition("/")[2] if trees and application.git else None
    with tempfile.TemporaryDirectory() as scratch:
        if local and local.is_dir():
            tree = local
        elif application.create:
            tree = _created(application, Path(scratch))
        elif application.sdist:
            options = ["--no-deps", "--no-binary=:all:", f"--dest={scratch}", application.sdist]
            _pip("download", *options)
            (archive,) = Path(scratch).iterdir()
            shutil.unpack_archive(archive, Path(scratch, "tree"))
            (tree,) = Path(scratch, "tree").iterdir()
        else:
            _run(["git", "clone", "--quiet", "--depth=1", application.git, f"{scratch}/tree"])
            tree = Path(scratch, "tree")
        ignore = shutil.ignore_patterns(".git", "bazel-*", "__pycache__")
        shutil.copytree(tree / application.folder, target, symlinks=True, ignore=ignore)


def _created(application: Application, scratch: Path) -> Path:
    site = scratch / "site"
    _pip("install", f"--target={site}", *application.install)
    (scratch / "tree").mkdir()
    program, *arguments = application.create
    command = [sys.executable, str(site / "bin" / program), *arguments]
    _run(command, cwd=scratch / "tree", env={"PYTHONPATH": str(site)})
    return scratch / "tree"


def _pip(*arguments: str) -> None:
    _run([sys.executable, "-m", "pip", *arguments, "--quiet"], env={"PYTHONPATH": os.pathsep.join(sys.path)})


class Program:
    """A source tree on its way.

    Attributes:
        root: the tree, which becomes a workspace.
        init: the command line of `init`.
        bazel: Bazel's, up to its command.
    """

    def __init__(self, application: Application, root: Path, init: Sequence[str], bazel: Sequence[str]) -> None:
        self.application, self.root, self._init, self._bazel = application, root, init, bazel
        self.run = Run(application.name)
        self.run.settings = [f"{key}={value}" for key, value in application.env.items()]
        self._log = root.with_name(f"{root.name}.log")
        self._before = _contents(root)

    def go(self) -> Run:
        """All steps; stops at the first that fails, except that tests of the application may fail."""
        try:
            self._step("init", self._initialize)
            self._step("build", lambda: self._call("build", "//..."))
            self._measure()
            self._step("test", self._test)
            self._step("run", self._serve)
        except StoppedError as error:
            self.run.stopped = str(error)
        finally:
            self.run.edits = self.edited()
            self._call("shutdown", quiet=True)
        return self.run

    def _step(self, name: str, step: Any) -> None:
        start = time.monotonic()
        try:
            step()
        except StoppedError as error:
            raise StoppedError(f"{name}: {error}") from None
        finally:
            self.run.seconds[name] = round(time.monotonic() - start)

    def _initialize(self) -> None:
        options = [f"--add={requirement}" for requirement in self.application.add]
        self.run.commands.append(" ".join(["init", *options]))
        here = {"BUILD_WORKSPACE_DIRECTORY": str(self.root), "BUILD_WORKING_DIRECTORY": str(self.root)}
        try:
            said = self._recorded([*self._init, *options], cwd=self.root, env=here)
        except StoppedError as error:
            said = str(error)
            if "\nNext:" not in said:  # what is right has been written, and the errors are told
                raise
        self.run.problems = len(re.findall(r"^error: ", said, re.M))

    def _call(self, *arguments: str, quiet: bool = False) -> str:
        if not quiet:
            self.run.commands.append(f"bazel {' '.join(arguments)}")
        return self._recorded([*self._bazel, *arguments], cwd=self.root)

    def _measure(self) -> None:
        found = self._call("cquery", "--noshow_progress", "--output=files", "kind(py_image, //...)", quiet=True)
        sizes = {}
        for name in re.findall(r"^(\S+)\.manifest\.json$", found, re.M):
            manifest = json.loads((self.root / f"{name}.manifest.json").read_text())
            sizes[name] = sum(layer["size"] for layer in manifest["layers"])
        self.run.images = len(sizes)
        self.run.megabytes = round(max(sizes.values(), default=0) / 1e6, 1)

    def _test(self) -> None:
        with contextlib.suppress(StoppedError):  # the log has their outcomes
            self._call("test", "--keep_going", "--build_tests_only", "//...")
        starts, own = outcomes(self._log.read_text())
        self.run.started, self.run.tests = _share(starts), _share(own)
        wrong = [label for label, outcome in starts.items() if outcome != "PASSED"]
        if wrong:
            raise StoppedError(f"{', '.join(wrong)}: did not start{_end(self._log.read_text())}")

    def _serve(self) -> None:
        application = self.application
        options = [f"--env={name}={value}" for name, value in application.env.items()]
        options += ["--", *application.arguments] if application.arguments else []
        command = ["run", "--noshow_progress", f"{application.image}.run", *(["--", *options] if options else [])]
        self.run.commands.append(f"bazel run {application.image}.run")
        with self._running(command) as (process, output):
            if application.says:
                _wait(lambda: re.search(application.says, output.read_text(errors="replace")), process, output)
                self.run.pages = "said so"
                return
            port = _port(process, output)
            wrong = {path: _ask(port, path, text) for path, text in application.pages.items()}
            right = sum(not said for said in wrong.values())
            self.run.pages = f"{right} of {len(wrong)}"
            problems = [f"{path}: {said}" for path, said in wrong.items() if said]
            if problems:
                raise StoppedError("; ".join(problems) + _end(output.read_text(errors="replace")))

    @contextlib.contextmanager
    def _running(self, command: Sequence[str]) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
        output = self.root.with_name(f"{self.root.name}.output")
        with output.open("wb") as stream:
            process = subprocess.Popen(
                [*self._bazel, *command],
                cwd=self.root,
                env={**_environment(), "CONTAINER_TOOL": "sandbox"},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
            try:
                yield process, output
            finally:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                self._record(output.read_text(errors="replace"))

    def edited(self) -> int:
        """How many of the application's files are no longer as they were; a file may have been added to by `init`."""
        now = _contents(self.root)
        changed = [path for path, content in self._before.items() if now.get(path) != content]
        return len(
            [
                path
                for path in changed
                if not (path in _WRITTEN and now.get(path, b"").startswith(self._before[path].rstrip()))
            ]
        )

    def _recorded(self, *arguments: Any, **options: Any) -> str:
        """Runs a command and writes down what it said, however it ends."""
        try:
            return self._record(_run(*arguments, **options))
        except StoppedError as error:
            self._record(str(error))
            raise StoppedError(_end(str(error))) from None

    def _record(self, text: str) -> str:
        with self._log.open("a") as stream:
            stream.write(text)
        return text


def outcomes(said: str) -> tuple[dict[str, str], dict[str, str]]:
    """What `bazel test` printed of tests: of those that an image starts, and of the others."""
    found = dict(re.findall(r"^(//\S+) +(?:\(cached\) )?([A-Z]+)", said, re.M))
    starts = {label: found.pop(label) for label in list(found) if label.endswith("_starts")}
    return starts, found


def _contents(root: Path) -> dict[str, bytes]:
    paths = (
        p
        for p in root.rglob("*")
        if p.is_file() and not p.is_symlink() and not p.parts[len(root.parts)].startswith("bazel-")
    )
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def _share(outcomes: Mapping[str, str]) -> str:
    passed = sum(outcome in ("PASSED", "FLAKY") for outcome in outcomes.values())
    return f"{passed} of {len(outcomes)}" if outcomes else "none"


def _port(process: subprocess.Popen[bytes], output: Path) -> int:
    """The port that the image exposes, once it answers there."""
    found = _wait(lambda: re.search(r"http://127\.0\.0\.1:(\d+)", output.read_text(errors="replace")), process, output)
    port = int(found[1])

    def connected() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    _wait(connected, process, output)
    return port


def _wait(condition: Any, process: subprocess.Popen[bytes], output: Path) -> Any:
    """Waits until something is true; what a program that ended has said counts too."""
    end = time.monotonic() + 10 * _START_SECONDS  # Bazel starts and looks at everything first
    while time.monotonic() < end:
        ended = process.poll() is not None
        found = condition()
        if found:
            return found
        if ended:
            break
        time.sleep(0.2)
    raise StoppedError(f"it ended or is silent\n{_end(output.read_text(errors='replace'))}")


def _ask(port: int, path: str, text: str) -> str:
    """What is wrong with the answer of a page; empty where nothing is."""
    if path == _HTTP2:
        return "" if _speaks_http2(port) else "it speaks no HTTP/2"
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    said = f"{status} {body.decode(errors='replace')}"
    return "" if re.search(text, said, re.S) else f"no match for {text!r} in {said[:300]!r}"


def _speaks_http2(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(_PREFACE)
        frame = connection.recv(9)
    return len(frame) > 3 and frame[3] == _SETTINGS


def _environment() -> dict[str, str]:
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("TEST_", "RUNFILES", "PYTHON", "BUILD_WORK", "DISTROLESS_PYTHONS"))
    }


def _run(command: Sequence[str], cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    result = subprocess.run(
        command,
        cwd=cwd,
        env={**_environment(), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode:
        raise StoppedError(result.stdout)
    return result.stdout


def _end(text: str) -> str:
    return "\n" + "\n".join(text.splitlines()[-40:])
