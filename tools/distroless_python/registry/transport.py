"""HTTP/1.1 with registries: one connection a thread and host, kept open; faults that may pass told from answers.

Plain HTTP is spoken only where it was allowed. An Authorization header never follows a redirect to another host.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Protocol
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

_AGENT = "rules_distroless_python"
_BLOCK = 256 << 10
_MAX_ANSWER = 8 << 20
REDIRECTS = 5
REDIRECTED = (301, 302, 303, 307, 308)
"""Answers that send a reader elsewhere."""
_WRITER_REDIRECTED = (307, 308)
_TIMEOUT = 60
_ADDRESS = re.compile(r"[!-~]+")


class Body(Protocol):
    """What is sent: it can be read again from its start."""

    def read(self, size: int = -1) -> bytes: ...
    def rewind(self) -> None: ...
    def __len__(self) -> int: ...


class Bytes(io.BytesIO):
    """Bytes as a body."""

    def rewind(self) -> None:
        self.seek(0)

    def __len__(self) -> int:
        return len(self.getbuffer())


@dataclass(frozen=True)
class Response:
    """A registry's answer; `url` is what was asked, redirects followed."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes
    url: str


class Transient(Exception):
    """A fault that may pass: a lost connection, or an answer that asks to come back after some seconds."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Closed(Exception):
    """Another thread failed, so there is no point in going on."""


class Unknown(Exception):
    """There is no host of that name."""


class PlainRefused(Exception):
    """Plain HTTP was needed where it is not allowed."""


class NotTls(Exception):
    """The other side does not speak TLS."""


class Untrusted(Exception):
    """The other side's certificate does not verify."""


class BadAddress(Exception):
    """What should be an address is not a valid one."""


class _Answer(http.client.HTTPResponse):
    """An answer, refused if its headers have no end: `http.client` takes a lost connection for it."""

    def begin(self) -> None:
        stream = self.fp
        self.fp = lines = _Lines(stream)  # type: ignore[assignment]
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = stream
        if lines.cut:
            raise http.client.IncompleteRead(b"")


