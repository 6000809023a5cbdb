"""The batch pass: lists of alike values become columns.

Run by encode and by the legacy readers alike, over a graph without columns.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Protocol

from .nodes import (
    Array,
    ArraySpec,
    Batch,
    Column,
    Def,
    Dict,
    DictOf,
    DType,
    Each,
    Fields,
    FrozenSet,
    Global,
    List,
    ListOf,
    Lists,
    Node,
    Numbers,
    Object,
    Objects,
    ObjectsOf,
    Range,
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
from .structure import children, rebuild

__all__ = ["BatchArrays", "batch", "renumber"]

# A batch begins at four objects; columns of plain values at a length where they are smaller.
_OBJECTS = 4
_VALUES = 32


class BatchArrays(Protocol):
    """What the pass needs of the arrays; `perdure.arrays.store.ArrayStore` has it."""

    def spec(self, index: int) -> ArraySpec: ...
    def same(self, left: int, right: int) -> bool: ...
    def concatenate(self, indices: Sequence[int]) -> int: ...
    def stack(self, indices: Sequence[int]) -> int: ...
    def numbers(self, values: Sequence[float]) -> int: ...
    def scalars(self, dtype: str, values: Sequence[Any]) -> int: ...
    def texts(self, values: Sequence[str]) -> tuple[int, int]: ...
    def offsets(self, counts: Sequence[int]) -> int: ...


def batch(root: Node, arrays: BatchArrays) -> Node:
    """Return the graph with columns wherever they serve, shared values numbered anew."""
    changed: Node = _Pass(arrays).node(root)
    return renumber(changed)


class _Pass:
    def __init__(self, arrays: BatchArrays) -> None:
        self.arrays = arrays
        self.known_offsets: dict[tuple[int, ...], int] = {}

    def offsets(self, counts: Sequence[int]) -> int:
        # Columns of one batch mostly share their lengths: one array of offsets serves them all.
        key = tuple(counts)
        if key not in self.known_offsets:
            self.known_offsets[key] = self.arrays.offsets(counts)
        return self.known_offsets[key]

    def node(self, node: Any) -> Any:
        kind = type(node)
        if kind is Set or kind is FrozenSet:
            # Its items are sorted by what they are, so none of them may be a column.
            return node
        if kind is List or kind is Tuple or kind is Objects:
            column = self.worthwhile(node.items)
            if column is not None:
                if kind is List:
                    return ListOf(column)
                return TupleOf(column) if kind is Tuple else ObjectsOf(node.shape, node.order, column)
        elif kind is Dict and len(node.pairs) >= _OBJECTS:
            found = self.dictionary(node)
            if found is not None:
                return found
        return rebuild(node, self.node)

    def worthwhile(self, items: Sequence[Node]) -> Column | None:
        """Return a column for the items of a container where it is the better form."""
        first = (
            next((item.items[0] for item in items if type(item) is List and item.items), items[0]) if items else None
        )
        if len(items) < (_VALUES if type(first) in _SIMPLE else _OBJECTS):
            return None
        return self.column(items)

    def dictionary(self, node: Dict) -> DictOf | None:
        values = [value for _, value in node.pairs]
        many = len(values) >= _VALUES
        if not many and type(values[0]) is not Object:
            return None
        keys = self.column([key for key, _ in node.pairs])
        if keys is None or not isinstance(keys, (Texts, Numbers, Scalars)):
            return None
        column = self.column(values)
        if column is None:
            if not many:
                return None
            column = self.each(values)
        return DictOf(keys, column)

    def each(self, items: Sequence[Node]) -> Each:
        return Each(tuple(self.node(item) for item in items))

    def column(self, items: Sequence[Any]) -> Column | None:
        """Return the items as a column, or None when they have no form in common."""
        kind = type(items[0])
        make = _FORMS.get(kind)
        if make is None or any(type(item) is not kind for item in items):
            return None
        column: Column | None = make(self, items)
        return column

    def numbers(self, items: Sequence[int]) -> Column | None:
        if type(items[0]) is int and not (min(items) >= -(2**63) and max(items) < 2**63):
            return None
        return Numbers(self.arrays.numbers(items))

    def texts(self, items: Sequence[str]) -> Column:
        return Texts(*self.arrays.texts(items))

    def scalars(self, items: Sequence[Scalar]) -> Column | None:
        dtype = items[0].dtype
        if dtype[1] not in "iufb" or any(item.dtype != dtype for item in items):
            return None
        return Scalars(self.arrays.scalars(dtype, [item.value for item in items]))

    def rows(self, items: Sequence[Array]) -> Column | None:
        specs = [self.arrays.spec(item.index) for item in items]
        first = specs[0]
        if not first.shape or any(
            s.dtype != first.dtype
            or s.order != "C"
            or len(s.shape) != len(first.shape)
            or s.shape[1:] != first.shape[1:]
            for s in specs
        ):
            return None
        indices = [item.index for item in items]
        if all(s.shape == first.shape for s in specs):
            return Stack(self.arrays.stack(indices))
        return Rows(self.arrays.concatenate(indices), self.offsets([s.shape[0] for s in specs]))

    def fields(self, items: Sequence[Structured]) -> Column | None:
        first = items[0]
        if any(len(i.shape) != 1 or i.order != "C" or not same_dtype(i.dtype, first.dtype) for i in items):
            return None
        columns: dict[str, Column] = {}
        for name in first.fields:
            found = self.column([item.fields[name] for item in items])
            if found is None:
                return None
            columns[name] = found
        return Fields(first.dtype, columns)

    def lists(self, items: Sequence[List]) -> Column | None:
        flat = [inner for item in items for inner in item.items]
        column = self.column(flat) if flat else None
        return None if column is None else Lists(column, self.offsets([len(item.items) for item in items]))

    def objects(self, items: Sequence[Object]) -> Column | None:
        first = items[0]
        if len(items) < _OBJECTS or any(
            i.type != first.type
            or i.version != first.version
            or i.args is not None
            or i.state.keys() != first.state.keys()
            for i in items
        ):
            return None
        constants: dict[str, Node] = {}
        columns: dict[str, Column] = {}
        for name in sorted(first.state):
            values = [item.state[name] for item in items]
            if self.constant(values):
                constants[name] = self.node(values[0])
            else:
                columns[name] = self.column(values) or self.each(values)
        return Batch(first.type, len(items), constants, columns, first.version)

    def constant(self, values: Sequence[Node]) -> bool:
        first = values[0]
        if isinstance(first, (Def, Ref)):
            return all(isinstance(v, Ref) and v.key == first.key for v in values[1:])
        return all(self.equal(first, value) for value in values[1:])

    def equal(self, left: Any, right: Any) -> bool:
        """Whether two values are the same to the bit and share nothing by identity."""
        kind = type(left)
        if kind is not type(right):
            return False
        if kind is float:
            return struct.pack("<d", left) == struct.pack("<d", right)
        if kind is complex:
            return struct.pack("<dd", left.real, left.imag) == struct.pack("<dd", right.real, right.imag)
        if kind is Array:
            return left.index == right.index or self.arrays.same(left.index, right.index)
        if kind is Def or kind is Ref:
            return False
        if kind is Scalar:
            return left.dtype == right.dtype and self.equal(left.value, right.value)
        if kind is Global:
            return bool(left.name == right.name)
        if kind is DType:
            return same_dtype(left, right)
        inside = list(children(left))
        if not inside:
            return bool(left == right) if kind in _ATOMS else _outside(left) == _outside(right)
        if _outside(left) != _outside(right):
            return False
        others = list(children(right))
        return len(inside) == len(others) and all(
            a[0] == b[0] and self.equal(a[1], b[1]) for a, b in zip(inside, others, strict=True)
        )


_ATOMS = frozenset((type(None), bool, int, str, bytes, type(...)))
_SIMPLE = frozenset((int, float, bool, str, Scalar, List))
_FORMS: dict[type, Any] = {
    int: _Pass.numbers,
    float: _Pass.numbers,
    bool: _Pass.numbers,
    str: _Pass.texts,
    Scalar: _Pass.scalars,
    Array: _Pass.rows,
    Structured: _Pass.fields,
    List: _Pass.lists,
    Object: _Pass.objects,
}


def same_dtype(left: DType, right: DType) -> bool:
    """Whether two dtypes are one."""
    return (
        left.name == right.name
        and left.itemsize == right.itemsize
        and left.aligned == right.aligned
        and len(left.fields) == len(right.fields)
        and all(
            a[0] == b[0] and same_dtype(a[1], b[1]) and a[2:] == b[2:]
            for a, b in zip(left.fields, right.fields, strict=True)
        )
    )


def _outside(node: Any) -> tuple[Any, ...]:
    """Return what a node is apart from its children."""
    kind = type(node)
    if kind is Object:
        return (node.type, node.version, tuple(node.state), None if node.args is None else len(node.args))
    if kind is Objects:
        return (node.shape, node.order)
    if kind is Structured:
        return (node.shape, node.order, node.dtype.name, node.dtype.itemsize, tuple(node.fields))
    if kind is Dict:
        return (len(node.pairs),)
    if kind is Range:
        return (node.start, node.stop, node.step)
    return ()


def renumber(root: Node, also: Sequence[Node] = ()) -> Node:
    """Number shared values by first appearance: columns change the order in which places are met.

    Parameters
    ----------
    root : Node
    also : sequence of Node, default=()
        Nodes that are no longer in the graph; a value that is defined there moves to where it is still used.
    """
    defined: dict[int, Node] = {}

    def collect(node: Any) -> None:
        if isinstance(node, Def):
            defined[node.key] = node.node
        for _, child in children(node):
            collect(child)

    for node in (*also, root):
        collect(node)
    if not defined:
        return root
    numbers: dict[int, int] = {}

    def visit(node: Any) -> Any:
        if isinstance(node, (Def, Ref)):
            if node.key in numbers:
                return Ref(numbers[node.key])
            numbers[node.key] = number = len(numbers)
            return Def(number, visit(defined[node.key]))
        return rebuild(node, visit)

    result: Node = visit(root)
    return result
