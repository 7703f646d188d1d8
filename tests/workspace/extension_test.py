"""What the module extension says of tags and locks that are wrong: the lock, the value and the remedy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from nested import Nested

LOCK = "bazel run @rules_distroless_python//tools:lock --"
DEBIAN = {"format": 1, "kind": "debian", "release": "debian13", "added": [], "architectures": {}}
BUILDER = {**DEBIAN, "builder": True}
SDIST = {"version": "1", "file": "x-1.tar.gz", "kind": "sdist", "sha256": "0" * 64, "environments": ["debian13_amd64"]}
WHEELS: dict[str, Any] = {
    "format": 1,
    "kind": "wheels",
    "environments": {"debian13_amd64": {"python": "3.13", "architecture": "amd64", "os": "linux"}},
    "distributions": {
        "x": [SDIST],
        "setuptools": [{**SDIST, "kind": "wheel", "file": "setuptools-1-py3-none-any.whl"}],
    },
}
Ask = Callable[..., str]


@pytest.fixture
def ask(nested: Nested) -> Iterator[Ask]:
    """What Bazel says of `target` with these lines at the end of MODULE.bazel; `x` is the lock //bad:x.lock.json."""
    module, folder = nested.root / "MODULE.bazel", nested.root / "bad"
    text = module.read_text()
    folder.mkdir(exist_ok=True)
    (folder / "BUILD.bazel").touch()

    def run(
        lines: str,
        target: str = "@dev_pypi//:all",
        command: tuple[str, ...] = ("query",),
        *,
        succeeds: bool = False,
        **locks: Any,
    ) -> str:
        for name, lock in locks.items():
            content = lock if isinstance(lock, str) else json.dumps(lock)
            (folder / f"{name}.lock.json").write_text(content)
        module.write_text(f"{text}\n{lines}\n")
        return nested.bazel(*command, "--noshow_progress", target, succeeds=succeeds).stderr

    yield run
    module.write_text(text)


def test_what_is_right(ask: Ask) -> None:
    ask(
        'dev.builder(name = "b", lock = "//bad:builder.lock.json")\n'
        'dev.wheels(name = "w", lock = "//bad:wheels.lock.json", build_requires = {"x": ["setuptools"]})',
        succeeds=True,
        builder={**BUILDER, "release": "debian99"},
        wheels=WHEELS,
    )


@pytest.mark.parametrize(
    ("tag", "lock", "found", "again"),
    [
        ("base", {**DEBIAN, "format": 2}, "kind debian, found format 2, kind debian", "debian --release <debian13>"),
        ("base", WHEELS, "kind debian, found format 1, kind wheels", "debian --release <debian13>"),
        ("base", "# no JSON", "kind debian, found no JSON object", "debian --release <debian13>"),
        ("wheels", DEBIAN, "kind wheels, found format 1, kind debian", "wheels --requirements <requirements_lock.txt>"),
        ("wheels", [], "kind wheels, found no JSON object", "wheels --requirements <requirements_lock.txt>"),
    ],
)
def test_a_lock_of_another_format(ask: Ask, tag: str, lock: object, found: str, again: str) -> None:
    lines = f'dev.{tag}(name = "x", lock = "//bad:x.lock.json")\nuse_repo(dev, "x")'
    said = ask(lines, "@x//:all", x=lock)
    assert f"//bad:x.lock.json: expected a lock of format 1, {found}. Lock again: {LOCK} {again}" in said
    assert "--output bad/x.lock.json" in said


def test_a_lock_that_is_not_there_yet_stops_nothing_but_what_uses_it(ask: Ask) -> None:
    lines = 'dev.base(name = "later", lock = "//bad:later.lock.json")\nuse_repo(dev, "later")'
    said = ask(lines, "@later//:all")
    assert f"//bad:later.lock.json: there is no such file. Make it: {LOCK} debian --release <debian13> --output" in said
    ask(lines, "@dev_pypi//:all", succeeds=True)
    ask(lines, "//tools:lock", ("cquery",), succeeds=True)
    ask(lines, "@later//:all", succeeds=True, later=DEBIAN)


