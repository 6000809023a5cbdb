"""What one node or column holds, however the graph holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..arrays.columns import check_offsets, decode_texts
from ..arrays.content import AnyArray
from ..arrays.dtypes import parse
from ..arrays.store import ArrayStore
from ..errors import InvalidError, Untrusted
from ..graph.nodes import (
    Array,
    Batch,
    Def,
    Dict,
    DictOf,
    Each,
    Fields,
    FrozenSet,
    Graph,
    List,
    ListOf,
    Lists,
    Numbers,
    Object,
    Objects,
    ObjectsOf,
    Ref,
    Rows,
    Scalar,
    Scalars,
    Set,
    Stack,
    Structured,
    Texts,
    Tuple,
    TupleOf,
)
from ..graph.structure import Family, Path, definitions, resolve

__all__ = ["FIX", "STRIDED", "Held", "HeldFields", "Part", "Pieces", "Reader"]

# An array that was a part of a larger one, so that gaps lie between its rows.
STRIDED = "numpy:strided/1"
FIX = "do not use this file: it is damaged, or made to do harm"


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """An array that a column holds for one member."""

    data: AnyArray


@dataclass(frozen=True, slots=True, eq=False)
class HeldFields:
    """A structured array that a column holds for one member, a field an array."""

    fields: Mapping[str, AnyArray]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One object of a batch."""

    family: Family
    index: int


class Pieces:
    """Arrays of many members, one after the other along the first axis.

    Parameters
    ----------
    data : ndarray or callable
        The array, or what returns it: what nobody looks at is not read.
    offsets : ndarray of int64, shape (n_pieces + 1,)
    of : ndarray of int64, shape (n_members,)
        The piece that each member has; all have the first where they share one.
    shape : tuple of int, optional
        Of the array, where it is not there yet.
    """

    __slots__ = ("_data", "of", "offsets", "shape")

    def __init__(
        self, data: AnyArray | Callable[[], AnyArray], offsets: AnyArray, of: AnyArray, shape: tuple[int, ...] = ()
    ) -> None:
        self._data = data
        self.offsets = offsets
        self.of = of
        self.shape = data.shape if isinstance(data, np.ndarray) else shape

    @property
    def data(self) -> AnyArray:
        """The array, shape (total, ...)."""
        found = self._data
        if not isinstance(found, np.ndarray):
            found = self._data = found()
        return found

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> AnyArray:
        """The length of the piece of each member."""
        return np.diff(self.offsets)[self.of]

    def rows(self) -> AnyArray:
        """Return the number of the piece that each row of the data belongs to."""
        return np.repeat(np.arange(self.count), np.diff(self.offsets).astype(np.intp, copy=False))

    def piece(self, number: int) -> AnyArray:
        """Return one piece."""
        return self.data[self.offsets[number] : self.offsets[number + 1]]

    def each(self, ufunc: Any, empty: Any = 0) -> AnyArray:
        """Return what a ufunc makes of the piece of each member, such as its largest value.

        Parameters
        ----------
        ufunc : numpy.ufunc
            Of two arguments.
        empty : number, default=0
            For a piece without rows.
        """
        made = np.full((self.count, *self.data.shape[1:]), empty, self.data.dtype)
        filled = np.flatnonzero(np.diff(self.offsets).astype(np.intp, copy=False))
        if len(filled):
            made[filled] = ufunc.reduceat(self.data, self.offsets[filled].astype(np.intp, copy=False), axis=0)
        return made[self.of]


