"""Images: which services of a package get `py_image`, `py_load`, `py_push`, and a test where a source is one.

A service is a WSGI or ASGI application that a source makes, started by a server that a hub has, or else a `py_binary`.
Django's `manage.py` is none, but a Django site's image is beside it. Nor is a binary whose source is the application's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from distroless_python.errors import Collector
from distroless_python.generate.decide.plan import IMAGE_TEST_FILE, Plan
from distroless_python.generate.read.buildfacts import Rule
from distroless_python.generate.read.facts import App, SourceFacts
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.targets import BINARY, IMAGE, LIBRARY, LOAD, PUSH, TESTS, Reason, Target
from distroless_python.generate.resolve.django import Django

_PORT = 8000
_SERVERS = {
    "gunicorn": ("wsgi", "gunicorn", [f"--bind=0.0.0.0:{_PORT}"]),
    "waitress": ("wsgi", "waitress-serve", [f"--listen=0.0.0.0:{_PORT}"]),
    "uvicorn": ("asgi", "uvicorn", ["--host=0.0.0.0", f"--port={_PORT}"]),
    "hypercorn": ("asgi", "hypercorn", [f"--bind=0.0.0.0:{_PORT}"]),
}
_SERVER_TARGET = "server"


@dataclass(frozen=True)
class Image:
    """An image with what loads and pushes it; `stale` ones are to be removed.

    Attributes:
        port: what it listens on, 0 where that is not known.
        test: the source of its test, empty without.
        test_port: what the test's server listens on, 0 where the test runs alone.
    """

    name: str
    load: str
    push: str
    binary: str
    base: str
    tag: str
    repository: str = ""
    console_script: str = ""
    args: tuple[str, ...] = ()
    port: int = 0
    test: str = ""
    test_port: int = 0
    stale: bool = False


class _Found(NamedTuple):
    """An application: its source, the object, and the target that has it."""

    source: str
    app: App
    target: Target

    @property
    def path(self) -> str:
        return self.target.path(self.source)


@dataclass
class _Service:
    """Something to put into an image: `target` is the binary, or the library of the server."""

    target: Target
    primary: bool
    console_script: str = ""
    args: tuple[str, ...] = ()


@dataclass
class ImagePlanner:
    """Decides the images of packages.

    Attributes:
        facts: the facts of a source.
        wheel: the label of a distribution in the hub for a package, empty where there is none.
        versions: the locked versions of a distribution in that hub, as far as they are known.
        module_name: the workspace's name, for an image of its root.
    """

    facts: Callable[[str], SourceFacts]
    wheel: Callable[[str, Package], str]
    versions: Callable[[str, Package], set[str]]
    module_name: str
    problems: Collector
    _sites: dict[str, list[_Found]] = field(default_factory=dict)

    def gather_sites(
        self, packages: Mapping[str, Package], plans: Mapping[str, Plan], django: Django, owners: Mapping[str, str]
    ) -> None:
        """Finds the Django sites whose images belong into the package of a `manage.py` above.

        Args:
            owners: a source to the label of its target.
        """
        for path, plan in plans.items():
            package = packages[path]
            if not _wants_images(package) or any(rule.kind == IMAGE for rule in package.build.rules):
                continue
            for found in self._apps(package, plan):
                if found.app.framework == "django":
                    manager = django.manager_of(found.path, self.facts(found.path).django_settings)
                    above = owners.get(manager, "")[2:].partition(":")[0] if manager in owners else path
                    if above != path and above in plans and _wants_images(packages[above]):
                        self._sites.setdefault(above, []).append(found)

    def plan(self, package: Package, plan: Plan) -> list[Image]:
        """The images of a package; a server's library is added to its targets."""
        if not _wants_images(package):
            return []
        services = list(self._services(package, plan))
        names = _Names(package, plan, services)
        images = [self._image(package, service, names) for service in services]
        tested = [self._tested(package, plan, image) for image in images]
        return [*tested, *_stale_images(package, plan, services)]

    def _services(self, package: Package, plan: Plan) -> Iterator[_Service]:
        elsewhere = {found.path for sites in self._sites.values() for found in sites}
        apps = [found for found in self._apps(package, plan) if found.path not in elsewhere]
        sites = self._sites.get(package.path, [])
        yield from self._servers(package, plan, [*apps, *sites])
        sources = {found.source for found in apps}
        for target in [t for t in plan.targets if t.kind == BINARY and not t.testonly]:
            facts = [self.facts(target.path(source)) for source in target.sources]
            manages = any(fact.django_settings for fact in facts) and target.name.startswith("manage")
            if target.sources and not manages and not sources.intersection(target.sources):
                yield _Service(target, "__main__.py" in target.sources and not apps and not sites)

    def _apps(self, package: Package, plan: Plan) -> list[_Found]:
        """The applications of a package, one of each source."""
        found: list[_Found] = []
        seen: set[str] = set()
        for target in sorted(plan.targets, key=lambda target: target.kind != LIBRARY):
            if target.kind in TESTS or target.testonly:
                continue
            for source in target.sources:
                apps = self.facts(target.path(source)).apps
                if apps and source not in seen:
                    seen.add(source)
                    best = min(apps, key=lambda app: (app.variable not in ("app", "application"), app.variable))
                    found.append(_Found(source, best, target))
        return sorted(found, key=lambda item: item.source)

    def _servers(self, package: Package, plan: Plan, apps: list[_Found]) -> Iterator[_Service]:
        """The services that applications are; Django's two of a site count as one."""
        sites: dict[str, list[_Found]] = {}
        others = []
        for found in apps:
            if found.app.framework == "django":
                sites.setdefault(found.target.package, []).append(found)
            else:
                others.append(found)
        for site in sites.values():
            wsgi_first = sorted(site, key=lambda found: found.app.interface, reverse=True)
            chosen = next((found for found in wsgi_first if self._server(package, found.app)), wsgi_first[0])
            others.insert(0, chosen)
        for found in others:
            managers = [t for t in plan.targets if "manage.py" in t.sources]
            started = [t for t in (found.target, *managers) if t.started]
            if started:
                yield _Service(started[0], len(others) == 1)  # an image starts it already
                continue
            server = self._server(package, found.app)
            if not server:
                self._report(found)
                continue
            _, script, _ = _SERVERS[server]
            library = self._library(package, plan, found, len(others) > 1)
            path, target, variable = found.path, found.target, found.app.variable
            library.deps[target.label] = [Reason(path, 0, variable, "the application")]
            library.deps[self.wheel(server, package)] = [Reason(path, 0, variable, f"{server} serves it")]
            if target.package != package.path:
                for manager in sorted(managers, key=lambda t: t.kind != LIBRARY)[:1]:
                    library.deps[manager.label] = [Reason(manager.path("manage.py"), 0, variable, "its commands")]
            args = _arguments(server, self.versions(server, package))
            yield _Service(library, len(others) == 1, script, (*args, f"{self._module_name(path, target)}:{variable}"))

    def _library(self, package: Package, plan: Plan, found: _Found, several: bool) -> Target:
        """The library that brings an application and its server together: the one that is there, or a new one."""
        name = _SERVER_TARGET
        taken = _rule(package, name)
        if several or any(t.name == name and t.sources for t in plan.targets) or (taken and taken.kind != LIBRARY):
            source = found.path[len(package.path) :].strip("/")
            name = f"{source[: -len('.py')].replace('/', '_')}_{_SERVER_TARGET}"
        for target in plan.targets:
            if target.name == name and not target.sources:
                return target
        library = Target(package.path, name, LIBRARY, [])
        plan.targets.append(library)
        return library

    def _server(self, package: Package, app: App) -> str:
        asked = package.settings.server
        for server, (interface, _, _) in _SERVERS.items():
            if interface == app.interface and server == (asked or server) and self.wheel(server, package):
                return server
        return ""

    def _report(self, found: _Found) -> None:
        app = found.app
        known = [server for server, (interface, _, _) in _SERVERS.items() if interface == app.interface]
        self.problems.add(
            found.path,
            f"the {app.framework} application {app.variable!r} needs a server for its image, and no hub has one",
            f"add one to the requirements and lock: {' or '.join(known)}; or write # distroless:image off",
        )

    def _module_name(self, path: str, target: Target) -> str:
        """The dotted name under which a source is imported."""
        folder = path.rpartition("/")[0]
        site = self.facts(path).django_settings.rpartition(".")[0].replace(".", "/")
        roots = [folder[: -len(site)].rstrip("/")] if site and f"/{folder}".endswith(f"/{site}") else []
        roots += [root for root in sorted(target.roots, key=len, reverse=True) if path.startswith(f"{root}/")]
        below = path[len(roots[0]) :].lstrip("/") if roots else path
        return below[: -len(".py")].removesuffix("/__init__").replace("/", ".")

    def _image(self, package: Package, service: _Service, names: _Names) -> Image:
        name, load, push = names.of(service)
        settings = package.settings
        below = package.path[len(settings.repository_package) :].strip("/") if settings.repository else package.path
        parts = [settings.repository, below or ("" if settings.repository else self.module_name)]
        repository = "/".join(part for part in parts if part).lower()
        if not names.is_first(service):
            repository += f"/{_short(service)}".lower()
        return Image(
            name=name,
            load=load,
            push=push,
            binary=f":{service.target.name}",
            base=settings.base,
            tag=f"{repository.strip('/') or 'image'}:latest",
            repository=repository if settings.repository else "",
            console_script=service.console_script,
            args=service.args,
            port=_PORT if service.args else 0,
        )

    def _tested(self, package: Package, plan: Plan, image: Image) -> Image:
        """An image with its test, `X_test.py` for an image X, which then is not a test of its own."""
        source = f"{image.name}_test.py"
        target = next((t for t in plan.targets if t.rule is None and t.kind in TESTS and t.sources == [source]), None)
        if target is None or not source.endswith(IMAGE_TEST_FILE) or f"{image.name}.py" in package.sources:
            return image
        plan.targets.remove(target)
        facts = self.facts(target.path(source))
        if facts.test_style and not facts.has_main:
            self.problems.add(
                target.path(source),
                "nothing runs its tests: the image starts it as a program, and it has no main",
                'end it with: if __name__ == "__main__": unittest.main(); or rename it, if it does not test the image',
            )
        return replace(image, test=source, test_port=facts.port or image.port)


