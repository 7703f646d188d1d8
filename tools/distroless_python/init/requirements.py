"""Which files of a checkout say what it requires."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from distroless_python.lock.sdists import metadata
from distroless_python.lock.sdists.project import Project
from distroless_python.lock.sources import PYPROJECT, parse_toml

LOCK = "requirements_lock.txt"
_FOREIGN = ("uv.lock", "pylock.toml")
_MAIN = ("requirements.in", "requirements.txt", "requirements/{}.in", "requirements/{}.txt")
_MAIN_NAMES = ("production", "prod", "main", "base", "common")
_DEV = re.compile(
    r"(?:requirements/)?(?:(?:requirements[-_.])?(?:dev|develop|development|tests?|testing)(?:[-_.]requirements)?)\.(?:in|txt)"
)
_DEV_NAMES = ("dev", "test", "tests", "testing")
_EXTRA = re.compile(r"""(?:\s*;\s*|\s+and\s+)extra == ["']([^"']+)["']""")
_CARET = re.compile(r"\^\s*(\d+(?:\.\d+)*)(\S*)")
_TILDE = re.compile(r"~\s*(\d+(?:\.\d+)*)(\S*)")


@dataclass(frozen=True)
class Inputs:
    """What a checkout's locks are made from; paths are relative to it.

    Attributes:
        lock: the requirements lock: one that is there (`uv.lock`, a file with hashes), or the one to write.
        sources: what it is compiled from; none for one that is there.
        development: sources, extras and groups besides, for tests; tried, and left out where they have no solution.
        extras: extras of the pyproject.toml.
        groups: dependency groups.
        written: files to write: path to content.
    """

    lock: str = ""
    sources: tuple[str, ...] = ()
    development: Development = field(default_factory=lambda: Development())
    written: dict[str, str] = field(default_factory=dict)

    @property
    def found(self) -> bool:
        """Whether it requires anything."""
        return bool(self.lock)


@dataclass(frozen=True)
class Development:
    """What only tests need."""

    sources: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sources or self.extras or self.groups)


def find(root: Path) -> Inputs:
    """Looks for what a checkout requires: first for locks, then for files that name requirements, then for metadata."""
    for name in _FOREIGN:
        if (root / name).is_file():
            groups = (
                tuple(parse_toml(_text(root / PYPROJECT)).get("dependency-groups", {})) if name == "uv.lock" else ()
            )
            return Inputs(name, development=Development(groups=_development(groups)))
    main = next((name for name in _mains() if (root / name).is_file()), "")
    if main:
        return _of_file(root, main)
    pyproject = parse_toml(_text(root / PYPROJECT))
    table = pyproject.get("project")
    if isinstance(table, dict) and (table.get("dependencies") or "dependencies" in table.get("dynamic", ())):
        extras = _development(table.get("optional-dependencies", {}))
        groups = _development(pyproject.get("dependency-groups", {}))
        return Inputs(LOCK, (PYPROJECT,), Development(_dev_files(root), extras, groups))
    pipfile = parse_toml(_text(root / "Pipfile"))
    for lines, more in (
        (_listed(pipfile.get("packages")), _listed(pipfile.get("dev-packages"))),
        _of_poetry(pyproject),
        _of_setup(root),
    ):
        if lines:
            return _generated(root, lines, more)
    nested = sorted(path.relative_to(root).as_posix() for path in root.glob("*/requirements.txt"))
    return _of_file(root, nested[0]) if len(nested) == 1 else Inputs()


def without_development(inputs: Inputs) -> Inputs:
    """The same, without what only tests need."""
    return replace(inputs, development=Development())


def _mains() -> Iterable[str]:
    for pattern in _MAIN:
        yield from (pattern.format(name) for name in _MAIN_NAMES) if "{}" in pattern else [pattern]


def _of_file(root: Path, name: str) -> Inputs:
    if "--hash=" in _text(root / name):
        return Inputs(name)
    groups = _development(parse_toml(_text(root / PYPROJECT)).get("dependency-groups", {}))
    return Inputs(LOCK, (name,), Development(_dev_files(root, (Path(name).parent.as_posix(),)), (), groups))


def _dev_files(root: Path, folders: Sequence[str] = ()) -> tuple[str, ...]:
    paths = [path for folder in (".", "requirements", *folders) for path in sorted((root / folder).glob("*"))]
    names = dict.fromkeys(path.relative_to(root).as_posix() for path in paths if path.is_file())
    return tuple(name for name in names if _DEV.fullmatch(name) and "--hash=" not in _text(root / name))


def _development(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name.lower() in _DEV_NAMES)


def _generated(root: Path, lines: Sequence[str], more: Sequence[str]) -> Inputs:
    """What other tools' files say, as requirements files; `more` is for tests."""
    parts = {"requirements.in": lines, "requirements-dev.in": more}
    written = {name: "".join(f"{line}\n" for line in part) for name, part in parts.items() if part}
    development = dict.fromkeys([*(name for name in written if name != "requirements.in"), *_dev_files(root)])
    return Inputs(LOCK, ("requirements.in",), Development(tuple(development)), written)


