"""Applications of the table, from the package index to what they answer, without an edit."""

from __future__ import annotations

from pathlib import Path

import pytest

import strangers


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all: the base's packages are fetched once."""
    return tmp_path_factory.mktemp("strangers")


@pytest.mark.parametrize("name", ["django-startproject", "flake8"])
def test_an_application(name: str, work: Path) -> None:
    run = strangers.go(strangers.applications()[name], None, work)
    assert not run.stopped, run.stopped
    assert run.edits == 0
    assert run.images > 0
