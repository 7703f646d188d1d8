"""The settings of a package: what the directives of its BUILD file and of those above it add up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

from distroless_python.generate.read.cache import digest_of
from distroless_python.generate.read.globs import Glob

DEFAULT_TEST_PATTERNS = ("*_test.py", "test_*.py", "tests.py")
DEFAULT_DATA = (
    *("templates/**", "static/**", "locale/**", "fixtures/**", "data/**"),
    *("*.so", "py.typed", "*.csv", "*.json", "*.sql", "*.html", "*.mo"),
)


@dataclass(frozen=True)
class MappedKind:
    """`# gazelle:map_kind`: the rule to write instead, and the file to load it from."""

    kind: str
    load: str


@dataclass(frozen=True)
class Settings:
    """The settings of a package; `docs/reference/generate.md` says what each directive does."""

    enabled: bool = True
    left_alone: bool = False
    update_only: bool = False
    python_root: Optional[str] = None
    manifest_name: str = "gazelle_python.yaml"
    manifests: tuple[str, ...] = ()
    ignored_files: frozenset[str] = frozenset()
    ignored_imports: frozenset[str] = frozenset()
    validate: bool = True
    mode: str = "package"
    include_init: bool = False
    require_test_entry_point: bool = True
    library_name: str = "$package_name$"
    binary_name: str = "$package_name$_bin"
    test_name: str = "$package_name$_test"
    default_visibility: tuple[str, ...] = ("//:__subpackages__",)
    visibility: tuple[str, ...] = ()
    test_patterns: tuple[str, ...] = DEFAULT_TEST_PATTERNS
    label_convention: str = "$distribution_name$"
    label_normalization: str = "snake_case"
    pyi_deps: bool = True
    pyi_srcs: bool = True
    siblings_first: bool = False
    ancestor_conftest: bool = True
    resolve: tuple[tuple[str, str], ...] = ()
    resolve_regexp: tuple[tuple[str, str], ...] = ()
    kinds: tuple[tuple[str, MappedKind], ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    build_names: tuple[str, ...] = ("BUILD.bazel", "BUILD")
    excluded: tuple[str, ...] = ()
    base: str = ""
    images: bool = True
    repository: str = ""
    repository_package: str = ""
    server: str = ""
    hub: str = ""
    data: tuple[str, ...] = DEFAULT_DATA
    test_runner: str = "auto"
    _cache: dict[str, Glob] = field(default_factory=dict, compare=False, repr=False)
    _digest: list[str] = field(default_factory=list, compare=False, repr=False)

    def is_test(self, name: str) -> bool:
        """Whether a file of this name is a test."""
        return self._glob("tests", self.test_patterns).matches(name)

    def is_excluded(self, path: str) -> bool:
        """Whether a path of the workspace is left out."""
        return bool(self.excluded) and self._glob("excluded", self.excluded).matches(path)

    def written_kind(self, kind: str) -> str:
        """The name that a kind of rule is written with."""
        mapped = dict(self.kinds).get(kind)
        return mapped.kind if mapped else kind

    def canonical_kind(self, written: str) -> str:
        """The kind that a written name stands for."""
        for kind, mapped in self.kinds:
            if mapped.kind == written:
                return kind
        return dict(self.aliases).get(written, written)

    @property
    def digest(self) -> str:
        """A digest of all of it."""
        if not self._digest:
            self._digest.append(digest_of(self))
        return self._digest[0]

    def all_visibility(self) -> list[str]:
        """The visibility of a library, sorted."""
        return sorted({*self.default_visibility, *self.visibility})

    def _glob(self, name: str, patterns: tuple[str, ...]) -> Glob:
        if name not in self._cache:
            self._cache[name] = Glob(patterns)
        return self._cache[name]
