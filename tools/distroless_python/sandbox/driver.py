"""Runs inside the sandbox by the image's own Python: starts a server, asks it, runs its client, and stops it.

`driver.py SPEC`, SPEC being the JSON file that `main_test` wrote. It stands alone and runs on Python 3.7 and newer.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from typing import Any

_HOST = "127.0.0.1"
_STOP_SECONDS = 10


def main(argv: list[str]) -> int:
    with open(argv[0], encoding="utf-8") as stream:
        spec = json.load(stream)
    server = subprocess.Popen(spec["server"])
    try:
        problem = _wait(server, spec["port"], spec["timeout"])
        if problem:
            print(f"error: {problem}", file=sys.stderr)
            return 1
        return max(_ask(spec), _client(spec))
    finally:
        _stop(server, spec["stop_signal"])


def _wait(server: subprocess.Popen[bytes], port: int, timeout: float) -> str:
    """Waits until the port answers; returns what went wrong."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if server.poll() is not None:
            return f"{server.args!r} exited with {server.returncode} before it listened on port {port}"
        try:
            socket.create_connection((_HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return ""
    return f"nothing listens on port {port} after {timeout} seconds"


def _ask(spec: dict[str, Any]) -> int:
    failed = 0
    for request in spec["requests"]:
        try:
            problems = _request(spec["port"], request)
        except (OSError, http.client.HTTPException) as error:
            problems = [f"no answer: {error!r}"]
        failed |= bool(problems)
        print(f"GET {request['path']}: {'; '.join(problems) or 'as expected'}", file=sys.stderr)
    return int(failed)


def _request(port: int, request: dict[str, Any]) -> list[str]:
    connection = http.client.HTTPConnection(_HOST, port, timeout=60)
    connection.request("GET", request["path"])
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    problems = []
    if answer.status != http.HTTPStatus.OK:
        problems.append(f"status {answer.status}, not 200")
    if not re.search(request["body"].encode(), body):
        problems.append(f"no match for {request['body']!r} in the {len(body)} bytes {body[:200]!r}")
    return problems


def _client(spec: dict[str, Any]) -> int:
    if not spec["client"]:
        return 0
    code = subprocess.call(spec["client"], env={**os.environ, "BASE_URL": f"http://{_HOST}:{spec['port']}"})
    if code != spec["exit_code"]:
        print(f"error: {spec['client']!r} exited with {code}, not {spec['exit_code']}", file=sys.stderr)
        return 1
    return 0


def _stop(server: subprocess.Popen[bytes], name: str) -> None:
    server.send_signal(int(name) if name.isdigit() else signal.Signals[name])
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"warning: the server still runs {_STOP_SECONDS} seconds after {name}; it is killed", file=sys.stderr)
        server.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
