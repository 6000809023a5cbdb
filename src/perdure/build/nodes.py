"""Trees one after the other, made when they are asked for: never all of them at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arrays.dtypes import parse
from ..arrays.store import ArrayStore, Entry
from ..arrays.structural.known import cut_alike
from ..arrays.structural.trees import Part, Trees
from ..errors import FormatError
from ..graph.nodes import Fields, Rows, Stack

__all__ = ["Streamed", "streamed"]


_LEAF = np.ones((), np.uint8)


class Streamed(Sequence[Any]):
    """The rows of each tree of a column; those of some trees that stand together are made together.

    Parameters
    ----------
    trees : Trees
    make : callable
        Some of the trees to an array of their rows.
    """

    def __init__(self, trees: Trees, make: Callable[[Part], Any]) -> None:
        self._trees = trees
        self._make = make
        self._cuts = trees.cuts
        self._held = -1
        self._offsets: list[int] = []
        self._rows: Any = None

    def __len__(self) -> int:
        return len(self._trees.offsets) - 1

    def __getitem__(self, index: Any) -> Any:
        number = bisect_right(self._cuts, index) - 1
        if number != self._held:
            part = self._trees[number]
            self._rows = self._make(part)
            self._offsets = part.offsets.tolist()
            self._held = number
        at = index - self._cuts[number]
        return self._rows[self._offsets[at] : self._offsets[at + 1]]


def streamed(arrays: ArrayStore, column: Any, dtype: Callable[[Any], np.dtype[Any]]) -> Streamed | None:
    """Return the values of a column whose rows are made from those of other arrays; None where they are not.

    Parameters
    ----------
    arrays : ArrayStore
    column : Column
    dtype : callable
        The dtype of a node of the graph.
    """
    if isinstance(column, (Rows, Stack)):
        return _streamed_rows(arrays, column)
    if not isinstance(column, Fields):
        return None
    whole = dtype(column.dtype)
    entries: dict[str, Entry] = {}
    trees: Trees | None = None
    for name, inner in column.fields.items():
        if not isinstance(inner, (Rows, Stack)):
            return None
        entry = entries[name] = arrays.entry(inner.array)
        trees = trees or entry.trees
        if parse(entry.spec.dtype) != whole[name] or len(entry.spec.shape) != (1 if isinstance(inner, Rows) else 2):
            return None
    trees = trees or _pieces(arrays, next(iter(column.fields.values()), None))
    if trees is None or not all(cut_alike(arrays, inner, trees) for inner in column.fields.values()):
        return None

    def nodes(part: Part) -> Any:
        # Padding between fields is zero.
        made = np.zeros(len(part), whole)
        for name, entry in entries.items():
            entry.fill(part, made[name][:, np.newaxis])
        return made

    return Streamed(trees, nodes)


def _pieces(arrays: ArrayStore, column: Any) -> Trees | None:
    """Return how a column of arrays is cut, as if each row were a leaf; None where that is no way to cut it."""
    if not isinstance(column, Rows):
        return None
    shape, offsets = arrays.spec(column.array).shape, arrays.view(column.offsets)
    try:
        return Trees(np.broadcast_to(_LEAF, shape[:1]), offsets)
    except FormatError:
        # The usual way says what is wrong, and where.
        return None


def _streamed_rows(arrays: ArrayStore, column: Rows | Stack) -> Streamed | None:
    entry = arrays.entry(column.array)
    trees, spec = entry.trees, entry.spec
    if trees is None or not cut_alike(arrays, column, trees):
        return None
    tail, dtype = spec.shape[1 if isinstance(column, Rows) else 2 :], parse(spec.dtype)

    def rows(part: Part) -> Any:
        made = np.empty((len(part), *tail), dtype)
        entry.fill(part, made.reshape(len(part), -1))
        return made

    return Streamed(trees, rows)
