"""Images: which services of a package get `py_image`, `py_load` and `py_push`.

A service is a WSGI or ASGI application that a source makes, started by a server that a hub has, or else a `py_binary`.
Django's `manage.py` is none, nor is a binary whose source is the application's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ..common.errors import Collector
from .buildfacts import Rule, has_keep
from .edit import Editor, Value
from .facts import App, SourceFacts
from .packages import Package
from .plan import Plan
from .targets import BINARY, IMAGE, LIBRARY, LOAD, PUSH, TESTS, Reason, Target
from .workspace import OWN_MODULE, Workspace

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
    """An image with what loads and pushes it; `stale` ones are to be removed."""

    name: str
    load: str
    push: str
    binary: str
    base: str
    tag: str
    repository: str = ""
    console_script: str = ""
    args: tuple[str, ...] = ()
    stale: bool = False


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
        module_name: the workspace's name, for an image of its root.
    """

    facts: Callable[[str], SourceFacts]
    wheel: Callable[[str, Package], str]
    module_name: str
    problems: Collector
    _reported: set[str] = field(default_factory=set)

    def plan(self, package: Package, plan: Plan) -> list[Image]:
        """The images of a package; a server's library is added to its targets."""
        if not package.settings.base or not package.settings.images:
            return []
        services = list(self._services(package, plan))
        names = _Names(package, plan, services)
        images = [self._image(package, service, names) for service in services]
        return [*images, *_stale_images(package, plan, services)]

    def _services(self, package: Package, plan: Plan) -> Iterator[_Service]:
        apps = self._apps(package, plan)
        yield from self._servers(package, plan, apps)
        sources = {source for source, _, _ in apps}
        for target in [t for t in plan.targets if t.kind == BINARY and not t.testonly]:
            facts = [self.facts(target.path(source)) for source in target.sources]
            manages = any(fact.django_settings for fact in facts) and target.name.startswith("manage")
            if target.sources and not manages and not sources.intersection(target.sources):
                yield _Service(target, "__main__.py" in target.sources and not apps)

    def _apps(self, package: Package, plan: Plan) -> list[tuple[str, App, Target]]:
        """The applications: a source, the object, and the target that has it; Django's two count as one."""
        found: list[tuple[str, App, Target]] = []
        seen: set[str] = set()
        for target in sorted(plan.targets, key=lambda target: target.kind != LIBRARY):
            if target.kind in TESTS or target.testonly:
                continue
            for source in target.sources:
                apps = self.facts(target.path(source)).apps
                if apps and source not in seen:
                    seen.add(source)
                    best = min(apps, key=lambda app: (app.variable not in ("app", "application"), app.variable))
                    found.append((source, best, target))
        return sorted(found, key=lambda item: item[0])

    def _servers(self, package: Package, plan: Plan, apps: list[tuple[str, App, Target]]) -> Iterator[_Service]:
        django = [item for item in apps if item[1].framework == "django"]
        others = [item for item in apps if item[1].framework != "django"]
        if django:
            wsgi_first = sorted(django, key=lambda item: item[1].interface, reverse=True)
            chosen = next((item for item in wsgi_first if self._server(package, item[1])), None)
            if chosen is None:
                self._report(package, wsgi_first[0])
            else:
                others.insert(0, chosen)
        for source, app, target in others:
            if target.started:
                yield _Service(target, len(others) == 1)  # an image starts it already
                continue
            server = self._server(package, app)
            if not server:
                self._report(package, (source, app, target))
                continue
            _, script, args = _SERVERS[server]
            library = self._library(package, plan, source, len(others) > 1)
            path = target.path(source)
            library.deps[target.label] = [Reason(path, 0, app.variable, "the application")]
            library.deps[self.wheel(server, package)] = [Reason(path, 0, app.variable, f"{server} serves it")]
            yield _Service(library, len(others) == 1, script, (*args, f"{_module_name(path, target)}:{app.variable}"))

    def _library(self, package: Package, plan: Plan, source: str, several: bool) -> Target:
        """The library that brings an application and its server together: the one that is there, or a new one."""
        name = _SERVER_TARGET
        taken = _rule(package, name)
        if several or any(t.name == name and t.sources for t in plan.targets) or (taken and taken.kind != LIBRARY):
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

    def _report(self, package: Package, item: tuple[str, App, Target]) -> None:
        source, app, target = item
        known = [server for server, (interface, _, _) in _SERVERS.items() if interface == app.interface]
        self.problems.add(
            target.path(source),
            f"the {app.framework} application {app.variable!r} needs a server for its image, and no hub has one",
            f"add one to the requirements and lock: {' or '.join(known)}; or write # distroless:image off",
        )

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
        )


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


def _short(service: _Service) -> str:
    return service.target.name.removesuffix(f"_{_SERVER_TARGET}")


def _rule(package: Package, name: str) -> Rule | None:
    return next((rule for rule in package.build.rules if rule.name == name), None)


def _module_name(path: str, target: Target) -> str:
    """The dotted name under which a source is imported."""
    roots = [root for root in sorted(target.roots, key=len, reverse=True) if path.startswith(f"{root}/")]
    below = path[len(roots[0]) + 1 :] if roots else path
    return below[: -len(".py")].removesuffix("/__init__").replace("/", ".")


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


def merge_images(editor: Editor, package: Package, images: Iterable[Image], workspace: Workspace) -> None:
    """Writes the images of a package; of one that is there only the base is kept up to date."""
    for image in images:
        if image.stale:
            _remove(editor, package, image)
            continue
        rule = editor.find_rule(image.name)
        if rule is None:
            attributes: dict[str, Value] = {
                "name": image.name,
                "args": list(image.args),
                "base": image.base,
                "binary": image.binary,
                "console_script": image.console_script,
            }
            editor.add_rule(IMAGE, attributes)
        elif rule.string("base") not in ("", image.base) and not has_keep(rule):
            argument = rule.argument("base")
            if argument is not None and not has_keep(argument) and not has_keep(argument.value):
                editor.set_attribute(rule, "base", image.base)
        label = f":{image.name}"
        if editor.find_rule(image.load) is None:
            editor.add_rule(LOAD, {"name": image.load, "image": label, "tag": image.tag})
        if editor.find_rule(image.push) is None:
            editor.add_rule(PUSH, {"name": image.push, "image": label, "repository": image.repository})
        for kind in (IMAGE, LOAD, PUSH):
            editor.add_load(workspace.load_label(OWN_MODULE, "//rules:defs.bzl"), kind)


def _remove(editor: Editor, package: Package, image: Image) -> None:
    editor.remove_rule(image.name)
    for rule in package.build.rules:
        if rule.kind in (LOAD, PUSH) and rule.text("image") == f":{image.name}" and not rule.keep:
            editor.remove_rule(rule.name)
    server = _rule(package, image.binary[1:])
    if server is not None and server.kind == LIBRARY and not server.srcs.names:
        editor.remove_rule(server.name)
    for kind in (IMAGE, LOAD, PUSH, LIBRARY):
        editor.remove_load(kind)
