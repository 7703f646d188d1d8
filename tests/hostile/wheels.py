"""`wheel-layer` and `unpack-wheel`, compared with pip."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from distroless_python.actions import unpack_wheel, wheel_layer
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.layer.scripts import is_reference
from distroless_python.manifests.layers import UnpackWheelManifest, WheelLayerManifest
from hostile import dist_info_kinds, pip_oracle, zip_kinds
from hostile.mutate import damage, damage_text
from hostile.subject import Maker, Subject, named
from support.interpreters import CACHE_TAG, VERSION, own_interpreter
from support.wheels import EXECUTABLE, Member, WheelSource, layer_output, record_hash, write_target, write_zip

_GOOD = WheelSource(
    files={
        "demo/__init__.py": b"from demo.core import run\n",
        "demo/core.py": b"def run():\n    return 0\n",
        "demo/data.bin": bytes(range(256)) * 90,
        "demo-1.0.data/scripts/tool": b"#!python\nprint()\n",
        "demo-1.0.data/data/share/demo/x": b"x",
        "demo-1.0.data/headers/demo.h": b"int x;\n",
    },
    metadata=("Requires-Python: >=3.8", "Requires-Dist: a>=1", "Requires-Dist: b; extra == 'x'", "Provides-Extra: x"),
    entry_points="[console_scripts]\ndemo = demo.core:run\n[gui_scripts]\ndemo-gui = demo.core:run\n",
    executable=("demo/data.bin",),
)
OUTPUTS = frozenset(("x.layer.tar.gz", "x.layer.json", "x.contents.json"))


def layer(wheel: Path, outputs: Path, *, compiled: bool = False) -> pip_oracle.Files:
    """Runs `wheel-layer`; the layer's files."""
    output = layer_output(outputs)
    python = write_target(wheel.parent, **({"version": VERSION, "cache_tag": CACHE_TAG} if compiled else {}))
    interpreter = own_interpreter() if compiled else None
    job = WheelLayerManifest(str(wheel), output, python, "//:x", direct=False, interpreter=interpreter, sha256=None)
    wheel_layer.build(job)
    about = LayerFacts.read(output.facts).wheel
    points = about.entry_points.items() if about else ()
    reported = {f"usr/local/bin/{name}": [pip_oracle.REPORTED] for name, to in points if not is_reference(to)}
    return {**pip_oracle.layer_files(Path(output.layer)), **reported}


def unpacked(wheel: Path, outputs: Path) -> int:
    """Runs `unpack-wheel`; the number of files."""
    unpack_wheel.build(UnpackWheelManifest(str(wheel), str(outputs), sha256=None))
    return sum(len(files) for _, _, files in os.walk(outputs))


def pip(wheel: Path, outputs: Path) -> pip_oracle.Files:
    return pip_oracle.install(wheel, outputs)


def mutant(random: Random) -> Maker:
    """A good wheel, damaged: its bytes, a text of .dist-info, or a declaration of a member."""
    kind = random.choice((_bytes, _text, _text_with_record, _declaration))
    return kind(Random(random.getrandbits(64)))


def _bytes(random: Random) -> Maker:
    def make(place: Path) -> Path:
        path = _GOOD.write(place)
        path.write_bytes(damage(path.read_bytes(), random))
        return path

    return make


def _text(random: Random) -> Maker:
    return lambda place: _damaged_text(place, random, honest=False)


def _text_with_record(random: Random) -> Maker:
    return lambda place: _damaged_text(place, random, honest=True)


def _damaged_text(place: Path, random: Random, *, honest: bool) -> Path:
    """One text is damaged; RECORD has the damaged text's hash if it is `honest`."""
    members = _GOOD.members()
    names = ("METADATA", "WHEEL", "entry_points.txt", *(() if honest else ("RECORD",)))
    name = f"{_GOOD.dist_info}/{random.choice(names)}"
    if random.random() < 0.2:
        name = "demo-1.0.data/scripts/tool"
    found = next(member for member in members if member.name == name)
    text = damage_text(found.data.decode(), random).encode("utf-8", "surrogatepass")
    files = {str(m.name): m.data for m in members if not str(m.name).endswith("/RECORD")}
    if honest:
        return WheelSource(files={**files, name: text}).write(place)
    changed = [Member(m.name, text, m.mode) if m.name == name else m for m in members]
    return write_zip(place / "demo-1.0-py3-none-any.whl", changed)


def _declaration(random: Random) -> Maker:
    """One to three members lie; RECORD is right about names and bytes."""

    def make(place: Path) -> Path:
        members = _GOOD.members()[:-1]
        for _ in range(random.randint(1, 3)):
            at = random.randrange(len(members))
            members[at] = _lying(members[at], random)
        rows = "".join(f'"{_text_of(m.name)}",{record_hash(m.data)},{len(m.data)}\n' for m in members)
        record = Member(f"{_GOOD.dist_info}/RECORD", f"{rows}{_GOOD.dist_info}/RECORD,,\n".encode())
        return write_zip(place / "demo-1.0-py3-none-any.whl", [*members, record])

    return make


def _text_of(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode("utf-8", "replace")


def _lying(member: Member, random: Random) -> Member:
    number = random.choice((0, 1, len(member.data) + 1, 0x7FFFFFFF, 0xFFFFFFFF, random.getrandbits(32)))
    name = str(member.name)
    lies: dict[str, Any] = random.choice(
        (
            {"name": random.choice((name.upper(), f"./{name}", f"{name}/", f"x/{name}", *zip_kinds.NAMES))},
            {"mode": random.choice((EXECUTABLE, *zip_kinds.MODES.values()))},
            {"flags": 1 << random.randrange(11)},
            {"crc": number},
            {"size": number},
            {"packed_size": number},
            {"local_size": number},
            {"offset": number, "zip64": random.random() < 0.5},
            {"local_name": random.choice((b"x", b"", name.encode() + b"x"))},
            {"packed": damage(member.content(), random)},
            {"extra": random.randbytes(random.randrange(40))},
        )
    )
    return replace(member, **lies)


def subjects() -> list[Subject]:
    kinds = named(iter([*zip_kinds.kinds(), *dist_info_kinds.kinds()]))
    sources = {name: maker for name, maker in kinds.items() if name.startswith("source: ")}
    others = {name: maker for name, maker in kinds.items() if name not in sources}

    own_interpreter()  # one for all processes that are forked from this one

    def compiled(wheel: Path, outputs: Path) -> int:
        return len(layer(wheel, outputs, compiled=True))

    return [
        Subject("wheel", others, mutant, layer, OUTPUTS, pip, pip_oracle.difference, 6, "x.layer.tar.gz"),
        Subject("compiled wheel", sources, mutant, compiled, OUTPUTS, weight=0),
        Subject("unpacked wheel", {}, mutant, unpacked, None, weight=1),
    ]