def test_a_builder_for_a_base_and_a_base_for_a_builder(ask: Ask) -> None:
    said = ask('dev.base(name = "x", lock = "//bad:x.lock.json")', x=BUILDER)
    assert (
        "//bad:x.lock.json: it is the lock of a builder. Give it to distroless.builder, or lock again without" in said
    )
    said = ask('dev.builder(name = "x", lock = "//bad:x.lock.json")', x={**DEBIAN, "release": "debian99"})
    assert (
        "//bad:x.lock.json: it is the lock of a base. Give it to distroless.base, or lock again with --builder" in said
    )


def test_two_builders_of_a_release(ask: Ask) -> None:
    said = ask('dev.builder(name = "mine", lock = "//bad:x.lock.json")', x=BUILDER)
    assert 'distroless.builder: "debian13_builder" and "mine" are both of debian13; keep one.' in said


def test_two_of_a_name(ask: Ask) -> None:
    said = ask('dev.wheels(name = "dev_pypi", lock = "//bad:x.lock.json")', x=WHEELS)
    name = 'distroless: the name "dev_pypi" in module "rules_distroless_python"'
    assert f'{name} is taken by module "rules_distroless_python"; give one of them another name' in said


@pytest.mark.parametrize("attribute", ["build_debs", "build_requires", "patches"])
def test_a_distribution_that_has_no_source(ask: Ask, attribute: str) -> None:
    said = ask(f'dev.wheels(name = "w", lock = "//bad:x.lock.json", {attribute} = {{"X_": ["y"]}})', x=WHEELS)
    assert f'distroless.wheels(name = "w"): {attribute} names "X_", of which' in said
    assert (
        "//bad:x.lock.json has no source distribution. "
        "Correct the name (normalised: lower case, with hyphens), or take it out." in said
    )


def test_an_excluded_distribution_that_is_not_locked(ask: Ask) -> None:
    said = ask('dev.wheels(name = "w", lock = "//bad:x.lock.json", exclude = {"X_": ["y"]})', x=WHEELS)
    assert 'distroless.wheels(name = "w"): exclude names "X_", which' in said
    assert "Correct the name (normalised: lower case, with hyphens), or take it out." in said


def test_a_build_requirement_that_is_not_locked(ask: Ask) -> None:
    said = ask('dev.wheels(name = "w", lock = "//bad:x.lock.json", build_requires = {"x": ["cython"]})', x=WHEELS)
    assert 'distroless.wheels(name = "w"): build_requires of "x" names "cython", which' in said
    assert "Add it to requirements.in and lock again." in said


@pytest.mark.parametrize("name", ["ypyaml", "pyyam", "pyyyaml", "yaml", "py-yaml"])
def test_a_name_that_is_nearly_one_of_the_lock(ask: Ask, name: str) -> None:
    distribution = "py-yaml" if name == "py-yaml" else "pyyaml"
    file = {**SDIST, "kind": "wheel", "file": "x-1-py3-none-any.whl", "direct": True, "top_level": ["yaml"]}
    said = ask(
        'dev.wheels(name = "w", lock = "//bad:x.lock.json")\nuse_repo(dev, "w")',
        f"@w//{name}",
        ("build", "--nobuild"),
        x={**WHEELS, "distributions": {distribution: [file]}},
    )
    assert f"@@//bad:x.lock.json has no distribution {name}; nearest: @w//py" in said
    assert "If it is another one, add it to the requirements and lock: bazel run" in said


