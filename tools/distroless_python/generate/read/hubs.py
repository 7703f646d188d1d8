"""Third-party modules: which wheel of which hub has a module, read from the locks.

Our own lock says what each wheel contains. Of a `pip.parse` hub only the names of the distributions are known, so a
`gazelle_python.yaml` manifest, or one of our locks that holds the same distribution, says what is in them; where
neither does, a module is taken to be called as its distribution is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distroless_python.errors import Collector
from distroless_python.generate.read.settings import Settings
from distroless_python.generate.read.workspace import HubTag, Workspace

_STUB_NAMES = ("{}-stubs", "{}-types", "stubs-{}", "types-{}")


@dataclass(frozen=True)
class Provider:
    """A distribution of a hub that has a module."""

    hub: str
    distribution: str
    direct: bool = True


@dataclass
class Hubs:
    """All third-party modules.

    Attributes:
        modules: dotted name to the distributions that have it; of namespace packages only the parts below are there.
        distributions: hub to the normalised names of its distributions.
        versions: hub and distribution to the versions that are locked, where that is known.
        namespaces: dotted names that are only the beginning of module names; `roots`: the first parts of all names.
        pythons: the Python versions that the locks are made for.
        debs: hub and distribution to the Debian packages that images need for it and all that it requires, by release.
    """

    modules: dict[str, list[Provider]] = field(default_factory=dict)
    distributions: dict[str, set[str]] = field(default_factory=dict)
    versions: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)
    pythons: set[str] = field(default_factory=set)
    debs: dict[tuple[str, str], dict[str, set[str]]] = field(default_factory=dict)

    def debs_for(self, labels: Collection[str], settings: Settings) -> list[str]:
        """The Debian packages that an image on the settings' base needs for the wheels with some labels."""
        found: set[str] = set()
        for (hub, distribution), releases in self.debs.items():
            if label_of(Provider(hub, distribution), settings) in labels:
                for release, packages in releases.items():
                    if release in settings.base or len(releases) == 1:
                        found |= packages
        return sorted(found)

    def add(self, module: str, provider: Provider) -> None:
        providers = self.modules.setdefault(module, [])
        if provider not in providers:
            providers.append(provider)
        self.roots.add(module.partition(".")[0])
        while "." in module:
            module = module.rpartition(".")[0]
            self.namespaces.add(module)

    def providers(self, module: str, settings: Settings) -> list[Provider]:
        """Who has a module: of the hub that the settings choose, and what the requirements name before the rest."""
        found = self.modules.get(module, [])
        if settings.hub and len(found) > 1:
            found = [p for p in found if p.hub == settings.hub] or found
        direct = [p for p in found if p.direct]
        return direct or found

    def stubs(self, provider: Provider) -> list[Provider]:
        """The distributions with nothing but the types of this one, in its hub."""
        name = normalize(provider.distribution)
        known = self.distributions.get(provider.hub, ())
        return [Provider(provider.hub, stub.format(name)) for stub in _STUB_NAMES if stub.format(name) in known]

    def find(self, distributions: Iterable[str], settings: Settings) -> Provider | None:
        """The first of some distributions that a hub has; the hub of the settings before the others."""
        hubs = sorted(self.distributions, key=lambda hub: hub != settings.hub)
        for name in distributions:
            for hub in hubs:
                if name in self.distributions[hub]:
                    return Provider(hub, name)
        return None


