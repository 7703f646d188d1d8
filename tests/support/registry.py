"""A registry on loopback for tests: it keeps a log of requests, and faults can be planned for it.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_PATH = re.compile(r"/v2/(?P<name>.+?)/(?P<kind>blobs/uploads|blobs|manifests|referrers)/(?P<reference>[^/]*)")


@dataclass
class Fault:
    """What happens instead of an answer, `times` times, to requests whose `METHOD /path` matches `pattern`.

    Attributes:
        status: the answer, with `headers` and `body`; 0 for a connection that is cut.
        after: bytes of the request's body that are taken in before the cut.
        raw: bytes that are sent before the cut, an answer that does not end, say.
        then: called when it happens.
    """

    pattern: str
    times: int = 1
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: int = 0
    raw: bytes = b""
    then: Callable[[], object] = bool


@dataclass(frozen=True)
class Request:
    """A line of the log; `size` counts the bytes of the body that were taken in."""

    method: str
    path: str
    status: int
    size: int
    headers: dict[str, str]


class Registry:
    """The registry's content and behaviour; see `serving`."""

    def __init__(self) -> None:
        self.blobs: dict[str, dict[str, bytes]] = {}
        self.manifests: dict[str, dict[str, tuple[str, bytes]]] = {}
        self.sessions: dict[str, bytearray] = {}
        self.faults: list[Fault] = []
        self.log: list[Request] = []
        self.login = ""  # user:password; empty: open to everybody
        self.tokens: set[str] | None = None  # None: Basic; a set: Bearer, with the tokens that are good
        self.immutable_tags = False
        self.referrers_api = True
        self.repositories: set[str] | None = None  # None: any is made by a push
        self.query = ""  # what upload addresses end with
        self.port = 0
        self.connections: list[socket.socket] = []
        self.lock = threading.RLock()
        self._server: ThreadingHTTPServer | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def tags(self, name: str) -> dict[str, str]:
        """Tag to digest."""
        there = self.manifests.get(name, {})
        return {tag: digest(data) for tag, (_, data) in there.items() if not tag.startswith("sha256:")}

    def uploaded(self) -> list[str]:
        """The digests of blobs that were uploaded, in the order of the log."""
        found = (
            parse_qs(urlsplit(r.path).query).get("digest") for r in self.log if (r.method, r.status) == ("PUT", 201)
        )
        return [digests[0] for digests in found if digests]

    def start(self) -> None:
        """Listens, after a restart on the same port."""
        handler = type("Handler", (_Handler,), {"registry": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # cut connections are planned
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stops listening and drops every connection; the content stays."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def fault(self, request: str) -> Fault | None:
        """The planned fault for a request, used up by one."""
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.pattern, request):
                    fault.times -= 1
                    fault.then()
                    return fault
        return None


@contextmanager
def serving(**fields: Any) -> Iterator[Registry]:
    """A running registry; `fields` are attributes to set."""
    registry = Registry()
    for name, value in fields.items():
        setattr(registry, name, value)
    registry.start()
    try:
        yield registry
    finally:
        registry.stop()


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class _Handler(BaseHTTPRequestHandler):
    registry: Registry
    protocol_version = "HTTP/1.1"
    timeout = 10

    def setup(self) -> None:
        super().setup()
        self.registry.connections.append(self.connection)

    def do_GET(self) -> None:
        self._handle()

    do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _handle(self) -> None:
        self.body = b""
        fault = self.registry.fault(f"{self.command} {self.path}")
        length = int(self.headers.get("Content-Length") or 0)
        if fault and not fault.status:
            self.body = self.rfile.read(min(fault.after, length))
            self._take_half()
            self._note(0)
            self.wfile.write(fault.raw)
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.body = self.rfile.read(length)
        if fault:
            self._answer(fault.status, fault.body, **fault.headers)
        elif self.path.startswith("/token"):
            self._token()
        elif not self._allowed():
            challenge = f'Bearer realm="http://{self.registry.host}/token",service="test"'
            header = 'Basic realm="test"' if self.registry.tokens is None else challenge
            self._error(401, "UNAUTHORIZED", "authentication required", WWW_Authenticate=header)
        elif self.path == "/v2/":
            self._answer(200, b"{}")
        else:
            with self.registry.lock:
                self._route()

    def _take_half(self) -> None:
        """What came before a cut stays in the session."""
        session = self.registry.sessions.get(urlsplit(self.path).path.rpartition("/")[2])
        if self.command == "PATCH" and session is not None:
            session.extend(self.body)

    def _allowed(self) -> bool:
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if not self.registry.login:
            return True
        if self.registry.tokens is None:
            return scheme == "Basic" and base64.b64decode(value).decode() == self.registry.login
        return scheme == "Bearer" and value in self.registry.tokens

    def _token(self) -> None:
        value = self.headers.get("Authorization", "").partition(" ")[2]
        form = parse_qs(self.body.decode())
        refresh = form.get("refresh_token", [""])[0] == self.registry.login
        if not refresh and base64.b64decode(value).decode() != self.registry.login:
            self._error(401, "UNAUTHORIZED", "incorrect username or password")
            return
        assert self.registry.tokens is not None
        token = uuid.uuid4().hex
        self.registry.tokens.add(token)
        self._answer(200, json.dumps({"access_token" if refresh else "token": token}).encode())

    def _route(self) -> None:
        match = _PATH.fullmatch(urlsplit(self.path).path)
        if not match:
            self._error(404, "NOT_FOUND", self.path)
            return
        name, kind, reference = match["name"], match["kind"], match["reference"]
        if self.registry.repositories is not None and name not in self.registry.repositories:
            self._error(404, "NAME_UNKNOWN", f"no repository {name}")
        elif kind == "blobs/uploads":
            self._upload(name, reference)
        elif kind == "blobs":
            data = self.registry.blobs.get(name, {}).get(reference)
            self._found(reference, data, "application/octet-stream")
        elif kind == "manifests":
            self._manifest(name, reference)
        else:
            self._referrers(name, reference)

    def _upload(self, name: str, session: str) -> None:
        query = parse_qs(urlsplit(self.path).query)
        blobs = self.registry.blobs.setdefault(name, {})
        if self.command == "POST":
            source = self.registry.blobs.get(query.get("from", [""])[0], {})
            mounted = query.get("mount", [""])[0]
            if mounted in source:
                blobs[mounted] = source[mounted]
                self._answer(201, b"", Location=f"/v2/{name}/blobs/{mounted}")
                return
            session = uuid.uuid4().hex
            self.registry.sessions[session] = bytearray()
            self._session(202, name, session)
        elif session not in self.registry.sessions:
            self._error(404, "BLOB_UPLOAD_UNKNOWN", session)
        elif self.command == "GET":
            self._session(204, name, session)
        elif self.command == "PATCH":
            self._patch(name, session)
        else:
            data = bytes(self.registry.sessions.pop(session)) + self.body
            if digest(data) != query["digest"][0]:
                self._error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
                return
            blobs[digest(data)] = data
            self._answer(201, b"", Location=f"/v2/{name}/blobs/{digest(data)}")

    def _patch(self, name: str, session: str) -> None:
        there = self.registry.sessions[session]
        if int((self.headers.get("Content-Range") or "0-").partition("-")[0]) != len(there):
            self._error(416, "RANGE_INVALID", f"{len(there)} bytes are there")
            return
        there.extend(self.body)
        self._session(202, name, session)

    def _session(self, status: int, name: str, session: str) -> None:
        last = max(len(self.registry.sessions[session]) - 1, 0)
        self._answer(
            status, b"", Location=f"/v2/{name}/blobs/uploads/{session}{self.registry.query}", Range=f"0-{last}"
        )

    def _manifest(self, name: str, reference: str) -> None:
        there = self.registry.manifests.setdefault(name, {})
        if self.command != "PUT":
            kind, data = there.get(reference, ("", None))
            self._found(digest(data) if data else "", data, kind)
            return
        value = json.loads(self.body)
        known = {**self.registry.blobs.get(name, {}), **there}
        children = [value.get("config"), *value.get("layers", []), *value.get("manifests", [])]
        missing = [child["digest"] for child in children if child and child["digest"] not in known]
        if missing:
            self._error(404, "MANIFEST_BLOB_UNKNOWN", ", ".join(missing))
        elif self.registry.immutable_tags and there.get(reference, ("", self.body))[1] != self.body:
            self._error(400, "TAG_INVALID", f"the tag {reference} is immutable")
        else:
            entry = (self.headers["Content-Type"], self.body)
            there[reference] = there[digest(self.body)] = entry
            subject = value.get("subject") if self.registry.referrers_api else None
            self._answer(201, b"", **({"OCI_Subject": subject["digest"]} if subject else {}))

    def _referrers(self, name: str, subject: str) -> None:
        manifests = {digest(data): json.loads(data) for _, data in self.registry.manifests.get(name, {}).values()}
        found = [
            {"digest": key} for key, value in manifests.items() if value.get("subject", {}).get("digest") == subject
        ]
        self._answer(200, json.dumps({"manifests": found}).encode())

    def _found(self, name: str, data: bytes | None, kind: str) -> None:
        if data is None:
            self._error(404, "UNKNOWN", name)
        else:
            self._answer(200, data, Docker_Content_Digest=name, Content_Type=kind)

    def _error(self, status: int, code: str, message: str, **headers: str) -> None:
        self._answer(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode(), **headers)

    def _answer(self, status: int, data: bytes, **headers: str) -> None:
        self._note(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _note(self, status: int) -> None:
        entry = Request(self.command, self.path, status, len(self.body), dict(self.headers))
        with self.registry.lock:
            self.registry.log.append(entry)
