"""A monorepo of many images, generated: 65 wheels, libraries that several images share, and one that all have.

Its wheels are written here and found by `file:` addresses, so nothing is fetched for it but the base's packages.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.elfs import elf
from support.wheels import WheelSource

WHEELS = 65
PUSHED = 10
"""How many images have a `py_push`."""

UNCOMPILED = 1
"""The image whose first-party modules are left as sources."""

_IMAGES_OF_A_LIBRARY = 10
_MODULES = 8
_ENVIRONMENT = "debian13_amd64"
_FUNCTION = '''

def {name}(rows: list[dict[str, int]], *, limit: int = {number}) -> list[tuple[str, int]]:
    """Reads {word} rows."""
    found = []
    for row in rows[:limit]:
        try:
            key, *values = row.items()
        except ValueError as error:
            raise RuntimeError(f"bad {word} row {{row}}") from error
        found.append((str(key), sum(value for _, value in values if value > {number})))
    return sorted(found, key=lambda item: (item[1], item[0]))
'''
_MODULE = """
dev.wheels(
    name = "fleet_pypi",
    lock = "//fleet:wheels.lock.json",
)
use_repo(dev, "fleet_pypi")
"""
_LIBRARY = """load("@rules_python//python:py_library.bzl", "py_library")

py_library(
    name = "{name}",
    srcs = glob(["*.py"]),
    visibility = ["//visibility:public"],
    deps = {deps},
)
"""
_APPLICATION = """load("@rules_python//python:py_binary.bzl", "py_binary")
load("//rules:defs.bzl", "py_image", "py_push")

py_binary(
    name = "main",
    srcs = ["main.py"],
    tags = ["manual"],
    deps = {deps},
)

py_image(
    name = "image",
{more}    base = "@python3_debian13",
    binary = ":main",
)
"""
_PUSH = """
py_push(
    name = "push",
    image = ":image",
    remote_tags = ["v1"],
    repository = "registry.invalid/fleet/{name}",
    tags = ["manual"],
    visibility = ["//visibility:public"],
)
"""
_PUSH_ALL = """load("//rules:defs.bzl", "py_push_all")

