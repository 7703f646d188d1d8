"""`lock pip-parse`: what it prints."""

from __future__ import annotations

import pytest

from distroless_python.lock import main
from distroless_python.lock.environments import parse_all
from distroless_python.lock.main_pip_parse import lines

DEBIAN13 = """python = use_extension("@rules_python//python/extensions:python.bzl", "python")
python.toolchain(python_version = "3.13")

pip = use_extension("@rules_python//python/extensions:pip.bzl", "pip")
pip.parse(
    hub_name = "deps",
    python_version = "3.13",
    requirements_lock = "//:r.txt",
    target_platforms = [
        "linux_aarch64",
        "linux_x86_64",
        "{os}_{arch}",
    ],
)
use_repo(pip, "deps")
"""


def test_a_release(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["pip-parse", "--release", "debian13", "--hub", "deps", "--requirements", "//:r.txt"]) == 0
    assert capsys.readouterr().out == DEBIAN13


def test_one_architecture() -> None:
    text = lines(parse_all(["debian12_amd64"]), "pip", "//:r.txt")
    assert '"linux_x86_64",\n        "{os}_{arch}"' in text
    assert "aarch64" not in text


def test_several_releases_share_a_hub() -> None:
    text = lines(parse_all(["debian12_amd64", "debian13_amd64"]), "pip", "//:r.txt")
    assert text.count("pip.parse(") == 2
    assert text.count('use_repo(pip, "pip")') == 1
    assert "whl_abi_tags" not in text


def test_debian10_with_its_abi_and_no_toolchain() -> None:
    text = lines(parse_all(["debian10_amd64", "debian13_amd64"]), "pip", "//:r.txt")
    assert 'python.override(minor_mapping = {"3.7": "3.7.3"})' in text
    assert text.count("python.toolchain(") == 1
    assert '"cp{major}{minor}m"' in text
    old = text[text.index("pip.parse(") : text.index('python_version = "3.13",\n    requirements_lock')]
    assert 'python_interpreter = "python3"' in old
    assert "{os}" not in old.partition("pip.parse(")[2].partition("\n)")[0]
