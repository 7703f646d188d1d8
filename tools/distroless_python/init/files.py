"""The files that `init` writes besides locks and BUILD files. Pure: text in, text out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from distroless_python.debian.releases import PREFERRED, RELEASES
from distroless_python.errors import Problem, ToolError
from distroless_python.init.requirements import Inputs
from distroless_python.lock.environments import parse
from distroless_python.lock.sources import PYPROJECT, parse_toml

WHEELS = "wheels.lock.json"
_BAZELRC = """# Written by init of rules_distroless_python.
common --repo_env=DEBIAN_MIRROR --repo_env=DEBIAN_SECURITY_MIRROR
build --incompatible_strict_action_env
build --sandbox_default_allow_network=false
test --test_output=errors
"""
_TOOLCHAIN = """python = use_extension("@rules_python//python/extensions:python.bzl", "python")
python.toolchain(
    is_default = True,
    python_version = "{python}",
)
"""
_TABLE = "rules_distroless_python"
MORE = "requirements_more.in"
"""What `--add` asks for: the files of a checkout stay as they are."""


def release_for(root: Path) -> str:
    """The release whose Python the checkout asks for; the preferred one where none fits, and the lock says so."""
    wanted = _requires_python(root)
    fitting = [name for name in PREFERRED if parse(f"{name}_amd64").satisfies(wanted)]
    return (fitting or list(PREFERRED))[0]


def _requires_python(root: Path) -> SpecifierSet:
    pyproject, pipfile = parse_toml(_text(root / PYPROJECT)), parse_toml(_text(root / "Pipfile"))
    project, asked = pyproject.get("project", {}), pipfile.get("requires", {})
    text = project.get("requires-python") if isinstance(project, dict) else None
    if not text and isinstance(asked, dict) and asked.get("python_version"):
        text = f"=={asked['python_version']}.*"
    try:
        return SpecifierSet(text if isinstance(text, str) else "")
    except InvalidSpecifier:
        return SpecifierSet()  # the lock says what is wrong with it


def bazelrc(old: str) -> str:
    """A .bazelrc; one that is there stays."""
    return old or _BAZELRC


def toolchain(release: str) -> str:
    """Lines of MODULE.bazel by which a machine has the Python of the image."""
    return _TOOLCHAIN.format(python=RELEASES[release].python)


def tables(old: str, inputs: Inputs, release: str, architectures: tuple[str, ...], machine: str) -> str:
    """A pyproject.toml with the tables that name the workspace's locks.

    Args:
        old: the one that is there, or nothing; tables of ours in it stay.
        inputs: what the wheels are locked from.
        release: of the base.
        architectures: of the images.
        machine: the environment of developers' machines.
    """
    if _TABLE in parse_toml(old).get("tool", {}):
        return old
    parts = [old.rstrip() + "\n"] if old.strip() else []
    if inputs.found:
        more = inputs.development
        values: dict[str, Any] = {
            "sources": [*inputs.sources, *more.sources],
            "requirements_lock": inputs.lock,
            "wheels_lock": WHEELS,
            "environments": [*(f"{release}_{architecture}" for architecture in architectures), machine],
            "extras": list(more.extras),
            "groups": list(more.groups),
        }
        parts.append(_table("python", values))
    lock = {"release": release, "lock": f"{release}.lock.json", "architectures": list(architectures)}
    parts.append(_table("debian", lock))
    return "\n".join(parts)


def with_more(pyproject: str) -> str:
    """A pyproject.toml whose first lock is made from `MORE` too.

    Raises:
        ToolError: its tables have another form than the one that is written here.
    """
    head, mark, tail = pyproject.partition(f"[[tool.{_TABLE}.python]]\n")
    if MORE in tail:
        return pyproject
    if tail.startswith("sources = ["):
        return f'{head}{mark}sources = ["{MORE}", {tail[len("sources = [") :]}'
    reason = "its lock is not made from sources that init wrote, so that nothing can be added to them"
    remedy = "add the requirement where the checkout has its own, and lock again"
    raise ToolError(Problem(PYPROJECT, reason, remedy, f"tool.{_TABLE}.python"))


def more(old: str, added: Sequence[str]) -> str:
    """The file of what was added."""
    lines = dict.fromkeys([*old.splitlines(), *added])
    return "".join(f"{line}\n" for line in lines)


def _table(name: str, values: Mapping[str, Any]) -> str:
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in values.items() if value]
    return "".join([f"[[tool.{_TABLE}.{name}]]\n", *lines])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
