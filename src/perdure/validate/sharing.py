"""Shared values, counted once for each way that leads to them: a few references can stand for billions of objects.

A model that holds itself twice, twenty times over, fits into a short file and never ends predicting.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from ..errors import InvalidError, LimitError
from ..graph.nodes import Array, Batch, Def, Object, Objects, ObjectsOf, Ref, Rows, Stack
from ..graph.structure import children, inner_of
from .reading import Reader

__all__ = ["check_sharing"]

# Nodes, objects among them, and bytes of arrays.
Sizes: TypeAlias = tuple[int, int, int]

_TIMES = 16
# So few references lead to less than sixteen times the graph, if nothing in it expands.
_HARMLESS = 4
_FLOORS = (1_000_000, 20_000, 1 << 30)
_PLAIN = frozenset((type(None), bool, int, float, str, bytes, complex, type(...)))


def check_sharing(reader: Reader) -> None:
    """Raise where following every reference would meet far more than the graph holds; takes linear time.

    Raises
    ------
    LimitError
    InvalidError
        Where an array of objects in a model holds itself: comparing it never comes back from compiled code.
    """
    names = reader.graph.names()
    if not reader.defined or (names is not None and not names.expands and names.references <= _HARMLESS):
        return
    count = _Count(reader)
    whole = count.visit(reader.graph.root)
    nodes, nbytes = count.nodes, count.nbytes
    limits = [_TIMES * held + floor for held, floor in zip((nodes, nodes, nbytes), _FLOORS, strict=True)]
    for met, limit, what in zip(whole, limits, ("values", "objects", "bytes of arrays"), strict=True):
        if met > limit:
            raise LimitError(
                f"the references of the model lead to {met:.3g} {what}, of which it holds {nodes:,} only once",
                path="model",
                fix="do not use this file: no fitted model refers to its parts so often",
            )


class _Count:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.nodes = self.nbytes = 0
        # None while inside: a cycle is met once, and does not grow.
        self.sizes: dict[int, Sizes | None] = {}
        # Arrays of objects around the place at hand, and around each shared value that it lies in.
        self.around = 0
        # Estimators and the like around it.
        self.within = 0
        self.opened: dict[int, int] = {}

    def visit(self, node: Any) -> Sizes:
        """Return what a node stands for once every reference in it is followed."""
        kind = type(node)
        self.nodes += 1
        if kind is Ref:
            if self.sizes.get(node.key, ()) is None and self.within and self.around > self.opened[node.key]:
                raise InvalidError(
                    "an array of objects holds itself", path="model", fix="do not use this file: no model is like that"
                )
            return self.sizes.get(node.key) or (1, 0, 0)
        if kind is Array or kind is Stack or kind is Rows:
            size = self.reader.arrays.nbytes(node.array if kind is not Array else node.index)
            self.nbytes += size
            return (1, 0, size)
        if kind is Def:
            self.sizes[node.key] = None
            self.opened[node.key] = self.around
        self.around += kind is Objects or kind is ObjectsOf
        self.within += kind is Object or kind is Batch
        times = node.count if kind is Batch else 1
        nodes, objects, nbytes = times, times if kind is Batch or kind is Object else 0, 0
        constants = node.constants if kind is Batch else ()
        if kind is Object and node.args is None:
            inside: Any = [("", node.state[name]) for name in inner_of(node)]
        else:
            inside = children(node)
        for piece, child in inside:
            if type(child) in _PLAIN:
                continue
            a, b, c = self.visit(child)
            copies = times if piece[4:] in constants else 1
            nodes, objects, nbytes = nodes + copies * a, objects + copies * b, nbytes + copies * c
        self.around -= kind is Objects or kind is ObjectsOf
        self.within -= kind is Object or kind is Batch
        if kind is Def:
            self.sizes[node.key] = (nodes, objects, nbytes)
        return (nodes, objects, nbytes)
