"""Comments in sources that speak to the generator.

`# gazelle:ignore`, `include_dep`, `include_pytest_conftest` and `# distroless:port`.
"""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass

_TRUE = {"1", "t", "T", "TRUE", "true", "True"}
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}


@dataclass(frozen=True)
class Annotations:
    """The annotations of a source; `wrong` are the line and the name of those that lack their value."""

    ignored: tuple[str, ...] = ()
    extra_deps: tuple[str, ...] = ()
    conftest: bool = True
    port: int = 0
    wrong: tuple[tuple[int, str], ...] = ()


def read_annotations(content: bytes) -> Annotations:
    """The annotations of a source that parses; only comments count, so they are tokenized where one may be."""
    if b"gazelle:" not in content and b"distroless:" not in content:
        return Annotations()
    ignored: list[str] = []
    extra: list[str] = []
    conftest = True
    port = 0
    wrong: list[tuple[int, str]] = []
    for token in tokenize.tokenize(io.BytesIO(content).readline):
        if token.type != tokenize.COMMENT:
            continue
        text = token.string.lstrip("# ")
        prefix, _, rest = text.partition(":")
        key, _, value = rest.partition(" ")
        if prefix == "distroless" and key == "port" and value.strip().isdecimal():
            port = int(value)
        if prefix != "gazelle":
            continue
        values = [part.strip() for part in value.split(",") if part.strip()]
        if key in ("ignore", "include_dep") and not values:
            wrong.append((token.start[0], f"gazelle:{key}"))
        if key == "ignore":
            ignored += values
        elif key == "include_dep":
            extra += values
        elif key == "include_pytest_conftest" and value.strip() in _TRUE | _FALSE:
            conftest = value.strip() in _TRUE
    return Annotations(tuple(dict.fromkeys(ignored)), tuple(dict.fromkeys(extra)), conftest, port, tuple(wrong))
