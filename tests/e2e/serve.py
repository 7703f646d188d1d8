"""Serves an index of an OCI layout as a registry does, on loopback.

`index` is the index, `single` one image of it, and `docker` the same with Docker's media types.
"""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DOCKER = {
    "application/vnd.oci.image.manifest.v1+json": "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.config.v1+json": "application/vnd.docker.container.image.v1+json",
    "application/vnd.oci.image.layer.v1.tar+gzip": "application/vnd.docker.image.rootfs.diff.tar.gzip",
}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def as_docker(manifest: bytes) -> bytes:
    value = json.loads(manifest)
    for part in (value, value["config"], *value["layers"]):
        part["mediaType"] = DOCKER[part["mediaType"]]
    return json.dumps(value).encode()


class Contents:
    """What is served; `digests` has the SHA-256 of each manifest by its repository's name."""

    def __init__(self, layout: Path) -> None:
        self._blobs = layout / "blobs/sha256"
        index = self._blob(json.loads((layout / "index.json").read_text())["manifests"][0]["digest"])
        amd64 = next(m for m in json.loads(index)["manifests"] if m["platform"]["architecture"] == "amd64")
        single = self._blob(amd64["digest"])
        self._manifests = {"index": index, "single": single, "docker": as_docker(single)}
        self.digests = {name: sha256(manifest) for name, manifest in self._manifests.items()}

    def _blob(self, digest: str) -> bytes:
        return (self._blobs / digest.partition(":")[2]).read_bytes()

    def get(self, path: str) -> bytes:
        _, _, name, _, reference = path.split("/")
        return self._manifests[name] if reference == f"sha256:{self.digests[name]}" else self._blob(reference)


def serve(contents: Contents, port: int) -> ThreadingHTTPServer:
    """Starts the server; the caller shuts it down."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                body = contents.get(self.path)
            except (KeyError, ValueError, OSError):
                self.send_error(404)
                return
            self.send_response(200)
            if "/manifests/" in self.path:
                self.send_header("Content-Type", json.loads(body)["mediaType"])
            self.send_header("Docker-Content-Digest", f"sha256:{sha256(body)}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
