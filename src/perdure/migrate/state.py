"""The attributes of one object, or of a batch of them, open to change: an operation knows no other form."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from ..arrays.columns import check_offsets, decode_texts, rows
from ..arrays.content import AnyArray
from ..arrays.store import ArrayStore
from ..errors import InvalidError
from ..graph.nodes import (
    Array,
    Batch,
    Column,
    Def,
    Dict,
    Each,
    Fields,
    List,
    ListOf,
    Lists,
    Node,
    Numbers,
    Object,
    Objects,
    ObjectsOf,
    Ref,
    Rows,
    Scalar,
    Scalars,
    Stack,
    Structured,
    Texts,
    Tuple,
    TupleOf,
)

__all__ = ["Context", "Mixed", "State", "expand"]

Part: TypeAlias = Object | Batch
# Our own form of an array with gaps; its values stand in an array without.
_STRIDED = "numpy:strided/1"


class Mixed(Exception):
    """The objects of a batch differ where one answer for all was asked for: they have to be taken one by one."""


class Context:
    """What lies around the objects of one graph.

    Attributes
    ----------
    arrays : ArrayStore
    defined : dict of int to Node
        The shared values by their keys, as they are now.
    removed : list of Node
        What was taken out of the graph; a shared value among it may still be referred to.
    changed, pending : set and list
        Operations on shared values, as (key, operations): done where the value is defined, and still to do.
    """

    __slots__ = ("arrays", "changed", "defined", "pending", "removed")

    def __init__(self, arrays: ArrayStore) -> None:
        self.arrays = arrays
        self.defined: dict[int, Node] = {}
        self.removed: list[Any] = []
        self.changed: set[tuple[int, Any]] = set()
        self.pending: list[tuple[int, Any]] = []

    def resolve(self, node: Any) -> Any:
        """Return the value itself where the node defines or refers to a shared one."""
        for _ in range(len(self.defined) + 1):
            if isinstance(node, Def):
                node = node.node
            elif isinstance(node, Ref):
                node = self.defined.get(node.key)
            else:
                return node
        raise InvalidError("a shared value leads to itself")

    def view(self, node: Any) -> AnyArray:
        """Return the values of an array node, read-only."""
        node = self.resolve(node)
        if isinstance(node, Object) and node.type == _STRIDED and "array" in node.state:
            node = self.resolve(node.state["array"])
        if not isinstance(node, Array):
            raise InvalidError(f"an array was expected, not {type(node).__name__}")
        return self.arrays.view(node.index)

    def array(self, values: AnyArray, dtype: str | None = None) -> Array:
        """Return a node for new values."""
        return Array(self.arrays.add(np.asarray(values), dtype))


def is_other(node: Node, *values: Any) -> bool:
    """Say whether a node is surely none of some plain values: a shared one takes a look."""
    kind = type(node)
    return kind in _TOLD and not any(type(value) is kind and value == node for value in values)


# What says at a glance that it is another value: no reference, no column.
_TOLD = frozenset((type(None), bool, int, float, str, bytes, complex, Array, Dict, List, Object, Scalar, Tuple))


class State:
    """One object or batch of n, by attribute: `constants` are alike in all, `columns` differ.

    An object is a batch of one without columns. Nothing of the graph is touched: what is changed is a copy.

    Attributes
    ----------
    part : Object or Batch
        What it was made of.
    type : str
    constants : mapping of str to Node
    columns : mapping of str to Column
    """

    __slots__ = ("_instead", "_own", "columns", "constants", "context", "part", "type")

    def __init__(self, part: Part, context: Context) -> None:
        self.part = part
        self.context = context
        self.type = part.type
        self.constants: Mapping[str, Node] = part.constants if isinstance(part, Batch) else part.state
        self.columns: Mapping[str, Column] = part.columns if isinstance(part, Batch) else {}
        self._own = False
        self._instead: Any = None

    @property
    def count(self) -> int:
        return self.part.count if isinstance(self.part, Batch) else 1

    def __contains__(self, name: str) -> bool:
        return name in self.constants or name in self.columns

    def node(self, name: str) -> Node:
        """Return the attribute that all objects share, as it stands in the graph.

        Raises
        ------
        Mixed
            When the objects differ in it.
        """
        if name in self.columns:
            raise Mixed
        return self.constants[name]

    def value(self, name: str, default: Any = None) -> Any:
        """Return the attribute that all objects share, shared values resolved.

        Raises
        ------
        Mixed
            When the objects differ in it.
        """
        if name in self.columns:
            raise Mixed
        found = self.constants.get(name, default)
        return self.context.resolve(found) if type(found) in (Def, Ref) else found

    def holds(self, name: str, value: Any) -> bool:
        """Say whether the attribute is this plain value in all objects."""
        found = self.value(name)
        return type(found) is type(value) and found == value

    def anywhere(self, name: str, value: Any) -> bool:
        """Say whether the attribute is this plain value in any object."""
        if name in self.columns:
            return any(type(one) is type(value) and one == value for one in expand(self.columns[name], self.context))
        return name in self.constants and self.holds(name, value)

    def same_as(self, before: tuple[Any, ...]) -> bool:
        """Say whether nothing has changed since `snapshot`."""
        now = self.snapshot()
        return before[:2] == now[:2] and all(
            a.keys() == b.keys() and all(a[name] is b[name] for name in a)
            for a, b in zip(before[2:], now[2:], strict=True)
        )

    def snapshot(self) -> tuple[Any, ...]:
        """Return what `same_as` compares."""
        return self.type, id(self._instead), dict(self.constants), dict(self.columns)

    # --- changing ---

    def _open(self) -> tuple[dict[str, Node], dict[str, Column]]:
        if not self._own:
            self.constants = dict(self.constants)
            self.columns = dict(self.columns)
            self._own = True
        return self.constants, self.columns  # type: ignore[return-value]

    def set(self, name: str, node: Node) -> None:
        """Give all objects this attribute."""
        constants, columns = self._open()
        self.drop(name, replaced=node)
        columns.pop(name, None)
        constants[name] = node

    def set_column(self, name: str, column: Column) -> None:
        """Give each object its own value of this attribute."""
        if not isinstance(self.part, Batch):
            raise InvalidError("one object has no columns")
        constants, columns = self._open()
        self.drop(name, replaced=column)
        constants.pop(name, None)
        columns[name] = column

    def drop(self, name: str, replaced: Any = None) -> None:
        """Take the attribute away, where it is there."""
        constants, columns = self._open()
        for place in (constants, columns):
            found: Any = place.pop(name, None)
            if found is not None and found is not replaced:
                self.context.removed.append(found)

    def rename(self, old: str, new: str) -> None:
        """Give an attribute another name."""
        constants, columns = self._open()
        for place in (constants, columns):
            if old in place:
                found: Any = place.pop(old)
                self.drop(new, replaced=found)
                place[new] = found

    def become(self, name: str) -> None:
        """Let the object, or each of the batch, give way to one of its attributes."""
        if name in self.columns:
            self._instead = self.columns[name]
        else:
            node = self.constants[name]
            self._instead = Each((node,) * self.part.count) if isinstance(self.part, Batch) else node
        # What else it held is gone; a value that is shared may still be needed elsewhere.
        rest = (*self.constants.items(), *self.columns.items())
        self.context.removed += [value for other, value in rest if other != name]

    def map(self, name: str, change: Callable[[Node], Node]) -> None:
        """Put ``change(value)`` in the place of each value of the attribute."""
        if name in self.constants:
            self.set(name, change(self.value(name)))
        elif name in self.columns:
            values = expand(self.columns[name], self.context)
            self.set_column(name, Each(tuple(change(self.context.resolve(value)) for value in values)))

    def finish(self) -> Any:
        """Return the object or batch as it is now, or what stands in its place."""
        part = self.part
        if self._instead is not None:
            return self._instead
        if not self._own and self.type == part.type:
            return part
        if isinstance(part, Batch):
            return Batch(self.type, part.count, _sorted(self.constants), _sorted(self.columns), part.version)
        return Object(self.type, _sorted(self.constants), part.args, part.version)

    # --- arrays, a column at once ---

    def map_rows(self, names: tuple[str, ...], target: str, change: Callable[..., AnyArray]) -> None:
        """Replace an array, row by row, by a function of arrays that have the same rows.

        Parameters
        ----------
        names : tuple of str
            The arrays that ``change`` takes; ``nodes.threshold`` is a field of a structured one.
        target : str
            The one that it gives.
        change : callable
            Works on each row by itself, so that the rows of many objects may stand one after the other.
        """
        pieces = [self._rows_of(name) for name in names]
        if any(piece[1] != pieces[0][1] for piece in pieces):
            raise InvalidError("arrays that belong together differ in length")
        values = change(*(piece[0] for piece in pieces))
        self._put_rows(target, values)

    def find(self, name: str) -> Any:
        name, _, field = name.partition(".")
        found: Any = self.columns.get(name)
        if found is None:
            found = self.value(name)
        if field:
            if name in self.columns and not isinstance(found, Fields):
                raise Mixed
            if not isinstance(found, (Structured, Fields)) or field not in found.fields:
                raise InvalidError(f"{name} has no field {field}")
            found = found.fields[field]
        return found

    def _rows_of(self, name: str) -> tuple[AnyArray, list[int] | None]:
        found = self.find(name)
        context = self.context
        if isinstance(found, Each):
            raise Mixed
        if isinstance(found, Rows):
            data = context.arrays.view(found.array)
            return data, check_offsets(context.arrays.view(found.offsets), len(data))
        if isinstance(found, Stack):
            data = context.arrays.view(found.array)
            if data.ndim < 2:
                raise InvalidError(f"{name} has no rows")
            each = data.shape[1]
            return data.reshape(-1, *data.shape[2:]), [each * i for i in range(len(data) + 1)]
        data = context.view(found)
        if not data.ndim:
            raise InvalidError(f"{name} has no rows")
        return data, [0, len(data)]

    def _put_rows(self, name: str, values: AnyArray) -> None:
        found = self.columns.get(name)
        arrays = self.context.arrays
        if isinstance(found, Rows):
            self.set_column(name, Rows(arrays.add(values), found.offsets))
        elif isinstance(found, Stack):
            before = arrays.spec(found.array).shape
            self.set_column(name, Stack(arrays.add(values.reshape(*before[:2], *values.shape[1:]))))
        elif found is None:
            self.set(name, self.context.array(values))
        else:
            raise InvalidError(f"{name} is no column of arrays")


def _sorted(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {name: mapping[name] for name in sorted(mapping)}


def expand(column: Column, context: Context) -> list[Node]:
    """Return the values of a column as nodes, one for each object."""
    arrays = context.arrays
    if isinstance(column, Each):
        return list(column.nodes)
    if isinstance(column, Numbers):
        return list(arrays.view(column.array).tolist())
    if isinstance(column, Scalars):
        data = arrays.view(column.array)
        dtype = arrays.spec(column.array).dtype
        return [Scalar(dtype, value) for value in data.tolist()]
    if isinstance(column, Texts):
        return list(decode_texts(arrays.view(column.data), arrays.view(column.offsets)))
    if isinstance(column, (Rows, Stack)):
        data = arrays.view(column.array)
        dtype_of = arrays.spec(column.array).dtype
        named = dtype_of if dtype_of == "intp" else None
        pieces = (
            rows(data, arrays.view(column.offsets))
            if isinstance(column, Rows)
            else [data[i, ...] for i in range(len(data))]
        )
        return [context.array(piece, named) for piece in pieces]
    if isinstance(column, Fields):
        fields = {name: expand(inner, context) for name, inner in column.fields.items()}
        return [
            Structured(column.dtype, _shape(values[0], context), "C", dict(zip(fields, values, strict=True)))
            for values in zip(*fields.values(), strict=True)
        ]
    if isinstance(column, Lists):
        items = expand(column.items, context)
        cuts = check_offsets(arrays.view(column.offsets), len(items))
        return [List(tuple(items[a:b])) for a, b in itertools.pairwise(cuts)]
    return list(objects(column, context))


def _shape(node: Any, context: Context) -> tuple[int, ...]:
    return context.arrays.spec(node.index).shape if isinstance(node, Array) else ()


def objects(batch: Batch, context: Context) -> Iterator[Object]:
    """Yield the objects of a batch, one by one."""
    columns = {name: expand(column, context) for name, column in batch.columns.items()}
    for i in range(batch.count):
        state = dict(batch.constants)
        state.update({name: values[i] for name, values in columns.items()})
        yield Object(batch.type, _sorted(state), None, batch.version)


def items_of(node: Any, context: Context) -> list[Node] | None:
    """Return the items of a list, tuple or array of objects, however it is stored; None for anything else."""
    node = context.resolve(node)
    if isinstance(node, (List, Tuple, Objects)):
        return list(node.items)
    if isinstance(node, (ListOf, TupleOf, ObjectsOf)):
        return expand(node.items, context)
    return None
