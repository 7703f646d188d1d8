"""A release, consumed as one: a workspace that has only `bazel_dep`, and a registry that has the archive."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from nested import workspace
from scratch import Scratch, release

_BUILD = """load("@rules_distroless_python//rules:defs.bzl", "py_image", "py_image_test")
load("@rules_python//python:py_binary.bzl", "py_binary")

py_binary(
    name = "hello",
    srcs = ["hello.py"],
    deps = ["@pypi//sqlparse"],
)

py_image(
    name = "image",
    base = "@python3_debian13",
    binary = ":hello",
)

py_image_test(
    name = "image_test",
    image = ":image",
    stdout = "^select 1$",
)
"""
_MODULE = """module(name = "user")

bazel_dep(name = "rules_distroless_python", version = "{version}")
bazel_dep(name = "rules_python", version = "1.4.1")

distroless = use_extension("@rules_distroless_python//rules:extensions.bzl", "distroless")
distroless.base(name = "python3_debian13", lock = "//:debian13.lock.json")
distroless.wheels(name = "pypi", lock = "//:wheels.lock.json")
use_repo(distroless, "pypi", "python3_debian13")
"""


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("release")
    made = release(workspace(), output, f"--url={output.as_uri()}/{{file}}")
    assert made.returncode == 0, made.stderr
    return output


def _version(released: Path) -> str:
    (entry,) = (released / "registry/modules/rules_distroless_python").glob("*/source.json")
    return entry.parent.name


def test_a_workspace_with_only_a_bazel_dep(released: Path, tmp_path: Path) -> None:
    user = Scratch.create(tmp_path, workspace())
    root, source = user.root, workspace()
    (root / "MODULE.bazel").write_text(_MODULE.format(version=_version(released)))
    (root / "BUILD.bazel").write_text(_BUILD)
    (root / "hello.py").write_text("import sqlparse\n\nprint(sqlparse.format('SELECT 1', keyword_case='lower'))\n")
    for lock, place in (("debian13.lock.json", "bases"), ("wheels.lock.json", "examples/django")):
        (root / lock).write_bytes((source / place / lock).read_bytes())
    try:
        for command in (
            "bazel test --noshow_progress --test_output=errors //:image_test",
            "bazel build --noshow_progress @rules_distroless_python//rules/...",  # as .bcr/presubmit.yml does
            # The tools run from the archive too, with their own wheels.
            "bazel run --noshow_progress @rules_distroless_python//tools:lock -- wheels --help",
            "bazel run --noshow_progress @rules_distroless_python//tools:generate -- --help",
        ):
            made = user.run(command)
            assert made.returncode == 0, f"{command}\n{made.stdout}\n{made.stderr}"
    finally:
        user.shutdown()


def test_nothing_that_a_user_does_not_need(released: Path) -> None:
    (file,) = released.glob("*.tar.gz")
    prefix = f"rules_distroless_python-{_version(released)}/"
    with tarfile.open(file) as archive:
        names = [member.name.removeprefix(prefix) for member in archive.getmembers()]
        assert all(member.isreg() and member.mtime == 0 for member in archive.getmembers())
    assert {name.partition("/")[0] for name in names} == {"BUILD.bazel", "LICENSE", "MODULE.bazel", "rules", "tools"}
    assert not [name for name in names if name.startswith("tools/release/") or name.endswith((".txt", ".toml", ".pyc"))]
    entry = released / "registry/modules/rules_distroless_python"
    module = (entry / _version(released) / "MODULE.bazel").read_text()
    assert "dev_dependency" not in module
    assert "//tests" not in module
    assert json.loads((entry / "metadata.json").read_text())["versions"] == [_version(released)]


_SMALL = {
    "LICENSE": "",
    "MODULE.bazel": 'module(\n    version = "1.2.3",\n)\n\n# What this repository\'s examples and tests need.\ndev\n',
    "CHANGELOG.md": "# Changes\n\n## 1.2.3 (today)\n\n- One.\n\n## 1.2.2\n\n- Two.\n",
    "tools/pyproject.toml": 'version = "1.2.3"\n',
    "rules/defs.bzl": "",
    ".bcr/metadata.template.json": '{"repository": ["github:me/mine"]}',
    ".bcr/source.template.json": '{"url": "https://example.com/{OWNER}/{REPO}/{TAG}/{VERSION}.tar.gz"}',
    ".bcr/presubmit.yml": "",
}


@pytest.mark.parametrize(
    ("changed", "options", "error"),
    [
        ({}, ("--version=v1.2.3", "--notes={}/notes.md"), ""),
        ({}, ("--version=v1.2.4",), "MODULE.bazel has version 1.2.3, not 1.2.4: change it in the commit"),
        ({"tools/pyproject.toml": ""}, (), "tools/pyproject.toml has version none, not 1.2.3: change it"),
        ({"CHANGELOG.md": "## Unreleased\n"}, ("--notes={}/notes.md",), "CHANGELOG.md has no section of 1.2.3: write"),
        ({"rules/new.txt": ""}, (), "rules/new.txt: add to TAKEN or LEFT_OUT of tools/release/release.py whether"),
        ({"MODULE.bazel": 'module(\n    version = "1.2.3",\n)\n'}, (), "MODULE.bazel has no line `# What this"),
    ],
)
def test_what_a_release_needs(changed: dict[str, str], options: tuple[str, ...], error: str, tmp_path: Path) -> None:
    for name, text in {**_SMALL, **changed}.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    given = [f"--root={tmp_path / 'root'}", *(option.format(tmp_path) for option in options)]
    made = release(workspace(), tmp_path / "output", *given)
    assert made.stderr.removeprefix("error: ").startswith(error)
    assert made.returncode == bool(error), made.stderr
    if not error:
        assert (tmp_path / "notes.md").read_text() == "- One.\n"
        entry = tmp_path / "output/registry/modules/rules_distroless_python/1.2.3"
        assert (
            json.loads((entry / "source.json").read_text())["url"] == "https://example.com/me/mine/v1.2.3/1.2.3.tar.gz"
        )
        assert (entry / "MODULE.bazel").read_text() == 'module(\n    version = "1.2.3",\n)\n'
        (file,) = (tmp_path / "output").glob("*.tar.gz")
        first = file.read_bytes()
        assert release(workspace(), tmp_path / "output", given[0]).returncode == 0
        assert file.read_bytes() == first
