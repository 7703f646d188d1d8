"""`base`, `profile` and `interpreter`, one after the other, from packages synthesised here."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from distroless_python.actions import interpreter as main_interpreter
from distroless_python.actions import packages_interpreter as main_packages_interpreter
from distroless_python.documents.base_profile import BasePackage, BaseProfile, Release
from distroless_python.documents.layer_contents import FileFacts, LayerContents
from distroless_python.documents.python_target import PythonTarget
from distroless_python.errors import ToolError
from distroless_python.formats import ld_cache as ldcache
from distroless_python.formats.oci import Layout
from support.bases import LOADER, PACKAGES, VERSIONS, base_manifest, build, describe_layout, layer_files


def unpacked(layout: Layout) -> dict[str, tarfile.TarInfo]:
    """Every path of the image; of what stands in several layers the last."""
    found: dict[str, tarfile.TarInfo] = {}
    for descriptor in layout.children(layout.image())[1:]:
        with tarfile.open(layout.blob(descriptor.digest)) as archive:
            found.update((entry.name, entry) for entry in archive)
    return found


def content(layout: Layout, path: str) -> bytes:
    """A file's content, of the uppermost layer that has it."""
    for descriptor in reversed(layout.children(layout.image())[1:]):
        with tarfile.open(layout.blob(descriptor.digest)) as archive:
            if path in archive.getnames():
                stream = archive.extractfile(path)
                assert stream is not None
                return stream.read()
    raise KeyError(path)


def test_golden_listing(tmp_path: Path) -> None:
    layout = build(tmp_path)
    listed = [
        f"{e.mode:04o} {e.uid} {e.name}{'/' * e.isdir()}{f' -> {e.linkname}' if e.linkname else ''}"
        for e in unpacked(layout).values()
        if not e.name.startswith(("var/lib/dpkg", "usr/lib/python3.11/"))
    ]
    assert sorted(listed, key=lambda line: line.split()[2]) == [
        "0777 0 bin -> usr/bin",
        "0755 0 etc/",
        "0644 0 etc/group",
        "0644 0 etc/ld.so.cache",
        "0644 0 etc/ld.so.conf",
        "0755 0 etc/ld.so.conf.d/",
        "0644 0 etc/ld.so.conf.d/libc.conf",
        "0644 0 etc/ld.so.conf.d/x86_64-linux-gnu.conf",
        "0644 0 etc/nsswitch.conf",
        "0777 0 etc/os-release -> ../usr/lib/os-release",
        "0644 0 etc/passwd",
        "0755 0 etc/ssl/",
        "0755 0 etc/ssl/certs/",
        "0644 0 etc/ssl/certs/ca-certificates.crt",
        "0755 0 home/",
        "0700 65532 home/nonroot/",
        "0777 0 lib -> usr/lib",
        "0777 0 lib64 -> usr/lib64",
        "0700 0 root/",
        "1777 0 tmp/",
        "0755 0 usr/",
        "0755 0 usr/bin/",
        "0777 0 usr/bin/python -> python3.11",
        "0777 0 usr/bin/python3 -> python3.11",
        "0755 0 usr/bin/python3.11",
        "0755 0 usr/lib/",
        "0644 0 usr/lib/os-release",
        "0755 0 usr/lib/python3.11/",
        "0755 0 usr/lib/ssl/",
        "0777 0 usr/lib/ssl/cert.pem -> /etc/ssl/certs/ca-certificates.crt",
        "0755 0 usr/lib/x86_64-linux-gnu/",
        "0644 0 usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "0644 0 usr/lib/x86_64-linux-gnu/libc.so.6",
        "0777 0 usr/lib/x86_64-linux-gnu/libz.so.1 -> libz.so.1.3.1",
        "0644 0 usr/lib/x86_64-linux-gnu/libz.so.1.3.1",
        "0755 0 usr/lib64/",
        "0777 0 usr/lib64/ld-linux-x86-64.so.2 -> /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "0755 0 var/",
        "0755 0 var/lib/",
    ]


def test_no_layer_has_a_directory_where_an_earlier_one_has_a_link(tmp_path: Path) -> None:
    layout = build(tmp_path)
    links: set[str] = set()
    for descriptor in layout.children(layout.image())[1:]:
        with tarfile.open(layout.blob(descriptor.digest)) as archive:
            found = archive.getmembers()
        names = [entry.name for entry in found]
        assert len(set(names)) == len(names)  # Docker refuses a layer that names a path twice
        assert not links & {parent for name in names for parent in (name, *map(str, Path(name).parents))} - {"."}
        links |= {entry.name for entry in found if entry.issym()}


