"""Squarified treemaps: areas in proportion to sizes, as near to squares as they come.

Bruls, Huizing, van Wijk: Squarified Treemaps (2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Rectangle:
    x: float
    y: float
    width: float
    height: float


def squarify(sizes: Sequence[float], area: Rectangle) -> list[Rectangle]:
    """A rectangle in `area` for each size; they fill it. Sizes are positive and fall."""
    rectangles: list[Rectangle] = []
    rest = list(sizes)
    while rest:
        scale = area.width * area.height / sum(rest)
        side = min(area.width, area.height)
        count = 1
        while count < len(rest) and _worst(rest[: count + 1], scale, side) <= _worst(rest[:count], scale, side):
            count += 1
        row, rest = rest[:count], rest[count:]
        area = _lay(row, scale, area, rectangles)
    return rectangles


def _worst(row: Sequence[float], scale: float, side: float) -> float:
    """The largest ratio of sides in a row along `side`."""
    total = sum(row) * scale
    if not total or not side:
        return float("inf")
    return max(side * side * row[0] * scale / total**2, total**2 / (side * side * row[-1] * scale))


def _lay(row: Sequence[float], scale: float, area: Rectangle, rectangles: list[Rectangle]) -> Rectangle:
    """Adds a row along the shorter side; returns what is left of the area."""
    total = sum(row) * scale
    if area.width >= area.height:
        width = total / area.height if area.height else 0
        y = area.y
        for size in row:
            height = area.height * size * scale / total
            rectangles.append(Rectangle(area.x, y, width, height))
            y += height
        return Rectangle(area.x + width, area.y, max(area.width - width, 0), area.height)
    height = total / area.width if area.width else 0
    x = area.x
    for size in row:
        width = area.width * size * scale / total
        rectangles.append(Rectangle(x, area.y, width, height))
        x += width
    return Rectangle(area.x, area.y + height, area.width, max(area.height - height, 0))
