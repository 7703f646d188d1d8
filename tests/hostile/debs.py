"""`deb-layer`, compared with dpkg-deb."""

from __future__ import annotations

import gzip
import json
import lzma
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from distroless_python.actions import deb_layer
from hostile.mutate import damage
from hostile.pip_oracle import Files, layer_files, shown
from hostile.subject import Maker, Subject, file, named
from hostile.zip_kinds import NAMES
from support.debs import ar, control_paragraph, deb, files
from support.layouts import member, tar
from support.wheels import layer_output

OUTPUTS = frozenset(("x.layer.tar.gz", "x.layer.json", "x.contents.json"))
_CONTENT: dict[str, bytes | str] = {
    "usr/bin/demo": b"#!/bin/sh\n",
    "usr/lib/x86_64-linux-gnu/libdemo.so.1": b"\x7fELF" + bytes(90),
    "usr/lib/x86_64-linux-gnu/libdemo.so": "libdemo.so.1",
    "etc/demo.conf": b"x = 1\n" * 400,
    "usr/share/doc/demo/copyright": b"GPL\n",
    "var/lib/demo/": b"",
}


def layer(path: Path, outputs: Path) -> Files:
    """Runs `deb-layer`; the layer's files."""
    manifest, output = path.parent / "manifest.json", layer_output(outputs)
    job = {
        "deb": str(path),
        "output": vars(output),
        "label": "//:demo",
        "name": "demo",
        "version": "1.0-1",
        "sha256": None,
    }
    manifest.write_text(json.dumps(job))
    deb_layer.main([str(manifest)])
    return layer_files(Path(output.layer))


def dpkg(path: Path, outputs: Path) -> Files:
    """What dpkg-deb unpacks, links and modes left out."""
    subprocess.run(["dpkg-deb", "-x", str(path), str(outputs)], check=True, stdin=subprocess.DEVNULL)
    found = (item for item in outputs.rglob("*") if item.is_file() and not item.is_symlink())
    return {str(item.relative_to(outputs)): shown(item.read_bytes(), False, "") for item in found}


def difference(ours: Files, theirs: Files) -> str:
    """Files of ours whose content dpkg-deb does not have there (or where /usr is merged from)."""
    for name, (digest, *_) in ours.items():
        made = name.startswith("var/lib/dpkg/status.d/")
        there = [theirs[path][0] for path in (name, name.removeprefix("usr/")) if path in theirs]
        if not made and there and digest not in there:
            return f"{name} differs"
    return ""


def mutant(random: Random) -> Maker:
    """A good package, damaged: its bytes, or those of an archive in it."""
    seed, action = Random(random.getrandbits(64)), random.randrange(3)
    good = tar(files(_CONTENT))
    control = tar([(member("./control"), control_paragraph("demo", "1.0-1").encode())])
    if action == 0:
        return file(
            "demo.deb", damage(deb("demo", data=files(_CONTENT), compression=seed.choice((".gz", ".xz", ""))), seed)
        )
    good, control = (damage(good, seed), control) if action == 1 else (good, damage(control, seed))
    return file("demo.deb", _packed(control, good))


def _packed(control: bytes, data: bytes, suffix: str = "") -> bytes:
    packers: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}
    pack = packers[suffix]
    return ar([("debian-binary", b"2.0\n"), (f"control.tar{suffix}", pack(control)), (f"data.tar{suffix}", pack(data))])


def kinds() -> Iterator[tuple[str, Maker]]:
    """Name and maker of each."""
    control = tar([(member("./control"), control_paragraph("demo", "1.0-1").encode())])
    for what, items in _members():
        yield f"data: {what}", file("demo.deb", _packed(control, tar(items)))
    for what, data in _archives(control):
        yield f"archive: {what}", file("demo.deb", data)
    for what, text in _controls().items():
        yield f"control: {what}", file("demo.deb", _packed(tar([(member("./control"), text)]), tar(files(_CONTENT))))


