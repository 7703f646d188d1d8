"""The few calls of the Docker Engine API that the tests make, over the daemon's socket."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SOCKET = Path(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").replace("unix://", "", 1))


class _Connection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(SOCKET))


def call(method: str, path: str, body: Any = None, timeout: float = 120) -> tuple[int, bytes]:
    """Sends a request; `body` is a file that is streamed, or JSON. Returns the status and the answer's bytes."""
    connection = _Connection("localhost", timeout=timeout)
    headers = {"Content-Type": "application/x-tar" if hasattr(body, "read") else "application/json"}
    data = body if hasattr(body, "read") or body is None else json.dumps(body)
    try:
        connection.request(method, path, body=data, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def loaded(image: str) -> Iterator[None]:
    """Has the daemon load the archive that $TARBALL names, which has `image`, and removes it afterwards."""
    with Path(os.environ["TARBALL"]).open("rb") as tarball:
        status, answer = call("POST", "/images/load?quiet=1", tarball)
    assert status == 200, answer
    assert image in answer.decode(), answer
    yield
    call("DELETE", f"/images/{image}?force=1")


def create(image: str, **config: object) -> str:
    """Creates a container; returns its identifier."""
    status, answer = call("POST", "/containers/create", {"Image": image, **config})
    assert status == 201, answer
    return str(json.loads(answer)["Id"])


def start(container: str) -> str:
    """Starts a container; returns its identifier."""
    status, answer = call("POST", f"/containers/{container}/start")
    assert status == 204, answer
    return container


def why_not() -> str:
    """Why no daemon can be used; empty where one can."""
    try:
        status, answer = call("GET", "/_ping", timeout=5)
    except OSError as error:
        return f"no Docker daemon answers on {SOCKET}: {error}"
    return "" if status == 200 else f"the Docker daemon on {SOCKET} answers {status}: {answer!r}"
