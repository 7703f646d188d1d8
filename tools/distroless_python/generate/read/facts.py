"""What a Python source says that matters to its target: the result of reading it once."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple


class Import(NamedTuple):
    """An import.

    Attributes:
        module: the module's dotted name, with leading dots where it is relative.
        names: what is imported from it; empty for `import module`, which names a module and nothing in it.
        line: from 1.
        typing: only type checkers see it.
        optional: the program does without: in `try`, or under a test of the platform; so may what a string names.
        lazy: not executed when the module is imported: in a function, in the main block, or named in a string.
        named: a string names it.
    """

    module: str
    names: tuple[str, ...]
    line: int
    typing: bool = False
    optional: bool = False
    lazy: bool = False
    named: bool = False

    @property
    def text(self) -> str:
        """As it is written, shortened."""
        return f"from {self.module} import {', '.join(self.names)}" if self.names else f"import {self.module}"


def named_module(name: str, line: int, names: tuple[str, ...] = ()) -> Import:
    """A module that a string names: not missed where it is not there, and imported later."""
    return Import(name, names, line, optional=True, lazy=True, named=True)


class App(NamedTuple):
    """Something to serve or to work for: `variable` of the module, of a `framework`, for servers of an `interface`."""

    variable: str
    framework: str
    interface: str


class SourceFacts(NamedTuple):
    """What is known of a source.

    Attributes:
        imports_text: its imports in the order of the source, as JSON; most runs need those of few sources.
        error: the line and reason why it does not parse; `(0, "")` where it does.
        unparsed: its imports were found line by line: the source may be for a newer Python.
        has_main: it has an `if __name__ == "__main__"` block.
        blank: it has no statement.
        apps: the applications that it makes at its top level.
        ignored: modules of `# gazelle:ignore`.
        extra_deps: labels of `# gazelle:include_dep`.
        conftest: `# gazelle:include_pytest_conftest`, true without.
        port: `# distroless:port`, or where a gRPC server listens; 0 without.
        listens: a program of it keeps running; `schedules`: it has something for Celery's beat.
        test_style: `unittest`, `django`, `pytest` or empty: what its tests are written for.
        test_functions: it has functions of pytest at the top.
        testless: it has no definition and no call: as a test, it is empty.
        test_classes: its classes with "Test" in a base's name, and these bases with their modules.
        plugins: pytest plugins that it uses by name (modules, such as `pytest_mock`).
        django_settings: the value it gives `DJANGO_SETTINGS_MODULE`.
        data_paths: paths of data that it may open, as it writes them.
        static_root: as Django settings, it says where static files are collected.
        environment: variables that it reads without a default, with values that stand for real ones.
        wrong_annotations: line and name of annotations that lack their value.
        writes: pairs of a kind and a path that it writes to, as `source_writes` has them.
        django_apps: for a settings module, its `INSTALLED_APPS`; `django_folders`: those of its templates and the like.
    """

    imports_text: str = "[]"
    error: tuple[int, str] = (0, "")
    unparsed: bool = False
    has_main: bool = False
    blank: bool = False
    apps: tuple[App, ...] = ()
    ignored: tuple[str, ...] = ()
    extra_deps: tuple[str, ...] = ()
    conftest: bool = True
    port: int = 0
    listens: bool = False
    schedules: bool = False
    test_style: str = ""
    test_functions: bool = False
    testless: bool = False
    test_classes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    plugins: tuple[str, ...] = ()
    django_settings: str = ""
    django_apps: tuple[str, ...] = ()
    django_folders: tuple[str, ...] = ()
    data_paths: tuple[str, ...] = ()
    static_root: bool = False
    environment: tuple[tuple[str, str], ...] = ()
    wrong_annotations: tuple[tuple[int, str], ...] = ()
    writes: tuple[tuple[str, str], ...] = ()

    @property
    def imports(self) -> list[Import]:
        """Its imports."""
        return [Import(module, tuple(names), *rest) for module, names, *rest in json.loads(self.imports_text)]

    def to_text(self) -> str:
        """A line of text that `from_text` understands."""
        return f"{self.imports_text}\t{json.dumps(self[1:])}"

    @classmethod
    def from_text(cls, text: str) -> SourceFacts:
        """The facts of such a line; raises ValueError or TypeError for any other."""
        imports, _, shape = text.partition("\t")
        return cls(imports, *_shape(shape))


def imports_text(imports: list[Import]) -> str:
    """The field `imports_text`."""
    return json.dumps(imports, separators=(",", ":"))


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value


@cache
def _shape(text: str) -> tuple[Any, ...]:
    """All but the imports: most sources are alike in it, so few texts are decoded."""
    error, unparsed, has_main, blank, apps, *rest = json.loads(text)
    plain = [_tuple(value) for value in rest]
    return ((error[0], error[1]), unparsed, has_main, blank, tuple(App(*app) for app in apps), *plain)
