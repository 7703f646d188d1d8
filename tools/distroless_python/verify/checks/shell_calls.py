"""Finds calls in first-party Python code that start a shell, which a distroless image does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from distroless_python.manifests.layers import SourceFile
from distroless_python.verify.contents import VerifiedImage
from distroless_python.verify.findings import Finding

SHELLS = ("bin/sh", "usr/bin/sh")
"""Where a shell would be."""

_WORKSPACE = "_main/"
"""What runfiles call the workspace."""

_ALWAYS = frozenset(
    (
        "asyncio.create_subprocess_shell",
        "os.popen",
        "os.system",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
    )
)
_WITH_SHELL_TRUE = frozenset(f"subprocess.{name}" for name in ("Popen", "call", "check_call", "check_output", "run"))
_MODULES = ("asyncio", "os", "subprocess")


def check(image: VerifiedImage, sources: Iterable[SourceFile]) -> Iterator[Finding]:
    """One warning for a file with such calls; none in an image with a shell."""
    if any(image.tree.find(shell) for shell in SHELLS):
        return
    for source in sources:
        if source.path.endswith(".py"):
            calls = tuple(shell_calls(Path(source.source).read_bytes()))
            if calls:
                listed = ", ".join(f"{name} (line {line})" for line, name in calls)
                yield Finding(
                    "shell-call",
                    source.path,
                    f"starts a shell, which the image does not have: {listed}",
                    "start the program itself: subprocess.run([program, argument, ...])",
                    files=(f"{source.path.removeprefix(_WORKSPACE)}:{calls[0][0]}",),
                )


def shell_calls(source: bytes) -> Iterator[tuple[int, str]]:
    """Line and name of each such call; nothing of a file that this Python cannot parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    names = dict(_imported(tree))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = _qualified(call.func, names)
        if name in _ALWAYS:
            yield call.lineno, name
        elif name in _WITH_SHELL_TRUE and any(_is_shell_true(keyword) for keyword in call.keywords):
            yield call.lineno, f"{name}(shell=True)"


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names in the module and what they stand for: `sp` for `subprocess`, `run` for `subprocess.run`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in _MODULES:
                    yield alias.asname or alias.name, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module in _MODULES and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _qualified(function: ast.expr, names: dict[str, str]) -> str:
    if isinstance(function, ast.Name):
        return names.get(function.id, "")
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return f"{names.get(function.value.id, '')}.{function.attr}"
    return ""


def _is_shell_true(keyword: ast.keyword) -> bool:
    return keyword.arg == "shell" and isinstance(keyword.value, ast.Constant) and bool(keyword.value.value)