def _of_poetry(pyproject: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The requirements of `[tool.poetry]`, and those of its groups for development."""
    poetry = pyproject.get("tool", {}).get("poetry", {})
    groups = [group.get("dependencies") for name, group in poetry.get("group", {}).items() if name in _DEV_NAMES]
    more = [line for table in (*groups, poetry.get("dev-dependencies")) for line in _listed(table)]
    return _listed(poetry.get("dependencies")), more


def _listed(table: Any) -> list[str]:
    """A table of Poetry or a Pipfile: `name = "*"`, or a table with version, extras and markers."""
    entries = table.items() if isinstance(table, dict) else ()
    return [
        _requirement(name, value)
        for name, value in entries
        if name.lower() != "python" and not (isinstance(value, dict) and (value.get("optional") or "path" in value))
    ]


def _of_setup(root: Path) -> tuple[list[str], list[str]]:
    """What a setup.py or setup.cfg of the checkout requires, and for tests, as far as it says so without being run."""
    files = {name: _text(root / name) for name in ("setup.py", "setup.cfg") if (root / name).is_file()}
    stated = metadata.read(Project(frozenset(files), files, frozenset()))
    more = [_EXTRA.sub("", text) for text in stated.requires if _development(_EXTRA.findall(text))]
    return [text for text in stated.requires if "extra ==" not in text], more


def _requirement(name: str, value: Any) -> str:
    entry = value if isinstance(value, dict) else {"version": value}
    if isinstance(value, list):
        entry = value[0] if value and isinstance(value[0], dict) else {}
    extras = f"[{','.join(entry['extras'])}]" if entry.get("extras") else ""
    address = entry.get("url") or (f"git+{entry['git']}" if entry.get("git") else "")
    if address:
        reference = entry.get("ref") or entry.get("tag") or entry.get("rev") or ""
        return f"{name}{extras} @ {address}{f'@{reference}' if reference else ''}"
    version = _version(str(entry.get("version") or "*"))
    marker = entry.get("markers") or _python(entry.get("python"))
    return f"{name}{extras}{version}{f' ; {marker}' if marker else ''}"


def _version(text: str) -> str:
    """A version as PEP 440 has it: Poetry's `^1.2` is `>=1.2,<2`, a bare `1.2` is `==1.2`."""
    if text.strip() in ("", "*"):
        return ""
    parts = []
    for part in (part.strip() for part in text.split(",")):
        caret, tilde = _CARET.fullmatch(part), _TILDE.fullmatch(part)
        if caret:
            parts.append(f">={caret[1]}{caret[2]},<{_next(caret[1], _significant(caret[1]))}")
        elif tilde:
            parts.append(f">={tilde[1]}{tilde[2]},<{_next(tilde[1], min(1, tilde[1].count('.')))}")
        else:
            parts.append(part if part[:1] in "<>=!~" else f"=={part}")
    return ",".join(parts)


def _significant(version: str) -> int:
    """The place of the first number that is not 0: what a caret lets stay."""
    numbers = version.split(".")
    return next((place for place, number in enumerate(numbers) if number != "0"), len(numbers) - 1)


def _next(version: str, place: int) -> str:
    numbers = [int(number) for number in version.split(".")[: place + 1]]
    return ".".join(str(number) for number in [*numbers[:-1], numbers[-1] + 1])


def _python(text: Any) -> str:
    """A marker for a `python = "^3.8"` of Poetry."""
    if not isinstance(text, str) or text.strip() in ("", "*"):
        return ""
    parts = re.findall(r"(>=|<=|==|!=|<|>)\s*([\d.]+)", _version(text))
    return " and ".join(f"python_version {operator} '{number}'" for operator, number in parts)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
