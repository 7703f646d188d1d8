"""An image with a shell, a health check and a volume in a real Docker daemon."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from engine import call, create, loaded, start, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
IMAGE = "healthy:test"


@pytest.fixture(scope="module", autouse=True)
def _image() -> Iterator[None]:
    with loaded(IMAGE):
        yield


def inspect(container: str) -> dict[str, Any]:
    details: dict[str, Any] = json.loads(call("GET", f"/containers/{container}/json")[1])
    return details


@pytest.fixture
def container() -> Iterator[str]:
    name = start(create(IMAGE, HostConfig={"ReadonlyRootfs": True, "Tmpfs": {"/tmp": ""}}))
    yield name
    call("DELETE", f"/containers/{name}?force=1&v=1")


def test_it_becomes_healthy_and_says_so_at_once(container: str) -> None:
    for _ in range(60):
        if inspect(container)["State"]["Health"]["Status"] == "healthy":
            break
        time.sleep(0.5)
    state = inspect(container)["State"]
    assert state["Health"]["Status"] == "healthy", state
    # Printed while it runs: PYTHONUNBUFFERED.
    assert b"alive" in call("GET", f"/containers/{container}/logs?stdout=1")[1]


def test_the_volume_is_there(container: str) -> None:
    assert [mount["Destination"] for mount in inspect(container)["Mounts"] if mount["Type"] == "volume"] == ["/data"]


def test_there_is_a_shell() -> None:
    command = ["/busybox/ls /busybox | /busybox/grep -cx busybox"]
    name = start(create(IMAGE, Entrypoint=["/busybox/sh", "-c"], Cmd=command))
    status, answer = call("POST", f"/containers/{name}/wait")
    logs = call("GET", f"/containers/{name}/logs?stdout=1&stderr=1")[1]
    call("DELETE", f"/containers/{name}?force=1&v=1")
    assert (status, json.loads(answer)["StatusCode"]) == (200, 0), logs
    assert logs.strip().endswith(b"1")