def normalize(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def label_of(provider: Provider, settings: Settings) -> str:
    """The label of a distribution, as the settings write it."""
    name = settings.label_convention.replace("$distribution_name$", provider.distribution)
    if settings.label_normalization == "snake_case":
        name = re.sub(r"[-_.]+", "_", name.lower()).strip("_")
    elif settings.label_normalization == "pep503":
        name = normalize(name).strip("-")
    return f"@{provider.hub}//{name}"


def read_hubs(root: Path, workspace: Workspace, problems: Collector) -> Hubs:
    """Reads the locks of every hub."""
    hubs = Hubs()
    contents: dict[str, set[str]] = {}
    for tag in workspace.hubs:
        if tag.kind == "wheels":
            for name, modules in _wheels(root, tag, hubs, problems).items():
                contents.setdefault(name, set()).update(modules)
    for tag in workspace.hubs:
        if tag.kind == "pip":
            _requirements(root, tag, contents, hubs, problems)
    return hubs


def _wheels(root: Path, tag: HubTag, hubs: Hubs, problems: Collector) -> dict[str, list[str]]:
    """Takes in one of our locks; returns what its distributions contain."""
    hubs.distributions.setdefault(tag.name, set())
    lock = read_lock(root, tag.lock, problems)
    contents: dict[str, list[str]] = {}
    hubs.pythons.update(str(e.get("python", "")) for e in lock.get("environments", {}).values())
    for name, files in lock.get("distributions", {}).items():
        hubs.distributions[tag.name].add(name)
        provider = Provider(tag.name, name, any(file.get("direct") for file in files))
        hubs.versions[tag.name, name] = {str(file.get("version", "")) for file in files}
        contents[name] = sorted({module for file in files for module in file.get("top_level", [])})
        for module in contents[name]:
            hubs.add(module, provider)
    _gather_debs(tag.name, lock.get("distributions", {}), hubs)
    return contents


def _gather_debs(hub: str, distributions: Mapping[str, Any], hubs: Hubs) -> None:
    """What images need of Debian for a distribution, which whatever requires it needs too."""
    needed_by: dict[str, set[str]] = {}
    for name, files in distributions.items():
        for required in {r for file in files for names in file.get("requires", {}).values() for r in names}:
            needed_by.setdefault(required, set()).add(name)
    for name, files in distributions.items():
        packages = {release: set(debs) for file in files for release, debs in file.get("debs", {}).items()}
        pending, seen = [name] if packages else [], {name}
        while pending:
            current = pending.pop()
            for release, debs in packages.items():
                hubs.debs.setdefault((hub, current), {}).setdefault(release, set()).update(debs)
            fresh = needed_by.get(current, set()) - seen
            seen |= fresh
            pending += fresh


def read_lock(root: Path, path: str, problems: Collector) -> dict[str, Any]:
    """A `wheels.lock.json`; an empty one where it cannot be read, with the problem."""
    remedy = "lock again: bazel run @rules_distroless_python//tools:lock"
    try:
        value = json.loads((root / path).read_text(encoding="utf-8"))
        if value.get("format") != 1 or value.get("kind") != "wheels":
            raise ValueError("it is not a lock of wheels of format 1")
        for files in value["distributions"].values():
            [module.split(".") for file in files for module in file.get("top_level", [])]
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            remedy = f"lock first, generate then: bazel run {remedy.partition('bazel run ')[2]}"
        problems.add(path, f"the lock cannot be read: {error.strerror}", remedy)
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        problems.add(path, f"the lock cannot be understood: {error}", remedy)
    else:
        return dict(value)
    return {}


def _requirements(root: Path, tag: HubTag, contents: dict[str, set[str]], hubs: Hubs, problems: Collector) -> None:
    """Takes in the lock of a `pip.parse` hub."""
    names = hubs.distributions.setdefault(tag.name, set())
    if not tag.lock:
        return
    try:
        text = (root / tag.lock).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.add(tag.lock, f"the requirements cannot be read: {error}", "make the file, or correct MODULE.bazel")
        return
    for line in text.splitlines():
        match = re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^]]*\])?\s*(==|@|;|>|<|~|!|$)", line)
        if not match:
            continue
        name = normalize(match[1])
        names.add(name)
        for module in sorted(contents.get(name, ())) or _guesses(name):
            hubs.add(module, Provider(tag.name, name))


def _guesses(name: str) -> list[str]:
    """`google-cloud-storage` may be `google_cloud_storage` or `google.cloud.storage`."""
    return list(dict.fromkeys([name.replace("-", "_"), name.replace("-", ".")]))
