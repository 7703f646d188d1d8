"""One nested workspace for all tests: a first build is the expensive part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nested import Nested


@pytest.fixture(scope="session")
def nested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nested]:
    found = Nested.create(tmp_path_factory.mktemp("nested"))
    yield found
    found.shutdown()
