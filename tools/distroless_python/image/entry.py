"""What an image starts: its entrypoint."""

from __future__ import annotations

from collections.abc import Sequence

from distroless_python.documents.python_target import PythonTarget
from distroless_python.manifests.image import Entry


def entrypoint(entry: Entry, base: Sequence[str], python: PythonTarget) -> list[str]:
    """The image's entrypoint. Verification checks whether it is in the image.

    Args:
        entry: what was asked for.
        base: the base's entrypoint.
        python: the Python that runs it.
    """
    if entry.kind == "none":
        return list(base)
    if entry.kind == "file":
        return [python.executable, entry.value]
    if entry.kind == "module":
        return [python.executable, "-m", entry.value]
    if entry.kind == "console_script":
        return [f"{python.prefix}/bin/{entry.value}"]
    raise ValueError(f"entry of kind {entry.kind!r}")
