"""A package index on loopback, and the wheels and source distributions that it serves."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import threading
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING, Any

from support.wheels import record_hash

if TYPE_CHECKING:
    import pytest

_JSON = "application/vnd.pypi.simple.v1+json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Release:
    """A file to serve.

    Attributes:
        file: file name.
        content: its bytes.
        requires_python: what the index says of it.
        yanked: why it was withdrawn; None if it was not.
    """

    file: str
    content: bytes
    requires_python: str = ""
    yanked: str | None = None

    @property
    def project(self) -> str:
        return self.file.split("-")[0].lower().replace("_", "-").replace(".", "-")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def make_wheel(
    name: str,
    version: str,
    tag: str = "py3-none-any",
    *,
    requires: Iterable[str] = (),
    requires_python: str = "",
    extras: Iterable[str] = (),
    licence: str = "",
    members: Mapping[str, bytes] | None = None,
) -> Release:
    """A wheel; `members` are its modules, one `<name>.py` by default."""
    base = f"{name.replace('-', '_')}-{version}"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"License-Expression: {licence}"] if licence else []
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    root = "true" if tag.endswith("-any") else "false"
    content = {
        **({f"{name.replace('-', '_')}.py": b""} if members is None else members),
        f"{base}.dist-info/METADATA": "\n".join([*lines, "", ""]).encode(),
        f"{base}.dist-info/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: {root}\nTag: {tag}\n".encode(),
    }
    record = f"{base}.dist-info/RECORD"
    rows = [f"{path},{record_hash(data)},{len(data)}\n" for path, data in content.items()]
    content[record] = "".join([*rows, f"{record},,\n"]).encode()
    return Release(f"{base}-{tag}.whl", make_zip(content), requires_python)


def make_zip(members: Mapping[str, bytes]) -> bytes:
    """A zip file with those members, the same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members.items():
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def make_sdist(name: str, version: str, members: Mapping[str, bytes]) -> Release:
    """A source distribution with those members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, data in members.items():
            info = tarfile.TarInfo(f"{name}-{version}/{path}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return Release(f"{name}-{version}.tar.gz", gzip.compress(buffer.getvalue(), mtime=0))


@dataclass
class PackageIndex:
    """Serves releases as PEP 503 and PEP 691 say; a context manager.

    Attributes:
        releases: what it serves.
        as_json: whether it can answer in JSON.
        ranges: whether it serves parts of files.
        login: the user and password that it asks for.
        bytes_sent: of files, so far.
    """

    releases: list[Release] = field(default_factory=list)
    as_json: bool = True
    ranges: bool = True
    login: tuple[str, str] | None = None
    bytes_sent: int = 0

    def __enter__(self) -> PackageIndex:
        index = self

        class Handler(_Handler):
            served = index

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def pip_settings(self, home: str | os.PathLike[str]) -> dict[str, str]:
        """The environment in which pip sees this index and nothing of the machine."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        settings = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": f"{self.url}/simple/", "PIP_RETRIES": "0"}
        return {**kept, **settings, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "HOME": os.fspath(home)}

    def configure_pip(self, monkeypatch: pytest.MonkeyPatch, home: str | os.PathLike[str]) -> None:
        """Has pip see this index and nothing of the machine, for a test."""
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            monkeypatch.delenv(name)
        for name, value in self.pip_settings(home).items():
            monkeypatch.setenv(name, value)


class _Handler(BaseHTTPRequestHandler):
    served: PackageIndex
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def _answer(self, *, body: bool) -> None:
        if self.served.login:
            expected = b64encode(":".join(self.served.login).encode()).decode()
            if self.headers.get("Authorization") != f"Basic {expected}":
                self._send(401, b"", {"WWW-Authenticate": 'Basic realm="index"'}, body)
                return
        kind, _, name = self.path.strip("/").partition("/")
        if kind == "simple":
            releases = [release for release in self.served.releases if release.project == name]
            wants_json = self.served.as_json and _JSON in self.headers.get("Accept", "")
            page, media = (_json_page(name, releases), _JSON) if wants_json else (_html_page(releases), "text/html")
            self._send(200 if releases else 404, page.encode(), {"Content-Type": media}, body)
            return
        for release in self.served.releases:
            if release.file == name:
                self._send_file(release.content, body)
                return
        self._send(404, b"", {}, body)

    def _send_file(self, content: bytes, body: bool) -> None:
        headers = {"Accept-Ranges": "bytes"} if self.served.ranges else {}
        asked = self.headers.get("Range", "")
        status = 200
        if asked.startswith("bytes=") and self.served.ranges:
            first, last = (int(part) for part in asked[len("bytes=") :].split("-"))
            headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
            content, status = content[first : last + 1], 206
        self.served.bytes_sent += len(content) if body else 0
        self._send(status, content, headers, body)

    def _send(self, status: int, content: bytes, headers: Mapping[str, str], body: bool) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)


def _json_page(name: str, releases: Iterable[Release]) -> str:
    files = [
        {
            "filename": release.file,
            "url": f"../../files/{release.file}",
            "hashes": {"sha256": release.sha256},
            "requires-python": release.requires_python or None,
            "yanked": False if release.yanked is None else release.yanked or True,
        }
        for release in releases
    ]
    return json.dumps({"meta": {"api-version": "1.0"}, "name": name, "files": files})


def _html_page(releases: Iterable[Release]) -> str:
    links = []
    for release in releases:
        python = release.requires_python.replace(">", "&gt;").replace("<", "&lt;")
        attribute = f' data-requires-python="{python}"' if python else ""
        links.append(f'<a href="../../files/{release.file}#sha256={release.sha256}"{attribute}>{release.file}</a><br>')
    return f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>"