class _Names:
    """Names of images: those that are there, `image` for the package's only or first service, else the binary's."""

    def __init__(self, package: Package, plan: Plan, services: list[_Service]) -> None:
        self._rules = package.build.rules
        self._taken = {r.name for r in package.build.rules} | {t.name for t in plan.targets}
        primary = [service for service in services if service.primary] or (services if len(services) == 1 else [])
        self._primary = primary[0] if primary else None

    def of(self, service: _Service) -> tuple[str, str, str]:
        """The names of image, load and push."""
        image = next(
            (r.name for r in self._rules if r.kind == IMAGE and r.text("binary") == f":{service.target.name}"), ""
        )
        plain = self.is_first(service) and not self._taken.intersection({"image", "load", "push"})
        prefix = "" if plain or image == "image" else f"{_short(service)}_"
        name = image or f"{prefix}image"
        return name, self._existing(LOAD, name) or f"{prefix}load", self._existing(PUSH, name) or f"{prefix}push"

    def is_first(self, service: _Service) -> bool:
        """Whether it is the service that the package is there for."""
        return service is self._primary

    def _existing(self, kind: str, image: str) -> str:
        return next((r.name for r in self._rules if r.kind == kind and r.text("image") == f":{image}"), "")


def _arguments(server: str, versions: set[str]) -> list[str]:
    """How a server is started."""
    _, _, args = _SERVERS[server]
    if server == "gunicorn" and versions and all(_is_since_25_1(version) for version in versions):
        return [*args, "--no-control-socket"]  # It would be in the home directory, which is read-only.
    return args


def _is_since_25_1(version: str) -> bool:
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= (25, 1)


def _wants_images(package: Package) -> bool:
    return bool(package.settings.base) and package.settings.images


def _short(service: _Service) -> str:
    return service.target.name.removesuffix(f"_{_SERVER_TARGET}")


def _rule(package: Package, name: str) -> Rule | None:
    return next((rule for rule in package.build.rules if rule.name == name), None)


def _stale_images(package: Package, plan: Plan, services: list[_Service]) -> Iterator[Image]:
    """Images of this package whose binary is gone."""
    alive = {target.name for target in plan.targets} | {rule.name for rule in package.build.rules}
    alive -= {rule.name for rule in plan.stale}
    served = {service.target.name for service in services}
    for rule in package.build.rules:
        binary = rule.text("binary")
        if rule.kind != IMAGE or rule.keep or not binary.startswith(":"):
            continue
        server = _rule(package, binary[1:])
        orphan = (
            server is not None
            and server.kind == LIBRARY
            and server.name.endswith(_SERVER_TARGET)
            and not server.srcs.names
        )
        if binary[1:] not in alive or (orphan and binary[1:] not in served):
            yield Image(rule.name, "", "", binary, "", "", stale=True)
