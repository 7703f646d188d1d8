"""What each target depends on, with the imports that say so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from distroless_python.errors import Collector
from distroless_python.generate.messages import Grouped
from distroless_python.generate.nearest import nearest
from distroless_python.generate.read.facts import Import, SourceFacts, named_module
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.settings import Settings
from distroless_python.generate.read.targets import PYTEST, TESTS, Reason, Target, full_label
from distroless_python.generate.resolve.django import Django, app_name
from distroless_python.generate.resolve.modules import Modules
from distroless_python.generate.resolve.resolver import Found, NotFound, Resolver
from distroless_python.generate.resolve.stdlib import removed_in

_DISTRIBUTIONS = {"waitress-serve": "waitress", "django-admin": "django"}
"""Console scripts that are not called as their distributions are."""


_LIKENESS = 0.7
"""How much names have in common that may be meant by one that is not there."""


class Dependencies:
    """Gives targets their dependencies.

    Attributes:
        looked_at_hand: whether what a rule has by hand was asked for; then it may have decided.
    """

    def __init__(
        self,
        resolver: Resolver,
        modules: Modules,
        facts: Callable[[str], SourceFacts],
        targets: Mapping[str, Target],
        django: Django,
        problems: Collector,
    ) -> None:
        self._resolver = resolver
        self._django = django
        self._modules = modules
        self._facts = facts
        self._targets = targets
        self._problems = problems
        self._roots: list[tuple[str, str]] = []
        self._near: dict[tuple[str, int, str], list[str]] = {}
        self.looked_at_hand = False

    def silently(self) -> Dependencies:
        """The same, but for a second look: problems are not reported again."""
        return Dependencies(self._resolver, self._modules, self._facts, self._targets, self._django, Collector())

    def need_roots(self, roots: Iterable[tuple[str, str]]) -> None:
        """Notes labels with the folders that have to be on the import path for their modules to be found."""
        for label, root in roots:
            if label in self._targets:
                self._targets[label].roots.add(root)

    def add(self, target: Target, package: Package) -> list[tuple[str, str]]:
        """Finds the dependencies of a target; returns the roots that it needs of others, as `need_roots` takes them."""
        settings = package.settings
        self._roots = []
        if settings.python_root and target.sources:
            self._roots.append((target.label, settings.python_root))
        for source in [*target.sources, *target.stubs]:
            path = target.path(source)
            facts = self._facts(path)
            target.incomplete = target.incomplete or bool(facts.error[0])
            for label in facts.extra_deps:
                self._depend(
                    target, full_label(label, target.package), Reason(path, 0, "gazelle:include_dep", "as asked")
                )
            ignored = settings.ignored_imports.union(facts.ignored)
            for entry in facts.imports:
                typing = entry.typing or source.endswith(".pyi")
                for found in self._meanings(entry, path, ignored, settings, target):
                    self._follow(target, found, entry, path, typing, settings)
            for app in facts.django_apps:
                self._installed(target, app, path, ignored, settings)
            if target.django or (target.kind in TESTS and "pytest_django" in facts.plugins):
                self._django_settings(target, path, settings)
            if target.kind in TESTS and facts.conftest:
                self._conftest(target, path, settings)
            if target.kind == PYTEST:
                self._runner(target, facts, path, settings)
        for started in filter(None, target.started):
            label = self._resolver.wheel([_DISTRIBUTIONS.get(started, started)], settings)
            if label:
                self._depend(target, label, Reason(package.build_path, 0, started, "an image starts it"))
        for label in target.extra_deps:
            self._depend(target, full_label(label, target.package), Reason(package.build_path, 0, label, "its main"))
        if not settings.pyi_deps:
            for label, reasons in target.typing_deps.items():
                target.deps.setdefault(label, []).extend(reasons)
            target.typing_deps.clear()
        self.need_roots(self._roots)
        return self._roots

    def _meanings(
        self, entry: Import, path: str, ignored: frozenset[str], settings: Settings, target: Target
    ) -> Iterator[Found]:
        level = len(entry.module) - len(entry.module.lstrip("."))
        module = entry.module[level:]
        reported = False
        for name in entry.names or ("",):
            full = f"{module}.{name}".strip(".") if name not in ("", "*") else module
            if ignored and not ignored.isdisjoint({full, entry.module, "." * level + full}):
                continue
            try:
                if level:
                    yield self._resolver.relative(full, module, level, path)
                else:
                    guarded = entry.optional and not entry.named
                    yield self._resolver.resolve(full, module, path, settings, guarded)
            except NotFound as error:
                chosen = self._chosen_by_hand(error, target)
                if chosen:
                    yield Found(chosen, "chosen in the BUILD file")
                elif settings.validate and not entry.optional:
                    target.incomplete = True
                    if not reported:
                        self._report(error, entry, path, level)
                    reported = True

    def _chosen_by_hand(self, error: NotFound, target: Target) -> str:
        """Of several choices the one that the rule has already."""
        self.looked_at_hand = True
        choices = {self._modules.owners.get(choice, choice) for choice in error.choices}
        present = target.rule.deps.names if target.rule else ()
        found = [label for label in present if full_label(label, target.package) in choices]
        return full_label(found[0], target.package) if len(found) == 1 else ""

    def _follow(self, target: Target, found: Found, entry: Import, path: str, typing: bool, settings: Settings) -> None:
        label = found.label and full_label(found.label, target.package)
        if found.path:
            label = self._owner(found.path, target)
            if not label:
                self._report_ownerless(found.path, entry, path, settings)
                return
            if found.root:
                self._roots.append((label, found.root))
        if label:
            self._depend(target, label, Reason(path, entry.line, entry.text, found.how), typing, entry.lazy)
        if found.provider is not None:
            for stub in self._resolver.stubs(found.provider, settings):
                self._depend(target, stub, Reason(path, entry.line, entry.text, "its types"), True)

    def _depend(self, target: Target, label: str, reason: Reason, typing: bool = False, lazy: bool = False) -> None:
        if label == target.label:
            return
        if typing:
            if label not in target.deps:
                target.typing_deps.setdefault(label, []).append(reason)
        else:
            if lazy and label not in target.deps:
                target.lazy_deps.add(label)
            elif not lazy:
                target.lazy_deps.discard(label)
            reasons = target.deps.setdefault(label, [])
            reasons += target.typing_deps.pop(label, [])
            reasons.append(reason)

    def _runner(self, target: Target, facts: SourceFacts, path: str, settings: Settings) -> None:
        wanted = ["pytest", *(name.replace("_", "-") for name in facts.plugins)]
        for name in [*wanted, *(["pytest-django"] if target.django else [])]:
            label = self._resolver.wheel([name], settings)
            if label:
                self._depend(target, label, Reason(path, 0, name, "pytest finds it by its name"))

    def _installed(self, target: Target, entry: str, path: str, ignored: frozenset[str], settings: Settings) -> None:
        """Django imports parts of every app that the settings install."""
        try:
            name = app_name(entry)
            found = self._resolver.resolve(name, name, path, settings)
        except NotFound:
            if settings.validate and name not in ignored:
                reason = f"INSTALLED_APPS has {entry!r}, which nothing provides"
                remedy = (
                    f"add its distribution to the requirements and lock, or write # gazelle:ignore {name} in the source"
                )
                self._problems.extend([Grouped(path, reason, remedy, "", "apps that nothing provides", name)])
            return
        if found.path.endswith("__init__.py"):
            for part in self._django.parts(found.path):
                owner = self._targets.get(self._modules.owners[part])
                if owner is None or owner.kind in TESTS:
                    continue
                statement = named_module(name, 0)
                self._follow(
                    target,
                    found._replace(path=part, how=f"{part}, a part of the app"),
                    statement,
                    path,
                    False,
                    settings,
                )

    def _django_settings(self, target: Target, path: str, settings: Settings) -> None:
        """A test of Django needs to be told its settings."""
        module = self._django.settings_for(path)
        if module and "DJANGO_SETTINGS_MODULE" not in target.env:
            target.env["DJANGO_SETTINGS_MODULE"] = module
            statement = named_module(module, 0)
            for found in self._meanings(statement, path, frozenset(), settings, target):
                self._follow(target, found, statement, path, False, settings)

    def _conftest(self, target: Target, test: str, settings: Settings) -> None:
        """pytest runs every `conftest.py` from the test's folder up."""
        folder = test.rpartition("/")[0]
        while True:
            path = f"{folder}/conftest.py" if folder else "conftest.py"
            label = self._modules.owners.get(path)
            if label:
                self._depend(target, label, Reason(path, 0, "conftest.py", "pytest runs it"))
            if not folder or not settings.ancestor_conftest:
                return
            folder = folder.rpartition("/")[0]

    def _report(self, error: NotFound, entry: Import, path: str, level: int) -> None:
        name = error.module
        if error.choices:
            choices = [self._modules.owners.get(choice, choice) for choice in error.choices]
            hubs = {choice.partition("//")[0] for choice in choices if choice.startswith("@")}
            directive = "# distroless:hub NAME, or " * (len(hubs) > 1)
            remedy = f"choose one: {directive}# gazelle:resolve py {name} LABEL, of: {', '.join(choices)}"
        else:
            near = self._nearest(name.lstrip("."), level, path.rpartition("/")[0] if level else "")
            verb = "names are" if len(near) > 1 else "name is"
            remedy = f"the nearest {verb} {', '.join(near)}. " if near else ""
            gone = removed_in(name.partition(".")[0])
            remedy += f"It left the standard library in Python {gone}. " if gone else ""
            if level:
                remedy += f"Correct the import, or write # gazelle:ignore {name} in the source"
            else:
                remedy += (
                    f"Add its distribution to the requirements and lock, or write # gazelle:resolve py {name} LABEL "
                    f"in a BUILD file, or # gazelle:ignore {name} in the source"
                )
        reason, line = f"{entry.text}: {error.reason}", f"line {entry.line}"
        kind = "modules that nothing provides" if not level and not error.choices else ""
        together = name if self._resolver.has_source(name.partition(".")[0]) else name.partition(".")[0]
        self._problems.extend([Grouped(path, reason, remedy, line, kind or error.reason, together)])

    def _nearest(self, name: str, level: int, folder: str) -> list[str]:
        """The nearest names to the first part of a module's that is wrong, the right ones before it included."""
        key = (name, level, folder)
        if key not in self._near:
            self._near[key] = self._find_nearest(name, level, folder)
        return self._near[key]

    def _find_nearest(self, name: str, level: int, folder: str) -> list[str]:
        importer = f"{folder}/" if level else ""
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            prefix = ".".join(parts[:count])
            found = nearest(prefix, self._resolver.names_like(prefix, importer), likeness=_LIKENESS)
            if prefix not in found:
                return ["." * level + other for other in found]
        return []

    def _owner(self, source: str, target: Target) -> str:
        """The target that has a source: of several the one that another has already, or depends on."""
        labels = self._modules.rivals.get(source)
        if not labels:
            return self._modules.owners.get(source, "")
        self.looked_at_hand = True
        present = [full_label(label, target.package) for label in (target.rule.deps.names if target.rule else ())]
        return next((label for label in (target.label, *present) if label in labels), "")

    def _report_ownerless(self, found: str, entry: Import, path: str, settings: Settings) -> None:
        rivals = self._modules.rivals.get(found)
        if rivals:
            reason = f"{entry.text}: several targets have {found}: {', '.join(rivals)}"
            remedy = f"leave it in one of them, or write # gazelle:resolve py {entry.module} LABEL in a BUILD file"
            self._problems.add(path, reason, remedy, f"line {entry.line}")
            return
        if self._facts(found).blank or entry.optional or not settings.validate:
            return
        self._problems.add(
            path,
            f"{entry.text}: no target has {found}",
            f"let a target have it, or write # gazelle:ignore {entry.module} in the source",
            f"line {entry.line}",
        )
