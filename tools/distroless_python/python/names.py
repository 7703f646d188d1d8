"""Names and versions of distributions, as everything compares them."""

from __future__ import annotations

import re


def normalize_name(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def comparable_version(version: str) -> str:
    """A version in a spelling that equal versions share (in file names `-` is `_`)."""
    text = re.sub(r"[-_.]+", ".", version.strip().lower().lstrip("v"))
    text = re.sub(r"(?<![0-9a-z])0+(?=[0-9])", "", text)
    return re.sub(r"^([0-9.!]*?)(?:\.0)+(?=$|\+|\.?[a-z])", r"\1", text)
