"""An image that runs on this machine: this machine's own Python and a program."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from distroless_python.actions import image as main_image
from support import layouts

MODULES = [
    "__future__",
    "http.client",
    "http.server",
    "json",
    "platform",
    "runpy",
    "signal",
    "subprocess",
    "typing",
]


class RunnableImage:
    """An image that starts `/app/_main/server.py`; `files` are more of its files, `config` more of its manifest."""

    def __init__(self, directory: Path, files: Mapping[str, bytes], args: Sequence[str] = (), **config: Any) -> None:
        self.directory = directory
        base, self.profile = layouts.python_base(directory, MODULES)
        self.python = json.loads(self.profile.read_text())["python"]["executable"]
        hello = f"#!{self.python} -I\nprint('hello')\n".encode()
        layer = layouts.write_layer(directory, "app", {"usr/local/bin/hello": hello, **files}, kind="app", version="")
        manifest = {
            "manifest": str(directory / "image.manifest.json"),
            "config": str(directory / "image.config.json"),
            "descriptor": str(directory / "image.json"),
            "digest_file": str(directory / "image.digest"),
            "label": "//app:image",
            "profile": str(self.profile),
            "layers": [layer["facts"]],
            "entry": {"kind": "file", "value": "/app/_main/server.py"},
            "args": list(args),
            "imports": ["/app/_main"],
            "workdir": "/app/_main",
            **config,
        }
        self.files = {
            "descriptor": manifest["descriptor"],
            "documents": [manifest["manifest"], manifest["config"]],
            "bases": [str(base.path)],
            "layers": [{"layer": layer["layer"], "facts": layer["facts"]}],
        }
        (directory / "manifest").write_text(json.dumps(manifest))
        main_image.main([str(directory / "manifest")])

    def run(self, action: Callable[[list[str]], int], /, *extra: str, **fields: Any) -> int:
        """Runs an action that tests the image; `fields` are its manifest's."""
        manifest = {
            "label": "//app:test",
            **self.files,
            "profile": str(self.profile),
            **fields,
        }
        (self.directory / "test.json").write_text(json.dumps(manifest))
        return action([str(self.directory / "test.json"), *extra])
