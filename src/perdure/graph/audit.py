"""Does the graph fit together: lengths of columns, items of arrays, and what it expands to when built.

A few bytes can ask for a billion objects (a batch of batches, one array named a million times), so
what building would allocate is summed before anything is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..errors import FormatError
from .limits import Limits
from .nodes import (
    Array,
    ArraySpec,
    Batch,
    Column,
    DictOf,
    DType,
    Each,
    Fields,
    Lists,
    Numbers,
    Object,
    Objects,
    ObjectsOf,
    Rows,
    Scalars,
    Stack,
    Structured,
    Texts,
)
from .read import Parsed
from .structure import children, inner_of
from .write import item_bytes

__all__ = ["audit", "length"]

_NUMBERS = ("<i8", "<f8", "|b1")


def length(column: Column, specs: Sequence[ArraySpec]) -> int:
    """Return how many values a column holds.

    Raises
    ------
    FormatError
        When its arrays cannot be the arrays of such a column.
    """
    kind = type(column)
    if kind is Each:
        return len(column.nodes)  # type: ignore[union-attr]
    if kind is Batch:
        return column.count  # type: ignore[union-attr]
    if kind is Numbers or kind is Scalars:
        spec = specs[column.array]  # type: ignore[union-attr]
        if len(spec.shape) != 1 or (kind is Numbers and spec.dtype not in _NUMBERS):
            raise FormatError(f"a column of numbers has an array {spec.dtype} of shape {spec.shape}")
        return spec.shape[0]
    if kind is Stack:
        spec = specs[column.array]  # type: ignore[union-attr]
        if not spec.shape or spec.order != "C":
            raise FormatError("a stack of arrays is one C-ordered array of at least one dimension")
        return spec.shape[0]
    if isinstance(column, Fields):
        lengths = {length(inner, specs) for inner in column.fields.values()}
        if len(lengths) != 1:
            raise FormatError("the fields of a structured column differ in length")
        return lengths.pop()
    if isinstance(column, Rows):
        spec = specs[column.array]
        if not spec.shape or spec.order != "C":
            raise FormatError("concatenated arrays are one C-ordered array of at least one dimension")
        return _from_offsets(column.offsets, specs)
    if isinstance(column, Texts):
        spec = specs[column.data]
        if spec.dtype != "|u1" or len(spec.shape) != 1:
            raise FormatError("a column of texts holds bytes")
        return _from_offsets(column.offsets, specs)
    if isinstance(column, Lists):
        return _from_offsets(column.offsets, specs)
    raise FormatError("a column was expected")


def _from_offsets(index: int, specs: Sequence[ArraySpec]) -> int:
    spec = specs[index]
    if spec.dtype != "<i8" or len(spec.shape) != 1 or spec.shape[0] < 1:
        raise FormatError(f"offsets are one row of <i8, not {spec.dtype} of shape {spec.shape}")
    return spec.shape[0] - 1


def audit(parsed: Parsed, limits: Limits) -> None:
    """Raise when columns and arrays do not fit together, or building would pass the limits."""
    specs = parsed.specs
    if parsed.built is not None:
        limits.check("decoded_bytes", parsed.built, "bytes of arrays once built")
        return
    if not parsed.columns:
        # Nothing in it expands, and each node was counted when it was read: the arrays are left.
        total = sum(prod(specs[index].shape) * item_bytes(specs[index].dtype) * n for index, n in parsed.uses.items())
        limits.check("decoded_bytes", total, "bytes of arrays once built")
        return
    totals = [0, 0]
    _Audit(specs, totals).visit(parsed.root, 1)
    limits.check("nodes", totals[0], "objects once built")
    limits.check("decoded_bytes", totals[1], "bytes of arrays once built")


def check_layout(dtype: DType) -> int:
    """Return the size of one item; raise when its fields overlap, pass its end or leave wide gaps."""
    if not dtype.fields:
        try:
            return item_bytes(dtype.name)
        except (ValueError, IndexError):
            raise FormatError(f"there is no dtype {dtype.name!r:.40}") from None
    end = 0
    for name, inner, shape, offset in sorted(dtype.fields, key=lambda field: field[3]):
        if not end <= offset <= end + _PADDING:
            raise FormatError(f"the field {name!r} of a structured dtype overlaps another or leaves a gap")
        end = offset + check_layout(inner) * prod(shape)
    if not end <= dtype.itemsize <= end + _PADDING:
        raise FormatError("a structured dtype is shorter or much longer than its fields")
    return dtype.itemsize


def wide(dtype: DType) -> DType:
    """Return the layout that a structured dtype with indices has where these have 64 bits, as files say it.

    Compilers put each field at a multiple of its size. On a machine of 32 bits the layout is another one.

    Examples
    --------
    >>> from perdure.graph.audit import wide
    >>> from perdure.graph.nodes import DType
    >>> narrow = DType("", (("child", DType("intp"), (), 0), ("value", DType("<f8"), (), 4)), 12, False)
    >>> [offset for *_, offset in wide(narrow).fields], wide(narrow).itemsize
    ([0, 8], 16)
    """
    end, most, fields = 0, 1, []
    for name, inner, shape, _ in dtype.fields:
        size = item_bytes(inner.name)
        align = min(size, 8)
        end += -end % align
        fields.append((name, inner, shape, end))
        end, most = end + size * prod(shape), max(most, align)
    return DType("", tuple(fields), end + -end % most, dtype.aligned)


# No compiler pads a field by more than a vector register.
_PADDING = 64


class _Audit:
    def __init__(self, specs: Sequence[ArraySpec], totals: list[int]) -> None:
        self.specs = specs
        self.totals = totals

    def visit(self, node: Any, copies: int) -> None:
        """Count a node that is built ``copies`` times."""
        kind = type(node)
        if kind is Array:
            self.totals[0] += copies
            self.totals[1] += copies * self.size(node.index)
            return
        check = _CHECKS.get(kind)
        if check is not None:
            check(self, node)
        if kind is Batch:
            self.totals[0] += copies * node.count
            for constant in node.constants.values():
                self.visit(constant, copies * node.count)
            for column in node.columns.values():
                self.visit(column, copies)
            return
        self.totals[0] += copies
        if kind is Object and node.args is None:
            for name in inner_of(node):
                self.visit(node.state[name], copies)
            return
        for _, child in children(node):
            if type(child) not in _PLAIN:
                self.visit(child, copies)

    def size(self, index: int) -> int:
        spec = self.specs[index]
        return prod(spec.shape) * item_bytes(spec.dtype)

    def batch(self, node: Batch) -> None:
        for name, column in node.columns.items():
            if length(column, self.specs) != node.count:
                raise FormatError(f"the column {name!r} of a batch of {node.count} has another length")

    def column(self, node: Any) -> None:
        count = length(node, self.specs)
        self.totals[0] += count
        if isinstance(node, Fields):
            # The layout bounds the padding, and the fields' own columns are counted besides.
            check_layout(node.dtype)
        if isinstance(node, (Rows, Stack)):
            self.totals[1] += self.size(node.array)

    def objects(self, node: Objects) -> None:
        if prod(node.shape) != len(node.items):
            raise FormatError(f"an array of objects of shape {node.shape} has {len(node.items)} items")

    def objects_of(self, node: ObjectsOf) -> None:
        if prod(node.shape) != length(node.items, self.specs):
            raise FormatError(f"an array of objects of shape {node.shape} has another number of items")

    def dict_of(self, node: DictOf) -> None:
        if length(node.keys, self.specs) != length(node.values, self.specs):
            raise FormatError("a dict has as many keys as values")

    def structured(self, node: Structured) -> None:
        check_layout(node.dtype)
        self.totals[1] += prod(node.shape) * node.dtype.itemsize
        subshapes = {name: shape for name, _, shape, _ in node.dtype.fields}
        for name, value in node.fields.items():
            if isinstance(value, Array):
                if self.specs[value.index].shape != (*node.shape, *subshapes[name]):
                    raise FormatError(f"the field {name!r} of a structured array has another shape")
            elif not isinstance(value, Structured) or value.shape != (*node.shape, *subshapes[name]):
                raise FormatError(f"the field {name!r} of a structured array is not an array")


_CHECKS: dict[type, Any] = {
    Batch: _Audit.batch,
    Numbers: _Audit.column,
    Scalars: _Audit.column,
    Texts: _Audit.column,
    Rows: _Audit.column,
    Stack: _Audit.column,
    Fields: _Audit.column,
    Lists: _Audit.column,
    Objects: _Audit.objects,
    ObjectsOf: _Audit.objects_of,
    DictOf: _Audit.dict_of,
    Structured: _Audit.structured,
}
_PLAIN = frozenset((type(None), bool, int, float, str, bytes, complex, type(...)))
