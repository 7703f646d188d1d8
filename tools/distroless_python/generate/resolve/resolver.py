"""What an import means: a source of the workspace, a wheel of a hub, the standard library, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from distroless_python.generate.read.hubs import Hubs, Provider, label_of
from distroless_python.generate.read.settings import Settings
from distroless_python.generate.resolve.modules import Modules
from distroless_python.generate.resolve.stdlib import is_standard


class Found(NamedTuple):
    """A meaning of an import.

    Attributes:
        label: the label to depend on; empty where none is needed.
        how: how it was found, in a few words.
        path: the source, where it is one of the workspace.
        root: the folder that has to be on the import path, None where the workspace's own is enough.
        provider: the wheel, where it is one.
    """

    label: str
    how: str
    path: str = ""
    root: str | None = None
    provider: Provider | None = None


_STANDARD = Found("", "the standard library")


class NotFound(Exception):
    """Nothing has the module: the reason, and the choices where it is one too many."""

    def __init__(self, module: str, reason: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.module = module
        self.reason = reason
        self.choices = choices


class Resolver:
    """Answers what imports mean, for one workspace."""

    def __init__(self, modules: Modules, hubs: Hubs, manifests: dict[str, Hubs], roots: Iterable[str] = ()) -> None:
        """`roots` are the folders that directives name as roots, for some package."""
        self._modules = modules
        self._roots = sorted(filter(None, roots))
        self._hubs = hubs
        self._manifests = manifests
        self._known: dict[tuple[str, str, int], Found] = {}
        self._hiding: dict[str, bool] = {}

    def resolve(self, name: str, strict: str, importer: str, settings: Settings, guarded: bool = False) -> Found:
        """The meaning of an absolute import, which is never the importer itself.

        Args:
            name: the full name, `a.b.c` for `from a.b import c` too.
            strict: the part of it that has to be a module.
            importer: the source that imports it.
            settings: those of its package.
            guarded: the program does without it, so no folder becomes a root for its sake.

        Raises:
            NotFound: nothing, or more than one thing, has it.
        """
        folder = importer.rpartition("/")[0]
        if settings.siblings_first and not self._standard(name):
            found = self._below(folder, name, strict, "beside it")
            if found is not None and found.path != importer:
                return found
        if name.partition(".")[0] == "__init__":
            return self.relative(name.partition(".")[2], "", 1, importer)
        key = (name, strict, id(settings))
        known = self._known.get(key)
        if known is None:
            known = self._certain(name, strict, settings)
            if known is None and self._standard(name):
                known = _STANDARD
            if known is not None:
                self._known[key] = known
        if known is not None and known.path == importer and importer:
            known = _STANDARD if self._standard(name) else self._wheel(name.partition(".")[0], settings) or known
        if known is None:
            known = self._inferred(name, strict, importer, guarded)
        if known is None and self._is_namespace(name, settings):
            known = Found("", "a namespace package")
        if known is None:
            # A namespace package has nothing in it but modules.
            wrong = name if self._is_namespace(strict, settings) else strict
            raise NotFound(wrong, "nothing provides it")
        return known

    def relative(self, name: str, strict: str, level: int, importer: str) -> Found:
        """The meaning of a relative import; `name` and `strict` come after the dots.

        Raises:
            NotFound: there is no such module.
        """
        folders = importer.split("/")[:-1]
        dots = "." * level
        if level - 1 > len(folders):
            raise NotFound(dots + strict, "it leads out of the workspace")
        base = "/".join(folders[: len(folders) - (level - 1)])
        found = self._below(base, name, strict, f"relative to {base or 'the workspace'}")
        if found is None:
            raise NotFound(dots + strict, f"there is no such module below {base or 'the workspace'}")
        return found._replace(root=None)

    def _certain(self, name: str, strict: str, settings: Settings) -> Found | None:
        """What directives, sources below the known roots, and wheels say; the most specific module first."""
        roots = dict.fromkeys([settings.python_root or "", ""])
        for prefix in prefixes(name):
            label = _directed(prefix, settings)
            if label:
                return Found(label, f"# gazelle:resolve py {prefix}")
            if "." in prefix or not self._standard(prefix):
                for root in roots:
                    found = self._source(root, prefix, name, strict)
                    if found is not None:
                        return found
            found = self._wheel(prefix, settings)
            if found is not None:
                return found
            found = self._declared(prefix, name, strict) if _reaches(prefix, strict) else None
            if found is not None:
                return found
        return None

    def _declared(self, prefix: str, name: str, strict: str) -> Found | None:
        """A module below the only one of the roots of other packages that has it."""
        if self._standard(prefix):
            return None
        found = [self._source(root, prefix, name, strict) for root in self._roots]
        there = [item for item in found if item is not None]
        return there[0] if len(there) == 1 else None

    def _source(self, root: str, prefix: str, name: str, strict: str) -> Found | None:
        key = _join(root, prefix.replace(".", "/"))
        how = f"in {root}" if root else "in the workspace"
        if key in self._modules.made:
            return Found(self._modules.made[key], f"made {how}", "", root or None)
        path = self._modules.files.get(key)
        if path is None or (not _reaches(prefix, strict) and not self._is_open(key, strict[len(prefix) + 1 :])):
            return None
        return Found("", f"{path} {how}", path, root or None)

    def _is_open(self, key: str, rest: str) -> bool:
        """Whether a package may have a module that is not a source of the workspace: a compiled one."""
        return bool(rest) and _join(key, rest.replace(".", "/")) in self._modules.native

    def _below(self, base: str, name: str, strict: str, how: str) -> Found | None:
        """A module below a folder; nothing less than `strict`."""
        for prefix in prefixes(name) if name else ():
            if not _reaches(prefix, strict):
                break
            key = _join(base, prefix.replace(".", "/"))
            if key in self._modules.made:
                return Found(self._modules.made[key], how, "", base)
            if key in self._modules.files:
                return Found("", f"{self._modules.files[key]} {how}", self._modules.files[key], base)
        key = _join(base, strict.replace(".", "/"))
        if not strict and base in self._modules.files:
            return Found("", f"{self._modules.files[base]} {how}", self._modules.files[base], base)
        if key in self._modules.folders or key in self._modules.native:
            return Found("", "a namespace package", "", base)
        return None

    def _wheel(self, prefix: str, settings: Settings) -> Found | None:
        for hubs in self._hubs_for(settings):
            providers = hubs.providers(prefix, settings)
            if len(providers) > 1:
                labels = tuple(label_of(provider, settings) for provider in providers)
                raise NotFound(prefix, "several wheels have it", labels)
            if providers:
                label = label_of(providers[0], settings)
                return Found(label, f"the wheel of {providers[0].distribution}", provider=providers[0])
        return None

    def _hubs_for(self, settings: Settings) -> list[Hubs]:
        """The manifests that are valid for a package, the nearest first, then the locks."""
        return [*(self._manifests[path] for path in settings.manifests), self._hubs]

    def stubs(self, provider: Provider, settings: Settings) -> list[str]:
        """The labels of the wheels that have the types of a wheel."""
        return [label_of(stub, settings) for hubs in self._hubs_for(settings) for stub in hubs.stubs(provider)]

    def wheel(self, distributions: Iterable[str], settings: Settings) -> str:
        """The label of the first of some distributions that a hub has; empty where none has any."""
        wanted = list(distributions)
        for hubs in self._hubs_for(settings):
            provider = hubs.find(wanted, settings)
            if provider is not None:
                return label_of(provider, settings)
        return ""

    def versions(self, distribution: str, settings: Settings) -> set[str]:
        """The locked versions of a distribution, in the hub that `wheel` finds; none where they are not known."""
        for hubs in self._hubs_for(settings):
            provider = hubs.find([distribution], settings)
            if provider is not None:
                return hubs.versions.get((provider.hub, distribution), set())
        return set()

    def _inferred(self, name: str, strict: str, importer: str, guarded: bool) -> Found | None:
        """A folder that is not a known root, but has the module: one around the importer, else the only one."""
        first = name.partition(".")[0]
        sibling = importer.rpartition("/")[0]
        parents = self._modules.names.get(first, [])
        around = [p for p in parents if p == sibling or sibling.startswith(f"{p}/") or not p]
        if guarded:  # It needs no root; but where the importer's own package is, there is one.
            around = [p for p in around if importer.startswith(f"{_join(p, first)}/")]
        around = [p for p in around if p == sibling or not self._hidden_by(p)]
        others = [p for p in parents if p not in around and not self._modules.is_package(p) and not self._hidden_by(p)]
        found = [
            self._below(p, name, strict, f"in {p or 'the workspace'}") for p in sorted(around, key=len, reverse=True)
        ]
        elsewhere = [] if guarded else [self._below(p, name, strict, f"in {p}") for p in others]
        near = [f for f in found if f is not None and (f.path or f.label) and f.path != importer]
        if near:
            return near[0]
        far = [f for f in elsewhere if f is not None and (f.path or f.label)]
        if len(far) > 1:
            raise NotFound(strict, "several sources have it", tuple(sorted(f.path or f.label for f in far)))
        return next((f for f in (*far, *found, *elsewhere) if f is not None), None)

    def _hidden_by(self, root: str) -> bool:
        """Whether modules directly below a folder would hide some of the standard library or of wheels, as a root."""
        if root and root not in self._hiding:
            names = [name for name in self._modules.below(root) if not name.startswith("__")]
            self._hiding[root] = any(self._standard(name) or name in self._hubs.roots for name in names)
        return bool(root) and self._hiding[root]

    def _is_namespace(self, strict: str, settings: Settings) -> bool:
        if any(strict in hubs.namespaces for hubs in self._hubs_for(settings)):
            return True
        keys = [_join(root, strict.replace(".", "/")) for root in (settings.python_root or "", "")]
        return any(key in self._modules.folders or key in self._modules.native for key in keys)

    def has_source(self, name: str) -> bool:
        """Whether a name at the top is that of a source or folder of the workspace."""
        return name in self._modules.files or name in self._modules.folders

    def names_like(self, name: str, importer: str) -> Iterator[str]:
        """Names that could have been meant by one that nothing has: those of modules in the same place."""
        parent, _, last = name.rpartition(".")
        folder = importer.rpartition("/")[0] if importer else ""
        base = _join(folder, parent.replace(".", "/"))
        for other, parents in self._modules.names.items():
            if base in parents:
                yield f"{parent}.{other}" if parent else other
            elif not parent and not importer and abs(len(other) - len(last)) < 3:
                yield other
        if not importer:
            depth = name.count(".")
            yield from (m for m in self._hubs.modules if m.count(".") == depth and "-" not in m)

    def _standard(self, name: str) -> bool:
        return is_standard(name.partition(".")[0], self._hubs.pythons)


def prefixes(name: str) -> Iterator[str]:
    """`a.b.c`, `a.b`, `a`."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _reaches(prefix: str, strict: str) -> bool:
    """Whether a prefix of a name has all of the part that must be a module."""
    return prefix == strict or prefix.startswith(f"{strict}.") or not strict


def _directed(prefix: str, settings: Settings) -> str:
    """The label that a directive gives a module; the latest directive counts."""
    for module, label in reversed(settings.resolve):
        if module == prefix:
            return label
    for pattern, label in reversed(settings.resolve_regexp):
        match = re.search(pattern, prefix)
        if match:
            return match.expand(re.sub(r"\$(\d)", r"\\\1", label))
    return ""


def _join(root: str, path: str) -> str:
    return f"{root}/{path}" if root and path else root or path
