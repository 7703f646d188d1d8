"""Laying packages' layers over a file system in memory."""

from __future__ import annotations

from ..common.errors import Problem, ToolError
from ..common.tarfiles import UNREADABLE
from ..layer import facts
from .content import look
from .layers import gunzip
from .manifests import LayerFile
from .tree import Tree


def lay_packages(tree: Tree, layers: tuple[LayerFile, ...]) -> None:
    """Lays the layers of packages over a file system.

    Raises:
        ToolError: one is damaged.
    """
    for file in layers:
        try:
            with gunzip(file.layer) as stream:
                tree.lay(stream, look)
        except UNREADABLE as error:
            known = facts.read(file.facts)
            reason = f"the layer of {known.name} is damaged: {error}"
            raise ToolError(Problem(known.label, reason, "build again: the file was changed since")) from None
