"""The part of MODULE.bazel that the generated BUILD files need, and the directive that turns images on."""

from __future__ import annotations

from pathlib import Path

from distroless_python.generate.read.workspace import OWN_MODULE, Workspace

VERSIONS = {"rules_python": "1.4.1", OWN_MODULE: "0.1.0"}
RELEASE = "debian13"
HUB = "pypi"


def missing_deps(workspace: Workspace) -> list[str]:
    """The modules that MODULE.bazel does not name yet."""
    return [name for name in VERSIONS if name not in workspace.versions and name != workspace.name]


def stanza(workspace: Workspace, name: str, *, release: str = RELEASE, wheels: bool = True) -> str:
    """What is to be added to MODULE.bazel, in buildifier's form; empty where nothing is missing.

    Args:
        name: the module's name, for a MODULE.bazel that is not there yet.
        release: the Debian release of the base.
        wheels: whether there is a hub.
    """
    paragraphs = []
    if not workspace.exists:
        paragraphs.append(f'module(name = "{_module_name(name)}")\n')
    deps = [f'bazel_dep(name = "{dep}", version = "{VERSIONS[dep]}")\n' for dep in missing_deps(workspace)]
    if deps:
        paragraphs.append("".join(deps))
    hub = wheels and not workspace.hubs
    tags = [_base(release)] * (not workspace.bases) + [_wheels()] * hub
    if tags:
        label = f"@{workspace.repositories.get(OWN_MODULE, OWN_MODULE)}" * (workspace.name != OWN_MODULE)
        repositories = sorted([HUB] * hub + [f"python3_{release}"] * (not workspace.bases))
        names = ", ".join(f'"{repository}"' for repository in repositories)
        paragraphs.append(
            f'distroless = use_extension("{label}//rules:extensions.bzl", "distroless")\n'
            + "".join(tags)
            + f"use_repo(distroless, {names})\n"
        )
    return "\n".join(paragraphs)


def _base(release: str) -> str:
    return f'distroless.base(\n    name = "python3_{release}",\n    lock = "//:{release}.lock.json",\n)\n'


def _wheels() -> str:
    return f'distroless.wheels(\n    name = "{HUB}",\n    lock = "//:wheels.lock.json",\n)\n'


def _module_name(name: str) -> str:
    """A folder's name as a module's: lower case, and only what Bazel takes."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name.lower())
    return kept if kept[:1].isalpha() and kept[-1:].isalnum() else f"m{kept}0"


def initial_changes(
    root: Path, workspace: Workspace, name: str, *, release: str = RELEASE, wheels: bool = True
) -> dict[str, tuple[str, str]]:
    """What `--init` changes before BUILD files are generated: path to old and new text; see `stanza`."""
    changes = {}
    added = stanza(workspace, name, release=release, wheels=wheels)
    if added:
        old = _text(root / "MODULE.bazel")
        changes["MODULE.bazel"] = (old, f"{old.rstrip()}\n\n{added}" if old.strip() else added)
    build = next((n for n in ("BUILD.bazel", "BUILD") if (root / n).is_file()), "BUILD.bazel")
    old = _text(root / build)
    if "# distroless:base" not in old:
        base = workspace.bases[0] if workspace.bases else f"python3_{release}"
        changes[build] = (old, f"# distroless:base @{base}\n" + (f"\n{old}" if old else ""))
    return changes


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
