"""An image with a shell, a health check and a volume in a real Docker daemon."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine import call, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
IMAGE = "healthy:test"


@pytest.fixture(scope="module", autouse=True)
def _image() -> Iterator[None]:
    with Path(os.environ["TARBALL"]).open("rb") as tarball:
        status, answer = call("POST", "/images/load?quiet=1", tarball)
    assert status == 200, answer
    assert IMAGE in answer.decode(), answer
    yield
    call("DELETE", f"/images/{IMAGE}?force=1")


def create(**config: object) -> str:
    status, answer = call("POST", "/containers/create", {"Image": IMAGE, **config})
    assert status == 201, answer
    container = str(json.loads(answer)["Id"])
    status, answer = call("POST", f"/containers/{container}/start")
    assert status == 204, answer
    return container


def inspect(container: str) -> dict[str, Any]:
    details: dict[str, Any] = json.loads(call("GET", f"/containers/{container}/json")[1])
    return details


@pytest.fixture
def container() -> Iterator[str]:
    name = create(HostConfig={"ReadonlyRootfs": True, "Tmpfs": {"/tmp": ""}})
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
    name = create(Entrypoint=["/busybox/sh", "-c"], Cmd=["/busybox/ls /busybox | /busybox/grep -cx busybox"])
    status, answer = call("POST", f"/containers/{name}/wait")
    logs = call("GET", f"/containers/{name}/logs?stdout=1&stderr=1")[1]
    call("DELETE", f"/containers/{name}?force=1&v=1")
    assert (status, json.loads(answer)["StatusCode"]) == (200, 0), logs
    assert logs.strip().endswith(b"1")
