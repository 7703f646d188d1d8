"""Runs `verify` on an image whose facts are written for a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import verify as main_verify
from distroless_python.documents.elf_facts import ElfFacts
from distroless_python.errors import ToolError
from support.facts import SITE, library, write_layer, write_profile

LABEL = "//app:image"
WHEEL = "opencv-python"
DEBS = {"lock": "bases/debian13.lock.json", "locked": ["libgl1", "libglib2.0-0t64", "libpython3.13"]}


class Verify:
    """Runs `verify` in a directory; `today` is the machine's date."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.directory = directory
        self.capsys = capsys
        self.today = "2026-01-01"
        self.layers: list[dict[str, str]] = []
        self.profile = write_profile(directory / "profile.json")

    def layer(self, name: str, version: str = "1.0", **more: Any) -> None:
        self.layers.append(write_layer(self.directory, name, version, **more))

    def base(self, **more: Any) -> None:
        self.profile = write_profile(self.directory / "profile.json", **more)

    def run(self, **job: Any) -> str:
        """The messages of errors and warnings, each with its remedy; empty where all is well. In two steps."""
        report = str(self.directory / "report.json")
        age = {"end_of_life": job.pop("end_of_life", "")}
        self._verify(**{"profile": self.profile, "layers": self.layers, "debs": DEBS, "report_json": report, **job})
        self.stamp.unlink(missing_ok=True)
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(main_verify, "_today", lambda: self.today)
                self._verify(report=report, output=str(self.stamp), allow=job.get("allow", {}), **age)
        except ToolError as error:
            assert not self.stamp.exists()
            return self.capsys.readouterr().err + str(error)
        assert self.stamp.exists()
        return self.capsys.readouterr().err.rstrip("\n")

    def _verify(self, **job: Any) -> None:
        manifest = self.directory / "manifest.json"
        manifest.write_text(json.dumps({"label": LABEL, **job}), encoding="utf-8")
        main_verify.main([str(manifest)])

    @property
    def stamp(self) -> Path:
        return self.directory / "verified"


def module(*needed: str, **more: Any) -> ElfFacts:
    return library(f"{SITE}/cv2/cv2.abi3.so", *needed, **more)
