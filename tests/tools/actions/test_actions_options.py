"""What manifest, files, stamping and command line say together; names of images."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.actions import options
from distroless_python.errors import ToolError
from distroless_python.formats.reference import Repository, check_tag, repository, tagged
from support.properties import patient


def test_stamping(tmp_path: Path) -> None:
    (tmp_path / "stable").write_text("STABLE_COMMIT abc\nSTABLE_EMPTY\n")
    (tmp_path / "volatile").write_text("BUILD_USER a b\n")
    values = options.status([str(tmp_path / "stable"), str(tmp_path / "volatile")])
    assert options.stamped(["v1-{STABLE_COMMIT}", "{STABLE_EMPTY}{BUILD_USER}", "{x}"], values, "//:p", "tags") == [
        "v1-abc",
        "a b",
        "{x}",
    ]


@pytest.mark.parametrize(("values", "hint"), [({"STABLE_B": ""}, "it has STABLE_B"), ({}, "it has nothing")])
def test_keys_that_are_not_there(values: dict[str, str], hint: str) -> None:
    with pytest.raises(ToolError) as caught:
        options.stamped(["{STABLE_A}", "{STABLE_C}"], values, "//:p", "tags")
    assert len(caught.value.problems) == 2
    assert hint in str(caught.value)


def test_lines(tmp_path: Path) -> None:
    (tmp_path / "tags").write_text("# tags\nv1\n\n  v2  \n")
    assert options.lines([str(tmp_path / "tags")]) == ["v1", "v2"]


def test_paths_start_where_the_user_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", "/home/me")
    assert options.user_path("digest.txt") == Path("/home/me/digest.txt")
    assert options.user_path("/tmp/digest.txt") == Path("/tmp/digest.txt")
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY")
    assert options.user_path("digest.txt") == Path("digest.txt")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("registry.example.com/team/app", Repository("registry.example.com", "team/app")),
        ("127.0.0.1:5000/app", Repository("127.0.0.1:5000", "app")),
        ("[::1]:5000/app", Repository("[::1]:5000", "app")),
        ("localhost/a_b__c.d-e--f", Repository("localhost", "a_b__c.d-e--f")),
        ("team/app", Repository("docker.io", "team/app")),
        ("app", Repository("docker.io", "library/app")),
    ],
)
def test_repositories(name: str, expected: Repository) -> None:
    assert repository(name, "//:p") == expected


@pytest.mark.parametrize(
    "name",
    ["", "/", "registry.example.com/", "registry.example.com/App", "a.b/c:v1", "a.b/c@sha256:00", "a.b//c", "a.b/c/",
     "https://a.b/c", "a.b/c d", "a.b/_c", "a.b/c..d", "a_.b/c", "a.b:x/c", "a.b/" + "c" * 256],
)  # fmt: skip
def test_what_is_no_repository(name: str) -> None:
    with pytest.raises(ToolError, match=r"//:p: repository: .* is not a valid repository name"):
        repository(name, "//:p")


def test_a_tag_in_the_repository_has_its_own_remedy() -> None:
    with pytest.raises(ToolError, match="its tag in `tags` or behind --tag"):
        repository("registry.example.com/app:v1", "//:p")


@pytest.mark.parametrize("tag", ["", "a/b", "-a", ".a", "a b", "é", "a" * 129])
def test_what_is_no_tag(tag: str) -> None:
    with pytest.raises(ToolError, match="is not a valid tag"):
        check_tag(tag, "//:p")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("app", "app:latest"), ("app:V1", "app:V1"), ("localhost:5000/app", "localhost:5000/app:latest")],
)
def test_tagged(name: str, expected: str) -> None:
    assert tagged(name, "//:p") == expected


@patient
@given(st.text(alphabet="ab.:/@-_A1", max_size=20))
def test_a_name_is_read_or_refused(name: str) -> None:
    try:
        found = repository(name, "//:p")
    except ToolError:
        return
    assert str(found).endswith(name)
    assert repository(str(found), "//:p") == found
