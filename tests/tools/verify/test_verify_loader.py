"""The loader's search, case by case and against the real loader."""

from __future__ import annotations

import platform
import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distroless_python.base.file_tree import FILE, LINK, FileTree, Node
from distroless_python.formats.elf import ElfFacts, read_elf
from distroless_python.verify.contents import ImageLibrary
from distroless_python.verify.loader import Loader, Process
from support.elfs import elf
from support.facts import LIB, library

_REAL = Path("/lib64/ld-linux-x86-64.so.2")


def loaded(
    root: str, libraries: Iterable[ElfFacts], links: dict[str, str] | None = None, **more: list[str]
) -> dict[str, str]:
    """Needed name to the path that it was opened by, of everything in a process that opened `root`."""
    tree = FileTree()
    for facts in libraries:
        tree.add(facts.path, Node(FILE, seen=ImageLibrary(facts)))
    for path, target in (links or {}).items():
        tree.add(path, Node(LINK, target=target))
    process = Loader(tree, "amd64", ["/usr/local/lib", f"/{LIB}"], **more).load(f"/{root}", Process())
    needed = {name for item in process.loaded for name in item.library.facts.needed}
    return {name: process.names[name].path if name in process.names else "" for name in sorted(needed)}


def test_runpath_is_for_direct_needs_only() -> None:
    top = library("x/top.so", "a.so", runpath=("$ORIGIN/../a",))
    found = loaded("x/top.so", [top, library("a/a.so", "b.so"), library("a/b.so")])
    assert found == {"a.so": "/x/../a/a.so", "b.so": ""}


def test_rpath_is_inherited() -> None:
    top = library("x/top.so", "a.so", rpath=("${ORIGIN}/../a",))
    found = loaded("x/top.so", [top, library("a/a.so", "b.so"), library("a/b.so")])
    assert found == {"a.so": "/x/../a/a.so", "b.so": "/x/../a/b.so"}


def test_rpath_is_ignored_where_there_is_a_runpath() -> None:
    top = library("x/top.so", "a.so", rpath=("/a",), runpath=("/b",))
    assert loaded("x/top.so", [top, library("a/a.so")]) == {"a.so": ""}
    needer = library("a/a.so", "b.so", runpath=("/nowhere",))
    top = library("x/top.so", "a.so", rpath=("/a",))
    assert loaded("x/top.so", [top, needer, library("a/b.so")]) == {"a.so": "/a/a.so", "b.so": ""}


def test_order_of_directories() -> None:
    everywhere = [library(f"{place}/a.so") for place in ("rpath", "environment", "runpath", LIB)]
    with_rpath = library("top.so", "a.so", rpath=("/rpath",))
    with_runpath = library("top.so", "a.so", runpath=("/runpath",))
    plain = library("top.so", "a.so")
    environment = ["/environment"]
    assert loaded("top.so", [with_rpath, *everywhere], environment=environment) == {"a.so": "/rpath/a.so"}
    assert loaded("top.so", [with_runpath, *everywhere], environment=environment) == {"a.so": "/environment/a.so"}
    assert loaded("top.so", [with_runpath, *everywhere]) == {"a.so": "/runpath/a.so"}
    assert loaded("top.so", [plain, *everywhere]) == {"a.so": f"/{LIB}/a.so"}


def test_a_library_of_the_soname_that_is_loaded_already() -> None:
    first = library("x/hidden.so", soname="b.so")
    top = library("top.so", "hidden.so", "a.so", runpath=("/x",))
    assert loaded("top.so", [top, first, library("x/a.so", "b.so")])["b.so"] == "/x/hidden.so"


def test_another_machine_is_passed_over() -> None:
    wrong, right = library("a/a.so", machine="aarch64"), library("b/a.so")
    top = library("top.so", "a.so", runpath=("/a", "/b"))
    assert loaded("top.so", [top, wrong, right]) == {"a.so": "/b/a.so"}
    assert loaded("top.so", [top, library("a/a.so", bits=32), right]) == {"a.so": "/b/a.so"}


