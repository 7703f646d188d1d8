"""`image`: layers on a base."""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import image as main_image
from distroless_python.actions import layer_group as main_layer_group
from distroless_python.actions import layout as main_layout
from distroless_python.base.image_reader import read_image
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import ToolError
from distroless_python.formats.oci import OCI_LAYER_GZIP, Layout
from distroless_python.image.stored_image import StoredImage
from distroless_python.manifests.image import ImageFiles, LayerPlace
from distroless_python.sandbox.unpacked_root import UnpackedRoot
from support import layouts

DIST = "usr/local/lib/python3.13/dist-packages"


class Build:
    """Builds images in a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        base_tar = layouts.tar([(layouts.member("usr/bin/python3.13", mode=0o755), b"ELF")])
        config = {"Env": ["PATH=/usr/bin"], "Entrypoint": ["/usr/bin/python3.13"], "WorkingDir": "/home/nonroot"}
        self.base = layouts.write_layout(directory / "base", [base_tar], config, docker=True)
        self.profile = layouts.write_profile(directory / "profile.json", self.base)

    def layer(self, name: str, files: dict[str, bytes], **more: Any) -> dict[str, str]:
        return layouts.write_layer(self.directory / "layers", name, files, **more)

    def image(self, layers: list[dict[str, str]], name: str = "image", **fields: Any) -> StoredImage:
        files = {key: str(self.directory / f"{name}.{key}") for key in ("manifest", "config", "descriptor")}
        manifest = {
            **files,
            "digest_file": str(self.directory / f"{name}.digest"),
            "label": "//app:image",
            "profile": str(self.profile),
            "layers": [layer["facts"] for layer in layers],
            **fields,
        }
        path = self.directory / f"{name}.json"
        path.write_text(json.dumps(manifest))
        assert main_image.main([str(path)]) == 0
        return StoredImage(
            ImageFiles(
                "//app:image",
                files["descriptor"],
                (files["manifest"], files["config"]),
                (str(self.base.path),),
                tuple(LayerPlace(layer["layer"], layer["facts"]) for layer in layers),
            )
        )


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)


def test_image(build: Build) -> None:
    large = {f"{DIST}/django/data.bin": os.urandom(10_000), f"{DIST}/django/__main__.py": b""}
    django = build.layer("django", large, version="5.2.8")
    small = [build.layer(name, {f"{DIST}/{name}.py": b"x"}, version="1.0") for name in ("asgiref", "sqlparse")]
    app = build.layer("app", {"app/_main/main.py": b""}, kind="app", version="")
    image = build.image(
        [app, *small, django],
        entry={"kind": "module", "value": "django"},
        imports=["/app/_main", "/app/_main/.", "/app/pypi/site-packages"],
        annotations={"a": "b"},
        layer_limit=5,
    )

    (root,) = image.roots()
    assert json.loads((build.directory / "image.descriptor").read_text()) == {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": root.digest,
        "size": root.size,
        "platform": {"architecture": "amd64", "os": "linux"},
    }
    assert (build.directory / "image.digest").read_text() == root.digest
    manifest = image.read_json(root)
    base = build.base.image()
    assert manifest["annotations"] == {"a": "b", "org.opencontainers.image.base.digest": base.digest}
    config_descriptor, *layers = image.children(root)
    assert {layer.media_type for layer in layers} == {OCI_LAYER_GZIP}
    config = image.read_json(config_descriptor)
    assert config["config"]["Entrypoint"] == ["/usr/bin/python3.13", "-m", "django"]
    assert config["config"]["Env"] == ["PATH=/usr/bin", "PYTHONPATH=/app/_main", "PYTHONUNBUFFERED=1"]
    contents = [entry["created_by"].removeprefix("rules_distroless_python: ") for entry in config["history"]]
    assert contents[:2] == ["base image", "django 5.2.8"]
    assert sorted(contents[2:-1]) == ["asgiref 1.0", "sqlparse 1.0"]
    assert contents[-1] == "app"
    assert image.blob(layers[0].digest) == build.base.blob(layers[0].digest)
    assert image.blob(layers[1].digest) == Path(django["layer"])

    tree = UnpackedRoot(build.directory / "root")
    tree.unpack(image, read_image(image, "amd64").layers)  # every digest and diff_id is checked
    for path in (f"{DIST}/asgiref.py", f"{DIST}/sqlparse.py", "app/_main/main.py", "usr/bin/python3.13"):
        assert (build.directory / "root" / path).is_file()


def test_labels_and_annotations_have_the_workspace_status(build: Build, tmp_path: Path) -> None:
    (tmp_path / "stable-status.txt").write_text("BUILD_HOST here\nSTABLE_GIT_COMMIT abc123\n")
    layers = [build.layer("app", {"app/_main/main.py": b""}, kind="app", version="")]
    entry = {"kind": "file", "value": "/app/_main/main.py"}
    status = [str(tmp_path / "stable-status.txt")]
    labels, annotations = {"commit": "{STABLE_GIT_COMMIT}"}, {"a": "v-{STABLE_GIT_COMMIT}", "b": "{not}"}
    image = build.image(layers, entry=entry, labels=labels, annotations=annotations, status_files=status)
    manifest = image.read_json(image.image())
    assert {name: manifest["annotations"][name] for name in "ab"} == {"a": "v-abc123", "b": "{not}"}
    assert image.read_json(image.children(image.image())[0])["config"]["Labels"] == {"commit": "abc123"}
    labels, annotations = {"at": "{BUILD_TIMESTAMP}"}, {"x": "{STABLE_NONE}"}
    with pytest.raises(ToolError) as caught:
        build.image(layers, entry=entry, labels=labels, annotations=annotations, status_files=status)
    known = "is not in the workspace status; it has BUILD_HOST, STABLE_GIT_COMMIT"
    assert [(problem.member, problem.reason) for problem in caught.value.problems] == [
        ("labels", f"{{BUILD_TIMESTAMP}} in '{{BUILD_TIMESTAMP}}' {known}"),
        ("annotations", f"{{STABLE_NONE}} in '{{STABLE_NONE}}' {known}"),
    ]
    image = build.image(layers, "plain", entry=entry, labels={"json": "{A}"})  # no key of the status is used
    assert image.read_json(image.children(image.image())[0])["config"]["Labels"] == {"json": "{A}"}


def test_a_health_check(build: Build) -> None:
    app = build.layer("app", {"app/_main/main.py": b""}, kind="app", version="")
    entry = {"kind": "file", "value": "/app/_main/main.py"}
    with pytest.raises(ToolError, match=r"//app:image: healthcheck: 'curl http://x' is in shell form"):
        build.image([app], entry=entry, healthcheck=["curl http://x"])
    image = build.image([app], entry=entry, healthcheck=["python3.13", "/app/_main/main.py"], name="checked")
    config = image.read_json(image.children(image.image())[0])["config"]
    assert config["Healthcheck"] == {"Test": ["CMD", "python3.13", "/app/_main/main.py"]}


def test_no_layer_is_read(build: Build) -> None:
    app = build.layer("app", {"app/x": b""}, kind="app")
    Path(app["layer"]).unlink()
    with pytest.raises(ToolError, match="//app:image"):
        (image := build.image([app])).existing(image.children(image.image())[-1])


def test_the_order_of_inputs_does_not_matter(build: Build) -> None:
    layers = [build.layer(f"w{i}", {f"{DIST}/w{i}.py": b"%d" % i}) for i in range(4)]
    one = build.image(layers, "one", env={"A": "1", "B": "2"})
    two = build.image(layers[::-1], "two", env={"B": "2", "A": "1"})
    assert one.image().digest == two.image().digest


def test_an_image_as_a_layout(build: Build) -> None:
    app = build.layer("app", {"app/x": b"x"}, kind="app")
    image = build.image([app])
    fields = {
        "label": "//app:image.layout",
        "output": str(build.directory / "layout"),
        "descriptor": str(build.directory / "image.descriptor"),
        "documents": [str(build.directory / "image.manifest"), str(build.directory / "image.config")],
        "bases": [str(build.base.path)],
        "layers": [{"layer": app["layer"], "facts": app["facts"]}],
    }
    (build.directory / "layout.json").write_text(json.dumps(fields))
    assert main_layout.main([str(build.directory / "layout.json")]) == 0
    layout = Layout(build.directory / "layout")
    assert layout.image().digest == image.image().digest
    UnpackedRoot(build.directory / "root").unpack(layout, read_image(layout, "amd64").layers)
    blobs = sorted((layout.path / "blobs" / "sha256").iterdir())
    assert [blob.name for blob in blobs] == sorted(
        {blob.hex for blob in [layout.image(), *layout.children(layout.image())]}
    )
    assert not any(blob.is_symlink() for blob in blobs)
    assert all(layouts.sha256(blob.read_bytes()) == f"sha256:{blob.name}" for blob in blobs)


def test_layers_in_a_group(build: Build) -> None:
    """Two wheels with a file of the same name: the first one's stays, as in layers of their own."""
    one = build.layer("one", {f"{DIST}/x.py": b"1", f"{DIST}/one.py": b"1"})
    two = build.layer("two", {f"{DIST}/x.py": b"2", f"{DIST}/two.py": b"2"})
    group = {key: str(build.directory / f"group.{key}") for key in ("layer", "facts", "contents")}
    (build.directory / "group.json").write_text(
        "\n".join(json.dumps(line) for line in ({"label": "//app:image", "output": group}, {"layers": [one, two]}))
    )
    assert main_layer_group.main([str(build.directory / "group.json")]) == 0
    image = build.image([group])
    UnpackedRoot(build.directory / "root").unpack(image, read_image(image, "amd64").layers)
    found = {path.name: path.read_text() for path in (build.directory / "root" / DIST).iterdir()}
    assert found == {"x.py": "1", "one.py": "1", "two.py": "2"}
    facts = LayerFacts.read(group["facts"])
    assert (facts.layer, facts.name, facts.files) == ("group", "one 1.0, two 1.0", 3)
    assert {file.path for file in LayerContents.read(group["contents"]).files} == {f"{DIST}/{name}" for name in found}


