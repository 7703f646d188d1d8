"""A cache on loopback that speaks Bazel's HTTP protocol: PUT and GET of /cas/<SHA-256> and /ac/<key>."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_COUNTING = threading.Lock()


@dataclass
class HttpCache:
    """Its content and behaviour.

    Attributes:
        blobs: path to content, such as `/cas/<hex>`.
        log: method, path and headers of each request.
        cuts: after how many bytes the next answers end, one each.
        ranges: whether it heeds Range.
        status: what everything is answered by; 0 for what is right.
        sent: bytes of content that went out; `received`: that came in.
    """

    blobs: dict[str, bytes] = field(default_factory=dict)
    log: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    status: int = 0
    sent: int = 0
    received: int = 0
    address: str = ""

    def add(self, data: bytes) -> None:
        self.blobs[f"/cas/{hashlib.sha256(data).hexdigest()}"] = data


@contextmanager
def serving(**fields: Any) -> Iterator[HttpCache]:
    """A running cache; `fields` are attributes to set."""
    cache = HttpCache(**fields)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"cache": cache}))
    server.daemon_threads = True
    cache.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield cache
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    cache: HttpCache
    protocol_version = "HTTP/1.1"
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_PUT(self) -> None:
        self.cache.blobs[self.path] = data = self.rfile.read(int(self.headers["Content-Length"]))
        with _COUNTING:
            self.cache.received += len(data)
        self._answer(200, b"")

    def do_GET(self) -> None:
        data = self.cache.blobs.get(self.path)
        self.cache.log.append((self.command, self.path, dict(self.headers)))
        if self.cache.status or data is None:
            self._answer(self.cache.status or 404, b"")
            return
        asked = self.headers.get("Range") if self.cache.ranges else None
        offset = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self._answer(206 if asked else 200, data[offset:])

    do_HEAD = do_GET

    def _answer(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET" and self.cache.cuts and data:
            self.wfile.write(data[: self.cache.cuts.pop(0)])
            self.close_connection = True
        elif self.command == "GET":
            self.wfile.write(data)
            with _COUNTING:
                self.cache.sent += len(data)
