"""Hostile wheels, by what they say of themselves: METADATA, WHEEL, RECORD, entry points, schemes, scripts, sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hostile.zip_kinds import INFO, Maker
from support.elfs import elf
from support.wheels import WheelSource, record_hash

MAIN = b"def run():\n    return 0\n"
BASE: dict[str, bytes] = {"demo/__init__.py": MAIN}
DATA = "demo-1.0.data"
FIELDS = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
BREAKS = {"form feed": "\f", "vertical tab": "\v", "FS": "\x1c", "NEL": "\x85", "LS": "\u2028", "CR": "\r", "NUL": "\0"}


def kinds() -> Iterator[tuple[str, Maker]]:
    """Name and maker of each."""
    for what, text in _metadata():
        yield f"METADATA: {what}", _files({f"{INFO}/METADATA": text if isinstance(text, bytes) else text.encode()})
    for what, wheel in _wheel().items():
        yield f"WHEEL: {what}", _files({f"{INFO}/WHEEL": wheel})
    for what, record in _records():
        yield f"RECORD: {what}", _source(record=record)
    for what, points in _entry_points():
        yield f"entry points: {what}", _source(entry_points=points)
    for what, files in _schemes():
        yield f"schemes: {what}", _files(files)
    for number, script in enumerate(SCRIPTS):
        yield f"script {number}: {script[:20]!r}", _files({f"{DATA}/scripts/tool": script})
    for what, source in _sources():
        yield f"source: {what}", _files({"demo/m.py": source})
    for name in FILE_NAMES:
        yield f"file name {name!r}", _source(file_name=name)
    for what, content in _libraries():
        yield f"library: {what}", _files({"demo/x.so": content})


def _source(**fields: Any) -> Maker:
    return lambda place: WheelSource(**{"files": BASE, **fields}).write(place)


def _files(files: dict[str, bytes]) -> Maker:
    return _source(files={**BASE, **files})


def _metadata() -> Iterator[tuple[str, str | bytes]]:
    for what, end in BREAKS.items():
        yield f"{what} in a requirement", f"{FIELDS}Requires-Dist: a{end}Requires-Dist: evil\nSummary: x\n"
        yield f"{what} in a summary", f"{FIELDS}Summary: x{end}{end}\nRequires-Dist: b\n"
    yield "CR LF", FIELDS.replace("\n", "\r\n")
    yield "a byte order mark", "\ufeff" + FIELDS
    yield "a body with fields", f"{FIELDS}\nRequires-Dist: evil\n"
    yield "a line without a colon", f"{FIELDS}nothing\nRequires-Dist: b\n"
    yield "an envelope", f"From me\n{FIELDS}From you\nRequires-Dist: b\n"
    yield "a field without a name", f"{FIELDS}: x\n continued\nRequires-Dist: b\n"
    yield "two names", f"{FIELDS}Name: other\n"
    yield "two versions", f"{FIELDS}Version: 2\n"
    yield "empty", ""
    yield "no name", "Metadata-Version: 2.1\nVersion: 1.0\n"
    yield "no version", "Metadata-Version: 2.1\nName: demo\n"
    for name in (
        "other",
        "../demo",
        "demo/..",
        "DEMO",
        "d-e.m_o",
        "dem\u00f3",
        "demo\u200b",
        "demo x",
        "-demo",
        "demo\0",
        "..",
    ):
        yield f"the name {name!r}", FIELDS.replace("demo", name)
    for version in ("2.0", "1", "1.0.0", "v1.0", "1.0+x", "../1.0", "1.0 ", "one", "1_0", "1.0\u0660"):
        yield f"the version {version!r}", FIELDS.replace("1.0", version)
    yield "not UTF-8", FIELDS.encode() + b"Summary: \xff\n"
    yield "UTF-16", FIELDS.encode("utf-16")
    yield "many requirements", FIELDS + "Requires-Dist: a\n" * 100_000
    yield "one field of many lines", f"{FIELDS}Description: x{chr(10)} y" + "\n y" * 300_000
    yield "a long line", f"{FIELDS}Summary: {'x' * (4 << 20)}\n"
    yield "requirements that are none", f"{FIELDS}Requires-Dist: ((((\nRequires-Dist: a; b\nRequires-Dist: \n"
    yield "a marker in brackets", f"{FIELDS}Requires-Dist: a; {'(' * 5000}os_name=='x'{')' * 5000}\n"
    yield "Requires-Python that is not a specifier", f"{FIELDS}Requires-Python: python 3\n"
    yield "a Python of many digits", f"{FIELDS}Requires-Python: >={'9' * 5000}\n"


def _wheel() -> dict[str, bytes]:
    texts = [
        f"Wheel-Version: {v}\nTag: py3-none-any\n" for v in ("2.0", "1.9", "0.1", "1", "1.x", "", "one", "1.0 ", "-1")
    ]
    more = {
        "empty": b"",
        "no version": b"Tag: py3-none-any\n",
        "not UTF-8": b"Wheel-Version: 1.0\n\xff\n",
        "two versions": b"Wheel-Version: 1.0\nWheel-Version: 2.0\n",
        "impure": b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
        "other tags": b"Wheel-Version: 1.0\nTag: cp27-cp27m-win32\n",
        "many tags": b"Wheel-Version: 1.0\n" + b"Tag: py3-none-any\n" * 50_000,
        "CR": b"Wheel-Version: 1.0\rTag: py3-none-any\r",
    }
    return {**{repr(text.splitlines()[0]): text.encode() for text in texts}, **more}


def _rows() -> list[str]:
    record = WheelSource(files=BASE).members()[-1].data.decode()
    return [row for row in record.split("\n") if row]


def _records() -> Iterator[tuple[str, str]]:
    first, *rest = _rows()
    path, size = "demo/__init__.py", len(MAIN)

    def joined(*rows: str) -> str:
        return "\n".join((*rows, *rest, ""))

    hex_digest = record_hash(MAIN)
    import hashlib

    yield "missing", ""
    yield "a line end", "\n"
    for algorithm in ("md5", "sha1", "sha224", "sha384", "sha512", "blake2b", "sha3_256"):
        yield algorithm, joined(f"{path},{record_hash(MAIN, algorithm)},{size}")
    yield "in hexadecimal", joined(f"{path},sha256={hashlib.sha256(MAIN).hexdigest()},{size}")
    yield "wrong, in hexadecimal", joined(f"{path},sha256={'0' * 64},{size}")
    yield "with padding", joined(f"{path},{hex_digest}=,{size}")
    yield "an unknown algorithm", joined(f"{path},sha999=abc,{size}")
    yield "a hash without its algorithm", joined(f"{path},sha256,{size}")
    yield "a wrong hash", joined(f"{path},sha256={'A' * 43},{size}")
    yield "no hash", joined(f"{path},,{size}")
    yield "no size", joined(f"{path},{hex_digest},")
    for text in ("0", str(size + 1), "-1", "one", "0x18", " 24", "9" * 30, "2_4"):
        yield f"size {text!r}", joined(f"{path},{hex_digest},{text}")
    yield "a row too many", joined(first, "gone.py,sha256=x,1")
    yield "a row too few", joined()
    yield "a row twice", joined(first, first)
    yield "a row twice, otherwise", joined(first, f"{path},sha256={'A' * 43},1")
    yield "two columns", joined(f"{path},{hex_digest}")
    yield "four columns", joined(f"{first},x")
    yield "one column", joined(path)
    for name in ("../x", "/etc/passwd", "a\\b", "./demo/__init__.py", "demo//__init__.py", "DEMO/__init__.py", "a\0"):
        yield f"a row for {name!r}", joined(first, f"{name},sha256=x,1")
    yield "quotes", joined(f'"{path}","{hex_digest}","{size}"')
    yield "a quote that stays open", joined(f'"{path},{hex_digest},{size}')
    yield "CR LF", joined(first).replace("\n", "\r\n")
    yield "CR", joined(first).replace("\n", "\r")
    yield "a byte order mark", "\ufeff" + joined(first)
    yield "NUL", joined(first, "\0")
    yield "LS in a name", joined(first, "a\u2028b,sha256=x,1")
    yield "itself with a hash", joined(first).replace("RECORD,,", "RECORD,sha256=x,1")
    yield "many false rows", joined(first) + "".join(f"demo/{n}.py,sha256=x,1\n" for n in range(300_000))
    yield "the same false row", joined(first) + "demo/gone.py,sha256=x,1\n" * 300_000
    yield "a long field", joined(first, "x" * 200_000 + ",,")
    yield "empty lines", joined(first, *[""] * 9)


def _entry_points() -> Iterator[tuple[str, str]]:
    for name in (
        "../x",
        "a/b",
        "/x",
        ".",
        "..",
        "",
        "a b",
        "x=y",
        "ä",
        "x" * 256,
        "-",
        "a\tb",
        ".wh.x",
        "python3",
        "x\\y",
        "[x]",
    ):
        yield f"the name {name[:20]!r}", f"[console_scripts]\n{name} = demo:run\n"
    references = (
        "demo",
        "demo:",
        ":run",
        "demo:run()",
        "demo:run.x",
        "demo : run",
        "demo:run [a, b]",
        "demo:run [",
        "a b:c",
        "demo:a-b",
        "demo:run; import os",
        "demo:run\\",
        "demo:run #x",
        "1:2",
        "demo:__import__('os')",
        "démo:run",
        "demo.x.y:A.b",
        ".demo:run",
        "demo:run:x",
        "demo:class",
        "lambda:x",
    )
    for reference in references:
        yield f"the reference {reference!r}", f"[console_scripts]\nx = {reference}\n"
    yield "not UTF-8 sections", "[console_scripts\nx = demo:run\n"
    yield "no section", "x = demo:run\n"
    yield "an empty section name", "[]\nx = demo:run\n"
    yield "blanks in the section", "[ console_scripts ]\nx = demo:run\n"
    yield "twice", "[console_scripts]\nx = demo:run\nx = demo:MAIN\n"
    yield "two sections", "[console_scripts]\nx = demo:run\n[console_scripts]\ny = demo:run\n"
    yield "of both kinds", "[console_scripts]\nx = demo:run\n[gui_scripts]\nx = demo:run\n"
    yield "a colon for the equals sign", "[console_scripts]\nx: demo:run\n"
    yield "comments", "; x\n# y\n[console_scripts]\n# z\nx = demo:run ; w\n"
    yield "a continued line", "[console_scripts]\nx =\n  demo:run\n"
    yield "a default section", "[DEFAULT]\nx = demo:run\n[console_scripts]\n"
    yield "NEL", "[console_scripts]\nx = demo:run\x85y = demo:run\n"
    yield "CR", "[console_scripts]\rx = demo:run\r"
    yield "interpolation", "[console_scripts]\nx = demo:%(y)s\n"
    yield "a byte order mark", "\ufeff[console_scripts]\nx = demo:run\n"
    yield "many", "[console_scripts]\n" + "".join(f"x{n} = demo:run\n" for n in range(5000))


def _schemes() -> Iterator[tuple[str, dict[str, bytes]]]:
    for scheme in ("purelib", "platlib", "scripts", "headers", "data", "PURELIB", "magic", "", ".", ".."):
        yield f"scheme {scheme!r}", {f"{DATA}/{scheme}/x": b"x"}
    yield "a file and no scheme", {f"{DATA}/x": b"x"}
    for name in ("other-1.0.data", "DEMO-1.0.data", "demo-1.data", "demo.data", ".data", "demo-1.0.data.data"):
        yield f"the directory {name}", {f"{name}/scripts/tool": b"#!python\n"}
    yield "a directory .data below", {"demo/x.data/scripts/tool": b"#!python\n"}
    for file in ("RECORD", "INSTALLER", "REQUESTED", "METADATA", "direct_url.json", "RECORD.jws"):
        for scheme, inside in (("purelib", ""), ("platlib", ""), ("data", "lib/python3.13/dist-packages/")):
            yield f"own {file} by {scheme} {inside}", {f"{DATA}/{scheme}/{inside}{INFO}/{file}": b"x"}
    yield "a module twice", {f"{DATA}/purelib/demo/__init__.py": b"evil = 1\n"}
    yield "a module in both libraries", {f"{DATA}/purelib/m.py": b"a = 1\n", f"{DATA}/platlib/m.py": b"b = 1\n"}
    yield "a module by data", {f"{DATA}/data/lib/python3.13/dist-packages/m.py": b"a = 1\n"}
    yield (
        "a .pyc by data",
        {
            "demo/m.py": b"a = 1\n",
            f"{DATA}/data/lib/python3.13/dist-packages/demo/__pycache__/m.cpython-313.pyc": b"evil",
        },
    )
    yield "a .pyc by purelib", {"demo/m.py": b"a = 1\n", f"{DATA}/purelib/demo/__pycache__/m.cpython-313.pyc": b"evil"}
    yield "a script by data", {f"{DATA}/data/bin/tool": b"#!python\n", f"{DATA}/scripts/tool": b"#!python\n"}
    yield (
        "a script as an entry point",
        {
            f"{DATA}/scripts/tool": b"#!python\n",
            f"{INFO}/entry_points.txt": b"[console_scripts]\ntool = demo:run\n",
        },
    )
    yield (
        "setuptools' wrappers of an entry point",
        {
            **{f"{DATA}/scripts/{name}": b"x" for name in ("tool.exe", "tool-script.py", "tool.pya")},
            f"{INFO}/entry_points.txt": b"[console_scripts]\ntool = demo:run\n",
        },
    )
    yield "a script in a directory", {f"{DATA}/scripts/sub/tool": b"#!python\n"}
    yield "a file where a directory is", {f"{DATA}/data/lib": b"x"}
    yield "the image's Python", {f"{DATA}/data/bin/python3.13": b"x", f"{DATA}/scripts/python3": b"x"}


SCRIPTS = (
    b"#!python\n",
    b"#!python\r\n",
    b"#!python",
    b"#!python -E -s\n",
    b"#!pythonw\n",
    b"#!python3.9\r\nx\r\n",
    b"#! python\n",
    b"#!/usr/bin/env python\n",
    b"#!/usr/bin/python\r\n",
    b"#!/bin/sh\n",
    b"",
    b"#!",
    b"#!\n",
    b"\xef\xbb\xbf#!python\n",
    b"#!python\0\n",
    b"#!python " + b"x" * 3_000_000 + b"\nrest\n",
    b"#!PYTHON\n",
    b"#!pythonista\n",
    b"MZ\0\0",
    b"\n#!python\n",
    b"#!python\rx\n",
    elf("tool"),
)


def _sources() -> Iterator[tuple[str, bytes]]:
    yield "4 MB of statements", b"a;" * (2 << 20)
    yield "3 MB of format fields", b"f'" + b"{a}" * (1 << 20) + b"'"
    yield "2 MB of a list", b"x=[" + b"[]," * (700_000) + b"]"
    yield "brackets", b"(" * 90_000 + b")" * 90_000
    yield "brackets, less", b"(" * 190 + b")" * 190
    yield "operators", b"not " * 200_000 + b"a"
    yield "calls", b"a" + b"()" * 200_000
    yield "attributes", b"a" + b".b" * 900_000
    yield "lambdas", b"lambda:" * 50_000 + b"0"
    yield "a large power", b"x = 9**9**9\n"
    yield "a large string", b"x = 'a' * (1 << 40)\n"
    yield "digits", b"x = " + b"1" * 900_000 + b"\n"
    yield "NUL", b"x = 1\0\n"
    yield "not UTF-8", b"x = '\xff'\n"
    for coding in (b"no", b"utf-16", b"utf-7", b"rot13", b"punycode", b"idna", b"latin-1", b"undefined"):
        yield f"coding {coding.decode()}", b"# coding: " + coding + b"\nx = 1\n" + b"y = 'a'\n" * 3000
    yield "a byte order mark", b"\xef\xbb\xbfx = 1\n"
    yield "5 MB", b"x = 1\n" * 900_000
    yield "tabs and blanks", b"if a:\n\tb\n        c\n"
    yield "form feeds", b"\f\fx = 1\n\f"
    yield "warnings", b"x = '\\d' is 1\n" * 1000
    yield "many functions", b"def f(): pass\n" * 100_000


FILE_NAMES = (
    "demo.whl",
    "demo-1.0.whl",
    "demo-1.0-py3-none.whl",
    "demo-1.0-py3-none-any.zip",
    "demo-1.0-py3-none-any",
    "-1.0-py3-none-any.whl",
    "demo--py3-none-any.whl",
    "demo-1.0-1-py3-none-any.whl",
    "demo-1.0-x-py3-none-any.whl",
    "demo-1.0-1-2-py3-none-any.whl",
    "demo-1.0-py3-none-any.whl.whl",
    "Demo-1.0-py3-none-any.whl",
    "demo-01.0-py3-none-any.whl",
    "demo-1.0.0-py3-none-any.whl",
    "..-1.0-py3-none-any.whl",
    "demo-1.0-py3-none-" + ".".join(["any"] * 40) + ".whl",
    "demo-1.0-py3.py2-none.abi3-any.linux.whl",
    "dem\u00f3-1.0-py3-none-any.whl",
    "demo-1!1.0-py3-none-any.whl",
    "demo x-1.0-py3-none-any.whl",
    "demo-1.0-\u2028-none-any.whl",
)


def _libraries() -> Iterator[tuple[str, bytes]]:
    good = elf("x.so", needed=["libc.so.6"])
    yield "good", good
    yield "padded", elf("x.so", padding=1 << 20)
    for size in (4, 5, 16, 20, 63, 64, 100, len(good) - 1):
        yield f"cut to {size} bytes", good[:size]
    yield "a name of 60 kB", elf("x" * 60_000)
    yield "many names", elf("x.so", needed=[f"lib{n}.so" for n in range(20_000)])
    yield "hostile names", elf("../x\n\0", needed=["\udcff", "a\nb", ""][:1] and ["a\nb", "../../x"])
