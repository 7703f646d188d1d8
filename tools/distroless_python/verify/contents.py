"""An image as verification sees it: every file and who brought it, every library and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from distroless_python.base.file_tree import FILE, LINK, FileTree, Node
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_contents import FileFacts, LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.formats.elf import ElfFacts
from distroless_python.manifests.verify import NO_DEBS, Debs, VerifiedLayer, VerifyManifest
from distroless_python.python import tags
from distroless_python.python.names import normalize_name
from distroless_python.python.requirements import requirement_name

_ELF_MACHINES = {"armv7l": "arm", "i686": "i386"}
_BITS_32 = ("arm", "i386", "riscv32", "x32")
_METADATA = re.compile(r"(?:.*/)?([^/]+?)-([^/-]+)(?:-py\d\.\d+)?\.(?:dist|egg)-info/(?:METADATA|PKG-INFO)")


@dataclass(frozen=True, eq=False)
class ImageLayer:
    """One layer of the image's own. Compares by identity."""

    facts: LayerFacts
    contents: LayerContents

    @property
    def title(self) -> str:
        """`django 5.2.8`."""
        return self.facts.title


@dataclass(frozen=True, eq=False)
class ImageLibrary:
    """An ELF program or library in the image; `layer` is None for the base's. Compares by identity."""

    facts: ElfFacts
    layer: ImageLayer | None = None


@dataclass
class VerifiedImage:
    """The image, put together.

    Attributes:
        label: its target, for messages.
        base: the base's profile.
        base_contents: what is in the base's files.
        layers: its own layers.
        debs: Debian packages that it adds or could add.
        env: its environment variables, the base's among them.
        python_path: absolute directories that come before the base's own in `sys.path`.
        tree: its file system; a node's `seen` is the ImageLibrary that it is.
    """

    label: str
    base: BaseProfile
    base_contents: LayerContents
    layers: tuple[ImageLayer, ...]
    debs: Debs = NO_DEBS
    env: Mapping[str, str] = field(default_factory=dict)
    gpu: str = ""
    python_path: tuple[str, ...] = ()
    tree: FileTree = field(default_factory=FileTree)

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every path but directories, without leading slashes."""
        own = (file.path for layer in self.layers for file in layer.contents.files)
        return frozenset((*(file.path for file in self.base_contents.files), *own))

    @property
    def sys_path(self) -> tuple[str, ...]:
        """Absolute directories that its Python imports from; first wins."""
        return (*self.python_path, *self.base.sys_path)

    @property
    def machine(self) -> str:
        """As ELF facts have it."""
        machine = tags.machine(self.base.architecture)
        return _ELF_MACHINES.get(machine, machine)

    @property
    def bits(self) -> int:
        return 32 if self.machine in _BITS_32 else 64

    @property
    def wheels(self) -> tuple[ImageLayer, ...]:
        return tuple(layer for layer in self.layers if layer.facts.wheel)

    def libraries(self) -> Iterator[ImageLibrary]:
        """What the image's own layers bring."""
        for layer in self.layers:
            for found in layer.contents.elf:
                node = self.tree.find(found.path, follow=False)
                if node and isinstance(node.seen, ImageLibrary):
                    yield node.seen

    def short(self, path: str) -> str:
        """A path as people know it: below site-packages, or absolute."""
        inside = self.base.python.dist_packages.lstrip("/") + "/"
        return path[len(inside) :] if path.startswith(inside) else f"/{path}"

    def distributions(self) -> dict[str, str]:
        """Normalised name to version, of wheels and of what Debian packages bring."""
        paths = [file.path for file in self.base_contents.files]
        paths += [file.path for layer in self.layers if layer.facts.layer == "deb" for file in layer.contents.files]
        found = {normalize_name(match[1]): match[2] for match in map(_METADATA.fullmatch, paths) if match}
        found.update((normalize_name(layer.facts.name), layer.facts.version) for layer in self.wheels)
        return found

    def requirements_of(self, layer: ImageLayer) -> frozenset[ImageLayer]:
        """The layers that one may count on: a wheel on itself and what it requires, any other on all."""
        if not layer.facts.wheel:
            return frozenset(self.layers)
        by_name = {normalize_name(wheel.facts.name): wheel for wheel in self.wheels}
        found = {layer}
        pending = [layer]
        while pending:
            wheel = pending.pop().facts.wheel
            for name in _names(wheel.requires_dist if wheel else ()):
                other = by_name.get(name)
                if other and other not in found:
                    found.add(other)
                    pending.append(other)
        return frozenset(found)


def read(manifest: VerifyManifest) -> VerifiedImage:
    """Reads what is known of an image and puts it together.

    Raises:
        ToolError: a document cannot be read.
    """
    base = BaseProfile.read(manifest.profile)
    image = VerifiedImage(
        label=manifest.label,
        base=base,
        base_contents=LayerContents.read(manifest.base),
        layers=tuple(map(_layer, manifest.layers)),
        debs=manifest.debs,
        env={**base.env, **manifest.env},
        gpu=manifest.gpu,
        python_path=(manifest.workdir or base.workdir, *manifest.imports),
    )
    _lay(image.tree, image.base_contents, None)
    for layer in image.layers:
        _lay(image.tree, layer.contents, layer)
    return image


def _layer(layer: VerifiedLayer) -> ImageLayer:
    return ImageLayer(LayerFacts.read(layer.facts), LayerContents.read(layer.contents))


def _lay(tree: FileTree, contents: LayerContents, layer: ImageLayer | None) -> None:
    libraries = {found.path: ImageLibrary(found, layer) for found in contents.elf}
    hardlinks: list[FileFacts] = []
    for file in contents.files:
        if file.type == "hardlink":
            hardlinks.append(file)
        elif file.type == "link":
            tree.add(file.path, Node(LINK, file.mode, target=file.target))
        else:
            tree.add(file.path, Node(FILE, file.mode, file.size, seen=libraries.get(file.path)))
    for file in hardlinks:
        node = tree.find(file.target, follow=False)
        if node:
            tree.add(file.path, node)


def _names(requires_dist: Iterable[str]) -> Iterator[str]:
    for text in requires_dist:
        if name := requirement_name(text):
            yield name
