"""Findings about the image as a whole: how old its base is, how many layers it has, what is in it for nothing."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from distroless_python.debian.releases import end_of_life
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import MAX_LAYERS
from distroless_python.python.names import normalize_name
from distroless_python.verify import gpu
from distroless_python.verify.codes import WARNING
from distroless_python.verify.contents import VerifiedImage
from distroless_python.verify.findings import Finding

_DAYS_AHEAD = 90


def support(image: VerifiedImage, today: str) -> Iterator[Finding]:
    """The base has to get updates; nothing is found if the date is unknown.

    Args:
        image: the image.
        today: YYYY-MM-DD; an input of the build, for an action does not read the clock.

    Raises:
        ToolError: one of the dates is not valid.
    """
    release = image.base.release.name
    last = image.base.end_of_life or end_of_life(release)
    if not last:
        return
    try:
        left = (datetime.date.fromisoformat(last) - datetime.date.fromisoformat(today)).days
    except ValueError as error:
        raise ToolError(
            Problem(image.label, f"is not a valid date: {error}", "write YYYY-MM-DD", "end_of_life")
        ) from None
    remedy = "use a base of a newer release"
    if left < 0:
        yield Finding("end-of-life", release or "base", f"the base gets no updates since {last}", remedy)
    elif left <= _DAYS_AHEAD:
        reason = f"the base gets updates until {last}, in {left} days"
        yield Finding("end-of-life", release or "base", reason, remedy, level=WARNING)


def layers(image: VerifiedImage) -> Iterator[Finding]:
    """Docker runs 125 layers. Small layers of ours are joined, so what counts is the base and one more."""
    count = len(image.base.layers) + bool(image.layers)
    if count > MAX_LAYERS:
        reason = f"has {count} layers at least ({len(image.base.layers)} are the base's), and Docker takes {MAX_LAYERS}"
        yield Finding("too-many-layers", str(count), reason, "use a base with fewer layers")


def gpus(image: VerifiedImage) -> Iterator[Finding]:
    """A warning where an image without a GPU brings what only a GPU needs: often most of its size, and by accident."""
    for vendor, pattern in gpu.DISTRIBUTIONS.items():
        found = [layer for layer in image.wheels if pattern.fullmatch(normalize_name(layer.about.name))]
        size = sum(file.size for layer in found for file in layer.contents.files)
        if found and image.gpu != vendor:
            named = ", ".join(layer.about.name for layer in found[:3]) + (", …" if len(found) > 3 else "")
            reason = f"{len(found)} distributions of {_megabytes(size)} are for {vendor} GPUs alone: {named}"
            remedy = (
                f'add gpu = "{vendor}" to {image.label} if it runs on one; if not, lock builds for the CPU'
                " (torch: those of PyTorch's index for the CPU), which leave them out"
            )
            yield Finding("unused-gpu", vendor, reason, remedy)


def _megabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
