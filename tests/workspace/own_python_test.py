"""A Python that is not Debian's: builds of this machine (pyenv's) as interpreter trees over Debian's packages."""

from __future__ import annotations

import os
import pwd
import re
import tarfile
from pathlib import Path

import pytest
from nested import Nested

# What CPython's extension modules are linked with, less what a base without Python has.
PACKAGES = (
    "libbz2-1.0",
    "libcrypt1",
    "libffi8",
    "liblzma5",
    "libncursesw6",
    "libnsl2",
    "libreadline8",
    "libsqlite3-0",
    "libtinfo6",
    "libtirpc3",
    "libuuid1",
    "zlib1g",
)
NEW = ("3.13", "3.12", "3.10")

_MODULE = '''
new_local_repository = use_repo_rule("@bazel_tools//tools/build_defs/repo:local.bzl", "new_local_repository")

new_local_repository(
    name = "{name}_tree",
    build_file_content = """filegroup(
    name = "files",
    srcs = glob(
        ["bin/python3*", "include/**/patchlevel.h", "lib/**"],
        exclude = ["**/* *", "**/test/**", "**/__pycache__/**"],
    ),
    visibility = ["//visibility:public"],
)
""",
    path = "{path}",
)
dev.base(
    name = "{name}",
    interpreters = {{"{interpreter}": "amd64"}},
    lock = "//bases:debian12.lock.json",
    packages = {packages},
    python = "{python}",
)
use_repo(dev, "{name}")
'''
_HUB = """
dev.wheels(name = "own_pypi", lock = "//own:wheels.lock.json")
use_repo(dev, "own_pypi")
"""
_SITE = """
load("@rules_python//python:py_library.bzl", "py_library")
load("//rules:defs.bzl", "py_image", "py_image_test")

py_library(
    name = "app",
    srcs = ["app.py"],
    imports = ["."],
    deps = ["@own_pypi//django", "@own_pypi//gunicorn", "@own_pypi//pillow"],
)

py_image(
    name = "site",
    args = ["--bind=0.0.0.0:8000", "app"],
    base = "@debian12_py37",
    binary = ":app",
    console_script = "gunicorn",
)

py_image_test(
    name = "site_test",
    image = ":site",
    port = 8000,
    requests = {"/": "Pillow 9.5"},
)
"""
_PROBE = """
load("@rules_python//python:py_binary.bzl", "py_binary")
load("//rules:defs.bzl", "py_image", "py_image_test")

py_binary(name = "probe", srcs = ["probe.py"])

py_image(name = "probe_image", base = "@{name}", binary = ":probe")

py_image_test(name = "probe_test", image = ":probe_image", stdout = "^all is there {python}$")
"""
_PROBE_SOURCE = """
import bz2, ctypes, lzma, readline, sqlite3, ssl, sys, uuid, zlib

version = "%d.%d" % sys.version_info[:2]
assert sys.executable == "/usr/local/bin/python" + version, sys.executable
assert sys.prefix == "/usr/local", sys.prefix
assert sys.path[2:5] == ["/usr/local/lib/python" + end for end in (
    version.replace(".", "") + ".zip", version, version + "/lib-dynload")], sys.path
assert len(ssl.create_default_context().get_ca_certs()) > 100
assert sqlite3.connect(":memory:").execute("select 6 * 7").fetchone() == (42,)
print("all is there", version)
"""


def _tree(version: str) -> Path:
    """The newest build of a version; the test is skipped where there is none."""
    root = Path(os.environ.get("PYENV_ROOT") or Path(pwd.getpwuid(os.getuid()).pw_dir, ".pyenv"))
    found = [path for path in root.glob(f"versions/{version}.*") if re.fullmatch(r"[0-9.]+", path.name)]
    if not found:
        pytest.skip(f"there is no CPython {version} below {root}/versions")
    return max(found, key=lambda path: int(path.name.rpartition(".")[2]))


def _declare(
    nested: Nested, name: str, python: str, packages: tuple[str, ...] = PACKAGES, interpreter: str = ""
) -> None:
    module = nested.root / "MODULE.bazel"
    interpreter = interpreter or f"@{name}_tree//:files"
    listed = str(list(packages)).replace("'", '"')
    lines = _MODULE.format(name=name, path=_tree(python), interpreter=interpreter, packages=listed, python=python)
    module.write_text(module.read_text() + lines)
    (nested.root / "own").mkdir(exist_ok=True)


@pytest.fixture(autouse=True)
def module_as_it_was(nested: Nested):  # type: ignore[no-untyped-def]
    module = nested.root / "MODULE.bazel"
    text = module.read_text()
    yield
    module.write_text(text)


def test_the_article_on_python_3_7(nested: Nested) -> None:
    """What gcr.io/distroless/python3-debian10 had: Django 3.2, gunicorn, Pillow 9.5 and their cp37m wheels."""
    _declare(nested, "debian12_py37", "3.7")
    old = nested.root / "tests/images/debian10"
    nested.bazel(
        *("run", "--noshow_progress", "//tools:lock", "--", "wheels", "--environment=debian12_py37_amd64"),
        *(f"--requirements={old}/requirements_lock.txt", f"--output={nested.root}/own/wheels.lock.json"),
    )
    lock = (nested.root / "own/wheels.lock.json").read_text()
    assert re.search(r"Pillow-9\.5\.0-cp37-cp37m-manylinux_2_28_x86_64\.whl", lock)
    module = nested.root / "MODULE.bazel"
    module.write_text(module.read_text() + _HUB)
    (nested.root / "own/app.py").write_text((old / "app.py").read_text())
    (nested.root / "own/BUILD.bazel").write_text(_SITE)
    nested.bazel("test", "--noshow_progress", "//own:site_test")


@pytest.mark.parametrize("python", NEW)
def test_a_probe(nested: Nested, python: str) -> None:
    name = f"debian12_py{python.replace('.', '')}"
    _declare(nested, name, python)
    (nested.root / "own/probe.py").write_text(_PROBE_SOURCE)
    (nested.root / "own/BUILD.bazel").write_text(_PROBE.format(name=name, python=python))
    nested.bazel("test", "--noshow_progress", "//own:probe_test")


def test_an_archive_and_what_it_lacks(nested: Nested) -> None:
    tree = _tree("3.13")
    (nested.root / "own").mkdir(exist_ok=True)
    with tarfile.open(nested.root / "own/python.tar.gz", "w:gz", compresslevel=1) as archive:
        archive.add(tree / "bin/python3.13", "python/bin/python3.13")
        archive.add(tree / "lib", "python/lib", filter=lambda member: None if "/test/" in member.name else member)
    (nested.root / "own/BUILD.bazel").write_text('exports_files(["python.tar.gz"])\n')
    _declare(nested, "debian12_py313", "3.13", ("libffi8",), "//own:python.tar.gz")
    said = nested.bazel("build", "--noshow_progress", "@debian12_py313", succeeds=False).stderr
    assert "_sqlite3.cpython-313-x86_64-linux-gnu.so: needs libsqlite3.so.0, which the base does not have" in said
    assert 'remedy: add to the base\'s packages: "libbz2-1.0", ' in said
