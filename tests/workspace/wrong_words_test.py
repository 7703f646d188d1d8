"""What macros and repository rules say of what is wrong: they fail while Bazel loads, which no analysis test sees."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from nested import Nested

Ask = Callable[..., str]
PACKAGE = {
    "archive": "debian",
    "group": "added",
    "name": "libx",
    "path": "pool/main/x/libx_1_amd64.deb",
    "required_by": ["libx"],
    "sha256": "0" * 64,
    "size": 1,
    "version": "1",
}
WHEEL = {
    "direct": True,
    "environments": ["debian13_amd64"],
    "file": "x-1-py3-none-any.whl",
    "sha256": "0" * 64,
    "top_level": ["x"],
    "version": "1",
}
WHEELS = {
    "format": 1,
    "kind": "wheels",
    "environments": {"debian13_amd64": {"python": "3.13", "architecture": "amd64", "os": "linux"}},
    "distributions": {"x": [WHEEL]},
}


def of_rule(nested: Nested, load: str, call: str, *flags: str) -> str:
    """What Bazel says of a BUILD file with one call."""
    folder = nested.root / "wrong"
    folder.mkdir(exist_ok=True)
    (folder / "BUILD.bazel").write_text(f"{load}\n\n{call}\n")
    return nested.bazel("query", "--noshow_progress", *flags, "//wrong:all", succeeds=False).stderr


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        (
            'platform = "//platforms:mine"',
            '//wrong:image: platform: the name of the platform "//platforms:mine" does not say its architecture. '
            'Write "linux/amd64" or "linux/arm64".',
        ),
        (
            'args = ["a"], cmd = ["b"]',
            "//wrong:image: args and cmd are two words for one thing. Keep one of the two.",
        ),
        (
            "starts = 3",
            "//wrong:image: starts = 3 is neither True nor a dict. "
            'Write starts = True, or starts = {"env": {"NAME": "value"}}.',
        ),
    ],
)
def test_a_wrong_attribute_of_py_image(nested: Nested, attributes: str, said: str) -> None:
    load = 'load("//rules:defs.bzl", "py_image")'
    call = f'py_image(name = "image", base = "@python3_debian13", module = "x", {attributes})'
    assert said in of_rule(nested, load, call)


def test_a_signal_that_rules_oci_cannot_set(nested: Nested) -> None:
    stub = nested.root / "stub_of_rules_oci"
    (stub / "oci").mkdir(parents=True)
    (stub / "oci/BUILD.bazel").touch()
    (stub / "oci/defs.bzl").write_text("def oci_image(**kwargs):\n    pass\n")
    (stub / "MODULE.bazel").write_text('module(name = "rules_oci", version = "2.2.6")\n')
    load = 'load("//rules:oci.bzl", "py_oci_image")'
    call = 'py_oci_image(name = "image", base = "@python3_debian13", binary = ":x", stop_signal = "SIGINT")'
    said = of_rule(nested, load, call, f"--override_module=rules_oci={stub}")
    assert 'stop_signal = "SIGINT": oci_image cannot set it. Leave it out, or use py_image.' in said


def test_a_distribution_without_a_name(nested: Nested) -> None:
    folder = nested.root / "wrong"
    folder.mkdir(exist_ok=True)
    call = 'py_distribution_info(name = "x", distribution = "no name", version = "1")'
    (folder / "BUILD.bazel").write_text(f'load("//rules:defs.bzl", "py_distribution_info")\n\n{call}\n')
    said = nested.bazel("build", "--nobuild", "--noshow_progress", "//wrong:x", succeeds=False).stderr
    assert 'distribution = "no name" is not a name of a distribution. Write the name that pyproject.toml has.' in said


def of_lock(nested: Nested, tag: str, lock: object, target: str, *flags: str) -> str:
    """What Bazel says of a target of a repository that a lock declares."""
    module, folder = nested.root / "MODULE.bazel", nested.root / "wrong"
    folder.mkdir(exist_ok=True)
    (folder / "BUILD.bazel").write_text("")
    (folder / "x.lock.json").write_text(json.dumps(lock))
    text = module.read_text()
    module.write_text(f'{text}\n{tag}\nuse_repo(dev, "wrong")\n')
    try:
        return nested.bazel("build", "--nobuild", "--noshow_progress", *flags, target, succeeds=False).stderr
    finally:
        module.write_text(text)


def base(nested: Nested, **package: str) -> object:
    """The lock of a base of one package."""
    lock = json.loads((nested.root / "bases/debian13.lock.json").read_text())
    return {**lock, "added": ["libx"], "architectures": {"amd64": [{**PACKAGE, **package}], "arm64": []}}


TAG = 'dev.base(name = "wrong", lock = "//wrong:x.lock.json"{})'


def test_an_archive_without_a_mirror(nested: Nested) -> None:
    said = of_lock(nested, TAG.format(""), base(nested, archive="ours"), "@wrong//:libx")
    assert 'libx 1: no mirror of the archive "ours" is known.' in said
    assert 'Set mirrors = {"ours": "https://..."} on distroless.base' in said


def test_a_package_that_is_gone_and_no_python_to_look_for_a_newer_one(nested: Nested) -> None:
    empty = nested.root.with_name("empty-mirror")
    empty.mkdir(exist_ok=True)
    tag = TAG.format(f', mirrors = {{"debian": "{empty.as_uri()}"}}')
    said = of_lock(nested, tag, base(nested), "@wrong//:libx", "--repo_env=PATH=/nonexistent")
    assert "python3 is needed to look for a newer libx, and is not on the PATH." in said


def test_a_package_that_is_gone(nested: Nested) -> None:
    empty = nested.root.with_name("empty-mirror")
    empty.mkdir(exist_ok=True)
    tag = TAG.format(f', mirrors = {{"debian": "{empty.as_uri()}"}}')
    said = of_lock(nested, tag, base(nested), "@wrong//:libx")
    assert f"{empty.as_uri()}/dists/trixie/InRelease: the mirror has no such suite" in said


def test_a_wheel_that_is_gone(nested: Nested) -> None:
    tag = 'dev.wheels(name = "wrong", lock = "//wrong:x.lock.json")'
    image = ("--//rules:release=debian13", "--//rules:architecture=amd64")
    said = of_lock(nested, tag, WHEELS, "@wrong//x", "--repo_env=PIP_NO_INDEX=1", *image)
    assert "x-1-py3-none-any.whl: sha256 0" in said
    assert "pip did not fetch it" in said
    assert "if the file is gone, lock again: bazel run" in said


def test_a_wheel_to_fetch_and_no_python_to_do_it(nested: Nested) -> None:
    tag = 'dev.wheels(name = "wrong", lock = "//wrong:x.lock.json")'
    image = ("--//rules:release=debian13", "--//rules:architecture=amd64")
    said = of_lock(nested, tag, WHEELS, "@wrong//x", "--repo_env=PATH=/nonexistent", *image)
    expected = "python3 with pip is needed to fetch wheels that have no address in the lock, and is not on the PATH."
    assert f"x-1-py3-none-any.whl: {expected}" in re.sub(r"\s+", " ", said)
