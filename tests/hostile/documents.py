"""Documents that others write: OCI layouts, locks, METADATA, entry points, RECORD, requirements."""

from __future__ import annotations

import csv
import email
import io
import json
from collections.abc import Callable, Iterator
from importlib import metadata as importlib_metadata
from pathlib import Path
from random import Random
from typing import Any

from distroless_python.base.image_reader import lay_all, read_image
from distroless_python.base.inspect import look
from distroless_python.documents import debian_lock
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import OCI_INDEX, Layout, LayoutWriter
from distroless_python.lock import wheels_lock
from distroless_python.python import metadata
from hostile.mutate import ODD_VALUES, damage, damage_json, damage_text
from hostile.subject import Maker, Subject, file, named
from support import layouts
from support.wheels import WheelSource

_LAYER = layouts.tar([(layouts.member("usr/x"), b"x"), (layouts.member("etc/y"), b"y")])
_CONFIG = {"Env": ["A=b"], "Cmd": ["x"], "Labels": {"a": "b"}, "User": "0", "ExposedPorts": {"80/tcp": {}}}


def image(path: Path, _: Path) -> list[str]:
    """Reads an image of a layout as a base is read; its files."""
    layout = Layout(path)
    return [name for name, _ in lay_all(layout, read_image(layout, "amd64"), look).walk()]


def _layout(change: Callable[[str, Any], Any]) -> Maker:
    """A good layout whose documents `change` may alter: `config`, `manifest`, `index`, `root`."""

    def make(place: Path) -> Path:
        good = layouts.write_layout(place / "good", [_LAYER], _CONFIG)
        writer = LayoutWriter(place / "layout")
        manifest = good.read_json(good.image())
        for layer in good.children(good.image())[1:]:
            writer.copy(layer, good.blob(layer.digest))

        def write(name: str, value: Any, media_type: str) -> dict[str, Any]:
            data = json.dumps(change(name, value)).encode()
            return writer.write(data, media_type).json()

        config = write("config", good.read_config(good.image()), manifest["config"]["mediaType"])
        image = write("manifest", {**manifest, "config": config}, manifest["mediaType"])
        index = write("index", {"schemaVersion": 2, "manifests": [image]}, OCI_INDEX)
        root = json.dumps(change("root", {"schemaVersion": 2, "manifests": [index]}))
        (place / "layout" / "index.json").write_text(root)
        return place / "layout"

    return make


def _set(document: str, path: tuple[Any, ...], new: Any) -> Maker:
    def change(name: str, value: Any) -> Any:
        if name != document:
            return value
        if not path:
            return new
        value = json.loads(json.dumps(value))
        *above, last = path
        inner = value
        for key in above:
            inner = inner[key]
        inner[last] = new
        return value

    return _layout(change)


def image_kinds() -> Iterator[tuple[str, Maker]]:
    """Name and maker of each."""
    places: dict[str, tuple[tuple[Any, ...], ...]] = {
        "config": (
            (),
            ("architecture",),
            ("os",),
            ("config",),
            ("rootfs",),
            ("rootfs", "diff_ids"),
            ("config", "Env"),
            ("config", "Labels"),
        ),
        "manifest": (
            (),
            ("config",),
            ("layers",),
            ("layers", 0),
            ("layers", 0, "digest"),
            ("layers", 0, "size"),
            ("layers", 0, "mediaType"),
        ),
        "index": ((), ("manifests",), ("manifests", 0), ("manifests", 0, "platform"), ("manifests", 0, "annotations")),
        "root": (
            (),
            ("manifests",),
            ("manifests", 0, "size"),
            ("manifests", 0, "digest"),
            ("manifests", 0, "mediaType"),
        ),
    }
    for document, paths in places.items():
        for path in paths:
            for number, value in enumerate(ODD_VALUES[:: 1 if len(path) < 3 else 2]):
                if not (isinstance(value, str) and len(value) > 1000):
                    name = ".".join(map(str, (document, *path)))
                    yield f"{name} = {str(value)[:20]!a} {number}", _set(document, path, value)
    deep: Any = 1
    for _ in range(150):
        deep = {"a": deep}
    for document in places:
        yield f"{document}: deep", _set(document, ("annotations",), deep)
        yield f"{document}: large", _set(document, ("annotations",), {"a": "x" * (5 << 20)})
    for number in (1000, 100_000):
        yield f"{number} brackets", _replaced("index.json", b"[" * number)
    yield "indexes in indexes", _indexes
    for name in ("index.json", "oci-layout"):
        for what, data in {"empty": b"", "not JSON": b"{", "not UTF-8": b'"\xff"', "a list": b"[]"}.items():
            yield f"{name}: {what}", _replaced(name, data)


def _replaced(name: str, data: bytes) -> Maker:
    def make(place: Path) -> Path:
        path = _layout(lambda _, value: value)(place)
        (path / name).write_bytes(data)
        return path

    return make


def _indexes(place: Path) -> Path:
    path = _layout(lambda _, value: value)(place)
    writer, (index,) = LayoutWriter(path), Layout(path).roots()
    for _ in range(20):
        index = writer.write_json({"manifests": [index.json()] * 40}, OCI_INDEX)
    writer.finish([index] * 40)
    return path


def image_mutant(random: Random) -> Maker:
    document, seed = random.choice(("config", "manifest", "index", "root")), random.getrandbits(64)
    return _layout(lambda name, value: damage_json(value, Random(seed)) if name == document else value)


def layer_mutant(random: Random) -> Maker:
    """A base whose layer is damaged before it is compressed, so that its digests are right."""
    data = damage(_LAYER, random)
    return lambda place: layouts.write_layout(place / "layout", [data], _CONFIG).path


