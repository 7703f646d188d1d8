"""uv.lock and pylock.toml as uv writes them, for files that are on an index of ours."""

from __future__ import annotations

from collections.abc import Iterable

from support.package_index import Release


def uv_package(
    name: str, version: str, registry: str, files: Iterable[Release], dependencies: Iterable[str] = (), more: str = ""
) -> str:
    """A package of a uv.lock.

    Args:
        name: normalised.
        version: its version.
        registry: the index that uv found it on.
        files: the files of the release.
        dependencies: rows of its table, such as `{ name = "x", marker = "..." }`.
        more: tables of its own, such as `[package.optional-dependencies]`.
    """
    rows = "".join(f"    {row},\n" for row in dependencies)
    text = f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "{registry}" }}\n'
    text += f"dependencies = [\n{rows}]\n" if rows else ""
    wheels = ""
    for file in files:
        row = (
            f'{{ url = "{registry}/../files/{file.file}", hash = "sha256:{file.sha256}", size = {len(file.content)} }}'
        )
        if file.file.endswith(".whl"):
            wheels += f"    {row},\n"
        else:
            text += f"sdist = {row}\n"
    return text + (f"wheels = [\n{wheels}]\n" if wheels else "") + (f"\n{more}" if more else "") + "\n"


def uv_lock(packages: Iterable[str], *, requires_python: str = ">=3.8", head: str = "") -> str:
    """A uv.lock."""
    return f'version = 1\nrevision = 3\nrequires-python = "{requires_python}"\n{head}\n' + "".join(packages)


def pylock_package(name: str, version: str, registry: str, files: Iterable[Release], more: str = "") -> str:
    """A package of a pylock.toml; `more` are lines of its table."""
    text = f'[[packages]]\nname = "{name}"\nversion = "{version}"\nindex = "{registry}"\n{more}'
    wheels = []
    for file in files:
        row = f'{{ url = "{registry}/../files/{file.file}", hashes = {{ sha256 = "{file.sha256}" }} }}'
        if file.file.endswith(".whl"):
            wheels.append(row)
        else:
            text += f"sdist = {row}\n"
    return text + (f"wheels = [{', '.join(wheels)}]\n" if wheels else "") + "\n"


def pylock(packages: Iterable[str], head: str = "") -> str:
    """A pylock.toml."""
    return f'lock-version = "1.0"\ncreated-by = "uv"\n{head}\n' + "".join(packages)
