"""Which files of a package go into an image, and where."""

from __future__ import annotations

import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.base.selection import merged, select, without
from distroless_python.errors import Collector, ToolError
from support.debs import files
from support.layouts import member
from support.properties import patient


def infos(content: dict[str, bytes | str]) -> list[tarfile.TarInfo]:
    return [item[0] if isinstance(item, tuple) else item for item in files(content)]


def chosen(members: list[tarfile.TarInfo]) -> list[str]:
    """What is chosen: paths, a directory's with a slash, a link's with its target."""
    problems = Collector()
    entries = select(members, "x.deb", problems)
    problems.raise_if_any()
    return [
        f"{entry.path}{'/' * entry.member.isdir()}{f' -> {entry.target}' if entry.target else ''}" for entry in entries
    ]


def test_documentation_goes_and_copyright_stays() -> None:
    content: dict[str, bytes | str] = {
        "usr/lib/x/plugin.so": b"",
        "usr/share/doc/x/copyright": b"",
        "usr/share/doc/x/changelog.Debian.gz": b"",
        "usr/share/doc/x/examples/copyright": b"",
        "usr/share/doc/x/examples/more/x.py": b"",
        "usr/share/doc/x-common": "x",
        "usr/share/doc-base/x": b"",
        "usr/share/man/man1/x.1.gz": b"",
        "usr/share/man/": b"",
        "usr/share/info/x.info": b"",
        "usr/share/locale/de/LC_MESSAGES/x.mo": b"",
        "usr/share/lintian/overrides/x": b"",
        "usr/share/zoneinfo/UTC": b"",
    }
    assert chosen(infos(content)) == [
        "usr/",
        "usr/lib/",
        "usr/lib/x/",
        "usr/lib/x/plugin.so",
        "usr/share/",
        "usr/share/doc/",
        "usr/share/doc/x/",
        "usr/share/doc/x/copyright",
        "usr/share/doc/x-common -> x",
        "usr/share/zoneinfo/",
        "usr/share/zoneinfo/UTC",
    ]


def test_directories_that_were_empty_stay_and_those_that_became_so_go() -> None:
    content: dict[str, bytes | str] = {"var/lib/x/": b"", "usr/share/doc/x/README": b"", "etc/x/": b""}
    assert chosen(infos(content)) == ["var/", "var/lib/", "var/lib/x/", "etc/", "etc/x/"]


def test_everything_is_below_usr() -> None:
    content: dict[str, bytes | str] = {
        "bin/x": b"",
        "lib/x86_64-linux-gnu/libx.so.1.2": b"",
        "lib/x86_64-linux-gnu/libx.so.1": "libx.so.1.2",
        "lib64/ld-linux-x86-64.so.2": "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "lib/x86_64-linux-gnu/liby.so": "../../usr/lib/x86_64-linux-gnu/liby.so.1",
        "usr/lib/x86_64-linux-gnu/libx.so": "../../../lib/x86_64-linux-gnu/libx.so.1",
        "sbin/": b"",
        "libexec/x": b"",
    }
    assert chosen(infos(content)) == [
        "usr/bin/",
        "usr/bin/x",
        "usr/lib/",
        "usr/lib/x86_64-linux-gnu/",
        "usr/lib/x86_64-linux-gnu/libx.so.1.2",
        "usr/lib/x86_64-linux-gnu/libx.so.1 -> libx.so.1.2",
        "usr/lib64/",
        "usr/lib64/ld-linux-x86-64.so.2 -> /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "usr/lib/x86_64-linux-gnu/liby.so -> liby.so.1",
        "usr/",
        "usr/lib/x86_64-linux-gnu/libx.so -> ../../../lib/x86_64-linux-gnu/libx.so.1",
        "usr/sbin/",
        "libexec/",
        "libexec/x",
    ]


def test_the_links_of_merged_usr_are_the_bases() -> None:
    content: dict[str, bytes | str] = {"usr/bin/": b"", "bin": "usr/bin", "lib64": "usr/lib64", "usr/x": b""}
    assert chosen(infos(content)) == ["usr/", "usr/bin/", "usr/x"]


