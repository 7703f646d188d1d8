"""Which files of a CPython tree are laid, and whether it finds its libraries in the base."""

from __future__ import annotations

import pytest

from distroless_python.base.file_tree import FILE, FileTree, Node
from distroless_python.base.inspect import SeenFile
from distroless_python.base.python_tree import PythonTree, TreeEntry, find_trees, patch_version, select
from distroless_python.base.tree_needs import unmet
from distroless_python.formats.elf import ElfFacts

TREE = PythonTree("python/", "3.14")
LIB = "python/lib/python3.14"


@pytest.mark.parametrize(
    ("path", "laid"),
    [
        ("python/bin/python3.14", "usr/local/bin/python3.14"),
        ("python/lib/libpython3.14.so.1.0", "usr/local/lib/libpython3.14.so.1.0"),
        (f"{LIB}/os.py", "usr/local/lib/python3.14/os.py"),
        (f"{LIB}/unittest/case.py", "usr/local/lib/python3.14/unittest/case.py"),
        (f"{LIB}/lib-dynload/_ssl.cpython-314-x86_64-linux-gnu.so", None),
        (f"{LIB}/LICENSE.txt", "usr/local/lib/python3.14/LICENSE.txt"),
    ],
)
def test_what_is_laid(path: str, laid: str | None) -> None:
    assert [place for place, _ in select(TREE, [TreeEntry(path)])] == [laid or f"usr/local/{path[len('python/') :]}"]


@pytest.mark.parametrize(
    "path",
    [
        "python/bin/python3",
        "python/bin/pip3.14",
        "python/include/python3.14/Python.h",
        "python/lib/libpython3.14.so",
        "python/lib/libtcl9.0.so",
        "python/lib/libtk8.6.so.1",
        "python/lib/tcl9.0/init.tcl",
        "python/lib/pkgconfig/python3.pc",
        f"{LIB}/site-packages/pip/__init__.py",
        f"{LIB}/ensurepip/__init__.py",
        f"{LIB}/idlelib/idle.py",
        f"{LIB}/tkinter/__init__.py",
        f"{LIB}/turtle.py",
        f"{LIB}/turtledemo/tree.py",
        f"{LIB}/test/test_os.py",
        f"{LIB}/sqlite3/test/dbapi.py",
        f"{LIB}/__pycache__/os.cpython-314.pyc",
        f"{LIB}/config-3.14-x86_64-linux-gnu/libpython3.14.a",
        f"{LIB}/lib-dynload/_tkinter.cpython-314-x86_64-linux-gnu.so",
        f"{LIB}/lib-dynload/_testcapi.cpython-314-x86_64-linux-gnu.so",
        f"{LIB}/lib-dynload/xxlimited.cpython-314-x86_64-linux-gnu.so",
        f"{LIB}/EXTERNALLY-MANAGED",
        "python/lib/python3.13/os.py",
        "other/lib/python3.14/os.py",
    ],
)
def test_what_is_left_out(path: str) -> None:
    assert list(select(TREE, [TreeEntry(path)])) == []


def test_a_link_stays_where_its_target_does() -> None:
    links = [
        TreeEntry("python/lib/libssl.so.3", target="libssl.so.3.5"),
        TreeEntry("python/lib/libtk.so.9", target="libtk9.0.so"),
    ]
    laid = dict(select(TREE, [*links, TreeEntry("python/lib/libssl.so.3.5")]))
    assert sorted(laid) == ["usr/local/lib/libssl.so.3", "usr/local/lib/libssl.so.3.5"]


def test_trees_are_found_by_their_standard_library() -> None:
    paths = ["bin/python3.14", "lib/python3.14/os.py", "bin/python3.13", "x/bin/python3.9", "x/lib/python3.9/os.py"]
    assert find_trees(paths) == [PythonTree("", "3.14"), PythonTree("x/", "3.9")]


def test_the_patch_version() -> None:
    assert patch_version('#define PY_VERSION  "3.14.2"\n', "3.14") == "3.14.2"
    assert patch_version("", "3.14") == "3.14"
    assert patch_version('#define PY_VERSION "3.13.1"', "3.14") == "3.14"


def _elf(path: str, **facts: object) -> ElfFacts:
    return ElfFacts(path, 64, "x86_64", **facts)  # type: ignore[arg-type]


def _base(*elfs: ElfFacts) -> FileTree:
    tree = FileTree()
    for elf in elfs:
        tree.add(elf.path, Node(FILE, seen=SeenFile(elf=elf)))
    return tree


def test_libraries_that_the_base_lacks_are_named_with_their_packages() -> None:
    sqlite = _elf("usr/local/lib/_sqlite3.so", needed=("libsqlite3.so.0", "libc.so.6"))
    other = _elf("usr/local/lib/_x.so", needed=("libunheard.so.1", "libffi.so.8"))
    base = _base(_elf("usr/lib/libc.so.6"), sqlite, other)
    found = [str(problem) for problem in unmet(base, [sqlite, other], ["/usr/lib"], "//:base", "debian13")]
    both = 'remedy: add to the base\'s packages: "libffi8", "libsqlite3-0"'
    assert found[0].startswith("//:base: usr/local/lib/_x.so: needs libffi.so.8, which the base does not have")
    assert found[0].endswith(both)
    assert found[1].startswith("//:base: usr/local/lib/_sqlite3.so: needs libsqlite3.so.0")
    assert found[1].endswith(both)
    assert found[2].endswith("find the package of debian13 that has libunheard.so.1, and add it to `packages`")


def test_a_glibc_that_is_too_old() -> None:
    libc = _elf("usr/lib/libc.so.6", defines=("GLIBC_2.2.5", "GLIBC_2.31"))
    python = _elf("usr/local/bin/python3.14", needed=("libc.so.6",), requires={"libc.so.6": ("GLIBC_2.38",)})
    (problem,) = unmet(_base(libc, python), [python], ["/usr/lib"], "//:base", "debian11")
    assert problem.reason == "python3.14 needs libc.so.6 with GLIBC_2.38, which debian11 does not have"


def test_a_library_of_the_tree_is_found_by_its_origin() -> None:
    python = _elf("usr/local/bin/python3.14", needed=("libpython3.14.so.1.0",), runpath=("$ORIGIN/../lib",))
    library = _elf("usr/local/lib/libpython3.14.so.1.0")
    assert list(unmet(_base(python, library), [python], ["/usr/lib"], "//:base", "debian13")) == []
