"""The order of an image's layers: what changes least is lowest.

Debian packages and groups of them, wheels by their size, groups of wheels, first-party libraries, the application.
Rules decide which layers there are (rules/private/image/grouping.bzl): all that is known here is what is in them.
"""

from __future__ import annotations

from collections.abc import Iterable

from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import MAX_LAYERS

_KINDS = ("bytecode", "deb", "wheel", "group", "files", "app")


def ordered(layers: Iterable[LayerFacts]) -> list[LayerFacts]:
    """The layers, lowest first; Debian packages keep their order.

    A base that comes with its own bytecode, or whose Python nothing here can run, has an empty layer of it, which is
    left out; so is a part of a wheel that no file fell to.
    """
    laid = (
        layer for layer in layers if (layer.files or not layer.part) and (layer.layer != "bytecode" or layer.bytecode)
    )
    return sorted(laid, key=lambda layer: (_KINDS.index(layer.layer), *_of_wheel(layer)))


def _of_wheel(layer: LayerFacts) -> tuple[int, str, str]:
    return (-layer.blob.size, layer.name, layer.version) if layer.layer in ("wheel", "group") else (0, "", "")


def check_count(base: int, own: int, limit: int, label: str) -> None:
    """Whether an image has as few layers as it may.

    Args:
        base: layers of its base.
        own: its own.
        limit: most layers of the image.
        label: the image, for messages.

    Raises:
        ToolError: it has more.
    """
    if base + own > limit:
        reason = f"it has {base} layers of its base and {own} of its own; the limit is {limit}"
        remedy = f"raise the limit (up to {MAX_LAYERS}), leave out some of `layers`, or use a base of fewer layers"
        raise ToolError(Problem(label, reason, remedy, "layer_limit"))
