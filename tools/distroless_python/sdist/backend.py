"""Runs inside the root: asks a PEP 517 backend for the wheel, unpacks and strips it. Standard library, Python 3.9.

`backend.py SPEC`, where SPEC is JSON: `source`, `backend`, `path`, `sites`, `output`. Exits with 3 after it wrote
`OUTPUT.missing`, a JSON list of requirements that the backend asks for and that are not there.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import re
import shutil
import site
import subprocess
import sys
import zipfile
from typing import Any

MISSING = 3


def main(argv: list[str]) -> int:
    with open(argv[0], encoding="utf-8") as file:
        spec: dict[str, Any] = json.load(file)
    sys.path = [entry for entry in sys.path if entry != os.path.dirname(os.path.abspath(__file__))]
    for folder in spec["sites"]:
        site.addsitedir(folder)
    os.chdir(spec["source"])
    sys.path[:0] = [os.path.join(spec["source"], folder) for folder in spec["path"]]
    module, _, attributes = spec["backend"].partition(":")
    backend: Any = importlib.import_module(module)
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    sys.argv = ["setup.py"]
    wanted = backend.get_requires_for_build_wheel() if hasattr(backend, "get_requires_for_build_wheel") else []
    missing = [requirement for requirement in wanted if not _is_there(requirement)]
    if missing:
        with open(spec["output"] + ".missing", "w", encoding="utf-8") as file:
            json.dump(missing, file)
        return MISSING
    built = spec["output"] + ".built"
    os.makedirs(built, exist_ok=True)
    name = backend.build_wheel(built)
    _unpack(os.path.join(built, name), spec["output"])
    return 0


def _is_there(requirement: str) -> bool:
    match = re.match(r"[A-Za-z0-9._-]+", requirement.strip())
    if not match:
        return True
    try:
        importlib.metadata.version(match[0])
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _unpack(wheel: str, target: str) -> None:
    strip = shutil.which("strip")  # pure Python is built without
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = archive.extract(member, target)
            if os.path.isdir(path):
                continue
            os.chmod(path, 0o755 if member.external_attr >> 16 & 0o111 else 0o644)
            with open(path, "rb") as file:
                is_elf = file.read(4) == b"\x7fELF"
            if is_elf and strip:
                subprocess.run([strip, "--strip-debug", path], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
