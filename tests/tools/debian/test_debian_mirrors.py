"""Where the machine gets Debian packages from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from distroless_python.debian import mirrors
from distroless_python.debian.mirrors import Mirrors, NotFound, discover, exists, fetch
from distroless_python.errors import ToolError

DEB822 = """\
# a comment
Types: deb
URIs: https://third.example.com/debian
Suites: stable-x
Components: main

Types: deb
Enabled: no
URIs: https://off.example.com/debian
Suites: trixie
Components: main

Types: deb-src
URIs: https://source.example.com/debian
Suites: trixie
Components: main

Types: deb deb-src
URIs: https://deb.example.com/debian/
Suites: trixie trixie-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://deb.example.com/security
Suites: trixie-security
Components: main
"""
ONE_LINE = """\
deb cdrom:[Debian]/ bookworm main
# deb https://commented.example.com/debian bookworm main
deb [arch=amd64 signed-by=/x.gpg] https://packages.example.com/apt cloud-sdk main
deb https://nonfree.example.com/debian bookworm non-free
deb [ arch=amd64 ] https://deb.example.com/debian bookworm main contrib # comment
"""


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    (tmp_path / "apt/sources.list.d").mkdir(parents=True)
    return tmp_path / "apt"


def test_deb822_sources(apt: Path) -> None:
    (apt / "sources.list.d/debian.sources").write_text(DEB822)
    assert discover("", "", {}, apt) == Mirrors("https://deb.example.com/debian", "https://deb.example.com/security")


def test_one_line_sources_and_the_sibling_for_security(apt: Path) -> None:
    (apt / "sources.list").write_text(ONE_LINE)
    expected = Mirrors("https://deb.example.com/debian", "https://deb.example.com/debian-security")
    assert discover("", "", {}, apt) == expected
    (apt / "sources.list").rename(apt / "sources.list.d/debian.list")
    assert discover("", "", {}, apt) == expected


def test_arguments_come_before_the_environment_and_that_before_apt(apt: Path) -> None:
    (apt / "sources.list").write_text(ONE_LINE)
    environ = {"DEBIAN_MIRROR": "https://env.example.com/debian", "DEBIAN_SECURITY_MIRROR": "https://env.example.com/s"}
    assert discover("", "", environ, apt) == Mirrors("https://env.example.com/debian", "https://env.example.com/s")
    found = discover("https://arg.example.com/mirror/", "", {}, apt)
    assert found == Mirrors("https://arg.example.com/mirror", "https://arg.example.com/debian-security")
    assert discover("https://arg.example.com/d", "https://arg.example.com/s/", environ, apt).of("debian-security") == (
        "https://arg.example.com/s"
    )


def test_no_mirror_is_one_message(apt: Path) -> None:
    with pytest.raises(ToolError, match=r"no Debian mirror.*\n.*set DEBIAN_MIRROR"):
        discover("", "", {}, apt)
    with pytest.raises(ToolError, match="no Debian mirror"):
        discover("", "", {}, apt / "nowhere")


def test_run_by_its_path_it_prints_what_it_finds() -> None:
    environ = {**os.environ, "DEBIAN_MIRROR": "https://deb.example.com/debian", "DEBIAN_SECURITY_MIRROR": ""}
    command = [sys.executable, str(Path(mirrors.__file__))]
    result = subprocess.run(command, env=environ, capture_output=True, check=True, cwd="/")
    assert json.loads(result.stdout) == {
        "debian": "https://deb.example.com/debian",
        "debian-security": "https://deb.example.com/debian-security",
    }


@contextmanager
def server(*answers: int, body: bytes = b"content") -> Iterator[tuple[str, list[str]]]:
    """A web server that gives these answers, the last one for ever; and the requests it had."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code = answers[min(len(requests), len(answers) - 1)]
            requests.append(self.command)
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}/file", requests
        httpd.shutdown()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def test_fetch_tries_again_what_may_pass() -> None:
    with server(503, 429, 200) as (address, requests):
        assert fetch(address, 100) == b"content"
        assert len(requests) == 3


@pytest.mark.parametrize(("code", "attempts"), [(500, 3), (403, 1)])
def test_fetch_gives_up(code: int, attempts: int) -> None:
    with server(code) as (address, requests):
        with pytest.raises(ToolError, match=f"HTTP {code}.*\n.*check the mirror"):
            fetch(address, 100)
        assert len(requests) == attempts


def test_what_is_not_there() -> None:
    with server(404) as (address, requests):
        with pytest.raises(NotFound):
            fetch(address, 100)
        assert not exists(address)
        assert requests == ["GET", "HEAD"]


def test_what_is_there_or_too_long(tmp_path: Path) -> None:
    with server(200) as (address, requests):
        assert exists(address)
        assert requests == ["HEAD"]
        with pytest.raises(ToolError, match="longer than the 3 bytes"):
            fetch(address, 3)
    (tmp_path / "file").write_bytes(b"abc")
    assert fetch((tmp_path / "file").as_uri(), 3) == b"abc"
    with pytest.raises(NotFound):
        fetch((tmp_path / "gone").as_uri(), 3)


def test_nobody_listens() -> None:
    with server(200) as (address, _):
        pass
    with pytest.raises(ToolError, match="remedy: check the mirror"):
        fetch(address, 1)
