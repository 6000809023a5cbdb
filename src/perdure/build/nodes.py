"""Trees one after the other, made when they are asked for: never all of them at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays.dtypes import parse
from ..arrays.entries import Entry
from ..arrays.native import native
from ..arrays.store import ArrayStore
from ..arrays.stored import Raw
from ..arrays.structural.known import cut_alike
from ..arrays.structural.together import together
from ..arrays.structural.trees import Part, Trees
from ..errors import FormatError
from ..graph.nodes import Fields, Rows, Stack

__all__ = ["Parts", "Streamed", "streamed"]


_LEAF = np.ones((), np.uint8)
# What is smaller is read as a whole.
_LARGE = 1 << 20
# That compiled code puts side by side.
_COLUMNS = 32


class Parts:
    """Parts of the trees, of which one is made at a time.

    Parameters
    ----------
    trees : Trees
    fill : callable
        Fills the memory of all columns that are made together with the rows of some of the trees.
    """

    def __init__(self, trees: Trees, fill: Callable[[Part], None]) -> None:
        self.trees = trees
        self.cuts = trees.cuts
        self.offsets: list[int] = []
        self._fill = fill
        self._held = -1

    def hold(self, number: int) -> None:
        """Make the rows of a part, unless they are those that are there."""
        if number != self._held:
            self._held = -1
            part = self.trees[number]
            self._fill(part)
            self.offsets = part.offsets.tolist()
            self._held = number


class Streamed(Sequence[Any]):
    """The rows of each tree of a column; those of some trees that stand together are made together.

    They stay what they are until those of a later part are asked for, which are made in the same memory.

    Parameters
    ----------
    parts : Parts
    memory : ndarray
        As long as the longest part.
    """

    def __init__(self, parts: Parts, memory: Any) -> None:
        self._parts = parts
        self._memory = memory

    def __len__(self) -> int:
        return len(self._parts.trees.offsets) - 1

    def __getitem__(self, index: Any) -> Any:
        parts = self._parts
        number = bisect_right(parts.cuts, index) - 1
        parts.hold(number)
        at = index - parts.cuts[number]
        return self._memory[parts.offsets[at] : parts.offsets[at + 1]]

    def __iter__(self) -> Iterator[Any]:
        parts, memory = self._parts, self._memory
        for number in range(len(parts.cuts) - 1):
            for at in range(parts.cuts[number + 1] - parts.cuts[number]):
                # Who else asks in between may have had another part made.
                parts.hold(number)
                yield memory[parts.offsets[at] : parts.offsets[at + 1]]


def streamed(
    arrays: ArrayStore, columns: Mapping[str, Any], dtype: Callable[[Any], np.dtype[Any]]
) -> dict[str, Streamed]:
    """Return the columns whose rows are made from those of other arrays, by name; others are left out.

    Parameters
    ----------
    arrays : ArrayStore
    columns : mapping of str to Column
    dtype : callable
        The dtype of a node of the graph.
    """
    found: dict[str, _Column] = {}
    for name, column in columns.items():
        made = (
            _of_fields(arrays, column, dtype)
            if isinstance(column, Fields)
            else _of_rows(arrays, column)
            if isinstance(column, (Rows, Stack))
            else None
        )
        if made is not None:
            found[name] = made
    whole = _of_trees(found.get("nodes"), found.get("values"))
    for name, column in found.items():
        if name not in whole:
            memory, fill = column.memory(), column.fill
            parts = Parts(column.trees, lambda part, memory=memory, fill=fill: fill(part, memory[: len(part)]))  # type: ignore[misc]
            whole[name] = Streamed(parts, memory)
    return whole


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """One column, and how a part of it is made."""

    trees: Trees
    new: Callable[[int], Any]
    fill: Callable[[Part, Any], None]
    entries: Mapping[str, Entry]

    def memory(self) -> Any:
        """Return an array for the longest part."""
        return self.new(int(np.diff(self.trees.offsets[self.trees.cuts]).max(initial=0)))


def _of_trees(nodes: _Column | None, values: _Column | None) -> dict[str, Streamed]:
    """Return nodes and values that compiled code makes at once; nothing where it cannot."""
    if nodes is None or values is None or nodes.trees is not values.trees:
        return {}
    own, out = nodes.memory(), values.memory()
    fill = together(nodes.entries, values.entries[""], own.dtype) if own.dtype.names else None
    if fill is None:
        return {}
    flat = out.reshape(len(out), -1)
    parts = Parts(nodes.trees, lambda part: fill(part, own[: len(part)], flat[: len(part)]))
    return {"nodes": Streamed(parts, own), "values": Streamed(parts, out)}


def _of_fields(arrays: ArrayStore, column: Fields, dtype: Callable[[Any], np.dtype[Any]]) -> _Column | None:
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

    beside = None
    if native.active and all(isinstance(entry, Raw) and entry.spec.order == "C" for entry in entries.values()):
        beside = _beside(whole, list(entries))

    def nodes(part: Part, out: Any) -> None:
        if beside is not None:
            rows = [entry.rows_of(part, 1)[:, 0] for entry in entries.values()]
            native.gather(out.view(np.uint8).reshape(len(out), whole.itemsize), beside, *rows)
            return
        for name, entry in entries.items():
            entry.fill(part, out[name][:, np.newaxis])

    # Padding between fields is zero.
    return _Column(trees, lambda count: np.zeros(count, whole), nodes, entries)


def _beside(whole: Any, names: list[str]) -> np.ndarray[Any, Any] | None:
    """Return where compiled code puts each column, and the bytes of a value there; None for what it has no code for."""
    dtypes = [whole[name] for name in names]
    # Integers that were validated may come in fewer bytes, signed ones.
    fine = all(dtype.isnative and (dtype.str in ("<i8", "|u1") or dtype.kind == "f") for dtype in dtypes)
    if not fine or len(names) > _COLUMNS:
        return None
    return np.array([(whole.fields[name][1], whole[name].itemsize) for name in names], np.int64)


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


def _of_rows(arrays: ArrayStore, column: Rows | Stack) -> _Column | None:
    entry = arrays.entry(column.array)
    trees, spec = entry.trees, entry.spec
    if trees is None and entry.nbytes > _LARGE:
        trees = _pieces(arrays, column)
    if trees is None or not cut_alike(arrays, column, trees):
        return None
    tail, dtype = spec.shape[1 if isinstance(column, Rows) else 2 :], parse(spec.dtype)

    def rows(part: Part, out: Any) -> None:
        entry.fill(part, out.reshape(len(part), -1))

    return _Column(trees, lambda count: np.empty((count, *tail), dtype), rows, {"": entry})
