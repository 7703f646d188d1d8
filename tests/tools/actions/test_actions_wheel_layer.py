"""`wheel-layer`, from a manifest to a layer and its facts."""

from __future__ import annotations

import gzip
import hashlib
import json
import marshal
import random
import subprocess
import sys
import tarfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distroless_python.actions import main as action
from distroless_python.actions import wheel_layer as main_wheel_layer
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.documents.layer_facts import Blob, Distribution, LayerFacts
from distroless_python.errors import ToolError
from distroless_python.manifests.layers import WheelLayerManifest
from support.interpreters import CACHE_TAG, VERSION, own_interpreter, write_interpreter
from support.outcomes import outcome
from support.properties import patient
from support.wheels import SITE, SYMLINK, Member, WheelSource, layer_output, record_hash, write_target

DEMO = WheelSource(
    files={
        "demo/__init__.py": b"from demo.core import run\n",
        "demo/core.py": b"def run():\n    return 'run'\n",
        "demo/bad.py": b"print 'two'\n",
        "demo/data.txt": b"data\n",
        "demo/big.bin": random.Random(1).randbytes(20_000),
        "demo-1.0.data/scripts/demo-tool": b"#!python\nprint('tool')\n",
        "demo-1.0.data/headers/demo.h": b"int x;\n",
        "demo-1.0.data/data/share/demo/x": b"x",
        "_demo_native.so": b"\x7fELF",
    },
    executable=("_demo_native.so",),
    metadata=("Requires-Python: >=3.8", "Requires-Dist: a>=1", "Requires-Dist: b; extra == 'x'", "Provides-Extra: x"),
    entry_points="[console_scripts]\ndemo = demo.core:run\n[gui_scripts]\ndemo-gui = demo.core:run\n",
)
INFO = f"{SITE}/demo-1.0.dist-info"
RUN = f"{SITE}/demo/__pycache__"


def _job(tmp_path: Path, wheel: str, **job: Any) -> WheelLayerManifest:
    fixed = {"direct": False, "interpreter": None, "sha256": None, "label": "//:demo", "output": layer_output(tmp_path)}
    return WheelLayerManifest(wheel=wheel, **{**fixed, "python": job.get("python") or write_target(tmp_path), **job})


def _build(tmp_path: Path, wheel: WheelSource = DEMO, **job: Any) -> tuple[dict[str, tarfile.TarInfo], LayerFacts]:
    request = _job(tmp_path, str(wheel.write(tmp_path)), **job)
    main_wheel_layer.build(request)
    with tarfile.open(request.output.layer) as archive:
        members = archive.getmembers()
    assert len({member.name for member in members}) == len(members)
    return {member.name: member for member in members}, LayerFacts.read(request.output.facts)


def _content(tmp_path: Path, name: str) -> bytes:
    with tarfile.open(tmp_path / "x.layer.tar.gz") as archive:
        file = archive.extractfile(name)
        assert file is not None
        return file.read()


def test_golden_listing(tmp_path: Path) -> None:
    """Names, modes, sizes and order."""
    members, _ = _build(tmp_path, direct=True)
    listing = [f"{member.mode:o} {member.size:6} {member.name}{'/' * member.isdir()}" for member in members.values()]
    assert listing == [
        "755      0 usr/",
        "755      0 usr/local/",
        "755      0 usr/local/bin/",
        "755      0 usr/local/include/",
        "755      0 usr/local/include/python3.13/",
        "755      0 usr/local/include/python3.13/demo/",
        "755      0 usr/local/lib/",
        "755      0 usr/local/lib/python3.13/",
        f"755      0 {SITE}/",
        f"755      0 {INFO}/",
        f"755      0 {SITE}/demo/",
        "755      0 usr/local/share/",
        "755      0 usr/local/share/demo/",
        f"644  20000 {SITE}/demo/big.bin",
        "755    107 usr/local/bin/demo",
        "755    107 usr/local/bin/demo-gui",
        "755     36 usr/local/bin/demo-tool",
        f"644     24 {INFO}/INSTALLER",
        f"644    138 {INFO}/METADATA",
        f"644      0 {INFO}/REQUESTED",
        f"644     75 {INFO}/WHEEL",
        "644      1 usr/local/share/demo/x",
        "644      7 usr/local/include/python3.13/demo/demo.h",
        f"644     26 {SITE}/demo/__init__.py",
        f"644     12 {SITE}/demo/bad.py",
        f"644     28 {SITE}/demo/core.py",
        f"755      4 {SITE}/_demo_native.so",
        f"644     78 {INFO}/entry_points.txt",
        f"644      5 {SITE}/demo/data.txt",
        f"644   1250 {INFO}/RECORD",
    ]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members.values()} == {(0, 0, 0, "", "")}


