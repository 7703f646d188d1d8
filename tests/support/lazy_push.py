"""An image whose layers are not on this machine, and what it is pushed from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import push as main_push
from distroless_python.formats.oci import Layout
from distroless_python.registry import client as registries
from distroless_python.registry import sources
from distroless_python.registry.retry import Retry
from support import layouts
from support.cache import HttpCache
from support.cache import serving as serving_cache
from support.registry import Registry, serving


@dataclass
class Lazy:
    """An image without its layers, the workspace that it is pushed from, and a cache with what Bazel made."""

    workspace: Path
    image: Layout
    layers: dict[str, bytes]
    registry: Registry
    cache: HttpCache

    def run(self, *arguments: str, **fields: Any) -> None:
        manifest = {
            "label": "//app:push",
            **layouts.image_files(self.image),
            "repository": f"{self.registry.host}/team/app",
            "tags": ["v1"],
            **fields,
        }
        path = self.workspace / "push.json"
        path.write_text(json.dumps(manifest))
        before = sorted(self.workspace.rglob("*"))
        assert main_push.main([str(path), *arguments]) == 0
        assert sorted(self.workspace.rglob("*")) == before, "nothing is written"

    def configure(self, text: str) -> None:
        (self.workspace / ".bazelrc").write_text(text)

    @property
    def pushed(self) -> bool:
        there = self.registry.blobs.get("team/app", {})
        return bool(self.registry.tags("team/app")) and all(there[key] == data for key, data in self.layers.items())


@contextmanager
def pushing_lazily(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lazy]:
    """With a home, a workspace and a registry of its own; retries do not wait."""
    for name in ("DOCKER_CONFIG", "BUILD_WORKSPACE_DIRECTORY", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    retry = lambda: Retry(attempts=4, first=0.01, longest=0.1)  # noqa: E731
    monkeypatch.setattr(registries, "Retry", retry)
    monkeypatch.setattr(sources, "Retry", retry)
    for name in ("BUILD_WORKING_DIRECTORY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    contents = [layouts.tar([(layouts.member("file"), os.urandom(size))]) for size in (1 << 20, 100)]
    image = layouts.write_layout(tmp_path / "image", contents)
    layers = {}
    for layer in image.children(image.image())[1:]:
        layers[layer.digest] = image.blob(layer.digest).read_bytes()
        image.blob(layer.digest).unlink()
    with serving() as registry, serving_cache() as cache:
        for data in layers.values():
            cache.add(data)
        yield Lazy(tmp_path, image, layers, registry, cache)
