"""Who runs in an image, by which emulator, and what is shown there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from distroless_python.errors import ToolError
from distroless_python.sandbox.image_sandbox import UnpackedImage, emulation, user_of
from distroless_python.sandbox.mounts import Bind
from distroless_python.sandbox.unpacked_root import User
from support import layouts


def test_another_architecture_without_an_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(ToolError, match=r"//app:test: the image is for s390x, .*\n.*qemu-user-static"):
        emulation("s390x", "//app:test")


@pytest.mark.parametrize("program", ["qemu-s390x-static", "qemu-s390x"])
def test_another_architecture_with_an_emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, **_: f"/usr/bin/{name}" if name == program else None)
    emulator = emulation("s390x", "//app:test")
    assert emulator == Bind(f"/usr/bin/{program}", "/.test/qemu")
    (tmp_path / "script").write_bytes(b"#!/usr/bin/python3.13 -I\n")
    (tmp_path / "program").write_bytes(b"\x7fELF")
    inside = UnpackedImage((str(tmp_path),), {}, User(1, 1), "/", emulator)
    assert inside.prefixed(["/script", "x"]) == ["/.test/qemu", "/usr/bin/python3.13", "-I", "/script", "x"]
    assert inside.prefixed(["/program", "x"]) == ["/.test/qemu", "/program", "x"]


def test_this_machine_needs_no_emulator() -> None:
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
    assert emulation(architecture, "//app:test") is None


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("", (User(0, 0), "/root")),
        ("65532", (User(65532, 65532), "/home/nonroot")),
        ("nonroot", (User(65532, 65532), "/home/nonroot")),
        ("nonroot:staff", (User(65532, 50), "/home/nonroot")),
        ("1000", (User(1000, 0), "/")),
        ("1000:1001", (User(1000, 1001), "/")),
    ],
)
def test_users(tmp_path: Path, user: str, expected: tuple[User, str]) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_bytes(layouts.PASSWD + b"broken\n")
    (tmp_path / "etc" / "group").write_bytes(b"staff:x:50:\n")
    assert user_of({"User": user}, str(tmp_path)) == expected


@pytest.mark.parametrize(("user", "file"), [("nobody", "passwd"), ("0:nobody", "group")])
def test_a_user_that_the_image_does_not_know(tmp_path: Path, user: str, file: str) -> None:
    with pytest.raises(ToolError, match=f"user '{user}' is not in its /etc/{file}"):
        user_of({"User": user}, str(tmp_path))
