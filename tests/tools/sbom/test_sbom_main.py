"""`sbom`: the documents about an image of two wheels, an added package and an app, on a base of packages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from distroless_python.actions import sbom as main_sbom
from distroless_python.documents.base_profile import BasePackage, BaseProfile, Release
from distroless_python.documents.layer_contents import FileFacts, LayerContents
from distroless_python.documents.layer_facts import Distribution
from distroless_python.errors import ToolError
from distroless_python.formats.oci import describe
from support import layouts

SITE = "usr/local/lib/python3.13/dist-packages"
DEP5 = b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: "
IMAGE = describe(b"image", "application/vnd.oci.image.manifest.v1+json")


@dataclass(frozen=True)
class Documents:
    """What was written; `raw` by file name."""

    directory: Path

    def __getitem__(self, name: str) -> Any:
        return json.loads((self.directory / name).read_text())

    @property
    def raw(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.directory.iterdir()}

    def component(self, name: str) -> Any:
        (found,) = (part for part in self["cdx.json"]["components"] if part["name"] == name)
        return found

    def package(self, name: str) -> Any:
        (found,) = (part for part in self["spdx.json"]["packages"] if part["name"] == name)
        return found


def base(directory: Path) -> dict[str, Any]:
    """A base of libz1, whose documentation directory is a link to zlib-common's, and the manifest's lines about it."""
    layer = layouts.tar(
        [
            (layouts.member("./usr/share/doc/zlib-common/copyright"), DEP5 + b"Zlib\n"),
            layouts.member("./usr/share/doc/libz1", b"2", linkname="zlib-common"),
        ]
    )
    layout = layouts.write_layout(directory / "base", [layer])
    path = layouts.write_profile(directory / "profile.json", layout)
    packages = (BasePackage("libz1", "1:1.3+b1", "amd64"), BasePackage("zlib-common", "1.3", "all"))
    release = Release("debian", "13", "trixie")
    replace(BaseProfile.read(path), release=release, packages=packages).write(path)
    files = (
        FileFacts("usr/share/doc/zlib-common/copyright", "file", 0o644),
        FileFacts("usr/share/doc/libz1", "link", 0o777, target="zlib-common"),
    )
    LayerContents(files).write(directory / "base.json")
    about = {"base": str(layout.path), "profile": str(path), "base_contents": str(directory / "base.json")}
    part = layouts.write_layer(directory, "libz1", {"usr/lib/libz.so.1": b"elf"}, kind="deb", version="1:1.3+b1")
    (directory / "libz1.deb").write_bytes(b"deb")
    part["source"] = str(directory / "libz1.deb")
    return {**about, "packages": [part]}


def layers(directory: Path) -> list[dict[str, Any]]:
    metadata = f"{SITE}/django-5.2.dist-info/METADATA"
    django = layouts.write_layer(
        directory,
        "django",
        {metadata: b"Name: Django\nSummary: A framework\nLicense-Expression: BSD-3-Clause\n\nLicense: no\n"},
        version="5.2",
        wheel=Distribution(),
    )
    (directory / "django.whl").write_bytes(b"wheel")
    django["source"] = str(directory / "django.whl")
    odd = layouts.write_layer(
        directory, "odd", {f"{SITE}/odd-1.0.dist-info/METADATA": b"License: as you like it\n"}, wheel=Distribution()
    )
    added = {
        "usr/share/doc/libgl1/copyright": DEP5 + b"Expat and odd\n",
        "var/lib/dpkg/status.d/libgl1": b"Package: libgl1\nArchitecture: arm64\n",
    }
    gl = layouts.write_layer(directory, "libgl1", added, kind="deb", version="1.7.0-1+b2", architecture="arm64")
    app = layouts.write_layer(directory, "app", {"app/_main/app.py": b"print()"}, kind="app", version="")
    return [{"source": None, **layer} for layer in (odd, django, gl, app)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Documents]:
    def run(name: str = "out", **fields: Any) -> Documents:
        directory = tmp_path / name
        (tmp_path / "descriptor.json").write_text(json.dumps(IMAGE.json()))
        (tmp_path / "image.json").write_text(json.dumps({"annotations": {"by": "us"}}))
        (tmp_path / "config.json").write_text(json.dumps({"config": {"User": "65532"}}))
        manifest = {
            "label": "//app:image",
            "image": str(tmp_path / "image.json"),
            "config": str(tmp_path / "config.json"),
            "descriptor": str(tmp_path / "descriptor.json"),
            "cyclonedx": str(directory / "cdx.json"),
            "spdx": str(directory / "spdx.json"),
            "provenance": str(directory / "provenance.json"),
            "layers": layers(tmp_path),
            "laid": layers(tmp_path),
            **base(tmp_path),
            **fields,
        }
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        assert main_sbom.main([str(tmp_path / "manifest.json")]) == 0
        return Documents(directory)

    return run


@pytest.fixture
def documents(write: Callable[..., Documents]) -> Documents:
    return write()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_cyclonedx_is_valid(documents: Documents) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(documents.raw["cdx.json"].decode()) is None


def test_spdx_is_valid(documents: Documents) -> None:
    document = parse_file(str(documents.directory / "spdx.json"))
    assert [message.validation_message for message in validate_full_spdx_document(document)] == []


def test_a_wheel(documents: Documents) -> None:
    assert documents.component("django") == {
        "type": "library",
        "bom-ref": "pkg:pypi/django@5.2",
        "name": "django",
        "version": "5.2",
        "purl": "pkg:pypi/django@5.2",
        "description": "A framework",
        "licenses": [{"expression": "BSD-3-Clause"}],
        "hashes": [{"alg": "SHA-256", "content": sha256(b"wheel")}],
    }
    package = documents.package("django")
    assert package["licenseDeclared"] == "BSD-3-Clause"
    assert package["checksums"] == [{"algorithm": "SHA256", "checksumValue": sha256(b"wheel")}]
    assert package["externalRefs"][0]["referenceLocator"] == "pkg:pypi/django@5.2"


def test_a_licence_that_spdx_does_not_know(documents: Documents) -> None:
    assert documents.component("odd")["licenses"] == [{"license": {"name": "as you like it"}}]
    declared = documents.package("odd")["licenseDeclared"]
    (extracted,) = (e for e in documents["spdx.json"]["hasExtractedLicensingInfos"] if e["licenseId"] == declared)
    assert extracted["extractedText"] == "as you like it"


def test_debian_packages(documents: Documents) -> None:
    libz = documents.component("libz1")
    assert libz["purl"] == "pkg:deb/debian/libz1@1%3A1.3%2Bb1?arch=amd64&distro=debian-13"
    assert libz["licenses"] == [{"expression": "Zlib"}], "its sibling's copyright file"
    assert libz["hashes"] == [{"alg": "SHA-256", "content": sha256(b"deb")}]
    common = documents.component("zlib-common")
    assert common["licenses"] == [{"expression": "Zlib"}]
    assert "hashes" not in common, "its .deb is not known"
    gl = documents.component("libgl1")
    assert gl["purl"].endswith("?arch=arm64&distro=debian-13"), "what the package says of itself"
    assert gl["licenses"] == [{"license": {"name": "Expat and odd"}}]


def test_first_party(documents: Documents, tmp_path: Path) -> None:
    app = documents.component("//:app")
    assert app["type"] == "application"
    diff_id = json.loads((tmp_path / "app.layer.json").read_text())["diff_id"]
    assert f"sha256:{app['hashes'][0]['content']}" == diff_id


def test_the_image_is_the_subject_of_all_three(documents: Documents) -> None:
    assert documents["cdx.json"]["metadata"]["component"]["version"] == IMAGE.digest
    assert documents.package("//app:image")["versionInfo"] == IMAGE.digest
    statement = documents["provenance.json"]
    assert statement["subject"] == [{"name": "//app:image", "digest": {"sha256": IMAGE.hex}}]
    materials = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert {"uri": "pkg:pypi/django@5.2", "digest": {"sha256": sha256(b"wheel")}} in materials
    assert [m["name"] for m in materials if "name" in m] == ["base"]
    assert not [m for m in materials if m["uri"].startswith("//")]


def test_how_it_is_made_again(write: Callable[..., Documents], tmp_path: Path) -> None:
    parts = layers(tmp_path)
    wheel = {"action": "wheel-layer", "built": False, "direct": True, "exclude": ["tests/**"]}
    parts[1]["recipe"] = wheel
    group = layouts.write_layer(tmp_path, "group", {"a": b"b"}, kind="group", version="")
    joins = {"action": "layer-group", "parts": [parts[0]["facts"], parts[1]["facts"]]}
    base = {"action": "base", "architecture": "amd64"}
    laid = [{**group, "source": None, "recipe": joins}, *parts[2:]]
    compiler = {**parts[2], "source": str(tmp_path / "django.whl")}
    written = write(layers=parts, laid=laid, base_recipe=base, compiler=[compiler])["provenance.json"]
    recipe = written["predicate"]["buildDefinition"]["externalParameters"]
    assert recipe["config"] == {"User": "65532"}
    assert recipe["annotations"] == {"by": "us"}
    assert recipe["base"]["parameters"] == base
    assert [package["file"] for package in recipe["base"]["packages"]] == ["libz1.deb"]
    assert [package["name"] for package in recipe["base"]["compiler"]] == ["libgl1"]
    assert [step["action"] for step in recipe["layers"]] == ["layer-group", "", ""]
    odd, django = recipe["layers"][0]["layers"]
    assert odd["name"] == "odd"
    assert {key: django[key] for key in ("file", "sha256", "direct", "exclude")} == {
        "file": "django.whl",
        "sha256": sha256(b"wheel"),
        "direct": True,
        "exclude": ["tests/**"],
    }


def test_every_part_is_a_dependency(documents: Documents) -> None:
    cyclonedx, spdx = documents["cdx.json"], documents["spdx.json"]
    parts = sorted(component["bom-ref"] for component in cyclonedx["components"])
    assert cyclonedx["dependencies"] == [{"ref": IMAGE.digest, "dependsOn": parts}]
    contained = [r for r in spdx["relationships"] if r["relationshipType"] == "CONTAINS"]
    assert len(contained) == len(parts) == len(spdx["packages"]) - 1 == 6


def test_the_same_image_gives_the_same_documents(write: Callable[..., Documents], tmp_path: Path) -> None:
    first, second = write("first"), write("second", layers=layers(tmp_path)[::-1])
    assert first.raw == second.raw
    fewer = write("fewer", layers=layers(tmp_path)[1:])
    assert fewer["cdx.json"]["serialNumber"] != first["cdx.json"]["serialNumber"]
    assert fewer["spdx.json"]["documentNamespace"] != first["spdx.json"]["documentNamespace"]


def test_a_damaged_descriptor(write: Callable[..., Documents], tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"digest": "md5:0", "size": 1}')
    with pytest.raises(ToolError, match="is not sha256"):
        write(descriptor=str(tmp_path / "bad.json"))
