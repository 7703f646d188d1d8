"""A registry for all tests, and one behind a login."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import real_registry
from real_registry import RealRegistry


@pytest.fixture(scope="session", autouse=True)
def _docker_config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No credentials: neither the pushes nor other tools see the machine's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_CONFIG", str(tmp_path_factory.mktemp("docker")))
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session", params=real_registry.PROGRAMS, ids="distribution {}".format)
def registry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRegistry]:
    with real_registry.running(tmp_path_factory.mktemp("registry"), request.param) as found:
        yield found


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[RealRegistry]:
    """It wants to know who pushes."""
    with real_registry.running(tmp_path, login=True) as found:
        yield found
