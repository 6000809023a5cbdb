"""Objects of one type that stand together, with their attributes as numbers: all that a rule sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from ..arrays.content import AnyArray
from ..arrays.dtypes import parse
from ..errors import InvalidError, Untrusted
from ..graph.nodes import (
    Array,
    Batch,
    Each,
    Fields,
    Numbers,
    Object,
    Rows,
    Scalars,
    Stack,
    Structured,
)
from ..graph.structure import Family, Path
from .reading import FIX, STRIDED, HeldFields, Part, Pieces, Reader

__all__ = ["ABSENT", "PARTIAL", "Members", "Mixed"]

ABSENT = object()
PARTIAL = "functools:partial/1"


class Mixed(Exception):
    """The members differ so much that the rule has to look at them one by one."""


class Members:
    """Objects of one type that stand together: the rows ``start`` to ``stop`` of a family.

    Attributes
    ----------
    reader : Reader
    family : Family
    type : str
    count : int
    """

    __slots__ = ("count", "family", "reader", "start", "stop", "type")

    def __init__(self, reader: Reader, family: Family, start: int = 0, stop: int | None = None) -> None:
        self.reader = reader
        self.family = family
        self.start = start
        self.stop = family.count if stop is None else stop
        self.count = self.stop - start
        self.type = family.type

    def __contains__(self, name: str) -> bool:
        return name in self.family

    def __iter__(self) -> Iterator[Members]:
        return (Members(self.reader, self.family, i, i + 1) for i in range(self.start, self.stop))

    @property
    def types(self) -> tuple[str, ...]:
        """The type and the known types that it derives from."""
        return (self.type, *self.reader.graph.bases.get(self.type, ()))

    # --- errors ---

    def where(self, index: int = 0, piece: str = "") -> str:
        """Return the path of one member, with a further piece."""
        path: Path | None = self.family.path
        if not isinstance(self.family.part, Batch):
            return f"{path}{piece}"
        number = f"[{self.start + index}]"
        pieces = [piece]
        # A column of a batch has the same index as the batch itself, up to where the outermost one stands.
        while path is not None and path.piece.startswith("[*]."):
            pieces.append(path.piece[3:])
            path = path.parent
        if path is not None and path.piece == "[*]":
            path = path.parent
        pieces.append(number)
        return f"{path}{''.join(reversed(pieces))}"

    def fail(self, problem: str, index: int = 0, piece: str = "", fix: str = FIX) -> NoReturn:
        """Raise InvalidError for one member."""
        raise InvalidError(problem, path=self.where(int(index), piece), fix=fix)

    def ask(self, name: str, reason: str, piece: str) -> None:
        """Ask for the reader's trust in a parameter of one member, unless it was given.

        Parameters
        ----------
        name : str
            As ``parameter=value``, what has to be in ``trusted``.
        reason : str
            What the parameter would do.
        piece : str
            Of the path, below the member.
        """
        reader = self.reader
        if name not in reader.trusted:
            reader.asked.append(Untrusted(name, (self.where(0, piece),), reason))

    def require(self, good: Any, problem: str, piece: str = "") -> None:
        """Raise unless all is good.

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

    def require_rows(self, pieces: Pieces, good: AnyArray, problem: str, piece: str) -> None:
        """Raise unless every row of the pieces is good, with the place of the first that is not."""
        if good.all():
            return
        row = int(np.argmin(good))
        number = int(np.searchsorted(pieces.offsets, row, side="right")) - 1
        self.fail(problem, int(np.argmax(pieces.of == number)), f"{piece}[{row - pieces.offsets[number]}]")

    # --- attributes ---

    def place(self, name: str) -> tuple[bool, Any]:
        """Return whether the attribute is one node for all, and the node or column; raise where it is missing."""
        same, node = self.family.constant(name)
        if same:
            return True, self.reader.resolve(node)
        column = self.family.column(name)
        if column is None:
            self.fail(f"the attribute {name!r} of {self.type} is missing")
        if isinstance(column, Each):
            if self.count == 1:
                return True, self.reader.resolve(column.nodes[self.start])
            return False, column
        return False, column

    def value(self, name: str, default: Any = ABSENT) -> Any:
        """Return the attribute, which has to be one for all members; a rule is run for each alone otherwise."""
        if default is not ABSENT and name not in self:
            return default
        same, part = self.place(name)
        if same:
            return part
        if self.count != 1:
            raise Mixed
        return next(self.reader.cells(part, self.inside(name), self.start, self.stop))

    def inside(self, name: str) -> Path:
        """Return the path of an attribute."""
        return self.family.path / (f"[*].{name}" if isinstance(self.family.part, Batch) else f".{name}")

    def members(self, value: Any, piece: str) -> Members | None:
        """Return the single object that a value of this member is, or None.

        Parameters
        ----------
        value : node
            Below this single member.
        piece : str
            Of the path, from the member to the value.
        """
        value = self.reader.resolve(value)
        if isinstance(value, Part):
            return Members(self.reader, value.family, value.index, value.index + 1)
        if isinstance(value, Object):
            # A place is spelled out only where somebody asks, but for one of a batch.
            path = Path(None, self.where(0, piece)) if isinstance(self.family.part, Batch) else self.family.path / piece
            return Members(self.reader, Family(path, value))
        return None

    def one(self, name: str) -> Members:
        """Return the single object that an attribute of this single member is; raise where it is none."""
        found = self.members(self.value(name), f".{name}")
        if found is None:
            self.fail(f"{name} has to be an object", 0, f".{name}")
        return found

    # --- numbers ---

    def numbers(self, name: str) -> AnyArray:
        """Return a number for each member, of dtype int64, float64 or bool.

        Returns
        -------
        ndarray, shape (count,)
        """
        same, part = self.place(name)
        if same:
            return np.broadcast_to(self._exact([part], name), (self.count,))
        if isinstance(part, (Numbers, Scalars)):
            data = self.reader.arrays.view(part.array)[self.start : self.stop]
            if data.dtype.kind not in "iufb" or (data.dtype.kind == "u" and data.size and data.max() >= 2**63):
                self.fail(f"{name} has to be a number", 0, f".{name}")
            return data.astype(np.int64) if data.dtype.kind in "iu" else data
        if isinstance(part, Each):
            return self._exact(part.nodes[self.start : self.stop], name)
        return self.fail(f"{name} has to be a number", 0, f".{name}")

    def _exact(self, nodes: Sequence[Any], name: str) -> AnyArray:
        values = [self.reader.number(node) for node in nodes]
        for i, value in enumerate(values):
            if value is None or (type(value) is int and not -(2**63) <= value < 2**63):
                self.fail(f"{name} has to be a number of at most 64 bits", i, f".{name}")
        kinds = {type(value) for value in values}
        if len(kinds) > 1:
            raise Mixed
        kind = kinds.pop()
        return np.array(values, np.bool_ if kind is bool else np.int64 if kind is int else np.float64)

    def integers(self, name: str, low: int | None = None, high: int | None = None) -> AnyArray:
        """Return an integer for each member after checking its bounds, both of them allowed.

        Returns
        -------
        ndarray of int64, shape (count,)
        """
        least, most = -(2**63) if low is None else low, 2**63 - 1 if high is None else high
        same, part = self.place(name)
        if same and type(part) is int and least <= part <= min(most, 2**63 - 1):
            # The usual case, without numpy's cost of a look at one number.
            return np.full(self.count, part, np.int64)
        values = self.numbers(name)
        if values.dtype.kind != "i":
            self.fail(f"{name} has to be an integer", 0, f".{name}")
        good = (values >= least) & (values <= most)
        if not good.all():
            worst = int(np.argmin(good))
            if high is None:
                bounds = f"at least {low:,}"
            else:
                bounds = f"at most {high:,}" if low is None else f"between {low:,} and {high:,}"
            self.fail(f"{name} is {values[worst]:,}; it has to be {bounds}", worst, f".{name}")
        return values

    def integer(self, name: str, low: int | None = None, high: int | None = None) -> int:
        """Return the integer of a single member, checked like `integers`, without numpy where it is a plain one."""
        part = self.family.part
        value = part.state.get(name) if type(part) is Object else None
        if type(value) is int and (low is None or value >= low) and value <= (2**63 - 1 if high is None else high):
            return value
        return int(self.integers(name, low, high)[0])

    # --- arrays ---

    def array(self, name: str, kinds: str, ndim: int, sizes: Sequence[int] = ()) -> AnyArray:
        """Return the array of a single member, checked like `pieces`."""
        part = self.family.part
        node = part.state.get(name) if type(part) is Object else None
        if type(node) is Array:
            found = self.reader.arrays.view(node.index)
            dtype = found.dtype
            if dtype.kind in kinds and found.ndim == ndim and (not sizes or dtype.itemsize in sizes):
                return found
        return self.pieces(name, kinds, ndim, sizes).data

    def shapes(self, name: str) -> AnyArray | None:
        """Return the shape of each member's array, without a look at its values, or None where it is no array.

        Returns
        -------
        ndarray of int64, shape (count, n_dims), or None
        """
        same, part = self.place(name)
        if same:
            shape = self.reader.shape(part)
            return None if shape is None else np.broadcast_to(np.array(shape, np.int64), (self.count, len(shape)))
        specs = self.reader.arrays.spec
        if isinstance(part, Stack):
            shape = specs(part.array).shape[1:]
            return np.broadcast_to(np.array(shape, np.int64), (self.count, len(shape)))
        if isinstance(part, Rows):
            spec = specs(part.array)
            offsets = self.reader.offsets(part.offsets, spec.shape[0])
            made = np.empty((self.count, len(spec.shape)), np.int64)
            made[:] = spec.shape
            made[:, 0] = np.diff(offsets[self.start : self.stop + 1])
            return made
        if isinstance(part, Batch) and part.type == STRIDED:
            return Members(self.reader, Family(self.inside(name), part), self.start, self.stop).shapes("array")
        if isinstance(part, Each):
            raise Mixed
        return None

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
        if not same and isinstance(part, Each):
            raise Mixed
        if not same and isinstance(part, (Rows, Stack)):
            spec = self.reader.arrays.spec(part.array)
            own = len(spec.shape) - isinstance(part, Stack)
            self._check(parse(spec.dtype), own, name, piece, kinds, ndim, sizes)
            whole = self.reader.pieces(part)
            if self.count == whole.count:
                return whole
            cut = whole.offsets[self.start : self.stop + 1]
            shape = (int(cut[-1] - cut[0]), *whole.shape[1:])
            return Pieces(lambda: whole.data[cut[0] : cut[-1]], cut - cut[0], np.arange(self.count), shape)
        if not same and isinstance(part, Batch) and part.type == STRIDED:
            inner = Members(self.reader, Family(self.inside(name), part), self.start, self.stop)
            return inner.pieces("array", kinds, ndim, sizes)
        array = self.reader.array(part) if same else None
        if array is None:
            self.fail(f"{name} has to be an array", 0, piece)
        self._check(array.dtype, array.ndim, name, piece, kinds, ndim, sizes)
        return Pieces(array, np.array([0, len(array)]), np.zeros(self.count, np.int64))

    def _check(self, dtype: Any, own: int, name: str, piece: str, kinds: str, ndim: int, sizes: Sequence[int]) -> None:
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
        if not same and isinstance(part, Each):
            raise Mixed
        single = (isinstance(part, Structured) and len(part.shape) == 1) or isinstance(part, HeldFields)
        if not (single if same else isinstance(part, Fields)):
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

    def field(self, name: str, field: str) -> Any:
        """Return the column of a field of structured arrays that differ; None where there is none, or not of all members."""
        same, part = self.place(name)
        if same or not isinstance(part, Fields) or self.count != self.family.count:
            return None
        return part.fields.get(field)

    def has_field(self, name: str, field: str) -> bool:
        """Return whether the structured arrays of an attribute have a field."""
        return field in getattr(self.place(name)[1], "fields", ())
