"""`stub-modules`: modules that say why they are not there, for a developer's machine without a wheel of them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from distroless_python.manifests.reading import read_manifest


@dataclass(frozen=True)
class StubModulesManifest:
    """`stub-modules`.

    Attributes:
        modules: importable names; below a namespace package with dots.
        reason: what importing one says.
        output: the directory to fill.
    """

    modules: tuple[str, ...]
    reason: str
    output: str


def main(argv: list[str]) -> int:
    job = read_manifest(argv[0], StubModulesManifest)
    os.makedirs(job.output, exist_ok=True)
    for module in job.modules:
        path = os.path.join(job.output, *module.split(".")) + ".py"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"raise ImportError({job.reason!r}, name={module!r})\n")
    return 0
