"""Source distributions, compared with tarfile's `data` filter; and first-party files."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from distroless_python.actions import app_layer
from distroless_python.manifests.layers import AppLayerManifest, SourceFile
from distroless_python.sdist import source
from hostile.mutate import damage
from hostile.pip_oracle import layer_files
from hostile.subject import Maker, Subject, file, named
from hostile.zip_kinds import NAMES
from support.debs import Item
from support.layouts import member, tar
from support.wheels import Member, layer_output, write_target, write_zip

_GOOD = tar(
    [
        (member("x-1/setup.py"), b"setup"),
        (member("x-1/src/x.py"), b"x = 1\n" * 90),
        (member("x-1/PKG-INFO"), b"Name: x\n"),
    ]
)


def unpack(path: Path, outputs: Path) -> dict[str, str]:
    """What comes out of a source distribution: path to SHA-256."""
    source.unpack(str(path), str(outputs / "src"))
    return _files(outputs / "src")


def extract(path: Path, outputs: Path) -> dict[str, str]:
    """What tarfile, or zipfile, makes of it."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(outputs)
    else:
        with tarfile.open(path) as archive:
            archive.extractall(outputs, filter="data")
    tops = list(outputs.iterdir())
    return _files(tops[0]) if len(tops) == 1 else {}


def _files(root: Path) -> dict[str, str]:
    found = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def difference(ours: dict[str, str], theirs: dict[str, str]) -> str:
    odd = [path for path in ours if path in theirs and theirs[path] != ours[path]]
    return f"differ: {odd[:3]}" if odd else ""


def _sdist(data: bytes) -> Maker:
    return file("x-1.tar.gz", gzip.compress(data, 1))


def kinds() -> Iterator[tuple[str, Maker]]:
    """Name and maker of each."""
    for name in NAMES:
        if "\0" not in name:
            yield f"tar: name {name[:30]!r} {len(name.encode())}", _sdist(tar([(member(f"x-1/{name}"), b"x")]))
            yield f"zip: name {name[:30]!r} {len(name.encode())}", _zip(Member(f"x-1/{name}", b"x"))
    for name in ("../x", "/x", "x", "x/../../y", "."):
        yield f"tar: at the top {name!r}", _sdist(tar([(member(name), b"x")]))
    for what, kind in {
        "character device": b"3",
        "block device": b"4",
        "pipe": b"6",
        "sparse": b"S",
        "unknown": b"Z",
        "contiguous": b"7",
    }.items():
        yield f"tar: {what}", _sdist(tar([member("x-1/a", kind), (member("x-1/b"), b"b")]))
    for target in ("setup.py", "../x-1/setup.py", "/etc/passwd", "../../../../etc/passwd", "a", ".", "", "x" * 5000):
        for what, kind in {"link": tarfile.SYMTYPE, "hard link": tarfile.LNKTYPE}.items():
            items: list[Item] = [(member("x-1/setup.py"), b"x"), member("x-1/a", kind, linkname=target)]
            yield f"tar: a {what} to {target[:20]!r} {len(target)}", _sdist(tar(items))
    loop = [member("x-1/a", tarfile.SYMTYPE, linkname="b"), member("x-1/b", tarfile.SYMTYPE, linkname="a")]
    yield "tar: links in a circle", _sdist(tar(loop))
    yield (
        "tar: through a link",
        _sdist(tar([member("x-1/a", tarfile.SYMTYPE, linkname="/tmp"), (member("x-1/a/evil"), b"x")])),
    )
    yield "tar: a file below a file", _sdist(tar([(member("x-1/a"), b"x"), (member("x-1/a/b"), b"x")]))
    yield "tar: a file and a directory", _sdist(tar([(member("x-1/a/b"), b"x"), (member("x-1/a"), b"x")]))
    yield "tar: twice", _sdist(tar([(member("x-1/a"), b"x"), (member("x-1/a"), b"y")]))
    yield (
        "tar: no permissions",
        _sdist(
            tar([(member("x-1/a", mode=0), b"x"), member("x-1/d", tarfile.DIRTYPE, mode=0), (member("x-1/d/e"), b"")])
        ),
    )
    yield (
        "tar: a chain of links",
        _sdist(
            tar(
                [
                    (member("x-1/0"), b"x"),
                    *(member(f"x-1/{n}", tarfile.SYMTYPE, linkname=str(n - 1)) for n in range(1, 3000)),
                ]
            )
        ),
    )
    for key, value in {
        "size": "99999999999",
        "path": "../../evil",
        "size ": "-1",
        "GNU.sparse.major": "1",
        "GNU.sparse.realsize": "9999999",
    }.items():
        yield f"tar: pax {key}", _sdist(tar([(member("x-1/a", pax_headers={key.strip(): value}), b"x")]))
    yield (
        "tar: huge headers",
        _sdist(tar([(member("x-1/a", pax_headers={f"k{n}": "v" * 900 for n in range(9000)}), b"x")])),
    )
    yield "tar: a bomb", _sdist(tar([(member("x-1/a"), bytes(64 << 20))]))
    yield "tar: a negative size", _sdist(_GOOD[:124] + b"\xff" * 12 + _GOOD[136:])
    yield "tar: many files", _sdist(tar([(member(f"x-1/{n}"), b"") for n in range(20_000)]))
    yield "tar: empty", _sdist(tar([]))
    yield "tar: zeros", _sdist(bytes(1 << 20))
    yield "tar: cut", _sdist(_GOOD[:1000])
    for what, data in {
        "empty": b"",
        "not gzip": _GOOD,
        "cut": gzip.compress(_GOOD)[:-30],
        "junk behind": gzip.compress(_GOOD) + b"junk",
    }.items():
        yield f"gzip: {what}", file("x-1.tar.gz", data)
    for what, lies in {
        "encrypted": {"flags": 1},
        "method 12": {"method": 12},
        "crc": {"crc": 1},
        "size": {"size": 1 << 30},
        "a link": {"mode": 0o120777},
    }.items():
        yield f"zip: {what}", _zip(Member("x-1/a", b"x" * 90, **lies))  # type: ignore[arg-type]
    yield "zip: a bomb", _zip(Member("x-1/a", bytes(64 << 20)))


