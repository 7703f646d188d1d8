"""Runs `verify` on an image whose facts are written for a test."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import report as main_report
from distroless_python.actions import verify as main_verify
from distroless_python.errors import ToolError
from distroless_python.formats.elf import ElfFacts
from support.facts import SITE, library, write_base, write_layer

LABEL = "//app:image"
MAIN = {"kind": "file", "value": "/app/_main/main.py"}
WHEEL = "opencv-python"
DEBS = {"lock": "bases/debian13.lock.json", "locked": ["libgl1", "libglib2.0-0t64", "libpython3.13"]}


class Verify:
    """Runs `verify` and `report` in a directory; `today` is an input, as it is to the actions."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.directory = directory
        self.capsys = capsys
        self.today = "2026-01-01"
        self.layers: list[dict[str, str]] = []
        self._base = write_base(directory)

    def layer(self, name: str, version: str = "1.0", **more: Any) -> None:
        self.layers.append(write_layer(self.directory, name, version, **more))

    def base(self, **more: Any) -> None:
        self._base = write_base(self.directory, **more)

    def run(self, **job: Any) -> str:
        """The messages of errors and warnings, each with its remedy; empty where all is well."""
        self.stamp.unlink(missing_ok=True)
        try:
            self._start(main_verify.main, job, output=str(self.stamp))
        except ToolError as error:
            assert not self.stamp.exists()
            return self.capsys.readouterr().err + str(error)
        assert self.stamp.exists()
        return self.capsys.readouterr().err.rstrip("\n")

    def report(self, **job: Any) -> dict[str, Any]:
        """The report; the page is beside it."""
        report = self.directory / "report.json"
        digest = self.directory / "digest"
        digest.write_text("sha256:5", encoding="utf-8")
        facts = [layer["facts"] for layer in self.layers]
        about = {"user": "65532", "ports": ["8000/tcp"], "labels": {"a": "b"}, "facts": facts}
        outputs = {"json": str(report), "html": str(self.page), "digest": str(digest)}
        self._start(main_report.main, {**about, **job}, **outputs)
        value: dict[str, Any] = json.loads(report.read_bytes())
        return value

    def _start(self, main: Callable[[list[str]], int], job: Mapping[str, Any], **outputs: str) -> None:
        fixed = {
            "label": LABEL,
            "debs": DEBS,
            "entry": {"kind": "none"},
            "args": [],
            "env": {},
            "gpu": "",
            "workdir": "",
            "allow": {},
            "healthcheck": [],
        }
        manifest = self.directory / "manifest.json"
        everything = {
            **fixed,
            **self._base,
            "layers": [layer["contents"] for layer in self.layers],
            "today": self.today,
            **job,
            **outputs,
        }
        manifest.write_text(json.dumps(everything), encoding="utf-8")
        main([str(manifest)])

    @property
    def page(self) -> Path:
        return self.directory / "report.html"

    @property
    def stamp(self) -> Path:
        return self.directory / "verified"


def module(*needed: str, **more: Any) -> ElfFacts:
    return library(f"{SITE}/cv2/cv2.abi3.so", *needed, **more)


def app(verify: Verify, sources: dict[str, str], **more: Any) -> str:
    """The messages about a program of these sources, in `_main`, that starts with `main.py`."""
    verify.layer(LABEL, "", kind="app", files={f"app/_main/{path}": text for path, text in sources.items()})
    return verify.run(**{"entry": MAIN, "imports": ["/app/_main"], **more})
