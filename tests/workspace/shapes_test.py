"""Applications as strangers write them: `init`, then `test //...`, without an edit.

They are those of the generator's golden cases `shape_*.txt`: all files of a checkout but those of Bazel, which `init`
writes here. What a program prints in its image, and that it stays up there, is asked by targets of a package `check`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from nested import Nested, workspace

from support.cases import load

_OURS = ("BUILD.bazel", "MODULE.bazel", "wheels.lock.json")
_MODULE = 'module(name = "shape")\n\nbazel_dep(name = "rules_distroless_python", version = "0.1.0")\n'
_BAZELRC = """common --override_module=rules_distroless_python={source}
common --repo_env=DEBIAN_MIRROR --repo_env=DEBIAN_SECURITY_MIRROR --repo_env=DISTROLESS_STALE_DEBS=newest
common:offline --registry=file://%workspace%/offline/registry
common:offline --noenable_workspace
common:offline --lockfile_mode=off
build:offline --extra_toolchains=@rules_distroless_python//offline:all
try-import {source}/user.bazelrc
"""
_CHECK = """load("@rules_distroless_python//rules:defs.bzl", "py_image_starts_test", "py_image_test")

"""
_PRINTS = """py_image_test(
    name = "prints",
    image = "{image}",
    image_args = {arguments},
    stdout = "{stdout}",
)
"""
_STAYS = """py_image_starts_test(
    name = "{name}",
    image = "{image}",
)
"""


def _prints(image: str, stdout: str, *arguments: str) -> str:
    return _PRINTS.format(image=image, stdout=stdout, arguments=str(list(arguments)).replace("'", '"'))


SHAPES = {
    "fastapi": ("", {"//app:image_starts", "//tests:test_items"}),
    "cli": (_prints("//:image", "^7 EUR$", "7"), {"//check:prints"}),
    "src": (_prints("//:image", "^1 1$"), {"//check:prints", "//tests:test_core"}),
    "celery": (
        _STAYS.format(name="worker", image="//proj:image") + _STAYS.format(name="beat", image="//proj:beat_image"),
        {"//check:worker", "//check:beat"},
    ),
    "gevent": ("", {"//:image_starts"}),
    "sklearn": (_prints("//:image", "^.2[.].$"), {"//check:prints"}),
    "gettext": (_prints("//hello:image", "^Hallo$"), {"//check:prints"}),
    "ns": (_prints("//app:image", "^3$"), {"//check:prints"}),
}
"""A case to what is asked of its images beside the tests that it gets, and to the tests that have to pass."""


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nested]:
    """A workspace that has nothing of this one but the module."""
    directory = tmp_path_factory.mktemp("stranger")
    found = Nested(directory / "shape", directory / "output-base")
    found.root.mkdir()
    yield found
    found.shutdown()


def _lay_out(root: Path, shape: str) -> None:
    """The files of a checkout, in place of those of the one before."""
    for path in root.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    source = workspace()
    for name, text in load(source / f"tests/tools/generate/cases/shape_{shape}.txt").files("before").items():
        if Path(name).name not in _OURS:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(text)
    (root / "bazelw").symlink_to(source / "bazelw")
    shutil.copytree(source / "offline", root / "offline")  # a machine without a registry has that of this workspace
    (root / "MODULE.bazel").write_text(_MODULE)
    (root / ".bazelrc").write_text(_BAZELRC.format(source=source))


@pytest.mark.parametrize("shape", SHAPES)
def test_from_a_checkout_to_an_image_that_runs(stranger: Nested, shape: str) -> None:
    check, expected = SHAPES[shape]
    _lay_out(stranger.root, shape)
    stranger.bazel("run", "--noshow_progress", "@rules_distroless_python//tools:init")
    if check:
        (stranger.root / "check").mkdir()
        (stranger.root / "check/BUILD.bazel").write_text(_CHECK + check)
    tested = stranger.bazel("test", "--noshow_progress", "--test_output=errors", "//...")
    outcomes = dict(re.findall(r"^(//\S+) +(?:\(cached\) )?([A-Z]+)", tested.stdout + tested.stderr, re.M))
    assert outcomes == dict.fromkeys(expected, "PASSED")
