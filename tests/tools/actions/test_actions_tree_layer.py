"""`tree-layer`: an extracted distribution gives the layer of its wheel."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from distroless_python.actions import tree_layer as main_tree_layer
from distroless_python.actions import wheel_layer as main_wheel_layer
from distroless_python.errors import ToolError
from distroless_python.manifests.layers import SourceFile, TreeLayerManifest, WheelLayerManifest
from support.wheels import WheelSource, layer_output, write_target

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


def _build(tmp_path: Path, files: dict[str, bytes]) -> Path:
    output = layer_output(tmp_path, "tree")
    main_tree_layer.build(TreeLayerManifest(output, write_target(tmp_path), "//:demo", None, _extract(tmp_path, files)))
    return Path(output.layer)


def _contents(layer: Path) -> dict[str, tuple[int, bytes]]:
    with tarfile.open(layer) as archive:
        return {
            member.name: (member.mode, archive.extractfile(member).read() if member.isreg() else b"")  # type: ignore[union-attr]
            for member in archive
        }


def test_a_tree_gives_the_layer_of_its_wheel(tmp_path: Path) -> None:
    output = layer_output(tmp_path, "wheel")
    wheel = str(DEMO.write(tmp_path))
    main_wheel_layer.build(WheelLayerManifest(wheel, output, write_target(tmp_path), "//:demo", False, None, None))
    tree = _build(tmp_path, EXTRACTED)
    assert _contents(tree) == _contents(Path(output.layer))
    assert tree.read_bytes() == Path(output.layer).read_bytes()
    for document in ("layer", "contents"):
        assert (tmp_path / f"tree.{document}.json").read_bytes() == (tmp_path / f"wheel.{document}.json").read_bytes()


def _without(*paths: str) -> dict[str, bytes]:
    return {path: data for path, data in EXTRACTED.items() if path not in paths}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"site-packages/x.py": b""}, "0 .dist-info directories where one is needed: none"),
        ({**EXTRACTED, "site-packages/b-1.dist-info/X": b""}, "2 .dist-info directories where one is needed: b-1.dist"),
        (_without(f"{INFO}/METADATA"), "METADATA: has no Name or no Version"),
        ({**EXTRACTED, f"{INFO}/entry_points.txt": b"x = y"}, "line 1 is not an entry point"),
    ],
)
def test_trees_that_are_no_distribution(tmp_path: Path, files: dict[str, bytes], expected: str) -> None:
    with pytest.raises(ToolError) as caught:
        _build(tmp_path, files)
    assert "//:demo: " in str(caught.value)
    assert expected in str(caught.value)
    assert not (tmp_path / "tree.layer.tar.gz").exists()
