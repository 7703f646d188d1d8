"""A push to a registry that answers whatever it likes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from distroless_python.actions import push
from distroless_python.formats.oci import Layout
from distroless_python.registry import client
from distroless_python.registry.retry import Retry
from hostile.mutate import damage
from hostile.subject import Maker, Subject, named
from support import layouts
from support.registry import Fault, Registry, serving

_REQUESTS = {
    "the version check": "GET /v2/$",
    "whether a blob is there": "HEAD .*/blobs/",
    "the start of an upload": "POST .*/uploads/",
    "a part of an upload": "PATCH ",
    "the end of an upload": "PUT .*/uploads/",
    "a manifest": "PUT .*/manifests/",
    "whether a manifest is there": "(HEAD|GET) .*/manifests/",
}
_ANSWERS: dict[str, dict[str, Any]] = {
    "no status": {"status": 0, "raw": b"nothing\r\n\r\n"},
    "nothing": {"status": 0},
    "half a header": {"status": 0, "raw": b"HTTP/1.1 202 Accepted\r\nLocation: /v2/x"},
    "half a body": {"status": 0, "raw": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"},
    "chunks without end": {"status": 0, "raw": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nx"},
    "a chunk without a size": {"status": 0, "raw": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"},
    "a negative length": {"status": 0, "raw": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"},
    "a length that is not a number": {"status": 0, "raw": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"},
    "a huge length": {"status": 0, "raw": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx"},
    "many headers": {"status": 0, "raw": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n"},
    "a long header": {"status": 0, "raw": b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n"},
    "status 99": {"status": 0, "raw": b"HTTP/1.1 99 No\r\nContent-Length: 0\r\n\r\n"},
    "status 999": {"status": 0, "raw": b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n"},
    "status 100, again and again": {"status": 0, "raw": b"HTTP/1.1 100 Continue\r\n\r\n" * 200},
    "404 and broken JSON": {"status": 404, "body": b"{"},
    "400 and a list": {"status": 400, "body": b"[]"},
    "400 and errors of strings": {"status": 400, "body": b'{"errors": ["x"]}'},
    "400 and errors of null": {"status": 400, "body": b'{"errors": null}'},
    "400 and brackets": {"status": 400, "body": b"[" * 100_000},
    "400 and 9 MB": {"status": 400, "body": b"x" * (9 << 20)},
    "400 and escapes": {"status": 400, "body": b'{"errors": [{"code": "\x1b[31m", "message": "\\u001b[2J"}]}'},
    "401 without a challenge": {"status": 401},
    "401 and a broken challenge": {"status": 401, "headers": {"WWW_Authenticate": "?"}},
    "401 and a file's realm": {"status": 401, "headers": {"WWW_Authenticate": 'Bearer realm="file:///etc/passwd"'}},
    "401 and a broken realm": {"status": 401, "headers": {"WWW_Authenticate": 'Bearer realm="http://[::1"'}},
    "500": {"status": 500},
    "429 for a day": {"status": 429, "headers": {"Retry_After": "86400"}},
    "429 for no time": {"status": 429, "headers": {"Retry_After": "soon"}},
    "307 to itself": {"status": 307, "headers": {"Location": ""}},
    "307 to a file": {"status": 307, "headers": {"Location": "file:///etc/passwd"}},
    "307 to nowhere": {"status": 307, "headers": {"Location": "http://[::1"}},
    "202 and no place": {"status": 202},
    "202 and a broken place": {"status": 202, "headers": {"Location": "http://[::1"}},
    "202 and a place elsewhere": {"status": 202, "headers": {"Location": "http://127.0.0.1:1/x"}},
    "202 and a broken range": {
        "status": 202,
        "headers": {"Location": "/v2/team/app/blobs/uploads/x", "Range": "x"},
    },
    "202 and a range too far": {
        "status": 202,
        "headers": {"Location": "/v2/team/app/blobs/uploads/x", "Range": "0-999999999"},
    },
    "201 and another digest": {"status": 201, "headers": {"Docker_Content_Digest": "sha256:" + "0" * 64}},
    "200": {"status": 200},
    "204": {"status": 204},
}


def pushed(path: Path, _: Path) -> None:
    """Pushes an image.

    Raises:
        AssertionError: the push says that all is well, and something is missing in the registry.
    """
    plan = json.loads(path.read_text())
    image = layouts.write_layout(
        path.parent / "image", [layouts.tar([(layouts.member("x"), b"x" * 5000)]), layouts.tar([])]
    )
    os.environ["DOCKER_CONFIG"] = str(path.parent)
    setattr(client, "Retry", lambda: Retry(attempts=3, first=0.001, longest=0.01))  # noqa: B010 (mypy sees no such name)
    with serving() as registry:
        answer = {**plan["answer"]}
        for key in ("raw", "body"):
            answer[key] = bytes.fromhex(answer.get(key, ""))
        registry.faults = [Fault(plan["request"], times=plan["times"], **answer)]
        manifest = {
            "label": "//:push",
            "image": str(image.path),
            "repository": f"{registry.host}/team/app",
            "tags": ["v1"],
        }
        (path.parent / "push.json").write_text(json.dumps(manifest))
        push.main([str(path.parent / "push.json")])
        assert not (missing := list(_missing(image, registry))), missing


def _missing(image: Layout, registry: Registry) -> Iterator[str]:
    root = image.roots()[0]
    if registry.tags("team/app") != {"v1": root.digest}:
        yield f"tags: {registry.tags('team/app')}"
    there = registry.blobs.get("team/app", {})
    yield from (f"missing {blob.digest}" for blob in image.children(image.image()) if blob.digest not in there)


def _plan(request: str, times: int, answer: dict[str, Any]) -> Maker:
    def make(place: Path) -> Path:
        hexed = {key: value.hex() if isinstance(value, bytes) else value for key, value in answer.items()}
        (place / "plan.json").write_text(json.dumps({"request": request, "times": times, "answer": hexed}))
        return place / "plan.json"

    return make


def kinds() -> Iterator[tuple[str, Maker]]:
    """Name and maker of each."""
    for where, request in _REQUESTS.items():
        for what, answer in _ANSWERS.items():
            yield f"{where}: {what}", _plan(request, 1, answer)
    for what, answer in _ANSWERS.items():
        yield f"always: {what}", _plan("", 1 << 20, answer)


def mutant(random: Random) -> Maker:
    """An answer, damaged."""
    length = random.choice((0, 2, 200))
    raw = b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\nLocation: /v2/team/app/blobs/uploads/x\r\nRange: 0-4999\r\n\r\n{}"
    answer = {"status": 0, "raw": damage(raw % (random.choice((200, 201, 202, 401, 404, 500)), length), random)}
    return _plan(random.choice(list(_REQUESTS.values())), random.choice((1, 2, 99)), answer)


def subjects() -> list[Subject]:
    return [Subject("registry's answer", named(kinds()), mutant, pushed, frozenset())]