class Reader:
    """Looks up what the nodes of one graph hold.

    Parameters
    ----------
    graph : Graph
    arrays : ArrayStore
    trusted : frozenset of str
        What the reader of the file trusts besides the tables.
    asked : list of Untrusted, optional
        Where what needs the reader's trust is collected; it is refused where there is none.
    """

    def __init__(
        self,
        graph: Graph,
        arrays: ArrayStore,
        trusted: frozenset[str] = frozenset(),
        asked: list[Untrusted] | None = None,
    ) -> None:
        self.graph = graph
        self.arrays = arrays
        self.trusted = trusted
        # Whether objects inside others are to be looked at one by one, because they differ too much.
        self.apart = False
        self.collecting = asked is not None
        self.asked: list[Untrusted] = [] if asked is None else asked
        self.defined = definitions(graph)
        for node in self.defined.values():
            if isinstance(node, (Def, Ref)):
                raise InvalidError("a shared value is nothing but a reference to another", path="model", fix=FIX)

    def resolve(self, node: Any) -> Any:
        """Return the value itself behind a reference."""
        return resolve(node, self.defined) if isinstance(node, (Def, Ref)) else node

    # --- one value ---

    def array(self, value: Any) -> AnyArray | None:
        """Return the array that a value is, or None; one with gaps in memory is an array like any other."""
        value = self.resolve(value)
        if isinstance(value, Array):
            return self.arrays.view(value.index)
        if isinstance(value, Object) and value.type == STRIDED:
            return self.array(value.state.get("array"))
        if isinstance(value, Part) and value.family.type == STRIDED:
            return self.array(self.part_of(value, "array"))
        return value.data if isinstance(value, Held) else None

    def part_of(self, part: Part, name: str) -> Any:
        """Return an attribute of one object of a batch, or None."""
        same, node = part.family.constant(name)
        column = part.family.column(name)
        if same or column is None:
            return node
        return next(self.cells(column, part.family.path / f"[*].{name}", part.index, part.index + 1), None)

    def number(self, value: Any) -> Any:
        """Return the number that a value is as Python's, or None; booleans are numbers."""
        value = self.resolve(value)
        if isinstance(value, Scalar) and parse(value.dtype).kind in "iufb":
            value = value.value
        return value if isinstance(value, (bool, int, float)) else None

    def plain(self, value: Any) -> Any:
        """Return a value without its dress: of a numpy scalar, and of an array of one element, what Python has for it.

        Whoever computes with them takes them for the same; anything else is returned as it is.
        """
        value = self.resolve(value)
        if isinstance(value, Scalar):
            return value.value
        array = self.array(value)
        return array.item() if array is not None and array.size == 1 and array.dtype.kind in "biufU" else value

    def integer(self, value: Any) -> int | None:
        """Return the integer that a value is, or None; booleans are none."""
        found = self.number(value)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def shape(self, value: Any) -> tuple[int, ...] | None:
        """Return the shape of an array of any sort, or None."""
        if type(value) is Array:
            return self.arrays.spec(value.index).shape
        value = self.resolve(value)
        if isinstance(value, (Objects, ObjectsOf, Structured)):
            return value.shape
        if isinstance(value, Array):
            return self.arrays.spec(value.index).shape
        array = self.array(value)
        return None if array is None else array.shape

    def items(self, value: Any) -> list[Any] | None:
        """Return what a list, tuple, set or array of Python objects holds, or None."""
        value = self.resolve(value)
        if isinstance(value, (List, Tuple, Objects, Set, FrozenSet)):
            return [self.resolve(item) for item in value.items]
        if isinstance(value, (ListOf, TupleOf, ObjectsOf)):
            return list(self.cells(value.items, Path(None, "…")))
        return None

    def pairs(self, value: Any) -> list[tuple[Any, Any]] | None:
        """Return what a dict holds, or None."""
        value = self.resolve(value)
        if isinstance(value, Dict):
            return [(self.resolve(k), self.resolve(v)) for k, v in value.pairs]
        if isinstance(value, DictOf):
            here = Path(None, "…")
            return list(zip(self.cells(value.keys, here), self.cells(value.values, here), strict=True))
        return None

    def entry(self, value: Any, key: str) -> Any:
        """Return what a dict holds under a key, or None."""
        return next((item for name, item in self.pairs(value) or () if name == key), None)

    # --- columns ---

    def offsets(self, index: int, total: int) -> AnyArray:
        """Return offsets that cut ``total`` items, checked."""
        offsets = self.arrays.view(index)
        check_offsets(offsets, total)
        return offsets

    def pieces(self, column: Rows | Stack) -> Pieces:
        """Return the arrays of a column of arrays; single values as arrays of length one."""
        arrays, index = self.arrays, column.array
        shape = arrays.spec(index).shape
        if isinstance(column, Rows):
            offsets = self.offsets(column.offsets, shape[0])
        else:
            count, each = shape[:2] if len(shape) > 1 else (shape[0], 1)
            shape = (count * each, *shape[2:])
            offsets = np.arange(count + 1, dtype=np.int64) * each
        return Pieces(lambda: arrays.view(index).reshape(shape), offsets, np.arange(len(offsets) - 1), shape)

    def cells(self, column: Any, path: Path, start: int = 0, stop: int | None = None) -> Iterator[Any]:
        """Yield some values of a column, each as a node or as what a column holds in place of one."""
        yield from _CELLS[type(column)](self, column, path, start, stop)

    def _numbers(self, column: Numbers, path: Path, start: int, stop: int | None) -> Iterator[Any]:
        yield from self.arrays.view(column.array)[start:stop].tolist()

    def _scalars(self, column: Scalars, path: Path, start: int, stop: int | None) -> Iterator[Any]:
        name = self.arrays.spec(column.array).dtype
        yield from (Scalar(name, item) for item in self.arrays.view(column.array)[start:stop].tolist())

    def _texts(self, column: Texts, path: Path, start: int, stop: int | None) -> Iterator[Any]:
        data = self.arrays.view(column.data)
        offsets = self.offsets(column.offsets, len(data))
        stop = len(offsets) - 1 if stop is None else stop
        if stop > start:
            cuts = offsets[start : stop + 1]
            yield from decode_texts(data[cuts[0] : cuts[-1]], cuts - cuts[0])

    def _rows(self, column: Rows, path: Path, start: int, stop: int | None) -> Iterator[Any]:
        pieces = self.pieces(column)
        yield from (Held(pieces.piece(i)) for i in range(pieces.count)[start:stop])

    def _stack(self, column: Stack, path: Path, start: int, stop: int | None) -> Iterator[Any]:
        data = self.arrays.view(column.array)
        yield from (Held(data[i, ...]) for i in range(len(data))[start:stop])

    def _fields(self, column: Fields, path: Path, start: int, stop: int | None) -> Iterator[Any]:
        table = {name: self.pieces(inner) for name, inner in column.fields.items()}  # type: ignore[arg-type]
        count = min(pieces.count for pieces in table.values())
        for i in range(count)[start:stop]:
            yield HeldFields({name: pieces.piece(i) for name, pieces in table.items()})

    def _lists(self, column: Lists, path: Path, start: int, stop: int | None) -> Iterator[Any]:
        cuts = self.arrays.view(column.offsets)
        check_offsets(cuts, int(cuts[-1]))
        stop = len(cuts) - 1 if stop is None else stop
        for a, b in pairwise(cuts[start : stop + 1].tolist()):
            yield List(tuple(self.cells(column.items, path / "[*]", a, b)))

    def _batch(self, column: Batch, path: Path, start: int, stop: int | None) -> Iterator[Any]:
        family = Family(path, column)
        yield from (Part(family, i) for i in range(column.count)[start:stop])

    def _each(self, column: Each, path: Path, start: int, stop: int | None) -> Iterator[Any]:
        yield from (self.resolve(node) for node in column.nodes[start:stop])


_CELLS: dict[type, Any] = {
    Numbers: Reader._numbers,
    Scalars: Reader._scalars,
    Texts: Reader._texts,
    Rows: Reader._rows,
    Stack: Reader._stack,
    Fields: Reader._fields,
    Lists: Reader._lists,
    Batch: Reader._batch,
    Each: Reader._each,
}