def test_a_group_of_debian_packages_counts_as_one(build: Build) -> None:
    packages = [build.layer(name, {f"usr/share/{name}/x": b"1"}, kind="deb") for name in ("liba", "libb")]
    group = {key: str(build.directory / f"debs.{key}") for key in ("layer", "facts", "contents")}
    (build.directory / "debs.json").write_text(
        "\n".join(json.dumps(line) for line in ({"label": "//app:image", "output": group}, {"layers": packages}))
    )
    assert main_layer_group.main([str(build.directory / "debs.json")]) == 0
    assert LayerFacts.read(group["facts"]).layer == "deb", "below the wheels, as its packages would be"


def test_an_image_of_files_only(build: Build) -> None:
    image = build.image([build.layer("app", {"app/x": b""}, kind="app")], entry={"kind": "none"})
    config = image.read_json(image.children(image.image())[0])
    assert config["config"]["Entrypoint"] == ["/usr/bin/python3.13"]
    assert config["config"]["WorkingDir"] == "/home/nonroot"


def test_too_many_layers(build: Build) -> None:
    many = layouts.write_layout(build.directory / "many", [layouts.tar([layouts.member(f"f{i}")]) for i in range(125)])
    profile = layouts.write_profile(build.directory / "many.json", many)
    app = build.layer("app", {"app/x": b""}, kind="app")
    with pytest.raises(ToolError, match=r"125 layers of its base and 1 of its own") as caught:
        build.image([app], profile=str(profile), layer_limit=125)
    assert not (build.directory / "image.manifest").exists()
    assert "//app:image" in str(caught.value)


