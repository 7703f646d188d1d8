"""Which servers applications lack: `init` adds them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from distroless_python.generate.main import unserved

_MODULE = """module(name = "example")

distroless = use_extension("@rules_distroless_python//rules:extensions.bzl", "distroless")
distroless.base(name = "python3_debian13", lock = "//:debian13.lock.json")
distroless.wheels(name = "pypi", lock = "//:wheels.lock.json")
use_repo(distroless, "pypi", "python3_debian13")
"""


@pytest.mark.parametrize(
    ("distributions", "source", "servers"),
    [
        (["flask"], "from flask import Flask\napp = Flask(__name__)\n", ["gunicorn"]),
        (["flask", "waitress"], "from flask import Flask\napp = Flask(__name__)\n", []),
        (["fastapi", "gunicorn"], "from fastapi import FastAPI\napp = FastAPI()\n", ["uvicorn"]),
        (["flask"], "", []),
    ],
)
def test_what_is_missing(
    distributions: list[str], source: str, servers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "site"
    root.mkdir()
    (root / "MODULE.bazel").write_text(_MODULE)
    (root / "BUILD.bazel").write_text("# distroless:base @python3_debian13\n")
    (root / "app.py").write_text(source)
    files = {name: [{"top_level": [name], "direct": True}] for name in distributions}
    lock = {"format": 1, "kind": "wheels", "environments": {}, "distributions": files}
    (root / "wheels.lock.json").write_text(json.dumps(lock))
    before = sorted(root.iterdir())
    assert unserved(root) == servers
    assert sorted(root.iterdir()) == before
