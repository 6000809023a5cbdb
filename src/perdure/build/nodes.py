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
# What is smaller is read as a whole.
_LARGE = 1 << 20


class Streamed(Sequence[Any]):
    """The rows of each tree of a column; those of some trees that stand together are made together.

    They stay what they are until those of a later part are asked for, which are made in the same memory.

    Parameters
    ----------
    trees : Trees
    new : callable
        A number of rows to a new array of them.
    fill : callable
        Fills the rows of some of the trees into such an array.
    """

    def __init__(self, trees: Trees, new: Callable[[int], Any], fill: Callable[[Part, Any], None]) -> None:
        self._trees = trees
        self._fill = fill
        self._memory = new(int(np.diff(trees.offsets[trees.cuts]).max(initial=0)))
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
            self._rows = self._memory[: len(part)]
            self._fill(part, self._rows)
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

    def nodes(part: Part, out: Any) -> None:
        for name, entry in entries.items():
            entry.fill(part, out[name][:, np.newaxis])

    # Padding between fields is zero.
    return Streamed(trees, lambda count: np.zeros(count, whole), nodes)


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
    if trees is None and entry.nbytes > _LARGE:
        trees = _pieces(arrays, column)
    if trees is None or not cut_alike(arrays, column, trees):
        return None
    tail, dtype = spec.shape[1 if isinstance(column, Rows) else 2 :], parse(spec.dtype)

    def rows(part: Part, out: Any) -> None:
        entry.fill(part, out.reshape(len(part), -1))

    return Streamed(trees, lambda count: np.empty((count, *tail), dtype), rows)
