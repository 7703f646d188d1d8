"""Services of a package: what gets an image.

- A web application, started by a server that a hub has; a Django site's is in the package of its `manage.py`.
- Celery's workers, and its beat where there is a schedule; Dramatiq's and RQ's workers; Streamlit's pages.
- A program that keeps running, or that a Procfile, Dockerfile, compose file or pyproject.toml starts; a `__main__.py`;
  one with an `image_test.py` beside it. Where nothing says which programs are services, those are that lie in no folder
  of helpers and beside no application.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from distroless_python.errors import Collector
from distroless_python.generate.decide.factories import Factories
from distroless_python.generate.decide.plan import IMAGE_TEST_FILE, Plan
from distroless_python.generate.decide.servers import (
    SERVERS,
    STREAMLIT_PORT,
    served,
    server_arguments,
    server_for,
    worker_wheels,
)
from distroless_python.generate.decide.sites import SiteSettings, site_settings
from distroless_python.generate.decide.starting import served_app, started_module, starts_something
from distroless_python.generate.decide.unserved import (
    report_for_tests_only,
    report_without_server,
    report_without_worker,
)
from distroless_python.generate.read.buildfacts import Rule
from distroless_python.generate.read.commands import NO_COMMAND, Command
from distroless_python.generate.read.facts import App, SourceFacts
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.targets import BINARY, ENTRY_POINT, IMAGE, LIBRARY, TESTS, Reason, Target
from distroless_python.generate.resolve.django import Django

GATHERING = ("server", "worker", "beat")
"""The names, or their ends, of libraries that bring an application and what starts it together."""
_HELPERS = {
    *("scripts", "script", "tools", "tool", "bin", "docs", "doc", "examples", "example", "utils", "hack", "dev", "ci"),
    *("bench", "benchmarks", "contrib", "misc", "stuff"),
}


class Found(NamedTuple):
    """An application: its source, the object, and the target that has it."""

    source: str
    app: App
    target: Target

    @property
    def path(self) -> str:
        return self.target.path(self.source)


@dataclass
class Service:
    """Something to put into an image: `target` is the binary, or the library of what starts an application.

    `module` is what `-m` starts of it, where its file alone would not do; `site` are the settings of a Django site.
    """

    target: Target
    primary: bool
    console_script: str = ""
    args: tuple[str, ...] = ()
    port: int = 0
    site: SiteSettings | None = None
    module: str = ""


@dataclass
class ServiceFinder:
    """Finds the services of packages.

    Attributes:
        facts: the facts of a source.
        wheel: the label of a distribution in the hub for a package, empty where there is none.
        versions: the locked versions of a distribution in that hub, as far as they are known.
        commands: what the workspace's files start.
        targets: all targets by their labels.
        unserved: the servers that would serve applications for which no hub has one.
        sources: the paths of all sources.
    """

    facts: Callable[[str], SourceFacts]
    wheel: Callable[[str, Package], str]
    versions: Callable[[str, Package], set[str]]
    commands: Sequence[Command]
    targets: Mapping[str, Target]
    sources: Collection[str]
    problems: Collector
    _sites: dict[str, list[Found]] = field(default_factory=dict)
    _pages: dict[str, list[str]] = field(default_factory=dict)
    _schedules: set[str] = field(default_factory=set)
    unserved: set[str] = field(default_factory=set)
    _migrations: dict[str, list[str]] = field(default_factory=dict)
    _factories: Factories = field(default_factory=Factories)

    def gather_sites(
        self, packages: Mapping[str, Package], plans: Mapping[str, Plan], django: Django, owners: Mapping[str, str]
    ) -> None:
        """Finds the Django sites whose images belong into the package of a `manage.py` above.

        Args:
            owners: a source to the label of its target.
        """
        self.commands = [c for c in self.commands if not c.deploys or starts_something(c, plans, self.module_name)]
        self._factories.gather(plans.values(), self.facts, self._is_named)
        for path, plan in plans.items():
            package = packages[path]
            sources = [target.path(source) for target in plan.targets for source in target.sources]
            if path.rpartition("/")[2] == "pages":
                self._pages[path.rpartition("/")[0]] = [t.label for t in plan.targets if t.kind == LIBRARY]
            if any("script.py.mako" in self.facts(source).data_paths for source in sources):
                versions = plans.get(f"{path}/versions".lstrip("/"), Plan()).targets
                labels = [t.label for t in (*plan.targets, *versions) if t.kind == LIBRARY and t.name != "conftest"]
                self._migrations.setdefault(path.rpartition("/")[0], []).extend(labels)
            if any(self.facts(source).schedules for source in sources):
                self._schedules.add(path.partition("/")[0])
            if not wants_images(package) or any(rule.kind == IMAGE for rule in package.build.rules):
                continue
            for found in self._apps(package, plan):
                if found.app.framework == "django":
                    manager = django.manager_of(found.path, self.facts(found.path).django_settings)
                    above = owners.get(manager, "")[2:].partition(":")[0] if manager in owners else path
                    if above != path and above in plans and wants_images(packages[above]):
                        self._sites.setdefault(above, []).append(found)

    def services(self, package: Package, plan: Plan) -> Iterator[Service]:
        """The services of a package; libraries that they need are added to its targets."""
        elsewhere = {found.path for sites in self._sites.values() for found in sites}
        apps = [found for found in self._apps(package, plan) if found.path not in elsewhere]
        apps += self._sites.get(package.path, [])
        web = [found for found in apps if found.app.interface in ("wsgi", "asgi")]
        report_for_tests_only(plan, self.targets, self.facts, self.problems)
        yield from self._servers(package, plan, web)
        for found in apps:
            if found not in web:
                yield from self._workers(package, plan, found, len(apps) == 1)
        yield from self._queues(package, plan)
        yield from self._programs(package, plan, apps)

    def _programs(self, package: Package, plan: Plan, apps: list[Found]) -> Iterator[Service]:
        served = {found.path for found in apps}
        commands = self._near(package)
        tested = IMAGE_TEST_FILE in package.sources
        for target in [t for t in plan.targets if t.kind == ENTRY_POINT and not t.testonly]:
            deploying = [c for c in commands if c.deploys]
            module = target.main.partition(":")[0]
            named = [c for c in deploying if target.name in c.words[:1] or c.starts("", module)]
            if named or not deploying or self._has_image(package, target):
                command = next((c for c in named if c.words[0] in (target.name, module)), NO_COMMAND)
                yield Service(target, False, args=command.arguments(), port=command.port)
        for target in [t for t in plan.targets if t.kind == BINARY and not t.testonly and t.sources]:
            paths = [target.path(source) for source in target.sources]
            facts = [self.facts(path) for path in paths]
            manages = any(fact.django_settings for fact in facts) and target.name.rpartition("/")[2].startswith(
                "manage"
            )
            if manages or served.intersection(paths):
                continue
            is_main = any(path.rpartition("/")[2] == "__main__.py" for path in paths)
            named = [c for c in commands for path in paths if c.starts(path, self.module_name(path, target))]
            helper = bool(commands or apps) or not _HELPERS.isdisjoint(paths[0].split("/")[:-1])
            if (
                self._has_image(package, target)
                or is_main
                or named
                or tested
                or not helper
                or any(fact.listens for fact in facts)
            ):
                command = next((c for c in named if c.deploys), NO_COMMAND)
                yield Service(
                    target,
                    "__main__.py" in target.sources and not apps,
                    module=started_module(target, paths[0], command, self.targets, self.facts, self.sources),
                    args=command.arguments(),
                    port=next((fact.port for fact in facts if fact.port), command.port),
                )

    def _is_named(self, path: str, target: Target) -> bool:
        return any(command.starts(path, self.module_name(path, target)) for command in self.commands)

    def _has_image(self, package: Package, target: Target) -> bool:
        return any(r.kind == IMAGE and r.text("binary") == f":{target.name}" for r in package.build.rules)

    def _near(self, package: Package) -> list[Command]:
        """The commands that may start something of a package: those in its folder, or around it."""
        path = package.path
        return [c for c in self.commands if not c.folder or path == c.folder or path.startswith(f"{c.folder}/")]

    def _apps(self, package: Package, plan: Plan) -> list[Found]:
        """The applications of a package, one of each source."""
        found: list[Found] = []
        seen: set[str] = set()
        for target in sorted(plan.targets, key=lambda target: target.kind != LIBRARY):
            if target.kind in TESTS or target.testonly:
                continue
            for source in target.sources:
                path = target.path(source)
                apps = [app for app in (self._factories.known(app, path) for app in self.facts(path).apps) if app]
                apps = apps or served_app(path, self.module_name(path, target), self._near(package))
                if apps and source not in seen:
                    seen.add(source)
                    best = min(apps, key=lambda app: (app.variable not in ("app", "application"), app.variable))
                    found.append(Found(source, best, target))
        pages = [f for f in found if f.app.framework == "streamlit"]
        fronts = [f for f in pages if "pages" not in f.path.split("/")[:-1]]
        first = sorted(fronts, key=lambda f: f.source.count("/"))[:1]
        return sorted((f for f in found if f not in pages or f in first), key=lambda item: item.source)

    def _servers(self, package: Package, plan: Plan, apps: list[Found]) -> Iterator[Service]:
        """The services that web applications are; Django's two of a site count as one."""
        sites: dict[str, list[Found]] = {}
        others = []
        for found in apps:
            if found.app.framework == "django":
                sites.setdefault(found.target.package, []).append(found)
            else:
                others.append(found)
        for site in sites.values():
            wsgi_first = sorted(site, key=lambda found: found.app.interface, reverse=True)
            chosen = next((found for found in wsgi_first if self._server(package, found)[0]), wsgi_first[0])
            others.insert(0, chosen)
        for found in others:
            managers = [t for t in plan.targets if "manage.py" in t.sources]
            started = [t for t in (found.target, *managers) if t.started]
            if started:
                yield Service(started[0], len(others) == 1)  # an image starts it already
                continue
            server, command = self._server(package, found)
            if not server:
                report_without_server(found.path, found.app, self.problems)
                self.unserved.add(next(name for name, s in SERVERS.items() if found.app.interface in s.interfaces))
                continue
            path, target, variable = found.path, found.target, found.app.variable
            args = server_arguments(server, found.app.interface, self.versions(server, package), command)
            library = self._library(package, plan, found, "server", len(others) > 1)
            self._bring(library, package, found, (server, *worker_wheels(args)))
            missing = [wheel for wheel in worker_wheels(args) if not self.wheel(wheel, package)]
            report_without_worker(found.path, server, missing, self.problems)
            if target.package != package.path:
                for manager in sorted(managers, key=lambda t: t.kind != LIBRARY)[:1]:
                    library.deps[manager.label] = [Reason(manager.path("manage.py"), 0, variable, "its commands")]
            application = served(server, f"{self.module_name(path, target)}:{variable}")
            service = Service(library, len(others) == 1, SERVERS[server].script, (*args, *application))
            service.site = site_settings(self.facts(path).django_settings, path, self.facts, self.sources)
            yield service

    def _workers(self, package: Package, plan: Plan, found: Found, only: bool) -> Iterator[Service]:
        """The services that work for an application, or show it."""
        framework, module = found.app.framework, self.module_name(found.path, found.target)
        if found.target.started or not self.wheel(framework, package):
            return
        if framework == "streamlit":
            options = (f"--server.port={STREAMLIT_PORT}", "--server.address=0.0.0.0", "--server.headless=true")
            library = self._library(package, plan, found, "server", not only)
            for label in self._pages.get(package.path, ()):
                library.deps[label] = [Reason(found.path, 0, framework, "it finds the pages by their folder")]
            yield Service(library, only, framework, ("run", found.path, *options), STREAMLIT_PORT)
        elif framework == "dramatiq":
            library = self._library(package, plan, found, "worker", not only)
            yield Service(library, only, framework, (module,))
        else:
            application = f"--app={module}:{found.app.variable}"
            library = self._library(package, plan, found, "worker", False)
            yield Service(library, only, framework, (application, "worker", "--loglevel=INFO"))
            if self._schedules.intersection({"", found.path.partition("/")[0]}):
                beat = self._library(package, plan, found, "beat", False)
                self._bring(beat, package, found, (framework, "redis"))
                schedule = "--schedule=/tmp/celerybeat-schedule"  # The working directory is read-only.
                yield Service(beat, False, framework, (application, "beat", "--loglevel=INFO", schedule))
        self._bring(library, package, found, (framework,) if framework == "streamlit" else (framework, "redis"))

    def _queues(self, package: Package, plan: Plan) -> Iterator[Service]:
        """RQ's workers, which only a command names; they find their jobs by name, in what imports RQ."""
        command = next((c for c in self.commands if c.folder == package.path and c.words[:2] == ("rq", "worker")), None)
        users = [
            target
            for target in plan.targets
            if target.kind == LIBRARY and target.sources and self.wheel("rq", package) in ("", *target.deps)
        ]
        if command is None or not users or not self.wheel("rq", package):
            return
        found = Found(users[0].sources[0], App("", "rq", "rq"), users[0])
        library = self._library(package, plan, found, "worker", False)
        self._bring(library, package, found, ("rq", "redis"))
        queues = itertools.takewhile(lambda word: not word.startswith(("-", "$")), command.words[2:])
        yield Service(library, False, "rq", ("worker", *queues))

    def _bring(self, library: Target, package: Package, found: Found, wheels: tuple[str, ...]) -> None:
        """Gives a library an application and the wheels that start it."""
        text = found.app.variable or found.app.framework
        for folder, labels in self._migrations.items():  # Alembic's: so that a container of the same image can migrate.
            if not folder or found.path.startswith(f"{folder}/"):
                library.deps.update({label: [Reason(found.path, 0, "alembic", "its migrations")] for label in labels})
        library.deps[found.target.label] = [Reason(found.path, 0, text, "the application")]
        for wheel in wheels:
            if self.wheel(wheel, package):
                library.deps[self.wheel(wheel, package)] = [Reason(found.path, 0, text, f"{wheel} runs it")]

    def _library(self, package: Package, plan: Plan, found: Found, kind: str, several: bool) -> Target:
        """The library that brings an application and what starts it together: the one that is there, or a new one."""
        name = kind
        taken = next((rule for rule in package.build.rules if rule.name == name), None)
        if several or any(t.name == name and t.sources for t in plan.targets) or (taken and taken.kind != LIBRARY):
            source = found.path[len(package.path) :].strip("/")
            name = f"{source[: -len('.py')].replace('/', '_')}_{kind}"
        for target in plan.targets:
            if target.name == name and not target.sources:
                return target
        library = Target(package.path, name, LIBRARY, [])
        plan.targets.append(library)
        return library

    def _server(self, package: Package, found: Found) -> tuple[str, Command | None]:
        """The server of an application, and the command that starts it elsewhere."""
        module = self.module_name(found.path, found.target)
        command = next((c for c in self._near(package) if c.starts(found.path, module)), None)
        has = {name for name in SERVERS if self.wheel(name, package)}
        return server_for(found.app.interface, package.settings.server, has, command), command

    def root(self, path: str, target: Target) -> str:
        """The folder below which a source is imported."""
        module = self.module_name(path, target).replace(".", "/")
        return path[: -len(".py")].removesuffix("/__init__")[: -len(module)].rstrip("/")

    def module_name(self, path: str, target: Target) -> str:
        """The dotted name under which a source is imported."""
        folder = path.rpartition("/")[0]
        site = self.facts(path).django_settings.rpartition(".")[0].replace(".", "/")
        roots = [folder[: -len(site)].rstrip("/")] if site and f"/{folder}".endswith(f"/{site}") else []
        roots += [root for root in sorted(target.roots, key=len, reverse=True) if path.startswith(f"{root}/")]
        below = path[len(roots[0]) :].lstrip("/") if roots else path
        return below[: -len(".py")].removesuffix("/__init__").replace("/", ".")


def wants_images(package: Package) -> bool:
    """Whether services of a package get images."""
    return bool(package.settings.base) and package.settings.images


def is_gathering(rule: Rule) -> bool:
    """Whether a rule is a library that brings an application and what starts it together."""
    return rule.kind == LIBRARY and rule.name.endswith(GATHERING) and not rule.srcs.names
