"""Addresses and folders that stand in an input: secrets are refused, local projects are the workspace's own."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from distroless_python.errors import Problem, ToolError
from distroless_python.lock.inputs.pins import FirstParty
from distroless_python.lock.sources import PYPROJECT, read_toml

_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_LOGIN = re.compile(r"(?<=://)[^/@\s]+@")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2")
_MARKER = re.compile(r"\s+;|;\s+")
_EXTRAS = re.compile(r"\[[\w.,\s-]*\]$")


def without_login(text: str) -> str:
    """A text without the user names and passwords of the addresses in it."""
    return _LOGIN.sub("", text)


def expand(text: str) -> str:
    """Puts in the values of `${NAME}`, as pip does; a variable that is not set stays."""
    return _VARIABLE.sub(lambda match: os.environ.get(match[1]) or match[0], text)


def check_no_password(url: str, subject: str, member: str) -> None:
    """Refuses an address that has a password in clear text.

    Raises:
        ToolError: it has one.
    """
    login = urlsplit(url).netloc.rpartition("@")[0]
    user, _, password = login.partition(":")
    if _VARIABLE.sub("", password) or (user and not password and _looks_like_a_token(user)):
        host = urlsplit(url).netloc.rpartition("@")[2]
        reason = f"a password for {host} stands in it"
        remedy = (
            f"put `machine {host.partition(':')[0]} login USER password PASSWORD` into ~/.netrc and take it out, "
            "or write ${NAME} instead, for the environment variable NAME"
        )
        raise ToolError(Problem(subject, reason, remedy, member))


def _looks_like_a_token(user: str) -> bool:
    """Tokens stand where a user name does (GitHub, Gemfury): long, and not a mail address."""
    return len(_VARIABLE.sub("", user)) >= 20 and "%40" not in user


def release_of_file(place: str, subject: str, member: str) -> tuple[str, str]:
    """The name and version of the wheel or source distribution at a path or address.

    Raises:
        ToolError: its name is neither's.
    """
    file = unquote(expand(place).rpartition("/")[2])
    try:
        if file.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(file)
        else:
            name, version = parse_sdist_filename(file)
    except (InvalidWheelFilename, InvalidSdistFilename):
        reason = f"{file} is not the name of a wheel (.whl) or of a source distribution (NAME-VERSION.tar.gz)"
        remedy = "build its wheel (pip wheel), serve that from a package index or find-links, and lock its version"
        raise ToolError(Problem(subject, reason, remedy, member)) from None
    return name, str(version)


def local_path(text: str) -> str:
    """The path that a requirement names, without its extras and marker; empty if it names none."""
    text = _EXTRAS.sub("", _MARKER.split(text, maxsplit=1)[0].strip())
    name, separator, url = text.partition("@")
    if separator and url.strip().startswith("file:") and "/" not in name:
        text = url.strip()
    if text.startswith("file:"):
        return url2pathname(unquote(urlsplit(text).path)) if "://" in text else unquote(text[len("file:") :])
    if separator or "://" in text:
        return ""
    is_path = "/" in text or os.sep in text or text.startswith(".") or text.endswith(_ARCHIVES)
    return text if is_path else ""


def first_party(path: str, source: Path, member: str) -> FirstParty:
    """The workspace's own project in a folder that an input names.

    Args:
        path: as the input has it: relative to the input, or else to the workspace.
        source: the input.
        member: the place in it, for errors.

    Raises:
        ToolError: there is no such folder, or it is not in the workspace.
    """
    workspace = workspace_of(source)
    folders = [(base / path).resolve() for base in (source.absolute().parent, workspace)]
    folder = next((folder for folder in folders if folder.is_dir()), None)
    if folder is None:
        reason = f"{path} is not a folder beside it or in the workspace {workspace.name}"
        raise ToolError(Problem(str(source), reason, "correct the path", member))
    if not folder.is_relative_to(workspace):
        reason = f"{path} is outside of the workspace, so Bazel sees no source of it"
        remedy = "move it into the workspace, or build its wheel, serve that from a package index and name its version"
        raise ToolError(Problem(str(source), reason, remedy, member))
    project = read_toml(folder / PYPROJECT).get("project") if (folder / PYPROJECT).exists() else None
    name = project.get("name", "") if isinstance(project, dict) else ""
    return FirstParty(canonicalize_name(name) if isinstance(name, str) else "", folder)


def workspace_of(source: Path) -> Path:
    """The Bazel workspace that a file is in; its folder, if it is in none."""
    folder = source.absolute().parent.resolve()
    return next((parent for parent in (folder, *folder.parents) if (parent / "MODULE.bazel").is_file()), folder)


def target(project: FirstParty, source: Path) -> str:
    """The label of a project's package."""
    return f"//{project.folder.relative_to(workspace_of(source)).as_posix()}".replace("//.", "//")
