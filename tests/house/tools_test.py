"""What holds for every module of the Python package: names of classes, style of imports."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from nested import workspace

ROOT = workspace() / "tools/distroless_python"

ON_THE_WAY = {
    *("actions", "affected", "base", "debian", "documents", "engine", "fetch", "formats", "image", "layer"),
    *("manifests", "python", "rebuild", "registry", "sandbox", "sbom", "sdist", "verify"),
}
"""From packages and wheels to an image, and to where it goes; the modules beside the folders, too."""

BEFORE_IT = {"generate", "init", "lock"}
"""What writes BUILD files and locks: words like `Plan` or `Index` mean something of their own there."""


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Each module by its path in the package, and its syntax."""
    for path in sorted(ROOT.rglob("*.py")):
        if "_vendor" not in path.parts:
            yield path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))


def test_every_folder_is_on_the_way_or_before_it() -> None:
    folders = {path.parent.relative_to(ROOT).parts[0] for path in ROOT.rglob("*.py") if path.parent != ROOT}
    assert folders == ON_THE_WAY | BEFORE_IT


def test_no_two_classes_on_the_image_s_way_share_a_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for module, tree in trees():
        if module.parts[0] not in BEFORE_IT:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(f"{module}:{node.lineno}")
    assert len(places) > 200
    assert {name: sorted(where) for name, where in places.items() if len(where) > 1} == {}


def test_classes_are_imported_by_name_and_functions_in_one_way_a_file() -> None:
    seen, odd = 0, []
    for path, tree in trees():
        modules, names = imports(tree)
        for attribute in (node for node in ast.walk(tree) if isinstance(node, ast.Attribute)):
            module = modules.get(attribute.value.id) if isinstance(attribute.value, ast.Name) else None
            if module is None or attribute.attr.isupper():
                continue
            seen += 1
            if attribute.attr[0].isupper() or any(name[0].islower() for name in names[module]):
                odd.append(f"{path}:{attribute.lineno}: {ast.unparse(attribute)}")
    assert seen > 100
    assert odd == []


def imports(tree: ast.Module) -> tuple[dict[str, str], dict[str, set[str]]]:
    """What a file calls modules of the package, and which names it imports from each."""
    modules: dict[str, str] = {}
    names: dict[str, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(ROOT.name):
            folder = ROOT.parent.joinpath(*str(node.module).split("."))
            for alias in node.names:
                if (folder / f"{alias.name}.py").exists():
                    modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                else:
                    names[str(node.module)].add(alias.name)
    return modules, names