@pytest.mark.parametrize(
    ("release", "message"),
    [
        (
            "debian13",
            'build_debs of distroless.wheels(name = "w") names libfoo-dev, which @@//bases:debian13-builder.lock.json'
            f" does not have. Add it: {LOCK} debian --builder --release debian13"
            " --output bases/debian13-builder.lock.json --also libfoo-dev",
        ),
        (
            "debian14",
            "x has no wheel for debian14_amd64 and is built from source, for which there is no builder. "
            f"Lock again, which makes bad/debian14-builder.lock.json: {LOCK.removesuffix(' --')}",
        ),
    ],
)
def test_a_source_that_no_builder_can_build(ask: Ask, nested: Nested, release: str, message: str) -> None:
    source = nested.root / "bad/x-1.tar.gz"
    source.write_bytes(b"sources")
    sdist = {**SDIST, "environments": [f"{release}_amd64"], "url": source.as_uri()}
    sdist["sha256"] = hashlib.sha256(b"sources").hexdigest()
    environments = {f"{release}_amd64": WHEELS["environments"]["debian13_amd64"]}
    said = ask(
        'dev.wheels(name = "w", lock = "//bad:x.lock.json", build_debs = {"x": ["libfoo-dev"]})\nuse_repo(dev, "w")',
        "@w//x",
        ("build", "--nobuild", f"--//rules:release={release}", "--//rules:architecture=amd64"),
        x={**WHEELS, "environments": environments, "distributions": {"x": [sdist]}},
    )
    assert message in said


INTERPRETERS = 'interpreters = {"//bad:python.tar": "amd64"}'
RELEASE = {"codename": "trixie", "end_of_life": "", "python": "3.13", "version_id": "13"}
BASE = {**DEBIAN, **RELEASE, "architectures": {"amd64": [], "arm64": []}}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (
            'packages = ["libx"]',
            'distroless.base(name = "x"): packages goes with `interpreters`. Add these, or remove it.',
        ),
        ('python = "3.14"', 'distroless.base(name = "x"): python goes with `interpreters`. Add these, or remove it.'),
        (
            INTERPRETERS,
            'distroless.base(name = "x"): python = "" is not a version. '
            'Write that of the interpreters, such as "3.14".',
        ),
        (
            'python = "3.14", interpreters = {"//bad:python.tar": "x86_64"}',
            'distroless.base(name = "x"): interpreters has "x86_64". Write one of: amd64, arm64.',
        ),
        (
            f'{INTERPRETERS}, python = "3.14", packages = ["libx", "liby"]',
            'distroless.base(name = "x"): packages has libx, liby, which @@//bad:x.lock.json does not have. '
            "Lock again with --also libx liby, or remove them.",
        ),
    ],
)
def test_a_python_that_is_not_debians(ask: Ask, attributes: str, expected: str) -> None:
    assert expected in ask(f'dev.base(name = "x", lock = "//bad:x.lock.json", {attributes})', x=BASE)


def test_a_python_of_which_bazel_has_no_files(ask: Ask, nested: Nested) -> None:
    (nested.root / "bad/BUILD.bazel").write_text(
        'load("@rules_python//python:py_runtime.bzl", "py_runtime")\n'
        'py_runtime(name = "python", interpreter_path = "/usr/bin/python3", python_version = "PY3",'
        ' visibility = ["//visibility:public"])\n'
    )
    interpreters = 'python = "3.14", interpreters = {"//bad:python": "amd64"}'
    lines = f'dev.base(name = "x", lock = "//bad:x.lock.json", {interpreters})\nuse_repo(dev, "x")'
    said = ask(lines, "@x//:amd64", ("build", "--nobuild"), x=BASE)
    (nested.root / "bad/BUILD.bazel").write_text("")
    assert (
        "the interpreter @@//bad:python is the machine's own (/usr/bin/python3), of which Bazel has no files." in said
    )
    assert "Give a tree of files: a directory, a filegroup, an archive, or a hermetic toolchain's py_runtime." in said


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('slim = True, keep = ["x"]', 'keep = ["x"] names no part of a base. Choose from ['),
        (
            'keep = ["berkeley-db"]',
            'keep = ["berkeley-db"] says what a slim base keeps. Write slim = True, or leave it out.',
        ),
    ],
)
def test_a_slim_base(ask: Ask, attributes: str, expected: str) -> None:
    assert f'distroless.base "x": {expected}' in ask(
        f'dev.base(name = "x", lock = "//bad:x.lock.json", {attributes})', x=BASE
    )
