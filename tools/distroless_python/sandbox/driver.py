"""Runs inside the sandbox by the image's own Python: starts the image's program, asks it, runs a client, and stops it.

`driver.py SPEC`, SPEC being a JSON file: `server` (the command line), `ports` (TCP, to be waited for; none: it has to
stay up for `seconds`), `timeout`, `stop_signal`, and for servers `requests`, `client` and `exit_code`. With `answers`,
each port is asked for that path as HTTP, and what the program prints is read; with `reachable`, a port of loopback is
not enough. What is wrong with the start is written to the file `result` too, where one is named. It stands alone and
runs on Python 3.7 and newer.

A program whose answers are all errors, or that ends, may miss only what no test brings: a database, a broker, another
service. The last traceback that it printed says so: then it is not an error, and is printed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any

_HOST = "127.0.0.1"
_LISTENING = "0A"
_OK = 200
_LOOPBACK = ("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F")
_END_SECONDS = 2
_SILENT_SECONDS = 10
_STOP_SECONDS = 10


_ENDED_WORKERS = 3
_ERRORS = 3
"""How often a port is asked that answers with errors."""

_KEPT_BYTES = 1 << 20
_TRACEBACK = "Traceback (most recent call last):"
_CHAINED = ("During handling of the above", "The above exception was")
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::|$)")
_OUTSIDE = re.compile(
    r"Connection ?refused|ConnectionRefusedError|Connect call failed|All connection attempts failed|gaierror"
    r"|Name or service not known|name resolution|translate host name|resolve host|nodename nor servname"
    r"|Can't connect to|could not connect|connection to server|Error .* connecting to|Network is unreachable"
    r"|ServerSelectionTimeoutError|NoBrokersAvailable|EndpointConnectionError|MaxRetryError"
    r"|no such table|UndefinedTable|relation .* does not exist|Table .* doesn't exist",
    re.IGNORECASE,
)
"""What exceptions say where a service is not there, or a database is still without its tables."""


def main(argv: list[str]) -> int:
    with open(argv[0], encoding="utf-8") as stream:
        spec = json.load(stream)
    piped = bool(spec.get("answers"))
    try:
        server = subprocess.Popen(
            spec["server"],
            stdout=subprocess.PIPE if piped else None,
            stderr=subprocess.STDOUT if piped else None,
        )
    except OSError as error:
        return _fail(spec, f"it cannot be started: {error}")
    output = _Output(server)
    try:
        problem = _wait(server, spec, output)
        return _fail(spec, problem) if problem else max(_ask(spec), _client(spec))
    finally:
        _stop(server, spec["stop_signal"])
        output.end()


def _fail(spec: dict[str, Any], problem: str) -> int:
    print(f"error: {problem}", file=sys.stderr)
    if "result" in spec:
        with open(spec["result"], "w", encoding="utf-8") as stream:
            stream.write(problem)
    return 1


class _Output:
    """What a program prints: handed on, and its end kept.

    Attributes:
        size: how many bytes it was until now.
    """

    def __init__(self, server: subprocess.Popen[bytes]) -> None:
        self.size = 0
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._copy, args=(server.stdout,), daemon=True)
        if server.stdout:
            self._thread.start()

    def _copy(self, stream: Any) -> None:
        for part in iter(lambda: os.read(stream.fileno(), 1 << 16), b""):
            self.size += len(part)
            self._kept += part
            del self._kept[:-_KEPT_BYTES]
            sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()

    def end(self) -> None:
        """Waits for the rest; children of the program that still run may keep it from ending."""
        if self._thread.is_alive():
            self._thread.join(1)

    def exceptions(self, since: int = 0) -> list[str]:
        """The exceptions of the last traceback, with those that led to them; of what came after `since` bytes."""
        chain: list[str] = []
        start = -1
        chained = False
        for line in self._kept[max(0, since - self.size + len(self._kept)) :].decode(errors="replace").splitlines():
            text = line.strip(" |+-")
            if text.endswith(_TRACEBACK):
                chain = chain if chained else []
                start, chained = line.find(text) if text == _TRACEBACK else 0, False
            elif start >= 0 and line[start : start + 1].strip(" |") and _EXCEPTION.match(line[start:]):
                chain.append(line[start:].strip())
                start = -1
            elif start < 0 and text:
                chained = text.startswith(_CHAINED)
        return chain


def _outcome(what: str, exceptions: list[str]) -> str:
    """What went wrong, with the exception behind it; empty where that is only what a test does not bring."""
    outside = next((text for text in exceptions if _OUTSIDE.search(text)), "")
    if not outside:
        return f"{what}: {exceptions[-1]}" if exceptions else what
    print(f"{what}: {outside}", file=sys.stderr)
    print("That service is not here: up to there it starts. What comes after is not tested.", file=sys.stderr)
    return ""


def _ended(server: subprocess.Popen[bytes], when: str, output: _Output) -> str:
    output.end()
    return _outcome(f"it exited with {server.returncode} {when}", output.exceptions())


def _workers(server: subprocess.Popen[bytes]) -> set[int]:
    """The processes that run the program's own executable, without it: workers that a server forked or spawned."""
    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            same = os.readlink(f"/proc/{name}/exe") == os.readlink(f"/proc/{server.pid}/exe")
            with open(f"/proc/{name}/stat", encoding="utf-8") as stream:
                running = stream.read().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            continue
        if same and running and int(name) not in (os.getpid(), server.pid):
            found.add(int(name))
    return found


