"""An image as verification sees it: every file and who brought it, every library and what it asks for."""

from __future__ import annotations

import re
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar, cast

from distroless_python.base.file_tree import FILE, LINK, FileTree, Node
from distroless_python.decode import REPORT
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_contents import FileFacts, LayerContents
from distroless_python.documents.layer_facts import About
from distroless_python.documents.python_facts import PythonFacts
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.elf import ElfFacts
from distroless_python.manifests.verify import NO_DEBS, Debs, VerifyManifest
from distroless_python.python import tags
from distroless_python.python.names import normalize_name
from distroless_python.python.requirements import requirement_name

T = TypeVar("T")

_ELF_MACHINES = {"armv7l": "arm", "i686": "i386"}
_BITS_32 = ("arm", "i386", "riscv32", "x32")
_METADATA = re.compile(r"(?:.*/)?([^/]+?)-([^/-]+)(?:-py\d\.\d+)?\.(?:dist|egg)-info/(?:METADATA|PKG-INFO)")


class FileIndex:
    """What a layer or a base has, as it is asked for with every image: worked out once."""

    def __init__(self, contents: LayerContents, layer: ImageLayer | None = None) -> None:
        self._contents, self._layer = contents, layer

    @cached_property
    def by_path(self) -> dict[str, FileFacts]:
        """All of them."""
        return {file.path: file for file in self._contents.files}

    @cached_property
    def directories(self) -> frozenset[str]:
        """Those above its files, without slashes at the ends."""
        found: set[str] = set()
        for path in self.by_path:
            while (path := path.rpartition("/")[0]) and path not in found:
                found.add(path)
        return frozenset(found)

    @cached_property
    def distributions(self) -> dict[str, str]:
        """Normalised name to version, by their metadata."""
        return {normalize_name(match[1]): match[2] for match in map(_METADATA.fullmatch, self.by_path) if match}

    @cached_property
    def libraries(self) -> dict[str, ImageLibrary]:
        """By path."""
        return {found.path: ImageLibrary(found, self._layer) for found in self._contents.elf}

    @cached_property
    def tree(self) -> FileTree:
        """Them alone. Nobody may change it."""
        tree = FileTree()
        self.lay(tree)
        return tree

    @cached_property
    def through_links(self) -> bool:
        """Whether one of its files is behind one of its own links."""
        return any(file.type == LINK and file.path in self.directories for file in self._contents.files)

    def lay(self, tree: FileTree) -> None:
        """Adds them to a tree, one by one."""
        hardlinks: list[FileFacts] = []
        for file in self._contents.files:
            if file.type == "hardlink":
                hardlinks.append(file)
            elif file.type == "link":
                tree.add(file.path, Node(LINK, file.mode, target=file.target))
            else:
                tree.add(file.path, Node(FILE, file.mode, file.size, seen=self.libraries.get(file.path)))
        for file in hardlinks:
            node = tree.find(file.target, follow=False)
            if node:
                tree.add(file.path, node)


@dataclass(frozen=True, eq=False)
class ImageLayer:
    """One layer of the image's own. Compares by identity."""

    about: About
    contents: LayerContents

    @property
    def title(self) -> str:
        """`django 5.2.8`."""
        return self.about.title

    @cached_property
    def files(self) -> FileIndex:
        return FileIndex(self.contents, self)

    @cached_property
    def directories(self) -> frozenset[str]:
        """Those that it has, without slashes at the ends."""
        return self.files.directories.union(path.rstrip("/") for path in self.contents.directories)

    @cached_property
    def modules(self) -> dict[str, ImageLayer]:
        """The layer by the path of each Python source in it."""
        return {path: self for path in self.files.by_path if path.endswith(".py")}

    @cached_property
    def python(self) -> PythonFacts | None:
        """What its modules ask for; None where nothing is known."""
        return PythonFacts.from_json(self.contents.python, self.about.label) if self.contents.python else None


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
        base_files: what is in the base's files.
        layers: its own layers.
        debs: Debian packages that it adds or could add.
        env: its environment variables, the base's among them.
        python_path: absolute directories that come before the base's own in `sys.path`.
        tree: its file system; a node's `seen` is the ImageLibrary that it is.
    """

    label: str
    base: BaseProfile
    base_files: FileIndex
    layers: tuple[ImageLayer, ...]
    debs: Debs = NO_DEBS
    env: Mapping[str, str] = field(default_factory=dict)
    gpu: str = ""
    python_path: tuple[str, ...] = ()
    tree: FileTree = field(default_factory=FileTree)

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every path but directories, without leading slashes. To ask for one, `has` is quicker."""
        return frozenset(self.base_files.by_path).union(*(layer.files.by_path for layer in self.layers))

    def has(self, path: str) -> bool:
        """Whether something, a directory not, is at a path without a leading slash."""
        return path in self.base_files.by_path or any(path in layer.files.by_path for layer in self.layers)

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
        return tuple(layer for layer in self.layers if layer.about.wheel)

    def libraries(self) -> Iterator[ImageLibrary]:
        """What the image's own layers bring."""
        for layer in self.layers:
            for path in layer.files.libraries:
                node = self.tree.find(path, follow=False)
                if node and isinstance(node.seen, ImageLibrary):
                    yield node.seen

    def short(self, path: str) -> str:
        """A path as people know it: below site-packages, or absolute."""
        inside = self.base.python.dist_packages.lstrip("/") + "/"
        return path[len(inside) :] if path.startswith(inside) else f"/{path}"

    def distributions(self) -> dict[str, str]:
        """Normalised name to version, of wheels and of what Debian packages bring."""
        found = dict(self.base_files.distributions)
        for layer in self.layers:
            if layer.about.layer == "deb":
                found.update(layer.files.distributions)
        found.update((normalize_name(layer.about.name), layer.about.version) for layer in self.wheels)
        return found

    def requirements_of(self, layer: ImageLayer) -> frozenset[ImageLayer]:
        """The layers that one may count on: a wheel on itself and what it requires, any other on all."""
        if not layer.about.wheel:
            return frozenset(self.layers)
        by_name = {normalize_name(wheel.about.name): wheel for wheel in self.wheels}
        found = {layer}
        pending = [layer]
        while pending:
            wheel = pending.pop().about.wheel
            for name in _names(wheel.requires_dist if wheel else ()):
                other = by_name.get(name)
                if other and other not in found:
                    found.add(other)
                    pending.append(other)
        return frozenset(found)


