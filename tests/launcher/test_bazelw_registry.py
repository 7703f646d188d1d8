"""The registry of `--config=offline`."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).absolute().parents[2]
MODULES = REPOSITORY / "offline" / "registry" / "modules"


def test_it_has_the_version_that_this_module_asks_for() -> None:
    text = (REPOSITORY / "MODULE.bazel").read_text()
    asked = dict(re.findall(r'^bazel_dep\(name = "([^"]+)", version = "([^"]+)"', text, re.MULTILINE))
    ours = {name: version for name, version in asked.items() if (MODULES / name).is_dir()}
    assert "rules_oci" in ours
    for name, version in ours.items():
        assert (MODULES / name / version / "MODULE.bazel").exists(), f"offline/registry has no {name} {version}"


def test_each_module_says_its_name_and_version() -> None:
    found = sorted(MODULES.glob("*/*/MODULE.bazel"))
    assert found
    for path in found:
        name, version = path.parts[-3:-1]
        assert path.read_text() == f'module(\n    name = "{name}",\n    version = "{version}",\n)\n'
