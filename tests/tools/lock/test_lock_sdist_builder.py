"""Where a builder is locked, and when it is locked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from distroless_python.documents import debian_lock
from distroless_python.documents.debian_lock import Lock
from distroless_python.errors import Problem, ToolError
from distroless_python.lock.sdists import builder
from distroless_python.lock.sdists.builder import Needed

_MODULE = """
distroless.base(name = "b", lock = "//:debian13.lock.json")
distroless.builder(
    name = "debian13_builder",
    lock = "//bases:debian13-builder.lock.json",
)
"""


@pytest.mark.parametrize(
    ("release", "module", "named", "found"),
    [
        ("debian13", _MODULE, {}, "bases/debian13-builder.lock.json"),
        ("debian12", _MODULE, {}, "app/debian12-builder.lock.json"),
        ("debian12", "", {"debian12": Path("locks/builder.json")}, "locks/builder.json"),
        (
            "debian13",
            'x.builder(name = "a", lock = "@//:debian13-builder.lock.json")',
            {},
            "debian13-builder.lock.json",
        ),
    ],
)
def test_where_it_is(release: str, module: str, named: dict[str, Path], found: str) -> None:
    place = builder.place(release, Path("app/wheels.lock.json"), module, Path(), named)
    assert place.as_posix() == found


class _Archive:
    """Debian's archive, as far as `lock debian` asks it."""

    def __init__(self, absent: Sequence[str] = ()) -> None:
        self.asked: list[tuple[list[str], list[str]]] = []
        self._absent = absent

    def run(self, args: object) -> int:
        architectures, also, output = (vars(args)[name] for name in ("arch", "also", "output"))
        names = [name for group in also or () for name in group]
        self.asked.append((architectures, names))
        problems = [Problem("lock", "no such package", "correct", name) for name in names if name in self._absent]
        if problems:
            raise ToolError(problems)
        lock = _lock(architectures, debian_lock.read(output).added if output.exists() else ())
        debian_lock.write(output, replace(lock, added=tuple(sorted({*lock.added, *names}))))
        return 0


def _lock(architectures: Sequence[str], added: Sequence[str]) -> Lock:
    return Lock(
        release="debian13",
        codename="trixie",
        version_id="13",
        python="3.13",
        glibc="2.41",
        end_of_life="2028-08-09",
        archives={},
        architectures=dict.fromkeys(architectures, ()),
        added=tuple(added),
        builder=True,
    )


def _needed(*debs: str, architectures: Sequence[str] = ("amd64",)) -> Needed:
    return Needed(frozenset(architectures), frozenset(debs), frozenset(["psycopg2"]))


def test_it_is_made_and_grows_and_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = _Archive()
    monkeypatch.setattr("distroless_python.lock.debian.main.run", archive.run)
    output = tmp_path / "debian13-builder.lock.json"
    for wanted in (_needed(), _needed("libpq-dev"), _needed("libpq-dev"), _needed(architectures=["arm64"])):
        builder.ensure("debian13", output, wanted)
    assert archive.asked == [(["amd64"], []), (["amd64"], ["libpq-dev"]), (["amd64", "arm64"], [])]
    assert debian_lock.read(output).added == ("libpq-dev",)


def test_a_package_that_the_release_has_not_does_not_stop_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = _Archive(["libnew-dev"])
    monkeypatch.setattr("distroless_python.lock.debian.main.run", archive.run)
    output = tmp_path / "debian13-builder.lock.json"
    builder.ensure("debian13", output, _needed("libnew-dev", "libpq-dev"))
    assert debian_lock.read(output).added == ("libpq-dev",)
    said = capsys.readouterr().err
    assert "to build psycopg2: lock debian --builder --release debian13" in said
    assert "debian13 has no libnew-dev: built without" in said