def _members() -> Iterator[tuple[str, list[Any]]]:
    for name in NAMES:
        if name and "\0" not in name:
            yield f"name {name[:30]!r} {len(name.encode())}", [(member(f"./usr/{name}"), b"x")]
    types = {
        "character device": tarfile.CHRTYPE,
        "block device": tarfile.BLKTYPE,
        "pipe": tarfile.FIFOTYPE,
        "contiguous": tarfile.CONTTYPE,
        "sparse": tarfile.GNUTYPE_SPARSE,
        "unknown type": b"Z",
        "volume": b"V",
        "multi-volume": b"M",
        "old": tarfile.AREGTYPE,
    }
    for what, kind in types.items():
        yield what, [member("./usr/x", kind)]
    for target in (
        "",
        "/etc/passwd",
        "../../../../etc/passwd",
        "x" * 255,
        "y" * 5000,
        "a\nb",
        ".",
        "..",
        "x",
        "\udcff",
    ):
        yield f"a link to {target[:20]!r} {len(target)}", [member("./usr/x", tarfile.SYMTYPE, linkname=target)]
        yield f"a hard link to {target[:20]!r} {len(target)}", [member("./usr/x", tarfile.LNKTYPE, linkname=target)]
    yield "a hard link to itself", [member("./usr/x", tarfile.LNKTYPE, linkname="./usr/x")]
    yield (
        "a hard link to a link",
        [member("./a", tarfile.SYMTYPE, linkname="b"), member("./c", tarfile.LNKTYPE, linkname="./a")],
    )
    yield "a file below a link", [member("./usr/a", tarfile.SYMTYPE, linkname="/etc"), (member("./usr/a/passwd"), b"x")]
    yield "a file below a file", [(member("./usr/a"), b"x"), (member("./usr/a/b"), b"x")]
    yield "twice", [(member("./usr/a"), b"x"), (member("./usr/a"), b"y")]
    yield "twice by merged /usr", [(member("./lib/a"), b"x"), (member("./usr/lib/a"), b"y")]
    yield "a file lib", [(member("./lib"), b"x")]
    yield "a link usr", [member("./usr", tarfile.SYMTYPE, linkname="/"), (member("./usr/x"), b"x")]
    odd: dict[str, dict[str, Any]] = {
        "setuid": {"mode": 0o4755},
        "no permissions": {"mode": 0},
        "mode 7777777": {"mode": 0o7777777},
        "a large uid": {"uid": 1 << 40},
        "a time in 1901": {"mtime": -(1 << 31)},
        "a time far off": {"mtime": 1 << 40},
        "a user's name": {"uname": "a" * 31},
    }
    for what, fields in odd.items():
        yield what, [(member("./usr/x", **fields), b"x")]
    for key, value in {
        "size": "99999999999",
        "path": "../../evil",
        "linkpath": "../../evil",
        "GNU.sparse.major": "1",
        "GNU.sparse.realsize": "1000000",
        "GNU.sparse.map": "0,1",
        "SCHILY.xattr.user.x": "y",
        "mtime": "nan",
        "uid": "-1",
        "charset": "BINARY",
        "hdrcharset": "BINARY",
    }.items():
        yield f"pax {key}", [(member("./usr/x", pax_headers={key: value}), b"x")]
    yield "many files", [(member(f"./usr/{number}"), b"") for number in range(20_000)]
    yield "a deep directory", [member("./usr" + "/d" * 1500, tarfile.DIRTYPE)]
    yield "certificates", [(member(f"./usr/share/ca-certificates/{number}.crt"), b"x") for number in range(3)]


def _archives(control: bytes) -> Iterator[tuple[str, bytes]]:
    data = tar(files(_CONTENT))
    good = _packed(control, data)
    for suffix in ("", ".gz", ".xz"):
        yield f"good{suffix}", _packed(control, data, suffix)
        cut = _packed(control, data, suffix)
        yield (
            f"cut{suffix}",
            ar([("debian-binary", b"2.0\n"), (f"control.tar{suffix}", control), (f"data.tar{suffix}", cut)]),
        )
    for suffix in (".zst", ".bz2", ".lzma", ".Z", ".", ""):
        yield (
            f"data.tar{suffix} of junk",
            ar([("debian-binary", b"2.0\n"), ("control.tar", control), (f"data.tar{suffix}", b"\xff" * 600)]),
        )
    yield "empty", b""
    yield "not ar", b"!<arch>" + good[8:]
    yield "only the magic", b"!<arch>\n"
    yield "thin", b"!<thin>\n" + good[8:]
    yield "no debian-binary", ar([("control.tar", control), ("data.tar", data)])
    yield "another version", ar([("debian-binary", b"9.9\n"), ("control.tar", control), ("data.tar", data)])
    yield "no control", ar([("debian-binary", b"2.0\n"), ("data.tar", data)])
    yield "no data", ar([("debian-binary", b"2.0\n"), ("control.tar", control)])
    yield (
        "two datas",
        ar([("debian-binary", b"2.0\n"), ("control.tar", control), ("data.tar", data), ("data.tar", tar([]))]),
    )
    yield "data first", ar([("debian-binary", b"2.0\n"), ("data.tar", data), ("control.tar", control)])
    yield "a size that lies", good.replace(b"10240     `\n", b"99999999  `\n")
    yield "a negative size", good.replace(b"10240     `\n", b"-1        `\n")
    yield "a bomb in xz", _packed(control, tar([(member("./usr/zeros"), bytes(64 << 20))]), ".xz")
    yield "a bomb of control", _packed(tar([(member("./control"), bytes(40 << 20))]), data, ".xz")
    yield "tar: a checksum", _packed(control, data[:148] + b"000000\0 " + data[156:])
    yield "tar: a negative size", _packed(control, data[:124] + b"\xff" * 12 + data[136:])
    yield "tar: no end", _packed(control, data[:1024])
    yield "tar: a header that says it is as long as all", _packed(control, data[:124] + b"77777777777\0" + data[136:])
    yield "many small members", ar([("debian-binary", b"2.0\n"), *[("x", b"")] * 50_000])


def _controls() -> dict[str, bytes]:
    good = control_paragraph("demo", "1.0-1").encode()
    return {
        "empty": b"",
        "another package": good.replace(b"demo", b"other"),
        "another version": good.replace(b"1.0-1", b"2"),
        "no package": good.replace(b"Package: demo\n", b""),
        "not UTF-8": good + b"X: \xff\xfe\n",
        "NUL": good + b"X: \0\n",
        "a field that goes on for ever": good + b"X: y" + b"\n z" * 300_000,
        "form feeds": good.replace(b"Version", b"X: y\x0cVersion"),
        "CR LF": good.replace(b"\n", b"\r\n"),
        "two paragraphs": good + b"\nPackage: other\n",
        "no colon": b"nothing\n" + good,
        "many fields": good + b"".join(b"X-%d: y\n" % number for number in range(50_000)),
    }


def subjects() -> list[Subject]:
    oracle = dpkg if shutil.which("dpkg-deb") else None
    return [Subject("deb", named(kinds()), mutant, layer, OUTPUTS, oracle, difference, 2, "x.layer.tar.gz")]