py_push_all(
    name = "push",
    pushes = {pushes},
    tags = ["manual"],
)
"""


@dataclass(frozen=True)
class Fleet:
    """Where things are in the workspace that `write_fleet` has extended."""

    root: Path
    images: int

    def folder(self, number: int) -> str:
        """The package of an image, below `fleet/`; a quarter of them is below `fleet/first`."""
        return f"{'first' if number % 4 == 0 else 'rest'}/app{number:04}"

    def target(self, number: int) -> str:
        return f"//fleet/{self.folder(number)}:image"

    def source(self, number: int) -> Path:
        """The main file of an image."""
        return self.root / "fleet" / self.folder(number) / "main.py"

    @property
    def library_of_all(self) -> Path:
        """A source of the library that all images have."""
        return self.root / "fleet/common/module1.py"


def write_fleet(root: Path, images: int, wheels: Path) -> Fleet:
    """Extends a copy of the workspace by a monorepo.

    Args:
        root: the copy's root.
        images: how many images.
        wheels: an empty folder, for the wheels.
    """
    fleet, chance = Fleet(root, images), random.Random(11)
    requires = _write_wheels(wheels, root / "fleet/wheels.lock.json", chance)
    with (root / "MODULE.bazel").open("a") as stream:
        stream.write(_MODULE)
    _write_library(root, "common", [], chance)
    libraries = [f"lib{number:03}" for number in range(max(4, images // _IMAGES_OF_A_LIBRARY))]
    for name in libraries:
        _write_library(root, name, ["common"], chance)
    for number in range(images):
        _write_application(fleet, number, sorted(chance.sample(libraries, chance.randint(1, 4))), requires, chance)
    pushes = [f"//fleet/{fleet.folder(number)}:push" for number in range(min(PUSHED, images))]
    (root / "fleet/BUILD.bazel").write_text(_PUSH_ALL.format(pushes=json.dumps(pushes)))
    return fleet


def _write_wheels(folder: Path, lock: Path, chance: random.Random) -> Mapping[str, Sequence[str]]:
    """Writes the wheels and their lock; returns what each requires."""
    requires: dict[str, list[str]] = {}
    distributions = {}
    for number in range(WHEELS):
        name = f"wheel{number:02}"
        requires[name] = sorted(chance.sample(list(requires), min(number, chance.choice((0, 0, 1, 1, 2)))))
        path = _wheel(name, requires[name], chance).write(folder)
        distributions[name] = [
            {
                "version": "1.0",
                "file": path.name,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "environments": [_ENVIRONMENT],
                "requires": {_ENVIRONMENT: requires[name]} if requires[name] else {},
                "extras": [],
                "direct": True,
                "top_level": [name],
                "url": path.as_uri(),
            }
        ]
    environment = {"python": "3.13", "architecture": "amd64", "os": "linux", "libc": "glibc 2.41"}
    lock.parent.mkdir(parents=True)
    lock.write_text(
        json.dumps(
            {
                "format": 1,
                "kind": "wheels",
                "inputs": {},
                "environments": {_ENVIRONMENT: environment},
                "distributions": distributions,
            }
        )
    )
    return requires


def _wheel(name: str, requires: Sequence[str], chance: random.Random) -> WheelSource:
    """Some are small and some are not; every fifth has an extension module."""
    others = "".join(f"import {other}\n" for other in requires)
    files = {f"{name}/__init__.py": f"import json\n{others}".encode()}
    modules = chance.choice((4, 10, 20, 40, 70))
    for number in range(modules):
        files[f"{name}/module{number}.py"] = _source(chance, [f"{name}.module{number - 1}"] if number else [])
    tag = "py3-none-any"
    if int(name[-2:]) % 5 == 0:
        tag = "cp313-cp313-manylinux2014_x86_64"
        library = elf(needed=["libc.so.6"], requires={"libc.so.6": ["GLIBC_2.14"]})
        files[f"{name}/_native.cpython-313-x86_64-linux-gnu.so"] = library + chance.randbytes(600_000)
    lines = tuple(f"Requires-Dist: {other}" for other in requires)
    return WheelSource(name, "1.0", tag, files, metadata=lines)


def _source(chance: random.Random, imports: Sequence[str]) -> bytes:
    text = "from __future__ import annotations\n\nimport os\nimport re\n" + "".join(f"import {i}\n" for i in imports)
    for _ in range(_MODULES):
        name = f"read_{chance.getrandbits(32):08x}"
        text += _FUNCTION.format(name=name, number=chance.randrange(100), word=f"{chance.getrandbits(40):x}")
    return text.encode()


def _write_library(root: Path, name: str, deps: Sequence[str], chance: random.Random) -> None:
    folder = root / "fleet" / name
    folder.mkdir(parents=True)
    labels = json.dumps([f"//fleet/{dep}" for dep in deps])
    (folder / "BUILD.bazel").write_text(_LIBRARY.format(name=name, deps=labels))
    imports = [f"fleet.{dep}.module1" for dep in deps]
    for number in range(5):
        (folder / f"module{number}.py").write_bytes(_source(chance, imports))


def _write_application(
    fleet: Fleet, number: int, libraries: Sequence[str], requires: Mapping[str, Sequence[str]], chance: random.Random
) -> None:
    wheels = sorted(_wheels_of_an_image(requires, chance))
    source = fleet.source(number)
    source.parent.mkdir(parents=True)
    imports = [*wheels, "fleet.common.module1", *(f"fleet.{name}.module1" for name in libraries)]
    source.write_bytes(_source(chance, imports) + b"\n\nprint('started')\n")
    deps = [f"@fleet_pypi//{name}" for name in wheels] + [f"//fleet/{name}" for name in ("common", *libraries)]
    text = _APPLICATION.format(
        deps=json.dumps(deps), more="    app_bytecode = False,\n" if number == UNCOMPILED else ""
    )
    if number < PUSHED:
        text += _PUSH.format(name=source.parent.name)
    (source.parent / "BUILD.bazel").write_text(text)


def _wheels_of_an_image(requires: Mapping[str, Sequence[str]], chance: random.Random) -> set[str]:
    """Wheels that an image names: with what they require, 10 to 50."""
    wanted, named, closure = chance.randint(10, 50), set(), set()
    names = list(requires)
    while len(closure) < wanted:
        named.add(chance.choice(names))
        closure = {inner for name in named for inner in _closure(name, requires)}
    return named


def _closure(name: str, requires: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield name
    for required in requires[name]:
        yield from _closure(required, requires)
