"""Writes the facts of an image, base and layers, as the actions would, for what reads nothing but facts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from distroless_python.documents import layer_facts as facts
from distroless_python.documents.elf_facts import ElfDocument, ElfFacts, Script, UnreadableElf, write_document
from distroless_python.documents.layer_facts import Blob, FileFacts, LayerFacts, Span, WheelFacts

SITE = "usr/local/lib/python3.13/dist-packages"
LIB = "usr/lib/x86_64-linux-gnu"


def library(path: str, *needed: str, **more: Any) -> ElfFacts:
    """Facts of a shared object whose soname is its file's name."""
    soname = "" if ".cpython-" in path or ".abi3." in path else path.rpartition("/")[2]
    return ElfFacts(path, **{"bits": 64, "machine": "x86_64", "soname": soname, "needed": needed, **more})


BASE_LIBRARIES = (
    ElfFacts("usr/bin/python3.13", 64, "x86_64", needed=("libc.so.6", "libz.so.1"), interpreter="/lib64/ld.so"),
    library(f"{LIB}/libc.so.6", defines=("GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_2.41")),
    library(f"{LIB}/libz.so.1", "libc.so.6"),
    library(f"{LIB}/libstdc++.so.6", "libc.so.6", defines=("GLIBCXX_3.4", "GLIBCXX_3.4.33")),
)


def write_profile(
    path: Path, *, files: Iterable[str] = (), elf: Iterable[ElfFacts] = BASE_LIBRARIES, **more: Any
) -> str:
    """A base's profile.json; `files` are there besides its libraries and a few of Python's."""
    libraries = tuple(elf)
    paths = {"usr/lib/python3.13/os.py", "usr/lib/python3.13/venv/__main__.py", "usr/lib64/ld.so", *files}
    entries = [{"path": name, "type": "file", "mode": 0o644, "size": 10} for name in paths]
    entries += [{"path": item.path, "type": "file", "mode": 0o755, "size": 100} for item in libraries]
    entries += [
        {"path": name, "type": "link", "mode": 0o777, "size": 0, "target": f"usr/{name}"}
        for name in ("bin", "lib", "lib64")
    ]
    profile = {
        "format": 1,
        "architecture": "amd64",
        "os": "linux",
        "variant": "",
        "python": {
            "version": "3.13",
            "executable": "/usr/bin/python3.13",
            "dist_packages": f"/{SITE}",
            "stdlib": "/usr/lib/python3.13",
            "cache_tag": "cpython-313",
            "abi": "cp313",
        },
        "glibc": "2.41",
        "loader": "/lib64/ld.so",
        "release": {"id": "debian", "version_id": "13", "codename": "trixie"},
        "manifest": {"digest": "sha256:0", "size": 1, "mediaType": "x"},
        "layers": [{"digest": "sha256:1", "size": 1000, "mediaType": "x", "diff_id": "sha256:2"}],
        "config": {"config": {"Env": ["LANG=C.UTF-8"]}, "history": [{"created_by": "libc6 2.41-12"}]},
        "library_path": ["/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib"],
        "elf": [item.to_json() for item in libraries],
        "files": sorted(entries, key=lambda entry: str(entry["path"])),
        "packages": [{"name": "python3.13-minimal", "version": "3.13.5-2", "architecture": "amd64"}],
        **more,
    }
    path.write_text(json.dumps(profile), encoding="utf-8")
    return str(path)


def write_layer(
    directory: Path,
    name: str,
    version: str = "1.0",
    *,
    kind: str = "wheel",
    files: Mapping[str, str] | Iterable[str] = (),
    links: Mapping[str, str] | None = None,
    elf: Sequence[ElfFacts] = (),
    unreadable: Sequence[UnreadableElf] = (),
    scripts: Sequence[Script] = (),
    private_keys: Sequence[str] = (),
    size: int = 500,
    **wheel: Any,
) -> dict[str, str]:
    """A layer's two files of facts; `files` are paths, or paths and contents; `wheel` are members of WheelFacts."""
    contents = dict(files) if isinstance(files, Mapping) else dict.fromkeys(files, name)
    seen = [item.path for item in elf] + [item.path for item in unreadable] + [item.path for item in scripts]
    for path in (*seen, *private_keys):
        contents.setdefault(path, name)
    entries = [
        FileFacts(path, "file", 0o644, len(text), hashlib.sha256(text.encode()).hexdigest())
        for path, text in contents.items()
    ]
    entries += [FileFacts(path, "link", 0o777, target=target) for path, target in (links or {}).items()]
    stem = directory / f"{re.sub(r'[^a-z0-9.]+', '_', name)}-{version}"  # an app's name is a label
    layer = LayerFacts(
        blob=Blob("sha256:3", size),
        diff_id="sha256:4",
        body=Span(0, size),
        diff_body=Span(0, size),
        directories=(),
        files=tuple(sorted(entries, key=lambda entry: entry.path)),
        kind=kind,
        name=name,
        version=version,
        label=f"//wheels:{name}",
        wheel=WheelFacts(**{"tags": ("py3-none-any",), **wheel}) if kind == "wheel" else None,
    )
    facts.write(f"{stem}.layer.json", layer)
    document = ElfDocument(tuple(elf), tuple(unreadable), tuple(scripts), tuple(private_keys))
    write_document(f"{stem}.elf.json", document)
    return {"facts": f"{stem}.layer.json", "elf": f"{stem}.elf.json"}
