"""Every code of verification: an image that has such a finding, and the same image with the finding allowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from distroless_python.documents.base_profile import BaseLayer, Release
from distroless_python.documents.layer_contents import Script, UnreadableElf
from distroless_python.verify.codes import ALLOWED, CODES, WARNING
from support.facts import SITE
from support.verification import LABEL, Verify, module

OF_ALLOW_ITSELF = {"unexplained-exception", "unused-exception"}
"""What is wrong with `allow` cannot be allowed by `allow`."""
STDLIB = [f"usr/lib/python3.13/{name}.py" for name in ("os", "ctypes", "subprocess", "email")]


def program(source: str, **more: str) -> Callable[[Verify], dict[str, Any]]:
    """An image that starts a file of this source."""

    def make(verify: Verify) -> dict[str, Any]:
        verify.base(files=STDLIB)
        files = {"app/_main/main.py": source, **{f"app/_main/{name}.py": text for name, text in more.items()}}
        verify.layer(LABEL, "", kind="app", files=files)
        return {"entry": {"kind": "file", "value": "/app/_main/main.py"}, "imports": ["/app/_main"]}

    return make


def wheel(name: str, **more: Any) -> Callable[[Verify], dict[str, Any]]:
    """An image with one wheel."""

    def make(verify: Verify) -> dict[str, Any]:
        verify.layer(name, **more)
        return {}

    return make


def job(**members: Any) -> Callable[[Verify], dict[str, Any]]:
    """An image with nothing in it, of which this is said."""
    return lambda verify: members


def base(**more: Any) -> Callable[[Verify], dict[str, Any]]:
    """An image with nothing in it, on such a base."""

    def make(verify: Verify) -> dict[str, Any]:
        verify.base(**more)
        verify.layer("x")
        return {}

    return make


def two(*versions: str, **members: Any) -> Callable[[Verify], dict[str, Any]]:
    """An image with the wheels `one` and `two`."""

    def make(verify: Verify) -> dict[str, Any]:
        for name, version in zip(("one", "two"), versions):
            verify.layer(name, version, **{key: value[name] for key, value in members.items() if name in value})
        return {}

    return make


IMAGES: dict[str, Callable[[Verify], dict[str, Any]]] = {
    "duplicate-path": two("1", "2", files={name: {f"{SITE}/x/a.py": name} for name in ("one", "two")}),
    "end-of-life": base(release=Release("debian", "10", "buster")),
    "hidden-module": program("", email=""),
    "invalid-entry-point": wheel("x", entry_points={"x": "not a reference"}),
    "invalid-requirement": wheel("x", requires_dist=("foo (>dev)",)),
    "missing-data": program("import os\nopen(os.path.join(os.path.dirname(__file__), 'train.csv'))"),
    "missing-entry": job(entry={"kind": "module", "value": "gunicorn"}),
    "missing-healthcheck": job(healthcheck=["curl", "-f"]),
    "missing-import": program("import packaging"),
    "missing-interpreter": wheel("x", scripts=[Script("usr/local/bin/x", "/bin/sh")]),
    "missing-library": program("import ctypes\nctypes.CDLL('libmagic.so.1')"),
    "missing-program": program("import subprocess\nsubprocess.run(['git'])"),
    "missing-requirement": wheel("x", requires_dist=("asgiref>=3.8",)),
    "secret-file": wheel(LABEL, kind="app", files=["app/_main/.env"]),
    "shell-call": program("import os\nos.system('a')"),
    "too-many-layers": base(layers=(BaseLayer("sha256:1", 1, "x", "sha256:2"),) * 125),
    "undefined-soname": wheel("x", elf=[module("libGL.so.1")]),
    "undefined-version": wheel("x", elf=[module("libc.so.6", requires={"libc.so.6": ("GLIBC_2.99",)})]),
    "unexplained-exception": job(allow={"missing-entry:x": " "}, entry={"kind": "module", "value": "x"}),
    "unreadable-elf": wheel("x", unreadable=[UnreadableElf(f"{SITE}/x/a.so", "it is cut short")]),
    "unsatisfied-requirement": two("1", "2", requires_dist={"one": ("two>=3",)}),
    "unused-exception": job(allow={"missing-entry:x": "it is not there"}),
    "unused-gpu": wheel("nvidia-cublas", size=900_000_000),
    "wrong-machine": wheel("x", elf=[module(machine="aarch64")]),
    "wrong-python": wheel("x", requires_python="<3"),
    "wrong-syntax": program("invalid"),
    "wrong-tag": wheel("x", tags=("cp311-cp311-manylinux_2_17_x86_64",)),
}
"""By code: what makes an image that has such a finding and no other."""


def test_every_code_has_an_image() -> None:
    assert IMAGES.keys() == CODES.keys()


@pytest.mark.parametrize("code", CODES)
def test_a_finding_that_is_allowed(verify: Verify, code: str) -> None:
    about = IMAGES[code](verify)
    (name,) = [item["name"] for item in verify.report(**about)["findings"] if item["level"] != ALLOWED]
    assert name.partition(":")[0] == code
    said = verify.run(**about)
    assert said.startswith("warning: " if CODES[code].level == WARNING else "error: ")
    assert f"[{name}]" in said

    allowed = {**about, "allow": {name: "as somebody decided"}}
    if code in OF_ALLOW_ITSELF:
        assert f"[unused-exception:{name}]" in verify.run(**allowed)
        return
    assert verify.run(**allowed) == ""
    assert [(item["name"], item["level"]) for item in verify.report(**allowed)["findings"]] == [(name, ALLOWED)]