class _Lines:
    """A stream read by lines; `cut` says whether the last one had no end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.cut = False

    def readline(self, limit: int = -1) -> bytes:
        line = self._stream.readline(limit)
        self.cut = not line.endswith(b"\n")
        return line

    def close(self) -> None:
        self._stream.close()


def is_loopback(netloc: str) -> bool:
    """Whether a host, with or without port, is this machine."""
    host = urlsplit(f"//{netloc}").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def join(base: str, location: str) -> SplitResult:
    """The address that `location` means in an answer from `base`.

    Raises:
        BadAddress: it is not valid.
    """
    try:
        address = urljoin(base, location)
        parts = urlsplit(address)
        if not _ADDRESS.fullmatch(address) or parts.port == 0 or not (parts.hostname or "").encode("idna"):
            raise ValueError
    except ValueError:
        raise BadAddress(shown(location)) from None
    return parts


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def shown(url: str) -> str:
    """An address for messages: without its query, in which registries keep the state of uploads."""
    return url.partition("?")[0]


class Transport:
    """Sends requests. `plain` says whether a host (with its port) may be spoken to without TLS."""

    def __init__(self, plain: Callable[[str], bool], tls: ssl.SSLContext | None = None) -> None:
        self._plain = plain
        self._local = threading.local()
        self._all: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        self._tls = tls or ssl.create_default_context()
        self.closed = threading.Event()

    def close(self) -> None:
        """Ends what every thread is sending, and refuses to send more."""
        self.closed.set()
        with self._lock:
            for connection in self._all:
                with contextlib.suppress(OSError):
                    if connection.sock:
                        connection.sock.shutdown(socket.SHUT_RDWR)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: Body | None = None) -> Response:
        """One request, redirects followed.

        Raises:
            Transient: the connection failed.
            Closed: `close` was called.
            PlainRefused, NotTls, Untrusted, Unknown, BadAddress: the two sides cannot talk.
        """
        for _ in range(REDIRECTS):
            answer = self._once(method, url, headers, body)
            location = answer.headers.get("Location")
            if answer.status not in (REDIRECTED if method in ("GET", "HEAD") else _WRITER_REDIRECTED) or not location:
                return answer
            target = join(url, location)
            if target.netloc != urlsplit(url).netloc:
                headers = {name: value for name, value in headers.items() if name != "Authorization"}
            url = target.geturl()
        raise Transient(f"{REDIRECTS} redirects, the last one to {shown(url)}")

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: Body | None) -> Response:
        if self.closed.is_set():
            raise Closed
        parts = self._allowed(url)
        sent = {"User-Agent": _AGENT, "Content-Length": str(len(body) if body else 0), **headers}
        if method in ("GET", "HEAD"):
            del sent["Content-Length"]
        if body is not None:
            body.rewind()
        with self._faults(parts):
            connection = self._connection(parts)
            try:
                connection.request(method, _target(parts), body=body, headers=sent)
            except (BrokenPipeError, ConnectionResetError):  # it may have answered before it hung up
                if body is None or connection.sock is None:
                    raise
            answer = connection.getresponse()
            content = answer.read(_MAX_ANSWER)
            if answer.length and len(content) < _MAX_ANSWER:
                raise http.client.IncompleteRead(content, answer.length)
        if answer.will_close or not answer.isclosed():
            self._drop(parts)
        return Response(answer.status, answer.headers, content, url)

    def stream(self, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """The answer to a GET, to be read bit by bit; redirects are not followed. Closing it ends its connection.

        Raises:
            Transient, PlainRefused, NotTls, Untrusted, Unknown, BadAddress: as in `send`.
        """
        parts = self._allowed(url)
        with self._faults(parts):
            connection = self._open(parts)
            connection.request("GET", _target(parts), headers={"User-Agent": _AGENT, "Connection": "close", **headers})
            return connection.getresponse()

    def _allowed(self, url: str) -> SplitResult:
        parts = join("", url)
        if parts.scheme != "https" and not (parts.scheme == "http" and self._plain(parts.netloc)):
            raise PlainRefused(shown(url))
        return parts

    @contextlib.contextmanager
    def _faults(self, parts: SplitResult) -> Iterator[None]:
        """Says in terms of this module what went wrong; after a fault, the connection is not used again."""
        try:
            yield
        except BaseException as fault:
            self._drop(parts)
            raise self._meaning(parts, fault) from None

    def _meaning(self, parts: SplitResult, fault: BaseException) -> BaseException:
        if isinstance(fault, ssl.SSLCertVerificationError):
            return Untrusted(fault.verify_message)
        if isinstance(fault, ssl.SSLError):
            if self._plain(parts.netloc) or self._speaks_http(parts):
                return NotTls(parts.netloc)
            return Transient(f"TLS with {parts.netloc} failed: {fault.reason or fault}")
        if isinstance(fault, socket.gaierror):
            return (
                Unknown(parts.hostname)
                if fault.errno == socket.EAI_NONAME
                else Transient(f"{parts.netloc}: {fault.strerror}")
            )
        if isinstance(fault, (OSError, http.client.HTTPException)):
            return (
                Closed() if self.closed.is_set() else Transient(f"{parts.netloc}: {str(fault) or type(fault).__name__}")
            )
        return fault

    def _connection(self, parts: SplitResult) -> http.client.HTTPConnection:
        connections: dict[str, http.client.HTTPConnection] = self._local.__dict__
        key = f"{parts.scheme}://{parts.netloc}"
        if key not in connections:
            connection = self._open(parts)
            with self._lock:
                self._all.append(connection)
            connections[key] = connection
        return connections[key]

    def _open(self, parts: SplitResult) -> http.client.HTTPConnection:
        host, port = parts.hostname or "", parts.port
        direct = is_loopback(parts.netloc) or urllib.request.proxy_bypass(host)
        proxy = "" if direct else urllib.request.getproxies().get(parts.scheme, "")
        via = urlsplit(proxy if "://" in proxy else f"//{proxy}")
        at, at_port = (via.hostname or "", via.port) if proxy else (host, port)
        connection = (
            http.client.HTTPSConnection(at, at_port, timeout=_TIMEOUT, context=self._tls, blocksize=_BLOCK)
            if parts.scheme == "https"
            else http.client.HTTPConnection(at, at_port, timeout=_TIMEOUT, blocksize=_BLOCK)
        )
        connection.response_class = _Answer
        if proxy:
            login = f"{unquote(via.username or '')}:{unquote(via.password or '')}".encode()
            headers = {"Proxy-Authorization": f"Basic {base64.b64encode(login).decode()}"} if via.username else {}
            connection.set_tunnel(host, port or connection.default_port, headers)
        return connection

    def _drop(self, parts: SplitResult) -> None:
        connection = self._local.__dict__.pop(f"{parts.scheme}://{parts.netloc}", None)
        if connection:
            connection.close()
            with self._lock:
                self._all.remove(connection)

    @staticmethod
    def _speaks_http(parts: SplitResult) -> bool:
        """Whether the port answers plain HTTP; nothing secret is sent."""
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 443, timeout=10)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/v2/")
            return not connection.getresponse().read(1024).startswith(b"Client sent an HTTP request to an HTTPS")
        return False
