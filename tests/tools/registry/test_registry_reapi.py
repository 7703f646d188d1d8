"""Pushes of images whose layers are in a cache over gRPC only."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from distroless_python.errors import ToolError
from distroless_python.registry import reapi
from distroless_python.registry.transport import Transient
from support.grpc_cache import GrpcCache, certificate, serving
from support.lazy_push import Lazy
from support.registry import Fault
from support.wheels import WheelSource


@pytest.fixture
def cache(lazy: Lazy) -> Iterator[GrpcCache]:
    with serving() as found:
        for data in lazy.layers.values():
            found.add(data)
        yield found


def test_with_the_options_that_bazelrc_has(lazy: Lazy, cache: GrpcCache) -> None:
    cache.instance, cache.header = "main/blue", ("x-key", "a=b")
    options = (f"remote_cache={cache.address}", "remote_instance_name=main/blue", "remote_header=X-Key=a=b")
    lazy.configure("".join(f"build --{option}\n" for option in options))
    lazy.run()
    assert lazy.pushed


def test_from_the_executor_where_there_is_no_other_cache(lazy: Lazy, cache: GrpcCache) -> None:
    lazy.configure(f"build --remote_executor={cache.address}\n")
    lazy.run()
    assert lazy.pushed


def test_over_tls(lazy: Lazy, tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    with serving(certificate(tmp_path)) as cache:
        for data in lazy.layers.values():
            cache.add(data)
        lazy.configure(f"build --remote_cache={cache.address} --tls_certificate=%workspace%/certificate.pem\n")
        lazy.run()
        assert lazy.pushed
        lazy.configure(f"build --remote_cache={cache.address.removeprefix('grpcs://')} --tls_certificate=none.pem\n")
        with pytest.raises(ToolError, match=r"none\.pem cannot be read: No such file"):
            lazy.run()


def test_without_a_scheme_it_is_tls(lazy: Lazy, cache: GrpcCache) -> None:
    with pytest.raises(ToolError, match=r"is nowhere: the cache 127\.0\.0\.1:\d+: .* answers UNAVAILABLE.*\b[Tt]ls\b"):
        lazy.run("--remote_cache", cache.address.removeprefix("grpc://"))


def test_a_read_that_is_cut_goes_on(lazy: Lazy, cache: GrpcCache) -> None:
    cache.cuts = [3, 4]
    lazy.run("--remote_cache", cache.address)
    assert lazy.pushed
    assert [offset for offset in cache.offsets if offset] == [300_000, 700_000]


def test_an_upload_that_is_cut_goes_on(lazy: Lazy, cache: GrpcCache) -> None:
    lazy.registry.faults.append(Fault("PATCH ", 2, after=300_000))
    lazy.run("--remote_cache", cache.address)
    assert lazy.pushed


def test_all_blobs_that_the_cache_lost_are_said_before_anything_is_sent(lazy: Lazy, cache: GrpcCache) -> None:
    cache.blobs.clear()
    with pytest.raises(ToolError, match=r"remedy: build the image with all outputs") as caught:
        lazy.run("--remote_cache", cache.address)
    assert len(caught.value.problems) == 2
    for problem, digest in zip(sorted(caught.value.problems), sorted(lazy.layers)):
        assert f"blob {digest} (" in problem.reason
        assert f"is nowhere: the cache {cache.address} does not have it" in problem.reason
    assert [request.method for request in lazy.registry.log if request.method not in ("GET", "HEAD")] == []


def test_answers_that_are_errors(lazy: Lazy, cache: GrpcCache) -> None:
    cache.code = "UNAVAILABLE"
    with pytest.raises(ToolError, match=r"is nowhere: .* answers UNAVAILABLE for sha256:.*: as the test wants it"):
        lazy.run("--remote_cache", cache.address)
    cache.code = "UNAUTHENTICATED"
    with pytest.raises(ToolError, match=r"it answers UNAUTHENTICATED for sha256:.*\n.*--remote_header"):
        lazy.run("--remote_cache", cache.address)
    cache.code = "INVALID_ARGUMENT"
    with pytest.raises(ToolError, match=r"it answers INVALID_ARGUMENT for sha256:.*\n.*the cache's log"):
        lazy.run("--remote_cache", cache.address)
    with pytest.raises(ToolError, match=r"ftp://example\.com has the scheme 'ftp'"):
        lazy.run("--remote_cache", "ftp://example.com")
    assert not lazy.registry.tags("team/app")


def test_without_grpcio(lazy: Lazy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(ToolError, match=r"asked by gRPC, and grpcio cannot be imported.*\n.*rules:lazy_push"):
        lazy.run("--remote_cache", "grpc://127.0.0.1:1")


def test_grpc_is_imported_from_its_wheels(lazy: Lazy, cache: GrpcCache, tmp_path: Path) -> None:
    wheel = WheelSource("brought", "1.0", "py3-none-any", {"brought/__init__.py": b"x = 1\n"}).write(tmp_path)
    lazy.run("--remote_cache", cache.address, wheels=[str(wheel)])
    assert lazy.pushed
    assert any(Path(folder, "brought/__init__.py").exists() for folder in sys.path)


@pytest.mark.parametrize("message", [b"\xff", b"\x0a\x05ab", b"\x0b", b"\x0a\xff\xff"])
def test_an_answer_that_is_no_message(message: bytes) -> None:
    with pytest.raises(Transient, match="is not a message"):
        list(reapi._fields(message))


def test_fields_of_every_kind() -> None:
    message = b"\x08\x96\x01" + b"\x12\x02ab" + b"\x19" + bytes(8) + b"\x25" + bytes(4)
    assert list(reapi._fields(message)) == [(1, 150), (2, b"ab"), (3, bytes(8)), (4, bytes(4))]