def _wait(server: subprocess.Popen[bytes], spec: dict[str, Any], output: _Output) -> str:
    """Waits until the ports answer, or as long as the server has to stay up; returns what went wrong."""
    start = time.monotonic()
    missing = list(spec["ports"])
    seconds = spec["timeout"] if missing else spec["seconds"]
    while time.monotonic() < start + seconds:
        if server.poll() is not None:
            until = f"it listened on {_ports(missing)}" if missing else f"{seconds} seconds were over"
            return _ended(server, f"before {until}", output)
        missing = [port for port in missing if not _listens(port)]
        if spec["ports"] and not missing:
            return _unreachable(spec) or _stays(server, spec, output)
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


def _stays(server: subprocess.Popen[bytes], spec: dict[str, Any], output: _Output) -> str:
    """Asks each port and waits until it says something: gunicorn listens before it imports what it serves.

    What stays silent, and up, speaks another protocol than HTTP.
    """
    for port in spec["ports"] if spec.get("answers") else ():
        asked, since = f"GET {spec['answers']} on port {port}", output.size
        for _ in range(_ERRORS):
            answer, ended = _answer(server, port, spec["answers"])
            if not _is_error(answer) or server.poll() is not None:
                break
            time.sleep(0.5)
        if server.poll() is not None:
            return _ended(server, f"when it listened on port {port} and was asked for {spec['answers']}", output)
        if ended >= _ENDED_WORKERS:
            what = f"{ended} workers ended one after another, and {asked} is not answered"
            return _outcome(what, output.exceptions())
        said = (answer or b"nothing").splitlines()[0].decode("latin-1")
        if _is_error(answer) and output.exceptions(since):
            problem = _outcome(f"{asked}: {said}", output.exceptions(since))
            if problem:
                return f"every answer is an error: {problem}"
        else:
            print(f"{asked}: {said}", file=sys.stderr)
    return ""


def _answer(server: subprocess.Popen[bytes], port: int, path: str) -> tuple[bytes, int]:
    """The beginning of what a port answers, and how many workers ended until then."""
    end = time.monotonic() + _SILENT_SECONDS
    connection = _connect(port, path)
    answer: bytes | None = b""
    workers, ended = _workers(server), 0
    while connection and server.poll() is None and time.monotonic() < end and ended < _ENDED_WORKERS:
        answer = _said(connection)
        if answer is not None:
            break
        now = _workers(server)
        ended, workers = ended + len(workers - now), now
    if not answer:  # who ends closes what is open first
        end = min(end, time.monotonic() + _END_SECONDS)
    while not answer and server.poll() is None and time.monotonic() < end and ended < _ENDED_WORKERS:
        time.sleep(0.05)
        now = _workers(server)
        ended, workers = ended + len(workers - now), now
    return answer or b"", ended


def _is_error(answer: bytes) -> bool:
    return re.match(rb"HTTP/[\d.]+ 5\d\d", answer) is not None


def _connect(port: int, path: str) -> socket.socket | None:
    for host in (_HOST, "::1"):
        try:
            connection = socket.create_connection((host, port), timeout=1)
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
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