def test_the_files_that_no_package_has(tmp_path: Path) -> None:
    layout = build(tmp_path)
    assert content(layout, "usr/lib/os-release").decode().splitlines() == [
        'PRETTY_NAME="Distroless"',
        'NAME="Debian GNU/Linux"',
        'ID="debian"',
        'VERSION_ID="12"',
        'VERSION="Debian GNU/Linux 12 (bookworm)"',
        'VERSION_CODENAME="bookworm"',
    ]
    assert content(layout, "etc/passwd").decode().splitlines() == [
        "root:x:0:0:root:/root:/sbin/nologin",
        "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin",
        "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin",
    ]
    assert b"nonroot:x:65532:\n" in content(layout, "etc/group")
    assert b"hosts:          files dns\n" in content(layout, "etc/nsswitch.conf")
    assert [(e.name, e.path) for e in ldcache.read(content(layout, "etc/ld.so.cache"))] == [
        ("libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1"),
        ("libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6"),
        ("ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
    ]


def test_image(tmp_path: Path) -> None:
    layout = build(tmp_path)
    image = layout.image("amd64")
    assert image.platform == {"architecture": "amd64", "os": "linux"}
    assert layout.read_json(image)["annotations"] == {"com.google.distroless.python.version": "3.11.2"}
    config = layout.read_json(layout.children(image)[0])
    assert config["config"] == {
        "Entrypoint": ["/usr/bin/python3.11"],
        "Env": [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
            "LANG=C.UTF-8",
        ],
        "User": "65532",
        "WorkingDir": "/home/nonroot",
    }
    assert config["created"] == "1970-01-01T00:00:00Z"
    assert [entry["created_by"] for entry in config["history"]][1:-1] == [
        f"{name} {VERSIONS.get(name, '1.0-1')}" for name in PACKAGES
    ]
    package_layers = layout.children(image)[2:-1]
    assert all(os.path.islink(layout.blob(descriptor.digest)) for descriptor in package_layers)
    assert all(layout.existing(descriptor) for descriptor in layout.children(image))


def test_the_variant_of_arm64(tmp_path: Path) -> None:
    image = build(tmp_path, architecture="arm64").image("arm64")
    assert image.platform == {"architecture": "arm64", "os": "linux", "variant": "v8"}


def test_the_same_packages_give_the_same_image(tmp_path: Path) -> None:
    assert build(tmp_path / "a").roots() == build(tmp_path / "b").roots()


BUSYBOX: dict[str, dict[str, bytes | str]] = {
    "busybox-static": {
        "bin/busybox": b"\x7fELF... [\0[[\0busybox\0ls\0sh\0\0usage\0",
        "usr/share/doc/busybox-static/copyright": b"(c)",
    }
}


def test_a_debug_base_has_a_shell_beside(tmp_path: Path) -> None:
    plain = build(tmp_path / "plain")
    base_manifest(tmp_path / "shell", BUSYBOX)
    layout = build(tmp_path / "debug", debug=layer_files(tmp_path / "shell", "busybox-static"))
    assert layout.children(layout.image())[1:-1] == plain.children(plain.image())[1:]
    added = {name: entry for name, entry in unpacked(layout).items() if name not in unpacked(plain)}
    assert {name: entry.linkname for name, entry in added.items() if entry.issym()} == {
        "busybox/[": "busybox",
        "busybox/[[": "busybox",
        "busybox/ls": "busybox",
        "busybox/sh": "busybox",
    }
    assert added["busybox/busybox"].mode == 0o755
    assert "var/lib/dpkg/status.d/busybox-static" in added
    config = layout.read_json(layout.children(layout.image())[0])["config"]
    assert config["Entrypoint"] == ["/usr/bin/python3.11"]
    assert config["Env"][0].endswith(":/bin:/busybox")


def test_a_debug_base_needs_busybox(tmp_path: Path) -> None:
    base_manifest(tmp_path / "shell", {"busybox": {"bin/busybox": b"\x7fELF without a table"}})
    with pytest.raises(
        ToolError, match=r"@@x//:busybox: busybox 1\.0-1 has no /usr/bin/busybox with applets\n.*busybox-static"
    ):
        build(tmp_path, debug=layer_files(tmp_path / "shell", "busybox"))
    assert not (tmp_path / "layout").exists()


def test_a_base_needs_its_python(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"@@x//:base: no package has /usr/bin/python3\.13\n.*python3\.13-minimal"):
        build(tmp_path, python="3.13")
    assert not (tmp_path / "layout").exists()


# What is read of it.


def test_profile(tmp_path: Path) -> None:
    layout = build(tmp_path)
    profile = BaseProfile.read(tmp_path / "profile.json")
    assert profile.python == PythonTarget(
        version="3.11",
        executable="/usr/bin/python3.11",
        dist_packages="/usr/local/lib/python3.11/dist-packages",
        cache_tag="cpython-311",
        prefix="/usr/local",
    )
    assert PythonTarget.read(tmp_path / "python.json") == profile.python
    assert (profile.stdlib, profile.abi) == ("/usr/lib/python3.11", "cp311")
    assert (profile.architecture, profile.os, profile.variant) == ("amd64", "linux", "")
    assert (profile.glibc, profile.loader) == ("2.41", LOADER)
    assert (profile.release, profile.end_of_life) == (Release("debian", "12", "bookworm"), "2028-06-30")
    assert profile.library_path == ("/usr/lib/x86_64-linux-gnu", "/usr/lib")
    assert BasePackage("zlib1g", "1.0-1", "amd64") in profile.packages
    assert [package.name for package in profile.packages] == sorted(PACKAGES)
    assert profile.manifest == layout.image().digest
    assert profile.config == layout.read_json(layout.children(layout.image())[0])
    assert [layer.diff_id for layer in profile.layers] == profile.config["rootfs"]["diff_ids"]
    contents = LayerContents.read(tmp_path / "contents.json")
    by_path = {file.path: file for file in contents.files}
    assert by_path["usr/bin/python3"] == FileFacts("usr/bin/python3", "link", 0o777, target="python3.11")
    assert by_path["lib"].target == "usr/lib"
    libraries = {facts.path: facts for facts in contents.elf}
    assert libraries["usr/lib/x86_64-linux-gnu/libz.so.1.3.1"].soname == "libz.so.1"
    assert libraries["usr/bin/python3.11"].interpreter == LOADER


@pytest.mark.parametrize("debug", [False, True])
def test_what_is_written_of_a_base_is_what_is_read_of_it(tmp_path: Path, debug: bool) -> None:
    """It is put together from what is known of the packages, and no layer is read for it."""
    base_manifest(tmp_path / "shell", BUSYBOX)
    layout = build(tmp_path, debug=layer_files(tmp_path / "shell", "busybox-static") if debug else None)
    (tmp_path / "read").mkdir()
    read = describe_layout(tmp_path / "read", layout)
    assert BaseProfile.read(tmp_path / "profile.json") == replace(read, end_of_life="2028-06-30")
    for name in ("contents", "python"):
        assert (tmp_path / f"{name}.json").read_bytes() == (tmp_path / "read" / f"{name}.json").read_bytes()


def interpreter_of_packages(tmp_path: Path) -> None:
    lines = (tmp_path / "manifest").read_text().splitlines()
    layers = [line for line in lines if json.loads(line).keys() == {"layers"}]
    request = {"architecture": "amd64", "output": str(tmp_path / "out"), "label": "//:base"}
    request["compiler"] = str(tmp_path / "compiler")
    (tmp_path / "request").write_text("\n".join((*layers, json.dumps(request))))
    assert main_packages_interpreter.main([str(tmp_path / "request")]) == 0


def interpreter_of_layout(tmp_path: Path) -> None:
    request = {"layout": str(tmp_path / "layout"), "output": str(tmp_path / "out"), "label": "//:base"}
    request["compiler"] = str(tmp_path / "compiler")
    known = {name: str(tmp_path / f"{name}.json") for name in ("profile", "contents")}
    (tmp_path / "request").write_text(json.dumps({**request, **known}))
    assert main_interpreter.main([str(tmp_path / "request")]) == 0


@pytest.mark.parametrize("take", [interpreter_of_packages, interpreter_of_layout])
def test_interpreter(tmp_path: Path, take: Callable[[Path], None]) -> None:
    build(tmp_path)
    take(tmp_path)

    def found(name: str) -> list[str]:
        root = tmp_path / name
        return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())

    assert set(found("out")) - set(found("compiler")) == {
        "usr/lib/python3.11/lib-dynload/zlib.so",
        "usr/lib/x86_64-linux-gnu/libz.so.1",
    }
    assert set(found("compiler")) < set(found("out"))
    assert found("out") == [
        "interpreter.json",
        "lib64/ld-linux-x86-64.so.2",
        "usr/bin/python3.11",
        "usr/lib/python3.11/lib-dynload/zlib.so",
        "usr/lib/python3.11/os.py",
        "usr/lib/python311.zip",
        "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "usr/lib/x86_64-linux-gnu/libc.so.6",
        "usr/lib/x86_64-linux-gnu/libz.so.1",
    ]
    assert not any(path.is_symlink() for path in (tmp_path / "out").rglob("*"))
    assert os.access(tmp_path / "out/lib64/ld-linux-x86-64.so.2", os.X_OK)
    assert json.loads((tmp_path / "out/interpreter.json").read_text()) == {
        "argv": ["lib64/ld-linux-x86-64.so.2", "--library-path", "usr/lib/x86_64-linux-gnu", "usr/bin/python3.11"],
        "home": "usr",
    }
    with zipfile.ZipFile(io.BytesIO((tmp_path / "out/usr/lib/python311.zip").read_bytes())) as archive:
        assert archive.namelist() == ["json/__init__.py", "os.py", "site.py"]
        assert archive.read("os.py") == b"name = 'posix'\n"
