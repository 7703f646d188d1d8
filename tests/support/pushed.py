"""A small image with everything in it, made by the actions as rules start them, with its provenance; and a registry."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distroless_python.actions import main as actions
from distroless_python.formats.oci import OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST, Descriptor, canonical, describe
from distroless_python.sbom.provenance import MEDIA_TYPE
from support import bases
from support.bases import PACKAGES, VERSIONS
from support.package_index import make_wheel
from support.registry import Registry

DEMO = {"demo/__init__.py": b"X = 1\n", "demo/data.txt": b"text\n" * 1000}
SOURCES = {"_main/app/__init__.py": b"", "_main/app/main.py": b"print('hello')\n"}


def run(directory: Path, command: str, **fields: Any) -> None:
    """Runs a command of the actions."""
    (directory / "manifest").write_text(json.dumps({**fields, "action": command}))
    assert actions.command(command).main([str(directory / "manifest")]) == 0


@dataclass
class Pushed:
    """An image, before and after it is in a registry.

    Attributes:
        directory: where everything was made; `archives/` has wheels and packages, `checkout/` the sources.
        layers: bytes by digest, in the image's order.
        config: the config.
        annotations: of the manifest.
        provenance: the statement.
    """

    directory: Path
    layers: list[bytes]
    config: dict[str, Any]
    annotations: dict[str, str]
    provenance: dict[str, Any]
    documents: list[bytes] = field(default_factory=list)

    @property
    def recipe(self) -> dict[str, Any]:
        found: dict[str, Any] = self.provenance["predicate"]["buildDefinition"]["externalParameters"]
        return found

    @property
    def archives(self) -> Path:
        return self.directory / "archives"

    @property
    def checkout(self) -> Path:
        return self.directory / "checkout"

    def manifest(self) -> bytes:
        """The manifest of what is there now."""
        blobs = [describe(layer, OCI_LAYER_GZIP).json() for layer in self.layers]
        config = describe(canonical(self.config), OCI_CONFIG).json()
        value = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": blobs}
        return canonical({**value, "annotations": self.annotations})

    def number(self, title: str) -> int:
        """A layer's place, by its title in the history."""
        titles = [entry["created_by"] for entry in self.config["history"]]
        return next(number for number, text in enumerate(titles) if title in text)

    def replace(self, number: int, layer: bytes) -> None:
        """Another layer, with config and manifest that fit it: what an attacker with the right to push does."""
        self.layers[number] = layer
        self.config["rootfs"]["diff_ids"][number] = describe(gzip.decompress(layer), "").digest

    def sign_again(self) -> None:
        """A provenance whose subject is the image as it is now."""
        self.provenance["subject"][0]["digest"]["sha256"] = describe(self.manifest(), OCI_MANIFEST).hex

    def push(self, registry: Registry, name: str = "app") -> str:
        """Puts image and provenance into a registry; returns the image's digest."""
        blobs = registry.blobs.setdefault(name, {})
        manifests = registry.manifests.setdefault(name, {})
        image = self.manifest()
        statements = self.documents or [json.dumps(self.provenance).encode()]
        for data in (*self.layers, canonical(self.config), b"{}", *statements):
            blobs[describe(data, "").digest] = data
        subject = describe(image, OCI_MANIFEST)
        manifests[subject.digest] = (OCI_MANIFEST, image)
        for data in statements:
            referrer = canonical(_referrer(describe(data, MEDIA_TYPE), subject))
            manifests[describe(referrer, "").digest] = (OCI_MANIFEST, referrer)
        return subject.digest


def _referrer(document: Descriptor, subject: Descriptor) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": MEDIA_TYPE,
        "config": describe(b"{}", "application/vnd.oci.empty.v1+json").json(),
        "layers": [document.json()],
        "subject": subject.json(),
    }


