"""Columns to values: the parts of many objects at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.columns import check_offsets, decode_texts, rows
from ..arrays.memory import aligned
from ..converters import CONVERTERS, AttributeConverter
from ..errors import FormatError, InvalidError, PerdureError
from ..graph.nodes import Batch, Each, Fields, Lists, Numbers, Rows, Scalars, Stack, Texts
from ..graph.structure import Path
from . import own
from .dtypes import numpy_dtype, put_field
from .nodes import streamed

if TYPE_CHECKING:
    from .builder import Builder

__all__ = ["Columns"]

_ATOMS = frozenset((type(None), bool, int, float, str, bytes, complex, type(...)))


class Columns:
    """Builds the values of columns for one builder.

    Parameters
    ----------
    builder : Builder
    """

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.arrays = builder.arrays
        # Whether what takes the arrays copies them, so that views are enough.
        self.views = False

    def values(self, column: Any, path: Path) -> list[Any]:
        """Return the values of a column, in order."""
        try:
            return _VALUES[type(column)](self, column, path)
        except PerdureError as error:
            if error.path is not None:
                raise
            raise type(error)(error.problem, path=str(path), fix=error.fix) from None

    def owned(self, array: Any, kept: bool = False) -> Any:
        if self.views or kept:
            return array
        copy = aligned(array.shape, array.dtype, "C")
        copy[...] = array
        return copy

    def numbers(self, column: Numbers, path: Path) -> list[Any]:
        return self.arrays.view(column.array).tolist()  # type: ignore[no-any-return]

    def scalars(self, column: Scalars, path: Path) -> list[Any]:
        return list(self.arrays.view(column.array))

    def texts(self, column: Texts, path: Path) -> list[Any]:
        return decode_texts(self.arrays.view(column.data), self.arrays.view(column.offsets))

    def rows(self, column: Rows, path: Path) -> list[Any]:
        pieces = rows(self.arrays.view(column.array), self.arrays.view(column.offsets))
        kept = self.arrays.kept(column.array)
        return [self.owned(piece, kept) for piece in pieces]

    def stack(self, column: Stack, path: Path) -> list[Any]:
        data = self.arrays.view(column.array)
        kept = self.arrays.kept(column.array)
        if data.ndim == 1:
            return [self.owned(data[i, ...], kept) for i in range(len(data))]
        return [self.owned(item, kept) for item in data]

    def fields(self, column: Fields, path: Path) -> list[Any]:
        dtype = numpy_dtype(column.dtype)
        parts: dict[str, Any] = {}
        bounds: list[int] | None = None
        for name, inner in column.fields.items():
            if isinstance(inner, Rows):
                data = self.arrays.view(inner.array)
                own = check_offsets(self.arrays.view(inner.offsets), len(data))
            elif isinstance(inner, Stack):
                data = self.arrays.view(inner.array)
                count, each = data.shape[:2] if data.ndim > 1 else (0, 0)
                own = [each * i for i in range(count + 1)]
                data = data.reshape(count * each, *data.shape[2:])
            else:
                raise FormatError("the fields of a structured column are arrays", path=str(path))
            if bounds is not None and own != bounds:
                raise InvalidError("the fields of a structured column differ in length", path=str(path))
            bounds = own
            parts[name] = data
        assert bounds is not None
        whole = aligned((bounds[-1],), dtype, "C")
        whole.fill(np.zeros((), dtype)[()])
        for name, data in parts.items():
            if whole[name].shape != data.shape:
                raise InvalidError("a field of a structured column has another shape than its dtype", path=str(path))
            self.builder.guarded(np.ndarray, path, partial(put_field, whole, name, data))
        return [self.owned(whole[a:b]) for a, b in pairwise(bounds)]

    def lists(self, column: Lists, path: Path) -> list[Any]:
        items = self.values(column.items, path)
        bounds = check_offsets(self.arrays.view(column.offsets), len(items))
        return [items[a:b] for a, b in pairwise(bounds)]

    def each(self, column: Each, path: Path) -> list[Any]:
        return self.builder.all(column.nodes, path)

    def batch(self, batch: Batch, path: Path) -> list[Any]:
        builder = self.builder
        cls, way = builder.resolver.class_of(batch.type, path)
        outer = self.views
        self.views = getattr(CONVERTERS.get(way), "copies", False)
        columns: list[tuple[str, Sequence[Any]]] = []
        here = Path(path, "[*]")
        names = sorted([*batch.constants, *batch.columns])
        try:
            for name in batch.constants:
                columns.append(
                    (sys.intern(name), self.constants(batch.constants[name], batch.count, Path(here, f".{name}")))
                )
            for name, column in batch.columns.items():
                made = streamed(self.arrays, column, numpy_dtype) if self.views else None
                columns.append(
                    (sys.intern(name), self.values(column, Path(here, f".{name}")) if made is None else made)
                )
        finally:
            self.views = outer
        if any(len(values) != batch.count for _, values in columns):
            raise InvalidError("the columns of a batch differ in length", path=str(path))
        columns.sort(key=lambda item: item[0])
        return self.assemble(batch, cls, way, columns, names, path)

    def constants(self, node: Any, count: int, path: Path) -> list[Any]:
        """Return the value for each object: its own copy, unless it is plain or shared."""
        if type(node) in _ATOMS:
            return [node] * count
        return [self.builder.value(node, path) for _ in range(count)]

    def assemble(
        self, batch: Batch, cls: type, way: str, columns: list[tuple[str, Sequence[Any]]], names: list[str], path: Path
    ) -> list[Any]:
        builder = self.builder
        made: list[Any] = []
        here = Path(path, "[*]")
        if way == "state":
            builder.resolver.check_attributes(batch.type, cls, names, here)
            keys = [name for name, _ in columns]
            for row in zip(*(values for _, values in columns), strict=True):
                item = own.empty(cls, here)
                vars(item).update(zip(keys, row, strict=True))
                made.append(item)
            return made if columns else [own.empty(cls, here) for _ in range(batch.count)]
        for i in range(batch.count):
            state = {name: values[i] for name, values in columns}
            at = Path(path, f"[{i}]")
            if way == "own":
                if own.is_member(cls):
                    made.append(builder.guarded(cls, at, partial(own.member, cls, state)))
                else:
                    made.append(builder.fill(own.new(cls, (), at), cls, batch.type, state, at))
            elif way == "method":
                made.append(own.bound_method(state, builder.resolver, at))
            elif isinstance(CONVERTERS[way], AttributeConverter):
                made.append(builder.restore(own.empty(cls, at), way, batch.type, cls, state, at))
            else:
                made.append(builder.convert(way, cls, state, at))
        return made


_VALUES: dict[type, Callable[[Columns, Any, Path], list[Any]]] = {
    Numbers: Columns.numbers,
    Scalars: Columns.scalars,
    Texts: Columns.texts,
    Rows: Columns.rows,
    Stack: Columns.stack,
    Fields: Columns.fields,
    Lists: Columns.lists,
    Each: Columns.each,
    Batch: Columns.batch,
}
