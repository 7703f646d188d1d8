"""Decides which targets a package has.

What is in the BUILD file counts first: a rule keeps the sources that it has, under the name that it has. Only sources
that no rule has get a place: in the package's library, or in a target of their own, as the settings say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from distroless_python.errors import Collector
from distroless_python.generate.decide.testing import TestStyles, is_untouched, report_without_runner, test_kind
from distroless_python.generate.read.buildfacts import Rule
from distroless_python.generate.read.facts import SourceFacts
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.targets import (
    BINARY,
    IMAGE,
    KINDS,
    LIBRARY,
    TEST,
    TESTS,
    Target,
)

Facts = Callable[[str], SourceFacts]
"""The facts of a source by its path in the workspace."""

IMAGE_TEST_FILE = "image_test.py"
_TEST_MAIN = "__test__.py"
_CONVENTIONS = {LIBRARY: "library", BINARY: "binary", **dict.fromkeys(TESTS, "test")}


@dataclass
class Plan:
    """The targets of a package, and its rules that have no source left."""

    targets: list[Target] = field(default_factory=list)
    stale: list[Rule] = field(default_factory=list)


class Planner:
    """Plans the targets of a package: `run` is for one call."""

    def __init__(
        self,
        package: Package,
        name: str,
        facts: Facts,
        styles: TestStyles,
        has_pytest: bool,
        shared: Collection[str],
        problems: Collector,
    ) -> None:
        """Takes what the plan follows from.

        Args:
            name: what `$package_name$` stands for.
            shared: paths of sources that are in the library, whatever else they are.
        """
        self._plan = Plan()
        self._package = package
        self._settings = package.settings
        self._name = name
        self._facts = facts
        self._styles = styles
        self._has_pytest = has_pytest
        self._shared = shared
        self._problems = problems
        self._claimed: dict[str, set[str]] = {LIBRARY: set(), BINARY: set(), TEST: set()}
        self._names = {rule.name: rule for rule in package.build.rules if rule.name}
        self._rejected: set[str] = set()

    def run(self) -> Plan:
        """The plan."""
        self._existing()
        self._new()
        return self._plan

    def _existing(self) -> None:
        """The rules that are there keep their sources."""
        package, settings = self._package, self._settings
        made = {output for rule in package.build.rules for output in rule.outputs}
        for rule in package.build.rules:
            kind = settings.canonical_kind(rule.kind)
            if kind.endswith("_test") and kind not in KINDS:
                self._claimed[TEST].update((*rule.srcs.names, rule.text("main")))
            if kind not in KINDS or not rule.name or rule.srcs.opaque:
                continue
            if self._is_split_up(rule, kind):
                self._plan.stale.append(rule)
                del self._names[rule.name]
                continue
            sources = rule.srcs.among(package.sources)
            gone = {n for n in rule.srcs.names if _is_file(n) and n not in made} - {*package.sources, *package.ignored}
            if rule.srcs.names and not rule.srcs.globs and gone == set(rule.srcs.names) and not rule.keep:
                self._plan.stale.append(rule)
                del self._names[rule.name]
                continue
            for _, exclude in rule.srcs.globs:
                self._rejected.update(type(rule.srcs)((), ((exclude, ()),)).among(package.sources))
            self._claimed[TEST if kind in TESTS else kind].update(sources)
            if kind == TEST and settings.test_runner == "auto" and self._is_plain_test(rule, sources):
                kind = self._test_kind(sources)
            target = self._target(rule.name, kind, sources, rule=rule, main=rule.text("main"), testonly=rule.testonly)
            images = [r for r in package.build.rules if r.kind == IMAGE and r.text("binary") == f":{rule.name}"]
            target.started = [r.text("console_script") or r.text("module") for r in images]
            self._plan.targets.append(target)

    def _is_plain_test(self, rule: Rule, sources: list[str]) -> bool:
        """Whether a `py_test` is as it was generated when nothing was known that runs it."""
        tests = [source for source in sources if self._settings.is_test(source.rpartition("/")[2])]
        return is_untouched(rule) and bool(tests) and tests == sources and not rule.text("main")

    def _is_split_up(self, rule: Rule, kind: str) -> bool:
        """In file mode the library that package mode made is divided."""
        split = self._settings.mode == "file" and kind == LIBRARY and not rule.keep and not rule.srcs.globs
        return split and rule.name == self._library_name() and len(rule.srcs.names) > 1

    def _new(self) -> None:
        """Sources that no rule has get a target."""
        libraries: list[str] = []
        tests: list[str] = []
        conftests: list[str] = []
        mains: list[str] = []
        inner_mains: list[str] = []
        has_entry = "__main__.py" in self._package.sources
        new_entry = has_entry and not any("__main__.py" in sources for sources in self._claimed.values())
        for source in self._package.sources:
            base = source.rsplit("/", 1)[-1]
            claims = [kind for kind, sources in self._claimed.items() if source in sources]
            if source in self._rejected and not claims:
                continue
            if self._package_path(source) in self._shared and source not in self._claimed[LIBRARY]:
                libraries.append(source)
                if base == "conftest.py":
                    continue
            if source in ("__main__.py", _TEST_MAIN) or (not claims and self._packages_others(source, base)):
                continue
            if base == "conftest.py":
                conftests += [source] * (not claims)
            elif base == "__main__.py":
                inner_mains += [source] * (not claims)
            elif self._settings.is_test(base):
                tests += [source] * (not claims)
            else:
                runs = not has_entry and self._facts(self._package_path(source)).has_main
                if runs and BINARY not in claims:
                    mains.append(source)
                if not claims and source not in libraries and not (runs and self._settings.mode == "file"):
                    libraries.append(source)
        self._libraries(libraries)
        if conftests:
            self._add("conftest", LIBRARY, conftests, testonly=True)
        if new_entry:
            self._binary(self._settings.binary_name.replace("$package_name$", self._name), "__main__.py")
        for source in inner_mains:
            folder = source.rpartition("/")[0]
            name = self._settings.binary_name.replace("$package_name$", folder.rpartition("/")[2])
            self._binary(f"{folder}/{name}", source)
        for source in mains:
            self._binary(_stem(source), source)
        self._tests(tests)

    def _packages_others(self, source: str, base: str) -> bool:
        """A `setup.py` of setuptools is not part of the program that it packages."""
        if base != "setup.py":
            return False
        modules = {entry.module.partition(".")[0] for entry in self._facts(self._package_path(source)).imports}
        return not modules.isdisjoint({"setuptools", "distutils"})

    def _libraries(self, sources: list[str]) -> None:
        if self._settings.mode == "file":
            for source in sources:
                self._file_library(source)
            return
        if not sources:
            return
        mine = [
            t for t in self._plan.targets if t.kind == LIBRARY and t.rule and t.name != "conftest" and not t.rule.keep
        ]
        mine = [
            t for t in mine if t.rule and (t.rule.srcs.names or t.rule.srcs.globs or t.name == self._library_name())
        ]
        named = [t for t in mine if t.name == self._library_name()]
        chosen = mine[0] if len(mine) == 1 else named[0] if named else None
        if chosen is not None:
            chosen.sources = sorted({*chosen.sources, *sources})
            chosen.stubs = self._stubs(chosen.sources)
        else:
            self._add(self._library_name(), LIBRARY, sources)

    def _file_library(self, source: str) -> None:
        is_init = source.rsplit("/", 1)[-1] == "__init__.py"
        if is_init and self._facts(self._package_path(source)).blank:
            return
        self._add(_stem(source), LIBRARY, self._with_init([source]))

    def _with_init(self, sources: list[str]) -> list[str]:
        init = "__init__.py"
        if not self._settings.include_init or self._settings.mode != "file" or init not in self._package.sources:
            return sources
        return sources if self._facts(self._package_path(init)).blank else sorted({init, *sources})

    def _binary(self, name: str, source: str) -> None:
        fallback = self._settings.binary_name.replace("$package_name$", self._name)
        empty = next((t for t in self._plan.targets if t.name == name and t.kind == BINARY and not t.sources), None)
        if empty is not None and empty.rule is not None:  # A rule that somebody wrote without sources.
            empty.sources = self._with_init([source])
            return
        for candidate in (name, fallback, *([] if name == fallback else [f"{_stem(source)}_bin"])):
            taken = any(target.name == candidate for target in self._plan.targets)
            if not taken and (candidate not in self._names or self._kind_of(candidate) == BINARY):
                name = candidate
                break
        main = source if _stem(source) != name else ""
        self._add(name, BINARY, self._with_init([source]), main=main)

    def _tests(self, sources: list[str]) -> None:
        entry_file = _TEST_MAIN in self._package.sources
        entry_target = not entry_file and "__test__" in self._names
        settings = self._settings
        gathered = settings.mode == "project" and any(len(t.sources) > 1 for t in self._plan.targets if t.kind in TESTS)
        if entry_target and not sources and not any(t.kind in TESTS for t in self._plan.targets):
            self._test(settings.test_name.replace("$package_name$", self._name), [], entry_file, entry_target)
        per_package = not settings.require_test_entry_point or entry_file or entry_target or gathered
        if per_package and settings.mode != "file":
            for source in self._image_tests(sources):
                sources.remove(source)
                self._test(_stem(source), [source], False, False)
            mine = [t for t in self._plan.targets if t.kind in TESTS]
            if entry_file and not any(_TEST_MAIN in t.sources for t in mine):
                sources = sorted([*sources, _TEST_MAIN])
            if not sources:
                return
            if len(mine) == 1:
                mine[0].sources = sorted({*mine[0].sources, *sources})
                return
            self._test(settings.test_name.replace("$package_name$", self._name), sources, entry_file, entry_target)
            return
        for source in sources:
            self._test(_stem(source), [source], entry_file, entry_target)

    def _image_tests(self, sources: list[str]) -> list[str]:
        """The sources that may be tests of images, by their names; each is a target of its own."""
        if not self._settings.base or not self._settings.images:
            return []
        return [source for source in sources if source.endswith(IMAGE_TEST_FILE) and "/" not in source]

    def _test(self, name: str, sources: list[str], entry_file: bool, entry_target: bool) -> None:
        if any(target.name == name for target in self._plan.targets):
            name = f"{name}_test"
        if entry_target:
            target = self._add(name, TEST, sources, main=f":{_TEST_MAIN}")
            if target:
                target.extra_sources, target.extra_deps = [":__test__"], [":__test__"]
        elif entry_file:
            self._add(name, TEST, sorted({*sources, _TEST_MAIN}), main=_TEST_MAIN)
        else:
            kind = self._test_kind(sources)
            main = sources[0] if kind == TEST and len(sources) == 1 and _stem(sources[0]) != name else ""
            self._add(name, kind, sources, main=main)

    def _test_kind(self, sources: list[str]) -> str:
        """A test needs a main: its own, or that of a test runner."""
        paths = [self._package_path(source) for source in sources]
        kind = test_kind(self._settings, paths, [self._facts(p) for p in paths], self._styles, self._has_pytest)
        if not kind:
            report_without_runner(paths[0], self._problems)
        return kind or TEST

    def _add(
        self, name: str, kind: str, sources: Iterable[str], *, main: str = "", testonly: bool = False
    ) -> Target | None:
        """A new target, or None where its name is taken by another kind of rule."""
        rule = self._names.get(name)
        if rule is not None:
            self._problems.add(
                self._package.build_path,
                f"the name {name!r} of the {kind} for {', '.join(sources)} is taken by a {rule.kind}",
                f"rename it, or choose another name: # gazelle:python_{_CONVENTIONS[kind]}_naming_convention NAME",
                f"line {rule.line}",
            )
            return None
        target = self._target(name, kind, list(sources), main=main, testonly=testonly)
        self._plan.targets.append(target)
        return target

    def _target(
        self,
        name: str,
        kind: str,
        sources: list[str],
        *,
        rule: Rule | None = None,
        main: str = "",
        testonly: bool = False,
    ) -> Target:
        target = Target(self._package.path, name, kind, sources, self._stubs(sources), rule, main, testonly)
        target.django = kind in TESTS and any(self._styles.of(target.path(s)) == "django" for s in sources)
        return target

    def _stubs(self, sources: list[str]) -> list[str]:
        if not self._settings.pyi_srcs:
            return []
        return [stub for stub in self._package.stubs if stub[:-1] in sources]

    def _kind_of(self, name: str) -> str:
        return self._settings.canonical_kind(self._names[name].kind)

    def _library_name(self) -> str:
        return self._settings.library_name.replace("$package_name$", self._name)

    def _package_path(self, source: str) -> str:
        return f"{self._package.path}/{source}" if self._package.path else source


def _stem(source: str) -> str:
    return source[: -len(".py")]


def _is_file(name: str) -> bool:
    return name.endswith(".py") and not name.startswith((":", "//", "@"))
