"""Numbers of many objects at once, however the graph holds them: constants, columns, references.

A rule sees `Members` only, so it has one form for a single object and for a batch of ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NoReturn

import numpy as np

from ..arrays.columns import check_offsets, decode_texts
from ..arrays.content import AnyArray
from ..arrays.dtypes import parse
from ..arrays.store import ArrayStore
from ..errors import InvalidError
from ..graph.nodes import (
    Array,
    Batch,
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

__all__ = ["ABSENT", "Held", "HeldFields", "Link", "Members", "Mixed", "Pieces", "Reader"]

ABSENT = object()
_FIX = "do not use this file: it is damaged, or made to do harm"


class Mixed(Exception):
    """The members differ so much that the rule has to look at them one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """An array that a column holds for one member."""

    data: AnyArray


@dataclass(frozen=True, slots=True, eq=False)
class HeldFields:
    """A structured array that a column holds for one member, a field an array."""

    fields: Mapping[str, AnyArray]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Arrays of many members, one after the other along the first axis.

    Attributes
    ----------
    data : ndarray, shape (total, ...)
    offsets : ndarray of int64, shape (n_pieces + 1,)
    of : ndarray of int64, shape (n_members,)
        The piece that each member has; all have the first where they share one.
    """

    data: AnyArray
    offsets: AnyArray
    of: AnyArray

    @property
    def lengths(self) -> AnyArray:
        """The length of each piece."""
        return np.diff(self.offsets)

    def rows(self) -> AnyArray:
        """Return the number of the piece that each row of the data belongs to."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.lengths)

    def piece(self, number: int) -> AnyArray:
        """Return one piece."""
        return self.data[self.offsets[number] : self.offsets[number + 1]]


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """Members that lie inside others: ``child[positions[k]]`` belongs to ``owners[k]``."""

    child: Members
    owners: AnyArray
    positions: AnyArray


class Reader:
    """Looks up what the nodes of one graph hold.

    Parameters
    ----------
    graph : Graph
    arrays : ArrayStore
    trusted : frozenset of str
        What the reader of the file trusts besides the tables.
    """

    def __init__(self, graph: Graph, arrays: ArrayStore, trusted: frozenset[str]) -> None:
        self.graph = graph
        self.arrays = arrays
        self.trusted = trusted
        self.defined = definitions(graph)

    def resolve(self, node: Any) -> Any:
        """Return the value itself behind a reference."""
        return resolve(node, self.defined)

    def members(self, path: Path, part: Object | Batch) -> Members:
        """Return the objects at one place of the graph."""
        family = Family(path, part)
        return Members(self, family, 0, family.count)

    # --- one value ---

    def array(self, value: Any) -> AnyArray | None:
        """Return the array that a value is, or None."""
        value = self.resolve(value)
        if isinstance(value, Array):
            return self.arrays.view(value.index)
        return value.data if isinstance(value, Held) else None

    def number(self, value: Any) -> Any:
        """Return the number that a value is as Python's, or None; booleans are numbers."""
        value = self.resolve(value)
        if isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, Scalar) and isinstance(value.value, (bool, int, float)):
            kind = parse(value.dtype).kind
            if kind in "iufb":
                return value.value
        return None

    def shape(self, value: Any) -> tuple[int, ...] | None:
        """Return the shape of an array of any sort, or None."""
        value = self.resolve(value)
        if isinstance(value, (Objects, ObjectsOf, Structured)):
            return value.shape
        array = self.array(value)
        return None if array is None else array.shape

    def items(self, value: Any) -> list[Any] | None:
        """Return what a list, tuple, set or array of Python objects holds, or None."""
        value = self.resolve(value)
        if isinstance(value, (List, Tuple, Objects, Set, FrozenSet)):
            return [self.resolve(item) for item in value.items]
        if isinstance(value, (ListOf, TupleOf, ObjectsOf)):
            return list(self.cells(value.items, Path(None, "")))
        return None

    def pairs(self, value: Any) -> list[tuple[Any, Any]] | None:
        """Return what a dict holds, or None."""
        value = self.resolve(value)
        if isinstance(value, Dict):
            return [(self.resolve(k), self.resolve(v)) for k, v in value.pairs]
        if isinstance(value, DictOf):
            nowhere = Path(None, "")
            return list(zip(self.cells(value.keys, nowhere), self.cells(value.values, nowhere), strict=True))
        return None

    # --- columns ---

    def offsets(self, index: int, total: int) -> AnyArray:
        """Return offsets that cut ``total`` items."""
        offsets = self.arrays.view(index)
        check_offsets(offsets, total)
        return offsets

    def cells(self, column: Any, path: Path) -> Iterator[Any]:
        """Yield the values of a column, each as a node or as what a column holds in place of one."""
        kind = type(column)
        if kind is Numbers:
            yield from self.arrays.view(column.array).tolist()
        elif kind is Scalars:
            data = self.arrays.view(column.array)
            name = self.arrays.spec(column.array).dtype
            yield from (Scalar(name, item) for item in data.tolist())
        elif kind is Texts:
            yield from decode_texts(self.arrays.view(column.data), self.arrays.view(column.offsets))
        elif kind is Rows or kind is Stack:
            pieces = self.column_pieces(column)
            for i in range(len(pieces.offsets) - 1):
                yield Held(pieces.piece(i) if kind is Rows else self.arrays.view(column.array)[i, ...])
        elif kind is Fields:
            table = {name: self.column_pieces(inner) for name, inner in column.fields.items()}
            counts = {len(pieces.offsets) for pieces in table.values()}
            for i in range(min(counts) - 1):
                yield HeldFields({name: pieces.piece(i) for name, pieces in table.items()})
        elif kind is Lists:
            items = list(self.cells(column.items, path))
            offsets = check_offsets(self.arrays.view(column.offsets), len(items))
            for a, b in pairwise(offsets):
                yield List(tuple(items[a:b]))
        elif kind is Batch:
            family = Family(path, column)
            yield from (Members(self, family, i, i + 1) for i in range(column.count))
        else:
            yield from (self.resolve(node) for node in column.nodes)

    def column_pieces(self, column: Any) -> Pieces:
        """Return the arrays of a column of arrays."""
        if isinstance(column, Rows):
            data = self.arrays.view(column.array)
            offsets = self.offsets(column.offsets, len(data))
        else:
            data = self.arrays.view(column.array)
            count, each = (data.shape[0], data.shape[1]) if data.ndim > 1 else (len(data), 1)
            data = data.reshape(count * each, *data.shape[2:])
            offsets = np.arange(count + 1, dtype=np.int64) * each
        return Pieces(data, offsets, np.arange(len(offsets) - 1))


