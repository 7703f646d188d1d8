"""Reads a requirements file with hashes, of any origin: pip-tools, uv, Poetry, PDM, Pipenv, or written by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.lock.environments import Environment
from distroless_python.lock.inputs import places
from distroless_python.lock.inputs.pins import SHA256, FirstParty, Pin, Pins
from distroless_python.lock.inputs.requirement_lines import Line, logical_lines, parse_line
from distroless_python.lock.sources import read_text

_VCS = ("git+", "hg+", "svn+", "bzr+")


def _relock(path: Path) -> str:
    command = "bazel run @rules_distroless_python//tools:lock -- compile"
    return (
        f"pin it: run {command} {path.name} --environment debian13_amd64 --output requirements_lock.txt, and lock that"
    )


@dataclass
class _Found:
    """What was read so far."""

    environments: Sequence[Environment]
    origin: Path
    pins: list[Pin] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    first_party: list[FirstParty] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    constraints: list[tuple[Requirement, str, str]] = field(default_factory=list)


def read(path: Path, environments: Sequence[Environment], origin: Path | None = None) -> Pins:
    """Reads a requirements file and what it includes.

    Args:
        path: the file.
        environments: whose markers are evaluated.
        origin: the file that paths of local projects are relative to, if it is another one.

    Raises:
        ToolError: it cannot be read, or a line is not a pinned requirement with a SHA-256; all such lines together.
    """
    problems = Collector()
    found = _Found(environments, origin or path)
    _read_file(path, found, problems, constraint=False)
    for pin in found.pins:
        for constraint, subject, member in found.constraints:
            if canonicalize_name(constraint.name) == pin.name and not constraint.specifier.contains(pin.version, True):
                reason = f"{pin.name}{constraint.specifier} excludes the version that is locked, {pin.version}"
                problems.add(subject, reason, "change one of them, and compile the requirements again", member)
    problems.raise_if_any()
    return Pins(_joined(found.pins), tuple(found.options), tuple(found.first_party), tuple(found.files))


def read_options(paths: Sequence[Path]) -> tuple[str, ...]:
    """The options of requirements files, pinned or not, that say where files are.

    Raises:
        ToolError: an option is not pip's, or has a password.
    """
    problems = Collector()
    options: list[str] = []
    for path in paths:
        for line in logical_lines(read_text(path)) if path.suffix != ".toml" else ():
            if line.code.startswith("-"):
                with problems.catching():
                    options += _index_options(parse_line(line, str(path)), path)
    problems.raise_if_any()
    return tuple(dict.fromkeys(options))


def _read_file(path: Path, found: _Found, problems: Collector, *, constraint: bool) -> None:
    if path in found.files:
        return
    with problems.catching():
        text = read_text(path)
        found.files.append(path)
        for logical in logical_lines(text):
            with problems.catching():
                line = parse_line(logical, str(path))
                if line.options.requirements or line.options.constraints:
                    nested = _included(line, path)
                    _read_file(nested, found, problems, constraint=constraint or bool(line.options.constraints))
                elif constraint:
                    found.constraints += _constraint(line, path)
                else:
                    _read_line(line, path, found)


def _included(line: Line, path: Path) -> Path:
    name = (line.options.requirements or line.options.constraints)[0]
    if "://" in name:
        remedy = "save it beside this file, and name that"
        raise ToolError(Problem(str(path), f"{name} is not a file of the workspace", remedy, f"line {line.number}"))
    nested = Path(os.path.normpath(path.parent / name))
    if not nested.is_file():
        raise ToolError(Problem(str(path), f"{name} is not a file", "correct the path", f"line {line.number}"))
    return nested


def _constraint(line: Line, path: Path) -> Iterator[tuple[Requirement, str, str]]:
    if line.requirement:
        requirement = _requirement(line.requirement, path, line)
        if not requirement.url:
            yield requirement, str(path), f"line {line.number}"


def _read_line(line: Line, path: Path, found: _Found) -> None:
    place = f"line {line.number}" if path == found.files[0] else f"{path.name} line {line.number}"
    editable = line.options.editables[0] if line.options.editables else ""
    text = line.requirement or editable
    if not text:
        found.options += _index_options(line, path)
        return
    local = places.local_path(text)
    vcs = next((text for prefix in _VCS if prefix in text and not local), "")
    if vcs:
        reason = f"{places.without_login(vcs)} is a checkout, which has no hash"
        remedy = "build its wheel (pip wheel), serve that from a package index or find-links, and pin its version"
        raise ToolError(Problem(str(path), reason, remedy, f"line {line.number}"))
    if local and not local.endswith((".whl", ".tar.gz", ".zip")):
        found.first_party.append(places.first_party(local, found.origin, f"line {line.number}"))
    else:
        found.pins.append(_pin(line, text, local, path, found, place))


def _index_options(line: Line, path: Path) -> Iterator[str]:
    """The options of a line that say where files are, for pip; a relative path begins at the file."""
    options = line.options
    for flag, urls in (
        ("--index-url", [options.index_url] if options.index_url else []),
        ("--extra-index-url", options.extra_index_urls or []),
        ("--find-links", options.find_links or []),
    ):
        for url in urls:
            places.check_no_password(url, str(path), f"line {line.number}")
            beside = (path.parent / url).absolute()
            yield f"{flag}={url if '://' in url or not beside.exists() else beside}"
    yield from ["--no-index"] if options.no_index else []
    yield from ["--pre"] if options.pre else []
    yield from (f"--trusted-host={host}" for host in options.trusted_hosts or [])


def _pin(line: Line, text: str, local: str, path: Path, found: _Found, place: str) -> Pin:
    problems = Collector()
    member = f"line {line.number}"
    hashes = list((getattr(line.options, "hashes", None) or {}).get("sha256", []))
    url = ""
    if local:
        name, version = places.release_of_file(local, str(path), member)
        requirement = _requirement(f"{name}; {text.partition(';')[2]}" if ";" in text else name, path, line)
    else:
        requirement = _requirement(text, path, line)
        url, _, fragment = (requirement.url or "").partition("#")
        if url:
            places.check_no_password(url, str(path), member)
            hashes += [part[len("sha256=") :] for part in fragment.split("&") if part.startswith("sha256=")]
            _, version = places.release_of_file(url, str(path), member)
        else:
            version = _pinned_version(requirement)
    name = canonicalize_name(requirement.name)
    if not version:
        problems.add(str(path), f"{name} is not pinned to one version by ==", _relock(path), member)
    if not hashes:
        problems.add(str(path), f"{name} has no --hash=sha256:...", _relock(path), member)
    for digest in hashes:
        if not SHA256.fullmatch(digest):
            reason = f"{name} has a hash that is not a SHA-256: {digest[:80]!r}"
            problems.add(str(path), reason, _relock(path), member)
    problems.raise_if_any()
    marker = requirement.marker
    fitting = frozenset(
        e.name for e in found.environments if marker is None or marker.evaluate({**e.markers, "extra": ""})
    )
    extras = tuple(sorted(canonicalize_name(extra) for extra in requirement.extras))
    return Pin(name, version, extras, fitting, frozenset(hashes), line.via, place, url=url)


def _requirement(text: str, path: Path, line: Line) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        reason = f"{places.without_login(text)[:80]!r} is not a valid requirement: {str(error).splitlines()[0]}"
        remedy = "write name==version, name @ https://... or the path of a folder"
        raise ToolError(Problem(str(path), reason, remedy, f"line {line.number}")) from None


def _pinned_version(requirement: Requirement) -> str:
    specifiers = list(requirement.specifier)
    pinned = len(specifiers) == 1 and specifiers[0].operator in ("==", "===")
    return specifiers[0].version if pinned and not specifiers[0].version.endswith("*") else ""


def _joined(pins: Sequence[Pin]) -> tuple[Pin, ...]:
    """Each release once for the same environments: files that include each other's locks name it again."""
    found: dict[tuple[str, str, str, frozenset[str]], Pin] = {}
    for pin in pins:
        key = (pin.name, pin.version, pin.url, pin.environments)
        if key in found:
            first = found[key]
            extras = tuple(sorted({*first.extras, *pin.extras}))
            via = tuple(dict.fromkeys([*first.via, *pin.via]))
            found[key] = replace(first, extras=extras, via=via, hashes=first.hashes | pin.hashes)
        else:
            found[key] = pin
    return tuple(found.values())
