"""A part of a graph as a graph of its own: one step of a pipeline, one tree of a forest, one model of many.

Of a column only the rows that are wanted are taken, so that one model out of a hundred thousand costs
what one model costs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from ..errors import InvalidError, UnsupportedError, shown
from ..graph.nodes import (
    Array,
    ArraySpec,
    Def,
    Dict,
    DictOf,
    Each,
    Fields,
    Graph,
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
from ..graph.structure import definitions, rebuild
from .columns import decode_texts
from .dtypes import name_of
from .store import ArrayStore

__all__ = ["Steps", "parse_path", "select"]

Steps = tuple["str | tuple[object]", ...]

_STEP = re.compile(r"""\.?(?P<name>[A-Za-z_]\w*)|\[(?P<index>-?\d{1,15})\]|\[(?P<key>'[^']*'|"[^"]*")\]""")
_LONGEST = 1000


def parse_path(path: str) -> Steps:
    """Return the steps of a path such as ``steps[-1][1].estimators_[3]``: attributes, and keys in a tuple.

    Raises
    ------
    UnsupportedError
        When the text is not such a path.

    Examples
    --------
    >>> from perdure.arrays.select import parse_path
    >>> parse_path("model['a'].steps[-1]")
    (('a',), 'steps', (-1,))
    """
    steps: list[Any] = []
    text = path.removeprefix("model") if path == "model" or path[5:6] in (".", "[") else path
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or len(text) > _LONGEST:
            raise UnsupportedError(
                f"{path[:60]!r} is not a place in a model",
                fix="""write it as in Python: "steps[-1][1].estimators_[3]" """,
            )
        name, index, key = found.group("name", "index", "key")
        steps.append(name if name is not None else (int(index),) if index is not None else (key[1:-1],))
        at = found.end()
    return tuple(steps)


def select(graph: Graph, arrays: ArrayStore, steps: Steps) -> Graph:
    """Return the graph of a part.

    Parameters
    ----------
    graph : Graph
    arrays : ArrayStore
        Rows of columns are added to it as arrays of their own.
    steps : tuple
        As `parse_path` returns them.

    Raises
    ------
    UnsupportedError
        When the model has no such part, with what it has there.
    """
    selection = _Selection(arrays, definitions(graph))
    node: Any = graph.root
    place = "model"
    for step in steps:
        node = selection.step(selection.resolved(node), step, place)
        place += f".{step}" if isinstance(step, str) else f"[{shown(step[0])}]"
    return replace(graph, root=selection.closed(node))


class _Selection:
    def __init__(self, arrays: ArrayStore, defined: Mapping[int, Node]) -> None:
        self.arrays = arrays
        self.defined = defined

    def resolved(self, node: Any) -> Any:
        while isinstance(node, (Def, Ref)):
            node = node.node if isinstance(node, Def) else self.defined[node.key]
        return node

    def closed(self, root: Any) -> Any:
        """Return a node in which every shared value is defined at its first place."""
        seen: set[int] = set()

        def visit(node: Any) -> Any:
            if isinstance(node, (Def, Ref)):
                if node.key in seen:
                    return Ref(node.key)
                seen.add(node.key)
                return Def(node.key, visit(self.defined[node.key]))
            return rebuild(node, visit)

        return visit(root)

    def step(self, node: Any, step: str | tuple[object], place: str) -> Any:
        if isinstance(step, str):
            return self.attribute(node, step, place)
        (key,) = step
        if isinstance(node, (Dict, DictOf)):
            return self.item(node, key, place)
        if isinstance(node, (List, Tuple, Objects)):
            return node.items[self.position(key, len(node.items), place)]
        if isinstance(node, (ListOf, TupleOf, ObjectsOf)):
            return self.row(node.items, self.position(key, self.count(node.items), place))
        if isinstance(node, Object) and "items" in node.state:
            # Dictionaries with attributes (Bunch) keep their items there.
            return self.step(self.resolved(node.state["items"]), step, place)
        raise UnsupportedError(f"{place} of the file has no items", fix="perdure.open(file) shows what is in it")

    def attribute(self, node: Any, name: str, place: str) -> Any:
        if isinstance(node, Object):
            if name in node.state:
                return node.state[name]
            raise UnsupportedError(f"{place} has no attribute {name!r}; it has {_few(node.state)}")
        raise UnsupportedError(f"{place} of the file has no attributes", fix="perdure.open(file) shows what is in it")

    def position(self, key: object, count: int, place: str) -> int:
        if type(key) is not int or not -count <= key < count:
            raise UnsupportedError(f"{place} has {count} items, and none at {shown(key)}")
        return key % count

    def item(self, node: Dict | DictOf, key: object, place: str) -> Any:
        if isinstance(node, Dict):
            for name, value in node.pairs:
                if type(name) is type(key) and name == key:
                    return value
            raise UnsupportedError(f"{place} has no key {shown(key)}; it has {_few([name for name, _ in node.pairs])}")
        position = self.find(node.keys, key)
        if position is None:
            raise UnsupportedError(f"{place} has no key {shown(key)}")
        return self.row(node.values, position)

    def find(self, column: Any, key: object) -> int | None:
        """Return where a key stands in a column of keys, without decoding the others."""
        if isinstance(column, Texts) and isinstance(key, str):
            wanted = key.encode("utf-8", "surrogatepass")
            data, offsets = self.arrays.view(column.data), self.arrays.view(column.offsets)
            found = np.flatnonzero(np.diff(offsets) == len(wanted))
            found = found[(offsets[found] >= 0) & (offsets[found] <= len(data) - len(wanted))]
            # Names begin alike and differ at their ends: of a hundred thousand, few are left after some letters.
            for at in range(len(wanted) - 1, -1, -1):
                found = found[data[offsets[found] + at] == wanted[at]]
            return int(found[0]) if len(found) else None
        elif isinstance(column, (Numbers, Scalars)) and type(key) in (int, float, bool):
            found = np.flatnonzero(self.arrays.view(column.array) == key)
            return int(found[0]) if len(found) else None
        return None

    def count(self, column: Any) -> int:
        from ..graph.audit import length

        return length(column, cast("Sequence[ArraySpec]", _Specs(self.arrays)))

    def span(self, offsets: int, position: int, total: int) -> tuple[int, int]:
        start, end = (int(self.arrays.view(offsets)[at]) for at in (position, position + 1))
        if not 0 <= start <= end <= total:
            raise InvalidError("the offsets of a column lead out of it")
        return start, end

    def row(self, column: Any, position: int) -> Any:
        """Return one value of a column as a node."""
        arrays = self.arrays
        if isinstance(column, Each):
            return column.nodes[position]
        if isinstance(column, Numbers):
            return arrays.piece(column.array, position, position + 1)[0].item()
        if isinstance(column, Scalars):
            value = arrays.piece(column.array, position, position + 1)[0]
            return Scalar(name_of(value.dtype), value.item())
        if isinstance(column, Texts):
            start, end = self.span(column.offsets, position, len(arrays.view(column.data)))
            return decode_texts(arrays.view(column.data)[start:end], np.array([0, end - start], np.int64))[0]
        if isinstance(column, Stack):
            return self.array(column.array, arrays.piece(column.array, position, position + 1)[0, ...])
        if isinstance(column, Rows):
            start, end = self.span(column.offsets, position, arrays.spec(column.array).shape[0])
            return self.array(column.array, arrays.piece(column.array, start, end))
        if isinstance(column, Fields):
            fields = {name: self.row(inner, position) for name, inner in column.fields.items()}
            shape = arrays.spec(next(iter(fields.values())).index).shape[:1]
            return Structured(column.dtype, shape, "C", fields)
        if isinstance(column, Lists):
            start, end = self.span(column.offsets, position, self.count(column.items))
            return List(tuple(self.row(column.items, at) for at in range(start, end)))
        state = dict(column.constants)
        state.update((name, self.row(inner, position)) for name, inner in column.columns.items())
        return Object(column.type, {name: state[name] for name in sorted(state)}, None, column.version)

    def array(self, index: int, values: Any) -> Array:
        dtype = self.arrays.spec(index).dtype
        return Array(self.arrays.add(values, "intp" if dtype == "intp" else None))


class _Specs:
    """The specs of a store, as a sequence."""

    def __init__(self, arrays: ArrayStore) -> None:
        self.arrays = arrays

    def __getitem__(self, index: int) -> Any:
        return self.arrays.spec(index)


def _few(names: Any) -> str:
    first = [shown(name, 40) for name in list(names)[:8]]
    return ", ".join(first) + (", …" if len(names) > 8 else "")
