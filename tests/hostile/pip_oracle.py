"""What pip makes of a wheel: the same code that `pip install` runs, into a directory laid out as the image is."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

from pip._internal.metadata import FilesystemWheel, get_wheel_distribution
from pip._internal.models.scheme import Scheme
from pip._internal.models.wheel import Wheel
from pip._internal.operations.install.wheel import install_wheel
from pip._vendor.packaging.utils import canonicalize_name
from pip._vendor.packaging.version import Version

SITE = "usr/local/lib/python3.13/dist-packages"
_MADE = re.compile(r".*\.dist-info/(RECORD(\.jws|\.p7s)?|INSTALLER|REQUESTED|direct_url\.json)|.*\.pyc")

REPORTED = "verification says that no script can be made of the entry point"

Files = dict[str, list[Any]]
"""Path to the SHA-256 of its content and whether it is executable; for what both make by themselves, a word."""


def install(wheel: Path, root: Path) -> Files:
    """Installs, and says what is there. Whatever pip raises is its refusal."""
    logging.disable(logging.CRITICAL)
    name = Wheel(wheel.name)  # raises InvalidWheelFilename
    about = get_wheel_distribution(FilesystemWheel(str(wheel)), canonicalize_name(name.name))
    _check(name, about)
    scheme = Scheme(
        platlib=str(root / SITE),
        purelib=str(root / SITE),
        headers=str(root / "usr/local/include/python3.13" / name.name),
        scripts=str(root / "usr/local/bin"),
        data=str(root / "usr/local"),
    )
    install_wheel(name.name, str(wheel), scheme, name.name, pycompile=False, warn_script_location=False)
    return {
        str(path.relative_to(root)): _file(path)
        for path in sorted(root.rglob("*"))
        if not path.is_dir() and not _MADE.fullmatch(str(path.relative_to(root))) and not _useless(path)
    }


def _useless(path: Path) -> bool:
    """Whether it is a script for an entry point that cannot start, since it is not Python."""
    return path.parent.name == "bin" and not _starts(path.read_bytes())


def _starts(text: bytes) -> bool:
    if b"\nimport sys\nfrom " not in text:
        return True
    try:
        compile(text, "script", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def _check(name: Any, about: Any) -> None:
    """What pip asks of METADATA before it installs (`operations/prepare.py` and `resolution/resolvelib`)."""
    if about.canonical_name != canonicalize_name(name.name):
        raise ValueError(f"METADATA says {about.canonical_name}")
    if Version(str(about.version)) != Version(name.version):
        raise ValueError(f"METADATA says {about.version}")
    list(about.iter_dependencies())  # raises InvalidRequirement


def _file(path: Path) -> list[Any]:
    data = path.read_bytes()
    executable = f"#!{sys.executable}\n".encode()
    if data.startswith(executable):
        data = b"#!/usr/bin/python3.13\n" + data[len(executable) :]
    return shown(data, bool(path.stat().st_mode & 0o111), str(path))


def shown(data: bytes, executable: bool, path: str) -> list[Any]:
    """A file for comparing; entry points' scripts are alike if they import and call the same."""
    if "/bin/" in path and b"\nimport sys\nfrom " in data and b"sys.exit(" in data:
        imported = re.search(rb"\nfrom (\S+) import (\S+)", data)
        called = re.search(rb"sys\.exit\((.*)\(\)\)", data)
        if imported and called:
            return ["entry point", *(part.decode() for part in (*imported.groups(), called[1])), executable]
    return [hashlib.sha256(data).hexdigest(), executable]


def layer_files(layer: Path) -> Files:
    """The files of a layer of ours, in the same words."""
    found: Files = {}
    with tarfile.open(layer) as archive:
        for member in archive:
            if member.isdir() or _MADE.fullmatch(member.name):
                continue
            content = archive.extractfile(member) if member.isreg() else None
            data = content.read() if content else b""
            if "/bin/" in member.name and not _starts(data):
                continue
            found[member.name] = shown(data, bool(member.mode & 0o111), "/" + member.name)
    return found


def difference(ours: Files, theirs: Files) -> str:
    """The first few paths that differ; empty where none does. Scripts of ours are always executable."""
    odd = [
        path
        for path in sorted({*ours, *theirs})
        if not re.search(r"/bin/.*\s", path) and ours.get(path) != [REPORTED]
        if ours.get(path) not in (theirs.get(path), [*theirs.get(path, [])[:-1], True])
    ]
    words = {
        path: "is missing" if path not in ours else "is ours alone" if path not in theirs else "differs" for path in odd
    }
    return "; ".join(f"{os.fsencode(path)!r} {what}" for path, what in list(words.items())[:4])