def test_facts_of_another_format(build: Build) -> None:
    app = build.layer("app", {"app/x": b""}, kind="app")
    facts = json.loads(Path(app["facts"]).read_text())
    Path(app["facts"]).write_text(json.dumps({**facts, "format": 1}))
    with pytest.raises(ToolError, match="is not a layer document of format 2"):
        build.image([app])


def test_a_profile_that_cannot_be_used(build: Build) -> None:
    build.profile.write_text(json.dumps({**json.loads(build.profile.read_text()), "format": 1}))
    with pytest.raises(ToolError, match="is not a profile document of format 2"):
        build.image([])


def test_every_problem_is_said_at_once(build: Build) -> None:
    missing = {"layer": "", "facts": str(build.directory / "missing")}
    with pytest.raises(ToolError) as caught:
        build.image([missing], workdir="app", stop_signal="TERM")
    assert len(caught.value.problems) == 3
    assert not (build.directory / "image.manifest").exists()


def test_what_is_in_the_image_is_not_judged_here(build: Build) -> None:
    """Two wheels that write one path, and a console script that is not there: verification says so."""
    one = build.layer("one", {f"{DIST}/x.py": b"1"})
    two = build.layer("two", {f"{DIST}/x.py": b"2"})
    image = build.image([one, two], entry={"kind": "console_script", "value": "x"})
    config = image.read_json(image.children(image.image())[0])
    assert config["config"]["Entrypoint"] == ["/usr/local/bin/x"]


def test_fields_of_the_manifest_are_documented() -> None:
    from distroless_python.manifests import image as manifests

    for cls in (manifests.ImageManifest, manifests.IndexManifest, manifests.TarballManifest, manifests.TestManifest):
        documented = "".join(inspect.getdoc(base) or "" for base in cls.__mro__ if dataclasses.is_dataclass(base))
        assert [f.name for f in dataclasses.fields(cls) if f"\n    {f.name}: " not in documented] == []