def _whole(layers: Sequence[ImageLayer]) -> Iterator[ImageLayer]:
    """The layers; of a wheel that is several, one, where its first is."""
    others: dict[tuple[str, str], list[LayerContents]] = defaultdict(list)
    for layer in layers:
        if layer.about.part and not layer.about.wheel:
            others[layer.about.name, layer.about.version].append(layer.contents)
    for layer in layers:
        about = layer.about
        if not about.part:
            yield layer
        elif about.wheel:
            yield ImageLayer(replace(about, part=""), _joined(layer.contents, others[about.name, about.version]))


def _joined(first: LayerContents, others: Sequence[LayerContents]) -> LayerContents:
    every = (first, *others)
    return replace(
        first,
        files=tuple(sorted((file for contents in every for file in contents.files), key=lambda file: file.path)),
        elf=tuple(sorted((elf for contents in every for elf in contents.elf), key=lambda elf: elf.path)),
        unreadable=tuple(sorted((elf for contents in every for elf in contents.unreadable), key=lambda elf: elf.path)),
        scripts=tuple(sorted((script for contents in every for script in contents.scripts), key=lambda s: s.path)),
        private_keys=tuple(sorted(path for contents in every for path in contents.private_keys)),
    )


def read(manifest: VerifyManifest) -> VerifiedImage:
    """Reads what is known of an image and puts it together.

    Raises:
        ToolError: a document cannot be read.
    """
    base = BaseProfile.read(manifest.profile)
    files = _kept(FileIndex, LayerContents.read(manifest.base))
    image = VerifiedImage(
        label=manifest.label,
        base=base,
        base_files=files,
        layers=tuple(_whole([_layer(path) for path in manifest.layers])),
        debs=manifest.debs,
        env={**base.env, **manifest.env},
        gpu=manifest.gpu,
        python_path=(manifest.workdir or base.workdir, *manifest.imports),
        tree=FileTree(files.tree),
    )
    for layer in image.layers:
        if layer.files.through_links:
            layer.files.lay(image.tree)
        else:
            image.tree.graft(layer.files.tree)
    return image


def _layer(path: str) -> ImageLayer:
    contents = LayerContents.read(path)
    if contents.about is None:
        raise ToolError(Problem(path, "is not of a layer", REPORT))
    return _kept(ImageLayer, contents.about, contents)


_KEPT = 4096
_made: OrderedDict[tuple[object, ...], tuple[Any, tuple[object, ...]]] = OrderedDict()


def _kept(cls: Callable[..., T], *documents: object) -> T:
    """What is made of documents, made once: a worker verifies many images of the same layers."""
    key = (cls, *map(id, documents))  # the documents are kept, too, so nothing else has their ids
    if key not in _made:
        _made[key] = (cls(*documents), documents)
        if len(_made) > _KEPT:
            _made.popitem(last=False)
    _made.move_to_end(key)
    return cast(T, _made[key][0])


def _names(requires_dist: Iterable[str]) -> Iterator[str]:
    for text in requires_dist:
        if name := requirement_name(text):
            yield name