def test_facts_say_what_the_wheel_says(tmp_path: Path) -> None:
    _, layer = _build(tmp_path, direct=True)
    assert (layer.layer, layer.name, layer.version, layer.label, layer.bytecode) == (
        "wheel",
        "demo",
        "1.0",
        "//:demo",
        False,
    )
    assert layer.wheel == Distribution(
        tags=("py3-none-any",),
        requires_python=">=3.8",
        requires_dist=("a>=1", "b; extra == 'x'"),
        provides_extra=("x",),
        entry_points={"demo": "demo.core:run", "demo-gui": "demo.core:run"},
        top_level=("_demo_native", "demo"),
        direct=True,
        uncompiled=3,
    )
    blob = (tmp_path / "x.layer.tar.gz").read_bytes()
    assert layer.blob == Blob(f"sha256:{hashlib.sha256(blob).hexdigest()}", len(blob))
    assert layer.diff_id == f"sha256:{hashlib.sha256(gzip.decompress(blob)).hexdigest()}"


def test_the_record_fits_what_is_there(tmp_path: Path) -> None:
    members, _ = _build(tmp_path, interpreter=own_interpreter(), python=write_target(tmp_path, version=VERSION))
    site = next(name for name in members if name.endswith("dist-packages"))
    info = f"{site}/demo-1.0.dist-info"
    rows = [row.split(",") for row in _content(tmp_path, f"{info}/RECORD").decode().splitlines()]
    recorded = {}
    for path, digest, size in rows:
        absolute = f"usr/local/{path[9:]}" if path.startswith("../../../") else f"{site}/{path}"
        recorded[absolute] = (digest, size)
    assert set(recorded) == {file.path for file in LayerContents.read(tmp_path / "x.contents.json").files}
    assert sum(path.endswith(".pyc") for path in recorded) == 2
    for path, (digest, size) in recorded.items():
        if path.endswith((".pyc", "RECORD")):
            assert (digest, size) == ("", "")
        else:
            data = _content(tmp_path, path)
            assert (digest, size) == (record_hash(data), str(len(data)))


def test_a_name_that_is_too_long_with_the_cache_tag_stays_uncompiled(tmp_path: Path) -> None:
    wheel = WheelSource(files={"demo/a.py": b"", f"demo/{'b' * 252}.py": b""})
    python = write_target(tmp_path, version=VERSION, cache_tag=CACHE_TAG)
    members, layer = _build(tmp_path, wheel, interpreter=own_interpreter(), python=python)
    assert max(len(part) for name in members for part in name.split("/")) == 255
    assert layer.wheel is not None
    assert layer.wheel.uncompiled == 1


def test_modules_are_compiled_by_the_bases_interpreter(tmp_path: Path) -> None:
    python = write_target(tmp_path, version=VERSION, cache_tag=CACHE_TAG)
    base = write_interpreter(tmp_path / "base")
    members, layer = _build(tmp_path, interpreter=base, python=python)
    assert layer.bytecode
    assert layer.wheel is not None
    assert layer.wheel.uncompiled == 1
    pycs = sorted(name for name in members if name.endswith(".pyc"))
    assert [name.rpartition("/")[2] for name in pycs] == [f"__init__.{CACHE_TAG}.pyc", f"core.{CACHE_TAG}.pyc"]
    code = marshal.loads(_content(tmp_path, pycs[1])[16:])
    assert code.co_filename == f"/{SITE}/demo/core.py"
    assert members[pycs[0].rpartition("/")[0]].isdir()


