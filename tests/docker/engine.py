"""The few calls of the Docker Engine API that the test makes, over the daemon's socket."""

from __future__ import annotations

import http.client
import json
import os
import socket
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


def why_not() -> str:
    """Why no daemon can be used; empty where one can."""
    try:
        status, answer = call("GET", "/_ping", timeout=5)
    except OSError as error:
        return f"no Docker daemon answers on {SOCKET}: {error}"
    return "" if status == 200 else f"the Docker daemon on {SOCKET} answers {status}: {answer!r}"
