"""Runs inside the sandbox by the image's own Python: starts the image's program, asks it, runs a client, and stops it.

`driver.py SPEC`, SPEC being a JSON file: `server` (the command line), `ports` (TCP, to be waited for; none: it has to
stay up for `seconds`), `timeout`, `stop_signal`, and for servers `requests`, `client` and `exit_code`. With `answers`,
each port is asked as HTTP; with `reachable`, a port of loopback is not enough. What is wrong with the start is written
to the file `result` too, where one is named. It stands alone and runs on Python 3.7 and newer.
"""

from __future__ import annotations

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
_LISTENING = "0A"
_OK = 200
_LOOPBACK = ("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F")
_END_SECONDS = 2
_SILENT_SECONDS = 10
_STOP_SECONDS = 10


def main(argv: list[str]) -> int:
    with open(argv[0], encoding="utf-8") as stream:
        spec = json.load(stream)
    try:
        server = subprocess.Popen(spec["server"])
    except OSError as error:
        return _fail(spec, f"it cannot be started: {error}")
    try:
        problem = _wait(server, spec)
        return _fail(spec, problem) if problem else max(_ask(spec), _client(spec))
    finally:
        _stop(server, spec["stop_signal"])


def _fail(spec: dict[str, Any], problem: str) -> int:
    print(f"error: {problem}", file=sys.stderr)
    if "result" in spec:
        with open(spec["result"], "w", encoding="utf-8") as stream:
            stream.write(problem)
    return 1


def _wait(server: subprocess.Popen[bytes], spec: dict[str, Any]) -> str:
    """Waits until the ports answer, or as long as the server has to stay up; returns what went wrong."""
    start = time.monotonic()
    missing = list(spec["ports"])
    seconds = spec["timeout"] if missing else spec["seconds"]
    while time.monotonic() < start + seconds:
        if server.poll() is not None:
            until = f"it listened on {_ports(missing)}" if missing else f"{seconds} seconds were over"
            return f"it exited with {server.returncode} before {until}"
        missing = [port for port in missing if not _listens(port)]
        if spec["ports"] and not missing:
            return _unreachable(spec) or _stays(server, spec)
        time.sleep(0.05)
    return f"nothing listens on {_ports(missing)} after {seconds} seconds" if missing else ""


def _ports(ports: list[int]) -> str:
    return f"port{'s' * (len(ports) > 1)} {', '.join(map(str, ports))}"


def _listens(port: int) -> bool:
    for host in (_HOST, "::1"):
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            continue
        return True
    return False


def _stays(server: subprocess.Popen[bytes], spec: dict[str, Any]) -> str:
    """Asks each port and waits until it says something: gunicorn listens before it imports what it serves.

    What stays silent, and up, speaks another protocol than HTTP.
    """
    for port in spec["ports"] if spec.get("answers") else ():
        end = time.monotonic() + _SILENT_SECONDS
        connection = _connect(port)
        answer: bytes | None = b""
        while connection and server.poll() is None and time.monotonic() < end:
            answer = _said(connection)
            if answer is not None:
                break
        if not answer:  # who ends closes what is open first
            end = min(end, time.monotonic() + _END_SECONDS)
        while not answer and server.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        if server.poll() is not None:
            return f"it exited with {server.returncode} when it listened on port {port} and was asked for /"
        print(f"GET / on port {port}: {(answer or b'nothing').splitlines()[0].decode('latin-1')}", file=sys.stderr)
    return ""


def _connect(port: int) -> socket.socket | None:
    for host in (_HOST, "::1"):
        try:
            connection = socket.create_connection((host, port), timeout=1)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        except OSError:
            continue
        connection.settimeout(0.1)
        return connection
    return None


def _said(connection: socket.socket) -> bytes | None:
    """What was said, nothing if the connection is closed; None if neither is so yet."""
    try:
        return connection.recv(256)
    except socket.timeout:
        return None
    except OSError:
        return b""


def _unreachable(spec: dict[str, Any]) -> str:
    """What keeps others from connecting, where that matters: addresses of a container's loopback are its own."""
    if not spec.get("reachable"):
        return ""
    listening: dict[int, set[str]] = {}
    for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        try:
            with open(table, encoding="ascii") as stream:
                sockets = [line.split() for line in stream][1:]
        except OSError:
            continue
        for fields in sockets:
            address, _, port = fields[1].partition(":")
            if fields[3] == _LISTENING:
                listening.setdefault(int(port, 16), set()).add(address)
    private = [port for port in spec["ports"] if listening.get(port) and listening[port] <= set(_LOOPBACK)]
    return (
        f"it listens on {_ports(private)} of loopback only, which is not reachable from outside of a container"
        if private
        else ""
    )


def _ask(spec: dict[str, Any]) -> int:
    if not spec.get("requests"):
        return 0
    import http.client  # slow to import, and a start alone needs none

    failed = 0
    for request in spec["requests"]:
        try:
            connection = http.client.HTTPConnection(_HOST, spec["ports"][0], timeout=60)
            problems = _request(connection, request)
        except (OSError, http.client.HTTPException) as error:
            problems = [f"no answer: {error!r}"]
        failed |= bool(problems)
        print(f"GET {request['path']}: {'; '.join(problems) or 'as expected'}", file=sys.stderr)
    return int(failed)


def _request(connection: Any, request: dict[str, Any]) -> list[str]:
    connection.request("GET", request["path"])
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    problems = []
    if answer.status != _OK:
        problems.append(f"status {answer.status}, not 200")
    if not re.search(request["body"].encode(), body):
        problems.append(f"no match for {request['body']!r} in the {len(body)} bytes {body[:200]!r}")
    return problems


def _client(spec: dict[str, Any]) -> int:
    if not spec.get("client"):
        return 0
    code = subprocess.call(spec["client"], env={**os.environ, "BASE_URL": f"http://{_HOST}:{spec['ports'][0]}"})
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
