"""Challenges, retries and redirects."""

from __future__ import annotations

import email.utils
import http.client
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.registry.auth import Challenge, parse
from distroless_python.registry.client import said
from distroless_python.registry.retry import Retry, check
from distroless_python.registry.transport import (
    Closed,
    PlainRefused,
    Response,
    Transient,
    Transport,
    Unknown,
    is_loopback,
)
from support import registry
from support.properties import patient


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:a/b:pull,push"',
            Challenge(
                "bearer",
                {"realm": "https://auth.example.com/token", "service": "registry", "scope": "repository:a/b:pull,push"},
            ),
        ),
        ('Basic realm="a \\"b\\""', Challenge("basic", {"realm": 'a "b"'})),
        ("BASIC", Challenge("basic", {})),
        ('Basic realm="x", Bearer realm="y", service=z', Challenge("bearer", {"realm": "y", "service": "z"})),
    ],
)
def test_challenges(header: str, expected: Challenge) -> None:
    assert parse(header) == expected


@patient
@given(st.text())
def test_any_challenge_is_read(header: str) -> None:
    assert parse(header).scheme == parse(header).scheme.lower()


def response(status: int, content: bytes = b"", **headers: str) -> Response:
    message = http.client.HTTPMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return Response(status, message, content, "https://r.example.com/v2/")


@pytest.mark.parametrize("status", [200, 202, 307, 400, 401, 404, 416])
def test_final_answers(status: int) -> None:
    assert check(response(status)).status == status


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_answers_that_may_change(status: int) -> None:
    with pytest.raises(Transient, match=f"answers {status}") as caught:
        check(response(status))
    assert caught.value.after is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        (email.utils.formatdate(time.time() + 10_000), 10_000),
        (email.utils.formatdate(0), 0),
        ("soon", None),
        ("\xb2", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    with pytest.raises(Transient) as caught:
        check(response(429, Retry_After=value))
    assert caught.value.after == (seconds if seconds is None else pytest.approx(seconds, rel=0.1))


def test_back_off_doubles_and_ends() -> None:
    slept: list[float] = []

    def fail() -> None:
        raise Transient("down")

    with pytest.raises(Transient):
        Retry(attempts=5, first=1, longest=6).call(fail, slept.append)
    assert len(slept) == 4
    assert all(low <= seconds <= high for seconds, low, high in zip(slept, (1, 2, 4, 6), (1.5, 3, 6, 6)))


def test_a_registry_is_obeyed_when_it_says_how_long() -> None:
    slept: list[float] = []
    faults = [Transient("busy", 3), Transient("busy", 300)]

    def step() -> str:
        if faults:
            raise faults.pop(0)
        return "done"

    assert Retry(longest=60).call(step, slept.append) == "done"
    assert slept == [3, 60]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            response(401, b'{"errors": [{"code": "DENIED", "message": "no"}, {"code": "X"}]}'),
            "401 DENIED: no; X: ",
        ),
        (response(502, b"<html>\n  Bad   Gateway"), "502 <html> Bad Gateway"),
        (response(500, b'{"errors": 1}'), '500 {"errors": 1}'),
        (response(404), "404"),
        (response(400, b"[" * 100_000), "400 " + "[" * 200),
        (response(400, b'{"errors": ["x"]}'), '400 {"errors": ["x"]}'),
        (response(400, b'{"errors": [{"code": "X", "message": "\\u001b[2J"}]}'), "400 X: \\x1b[2J"),
    ],
)
def test_what_a_registry_said(answer: Response, expected: str) -> None:
    assert said(answer) == expected.strip()


@pytest.mark.parametrize(
    ("netloc", "expected"),
    [("localhost", True), ("localhost:5000", True), ("127.0.0.9:1", True), ("[::1]:5", True), ("10.0.0.1", False),
     ("localhost.example.com", False), ("[2001:db8::1]", False), ("", False)],
)  # fmt: skip
def test_loopback(netloc: str, expected: bool) -> None:
    assert is_loopback(netloc) is expected


def test_plain_http_only_where_allowed() -> None:
    with pytest.raises(PlainRefused, match=r"http://example\.invalid/v2/"):
        Transport(is_loopback).send("GET", "http://example.invalid/v2/", {})


def test_a_host_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)  # a sandbox without network says "try again" of any name
    with pytest.raises(Unknown, match=r"nobody\.invalid"):
        Transport(lambda _: True).send("GET", "http://nobody.invalid/", {})


def test_authorization_does_not_follow_to_another_host() -> None:
    with registry.serving() as one, registry.serving() as two:
        target = f"http://{two.host}/v2/"
        one.faults.append(registry.Fault("GET /v2/here", 2, 307, {"Location": target}))
        one.faults.append(registry.Fault("GET /v2/back", 1, 307, {"Location": "/v2/"}))
        transport = Transport(is_loopback)
        for path in ("here", "back"):
            answer = transport.send("GET", f"http://{one.host}/v2/{path}", {"Authorization": "Basic secret"})
            assert answer.status == 200
        transport.close()
        assert [request.headers.get("Authorization") for request in two.log] == [None]
        assert one.log[-1].headers["Authorization"] == "Basic secret"


def test_redirects_that_never_end() -> None:
    with registry.serving() as server:
        server.faults.append(registry.Fault("GET /v2/", 99, 307, {"Location": "/v2/"}))
        with pytest.raises(Transient, match="5 redirects"):
            Transport(is_loopback).send("GET", f"http://{server.host}/v2/", {})


def test_after_close_nothing_is_sent() -> None:
    transport = Transport(is_loopback)
    transport.close()
    with pytest.raises(Closed):
        transport.send("GET", "http://127.0.0.1/", {})
