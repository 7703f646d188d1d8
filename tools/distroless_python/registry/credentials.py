"""Credentials as Docker keeps them: `config.json`, with its credential helpers.

https://github.com/docker/cli/blob/v27.0.0/cli/config/configfile/file.go and
https://github.com/docker/docker-credential-helpers#development
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distroless_python.errors import Problem, ToolError
from distroless_python.formats.reference import DOCKER_HUB

_HUB_KEY = "https://index.docker.io/v1/"
_IDENTITY_USER = "<token>"
_HELPER_SECONDS = 60


@dataclass(frozen=True)
class Credential:
    """How a registry knows who asks: `source` says where this was found; the rest is secret.

    Attributes:
        source: for messages.
        username: empty with a token.
        password: likewise.
        identity_token: to be exchanged for registry tokens (OAuth 2 refresh token).
        registry_token: a token for the registry itself.
    """

    source: str
    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of the header `Authorization` for user and password."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


def find(host: str) -> Credential | None:
    """The credential for a registry; None for an anonymous push.

    Raises:
        ToolError: the configuration is damaged, or a helper fails.
    """
    path = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    config = _read(path)
    key = _HUB_KEY if host == DOCKER_HUB else host
    helper = _section(config, "credHelpers").get(host) or config.get("credsStore")
    if isinstance(helper, str) and helper:
        found = _ask(helper, key)
        if found:
            return found
    for name, entry in _section(config, "auths").items():
        if _host(name) == _host(key) and isinstance(entry, dict) and (found := _entry(entry, path, name)):
            return found
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ToolError(Problem(str(path), f"cannot be read: {error}", "mend it, or log in again")) from None
    if not isinstance(config, dict):
        raise ToolError(Problem(str(path), "is not a JSON object", "mend it, or log in again"))
    return config


def _section(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = config.get(name)
    return section if isinstance(section, dict) else {}


def _host(key: str) -> str:
    """The registry that a key of `auths` means: with or without scheme, and the path of an API version."""
    return key.partition("://")[2].partition("/")[0] if "://" in key else key.partition("/")[0]


def _entry(entry: Mapping[str, Any], path: Path, name: str) -> Credential | None:
    user, password = str(entry.get("username", "")), str(entry.get("password", ""))
    if entry.get("auth"):
        try:
            user, _, password = base64.b64decode(entry["auth"], validate=True).decode().rstrip("\0").partition(":")
        except (binascii.Error, ValueError, TypeError):
            reason = "the member `auth` is not base64 of user:password"
            raise ToolError(Problem(str(path), reason, f"run `docker login {_host(name)}`", name)) from None
    found = Credential(
        f"{path} ({name})", user, password, str(entry.get("identitytoken", "")), str(entry.get("registrytoken", ""))
    )
    return found if user or found.identity_token or found.registry_token else None


def _ask(helper: str, key: str) -> Credential | None:
    program = f"docker-credential-{helper}"
    path = shutil.which(program)
    if path is None:
        reason = f"Docker's config.json names the credential helper {helper!r}, but there is no {program} on the PATH"
        raise ToolError(Problem(program, reason, "install it, or take it out of config.json"))
    try:
        answer = subprocess.run(
            [path, "get"], input=key, capture_output=True, text=True, timeout=_HELPER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(Problem(program, f"cannot be asked for {key}: {error}", "run it by hand")) from None
    output = answer.stdout.strip()
    if answer.returncode:
        if "credentials not found" in output:
            return None
        reason = f"failed for {key}: {output or answer.stderr.strip() or f'exit code {answer.returncode}'}"
        raise ToolError(Problem(program, reason, f"log in to {key} with the tool that the helper belongs to"))
    try:
        value = json.loads(output)
        user, secret = str(value["Username"]), str(value["Secret"])
    except (ValueError, KeyError, TypeError):
        raise ToolError(Problem(program, f"gave no credential for {key}", "run it by hand")) from None
    if user == _IDENTITY_USER:
        return Credential(program, identity_token=secret)
    return Credential(program, user, secret)