def test_without_an_interpreter_nothing_is_compiled(tmp_path: Path) -> None:
    members, layer = _build(tmp_path, interpreter=write_interpreter(tmp_path / "base", "usr/bin/none"))
    assert not layer.bytecode
    assert not any(name.endswith(".pyc") for name in members)
    assert not any("__pycache__" in name for name in layer.directories)


def test_the_same_wheel_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for directory in ("a", "b"):
        python = write_target(tmp_path, version=VERSION)
        _build(tmp_path / directory, interpreter=own_interpreter(), python=python)
    for name in ("x.layer.tar.gz", "x.layer.json", "x.contents.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_stronger_hash_is_accepted(tmp_path: Path) -> None:
    record = next(m for m in DEMO.members() if str(m.name).endswith("RECORD")).data.decode()
    data = b"data\n"
    strong = record.replace(record_hash(data), record_hash(data, "sha512"))
    _build(tmp_path, replace(DEMO, record=strong))
    assert f"demo/data.txt,{record_hash(data, 'sha512')},5" in _content(tmp_path, f"{INFO}/RECORD").decode()


def _fails(tmp_path: Path, wheel: WheelSource, **job: Any) -> str:
    with pytest.raises(ToolError) as caught:
        _build(tmp_path, wheel, **job)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"python.json", wheel.write(tmp_path).name}
    return str(caught.value)


@pytest.mark.parametrize(
    ("wheel", "expected"),
    [
        (DEMO.changed("demo/big.bin", crc=7), "demo/big.bin: its content has CRC-32"),
        (DEMO.changed("demo/core.py", crc=7), "demo/core.py: its content has CRC-32"),
        (DEMO.changed("demo/core.py", data=b"evil"), "demo/core.py: "),
        (DEMO.changed("demo/big.bin", size=19_999), "demo/big.bin: "),
        (DEMO.changed("demo/core.py", mode=SYMLINK), "demo/core.py: is a symbolic link"),
        (DEMO.changed("demo/core.py", flags=1), "demo/core.py: is encrypted"),
        (DEMO.changed("demo/core.py", method=14), "demo/core.py: is compressed by method 14"),
        (replace(DEMO, extra=(Member("../../evil.py"),)), "../../evil.py: its name leaves the prefix (..)"),
        (replace(DEMO, extra=(Member("demo/core.py"),)), "demo/core.py: there is more than one member of this name"),
        (replace(DEMO, extra=(Member("demo/core.py/x"),)), "demo/core.py: is a file, and a directory too"),
    ],
)
def test_bad_wheels_are_refused(tmp_path: Path, wheel: WheelSource, expected: str) -> None:
    message = _fails(tmp_path, wheel)
    assert f"{wheel.write(tmp_path).name}: {expected}" in message
    assert message.count("error: ") == message.count("remedy: ") >= 1


def test_every_problem_of_a_wheel_is_in_one_message(tmp_path: Path) -> None:
    wheel = replace(DEMO, extra=(Member("../evil"),))
    wheel = wheel.changed("demo/data.txt", crc=1).changed("demo/core.py", data=b"other").changed("demo/bad.py", flags=1)
    message = _fails(tmp_path, wheel, sha256="0" * 64)
    for expected in ("SHA-256", "../evil", "CRC-32", "not the one in RECORD", "encrypted"):
        assert expected in message


def test_every_member_that_is_damaged_is_named(tmp_path: Path) -> None:
    message = _fails(tmp_path, DEMO.changed("demo/data.txt", crc=1).changed("demo/core.py", crc=2))
    assert "demo/data.txt" in message
    assert "demo/core.py" in message