class _Build:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.archives = directory / "archives"
        self.archives.mkdir()
        bases.build(directory / "base")
        at = directory / "base"
        self.base = {name: str(at / f"{name}.json") for name in ("profile", "contents", "python")}
        packages = [self.package(name, VERSIONS.get(name, "1.0-1")) for name in PACKAGES]
        self.packages = [{**package, "recipe": _deb(name)} for package, name in zip(packages, PACKAGES)]

    def package(self, name: str, version: str) -> dict[str, Any]:
        file = f"{name}_{version}_amd64.deb"
        shutil.copyfile(self.directory / "base" / f"{name}.deb", self.archives / file)
        return {**bases.layer_files(self.directory / "base", name), "source": str(self.archives / file)}

    def layer(self, name: str) -> dict[str, Any]:
        return bases.layer_files(self.directory, name)

    def wheel(self, name: str, members: dict[str, bytes], **recipe: Any) -> dict[str, Any]:
        release = make_wheel(name, "1.0", members=members)
        path = self.archives / release.file
        path.write_bytes(release.content)
        chosen = {"direct": False, "exclude": [], **recipe}
        about = {"python": self.base["python"], "label": f"@pypi//:{name}", "interpreter": None}
        output = self.layer(name)
        run(self.directory, "wheel-layer", wheel=str(path), output=output, sha256=release.sha256, **about, **chosen)
        return {**output, "source": str(path), "recipe": {"action": "wheel-layer", "built": False, **chosen}}


def _deb(name: str) -> dict[str, str]:
    return {"action": "deb-layer", "archive": "debian", "path": f"pool/main/{name}.deb"}


def build(directory: Path) -> Pushed:
    """An image of nine packages, one added, two wheels and an application."""
    made = _Build(directory)
    added = bases.lay_deb(directory / "base", "libextra", "2.0-1", {"usr/lib/libextra.txt": b"extra\n"})
    extra = {**made.package("libextra", "2.0-1"), "recipe": _deb("libextra")}
    cache = made.layer("cache")
    fields = {"profile": made.base["profile"], "base": made.base["contents"], "layers": [added]}
    run(directory, "ld-cache", output=cache, label="//app:image.ld-cache", **fields)
    wheels = [
        made.wheel("demo", DEMO, direct=True),
        made.wheel("other", {"other.py": b"", "tests/t.py": b""}, exclude=["tests/**"]),
    ]
    layers = [extra, {**cache, "source": None, "recipe": {"action": "ld-cache"}}, *wheels, _app(made)]
    image = {name: str(directory / f"image.{name}") for name in ("manifest", "config", "descriptor", "digest_file")}
    about = {"label": "//app:image", "profile": made.base["profile"], "entry": {"kind": "module", "value": "app.main"}}
    run(directory, "image", layers=[layer["facts"] for layer in layers], imports=["/app/_main"], **about, **image)
    written = {name: str(directory / f"image.{name}") for name in ("cyclonedx", "spdx", "provenance")}
    parameters = {"version_id": "12", "codename": "bookworm", "end_of_life": "2028-06-30", "python": "3.11"}
    run(
        directory,
        "sbom",
        label="//app:image",
        descriptor=image["descriptor"],
        image=image["manifest"],
        config=image["config"],
        base=str(directory / "base/layout"),
        profile=made.base["profile"],
        base_contents=made.base["contents"],
        base_recipe={"action": "base", "architecture": "amd64", **parameters},
        packages=made.packages,
        layers=layers,
        laid=layers,
        **written,
    )
    return _read(directory, image, layers)


def _app(made: _Build) -> dict[str, Any]:
    for path, data in SOURCES.items():
        file = made.directory / "checkout" / path.removeprefix("_main/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    output = made.layer("app")
    files = [{"path": path, "source": str(made.directory / "checkout" / path[len("_main/") :])} for path in SOURCES]
    about = {"label": "//app:main", "prefix": "app", "alone": True, "python": made.base["python"], "interpreter": None}
    run(made.directory, "app-layer", output=output, files=files, empty=["_main/__init__.py"], **about)
    return {**output, "source": None, "recipe": {"action": "app-layer", "prefix": "app"}}


def _read(directory: Path, image: dict[str, str], layers: Iterable[dict[str, Any]]) -> Pushed:
    manifest, config = (json.loads(Path(image[name]).read_bytes()) for name in ("manifest", "config"))
    blobs = {describe(data, "").digest: data for data in (Path(layer["layer"]).read_bytes() for layer in layers)}
    stored = directory / "base/layout/blobs/sha256"
    found = [blobs.get(each["digest"]) or (stored / each["digest"][7:]).read_bytes() for each in manifest["layers"]]
    provenance = json.loads((directory / "image.provenance").read_bytes())
    return Pushed(directory, found, config, manifest["annotations"], provenance)


def edited(layer: bytes, edit: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> bytes:
    """A layer with other files; `edit` gets the path and content of each regular one."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(layer))) as old, tarfile.open(fileobj=stream, mode="w") as new:
        for member in old:
            content = old.extractfile(member) if member.isreg() else None
            data = edit(member.name, content.read()) if content else b""
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
        for path, data in (more or {}).items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return gzip.compress(stream.getvalue(), mtime=0)
