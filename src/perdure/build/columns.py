"""Columns to values: the parts of many objects at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.columns import check_offsets, decode_texts, rows
from ..arrays.memory import aligned, apart
from ..converters import CONVERTERS, AttributeConverter, Converter
from ..errors import FormatError, InvalidError, PerdureError
from ..graph.nodes import Array, Batch, Each, Fields, Lists, Numbers, Rows, Scalar, Scalars, Stack, Texts
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
        return list(data) if self.views or kept else apart(data)

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
        # Padding between fields is zero.
        whole = np.zeros(bounds[-1], dtype)
        for name, data in parts.items():
            if whole[name].shape != data.shape:
                raise InvalidError("a field of a structured column has another shape than its dtype", path=str(path))
            self.builder.guarded(np.ndarray, path, partial(put_field, whole, name, data))
        # They are new, and lie one after the other in memory that is theirs alone: none of them needs a copy.
        return [whole[a:b] for a, b in pairwise(bounds)]

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
        # What all objects have in common.
        common: dict[str, Any] = {}
        here = Path(path, "[*]")
        try:
            for name, node in batch.constants.items():
                name = sys.intern(name)
                if type(node) in _ATOMS:
                    common[name] = node
                else:
                    columns.append((name, self.constants(node, batch.count, Path(here, f".{name}"))))
            made = streamed(self.arrays, batch.columns, numpy_dtype) if self.views else {}
            for name, column in batch.columns.items():
                columns.append(
                    (sys.intern(name), made[name] if name in made else self.values(column, Path(here, f".{name}")))
                )
        finally:
            self.views = outer
        if any(len(values) != batch.count for _, values in columns):
            raise InvalidError("the columns of a batch differ in length", path=str(path))
        columns.sort(key=lambda item: item[0])
        return self.assemble(batch, cls, way, columns, common, path)

    def constants(self, node: Any, count: int, path: Path) -> list[Any]:
        """Return the value for each object: its own copy, unless it is plain or shared."""
        if type(node) is Array:
            # Who copies what it is given may be given the same.
            return (
                [self.builder.array(node, path, None)] * count if self.views else self.builder.copies(node, count, path)
            )
        if type(node) is Scalar:
            return [self.builder.value(node, path)] * count
        return [self.builder.value(node, path) for _ in range(count)]

    def assemble(
        self,
        batch: Batch,
        cls: Any,
        way: str,
        columns: list[tuple[str, Sequence[Any]]],
        common: dict[str, Any],
        path: Path,
    ) -> list[Any]:
        builder = self.builder
        keys = [name for name, _ in columns]
        names = sorted([*keys, *common])
        # In the order of names, whatever is common to all.
        whole: dict[str, Any] = dict.fromkeys(names)
        whole.update(common)
        rows: Iterable[tuple[Any, ...]] = zip(*(values for _, values in columns), strict=True)
        if not columns:
            rows = repeat((), batch.count)
        converter = CONVERTERS.get(way)
        if way == "state" or isinstance(converter, AttributeConverter):
            builder.resolver.check_attributes(batch.type, cls, names, Path(path, "[*]"))
            if way == "state":
                return [_filled(own.empty(cls, path), whole, keys, row) for row in rows]
            assert isinstance(converter, AttributeConverter)
            restore = converter.restore
            return builder.guarded_all(
                cls, path, (_restored(_filled(own.empty(cls, path), whole, keys, row), cls, restore) for row in rows)
            )
        if isinstance(converter, Converter):
            if converter.from_states is not None and converter.names == tuple(names):
                listed = [dict(columns).get(name) or repeat(common.get(name), batch.count) for name in names]
                return builder.guarded_all(cls, path, converter.from_states(cls, zip(*listed, strict=True)))
            from_state = converter.from_state
            return builder.guarded_all(cls, path, (from_state(cls, _state(whole, keys, row)) for row in rows))
        made: list[Any] = []
        for i, row in enumerate(rows):
            state, at = _state(whole, keys, row), Path(path, f"[{i}]")
            if way == "method":
                made.append(own.bound_method(state, builder.resolver, at))
            elif own.is_member(cls):
                made.append(builder.guarded(cls, at, partial(own.member, cls, state)))
            else:
                made.append(builder.fill(own.new(cls, (), at), cls, batch.type, state, at))
        return made


def _state(whole: dict[str, Any], keys: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    """Return the attributes of one object: what is common to all, and its own."""
    state = whole.copy()
    state.update(zip(keys, row, strict=True))
    return state


def _restored(made: Any, cls: type, restore: Callable[[type, dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a plain instance whose attributes are what a converter makes of the state that it has."""
    attributes = vars(made)
    restored = restore(cls, attributes)
    if restored is not attributes:
        attributes.clear()
        attributes.update(restored)
    return made


def _filled(made: Any, state: dict[str, Any], keys: Iterable[str], row: Iterable[Any]) -> Any:
    """Return a plain instance with these attributes."""
    attributes = vars(made)
    attributes.update(state)
    attributes.update(zip(keys, row, strict=True))
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