class Members:
    """Objects of one type that stand together.

    Attributes
    ----------
    reader : Reader
    family : Family
    type : str
    count : int
    """

    __slots__ = ("count", "family", "reader", "start", "stop", "type")

    def __init__(self, reader: Reader, family: Family, start: int, stop: int) -> None:
        self.reader = reader
        self.family = family
        self.start = start
        self.stop = stop
        self.count = stop - start
        self.type = family.type

    def __contains__(self, name: str) -> bool:
        return name in self.family

    def __iter__(self) -> Iterator[Members]:
        return (Members(self.reader, self.family, i, i + 1) for i in range(self.start, self.stop))

    # --- errors ---

    def where(self, index: int, piece: str = "") -> str:
        """Return the path of one member, with a further piece."""
        path: Path | None = self.family.path
        if not isinstance(self.family.part, Batch):
            return f"{path}{piece}"
        number = f"[{self.start + index}]"
        pieces = [piece]
        # A column of a batch has the same index as the batch itself, up to where the outermost one stands.
        while path is not None and path.piece.startswith("[*]"):
            pieces.append(number + path.piece[3:])
            path = path.parent
            if pieces[-1] == number:
                return f"{path}{''.join(reversed(pieces))}"
        if len(pieces) == 1:
            pieces.append(number)
        return f"{path}{''.join(reversed(pieces))}"

    def fail(self, problem: str, index: int = 0, piece: str = "", fix: str | None = None) -> NoReturn:
        """Raise InvalidError for one member."""
        raise InvalidError(problem, path=self.where(int(index), piece), fix=fix or _FIX)

    def require(self, good: Any, problem: str, piece: str = "") -> None:
        """Raise unless every member is good.

        Parameters
        ----------
        good : bool or ndarray of bool, shape (count,)
        problem : str
        piece : str
            Of the path, below the member.
        """
        if isinstance(good, np.ndarray):
            if not good.all():
                self.fail(problem, int(np.argmin(good)), piece)
        elif not good:
            self.fail(problem, 0, piece)

    # --- attributes ---

    def place(self, name: str) -> tuple[bool, Any]:
        """Return whether the attribute is one node for all, and the node or column; raise where it is missing."""
        same, node = self.family.constant(name)
        if same:
            return True, self.reader.resolve(node)
        column = self.family.column(name)
        if column is None:
            self.fail(f"the attribute {name!r} of {self.type} is missing")
        return False, column

    def value(self, name: str, default: Any = ABSENT) -> Any:
        """Return the attribute of a single member."""
        if default is not ABSENT and name not in self:
            return default
        same, part = self.place(name)
        if same:
            return part
        if self.count != 1:
            raise Mixed
        return self._cell(part, name)

    def _cell(self, column: Any, name: str) -> Any:
        i, reader = self.start, self.reader
        kind = type(column)
        if kind is Each:
            return reader.resolve(column.nodes[i])
        if kind is Batch:
            return Members(reader, Family(self.family.path / f"[*].{name}", column), i, i + 1)
        if kind is Numbers:
            return reader.arrays.view(column.array)[i].item()
        if kind is Scalars:
            return Scalar(reader.arrays.spec(column.array).dtype, reader.arrays.view(column.array)[i].item())
        if kind is Stack:
            return Held(reader.arrays.view(column.array)[i, ...])
        if kind is Rows:
            return Held(reader.column_pieces(column).piece(i))
        if kind is Fields:
            return HeldFields({n: reader.column_pieces(inner).piece(i) for n, inner in column.fields.items()})
        # Texts and lists are read whole: rules look at them for single objects only.
        for number, value in enumerate(reader.cells(column, self.family.path / f".{name}")):
            if number == i:
                return value
        return self.fail(f"the column {name!r} is too short")

    def numbers(self, name: str) -> AnyArray:
        """Return a number for each member, of dtype int64, float64 or bool.

        Returns
        -------
        ndarray, shape (count,)
        """
        same, part = self.place(name)
        if same:
            value = self.reader.number(part)
            if value is None:
                self.fail(f"{name} has to be a number", 0, f".{name}")
            return np.broadcast_to(self._exact([value], name), (self.count,))
        if isinstance(part, (Numbers, Scalars)):
            data = self.reader.arrays.view(part.array)[self.start : self.stop]
            if data.dtype.kind not in "iufb" or (data.dtype.kind == "u" and data.size and data.max() >= 2**63):
                self.fail(f"{name} has to be a number", 0, f".{name}")
            return data.astype(np.int64) if data.dtype.kind in "iu" else data
        if isinstance(part, Each):
            values = [self.reader.number(node) for node in part.nodes[self.start : self.stop]]
            for i, value in enumerate(values):
                if value is None:
                    self.fail(f"{name} has to be a number", i, f".{name}")
            if len({type(value) for value in values}) > 1:
                raise Mixed
            return self._exact(values, name)
        return self.fail(f"{name} has to be a number", 0, f".{name}")

    def _exact(self, values: Sequence[Any], name: str) -> AnyArray:
        kind = type(values[0])
        if kind is int and any(not -(2**63) <= value < 2**63 for value in values):
            self.fail(f"{name} is beyond 64 bits", 0, f".{name}")
        return np.array(values, np.bool_ if kind is bool else np.int64 if kind is int else np.float64)

    def integers(self, name: str, low: int | None = None, high: int | None = None) -> AnyArray:
        """Return an integer for each member after checking its bounds, both of them allowed.

        Returns
        -------
        ndarray of int64, shape (count,)
        """
        values = self.numbers(name)
        if values.dtype.kind != "i":
            self.fail(f"{name} has to be an integer", 0, f".{name}")
        good = np.ones(self.count, np.bool_)
        if low is not None:
            good &= values >= low
        if high is not None:
            good &= values <= high
        if not good.all():
            worst = int(np.argmin(good))
            bounds = f"at least {low:,}" if high is None else f"between {low:,} and {high:,}"
            self.fail(f"{name} is {values[worst]:,}; it has to be {bounds}", worst, f".{name}")
        return values

    # --- arrays ---

    def pieces(self, name: str, kinds: str, ndim: int, sizes: Sequence[int] = ()) -> Pieces:
        """Return the arrays of the members after checking what they are.

        Parameters
        ----------
        name : str
        kinds : str
            numpy's letters of the dtypes allowed, such as ``"iu"``.
        ndim : int
        sizes : sequence of int
            Bytes of an item; any when empty.
        """
        same, part = self.place(name)
        return self._pieces(part, same, name, f".{name}", kinds, ndim, sizes)

    def _pieces(
        self, part: Any, same: bool, name: str, piece: str, kinds: str, ndim: int, sizes: Sequence[int]
    ) -> Pieces:
        if same:
            array = self.reader.array(part)
            if array is None:
                self.fail(f"{name} has to be an array", 0, piece)
            self._check(array, array.ndim, name, piece, kinds, ndim, sizes)
            return Pieces(array, np.array([0, len(array)]), np.zeros(self.count, np.int64))
        if isinstance(part, Rows):
            data = self.reader.arrays.view(part.array)
            offsets = self.reader.offsets(part.offsets, len(data))[self.start : self.stop + 1]
            self._check(data, data.ndim, name, piece, kinds, ndim, sizes)
            first = offsets[0]
            return Pieces(data[first : offsets[-1]], offsets - first, np.arange(self.count))
        if isinstance(part, Stack):
            data = self.reader.arrays.view(part.array)[self.start : self.stop]
            self._check(data, data.ndim - 1, name, piece, kinds, ndim, sizes)
            each = data.shape[1]
            joined = data.reshape(self.count * each, *data.shape[2:])
            return Pieces(joined, np.arange(self.count + 1, dtype=np.int64) * each, np.arange(self.count))
        if isinstance(part, Each):
            if self.count != 1:
                raise Mixed
            return self._pieces(self.reader.resolve(part.nodes[self.start]), True, name, piece, kinds, ndim, sizes)
        return self.fail(f"{name} has to be an array", 0, piece)

    def _check(
        self, data: AnyArray, own: int, name: str, piece: str, kinds: str, ndim: int, sizes: Sequence[int]
    ) -> None:
        dtype = data.dtype
        if dtype.kind not in kinds or (sizes and dtype.itemsize not in sizes):
            self.fail(f"{name} has the dtype {dtype}, which {self.type} never has there", 0, piece)
        if own != ndim:
            self.fail(f"{name} has {own} dimensions instead of {ndim}", 0, piece)

    def fields(self, name: str, wanted: Mapping[str, tuple[str, Sequence[int]]]) -> dict[str, Pieces]:
        """Return the fields of structured arrays of one dimension; all have the same offsets.

        Parameters
        ----------
        name : str
        wanted : mapping of str to (kinds, sizes)
            The fields that have to be there; others are left out.
        """
        same, part = self.place(name)
        if isinstance(part, Each):
            if self.count != 1:
                raise Mixed
            same, part = True, self.reader.resolve(part.nodes[self.start])
        ok = isinstance(part, Structured) and len(part.shape) == 1 if same else isinstance(part, Fields)
        if isinstance(part, HeldFields):
            ok = True
        if not ok:
            self.fail(f"{name} has to be a structured array of one dimension", 0, f".{name}")
        found: dict[str, Pieces] = {}
        for field, (kinds, sizes) in wanted.items():
            if field not in part.fields:
                self.fail(f"{name} has no field {field!r}", 0, f".{name}")
            inner = self.reader.resolve(part.fields[field])
            found[field] = self._pieces(inner, same, f"{name}[{field!r}]", f".{name}[{field!r}]", kinds, 1, sizes)
        first = next(iter(found.values()))
        for field, pieces in found.items():
            if not np.array_equal(pieces.offsets, first.offsets):
                self.fail(f"the fields of {name} differ in length", 0, f".{name}[{field!r}]")
        return found

    # --- what lies inside ---

    def links(self, name: str) -> list[Link]:
        """Return the objects that an attribute holds, one each."""
        same, part = self.place(name)
        everyone = np.arange(self.count)
        here = self.family.path / (f"[*].{name}" if isinstance(self.family.part, Batch) else f".{name}")
        return self._linked(part, same, everyone, here, name)

    def _linked(self, part: Any, same: bool, owners: AnyArray, here: Path, name: str) -> list[Link]:
        if same:
            if isinstance(part, Object):
                return [Link(self.reader.members(here, part), owners, np.zeros(len(owners), np.int64))]
            if isinstance(part, Members):
                return [Link(part, owners, np.zeros(len(owners), np.int64))]
        elif isinstance(part, Batch):
            return [Link(Members(self.reader, Family(here, part), self.start, self.stop), owners, np.arange(self.count))]
        elif isinstance(part, Each):
            return [
                link
                for i, node in enumerate(part.nodes[self.start : self.stop])
                for link in self._linked(self.reader.resolve(node), True, owners[i : i + 1], here, name)
            ]
        return self.fail(f"{name} has to be an object", 0, f".{name}")
