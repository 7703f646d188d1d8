"""Writes the facts of an image, base and layers, as the actions would, for what reads nothing but facts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from distroless_python.documents.base_profile import BaseLayer, BasePackage, BaseProfile, Release
from distroless_python.documents.layer_contents import FileFacts, LayerContents, Script, UnreadableElf, write_known
from distroless_python.documents.layer_facts import Blob, Distribution, LayerFacts, Span
from distroless_python.documents.python_target import PythonTarget
from distroless_python.formats.elf import ElfFacts
from distroless_python.layer.module_facts import ModuleReader
from distroless_python.manifests.layers import LayerOutput

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


def write_base(
    directory: Path, *, files: Iterable[str] = (), elf: Iterable[ElfFacts] = BASE_LIBRARIES, **more: Any
) -> dict[str, str]:
    """A base's profile and contents; `files` are there besides its libraries and a few of Python's."""
    libraries = tuple(elf)
    paths = {"usr/lib/python3.13/os.py", "usr/lib/python3.13/venv/__main__.py", "usr/lib64/ld.so", *files}
    entries = [FileFacts(name, "file", 0o644, 10) for name in paths]
    entries += [FileFacts(item.path, "file", 0o755, 100) for item in libraries]
    entries += [FileFacts(name, "link", 0o777, target=f"usr/{name}") for name in ("bin", "lib", "lib64")]
    about: dict[str, Any] = {
        "architecture": "amd64",
        "os": "linux",
        "variant": "",
        "python": PythonTarget("3.13", "/usr/bin/python3.13", f"/{SITE}", "cpython-313", "/usr/local"),
        "stdlib": "/usr/lib/python3.13",
        "abi": "cp313",
        "glibc": "2.41",
        "loader": "/lib64/ld.so",
        "release": Release("debian", "13", "trixie"),
        "end_of_life": "",
        "manifest": "sha256:0",
        "layers": (BaseLayer("sha256:1", 1000, "x", "sha256:2"),),
        "config": {"config": {"Env": ["LANG=C.UTF-8"]}, "history": [{"created_by": "libc6 2.41-12"}]},
        "library_path": ("/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib"),
        "packages": (BasePackage("python3.13-minimal", "3.13.5-2", "amd64"),),
        **more,
    }
    BaseProfile(**about).write(directory / "profile.json")
    LayerContents(tuple(sorted(entries)), libraries).write(directory / "base.json")
    return {"profile": str(directory / "profile.json"), "base": str(directory / "base.json")}


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
    large: int = 0,
    part: str = "",
    **wheel: Any,
) -> dict[str, str]:
    """A layer's two files of facts; `files` are paths, or paths and contents; one of `large` bytes is
    there, too; `wheel` are members of Distribution."""
    contents = dict(files) if isinstance(files, Mapping) else dict.fromkeys(files, name)
    seen = [item.path for item in elf] + [item.path for item in unreadable] + [item.path for item in scripts]
    for path in (*seen, *private_keys):
        contents.setdefault(path, name)
    entries = [
        FileFacts(path, "file", 0o644, len(text), hashlib.sha256(text.encode()).hexdigest())
        for path, text in contents.items()
    ]
    entries += [FileFacts(path, "link", 0o777, target=target) for path, target in (links or {}).items()]
    entries += [FileFacts(f"{SITE}/{name}.bin", "file", 0o644, large)] if large else []
    stem = directory / f"{part}{re.sub(r'[^a-z0-9.]+', '_', name)}-{version}"  # an app's name is a label
    layer = LayerFacts(
        layer=kind,
        name=name,
        version=version,
        label=f"//wheels:{name}",
        blob=Blob("sha256:3", size),
        diff_id="sha256:4",
        body=Span(0, size),
        diff_body=Span(0, size),
        directories=directories(contents),
        files=len(entries),
        unpacked=sum(entry.size for entry in entries),
        wheel=Distribution(**{"tags": ("py3-none-any",), **wheel})
        if kind == "wheel" and part[:1] in ("", "1")
        else None,
        part=part,
    )
    listed = tuple(sorted(entries, key=lambda entry: entry.path))
    seen_in = LayerContents(
        listed,
        tuple(elf),
        tuple(unreadable),
        tuple(scripts),
        tuple(private_keys),
        python=_python(kind, contents),
        texts={path: text for path, text in contents.items() if path.endswith(".pth")},
    )
    written = LayerOutput("", f"{stem}.layer.json", f"{stem}.contents.json")
    write_known(layer, seen_in, written)
    return {"facts": written.facts, "contents": written.contents}


def _python(kind: str, contents: Mapping[str, str]) -> dict[str, Any]:
    """What the modules among some files ask for; a source that starts with `invalid` cannot be parsed."""
    reader = ModuleReader(SITE if kind == "wheel" else "app", "3.13", first_party=kind != "wheel")
    for path, text in contents.items():
        if reader.wants(path, len(text)):
            reader.add(path, text.encode())
            if text.startswith("invalid"):
                reader.is_invalid(path, 1, "invalid syntax")
    found = reader.facts(contents)
    return found.to_json() if found.modules else {}


def directories(paths: Iterable[str]) -> tuple[str, ...]:
    """The directories above some paths, each with a slash at its end."""
    found = {f"{'/'.join(path.split('/')[:depth])}/" for path in paths for depth in range(1, path.count("/") + 1)}
    return tuple(sorted(found))