def test_links_cycles_and_tokens() -> None:
    one = library("x/a.so.1.2", "b.so", "a.so.1", runpath=("$ORIGIN",), soname="a.so.1")
    two = library("x/b.so", "a.so.1", "c.so", rpath=("/usr/$LIB/$PLATFORM", "relative"))
    three = library(f"{LIB}/x86_64/c.so")
    found = loaded("x/a.so.1", [one, two, three], links={"x/a.so.1": "a.so.1.2"})
    assert found == {"a.so.1": "/x/a.so.1", "b.so": "/x/b.so", "c.so": f"/{LIB}/x86_64/c.so"}


def test_a_cycle_of_rpaths_ends() -> None:
    one = library("x/a.so", "b.so", rpath=("$ORIGIN/../y", "/loop/z"))
    two = library("y/b.so", "a.so", "gone.so", rpath=("$ORIGIN/../x", "$ORIGIN/../loop"))
    found = loaded("x/a.so", [one, two], links={"loop": "pool", "pool": "loop", "x/here": "."})
    assert found == {"b.so": "/x/../y/b.so", "a.so": "/x/a.so", "gone.so": ""}


def test_a_needed_name_with_a_slash_is_a_path() -> None:
    top = library("top.so", "/x/a.so", "$ORIGIN/y/b.so", "z/c.so")
    found = loaded("top.so", [top, library("x/a.so"), library("y/b.so"), library("z/c.so")])
    assert found == {"/x/a.so": "/x/a.so", "$ORIGIN/y/b.so": "//y/b.so", "z/c.so": ""}


def test_a_root_that_is_not_there() -> None:
    assert loaded("nothing.so", []) == {}


_DIRECTORIES = ("one", "two", "three")
_NAMES = ("liba.so", "libb.so", "libc_.so", "libd.so")
_places = st.sampled_from(["$ORIGIN", "$ORIGIN/../one", "$ORIGIN/../two", "${ORIGIN}/../three", "@/one", "@/two"])
_library = st.fixed_dictionaries(
    {
        "needed": st.lists(st.sampled_from(_NAMES), max_size=3, unique=True),
        "rpath": st.lists(_places, max_size=2),
        "runpath": st.just([]) | st.lists(_places, max_size=2),
        "soname": st.booleans(),
    }
)
_files = st.dictionaries(st.tuples(st.sampled_from(_DIRECTORIES), st.sampled_from(_NAMES)), _library, max_size=8)


@pytest.mark.skipif(platform.machine() != "x86_64" or not _REAL.exists(), reason="needs x86_64 with glibc")
@settings(max_examples=60, deadline=None)
@given(files=_files, root=_library, environment=st.lists(st.sampled_from(_DIRECTORIES), max_size=2))
def test_finds_what_the_real_loader_finds(
    files: dict[tuple[str, str], dict[str, list[str]]], root: dict[str, list[str]], environment: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name).resolve()
        tree = FileTree()
        for (directory, file), asked in {**files, ("top", "libtop.so"): root}.items():
            rpath, runpath = (":".join(asked[key]).replace("@", str(top)) for key in ("rpath", "runpath"))
            path = top / directory / file
            path.parent.mkdir(exist_ok=True)
            data = elf(file if asked["soname"] else "", needed=asked["needed"], rpath=rpath, runpath=runpath)
            path.write_bytes(data)
            facts = read_elf(data, str(path)[1:])
            assert facts
            tree.add(facts.path, Node(FILE, seen=ImageLibrary(facts)))
        search = [f"{top}/{directory}" for directory in environment]
        process = Loader(tree, "amd64", [], search).load(f"{top}/top/libtop.so", Process())
        needed = {item for entry in process.loaded for item in entry.library.facts.needed}
        found = {item: process.names[item].path if item in process.names else "" for item in needed}
        assert _normal(found) == _normal(_as_the_real_loader(top / "top/libtop.so", search))


def _normal(found: dict[str, str]) -> dict[str, str]:
    return {name: str(Path(path).resolve()) if path else "" for name, path in found.items()}


def _as_the_real_loader(path: Path, environment: list[str]) -> dict[str, str]:
    command = [str(_REAL), "--inhibit-cache", "--library-path", ":".join(environment), str(path)]
    trace = {"LD_TRACE_LOADED_OBJECTS": "1"}  # as ldd(1): what is not found is said, not fatal
    output = subprocess.run(command, capture_output=True, text=True, check=False, env=trace).stdout
    pairs = re.findall(r"^\t(\S+) => (not found|\S+)", output, re.MULTILINE)
    return {name: "" if place == "not found" else place for name, place in pairs}
