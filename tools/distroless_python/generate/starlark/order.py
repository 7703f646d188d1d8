"""The order in which buildifier puts arguments, labels and `load` statements, and the labels that it shortens."""

from __future__ import annotations

import re
from collections.abc import Iterable

# https://github.com/bazelbuild/buildtools/blob/main/tables/tables.go: NamePriority
PRIORITY = {
    "name": -99,
    "gwt_name": -98,
    "package_name": -97,
    "visible_node_name": -96,
    "size": -95,
    "timeout": -94,
    "testonly": -93,
    "src": -92,
    "srcdir": -91,
    "srcs": -90,
    "out": -89,
    "outs": -88,
    "hdrs": -87,
    "has_services": -86,
    "include": -85,
    "of": -84,
    "baseline": -83,
    "destdir": 1,
    "exports": 2,
    "runtime_deps": 3,
    "deps": 4,
    "implementation": 5,
    "implements": 6,
    "alwayslink": 7,
}
_LABEL = re.compile(r"(((?:@(\w+))?//)(?:.+/)?([^:]*))(?::([^:]+))?", re.DOTALL)


def argument_key(name: str) -> tuple[int, str]:
    """Sorts the named arguments of a call."""
    return PRIORITY.get(name, 0), name


def sort_key(value: str) -> tuple[int, list[str], str]:
    """Files first, then `:target`, then `//package`, then `@repository`; each by its parts."""
    phase = 1 if value.startswith(":") else 2 if value.startswith("//") else 3 if value.startswith("@") else 0
    return phase, value.replace(":", ".").split("."), value


def arranged(values: Iterable[str]) -> list[str]:
    """Labels or files as buildifier has them in a list: short, sorted, each once."""
    return sorted({shorten_label(value) for value in values}, key=sort_key)


def shorten_label(label: str) -> str:
    """`//x/y:y` is `//x/y`, `@x//:x` is `@x`."""
    match = _LABEL.fullmatch(label)
    if not match:
        return label
    package, _, repository, directory, target = match.groups()
    if directory and directory == target:
        return package
    if repository and not directory and repository == target:
        return f"@{repository}"
    return label


def load_key(label: str) -> tuple[object, ...]:
    """Sorts `load` statements: other repositories first, then by package, a relative label last."""
    repository, separator, rest = label.rpartition("//")
    if separator:
        package, _, target = rest.partition(":")
        place = repository.lstrip("@"), _path_key(package), _path_key(target or package.rsplit("/", 1)[-1])
    elif label.startswith("@"):
        place = label[1:], _path_key(""), _path_key(label[1:])
    else:
        place = "", _path_key("\x7f"), _path_key(label.lstrip(":"))
    return not label.startswith("@"), *place


def _path_key(path: str) -> tuple[list[str], str]:
    return path.lower().split("/"), path
