"""What holds for every module of the Python package: classes on the image's way are told apart by their names."""

from __future__ import annotations

import ast
from collections import defaultdict

from nested import workspace

ROOT = workspace() / "tools/distroless_python"

ON_THE_WAY = {
    *("actions", "affected", "base", "debian", "documents", "engine", "fetch", "formats", "image", "layer"),
    *("manifests", "python", "rebuild", "registry", "sandbox", "sbom", "sdist", "verify"),
}
"""From packages and wheels to an image, and to where it goes; the modules beside the folders, too."""

BEFORE_IT = {"generate", "init", "lock"}
"""What writes BUILD files and locks: words like `Plan` or `Index` mean something of their own there."""


def test_every_folder_is_on_the_way_or_before_it() -> None:
    folders = {path.parent.relative_to(ROOT).parts[0] for path in ROOT.rglob("*.py") if path.parent != ROOT}
    assert folders == ON_THE_WAY | BEFORE_IT


def test_no_two_classes_on_the_image_s_way_share_a_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in ROOT.rglob("*.py"):
        module = path.relative_to(ROOT)
        if module.parts[0] not in BEFORE_IT and "_vendor" not in module.parts:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(f"{module}:{node.lineno}")
    assert len(places) > 200
    assert {name: sorted(where) for name, where in places.items() if len(where) > 1} == {}
