"""An image whose layers are not on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.lazy_push import Lazy, pushing_lazily


@pytest.fixture
def lazy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lazy]:
    with pushing_lazily(tmp_path, monkeypatch) as found:
        yield found
