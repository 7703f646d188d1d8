"""Bazel's remote cache over gRPC: blobs by the ByteStream service, and whether they are there by FindMissingBlobs.

https://github.com/bazelbuild/remote-apis/blob/main/build/bazel/remote/execution/v2/remote_execution.proto
https://github.com/googleapis/googleapis/blob/master/google/bytestream/bytestream.proto
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import Descriptor
from distroless_python.registry.bazelrc import Flags
from distroless_python.registry.transport import Transient

_READ = "/google.bytestream.ByteStream/Read"
_FIND_MISSING = "/build.bazel.remote.execution.v2.ContentAddressableStorage/FindMissingBlobs"
_SECONDS = 60.0
"""For an answer; a read may take longer, as long as something comes."""

_TRANSIENT = frozenset(("UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED", "INTERNAL", "UNKNOWN"))
_LOGIN = "give it what it asks for: --remote_header, --tls_certificate, --tls_client_certificate and --tls_client_key"
_MESSAGE = 64 << 20
"""Bytes that an answer may have; caches send 1 to 4 MiB at once."""

_SCHEMES = {"grpc": False, "grpcs": True, "unix": False, "": True}
"""Whether TLS is used; as Bazel, without a scheme it is."""


@dataclass(frozen=True)
class GrpcCache:
    """A cache at `address` (as Bazel has it); `channel` is grpc's."""

    address: str
    instance: str
    metadata: Sequence[tuple[str, str]]
    channel: Any

    @property
    def name(self) -> str:
        return f"the cache {self.address}"

    def has(self, blob: Descriptor) -> bool:
        digest = _text(1, blob.hex) + _number(2, blob.size)
        request = _text(1, self.instance) + _bytes(2, digest)
        with self._errors(blob):
            call = self.channel.unary_unary(_FIND_MISSING)
            answer: bytes = call(request, timeout=_SECONDS, metadata=self.metadata)
        return not any(number == 2 for number, _ in _fields(answer))

    def open(self, blob: Descriptor, offset: int) -> GrpcStream:
        resource = f"{self.instance}/blobs/{blob.hex}/{blob.size}".lstrip("/")
        request = _text(1, resource) + _number(2, offset)
        with self._errors(blob):
            return GrpcStream(self, blob, self.channel.unary_stream(_READ)(request, metadata=self.metadata))

    @contextlib.contextmanager
    def _errors(self, blob: Descriptor) -> Iterator[None]:
        grpc = importlib.import_module("grpc")
        try:
            yield
        except grpc.RpcError as error:
            code, said = error.code().name, error.details() or ""
            if code in _TRANSIENT or code == "NOT_FOUND":  # the latter where the cache has lost it meanwhile
                raise Transient(f"{self.name} answers {code} for {blob.digest}: {said}") from None
            remedy = _LOGIN if code in ("UNAUTHENTICATED", "PERMISSION_DENIED") else "read what the cache's log says"
            raise ToolError(Problem(self.name, f"it answers {code} for {blob.digest}: {said}", remedy)) from None


class GrpcStream:
    """The bytes of a Read."""

    def __init__(self, cache: GrpcCache, blob: Descriptor, answers: Any) -> None:
        self._cache, self._blob, self._answers, self._rest = cache, blob, answers, b""

    def read(self, size: int = -1, /) -> bytes:
        while not self._rest:
            with self._cache._errors(self._blob):
                answer = next(self._answers, None)
            if answer is None:
                return b""
            self._rest = b"".join(
                value for number, value in _fields(answer) if number == 10 and isinstance(value, bytes)
            )
        data, self._rest = (self._rest[:size], self._rest[size:]) if size >= 0 else (self._rest, b"")
        return data

    def close(self) -> None:
        self._answers.cancel()


@functools.cache
def _unpack(wheels: tuple[str, ...]) -> None:
    """Has modules imported from some wheels: here, since most pushes need none of them."""
    if not wheels:
        return
    directory = tempfile.mkdtemp(prefix="distroless-grpc-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(directory)
    sys.path.insert(0, directory)


def connect(
    address: str, flags: Flags, files: Mapping[str, Path | None], wheels: Sequence[str], label: str, remedy: str
) -> GrpcCache:
    """A cache as Bazel's options describe it; nothing is sent yet.

    Args:
        address: `grpcs://cache.example.com:8980`, `grpc://…`, `unix:/run/cache`, or a host.
        flags: Bazel's options.
        files: those of TLS, by their options.
        wheels: what grpc is imported from.
        label: the target, for messages.
        remedy: what to do where this cannot be used.

    Raises:
        ToolError: the address is not one, a file cannot be read, or grpc is not there.
    """
    try:
        _unpack(tuple(wheels))
        grpc: Any = importlib.import_module("grpc")
    except (ImportError, OSError, zipfile.BadZipFile) as error:
        reason = f"the remote cache {address} is asked by gRPC, and grpcio cannot be imported: {error}"
        what = f"build it with --@rules_distroless_python//rules:lazy_push, which brings grpcio along; or {remedy}"
        raise ToolError(Problem(label, reason, what)) from None
    scheme, target = _split(address)
    if scheme not in _SCHEMES:
        reason = f"the remote cache {address} has the scheme {scheme!r}; known are http, https, grpc, grpcs and unix"
        raise ToolError(Problem(label, reason, remedy))
    options = (("grpc.max_receive_message_length", _MESSAGE),)
    if _SCHEMES[scheme]:
        root, key, chain = (
            _content(files.get(name), label) for name in ("tls_certificate", "tls_client_key", "tls_client_certificate")
        )
        channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(root, key, chain), options)
    else:
        channel = grpc.insecure_channel(target, options)
    metadata = [
        (name.lower(), value)
        for option in ("remote_header", "remote_cache_header")
        for name, _, value in (header.partition("=") for header in flags.lists.get(option, ()))
    ]
    return GrpcCache(address, flags.get("remote_instance_name"), metadata, channel)


def _split(address: str) -> tuple[str, str]:
    """Scheme and what grpc takes for a target."""
    if address.startswith("unix:"):
        return "unix", address
    scheme, separator, target = address.partition("://")
    return (scheme, target.rstrip("/")) if separator else ("", address.rstrip("/"))


def _content(path: Path | None, label: str) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except OSError as error:
        remedy = "correct the option of .bazelrc that names it"
        raise ToolError(Problem(label, f"{path} cannot be read: {error.strerror}", remedy)) from None


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _text(number: int, value: str) -> bytes:
    return _bytes(number, value.encode()) if value else b""


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value) if value else b""


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Numbers and values of a message: https://protobuf.dev/programming-guides/encoding/

    Raises:
        Transient: it is not one.
    """
    at = 0
    try:
        while at < len(message):
            key, at = _read_varint(message, at)
            kind = key & 7
            if kind == 0:
                value, at = _read_varint(message, at)
                yield key >> 3, value
                continue
            size, at = _read_varint(message, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            if at + size > len(message):
                raise IndexError
            yield key >> 3, message[at : at + size]
            at += size
    except (IndexError, KeyError):
        raise Transient("an answer of the cache is not a message of protobuf") from None


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
