"""Fetches one locked file from wherever this machine's pip finds it. Needs the standard library and the machine's pip.

Started by a repository rule as a script, so it imports nothing of this package. pip's configuration says where files
come from: index, find-links, proxy, certificate, netrc. pip runs in this process: a file costs one interpreter start.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import importlib.util
import io
import os
import re
import runpy
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_RELOCK = "lock again: bazel run @rules_distroless_python//tools:lock"
_REMEDY = f"check pip's configuration (python3 -m pip config list) and the connection; if the file is gone, {_RELOCK}"
# Settings of the user's that would keep pip from fetching exactly the file that is asked for.
_UNSET = ("PIP_CONSTRAINT", "PIP_REQUIREMENT", "PIP_NO_BINARY", "PIP_ONLY_BINARY", "PIP_DEST", "PIP_LOG")
_SET = {"PIP_REQUIRE_VIRTUALENV": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_NO_COLOR": "1"}
_LINES_OF_PIP = 4


class FetchError(Exception):
    """The file could not be fetched: the reason, and what to do about it."""

    def __init__(self, reason: str, remedy: str = _REMEDY) -> None:
        super().__init__(reason)
        self.remedy = remedy


def main(argv: Sequence[str] | None = None) -> int:
    """Fetches the file that the arguments name into a folder; returns the exit code."""
    parser = argparse.ArgumentParser(prog="fetch_wheel", description=__doc__)
    parser.add_argument("--file", required=True, help="file name, of a wheel or a source distribution")
    parser.add_argument("--name", required=True, help="the distribution")
    parser.add_argument("--version", required=True)
    parser.add_argument("--sha256", required=True, help="in hexadecimal")
    parser.add_argument("--output", required=True, type=Path, help="the folder it goes to")
    args = parser.parse_args(argv)
    try:
        fetch(args.file, args.name, args.version, args.sha256, args.output)
    except (FetchError, OSError) as error:
        remedy = error.remedy if isinstance(error, FetchError) else "check the folder and the space on its disk"
        print(f"error: {args.file}: sha256 {args.sha256}: {error}\n    remedy: {remedy}", file=sys.stderr)
        return 1
    return 0


def fetch(file: str, name: str, version: str, sha256: str, output: Path) -> None:
    """Fetches one file; it appears whole, with the right digest, or not at all.

    Raises:
        FetchError: pip is missing, does not find the file, or finds another one.
    """
    if importlib.util.find_spec("pip") is None:
        remedy = f"install it for {sys.executable} (on Debian: apt install python3-pip), or lock with --urls"
        raise FetchError("pip is needed to fetch it and is not installed", remedy)
    for variable in _UNSET:
        os.environ.pop(variable, None)
    os.environ.update(_SET)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output, prefix=".fetch_wheel.") as folder:
        destination = Path(folder, "found")
        destination.mkdir()
        if file.endswith(".whl"):
            said = _download_wheel(file, f"{name}=={version} --hash=sha256:{sha256}", destination)
        else:
            said = _download_sdist(file, name, sha256, destination)
        found = list(destination.iterdir())
        if len(found) != 1:
            raise FetchError(f"pip did not fetch it: {said}")
        digest = _digest(found[0])
        if digest != sha256:
            raise FetchError(f"what pip fetched has SHA-256 {digest}", f"find out why it changed, then {_RELOCK}")
        os.replace(found[0], output / file)


def pip_tags(file: str) -> list[str]:
    """pip's options that make it take a wheel of that name on any machine."""
    pythons, abis, platforms = (part.split(".") for part in file[: -len(".whl")].split("-")[-3:])
    python = max(pythons)  # py3 of py2.py3
    version = f"{python[2]}.{python[3:]}".rstrip(".")
    return [
        f"--implementation={python[:2]}",
        f"--python-version={version}",
        *(f"--abi={abi}" for abi in abis),
        *(f"--platform={platform}" for platform in platforms),
    ]


def _download_wheel(file: str, requirement: str, destination: Path) -> str:
    """Runs `pip download`; returns what it said last."""
    requirements = destination.parent / "requirements.txt"
    requirements.write_text(requirement + "\n", encoding="utf-8")
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--require-hashes", "--pre"]
    places = [f"--dest={destination}", f"--requirement={requirements}"]
    said = io.StringIO()
    saved, sys.argv = sys.argv, ["pip", "download", *options, *pip_tags(file), *places]
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
            runpy.run_module("pip", run_name="__main__", alter_sys=True)
    finally:
        sys.argv = saved
    lines = [line.strip() for line in said.getvalue().splitlines() if line.strip()]
    return _without_login("; ".join(lines[-_LINES_OF_PIP:]))


def _download_sdist(file: str, name: str, sha256: str, destination: Path) -> str:
    """Copies a source distribution from where pip's finder sees it; returns what went wrong.

    `pip download` would run its build backend, and pip has no public way around that: its own parts are used.
    """
    try:
        commands: Any = importlib.import_module("pip._internal.commands")
        command = commands.create_command("download")
        options, _ = command.parse_args(["--quiet", "--no-binary=:all:"])
        with command.main_context():
            session = command._build_session(options)
            finder = command._build_package_finder(options, session, ignore_requires_python=True)
            links = [candidate.link for candidate in finder.find_all_candidates(name)]
            links = [link for link in links if link.filename == file and link.hash in (sha256, None)]
            if not links:
                return "the package index does not have it with that digest"
            headers = {"Accept-Encoding": "identity"}
            with session.get(links[0].url.partition("#")[0], stream=True, headers=headers) as reply:
                reply.raise_for_status()
                with open(destination / file, "wb") as stream:
                    for block in iter(lambda: reply.raw.read(1 << 20), b""):
                        stream.write(block)
    except Exception as error:  # whatever pip raises, in any of its versions
        return _without_login(f"{type(error).__name__}: {error}")
    return ""


def _without_login(text: str) -> str:
    """Without the user names and passwords of the addresses in it: what a build says is kept and shown."""
    return re.sub(r"(?<=://)[^/@\s]+@", "", text)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


if __name__ == "__main__":
    # This folder's modules are not for pip to find.
    sys.path[:] = [
        folder for folder in sys.path if os.path.abspath(folder) != os.path.dirname(os.path.abspath(__file__))
    ]
    sys.exit(main())
