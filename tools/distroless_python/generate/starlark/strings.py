"""String literals, and the order in which buildifier sorts them."""

from __future__ import annotations

import ast
import re

from distroless_python.generate.starlark.syntax import String

_ESCAPABLE = frozenset("\nabfnrtuUvx'\\\"0123456789")
_ESCAPES = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\", '"': '"'}


def string(value: str) -> String:
    """A literal with this value."""
    return String(token=quote(value), value=value)


def quote(value: str) -> str:
    """A double-quoted literal."""
    escaped = "".join(f"\\{_ESCAPES[c]}" if c in _ESCAPES else c for c in value)
    return f'"{escaped}"'


def normalized_token(node: String) -> str:
    """The literal as buildifier writes it: in double quotes, but for a value that has some."""
    token = node.token
    if token == f'"{node.value}"' and "\\" not in token:
        return token
    if ast.literal_eval(token) != node.value:
        return quote(node.value)
    if token.startswith("r"):
        if token.endswith("'") and '"' not in node.value:
            size = 3 if token.endswith("'''") and len(token) >= 7 else 1
            quotes = '"' * size
            return f"r{quotes}{token[1 + size : -size]}{quotes}"
        return token
    if (token.startswith('"') or '"' in node.value) and _correctly_escaped(token):
        return token
    triple = len(token) >= 6 and token[:3] == token[0] * 3
    return _quote_bytes(node.value, triple)


def _correctly_escaped(token: str) -> bool:
    return all(escape[1] in _ESCAPABLE for escape in re.findall(r"\\.", token, re.DOTALL))


def _quote_bytes(value: str, triple: bool) -> str:
    """As buildifier quotes anew: BUILD files are bytes to it, so what is not ASCII is written as octal escapes."""
    quotes = '"""' if triple else '"'
    parts = []
    for index, character in enumerate(value):
        if triple and (
            character == "\n" or (character == '"' and value[index : index + 3] != '"""' and index + 1 < len(value))
        ):
            parts.append(character)
        elif character in _ESCAPES:
            parts.append(f"\\{_ESCAPES[character]}")
        elif " " <= character <= "\x7f":
            parts.append(character)
        else:
            parts.extend(f"\\{byte:03o}" for byte in character.encode())
    return quotes + "".join(parts) + quotes


def sort_key(value: str) -> tuple[int, list[str], str]:
    """Files first, then `:target`, then `//package`, then `@repository`; each by its parts."""
    phase = 1 if value.startswith(":") else 2 if value.startswith("//") else 3 if value.startswith("@") else 0
    return phase, value.replace(":", ".").split("."), value
