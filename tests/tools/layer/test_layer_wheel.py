"""Wheels that are wrong: one message each, all of a wheel's in one go."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from distroless_python.errors import Collector
from distroless_python.layer.check_content import check_content, check_file
from distroless_python.layer.wheel import Wheel, open_wheel, parse_name
from support.wheels import Member, WheelSource, write_zip

DEMO = WheelSource()
INFO = "demo-1.0.dist-info"


def _open(tmp_path: Path, wheel: WheelSource) -> tuple[Wheel | None, str]:
    problems = Collector()
    opened = open_wheel(wheel.write(tmp_path), problems)
    return opened, "\n".join(map(str, problems))


def test_a_good_wheel_has_no_problem(tmp_path: Path) -> None:
    files = {
        "demo/__init__.py": b"",
        "demo/a,b.txt": b"comma",
        "demo-1.0.data/scripts/run": b"#!python\n",
        "demo-1.0.data/purelib/extra.py": b"",
        "demo/empty/": b"",
    }
    source = replace(DEMO, files={k: v for k, v in files.items() if not k.endswith("/")}, metadata=("License: MIT",))
    record = next(member for member in source.members() if str(member.name).endswith("RECORD")).data.decode()
    source = replace(source, record=record.replace("demo/a,b.txt", '"demo/a,b.txt"'))
    wheel, problems = _open(tmp_path, source)
    assert problems == ""
    assert wheel is not None
    assert (wheel.name, wheel.version, wheel.tags, wheel.dist_info) == ("demo", "1.0", ("py3-none-any",), INFO)
    assert [(placed.scheme, placed.path) for placed in wheel.members] == [
        ("purelib", "demo/__init__.py"),
        ("purelib", "demo/a,b.txt"),
        ("scripts", "run"),
        ("purelib", "extra.py"),
        ("purelib", f"{INFO}/METADATA"),
        ("purelib", f"{INFO}/WHEEL"),
    ]
    assert not list(_content(wheel))


def _content(wheel: Wheel) -> Collector:
    problems = Collector()
    check_content(wheel, problems)
    return problems


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("demo-1.0-py3-none-any.whl", ("demo", "1.0", ("py3-none-any",))),
        ("demo_x-1.0-1build-py2.py3-none-any.whl", ("demo_x", "1.0", ("py2-none-any", "py3-none-any"))),
        ("a-1+l-cp313-abi3-x.y.whl", ("a", "1+l", ("cp313-abi3-x", "cp313-abi3-y"))),
    ],
)
def test_names_are_read(name: str, expected: tuple[str, str, tuple[str, ...]]) -> None:
    assert parse_name(name) == expected


@pytest.mark.parametrize(
    "name", ["demo.whl", "demo-1.0.tar.gz", "demo-1.0-py3-none.whl", "a-1-b-c-d-e-f.whl", "a b-1-c-d-e.whl"]
)
def test_names_that_are_no_wheels(tmp_path: Path, name: str) -> None:
    _, problems = _open(tmp_path, replace(DEMO, file_name=name))
    assert f"{name}: this is not a valid wheel file name" in problems
    assert problems.count("remedy:") == 1


@pytest.mark.parametrize(
    ("wheel", "expected"),
    [
        (
            replace(DEMO, file_name="other-1.0-py3-none-any.whl"),
            f"{INFO}: names 'demo' where the file name says 'other'",
        ),
        (replace(DEMO, file_name="demo-2.0-py3-none-any.whl"), f"{INFO}/METADATA: is of version '1.0' where the file"),
        (replace(DEMO, files={f"{INFO}/METADATA": b"Name: demo\n"}), f"{INFO}/METADATA: has no Version"),
        (
            replace(DEMO, file_name="_-1-py3-none-any.whl", files={f"{INFO}/METADATA": b"Name: ..\n"}),
            "a Name that is not a valid one",
        ),
        (replace(DEMO, files={f"{INFO}/METADATA": b"Version: 1.0\n"}), f"{INFO}/METADATA: has no Name"),
        (replace(DEMO, files={f"{INFO}/METADATA": b"Name: d\xff"}), f"{INFO}/METADATA: is not UTF-8"),
        (replace(DEMO, wheel=("Wheel-Version: 2.0",)), f"{INFO}/WHEEL: is of Wheel-Version 2.0; 1 is known"),
        (replace(DEMO, wheel=("Tag: x",)), f"{INFO}/WHEEL: has no Wheel-Version"),
        (replace(DEMO, record=""), f"{INFO}/RECORD: is missing"),
        (replace(DEMO, record="a,b\n"), f"{INFO}/RECORD: is not a valid RECORD: row 1 has 2 columns, not 3"),
        (replace(DEMO, extra=(Member("demo/extra.py"),)), f"{INFO}/RECORD: does not list: demo/extra.py"),
        (replace(DEMO, files={"demo-1.0.data/magic/x": b""}), "demo-1.0.data/magic/x: is in no scheme of installation"),
        (replace(DEMO, files={"demo-1.0.data/x": b""}), "demo-1.0.data/x: is in no scheme of installation"),
        (replace(DEMO, entry_points="x = y"), f"{INFO}/entry_points.txt: line 1 is not an entry point"),
        (
            replace(DEMO, entry_points="[console_scripts]\n../x = a:b"),
            "console_scripts: ../x: its name leaves the prefix",
        ),
        (replace(DEMO, entry_points="[gui_scripts]\na/x = a:b"), "gui_scripts: a/x: its name holds a slash"),
        (DEMO.changed(f"{INFO}/METADATA", size=1 << 30), f"{INFO}/METADATA: declares 1073741824 bytes, too many"),
        (DEMO.changed(f"{INFO}/METADATA", crc=1), f"{INFO}/METADATA: its content has CRC-32"),
    ],
)
def test_wheels_that_are_wrong(tmp_path: Path, wheel: WheelSource, expected: str) -> None:
    _, problems = _open(tmp_path, wheel)
    assert expected in problems


def _record(**replaced: str) -> str:
    rows = [row for row in DEMO.members()[-1].data.decode().splitlines() if row]
    return "\n".join(replaced.get(row.partition(",")[0].replace("/", "_").partition(".")[0], row) for row in rows)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("demo/__init__.py,,6", "has no hash: demo/__init__.py"),
        ("demo/__init__.py,md5=abc,6", "has a hash that is not SHA-256 or better: demo/__init__.py"),
        ("demo/__init__.py,sha256=x,7", "has another size than the file: demo/__init__.py"),
        ("demo/gone.py,sha256=x,1", "lists what the wheel does not hold: demo/gone.py"),
        ("../gone.py,sha256=x,1", "lists what the wheel does not hold: ../gone.py"),
        (f"{INFO}/WHEEL,sha256=x,1", f"lists a file twice: {INFO}/WHEEL"),
    ],
)
def test_records_that_are_wrong(tmp_path: Path, row: str, expected: str) -> None:
    _, problems = _open(tmp_path, replace(DEMO, record=_record(demo___init__=row)))
    assert f"{INFO}/RECORD: {expected}" in problems


def test_what_is_odd_in_a_record_is_said_once_and_is_no_error_where_the_wheel_is_locked(tmp_path: Path) -> None:
    files = {f"demo/{number}.txt": b"" for number in range(100_000)}
    rows = "".join(f"demo/{number}.py,,\n" for number in range(300_000))
    source = replace(DEMO, files=files, record=f"{rows}{INFO}/METADATA,sha256={'0' * 64},1\n")
    problems = Collector()
    wheel = open_wheel(source.write(tmp_path), problems, locked=True)
    assert not problems
    assert wheel is not None
    assert [problem.reason for problem in wheel.odd] == [
        "lists what the wheel does not hold: demo/0.py, demo/1.py, demo/2.py and 299,997 more",
        f"has hashes in hexadecimal: {INFO}/METADATA",
        f"has another size than the file: {INFO}/METADATA",
        "does not list: demo/0.txt, demo/1.txt, demo/2.txt and 99,998 more",
    ]
    open_wheel(tmp_path / "demo-1.0-py3-none-any.whl", problems)
    assert len(list(problems)) == 4


def test_hashes_in_hexadecimal_are_compared(tmp_path: Path) -> None:
    """As gmsh 4.15.2 has them."""
    digest = hashlib.sha256(b"X = 1\n").hexdigest()
    for given, wrong in ((digest, False), ("0" * 64, True)):
        record = _record(demo___init__=f"demo/__init__.py,sha256={given},6")
        wheel = open_wheel(replace(DEMO, record=record).write(tmp_path), Collector(), locked=True)
        assert wheel is not None
        assert bool(_content(wheel)) is wrong


def test_content_that_is_not_the_recorded_one(tmp_path: Path) -> None:
    wheel, problems = _open(tmp_path, DEMO.changed("demo/__init__.py", data=b"X = 2\n"))
    assert (problems, wheel is not None) == ("", True)
    assert wheel is not None
    assert "demo/__init__.py: its sha256 is not the one in RECORD" in str(next(iter(_content(wheel))))


def test_stronger_hashes_are_compared(tmp_path: Path) -> None:
    from support.wheels import record_hash

    good = _record(demo___init__=f"demo/__init__.py,{record_hash(b'X = 1' + bytes([10]), 'sha512')},6")
    wheel, _ = _open(tmp_path, replace(DEMO, record=good))
    assert wheel is not None
    assert not list(_content(wheel))
    wheel, _ = _open(tmp_path, replace(DEMO, record=good.replace("sha512=", "sha512=A")))
    assert wheel is not None
    assert "its sha512 is not the one in RECORD" in str(next(iter(_content(wheel))))


def test_signatures_need_not_be_recorded(tmp_path: Path) -> None:
    extra = tuple(Member(f"{INFO}/RECORD.{end}", b"signature") for end in ("jws", "p7s"))
    wheel, problems = _open(tmp_path, replace(DEMO, extra=extra))
    assert problems == ""
    assert wheel is not None
    assert not any("RECORD" in placed.path for placed in wheel.members)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([Member("demo.py")], "holds no .dist-info directory; a wheel has one"),
        ([Member("a-1.dist-info/X"), Member("b-1.dist-info/X")], "holds 2 .dist-info directories: a-1.dist-info, b-1"),
    ],
)
def test_a_wheel_has_one_dist_info(tmp_path: Path, members: list[Member], expected: str) -> None:
    problems = Collector()
    assert open_wheel(write_zip(tmp_path / "demo-1.0-py3-none-any.whl", members), problems) is None
    assert f"demo-1.0-py3-none-any.whl: {expected}" in str(next(iter(problems)))


def test_the_file_that_was_locked(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    path.write_bytes(b"content")
    problems = Collector()
    check_file(path, "ED7002B439E9AC845F22357D822BAC1444730FBDB6016D3EC9432297B9EC9F73", problems)
    check_file(path, None, problems)
    check_file(tmp_path / "gone.whl", "0" * 64, problems)
    assert not problems
    check_file(path, "0" * 64, problems)
    assert "its SHA-256 is ed7002b4" in str(next(iter(problems)))
    assert "and 00000000" in str(next(iter(problems)))
