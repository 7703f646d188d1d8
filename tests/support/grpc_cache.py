"""A cache on loopback that speaks Bazel's gRPC protocol as far as a push asks it: Read and FindMissingBlobs.

Messages are put together here by hand, apart from those of the program that is tested.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]

_RESOURCE = re.compile(rb"(?:(?P<instance>.*)/)?blobs/(?P<hex>[0-9a-f]{64})/(?P<size>\d+)")
_PIECE = 100_000


@dataclass
class GrpcCache:
    """Its content and behaviour.

    Attributes:
        blobs: SHA-256 in hex to content.
        instance: the name that resources have to begin with.
        header: metadata that every call has to have.
        cuts: after how many pieces the next reads of large blobs end, one each.
        code: what everything is answered by; None for what is right.
        offsets: where reads began.
    """

    blobs: dict[str, bytes] = field(default_factory=dict)
    instance: str = ""
    header: tuple[str, str] = ("", "")
    cuts: list[int] = field(default_factory=list)
    code: str = ""
    offsets: list[int] = field(default_factory=list)
    address: str = ""

    def add(self, data: bytes) -> None:
        self.blobs[hashlib.sha256(data).hexdigest()] = data

    def check(self, context: Any) -> None:
        if self.code:
            context.abort(grpc.StatusCode[self.code], "as the test wants it")
        if self.header[0] and self.header not in [tuple(item) for item in context.invocation_metadata()]:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "no login")

    def read(self, request: bytes, context: Any) -> Iterator[bytes]:
        self.check(context)
        size = request[1]  # shorter than 128, as all of a test's
        match = _RESOURCE.fullmatch(request[2 : 2 + size])
        offset = _varint(request[2 + size + 1 :])[0] if request[2 + size :] else 0
        data = self.blobs.get(match["hex"].decode()) if match else None
        if data is None or not match or (match["instance"] or b"").decode() != self.instance:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such blob")
            return
        self.offsets.append(offset)
        pieces = self.cuts.pop(0) if self.cuts and len(data) > _PIECE else -1
        for start in range(offset, len(data), _PIECE):
            if not pieces:
                context.abort(grpc.StatusCode.UNAVAILABLE, "cut")
            pieces -= 1
            piece = data[start : start + _PIECE]
            yield b"\x52" + _encoded(len(piece)) + piece

    def find_missing(self, request: bytes, context: Any) -> bytes:
        self.check(context)
        digests = re.findall(rb"\x0a\x40([0-9a-f]{64})((?:\x10[\x80-\xff]*[\x00-\x7f])?)", request)
        missing = b""
        for name, size in digests:
            if len(self.blobs.get(name.decode(), b"")) != (_varint(size[1:])[0] if size else 0):
                digest = b"\x0a\x40" + name + size
                missing += b"\x12" + _encoded(len(digest)) + digest
        return missing


@contextmanager
def serving(tls: tuple[bytes, bytes] | None = None, **fields: Any) -> Iterator[GrpcCache]:
    """A running cache; `fields` are attributes to set, `tls` is a key and a certificate."""
    cache = GrpcCache(**fields)
    server = grpc.server(ThreadPoolExecutor(8))
    services = {
        "google.bytestream.ByteStream": {"Read": grpc.unary_stream_rpc_method_handler(cache.read)},
        "build.bazel.remote.execution.v2.ContentAddressableStorage": {
            "FindMissingBlobs": grpc.unary_unary_rpc_method_handler(cache.find_missing)
        },
    }
    for service, methods in services.items():
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, methods),))
    if tls:
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([tls]))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    cache.address = f"{'grpcs' if tls else 'grpc'}://127.0.0.1:{port}"
    server.start()
    try:
        yield cache
    finally:
        server.stop(None)


def certificate(directory: Path) -> tuple[bytes, bytes]:
    """A key and a certificate of its own for 127.0.0.1, made by openssl."""
    key, made = directory / "key.pem", directory / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=cache"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    return key.read_bytes(), made.read_bytes()


def _varint(data: bytes) -> tuple[int, int]:
    value = 0
    for at, byte in enumerate(data):
        value |= (byte & 127) << 7 * at
        if byte < 128:
            return value, at + 1
    return value, len(data)


def _encoded(value: int) -> bytes:
    return (bytes((value & 127 | 128,)) + _encoded(value >> 7)) if value > 127 else bytes((value,))