def test_hard_links() -> None:
    first, second = member("./usr/bin/a", mode=0o755), member("./usr/bin/b", tarfile.LNKTYPE, linkname="./usr/bin/a")
    assert chosen([first, second]) == ["usr/bin/a", "usr/bin/b -> usr/bin/a"]
    hidden = member("./usr/share/doc/x/a")
    link = member("./bin/a", tarfile.LNKTYPE, linkname="usr/share/doc/x/a")
    problems = Collector()
    entries = select([hidden, link], "x.deb", problems)
    assert [(entry.path, entry.member, entry.target) for entry in entries] == [("usr/bin/a", hidden, "")]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([member("../etc/passwd")], "../etc/passwd: its name leaves the root"),
        ([member("./usr/../../etc/passwd")], "its name leaves the root"),
        ([member("/etc/passwd")], "/etc/passwd: its name leaves the root"),
        ([member("a\0b")], "its name holds a NUL character"),
        ([member("usr/" + "a" * 256)], "a part of its name has 256 bytes; file systems take 255"),
        ([member("usr/" + "ä" * 128)], "a part of its name has 256 bytes; file systems take 255"),
        ([member("/".join(["a" * 200] * 20))], "its name has 4019 bytes; 3840 are possible"),
        ([member("/".join(["d"] * 129))], "its name has 129 parts; 128 are possible"),
        ([member("etc/.wh.passwd")], "its name starts with .wh., by which a layer removes files of others"),
        ([member("usr/.wh..wh..opq")], "its name starts with .wh."),
        ([member("usr/.wh.x", tarfile.DIRTYPE)], "its name starts with .wh."),
        ([member("a\udcff")], "a\\udcff: its name, or what it links to, is not UTF-8"),
        ([member("a", tarfile.SYMTYPE, linkname="\udcff")], "a: its name, or what it links to, is not UTF-8"),
        ([member("a", tarfile.SYMTYPE)], "a: it is a link to a name that is empty or too long"),
        ([member("a", tarfile.SYMTYPE, linkname="b" * 5000)], "a: it is a link to a name that is empty or too long"),
        (
            [member("a", tarfile.GNUTYPE_SPARSE, sparse=[(0, 1)])],
            "a: it is not an ordinary file, a directory or a link",
        ),
        ([member("dev/null", tarfile.CHRTYPE)], "dev/null: it is not an ordinary file, a directory or a link"),
        ([member("run/x", tarfile.FIFOTYPE)], "it is not an ordinary file, a directory or a link"),
        ([member("a"), member("./a")], "./a: the package has it twice"),
        ([member("lib/a"), member("usr/lib/a")], "usr/lib/a: the package has it twice"),
        ([member("a", tarfile.DIRTYPE), member("a")], "the package has it twice"),
        ([member("a"), member("a/b")], "a/b: it is below a, which is not a directory"),
        (
            [member("a/b"), member("a", tarfile.SYMTYPE, linkname="/etc")],
            "a/b: it is below a, which is not a directory",
        ),
        ([member("a", tarfile.LNKTYPE, linkname="../../etc/shadow")], "a: it links to '../../etc/shadow'"),
        (
            [member("a", tarfile.LNKTYPE, linkname="b"), member("b")],
            "a: it links to 'b', which is not a file before it",
        ),
        ([member("d", tarfile.DIRTYPE), member("a", tarfile.LNKTYPE, linkname="d")], "a: it links to 'd'"),
    ],
)
def test_hostile_members(members: list[tarfile.TarInfo], message: str) -> None:
    with pytest.raises(ToolError) as caught:
        chosen(members)
    assert message in str(caught.value)
    assert str(caught.value).startswith("error: x.deb: ")


def test_every_problem_is_named() -> None:
    with pytest.raises(ToolError) as caught:
        chosen([member("../a"), member("/b"), member("dev/c", tarfile.BLKTYPE)])
    assert len(caught.value.problems) == 3


paths = st.lists(st.sampled_from(["usr", "lib", "bin", "a", "..", ".", "share", "doc", ""]), max_size=5).map("/".join)
kinds = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE])


@patient
@given(st.lists(st.builds(lambda path, kind, link: member(path, kind, linkname=link), paths, kinds, paths), max_size=8))
def test_what_is_chosen_can_be_laid(members: list[tarfile.TarInfo]) -> None:
    problems = Collector()
    entries = select(members, "x.deb", problems)
    if problems:
        return
    found = [entry.path for entry in entries]
    assert len(set(found)) == len(found)
    leaves = {entry.path for entry in entries if not entry.member.isdir()}
    for path in found:
        assert merged(path) == path
        assert path
        assert not {"", ".", ".."} & set(path.split("/"))
        assert not any(path.startswith(f"{leaf}/") for leaf in leaves)


def test_what_a_slim_base_does_without() -> None:
    content: dict[str, bytes | str] = {
        "usr/bin/iconv": b"",
        "usr/lib/gconv/": b"",
        "usr/lib/gconv/A.so": b"1",
        "usr/lib/gconv/B.so": b"2",
        "usr/lib/empty/": b"",
        "usr/lib/libc.so.6": b"",
    }
    hard = member("usr/lib/kept.so", tarfile.LNKTYPE, linkname="usr/lib/gconv/A.so")
    problems = Collector()
    entries = without(select([*infos(content), hard], "x.deb", problems), [r"usr/lib/gconv/.*", r"usr/bin/.*"])
    problems.raise_if_any()
    paths = {entry.path: entry for entry in entries}
    assert sorted(paths) == ["usr", "usr/lib", "usr/lib/empty", "usr/lib/kept.so", "usr/lib/libc.so.6"]
    assert (paths["usr/lib/kept.so"].target, paths["usr/lib/kept.so"].member.name) == ("", "./usr/lib/gconv/A.so")
