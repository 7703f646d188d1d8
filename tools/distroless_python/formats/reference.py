"""Names of images: `registry.example.com/team/app:tag`.

The grammar is https://github.com/distribution/reference/blob/v0.6.0/reference.go; what a name without a registry
means is Docker's convention.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from distroless_python.errors import Problem, ToolError

DOCKER_HUB = "docker.io"

_COMPONENT = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::[0-9]{{1,5}})?")
_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_MAX_NAME = 255


@dataclass(frozen=True)
class Repository:
    """A repository: `host` with its port, `path` without a tag."""

    host: str
    path: str

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"


def repository(name: str, label: str, member: str = "repository") -> Repository:
    """Reads a repository's name.

    Raises:
        ToolError: it is not a valid name, or has a tag or digest.
    """
    host, slash, path = name.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, path = DOCKER_HUB, name if slash else f"library/{name}"
    if _HOST.fullmatch(host) and _PATH.fullmatch(path) and len(path) <= _MAX_NAME:
        return Repository(host, path)
    remedy = 'write "registry.example.com/team/app", the path in lower case'
    if re.search(r"[@:]", path):
        remedy += ", and its tag in `tags` or behind --tag"
    raise ToolError(Problem(label, f"{name!r} is not a valid repository name", remedy, member))


def check_tag(tag: str, label: str, member: str = "tags") -> str:
    """Returns the tag.

    Raises:
        ToolError: it is not a valid tag.
    """
    if not _TAG.fullmatch(tag):
        remedy = "write letters, digits, `.`, `_` and `-`, at most 128, the first one neither `.` nor `-`"
        raise ToolError(Problem(label, f"{tag!r} is not a valid tag", remedy, member))
    return tag


def tagged(name: str, label: str, member: str = "tags") -> str:
    """An image's name for a container engine, checked, with `:latest` if it has no tag.

    Raises:
        ToolError: it is not a name.
    """
    path, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        path, tag = name, "latest"
    try:
        repository(path, label, member)
        return f"{path}:{check_tag(tag, label, member)}"
    except ToolError:
        reason = f"{name!r} is not a valid image name"
        raise ToolError(Problem(label, reason, 'write "name:tag", the name in lower case', member)) from None
