"""Locks from other tools' files and from an index with a login, up to the image."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from nested import Nested

from distroless_python.lock.environments import parse_all
from distroless_python.lock.inputs import requirements
from distroless_python.lock.main import main
from support.package_index import PackageIndex, make_wheel

_IMAGE = "//examples/django:image"
_ENVIRONMENT = "debian13_amd64"


def _digest(nested: Nested, image: str = _IMAGE) -> str:
    nested.bazel("build", "--noshow_progress", "--output_groups=+digest", image)
    package, _, name = image[2:].partition(":")
    return (nested.outputs() / package / f"{name}.digest").read_text()


def _written_by_others(folder: Path) -> dict[str, str]:
    """The pins of requirements_lock.txt as uv.lock and as pylock.toml, which have the same releases."""
    pins = requirements.read(folder / "requirements_lock.txt", parse_all([_ENVIRONMENT])).pins
    locked = json.loads((folder / "wheels.lock.json").read_text())["distributions"]
    uv, pylock = 'version = 1\nrequires-python = ">=3.11"\n', 'lock-version = "1.0"\ncreated-by = "test"\n'
    for pin in pins:
        required = locked[pin.name][0]["requires"].get(_ENVIRONMENT, [])
        rows = ", ".join(f'{{ name = "{name}" }}' for name in required)
        files = ", ".join(f'{{ url = "https://example.com/{d}", hash = "sha256:{d}" }}' for d in sorted(pin.hashes))
        uv += f'[[package]]\nname = "{pin.name}"\nversion = "{pin.version}"\ndependencies = [{rows}]\n'
        uv += f'source = {{ registry = "https://example.com" }}\nwheels = [{files}]\n'
        wheel = f"{pin.name.replace('-', '_')}-{pin.version}-py3-none-any.whl"
        files = ", ".join(
            f'{{ name = "{wheel}", url = "https://example.com/{d}", hashes = {{ sha256 = "{d}" }} }}'
            for d in sorted(pin.hashes)
        )
        pylock += f'[[packages]]\nname = "{pin.name}"\nversion = "{pin.version}"\nwheels = [{files}]\n'
    direct = ", ".join(f'{{ name = "{pin.name}" }}' for pin in pins if pin.named_directly)
    uv += f'[[package]]\nname = "web"\nsource = {{ virtual = "." }}\ndependencies = [{direct}]\n'
    return {"uv.lock": uv, "pylock.toml": pylock}


def test_every_input_gives_the_same_image(nested: Nested) -> None:
    folder = nested.root / "examples/django"
    lock = folder / "wheels.lock.json"
    table = json.loads(lock.read_text())
    words = [f"--environment={name}" for name in table["environments"]]
    expected = _digest(nested)
    for name, text in _written_by_others(folder).items():
        (folder / name).write_text(text)
        command = ["//tools:lock", "--", "wheels", f"--requirements={folder / name}", f"--output={lock}", *words]
        nested.bazel("run", "--noshow_progress", *command)
        made = json.loads(lock.read_text())
        assert list(made["inputs"]) == [name]
        assert json.dumps(made["distributions"]) == json.dumps(table["distributions"])
        assert _digest(nested) == expected


_SECRET = "s3cret-of-the-index"
_BUILD = """load("@rules_python//python:py_binary.bzl", "py_binary")
load("//rules:defs.bzl", "py_image")

py_binary(
    name = "show",
    srcs = ["show.py"],
    deps = ["@private_pypi//{name}"],
)

py_image(
    name = "image",
    base = "@python3_debian13",
    binary = ":show",
)
"""


@pytest.fixture
def private() -> Iterator[PackageIndex]:
    with PackageIndex([make_wheel("private-a", "1"), make_wheel("private-b", "1")], login=("me", _SECRET)) as index:
        yield index


@pytest.mark.parametrize(("name", "urls"), [("private_a", ()), ("private_b", ("--urls",))])
def test_an_index_with_a_login(
    nested: Nested,
    private: PackageIndex,
    name: str,
    urls: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By pip and by Bazel's downloader; the password is in no file that Bazel or the lock writes."""
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {_SECRET}\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{private.url}/simple/")
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, "127.0.0.1")
    folder = nested.root / name
    folder.mkdir()
    (folder / "show.py").write_text(f"import {name}\n")
    (folder / "BUILD.bazel").write_text(_BUILD.format(name=name))
    hashes = {release.project.replace("-", "_"): release.sha256 for release in private.releases}
    (folder / "lock.txt").write_text(f"{name}==1 --hash=sha256:{hashes[name]}\n")
    lock = folder / "wheels.lock.json"
    places = [f"--requirements={folder / 'lock.txt'}", f"--output={lock}", f"--environment={_ENVIRONMENT}"]
    assert main(["wheels", *places, "--environment=python3.13_amd64", *urls]) == 0
    module = nested.root / "MODULE.bazel"
    text = module.read_text()
    lines = f'dev.wheels(name = "private_pypi", lock = "//{name}:wheels.lock.json")\nuse_repo(dev, "private_pypi")\n'
    module.write_text(f"{text}\n{lines}")
    try:
        build = nested.bazel("build", "--noshow_progress", f"//{name}:image")
    finally:
        module.write_text(text)
    written = [lock, *nested.root.glob("MODULE.bazel.lock"), *nested.output_base.glob("java.log*")]
    written += [path for path in nested.output_base.glob("external/*private*/**/*") if path.is_file()]
    written += [path for path in nested.output_base.glob("external/*private*.marker") if path.is_file()]
    written += [path for path in (nested.outputs() / name).rglob("*") if path.is_file()]
    assert len(written) > 5
    assert [path for path in written if _SECRET.encode() in path.read_bytes()] == []
    assert _SECRET not in build.stdout + build.stderr
