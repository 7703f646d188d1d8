"""Targets: what the generator wants in a BUILD file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Optional

from distroless_python.generate.read.buildfacts import Rule
from distroless_python.generate.read.projects import Project

LIBRARY, BINARY, TEST = "py_library", "py_binary", "py_test"
PYTEST, UNITTEST = "pytest_test", "unittest_test"
TESTS = frozenset({TEST, PYTEST, UNITTEST})
KINDS = frozenset({LIBRARY, BINARY}) | TESTS
FILEGROUP = "filegroup"
ENTRY_POINT, DISTRIBUTION_INFO = "py_entry_point", "py_distribution_info"
STATIC = "py_django_static"
IMAGE, LOAD, PUSH, IMAGE_TEST = "py_image", "py_load", "py_push", "py_image_test"


class Reason(NamedTuple):
    """Why a target depends on another: the file, its line, the import there, and how it was found."""

    path: str
    line: int
    text: str
    how: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.text} ({self.how})"


@dataclass
class Target:
    """A target of Python sources.

    Attributes:
        package: the path of its package.
        kind: the canonical kind, before `map_kind`.
        sources: paths of `.py` files below the package.
        stubs: paths of `.pyi` files below the package.
        rule: the rule of the BUILD file that it is, None for a new one.
        main: the attribute `main`, empty without; of an entry point `package.module:function`.
        extra_sources: labels among `srcs`.
        extra_deps: labels that no import asks for; `started`: what images start in its place, such as `gunicorn`.
        deps: label to the reasons; `typing_deps`: those for type checkers only.
        lazy_deps: those of `deps` that nothing needs when the target's modules are imported, but later.
        roots: folders that have to be on the import path for its modules to be found.
        data: patterns of its data files; `data_files`: names of more in its package; `data_labels`: labels of more.
        env: environment variables.
        django: it is a test of Django's.
        namespaces: it needs a namespace package that lies in several folders, so no `__init__.py` may be added.
        incomplete: a source could not be read, so that no dependency may be removed.
        project: the distribution that it tells of.
    """

    package: str
    name: str
    kind: str
    sources: list[str]
    stubs: list[str] = field(default_factory=list)
    rule: Optional[Rule] = None
    main: str = ""
    testonly: bool = False
    extra_sources: list[str] = field(default_factory=list)
    extra_deps: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    deps: dict[str, list[Reason]] = field(default_factory=dict)
    typing_deps: dict[str, list[Reason]] = field(default_factory=dict)
    lazy_deps: set[str] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)
    data: list[str] = field(default_factory=list)
    data_files: list[str] = field(default_factory=list)
    data_labels: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    incomplete: bool = False
    django: bool = False
    namespaces: bool = False
    project: Optional[Project] = None

    @property
    def label(self) -> str:
        return make_label(self.package, self.name)

    def path(self, source: str) -> str:
        """The path of a source in the workspace."""
        return f"{self.package}/{source}" if self.package else source


def make_label(package: str, name: str) -> str:
    """The shortest absolute label of a target."""
    return f"//{package}" if package and package.rsplit("/", 1)[-1] == name else f"//{package}:{name}"


def full_label(label: str, package: str) -> str:
    """A label as `make_label` writes it, whatever form it has in `package`."""
    if label.startswith("@"):
        repository, separator, rest = label.partition("//")
        return label if not separator or rest else repository
    if label.startswith("//"):
        path, _, name = label[2:].partition(":")
        return make_label(path, name or path.rsplit("/", 1)[-1])
    return make_label(package, label.lstrip(":"))


def relative_label(label: str, package: str) -> str:
    """An absolute label as it is written in `package`."""
    path, _, name = label[2:].partition(":")
    if not label.startswith("//") or path != package:
        return label
    return f":{name or path.rsplit('/', 1)[-1]}"


def spread_testonly(targets: dict[str, Target]) -> None:
    """A library that needs something for tests only is for tests only; Bazel asks for it to say so."""
    marked = {t.label for t in targets.values() if t.testonly or t.kind in TESTS}
    rest = [target for target in targets.values() if target.label not in marked]
    found = rest
    while found:
        found = [t for t in rest if not marked.isdisjoint(t.deps) or not marked.isdisjoint(t.typing_deps)]
        for target in found:
            target.testonly = True
            marked.add(target.label)
        rest = [target for target in rest if not target.testonly]
