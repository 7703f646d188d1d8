"""An image as verification sees it: every file and who brought it, every library and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from distroless_python.base.file_tree import FILE, LINK, Node, Tree
from distroless_python.documents import elf_facts
from distroless_python.documents import layer_facts as facts
from distroless_python.documents.elf_facts import ElfDocument, ElfFacts
from distroless_python.documents.layer_facts import FileFacts, LayerFacts
from distroless_python.manifests import verify as manifests
from distroless_python.python import tags
from distroless_python.python.pep508 import InvalidRequirement, Requirement, normalise
from distroless_python.verify import base_profile as profile
from distroless_python.verify.base_profile import Profile

_ELF_MACHINES = {"armv7l": "arm", "i686": "i386"}
_BITS_32 = ("arm", "i386", "riscv32", "x32")
_METADATA = re.compile(r"(?:.*/)?([^/]+?)-([^/-]+)(?:-py\d\.\d+)?\.(?:dist|egg)-info/(?:METADATA|PKG-INFO)")


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of the image's own. Compares by identity."""

    facts: LayerFacts
    seen: ElfDocument

    @property
    def title(self) -> str:
        """`django 5.2.8`."""
        return f"{self.facts.name} {self.facts.version}".strip()


@dataclass(frozen=True, eq=False)
class Library:
    """An ELF program or library in the image; `layer` is None for the base's. Compares by identity."""

    facts: ElfFacts
    layer: Layer | None = None


@dataclass
class Image:
    """The image, put together.

    Attributes:
        label: its target, for messages.
        base: the base's profile.
        layers: its own layers.
        debs: Debian packages that it adds or could add.
        tree: its file system; a node's `seen` is the Library that it is.
    """

    label: str
    base: Profile
    layers: tuple[Layer, ...]
    debs: manifests.Debs = manifests.NO_DEBS
    tree: Tree = field(default_factory=Tree)

    @property
    def machine(self) -> str:
        """As ELF facts have it."""
        machine = tags.machine(self.base.target.architecture)
        return _ELF_MACHINES.get(machine, machine)

    @property
    def bits(self) -> int:
        return 32 if self.machine in _BITS_32 else 64

    @property
    def wheels(self) -> tuple[Layer, ...]:
        return tuple(layer for layer in self.layers if layer.facts.wheel)

    def libraries(self) -> Iterator[Library]:
        """What the image's own layers bring."""
        for layer in self.layers:
            for found in layer.seen.elf:
                node = self.tree.find(found.path, follow=False)
                if node and isinstance(node.seen, Library):
                    yield node.seen

    def short(self, path: str) -> str:
        """A path as people know it: below site-packages, or absolute."""
        inside = self.base.target.dist_packages + "/"
        return path[len(inside) :] if path.startswith(inside) else f"/{path}"

    def distributions(self) -> dict[str, str]:
        """Normalised name to version, of wheels and of what Debian packages bring."""
        paths = [file.path for file in self.base.files]
        paths += [file.path for layer in self.layers if layer.facts.kind == "deb" for file in layer.facts.files]
        found = {normalise(match[1]): match[2] for match in map(_METADATA.fullmatch, paths) if match}
        found.update((normalise(layer.facts.name), layer.facts.version) for layer in self.wheels)
        return found

    def requirements_of(self, layer: Layer) -> frozenset[Layer]:
        """The layers that one may count on: a wheel on itself and what it requires, any other on all."""
        if not layer.facts.wheel:
            return frozenset(self.layers)
        by_name = {normalise(wheel.facts.name): wheel for wheel in self.wheels}
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


def read(
    label: str, profile_path: str, layers: Iterable[manifests.LayerFacts], debs: manifests.Debs = manifests.NO_DEBS
) -> Image:
    """Reads the facts of an image and puts it together.

    Raises:
        ToolError: a file of facts is none.
    """
    found = tuple(
        Layer(facts.read(layer.facts), elf_facts.read_document(layer.elf) if layer.elf else ElfDocument())
        for layer in layers
    )
    image = Image(label, profile.read(profile_path), found, debs)
    _lay(image.tree, image.base.files, image.base.elf, None)
    for layer in found:
        _lay(image.tree, layer.facts.files, layer.seen.elf, layer)
    return image


def _lay(tree: Tree, files: Iterable[FileFacts], elf: Iterable[ElfFacts], layer: Layer | None) -> None:
    libraries = {found.path: Library(found, layer) for found in elf}
    hardlinks = []
    for file in files:
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
        try:
            yield Requirement.parse(text).name
        except InvalidRequirement:
            continue
