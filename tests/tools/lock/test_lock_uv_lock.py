"""uv.lock: what an environment gets of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.errors import ToolError
from distroless_python.lock.environments import parse
from distroless_python.lock.inputs import uv_lock as reader
from distroless_python.lock.inputs.pins import Pins, Selection
from support.foreign_locks import uv_lock, uv_package
from support.outcomes import outcome
from support.package_index import make_wheel
from support.properties import patient

_INDEX = "https://index.example.com/simple"
_ENVIRONMENTS = ("debian13_amd64", "debian11_amd64", "python3.13_macos_arm64")


def _third_party(name: str, *dependencies: str, version: str = "1", more: str = "", registry: str = _INDEX) -> str:
    return uv_package(name, version, registry, [make_wheel(name, version)], dependencies, more)


def _project(name: str, *dependencies: str, more: str = "", source: str = 'virtual = "."') -> str:
    rows = "".join(f"    {row},\n" for row in dependencies)
    return (
        f'[[package]]\nname = "{name}"\nversion = "0"\nsource = {{ {source} }}\ndependencies = [\n{rows}]\n\n{more}\n'
    )


def _read(folder: Path, text: str, selection: Selection | None = None, names: Sequence[str] = _ENVIRONMENTS) -> Pins:
    (folder / "MODULE.bazel").touch()
    (folder / "uv.lock").write_text(text)
    return reader.read(folder / "uv.lock", [parse(name) for name in names], selection or Selection())


def _names(pins: Pins, environment: str = "debian13_amd64") -> list[str]:
    return [f"{pin.name}=={pin.version}" for pin in pins.pins if environment in pin.environments]


def _problems(folder: Path, text: str, selection: Selection | None = None) -> list[tuple[str, str]]:
    with pytest.raises(ToolError) as caught:
        _read(folder, text, selection)
    return [(problem.member, problem.reason) for problem in caught.value.problems]


def test_markers_and_who_asked(tmp_path: Path) -> None:
    packages = [
        _third_party("old", '{ name = "tomli", marker = "python_full_version < \'3.11\'" }', '{ name = "new" }'),
        _third_party("new"),
        _third_party("mac"),
        _third_party("unused"),
        _project("site", '{ name = "old" }', '{ name = "mac", marker = "sys_platform == \'darwin\'" }'),
        _third_party("tomli"),
    ]
    read = _read(tmp_path, uv_lock(packages))
    found = {pin.name: (sorted(pin.environments), pin.via, pin.named_directly) for pin in read.pins}
    assert found == {
        "old": (sorted(_ENVIRONMENTS), ("site (uv.lock)",), True),
        "new": (sorted(_ENVIRONMENTS), ("old",), False),
        "mac": (["python3.13_macos_arm64"], ("site (uv.lock)",), True),
        "tomli": (["debian11_amd64"], ("old",), False),
    }
    assert [(project.name, project.folder) for project in read.first_party] == [("site", tmp_path)]
    old = read.pins[0]
    assert (old.index, old.url, old.place) == (_INDEX, "", "line 5")
    assert old.hashes == {make_wheel("old", "1").sha256}


_MORE = """\
[package.optional-dependencies]
pg = [
    { name = "driver", extra = ["binary"] },
]

