"""Names and versions of distributions, as everything compares them."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def is_name(text: str) -> bool:
    """Whether a distribution may be called so."""
    return _NAME.fullmatch(text) is not None


def normalize_name(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def comparable_version(version: str) -> str:
    """A version in a spelling that equal versions share (in file names `-` is `_`)."""
    text = re.sub(r"[-_.]+", ".", version.strip().lower().lstrip("v"))
    text = re.sub(r"(?<![0-9a-z])0+(?=[0-9])", "", text)
    return re.sub(r"^([0-9.!]*?)(?:\.0)+(?=$|\+|\.?[a-z])", r"\1", text)
