"""`tree-layer`: an extracted distribution gives the layer of its wheel."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import tree_layer as main_tree_layer
from distroless_python.actions import wheel_layer as main_wheel_layer
from distroless_python.documents import layer_facts as facts
from distroless_python.errors import ToolError
from distroless_python.manifests.tree_layer import SourceFile, TreeLayerManifest
from distroless_python.manifests.wheel_layer import WheelLayerManifest
from support.wheels import WheelSource, write_target

DEMO = WheelSource(
    files={
        "demo/__init__.py": b"",
        "demo/tool": b"x",
        "demo-1.0.data/scripts/tool": b"#!python\nprint()\n",
        "demo-1.0.data/headers/demo.h": b"int x;",
        "demo-1.0.data/data/share/x": b"y",
    },
    executable=("demo/tool",),
    metadata=("Requires-Python: >=3.8", "Requires-Dist: a"),
    entry_points="[console_scripts]\ndemo = demo:run\n",
)
INFO = "site-packages/demo-1.0.dist-info"

EXTRACTED = {
    "site-packages/demo/__init__.py": b"",
    "site-packages/demo/tool": b"x",
    "bin/tool": b"#!/dev/null\nprint()\n",
    "bin/demo": b"#!/dev/null\nwhat the extraction generated\n",
    "include/demo.h": b"int x;",
    "data/share/x": b"y",
    f"{INFO}/INSTALLER": b"someone else",
    f"{INFO}/RECORD": b"out of date",
    f"{INFO}/REQUESTED": b"",
    **{
        f"site-packages/{member.name!s}": member.data
        for member in DEMO.members()
        if str(member.name).endswith(("METADATA", "WHEEL", "entry_points.txt"))
    },
}
"""The wheel as rules_python extracts it."""


def _extract(tmp_path: Path, files: dict[str, bytes]) -> tuple[SourceFile, ...]:
    for name, data in files.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o755 if name.endswith("demo/tool") else 0o644)
    return tuple(SourceFile(str(tmp_path / "tree" / name), name) for name in files)


def _build(tmp_path: Path, files: dict[str, bytes], **job: Any) -> Path:
    output = tmp_path / "tree.layer.tar.gz"
    sources = _extract(tmp_path, files)
    layer = str(tmp_path / "tree.layer.json")
    profile = write_target(tmp_path)
    main_tree_layer.build(TreeLayerManifest(str(output), layer, profile, "//:demo", sources, **job))
    return output


def _contents(layer: Path) -> dict[str, tuple[int, bytes]]:
    with tarfile.open(layer) as archive:
        return {
            member.name: (member.mode, archive.extractfile(member).read() if member.isreg() else b"")  # type: ignore[union-attr]
            for member in archive
        }


@pytest.mark.parametrize("direct", [True, False])
def test_a_tree_gives_the_layer_of_its_wheel(tmp_path: Path, direct: bool) -> None:
    wheel = tmp_path / "wheel.layer.tar.gz"
    main_wheel_layer.build(
        WheelLayerManifest(
            str(DEMO.write(tmp_path)),
            str(wheel),
            str(tmp_path / "wheel.layer.json"),
            write_target(tmp_path),
            "//:demo",
            direct=direct,
        )
    )
    tree = _build(tmp_path, EXTRACTED, direct=direct)
    assert _contents(tree) == _contents(wheel)
    assert tree.read_bytes() == wheel.read_bytes()
    assert facts.read(tmp_path / "tree.layer.json") == facts.read(tmp_path / "wheel.layer.json")


def test_scripts_as_newer_rules_python_extracts_them(tmp_path: Path) -> None:
    files = {path.replace("bin/tool", "rewrite-bin/tool"): data for path, data in EXTRACTED.items()}
    (tmp_path / "new").mkdir()
    assert _contents(_build(tmp_path / "new", files)) == _contents(_build(tmp_path, EXTRACTED))


def test_another_machines_files_say_what_to_ask_pip_parse_for(tmp_path: Path) -> None:
    wheel = f"{INFO}/WHEEL"
    tagged = EXTRACTED[wheel].replace(b"Tag: py3-none-any", b"Tag: cp38-cp38-manylinux_2_17_riscv64")
    assert tagged != EXTRACTED[wheel]
    with pytest.raises(ToolError) as caught:
        _build(tmp_path, {**EXTRACTED, wheel: tagged})
    assert 'in pip.parse, write python_version = "3.' in str(caught.value)
    assert '"linux_x86_64" among target_platforms' in str(caught.value)


def test_another_root(tmp_path: Path) -> None:
    files = {path[len("site-packages/") :]: data for path, data in EXTRACTED.items() if path.startswith("site-")}
    contents = _contents(_build(tmp_path, files, root=""))
    assert "usr/local/lib/python3.13/dist-packages/demo/__init__.py" in contents
    assert "usr/local/bin/demo" in contents


def _without(*paths: str) -> dict[str, bytes]:
    return {path: data for path, data in EXTRACTED.items() if path not in paths}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"site-packages/x.py": b""}, "0 .dist-info directories where one is needed: none"),
        ({**EXTRACTED, "site-packages/b-1.dist-info/X": b""}, "2 .dist-info directories where one is needed: b-1.dist"),
        (_without(f"{INFO}/METADATA"), "METADATA: has no Name or no Version"),
        ({**EXTRACTED, f"{INFO}/WHEEL": b"Tag: cp312-cp312-linux_x86_64\n"}, "it is for Python cp312"),
        ({**EXTRACTED, f"{INFO}/entry_points.txt": b"x = y"}, "line 1 is not an entry point"),
        ({**EXTRACTED, f"{INFO}/entry_points.txt": b"[console_scripts]\nx = y"}, "'y' is not module:function"),
        ({**EXTRACTED, f"{INFO}/METADATA": b"Name: demo\nVersion: 1\nRequires-Python: <3"}, "it needs Python <3"),
    ],
)
def test_trees_that_are_no_distribution(tmp_path: Path, files: dict[str, bytes], expected: str) -> None:
    with pytest.raises(ToolError) as caught:
        _build(tmp_path, files)
    assert "//:demo: " in str(caught.value)
    assert expected in str(caught.value)
    assert not (tmp_path / "tree.layer.tar.gz").exists()
