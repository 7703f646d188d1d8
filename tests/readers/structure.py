"""container-structure-test's YAML on an unpacked image: the kinds of tests that distroless' own testdata has.

https://github.com/GoogleContainerTools/container-structure-test
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def failures(suite: Mapping[str, Any], root: Path, config: Mapping[str, Any]) -> Iterator[str]:
    """What does not hold.

    Args:
        suite: the file's content.
        root: the image's files, with their owners.
        config: the `config` member of the image's config.
    """
    known = {"schemaVersion", "metadataTest", "fileExistenceTests", "fileContentTests"}
    yield from (f"{name}: this runner does not know it" for name in sorted(suite.keys() - known))
    for test in suite.get("fileExistenceTests", ()):
        yield from (f"{test['name']}: {what}" for what in _existence(test, root))
    for test in suite.get("fileContentTests", ()):
        text = inside(root, test["path"]).read_text(errors="surrogateescape")
        for pattern in test.get("expectedContents", ()):
            if not re.search(pattern, text):
                yield f"{test['name']}: {pattern!r} is not in {test['path']}"
        for pattern in test.get("excludedContents", ()):
            if re.search(pattern, text):
                yield f"{test['name']}: {pattern!r} is in {test['path']}"
    yield from _metadata(suite.get("metadataTest", {}), config)


def inside(root: Path, path: str) -> Path:
    """A path of an image, its links followed inside of it."""
    found = root
    parts = path.strip("/").split("/") if path.strip("/") else []
    for _ in range(256):
        if not parts:
            return found
        part = parts.pop(0)
        found = found.parent if part == ".." else found / part
        if found.is_symlink():
            target = str(found.readlink())
            found = root if target.startswith("/") else found.parent
            parts = [*target.strip("/").split("/"), *parts]
    raise AssertionError(f"{path}: too many links")


def _existence(test: Mapping[str, Any], root: Path) -> Iterator[str]:
    path = inside(root, test["path"])
    if path.exists() != test.get("shouldExist", True):
        yield f"{test['path']} {'exists' if path.exists() else 'does not exist'}"
    elif path.exists():
        mode = stat.filemode(path.stat().st_mode)
        wanted = test.get("permissions", mode).replace("dt", "d")  # Go writes the sticky bit in front
        if wanted[:9] != mode[:9]:
            yield f"{test['path']} has {mode}, not {wanted}"
        if path.stat().st_uid != test.get("uid", path.stat().st_uid):
            yield f"{test['path']} is of {path.stat().st_uid}"


def _metadata(test: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[str]:
    environment = dict(entry.partition("=")[::2] for entry in config.get("Env") or ())
    there = {
        "user": config.get("User"),
        "entrypoint": config.get("Entrypoint"),
        "cmd": config.get("Cmd"),
        "workdir": config.get("WorkingDir"),
        "exposedPorts": sorted(config.get("ExposedPorts") or ()),
        "volumes": sorted(config.get("Volumes") or ()),
        "envVars": [{"key": each["key"], "value": environment.get(each["key"])} for each in test.get("envVars", ())],
    }
    for name, wanted in test.items():
        if there.get(name) != wanted:
            yield f"{name} is {there.get(name)}, not {wanted}"