[package.dev-dependencies]
dev = [
    { name = "tester" },
]
"""
_DRIVER = """\
[package.optional-dependencies]
binary = [
    { name = "libs" },
]
"""


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection(), ["web==1"]),
        (Selection(extras=("pg",)), ["driver==1", "libs==1", "web==1"]),
        (Selection(groups=("dev",)), ["tester==1", "web==1"]),
        (Selection(("pg",), ("dev",)), ["driver==1", "libs==1", "tester==1", "web==1"]),
    ],
)
def test_extras_and_groups(selection: Selection, names: list[str], tmp_path: Path) -> None:
    packages = [_third_party("driver", more=_DRIVER), *map(_third_party, ["libs", "tester", "web"])]
    read = _read(tmp_path, uv_lock([*packages, _project("site", '{ name = "web" }', more=_MORE)]), selection)
    assert _names(read) == names
    via = {pin.name: pin.via for pin in read.pins}
    extras = {pin.name: pin.extras for pin in read.pins if pin.extras}
    assert extras == ({"driver": ("binary",)} if "driver==1" in names else {})
    assert via.get("tester", ("uv.lock:dev",)) == ("uv.lock:dev",)
    assert via.get("libs", ("driver",)) == ("driver",)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    text = uv_lock([_third_party("web"), _project("site", '{ name = "web" }', more=_MORE), _third_party("tester")])
    assert _problems(tmp_path, text, Selection(("mysql",), ("docs",), ("api",))) == [
        ("", "has no project api; its projects are: site"),
        ("", "has no extra mysql; there are: none"),
        ("", "has no group docs; there are: none"),
    ]
    assert _problems(tmp_path, text, Selection(("mysql",))) == [("", "has no extra mysql; there are: pg")]


def test_forks_for_environments(tmp_path: Path) -> None:
    fork = "resolution-markers = [\n    \"python_full_version %s '3.10'\",\n]\n"
    source = f'source = {{ registry = "{_INDEX}" }}\n'
    older = _third_party("web", version="1").replace(source, source + fork % "<")
    newer = _third_party("web", version="2").replace(source, source + fork % ">=")
    rows = [
        f'{{ name = "web", version = "{version}", source = {{ registry = "{_INDEX}" }}, marker = "{marker}" }}'
        for version, marker in (("1", "python_full_version < '3.10'"), ("2", "python_full_version >= '3.10'"))
    ]
    # A requirement of the manifest (a script's) names no version: the fork's own markers decide.
    for text in (
        uv_lock([older, newer, _project("site", *rows)]),
        uv_lock([older, newer], head='[manifest]\nrequirements = [{ name = "web", specifier = ">=1" }]\n'),
    ):
        read = _read(tmp_path, text)
        assert _names(read, "debian13_amd64") == ["web==2"]
        assert _names(read, "debian11_amd64") == ["web==1"]


def test_conflicting_extras(tmp_path: Path) -> None:
    """uv writes which of two conflicting extras a dependency is for into the marker."""
    gpu = "https://gpu.example.com/whl"
    packages = [
        _third_party("torch", version="2+cpu"),
        _third_party("torch", version="2+cu", registry=gpu),
        _third_party("vision", *_torch_rows(gpu)),
        _project(
            "site",
            '{ name = "vision" }',
            more='[package.optional-dependencies]\ncpu = [\n    { name = "torch", version = "2+cpu" },\n]\n'
            'gpu = [\n    { name = "torch", version = "2+cu" },\n]\n',
        ),
    ]
    text = uv_lock(
        packages, head='conflicts = [[{ package = "site", extra = "cpu" }, { package = "site", extra = "gpu" }]]\n'
    )
    assert _names(_read(tmp_path, text)) == ["vision==1"]
    assert _names(_read(tmp_path, text, Selection(("cpu",)))) == ["torch==2+cpu", "vision==1"]
    read = _read(tmp_path, text, Selection(("gpu",)))
    assert _names(read) == ["torch==2+cu", "vision==1"]
    assert [pin.index for pin in read.pins] == [gpu, _INDEX]


def _torch_rows(gpu: str) -> Iterable[str]:
    either = "extra == 'extra-4-site-gpu' and extra != 'extra-4-site-cpu'"
    for version, registry, marker in (("2+cpu", _INDEX, "extra == 'extra-4-site-cpu'"), ("2+cu", gpu, either)):
        source = f'source = {{ registry = "{registry}" }}'
        yield f'{{ name = "torch", version = "{version}", {source}, marker = "{marker}" }}'


def test_a_workspace_has_every_project_or_those_that_are_chosen(tmp_path: Path) -> None:
    for folder in ("api", "libs/core"):
        (tmp_path / folder).mkdir(parents=True)
    packages = [
        _project("api", '{ name = "core" }', '{ name = "web" }', source='editable = "api"'),
        _project("core", '{ name = "base" }', source='editable = "libs/core"'),
        _project("tools", '{ name = "linter" }', source='virtual = "."'),
        *map(_third_party, ["base", "linter", "web"]),
    ]
    text = uv_lock(packages, head='[manifest]\nmembers = [\n    "api",\n    "core",\n    "tools",\n]\n')
    everything = _read(tmp_path, text)
    assert _names(everything) == ["base==1", "linter==1", "web==1"]
    chosen = _read(tmp_path, text, Selection(packages=("api",)))
    assert _names(chosen) == ["base==1", "web==1"]
    assert [project.name for project in chosen.first_party] == ["api", "core"]


def test_files_that_are_on_no_index(tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    digest = "a" * 64
    row = f'wheels = [\n    {{ %s, hash = "sha256:{digest}" }},\n]\n'
    url = "https://files.example.com/a-1-py3-none-any.whl"
    packages = [
        f'[[package]]\nname = "at"\nversion = "1"\nsource = {{ url = "{url}" }}\n' + row % f'url = "{url}"',
        '[[package]]\nname = "local"\nversion = "2"\nsource = { path = "wheels/local-2-py3-none-any.whl" }\n'
        + row % 'filename = "local-2-py3-none-any.whl"',
        '[[package]]\nname = "flat"\nversion = "3"\nsource = { registry = "wheels" }\n'
        + row % 'path = "flat-3-py3-none-any.whl"',
        _project("site", *(f'{{ name = "{name}" }}' for name in ("at", "flat", "local"))),
    ]
    at, local, flat = _read(tmp_path, uv_lock(packages)).pins
    assert (at.version, at.url, at.index, at.hashes) == ("1", url, "", frozenset([digest]))
    assert [(pin.version, pin.url, pin.index) for pin in (local, flat)] == [("2", "", ""), ("3", "", "")]


def test_every_problem_in_one_go(tmp_path: Path) -> None:
    packages = [
        '[[package]]\nname = "vcs"\nversion = "1"\nsource = { git = "https://me@git.example.com/vcs?rev=main#12" }\n\n',
        uv_package("bare", "1", _INDEX, []),
        uv_package("login", "1", "https://me:s3cret@index.example.com/simple", [make_wheel("login", "1")]),
        _project("site", *(f'{{ name = "{name}" }}' for name in ("vcs", "bare", "login"))),
        _project("gone", source='editable = "../gone"'),
    ]
    text = uv_lock(packages, head='[manifest]\nmembers = ["site", "gone"]\n')
    assert _problems(tmp_path, text) == [
        ("line 7", "vcs is the Git checkout https://git.example.com/vcs?rev=main#12, which has no hash"),
        ("line 12", "bare has no SHA-256 of a file"),
        ("line 17", "a password for index.example.com stands in it"),
        ("line 36", "../gone is not a folder beside it or in the workspace " + tmp_path.name),
    ]


def test_an_environment_that_it_is_not_for(tmp_path: Path) -> None:
    head = "supported-markers = [\n    \"sys_platform == 'linux'\",\n]\n"
    found = _problems(tmp_path, uv_lock([_project("site")], requires_python=">=3.12", head=head))
    assert found == [
        ("requires-python", "is for Python >=3.12, which debian11_amd64 has not"),
        ("supported-markers", "is not for python3.13_macos_arm64: none of its supported environments fits"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("version = 2\n", "is not a uv.lock that can be read: it has version 2, this reads 1"),
        ("", "is not a uv.lock that can be read: it has no version"),
        ('version = 1\n[[package]]\nversion = "1"\n', "is not a uv.lock that can be read: KeyError: 'name'"),
        ("version = 1\npackage = 3\n", "is not a uv.lock that can be read: TypeError: "),
        ('version = 1\nrequires-python = "x"\n', "is not a uv.lock that can be read: InvalidSpecifier: "),
        ("version = [", "cannot be read as TOML: "),
    ],
)
def test_what_is_not_a_uv_lock(text: str, reason: str, tmp_path: Path) -> None:
    ((_, found),) = _problems(tmp_path, text)
    assert found.startswith(reason)


_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
_KEYS = st.sampled_from(["name", "version", "source", "dependencies", "wheels", "hash", "marker", "extra", "virtual"])
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12
)


@patient
@given(st.dictionaries(st.sampled_from(["package", "manifest", "requires-python", "supported-markers"]), _VALUES))
def test_any_table_is_read_or_refused(tmp_path: Path, table: dict[str, object]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("distroless_python.lock.inputs.uv_model.read_toml", lambda path: {"version": 1, **table})
        found = outcome(lambda: _read(tmp_path, ""))
    assert isinstance(found, (Pins, ToolError))
