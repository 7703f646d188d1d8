"""Credentials as Docker keeps them."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from distroless_python.errors import ToolError
from distroless_python.registry.credentials import find

HOST = "registry.example.com:5000"
Configure = Callable[[Any], Path]


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Writes config.json; a `helper` beside it answers as files in the directory say."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    helper = tmp_path / "docker-credential-test"
    helper.write_text(
        f"#!{sys.executable} -I\n"
        "import pathlib, sys\n"
        "answers = pathlib.Path(sys.argv[0]).parent / 'answers'\n"
        "file = answers / sys.stdin.read().replace('/', '_')\n"
        "print(file.read_text() if file.exists() else 'credentials not found in native keychain')\n"
        "sys.exit(0 if file.exists() and not file.read_text().startswith('boom') else 1)\n"
    )
    helper.chmod(0o755)
    (tmp_path / "answers").mkdir()

    def write(config: Any) -> Path:
        (tmp_path / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
        return tmp_path / "answers"

    return write


def auth(text: str) -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


def test_without_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find(HOST) is None
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text(json.dumps({"auths": {HOST: auth("a:b")}}))
    found = find(HOST)
    assert found is not None
    assert found.username == "a"


@pytest.mark.parametrize("key", [HOST, f"https://{HOST}", f"http://{HOST}/", f"https://{HOST}/v1/", f"{HOST}/v2/"])
def test_auths(configure: Configure, key: str) -> None:
    configure({"auths": {"other.example.com": auth("x:y"), key: auth("user:pass:word")}})
    found = find(HOST)
    assert found is not None
    assert (found.username, found.password) == ("user", "pass:word")
    assert found.basic == "Basic " + base64.b64encode(b"user:pass:word").decode()
    assert key in found.source
    assert "word" not in repr(found)


def test_docker_hub_has_a_key_of_its_own(configure: Configure) -> None:
    configure({"auths": {"https://index.docker.io/v1/": auth("user:password")}})
    found = find("docker.io")
    assert found is not None
    assert found.username == "user"


def test_tokens(configure: Configure) -> None:
    configure({"auths": {HOST: {"identitytoken": "i"}, "b.example.com": {"registrytoken": "r"}, "c.example.com": {}}})
    found = find(HOST)
    assert found is not None
    assert found.identity_token == "i"
    found = find("b.example.com")
    assert found is not None
    assert found.registry_token == "r"
    assert find("c.example.com") is None


@pytest.mark.parametrize("config", [{"credsStore": "test"}, {"credHelpers": {HOST: "test"}, "credsStore": "missing"}])
def test_helpers(configure: Configure, config: dict[str, Any]) -> None:
    answers = configure(config)
    (answers / HOST).write_text(json.dumps({"ServerURL": HOST, "Username": "user", "Secret": "password"}))
    found = find(HOST)
    assert found is not None
    assert (found.source, found.username, found.password) == ("docker-credential-test", "user", "password")
    (answers / HOST).write_text(json.dumps({"Username": "<token>", "Secret": "refresh"}))
    found = find(HOST)
    assert found is not None
    assert (found.username, found.identity_token) == ("", "refresh")


def test_what_a_helper_does_not_know_is_looked_up_in_auths(configure: Configure) -> None:
    configure({"credsStore": "test", "auths": {HOST: auth("user:password"), "b.example.com": {}}})
    assert find(HOST) is not None
    assert find("b.example.com") is None


@pytest.mark.parametrize(
    ("config", "answer", "message"),
    [
        ("{", "", "config.json: cannot be read"),
        ("[]", "", "config.json: is not a JSON object"),
        (
            {"auths": {HOST: {"auth": "%%%"}}},
            "",
            "is not base64 of user:password\n.*docker login registry.example.com:5000",
        ),
        ({"auths": {HOST: {"auth": 1}}}, "", "is not base64"),
        ({"credsStore": "missing"}, "", "docker-credential-missing: .* no docker-credential-missing on the PATH"),
        ({"credsStore": "test"}, "boom: locked", "docker-credential-test: failed for .*: boom: locked"),
        ({"credsStore": "test"}, "{}", "docker-credential-test: gave no credential"),
    ],
)
def test_damage_is_said(configure: Configure, config: Any, answer: str, message: str) -> None:
    answers = configure(config)
    if answer:
        (answers / HOST).write_text(answer)
    with pytest.raises(ToolError, match=message):
        find(HOST)
