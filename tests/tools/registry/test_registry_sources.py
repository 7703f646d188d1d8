"""Pushes of images whose layers are in Bazel's caches only."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from distroless_python.documents.layer_facts import Blob, LayerFacts, Span, Written
from distroless_python.errors import ToolError
from distroless_python.formats.oci import Descriptor
from distroless_python.registry import sources
from distroless_python.registry.transport import Transient
from support import layouts
from support.lazy_push import Lazy
from support.registry import Fault


def test_from_the_cache_that_bazelrc_names(lazy: Lazy) -> None:
    address = lazy.cache.address.replace("http://", "http://user:pass%21@")
    lazy.configure(
        f"build --remote_cache={address}/\nbuild --remote_header=X-Key=a=b\ncommon --remote_cache_header=X-Own=c\n"
    )
    lazy.run()
    assert lazy.pushed
    for _, _, headers in lazy.cache.log:
        assert headers["Authorization"] == f"Basic {base64.b64encode(b'user:pass!').decode()}"
        assert (headers["X-Key"], headers["X-Own"]) == ("a=b", "c")


def test_from_the_cache_of_the_command_line(lazy: Lazy) -> None:
    lazy.configure("build --remote_cache=grpcs://elsewhere.example.com\n")
    lazy.run("--remote_cache", lazy.cache.address, "--remote_header", "X-Key=a")
    assert lazy.pushed
    assert {headers["X-Key"] for _, _, headers in lazy.cache.log} == {"a"}


def test_what_the_registry_has_is_not_asked_for(lazy: Lazy) -> None:
    lazy.run("--remote_cache", lazy.cache.address)
    lazy.cache.log.clear()
    lazy.run("--remote_cache", lazy.cache.address)
    assert lazy.cache.log == []


def test_from_the_disk_cache(lazy: Lazy) -> None:
    for digest, data in lazy.layers.items():
        name = digest.partition(":")[2]
        path = lazy.workspace / "disk" / "cas" / name[:2] / name
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    lazy.configure("common --disk_cache=~/disk\n")
    lazy.run()
    assert lazy.pushed


@pytest.mark.parametrize("ranges", [True, False])
def test_an_answer_that_is_cut_goes_on(lazy: Lazy, ranges: bool) -> None:
    lazy.cache.ranges = ranges
    lazy.cache.cuts = [300_000, 200_000]
    lazy.run("--remote_cache", lazy.cache.address)
    assert lazy.pushed


def test_an_upload_that_is_cut_goes_on(lazy: Lazy) -> None:
    lazy.registry.faults.append(Fault("PATCH ", 2, after=300_000))
    lazy.run("--remote_cache", lazy.cache.address)
    assert lazy.pushed


def test_all_blobs_that_are_nowhere_are_said_before_anything_is_sent(lazy: Lazy) -> None:
    lazy.cache.blobs.clear()
    with pytest.raises(ToolError, match=r"remedy: build the image with all outputs") as caught:
        lazy.run("--remote_cache", lazy.cache.address)
    assert len(caught.value.problems) == 2
    for problem, digest in zip(sorted(caught.value.problems), sorted(lazy.layers)):
        assert problem.subject == "//app:push"
        assert f"blob {digest} (" in problem.reason
        assert f"is nowhere: the cache {lazy.cache.address} does not have it" in problem.reason
    assert [request.method for request in lazy.registry.log if request.method not in ("GET", "HEAD")] == []


def test_a_cache_that_fails(lazy: Lazy) -> None:
    lazy.cache.status = 503
    with pytest.raises(ToolError, match=r"is nowhere: the cache .* answers 503"):
        lazy.run("--remote_cache", lazy.cache.address)
    lazy.cache.status = 401
    with pytest.raises(ToolError, match=r"it answers 401 for sha256:.*\n.*--remote_header"):
        lazy.run("--remote_cache", lazy.cache.address)
    with pytest.raises(ToolError, match=r"the cache http://127\.0\.0\.1:1.*Connection refused"):
        lazy.run("--remote_cache", "http://127.0.0.1:1/")
    with pytest.raises(ToolError, match=r"the remote cache http://\[x is not a valid address"):
        lazy.run("--remote_cache", "http://[x")
    assert not lazy.registry.tags("team/app")


def test_other_bytes_than_the_blobs(lazy: Lazy) -> None:
    name, data = next(iter(lazy.cache.blobs.items()))
    lazy.cache.blobs[name] = bytes(len(data))
    with pytest.raises(ToolError, match="do not fit its digest") as caught:
        lazy.run("--remote_cache", lazy.cache.address)
    assert "or the cache" in str(caught.value)
    assert not lazy.registry.tags("team/app")


def test_without_a_cache_what_is_missing_is_an_error(lazy: Lazy) -> None:
    with pytest.raises(ToolError, match=r"blob sha256:[0-9a-f]* .* is missing") as caught:
        lazy.run()
    assert len(caught.value.problems) == 2


def test_a_lazy_push_without_a_cache(lazy: Lazy) -> None:
    with pytest.raises(ToolError, match=r"its layers are not on this machine.*\n.*--remote_cache=URL"):
        lazy.run(lazy=True)


def test_a_lazy_push_takes_what_is_below_the_exec_root(lazy: Lazy) -> None:
    root = lazy.workspace / "execroot"
    (root / "bazel-out").mkdir(parents=True)
    descriptor = root / "bazel-out" / "descriptor.json"
    fields = layouts.image_files(lazy.image)
    Path(fields["descriptor"]).rename(descriptor)
    (lazy.workspace / "link.json").symlink_to(descriptor)
    lines = []
    for name, (digest, data) in zip("ab", lazy.layers.items()):
        if name == "a":
            (root / name).write_bytes(data)
        lines.append({"layer": name, "facts": f"{name}.json"})
        written = Written(Blob(digest, len(data)), "sha256:" + "0" * 64, Span(0, 0), Span(0, 0), (), 0, 0)
        if name == "a":  # of the other one, nothing is there
            known = LayerFacts.of(written, layer="app", name=name, version="", label="//:a")
            known.write(root / f"{name}.json")
    lazy.run(
        "--remote_cache", lazy.cache.address, lazy=True, descriptor=str(lazy.workspace / "link.json"), layers=lines
    )
    assert lazy.pushed
    first, second = (digest.partition(":")[2] for digest in lazy.layers)
    assert {path for _, path, _ in lazy.cache.log} == {f"/cas/{second}"}, first


def test_a_store_that_ends_early() -> None:
    blob = Descriptor("x", "sha256:" + "0" * 64, 10)
    stream = sources.Streamed(sources.FileCache("the store", lambda _: Path(os.devnull)), blob)
    with pytest.raises(Transient, match=f"the store ends 10 bytes before the end of {blob.digest}"):
        stream.read()
