"""Reading and writing OCI layouts."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.errors import ToolError
from distroless_python.formats.oci import (
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    Layout,
    LayoutWriter,
    canonical,
    describe,
    oci_media_type,
)
from support import layouts
from support.properties import patient


def test_descriptors_leave_out_what_is_empty() -> None:
    descriptor = describe(b"{}", "application/json")
    assert descriptor.json() == {
        "mediaType": "application/json",
        "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "size": 2,
    }
    full = describe(b"{}", "x", platform={"os": "linux"}, annotations={"a": "b"}, artifact_type="y")
    assert Descriptor.from_json(full.json(), "x") == full


@patient
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["digest", "size", "mediaType", "platform"]), inner)
        ),
        max_leaves=8,
    )
)
def test_anything_is_a_descriptor_or_an_error(value: Any) -> None:
    with contextlib.suppress(ToolError):
        assert len(Descriptor.from_json(value, "index.json").hex) == 64


@pytest.mark.parametrize("digest", ["sha256:../../../etc/passwd", "sha512:00", "sha256:" + "A" * 64, "", None])
def test_a_digest_that_leads_elsewhere(digest: str | None) -> None:
    with pytest.raises(ToolError, match="is not sha256:<64 hex digits>"):
        Descriptor.from_json({"digest": digest, "size": 1}, "x")


def test_docker_layers_are_oci_layers() -> None:
    assert oci_media_type("application/vnd.docker.image.rootfs.diff.tar.gzip") == (
        "application/vnd.oci.image.layer.v1.tar+gzip"
    )
    assert oci_media_type("other") == "other"


@pytest.mark.parametrize("content", [None, "", "[]", '{"manifests": {}}', "{}"])
def test_what_is_no_layout(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "index.json").write_text(content)
    with pytest.raises(ToolError, match=r"//:base: index\.json: (no OCI layout|is not JSON)"):
        Layout(tmp_path, "//:base").roots()


def test_an_image_is_chosen_by_architecture(tmp_path: Path) -> None:
    writer = LayoutWriter(tmp_path)
    images = [writer.write_json({"i": i}, OCI_MANIFEST, platform={"os": "linux", "architecture": a}) for i, a in PAIRS]
    attestation = writer.write_json({}, OCI_MANIFEST, platform={"os": "unknown", "architecture": "unknown"})
    index = {"manifests": [image.json() for image in (*images, attestation)]}
    writer.finish([writer.write_json(index, OCI_INDEX)])
    assert writer.layout.image("arm64") == images[1]
    with pytest.raises(ToolError, match="2 images where one is needed; it has linux/amd64, linux/arm64"):
        writer.layout.image()
    with pytest.raises(ToolError, match="0 images for linux/riscv64 where"):
        writer.layout.image("riscv64")


PAIRS = ((0, "amd64"), (1, "arm64"))


def test_an_index_of_indexes_is_read_once_each(tmp_path: Path) -> None:
    writer = LayoutWriter(tmp_path)
    image = layouts.write_layout(tmp_path, []).image()
    index = image
    for _ in range(30):
        index = writer.write_json({"manifests": [index.json()] * 30}, OCI_INDEX)
    writer.finish([index] * 30)
    assert Layout(tmp_path).image().digest == image.digest


def test_more_images_than_anybody_has(tmp_path: Path) -> None:
    writer = LayoutWriter(tmp_path)
    image = layouts.write_layout(tmp_path, []).image()
    writer.finish([writer.write_json({"manifests": [image.json()] * 5000}, OCI_INDEX)])
    with pytest.raises(ToolError, match="it names more than 4096 manifests"):
        Layout(tmp_path).image()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"layers": {}}, ""),
        ({"layers": {"a": 1}}, "layers is dict, not a list"),
        ({"layers": "text"}, "layers is str, not a list"),
        ({"layers": [[]]}, "no OCI descriptor: []"),
        ({"config": None}, "no OCI descriptor: null"),
        ({"config": {"size": True}}, "no OCI descriptor"),
    ],
)
def test_manifests_of_wrong_types(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    writer = LayoutWriter(tmp_path)
    layout = layouts.write_layout(tmp_path, [])
    manifest = writer.write_json({**layout.read_json(layout.image()), **change}, OCI_MANIFEST)
    writer.finish([manifest])
    if expected:
        with pytest.raises(ToolError, match=re.escape(expected)):
            layout.image("amd64")
    else:
        assert layout.image("amd64") == manifest


@pytest.mark.parametrize(
    "change", [{"platform": []}, {"platform": "x"}, {"annotations": [1]}, {"annotations": {"a": 1}}, {"mediaType": [1]}]
)
def test_descriptors_of_wrong_types(change: dict[str, Any]) -> None:
    value = {**describe(b"", "x").json(), **change}
    if change == {"platform": []}:  # as good as none
        assert not Descriptor.from_json(value, "x").platform
        return
    with pytest.raises(ToolError, match="has members of wrong types"):
        Descriptor.from_json(value, "x")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"architecture": 1}, "architecture: is 1 where a string is expected"),
        ({"config": []}, "config: is [] where an object is expected"),
        ({"rootfs": "x"}, 'rootfs: is "x" where an object is expected'),
        ({"rootfs": {"diff_ids": {"a": 1}}}, 'rootfs.diff_ids: is {"a": 1} where a list of strings is expected'),
        ({"rootfs": {"diff_ids": [1]}}, "rootfs.diff_ids: is [1] where a list of strings is expected"),
        ({"config": {"Env": "A=b", "Cmd": [None]}}, 'config.Env: is "A=b" where a list of strings is expected'),
        ({"config": {"Cmd": [None]}}, "config.Cmd: is [null] where a list of strings is expected"),
        ({"config": {"Labels": {"a": []}}}, 'config.Labels: is {"a": []} where an object of strings is expected'),
        ({"config": {"ExposedPorts": ["80"]}}, 'config.ExposedPorts: is ["80"] where an object is expected'),
        ({"history": [1]}, "history: is [1] where a list of objects is expected"),
        ({"history": [{}, {"created": "now"}]}, 'history[1].created: is "now" where a time (RFC 3339) is expected'),
        ({"history": [{"empty_layer": "no"}]}, 'history[0].empty_layer: is "no" where true or false is expected'),
    ],
)
def test_configs_of_wrong_types(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    writer = LayoutWriter(tmp_path)
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}, **change}
    layouts.write_image(writer, config, [])
    with pytest.raises(ToolError) as caught:
        writer.layout.image("amd64")
    assert f": {expected}\n" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[" * 100_000, "nested more than 64 deep"),
        ("[" * 66 + "]" * 66, "nested more than 64 deep"),
        ('{"a":' * 66 + "1" + "}" * 66, "nested more than 64 deep"),
        ('{"manifests": [], "annotations": {"a": "\\ud800"}}', "half a surrogate pair"),
        ('"\\udfff"', "half a surrogate pair"),
        (" " * (5 << 20), "has more than 4194304 bytes"),
        ("\xff", "is not JSON"),
    ],
)
def test_json_that_cannot_be_used(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "index.json").write_text(text, encoding="latin-1")
    with pytest.raises(ToolError, match=expected):
        Layout(tmp_path).roots()


def test_surrogate_pairs_are_text(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('{"manifests": [], "a": "\\ud83d\\ude00"}')
    assert Layout(tmp_path).roots() == ()


def test_the_platform_of_a_descriptor_without_one_is_its_configs(tmp_path: Path) -> None:
    layout = layouts.write_layout(tmp_path, [], architecture="arm64", docker=True)
    assert layout.platform(layout.image("arm64")) == {"architecture": "arm64", "os": "linux"}


def test_damaged_blobs(tmp_path: Path) -> None:
    writer = LayoutWriter(tmp_path)
    there = writer.write(b"{}", "x")
    other = describe(b"[]", "x")
    layout = Layout(tmp_path, "//:base")
    with pytest.raises(ToolError, match=f"//:base: blob {other.digest} .* is missing"):
        layout.existing(other)
    layout.blob(there.digest).write_bytes(b"[]")
    with pytest.raises(ToolError, match="has other bytes"):
        layout.read_json(there)
    layout.blob(there.digest).write_bytes(b"{ }")
    with pytest.raises(ToolError, match="has 3 bytes where its descriptor says 2"):
        layout.read_json(there)
    for data in (b"[]", b"{"):
        with pytest.raises(ToolError, match="is not"):
            layout.read_json(writer.write(data, "x"))


def test_links_are_relative_to_the_path_that_was_given(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"{}")
    (tmp_path / "link").symlink_to("source")
    writer = LayoutWriter(tmp_path / "layout")
    blob = describe(b"{}", "x")
    for _ in range(2):
        writer.link(blob, tmp_path / "link")
    assert str(writer.layout.blob(blob.digest).readlink()) == "../../../link"
    tmp_path.rename(moved := tmp_path.with_name("moved"))
    assert Layout(moved / "layout").existing(blob).resolve() == moved / "source"
    moved.rename(tmp_path)
    writer.write(b"{}", "x")
    assert writer.layout.blob(blob.digest).is_symlink()


def test_canonical() -> None:
    assert canonical({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()
    assert json.loads(canonical({})) == {}
