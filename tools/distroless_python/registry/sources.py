"""Where a blob's bytes come from: a file, or one of Bazel's caches, out of which they go to the registry unsaved."""

from __future__ import annotations

import base64
import http.client
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import unquote

from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import Descriptor
from distroless_python.registry import reapi
from distroless_python.registry.bazelrc import Flags
from distroless_python.registry.retry import Retry, check
from distroless_python.registry.transport import (
    BadAddress,
    NotTls,
    PlainRefused,
    Transient,
    Transport,
    Unknown,
    Untrusted,
    join,
)

T = TypeVar("T")

_OTHER = (
    "build the image with all outputs (--remote_download_outputs=all), or name a cache that has it by --remote_cache"
)


class Readable(Protocol):
    """Bytes from some offset on."""

    def read(self, size: int = -1, /) -> bytes: ...
    def close(self) -> object: ...


class Cache(Protocol):
    """A store of blobs by their SHA-256."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def has(self, blob: Descriptor) -> bool:
        """Whether the blob is there.

        Raises:
            Transient, ToolError: the cache does not say.
        """

    def open(self, blob: Descriptor, offset: int) -> Readable:
        """The bytes from `offset` on.

        Raises:
            Transient, ToolError: it does not give them.
        """


@dataclass(frozen=True)
class FileCache:
    """Files on this machine, by digest."""

    name: str
    path: Callable[[Descriptor], Path]

    def has(self, blob: Descriptor) -> bool:
        try:
            return self.path(blob).stat().st_size == blob.size
        except OSError:
            return False

    def open(self, blob: Descriptor, offset: int) -> Readable:
        stream = self.path(blob).open("rb")
        stream.seek(offset)
        return stream


@dataclass(frozen=True)
class HttpCache:
    """Bazel's cache protocol over HTTP: GET <address>/cas/<SHA-256>."""

    address: str
    headers: Mapping[str, str]
    transport: Transport

    @property
    def name(self) -> str:
        return f"the cache {self.address}"

    def has(self, blob: Descriptor) -> bool:
        status = self._call(lambda: check(self.transport.send("HEAD", self._url(blob), self.headers)).status)
        if status not in (200, 404):
            reason = f"it answers {status} for {blob.digest}"
            raise ToolError(
                Problem(self.name, reason, "give it what it asks for: --remote_header, or a login in its URL")
            )
        return status == 200

    def open(self, blob: Descriptor, offset: int) -> Readable:
        ranged = {"Range": f"bytes={offset}-"} if offset else {}
        answer = self._call(lambda: self.transport.stream(self._url(blob), {**self.headers, **ranged}))
        if answer.status == 200:
            _skip(answer, offset)
        elif answer.status != 206 or not offset:
            answer.close()
            raise Transient(f"{self.name} answers {answer.status} for {blob.digest}")
        return answer

    def _url(self, blob: Descriptor) -> str:
        return f"{self.address}/cas/{blob.hex}"

    def _call(self, step: Callable[[], T]) -> T:
        try:
            return step()
        except (Unknown, Untrusted, NotTls, PlainRefused, BadAddress) as error:
            reason = f"{self.name} cannot be asked: {type(error).__name__}: {error}"
            raise ToolError(Problem(self.name, reason, _OTHER)) from None


class Streamed:
    """A blob's bytes out of a store, read from where `seek` said."""

    def __init__(self, cache: Cache, blob: Descriptor) -> None:
        self._cache = cache
        self._blob = blob
        self._offset = 0
        self._stream: Readable | None = None

    def __enter__(self) -> Streamed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; nothing at the end only.

        Raises:
            Transient: the store ended before the blob.
        """
        left = self._blob.size - self._offset
        if not left:
            return b""
        try:
            if self._stream is None:
                self._stream = self._cache.open(self._blob, self._offset)
            data = self._stream.read(min(size, left) if size >= 0 else left)
        except (OSError, http.client.HTTPException) as error:
            raise Transient(f"{self._cache.name}: {str(error) or type(error).__name__}") from None
        if not data:
            raise Transient(f"{self._cache.name} ends {left} bytes before the end of {self._blob.digest}")
        self._offset += len(data)
        return data

    def seek(self, offset: int, /) -> None:
        self.close()
        self._offset = offset

    def close(self) -> None:
        if self._stream:
            self._stream.close()
        self._stream = None


@dataclass(frozen=True)
class Sources:
    """The stores that are asked for a blob, one after the other. `label` is the target, for messages."""

    label: str
    caches: Sequence[Cache]

    def find(self, blob: Descriptor) -> Streamed:
        """The bytes of a blob.

        Raises:
            ToolError: no store has it, or none answers.
        """
        faults = []
        for cache in self.caches:
            try:
                if Retry().call(partial(cache.has, blob)):
                    return Streamed(cache, blob)
                faults.append(f"{cache.name} does not have it")
            except Transient as fault:
                faults.append(f"{cache.name}: {fault}")
        reason = f"blob {blob.digest} ({blob.size} bytes) is nowhere: {'; '.join(faults)}"
        raise ToolError(Problem(self.label, reason, _OTHER))


def caches(flags: Flags, workspace: Path, label: str, wheels: Sequence[str] = ()) -> list[Cache]:
    """The caches that Bazel's options name; grpc is imported from `wheels`, where one needs it.

    Raises:
        ToolError: one is of a kind that is not known.
    """
    found: list[Cache] = []
    disk = flags.get("disk_cache")
    if disk:
        folder = workspace / Path(disk.replace("%workspace%", str(workspace))).expanduser() / "cas"
        found.append(FileCache(f"the disk cache {folder.parent}", lambda blob: folder / blob.hex[:2] / blob.hex))
    remote = flags.get("remote_cache") or flags.get("remote_executor")
    if remote.partition("://")[0] in ("http", "https"):
        found.append(_http(remote, flags, workspace, label))
    elif remote:
        files = {name: _path(flags, name, workspace) for name in _TLS}
        found.append(reapi.connect(remote, flags, files, wheels, label, _OTHER))
    return found


_TLS = ("tls_certificate", "tls_client_certificate", "tls_client_key")


def _http(remote: str, flags: Flags, workspace: Path, label: str) -> HttpCache:
    try:
        parts = join("", remote.rstrip("/"))
    except BadAddress as error:
        raise ToolError(Problem(label, f"the remote cache {error} is not a valid address", _OTHER)) from None
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    headers = {}
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
    for name in ("remote_header", "remote_cache_header"):
        headers.update(header.partition("=")[::2] for header in flags.lists.get(name, ()))
    tls = ssl.create_default_context(cafile=_path(flags, "tls_certificate", workspace))
    certificate = _path(flags, "tls_client_certificate", workspace)
    if certificate:
        tls.load_cert_chain(certificate, _path(flags, "tls_client_key", workspace))
    return HttpCache(address, headers, Transport(lambda _: True, tls))


def _path(flags: Flags, name: str, workspace: Path) -> Path | None:
    value = flags.get(name).replace("%workspace%", str(workspace))
    return workspace / value if value else None


def _skip(stream: Readable, count: int) -> None:
    while count:
        data = stream.read(min(count, 1 << 20))
        if not data:
            return
        count -= len(data)
