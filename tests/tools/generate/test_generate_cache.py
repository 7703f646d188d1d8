"""The cache: a damaged one is dropped, never believed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.generate import run as run_module
from distroless_python.generate.main import main
from distroless_python.generate.read import cache as cache_module
from distroless_python.generate.read import sources
from distroless_python.generate.read.cache import Cache, open_cache
from distroless_python.generate.read.extract import extract
from distroless_python.generate.read.facts import SourceFacts


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of one package, generated."""
    workspace = tmp_path / "w"
    (workspace / "a").mkdir(parents=True)
    (workspace / "b").mkdir()
    (workspace / "a/code.py").write_text("import b.code\n")
    (workspace / "b/code.py").write_text("import json\n")
    (workspace / "MODULE.bazel").write_text(
        'bazel_dep(name = "rules_python")\nbazel_dep(name = "rules_distroless_python")\n'
    )
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(workspace))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert main([]) == 0
    return workspace


def cache_file(root: Path) -> Path:
    return next((root.parent / "cache/rules_distroless_python").iterdir())


def count_parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that are parsed from now on."""
    parsed: list[str] = []

    def counting(content: bytes, path: str = "") -> SourceFacts:
        parsed.append(path)
        return extract(content, path)

    monkeypatch.setattr(sources, "extract", counting)
    return parsed


def test_nothing_changed_means_nothing_is_parsed_or_decided(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("nothing was to be decided")

    monkeypatch.setattr(run_module, "read_inputs", fail)
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_only_what_changed_is_parsed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = count_parsed(monkeypatch)
    (root / "a/code.py").write_text("import json\n")

    assert main([]) == 0
    assert parsed == [], "another file had this content"
    assert "deps" not in (root / "a/BUILD.bazel").read_text()

    (root / "a/code.py").write_text("import b.code as other\n")
    assert main([]) == 0
    assert parsed == ["a/code.py"]
    assert 'deps = ["//b"]' in (root / "a/BUILD.bazel").read_text()


def test_a_changed_lock_is_noticed_whatever_its_name(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = (root / "MODULE.bazel").read_text()
    module += 'd = use_extension("@x//:e.bzl", "distroless")\nd.wheels(name = "p", lock = "//:wheels")\n'
    lock = '{"format": 1, "kind": "wheels", "distributions": {"six": [{"top_level": ["NAME"], "direct": true}]}}'
    (root / "MODULE.bazel").write_text(module)
    (root / "wheels").write_text(lock.replace("NAME", "six"))
    (root / "b/code.py").write_text("import six\n")
    assert main([]) == 0
    assert 'deps = ["@p//six"]' in (root / "b/BUILD.bazel").read_text()
    assert main([]) == 0

    (root / "wheels").write_text(lock.replace("NAME", "sept"))
    assert main([]) == 1
    assert "b/code.py: line 1: import six" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "header", "text"])
def test_a_damaged_cache_is_dropped(root: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    path = cache_file(root)
    content = path.read_bytes()
    position = len(content) * 2 // 3
    path.write_bytes(
        {
            "truncate": content[:position],
            "flip": content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :],
            "empty": b"",
            "header": b"[]" + content[content.index(b"\n") :],
            "text": b"not a cache\nat all\n",
        }[damage]
    )
    parsed = count_parsed(monkeypatch)
    (root / "b/BUILD.bazel").unlink()

    assert main([]) == 0
    assert sorted(parsed) == ["a/code.py", "b/code.py"]
    assert (root / "b/BUILD.bazel").exists()


def test_a_cache_of_another_version_is_dropped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "tool_version", lambda: "another")
    parsed = count_parsed(monkeypatch)

    assert main([]) == 0
    assert sorted(parsed) == ["a/code.py", "b/code.py"]


def test_without_a_place_for_a_cache_all_goes_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root.parent / "file").write_text("")
    for place in (str(root.parent / "file"), "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", place)
        (root / "b/BUILD.bazel").unlink()
        assert main([]) == 0
        assert (root / "b/BUILD.bazel").exists()


def test_problems_are_reported_again(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "a/code.py").write_text("import nothing\n")
    for _ in range(2):
        assert main([]) == 1
        assert "import nothing: nothing provides it" in capsys.readouterr().err


def test_a_cycle_is_reported_again_with_its_imports(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "b/code.py").write_text("import a.code\n")
    for _ in range(2):
        assert main([]) == 1
        message = capsys.readouterr().err
        assert "a/code.py:1: import b.code" in message
        assert "b/code.py:1: import a.code" in message


@given(st.binary(max_size=200))
def test_any_bytes_are_a_cache_or_none(content: bytes) -> None:
    cache = Cache(_payload=content.decode("utf-8", "replace").encode())
    cache.load()
    assert isinstance(cache.sources, dict)


def test_what_is_saved_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = open_cache(tmp_path)
    cache.fingerprint, cache.sources, cache.packages = "f", {"d": "[]\t[]"}, {"": "key\t[]", "é": "x"}
    cache.save()

    again = open_cache(tmp_path)
    again.load()

    assert (again.fingerprint, again.sources, again.packages) == ("f", cache.sources, cache.packages)
    assert again.builds == {}
