"""What runs a test: pytest, the standard library's unittest, or its own main."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from distroless_python.errors import Collector
from distroless_python.generate.messages import Grouped
from distroless_python.generate.read.buildfacts import Rule
from distroless_python.generate.read.facts import SourceFacts
from distroless_python.generate.read.settings import Settings
from distroless_python.generate.read.targets import PYTEST, TEST, UNITTEST

_GENERATED = {
    *("name", "testonly", "srcs", "data", "env", "imports", "main"),
    *("pyi_deps", "pyi_srcs", "deps", "tags", "size", "timeout"),
}
"""The attributes of a test that was generated, and those that say nothing about what runs it."""
_DJANGO = ("django.", "rest_framework.", "wagtail.", "cms.", "channels.")


class TestStyles:
    """Knows what tests are written for, by the classes that theirs derive from."""

    def __init__(self, facts: Callable[[str], SourceFacts], sources: Collection[str]) -> None:
        self._facts = facts
        self._sources = sources
        self._known: dict[tuple[str, str], str] = {}

    def of(self, path: str) -> str:
        """`django`, `unittest`, `pytest`, or empty where a source has nothing that says."""
        facts = self._facts(path)
        styles = {self._of_class(path, name) for name, _ in facts.test_classes} - {""}
        if "django" in styles or facts.test_style == "django":
            return "django"
        if facts.test_style == "pytest" or facts.test_functions:
            return "pytest"
        return "unittest" if "unittest" in styles else facts.test_style

    def _of_class(self, path: str, name: str) -> str:
        key = (path, name)
        if key not in self._known:
            self._known[key] = ""  # A class that leads back to itself says nothing.
            bases = dict(self._facts(path).test_classes).get(name, ())
            styles = {self._of_base(path, base) for base in bases}
            self._known[key] = next((s for s in ("django", "unittest") if s in styles), "")
        return self._known[key]

    def _of_base(self, path: str, base: str) -> str:
        module, _, name = base.rpartition(".")
        if not module:
            return self._of_class(path, name)
        for source in module_places(module, path, self._sources):
            style = self._of_class(source, name)
            if style:
                return style
            again = [f"{e.module}.{n}" for e in self._facts(source).imports for n in e.names if n == name]
            return self._of_base(source, again[0]) if again and again[0] != base else ""
        if module.startswith("unittest"):
            return "unittest"
        if base.startswith(_DJANGO):
            return "django"
        return "unittest" if name.endswith(("TestCase", "TestBase")) else ""


def module_places(module: str, importer: str, sources: Collection[str]) -> Iterator[str]:
    """The sources that a module may be, as seen from another: the nearest first."""
    folders = importer.split("/")[:-1]
    level = len(module) - len(module.lstrip("."))
    lengths = [len(folders) - level + 1] if level else range(len(folders), -1, -1)
    for length in lengths:
        stem = "/".join([*folders[:length], *module[level:].split(".")]).rstrip("/")
        yield from (path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in sources)


def test_kind(
    settings: Settings, paths: list[str], facts: list[SourceFacts], styles: TestStyles, has_pytest: bool
) -> str:
    """The kind of rule that runs some tests; empty where nothing does."""
    if settings.test_runner == "none" or settings.written_kind(TEST) != TEST:
        return TEST
    if settings.test_runner != "auto":
        return PYTEST if settings.test_runner == "pytest" else UNITTEST
    if len(facts) == 1 and (facts[0].has_main or facts[0].testless):
        return TEST  # A runner takes it for an error that there is nothing to run.
    if has_pytest:
        return PYTEST
    return UNITTEST if all(styles.of(path) in ("unittest", "django") for path in paths) else ""


def report_without_runner(path: str, problems: Collector) -> None:
    """Says that nothing runs a test."""
    problem = Grouped(
        path,
        "nothing runs its tests: it is written for pytest, which no hub has, and has no main of its own",
        "add pytest to the requirements and lock, or write # distroless:test_runner unittest (or none)",
        kind="tests that nothing runs",
        name="pytest",
    )
    problems.extend([problem])


def is_untouched(rule: Rule) -> bool:
    """Whether a test may have been generated as it is, when nothing was known that runs it."""
    return not rule.keep and set(rule.attributes) <= _GENERATED