def test_the_original_of_a_rewritten_script_is_checked(tmp_path: Path) -> None:
    wheel = DEMO.changed("demo-1.0.data/scripts/demo-tool", data=b"#!python\nevil()\n")
    message = _fails(tmp_path, wheel)
    assert "demo-1.0.data/scripts/demo-tool: its sha256 is not the one in RECORD" in message or "7 bytes" in message


@pytest.mark.parametrize("cut", [1, 30, 1000])
def test_a_truncated_wheel_is_refused(tmp_path: Path, cut: int) -> None:
    path = DEMO.write(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    job = _job(tmp_path, str(path))
    with pytest.raises(ToolError, match="not a whole zip file"):
        main_wheel_layer.build(job)
    assert not Path(job.output.layer).exists()


def test_the_locked_file_is_accepted(tmp_path: Path) -> None:
    sha256 = hashlib.sha256(DEMO.write(tmp_path).read_bytes()).hexdigest()
    _, layer = _build(tmp_path, sha256=sha256)
    assert layer.name == "demo"


def test_the_action_reports_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = DEMO.write(tmp_path)
    job = {**asdict(_job(tmp_path, str(wheel), sha256="0" * 64)), "action": "wheel-layer"}
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(job))
    assert action.main([f"@{manifest}"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {wheel.name}: its SHA-256 is ")
    assert said.endswith("    remedy: fetch it again; if it was republished on purpose, lock again\n")
    manifest.write_text(json.dumps({**job, "sha256": None}))
    assert action.main([f"@{manifest}"]) == 0
    assert LayerFacts.read(layer_output(tmp_path).facts).name == "demo"


def test_whether_it_fits_is_not_said_here(tmp_path: Path) -> None:
    """Tags, Requires-Python and entry points are noted: verification judges them, where `allow` counts."""
    wheel = replace(
        DEMO,
        tag="cp312-cp312-musllinux_1_2_aarch64",
        metadata=("Requires-Python: >=9",),
        entry_points="[console_scripts]\nodd = demo\n",
    )
    members, layer = _build(tmp_path, wheel)
    assert layer.wheel is not None
    assert layer.wheel.tags == ("cp312-cp312-musllinux_1_2_aarch64",)
    assert (layer.wheel.requires_python, layer.wheel.entry_points) == (">=9", {"odd": "demo"})
    assert "usr/local/bin/odd" not in members


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "cannot be read"),
        ("{}", "is not a python document of format 1"),
        ('{"kind": "python", "format": 1, "version": "3.13"}', "missing cache_tag, dist_packages, executable, prefix"),
    ],
)
def test_documents_that_are_wrong(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(ToolError, match=rf"other\.json: {reason}"):
        _build(tmp_path, python=str(tmp_path / "other.json"))


_PEAK = """
import sys
sys.path.insert(0, {tools!r})
from distroless_python.actions import wheel_layer as main_wheel_layer
if sys.argv[1:]:
    main_wheel_layer.main(sys.argv[1:])
with open("/proc/self/status") as status:
    print(next(line for line in status if line.startswith("VmHWM:")).split()[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_memory_does_not_follow_the_wheels_size(tmp_path: Path) -> None:
    noise = random.Random(4).randbytes(8 << 20)
    files = {"demo/zeros.bin": bytes(128 << 20), **{f"demo/noise{number}.bin": noise for number in range(8)}}
    wheel = replace(DEMO, files=files).write(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps(asdict(_job(tmp_path, str(wheel)))))
    tools = str(Path(action.__file__).parents[2])

    def peak(*argv: str) -> int:
        command = [sys.executable, "-I", "-S", "-B", "-c", _PEAK.format(tools=tools), *argv]
        return int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) << 10

    idle = peak()
    assert peak(str(tmp_path / "manifest.json")) - idle < 48 << 20


@settings(patient, max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_damage_is_refused_or_without_effect(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[float, int]]
) -> None:
    """A wheel with bytes changed gives its own files, or an error; never a traceback, never other content."""
    tmp_path = tmp_path_factory.mktemp("damage")
    small = replace(DEMO, files={"demo/a.py": b"a = 1\n" * 9, "demo-1.0.data/scripts/x": b"#!python\n"})
    path = small.write(tmp_path)
    data = bytearray(path.read_bytes())
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    path.write_bytes(data)
    job = _job(tmp_path, str(path))
    found = outcome(lambda: main_wheel_layer.build(job))
    if found is None:
        files = {file.path: file.sha256 for file in LayerContents.read(job.output.contents).files}
        assert files[f"{SITE}/demo/a.py"] == hashlib.sha256(b"a = 1\n" * 9).hexdigest()
    else:
        assert f"error: {path.name}: " in str(found)
        assert not Path(job.output.layer).exists()


LIBRARIES = {f"demo/lib{name}.so": size for name, size in {"a": 3_000_000, "b": 1_600_000, "c": 1_400_000}.items()}
"""Large files of a wheel, and their sizes: random bytes do not become smaller."""


def _large(**changed: int) -> WheelSource:
    sizes = {**LIBRARIES, **{f"demo/lib{name}.so": size for name, size in changed.items()}}
    native = {path: random.Random(path + str(size)).randbytes(size) for path, size in sizes.items()}
    return replace(DEMO, files={**(DEMO.files or {}), **native})


def _parts(tmp_path: Path, wheel: WheelSource, parts: int) -> list[tuple[dict[str, tarfile.TarInfo], LayerFacts]]:
    folders = [tmp_path / str(part) for part in range(1, parts + 1)]
    for folder in folders:
        folder.mkdir(parents=True)
    return [_build(folder, wheel, part=part, parts=parts) for part, folder in enumerate(folders, 1)]


def test_a_large_wheel_is_several_layers_with_each_file_in_one(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole, facts = _build(tmp_path / "whole", _large())
    parts = _parts(tmp_path, _large(), 3)
    files = [{name for name, member in members.items() if not member.isdir()} for members, _ in parts]
    assert sorted(name for part in files for name in part) == sorted(n for n, m in whole.items() if not m.isdir())
    assert [sorted(name.removeprefix(f"{SITE}/") for name in part) for part in files[1:]] == [
        ["demo/liba.so"],
        ["demo/libb.so", "demo/libc.so"],
    ]
    assert [known.title for _, known in parts] == ["demo 1.0 (1 of 3)", "demo 1.0 (2 of 3)", "demo 1.0 (3 of 3)"]
    assert [known.wheel for _, known in parts] == [facts.wheel, None, None], "the first speaks for all"
    assert (facts.title, sum(known.files for _, known in parts)) == ("demo 1.0", facts.files)
    record = (tmp_path / "whole", tmp_path / "1")
    assert len({_content(folder, f"{INFO}/RECORD") for folder in record}) == 1, "RECORD lists the whole wheel"


def test_a_library_that_changes_a_little_changes_the_first_layer_and_its_own(tmp_path: Path) -> None:
    before, after = _parts(tmp_path / "before", _large(), 4), _parts(tmp_path / "after", _large(b=1_700_000), 4)
    same = [old.blob == new.blob for (_, old), (_, new) in zip(before, after)]
    assert same == [False, True, False, True], "RECORD is in the first, with the new hash"


def test_a_hash_that_is_wrong_is_found_in_the_layer_of_its_file(tmp_path: Path) -> None:
    good = next(member for member in _large().members() if str(member.name).endswith("RECORD")).data.decode()
    row = next(line for line in good.splitlines() if line.startswith("demo/liba.so,"))
    wrong = replace(_large(), record=good.replace(row, f"demo/liba.so,{record_hash(b'other')},3000000"))
    said = []
    for part in (1, 2, 3):
        (tmp_path / str(part)).mkdir()
        try:
            _build(tmp_path / str(part), wrong, part=part, parts=3)
            said.append("")
        except ToolError as error:
            said.append(str(error))
    assert [bool(text) for text in said] == [False, True, False]
    assert "demo/liba.so" in said[1]
