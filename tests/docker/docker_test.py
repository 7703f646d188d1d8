"""The Django image in a real Docker daemon: loaded, started, asked."""

from __future__ import annotations

import json
import struct
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from engine import call, create, loaded, start, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
IMAGE = "django:latest"
PORT = "8000/tcp"


@pytest.fixture(scope="module", autouse=True)
def _image() -> Iterator[None]:
    with loaded(IMAGE):
        yield


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    bindings = {PORT: [{"HostIp": "127.0.0.1", "HostPort": ""}]}
    config = {"PortBindings": bindings, "ReadonlyRootfs": True, "Tmpfs": {"/tmp": ""}}
    container = start(create(IMAGE, HostConfig=config))
    details = json.loads(call("GET", f"/containers/{container}/json")[1])
    url = f"http://127.0.0.1:{details['NetworkSettings']['Ports'][PORT][0]['HostPort']}"
    for _ in range(240):
        try:
            urllib.request.urlopen(url, timeout=10).close()
            break
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    yield url
    print(call("GET", f"/containers/{container}/logs?stdout=1&stderr=1")[1].decode(errors="replace"))
    call("DELETE", f"/containers/{container}?force=1")


def test_index_says_hello(base_url: str) -> None:
    with urllib.request.urlopen(f"{base_url}/", timeout=30) as answer:
        assert (answer.status, answer.read()) == (200, b"Hello World")


def test_future_is_a_picture(base_url: str) -> None:
    with urllib.request.urlopen(f"{base_url}/future", timeout=30) as answer:
        head = answer.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (500, 300)


def test_there_is_no_shell() -> None:
    container = create(IMAGE, Entrypoint=["/bin/sh"], Cmd=[])
    status, answer = call("POST", f"/containers/{container}/start")
    call("DELETE", f"/containers/{container}?force=1")
    assert status >= 400
    assert b"/bin/sh" in answer


def test_it_runs_as_nonroot() -> None:
    details = json.loads(call("GET", f"/images/{IMAGE}/json")[1])
    assert details["Config"]["User"] == "65532"
