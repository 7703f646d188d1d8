"""Which caches Bazel uses, by its configuration files: a push that lacks a layer's file asks these for it.

A program that `bazel run` starts is not told Bazel's options. https://bazel.build/run/bazelrc
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from distroless_python.errors import Problem, ToolError

_COMMANDS = ("always", "common", "build", "run")  # what `bazel run` heeds, the later the stronger
_LISTS = ("remote_header", "remote_cache_header", "credential_helper")
_VALUES = (
    "disk_cache",
    "remote_cache",
    "remote_executor",
    "remote_instance_name",
    "tls_certificate",
    "tls_client_certificate",
    "tls_client_key",
)
_IMPORTS = 20  # deep


@dataclass(frozen=True)
class Flags:
    """Options about caches: the last of those that have one value, all of those that may be repeated."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.values.get(name, "")


def read(files: Sequence[Path], workspace: Path, configs: Sequence[str] = ()) -> Flags:
    """Reads configuration files as `bazel run --config=...` does.

    Args:
        files: in their order; one that is not there says nothing.
        workspace: what `%workspace%` means.
        configs: names as of `--config`, after those that the files choose.

    Raises:
        ToolError: a file cannot be read, or files import each other.
    """
    lines: dict[str, list[str]] = {}
    for path in files:
        if path.is_file():
            for command, options in _lines(path, workspace, _IMPORTS):
                lines.setdefault(command, []).extend(options)
    flags = Flags()
    for command in _COMMANDS:
        _apply(lines, command, lines.get(command, ()), flags, ())
    for config in configs:
        _expand(lines, config, flags, ())
    return flags


def of_machine(workspace: Path, configs: Sequence[str] = ()) -> Flags:
    """The options of this machine, this workspace and its user."""
    return read((Path("/etc/bazel.bazelrc"), workspace / ".bazelrc", Path.home() / ".bazelrc"), workspace, configs)


def _lines(path: Path, workspace: Path, depth: int) -> Iterator[tuple[str, list[str]]]:
    if not depth:
        raise ToolError(Problem(str(path), "files import each other without an end", "take one of the imports out"))
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ToolError(Problem(str(path), f"cannot be read: {error.strerror}", "mend its permissions")) from None
    for line in text.replace("\\\n", "").splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # Bazel itself has refused it
            continue
        if len(words) == 2 and words[0] in ("import", "try-import"):
            imported = Path(words[1].replace("%workspace%", str(workspace)))
            if imported.is_file():
                yield from _lines(imported, workspace, depth - 1)
        elif words:
            yield words[0], words[1:]


def _apply(
    lines: dict[str, list[str]], command: str, words: Sequence[str], flags: Flags, seen: tuple[str, ...]
) -> None:
    pending = list(words)
    while pending:
        name, given, value = pending.pop(0).partition("=")
        name = name.removeprefix("--")
        if not given and name in ("config", *_VALUES, *_LISTS) and pending:
            value = pending.pop(0)
        if name == "config":
            _expand(lines, value, flags, seen)
        elif name in _VALUES:
            flags.values[name] = value
        elif name in _LISTS:
            flags.lists.setdefault(name, []).append(value)


def _expand(lines: dict[str, list[str]], config: str, flags: Flags, seen: tuple[str, ...]) -> None:
    if config not in seen:
        for command in _COMMANDS:
            named = f"{command}:{config}"
            _apply(lines, named, lines.get(named, ()), flags, (*seen, config))