_DEBIAN = {
    "format": 1,
    "kind": "debian",
    "release": "debian13",
    "codename": "trixie",
    "version_id": "13",
    "python": "3.13",
    "glibc": "2.41",
    "end_of_life": "2030-06-30",
    "added": ["libgl1"],
    "archives": {"debian": ["trixie"]},
    "architectures": {
        "amd64": [
            {
                "name": "libc6",
                "version": "2.41-12",
                "archive": "debian",
                "path": "pool/main/g/glibc/libc6.deb",
                "sha256": "0" * 64,
                "size": 1,
                "group": "base",
                "required_by": ["libgl1"],
            }
        ]
    },
}
_WHEELS = {
    "format": 1,
    "kind": "wheels",
    "inputs": {"requirements_lock.txt": "0" * 64},
    "environments": {
        "debian13_amd64": {"python": "3.13", "architecture": "amd64", "os": "linux", "libc": "glibc 2.41"}
    },
    "distributions": {
        "django": [
            {
                "version": "5.2.8",
                "file": "django-5.2.8-py3-none-any.whl",
                "sha256": "0" * 64,
                "environments": ["debian13_amd64"],
                "requires": {"debian13_amd64": ["asgiref"]},
                "extras": [],
                "direct": True,
                "top_level": ["django"],
            }
        ]
    },
}


def lock(path: Path, outputs: Path) -> None:
    """Reads a lock and writes it again."""
    if path.name == "debian.lock.json":
        debian_lock.write(outputs / "again.json", debian_lock.read(path))
    else:
        wheels_lock.write(wheels_lock.read(path), outputs / "again.json")


def lock_kinds() -> Iterator[tuple[str, Maker]]:
    for name, good in (("debian", _DEBIAN), ("wheels", _WHEELS)):
        for key in good:
            for number, value in enumerate(ODD_VALUES):
                changed = json.dumps({**good, key: value}).encode()
                yield f"{name}: {key} = {str(value)[:20]!a} {number}", file(f"{name}.lock.json", changed)
        for what, data in {
            "empty": b"",
            "brackets": b"[" * 100_000,
            "not UTF-8": b'"\xff"',
            "a number": b"1" * 5000,
        }.items():
            yield f"{name}: {what}", file(f"{name}.lock.json", data)


def lock_mutant(random: Random) -> Maker:
    name, good = random.choice((("debian", _DEBIAN), ("wheels", _WHEELS)))
    if random.random() < 0.3:
        return file(f"{name}.lock.json", damage(json.dumps(good).encode(), random))
    return file(f"{name}.lock.json", json.dumps(damage_json(good, random)).encode())


def text(path: Path, _: Path) -> Any:
    """What ours reads in METADATA, entry_points.txt or RECORD."""
    data = path.read_bytes().decode()
    try:
        if path.name == "METADATA":
            return {k: [_value(v) for v in values] for k, values in metadata.parse_headers(data).items()}
        if path.name == "RECORD":
            return [list(row) for row in metadata.parse_record(data)]
        groups = metadata.parse_entry_points(data)
    except ValueError as error:
        raise ToolError(Problem(str(path), str(error), "none")) from None
    return {group: groups[group] for group in ("console_scripts", "gui_scripts") if groups.get(group)}


def others(path: Path, _: Path) -> Any:
    """What `email`, `csv` and importlib.metadata read there, as pip uses them."""
    data = path.read_bytes().decode()
    if path.name == "METADATA":
        found: dict[str, list[str]] = {}
        for name, value in email.message_from_string(data).items():
            found.setdefault(name.lower(), []).append(_value(str(value)))
        return found
    if path.name == "RECORD":
        return [row for row in csv.reader(io.StringIO(data, newline="")) if row]
    read: Any = importlib_metadata.EntryPoints
    points = read._from_text_for(data, None)
    groups: dict[str, dict[str, str]] = {}
    for point in points:
        if point.group in ("console_scripts", "gui_scripts"):
            groups.setdefault(point.group, {})[point.name] = (
                f"{point.module}:{point.attr}" if point.attr else point.module
            )
    return groups


def _value(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n")


def text_difference(ours: Any, theirs: Any) -> str:
    """Rows of RECORD and fields have to be equal; of entry points, those that both have."""
    if isinstance(ours, list):
        return "" if ours == theirs else "rows differ"
    if any(group in ("console_scripts", "gui_scripts") for group in (*ours, *theirs)):
        pairs = {
            (group, name): value.replace(" ", "") for group, found in ours.items() for name, value in found.items()
        }
        other = {
            (group, name): value.replace(" ", "") for group, found in theirs.items() for name, value in found.items()
        }
        odd = [key for key in other if pairs.get(key) != other[key]]
        return f"entry points differ: {odd[:3]}" if odd else ""
    return (
        ""
        if ours == theirs
        else f"fields differ: {[key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key)][:3]}"
    )


def text_mutant(random: Random) -> Maker:
    members = WheelSource(entry_points="[console_scripts]\nx = demo:run\ny = demo.z:a.b\n").members()
    good = {str(member.name).rpartition("/")[2]: member.data.decode() for member in members}
    name = random.choice(("METADATA", "METADATA", "RECORD", "entry_points.txt"))
    return file(name, damage_text(good[name], random).encode("utf-8", "surrogatepass"))


def subjects() -> list[Subject]:
    return [
        Subject("OCI layout", named(image_kinds()), image_mutant, image, frozenset(), weight=3),
        Subject("base's layer", {}, layer_mutant, image, frozenset(), weight=1),
        Subject("lock", named(lock_kinds()), lock_mutant, lock, frozenset(("again.json",)), weight=2),
        Subject("text of .dist-info", {}, text_mutant, text, frozenset(), others, text_difference, weight=3),
    ]
