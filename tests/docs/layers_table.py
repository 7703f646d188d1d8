"""Prints an image's layers as a table: `bazel run //tests/docs:layers_table`, from the image's own report."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path


def table(report: dict[str, object]) -> str:
    """A Markdown table of the layers above the base, compressed sizes in kB, and of the base as one row."""
    layers = report["layers"]
    assert isinstance(layers, list)
    base = [layer for layer in layers if layer["kind"] == "base"]
    rows = [(f"base: {len(base)} Debian packages and files", sum(layer["size"] for layer in base))]
    rows += [
        (f"{layer['name']} {layer['version']}".strip(), layer["size"]) for layer in layers if layer["kind"] != "base"
    ]
    rows.append(("**all**", sum(size for _, size in rows)))
    return "\n".join(["| layer | kB |", "|---|---:|", *(f"| {name} | {size / 1000:,.0f} |" for name, size in rows)])


def main(argv: Sequence[str]) -> int:
    report = next(path for path in argv if path.endswith(".json"))
    print(table(json.loads(Path(report).read_text(encoding="utf-8"))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