def _zip(*members: Member) -> Maker:
    return lambda place: write_zip(place / "x-1.zip", members)


def mutant(random: Random) -> Maker:
    if random.random() < 0.3:
        return file("x-1.tar.gz", damage(gzip.compress(_GOOD), random))
    return _sdist(damage(_GOOD, random))


def app(path: Path, outputs: Path) -> int:
    """Runs `app-layer` on a directory; the number of files."""
    output, python = layer_output(outputs), write_target(path.parent)
    app_layer.build(AppLayerManifest(output, python, "//:x", "app", None, True, (SourceFile(str(path), "_main"),), ()))
    return len(layer_files(Path(output.layer)))


def _named(name: str) -> Maker:
    return _tree(lambda root: (root / name).write_text("x"))


def _linked(target: str) -> Maker:
    return _tree(lambda root: os.symlink(target, root / "link"))


def _hiding(root: Path) -> None:
    (root / "d").mkdir()
    (root / "d" / ".wh..wh..opq").touch()


def _tree(fill: Callable[[Path], Any]) -> Maker:
    def make(place: Path) -> Path:
        root = place / "tree"
        root.mkdir()
        (root / "main.py").write_text("x = 1\n")
        fill(root)
        return root

    return make


def app_kinds() -> Iterator[tuple[str, Maker]]:
    """Name and maker of each."""
    for name in NAMES:
        odd = "/" in name or "\0" in name or name in ("", ".", "..") or len(name.encode()) > 255
        if not odd:
            yield f"name {name[:30]!r} {len(name.encode())}", _named(name)
    for target in ("main.py", "gone", "/etc/passwd", "..", ".", "x" * 255, "a/" * 1500 + "b", "\udcff"):
        yield f"a link to {target[:20]!r} {len(target)}", _linked(target)
    yield "a pipe", _tree(lambda root: os.mkfifo(root / "pipe"))
    yield "a name that is not UTF-8", _tree(lambda root: (root / os.fsdecode(b"\xff")).touch())
    yield "a link to itself", _tree(lambda root: os.symlink("link", root / "link"))
    yield "a private key", _tree(lambda root: (root / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\n"))
    yield "an ELF file that is cut", _tree(lambda root: (root / "x.so").write_bytes(b"\x7fELF"))
    yield "a deep directory", _tree(lambda root: os.makedirs(root / "/".join(["d" * 200] * 15)))
    yield "a whiteout in a directory", _tree(_hiding)


def app_mutant(random: Random) -> Maker:
    """Files of random names, of bytes that names may hold."""
    names = [random.randbytes(random.randrange(1, 60)).replace(b"/", b"").replace(b"\0", b"") or b"x" for _ in range(3)]
    return _tree(
        lambda root: [(root / os.fsdecode(name)).write_bytes(name) for name in names if name not in (b".", b"..")]
    )


def zip_mutant(random: Random) -> Maker:
    """A zip, damaged."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("x-1/a.py"), b"x = 1\n" * 99)
        archive.writestr(zipfile.ZipInfo("x-1/b.txt"), b"b")
    return file("x-1.zip", damage(stream.getvalue(), random))


def subjects() -> list[Subject]:
    outputs = frozenset(("x.layer.tar.gz", "x.layer.json", "x.contents.json"))
    return [
        Subject("source distribution", named(kinds()), mutant, unpack, None, extract, difference, 2),
        Subject("source distribution, zip", {}, zip_mutant, unpack, None, extract, difference),
        Subject("first-party files", named(app_kinds()), app_mutant, app, outputs, weight=1, layer="x.layer.tar.gz"),
    ]
