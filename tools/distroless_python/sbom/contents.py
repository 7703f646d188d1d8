"""What an image is made of, read from its layers' facts, their archives, and the base."""

from __future__ import annotations

import email.parser
import email.policy
import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO
from urllib.parse import quote

from distroless_python.base.image_reader import gunzip, open_layer
from distroless_python.documents.base_profile import BasePackage, BaseProfile
from distroless_python.documents.layer_contents import FileFacts, LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.formats.oci import Descriptor, Layout
from distroless_python.formats.tarfiles import open_tar
from distroless_python.manifests.sbom import SbomManifest, SourcedLayer
from distroless_python.sbom import licences, recipe
from distroless_python.sbom.licences import Licence
from distroless_python.sbom.recipe import Recipe

_PIECE = 1 << 20
_MAX_DOCUMENT = 4 << 20
_METADATA = ".dist-info/METADATA"


@dataclass(frozen=True)
class Component:
    """A part of an image.

    Attributes:
        kind: `pypi`, `deb` or `first-party`.
        name: the distribution's or package's; the target's label.
        version: empty for first-party targets.
        purl: the package URL; empty for first-party targets.
        licences: as declared; empty where nothing is.
        sha256: of the `.whl` or `.deb`, in hexadecimal; of a first-party target's uncompressed layer; empty if unknown.
        summary: one line, empty if unknown.
    """

    kind: str
    name: str
    version: str = ""
    purl: str = ""
    licences: tuple[Licence, ...] = ()
    sha256: str = ""
    summary: str = ""


@dataclass(frozen=True)
class ImageContents:
    """An image's parts, sorted by kind and name, the digest of the base's manifest, and how it is made again."""

    label: str
    image: Descriptor
    base: str
    components: tuple[Component, ...]
    recipe: Recipe


def read(manifest: SbomManifest) -> ImageContents:
    """Reads what there is to know.

    Raises:
        ToolError: an input is missing or damaged.
    """
    profile = BaseProfile.read(manifest.profile)
    image = Descriptor.from_json(json.loads(Path(manifest.descriptor).read_bytes()), manifest.descriptor)
    components = _base(manifest, profile)
    for part in manifest.layers:
        known = LayerFacts.read(part.facts)
        if known.part and not known.wheel:
            continue  # the first layer of the wheel speaks for it
        if known.layer == "wheel":
            components.append(_distribution(part, known))
        elif known.layer == "deb":
            components.append(_added(part, known, profile))
        elif (
            known.files and known.layer != "bytecode"
        ):  # the linker's cache above added packages is a layer of files, too
            digest = known.diff_id.partition(":")[2]
            components.append(Component("first-party", known.label, sha256=digest))
    components.sort(key=lambda component: (component.kind, component.name, component.version, component.sha256))
    return ImageContents(
        manifest.label, image, profile.manifest, tuple(dict.fromkeys(components)), _recipe(manifest, profile)
    )


def _recipe(manifest: SbomManifest, profile: BaseProfile) -> Recipe:
    image, config = (json.loads(Path(path).read_bytes()) for path in (manifest.image, manifest.config))
    return recipe.write(
        manifest.label,
        profile,
        manifest.base_recipe,
        [(part, _sha256(part)) for part in manifest.packages],
        [(part, _sha256(part)) for part in manifest.compiler],
        [(part, _sha256(part)) for part in manifest.layers],
        manifest.laid,
        config["config"],
        image.get("annotations") or {},
    )


def _base(manifest: SbomManifest, profile: BaseProfile) -> list[Component]:
    names = [package.name for package in profile.packages]
    paths = _copyright_files(names, LayerContents.read(manifest.base_contents).files)
    layout = Layout(Path(manifest.base), manifest.label)
    texts: dict[str, bytes] = {}
    for layer in profile.layers:
        with open_layer(layout, Descriptor(layer.media_type, layer.digest, layer.size), layer.diff_id) as stream:
            texts.update(_documents(stream, set(paths.values())))
    sources = {
        (known.name, known.version): part for part in manifest.packages for known in [LayerFacts.read(part.facts)]
    }
    return [
        _package(
            package,
            profile,
            texts.get(paths.get(package.name, ""), b""),
            sources.get((package.name, package.version)),
        )
        for package in profile.packages
    ]


def _added(part: SourcedLayer, known: LayerFacts, profile: BaseProfile) -> Component:
    """A Debian package above the base."""
    path = _copyright_files([known.name], LayerContents.read(part.contents).files).get(known.name, "")
    with gunzip(part.layer) as stream:
        texts = _documents(stream, {path})
    return _package(BasePackage(known.name, known.version, known.architecture), profile, texts.get(path, b""), part)


def _package(package: BasePackage, profile: BaseProfile, copyright_file: bytes, part: SourcedLayer | None) -> Component:
    vendor, number = profile.release.id or "debian", profile.release.version_id
    distro = f"&distro={vendor}-{number}" if number else ""
    name, version = package.name, package.version
    return Component(
        "deb",
        name,
        version,
        f"pkg:deb/{vendor}/{quote(name, safe='')}@{quote(version, safe='')}?arch={package.architecture}{distro}",
        licences.of_package(copyright_file.decode(errors="replace")),
        _sha256(part),
    )


def _distribution(part: SourcedLayer, known: LayerFacts) -> Component:
    wanted = {file.path for file in LayerContents.read(part.contents).files if file.path.endswith(_METADATA)}
    with gunzip(part.layer) as stream:
        texts = _documents(stream, wanted)
    found = Component("pypi", known.name, known.version, f"pkg:pypi/{known.name}@{quote(known.version, safe='')}")
    found = replace(found, sha256=_sha256(part))
    for text in texts.values():  # vendored distributions have theirs deeper down
        metadata = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(text, headersonly=True)
        summary = " ".join(str(metadata.get("Summary") or "").split())
        found = replace(found, licences=licences.of_distribution(metadata), summary=summary)
    return found


def _copyright_files(names: Sequence[str], files: Collection[FileFacts]) -> dict[str, str]:
    """Package to the path of its copyright file; a package's directory may be a link to its sibling's."""
    links = {file.path: file.target for file in files if file.type == "link"}
    paths = {file.path for file in files}
    found = {}
    for name in names:
        directory = f"usr/share/doc/{name}"
        sibling = links.get(directory, name).rstrip("/").rpartition("/")[2]
        own = f"usr/share/doc/{sibling}/copyright"
        if own in paths or directory in links:
            found[name] = own
    return found


def _documents(stream: IO[bytes], wanted: Collection[str]) -> dict[str, bytes]:
    """The content of some files of a tar stream."""
    found: dict[str, bytes] = {}
    with open_tar(stream, "r|") as archive:
        for member in archive:
            path = member.name.removeprefix("./")
            if path in wanted and member.isreg() and member.size <= _MAX_DOCUMENT:
                content = archive.extractfile(member)
                found[path] = content.read() if content else b""
    return found


def _sha256(part: SourcedLayer | None) -> str:
    if part is None or part.source is None:
        return ""
    digest = hashlib.sha256()
    with open(part.source, "rb") as stream:
        for piece in iter(lambda: stream.read(_PIECE), b""):
            digest.update(piece)
    return digest.hexdigest()
