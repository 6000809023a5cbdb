"""Hostile files: the graph of a real model with one thing changed, written with right digests.

Each is made in two forms: every object a node of its own, and batched as a file has it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from cli.crafted import save
from perdure.arrays.store import ArrayStore
from perdure.container.archive import Member
from perdure.container.file import graph_member
from perdure.container.manifest import Manifest
from perdure.container.writing import assemble, to_bytes
from perdure.encode import encode
from perdure.graph.batch import batch, renumber
from perdure.graph.digest import model_digest
from perdure.graph.nodes import (
    Array,
    Batch,
    Def,
    Dict,
    DictOf,
    List,
    ListOf,
    Lists,
    Object,
    Objects,
    ObjectsOf,
    Ref,
    Scalar,
    Structured,
    Tuple,
    TupleOf,
)
from perdure.graph.structure import Path, rebuild, resolve
from perdure.record.libraries import running_libraries
from perdure.validate.reading import Held, HeldFields, Part, Reader

FORMS = ("plain", "batched")
#: Leave an attribute out.
GONE = object()


class Graph:
    """The graph of a model, every object a node, to be changed in place.

    Parameters
    ----------
    model : object
    """

    def __init__(self, model: Any) -> None:
        encoded = encode(model, running_libraries())
        self.encoded = encoded
        self.arrays: ArrayStore = encoded.arrays
        self._reader = Reader(encoded.graph, encoded.arrays)
        self.root = self._plain(encoded.graph.root)

    # --- every object a node of its own ---

    def _plain(self, node: Any) -> Any:
        if isinstance(node, ListOf):
            return List(self._cells(node.items))
        if isinstance(node, TupleOf):
            return Tuple(self._cells(node.items))
        if isinstance(node, ObjectsOf):
            return Objects(node.shape, node.order, self._cells(node.items))
        if isinstance(node, DictOf):
            return Dict(tuple(zip(self._cells(node.keys), self._cells(node.values), strict=True)))
        return rebuild(node, self._plain)

    def _cells(self, column: Any) -> tuple[Any, ...]:
        if isinstance(column, Batch):
            return tuple(self._object(column, i) for i in range(column.count))
        return tuple(self._cell(cell, column) for cell in self._reader.cells(column, Path(None, "")))

    def _object(self, batch_: Batch, index: int) -> Object:
        # A constant that is shared is defined in the first object; the others refer to it.
        once = self._plain if index == 0 else self._referring
        state = {name: once(node) for name, node in batch_.constants.items()}
        for name, column in batch_.columns.items():
            (cell,) = self._reader.cells(column, Path(None, ""), index, index + 1)
            state[name] = self._cell(cell, column)
        return Object(batch_.type, dict(sorted(state.items())), None, batch_.version)

    def _referring(self, node: Any) -> Any:
        return Ref(node.key) if isinstance(node, Def) else self._plain(rebuild(node, self._referring))

    def _cell(self, cell: Any, column: Any) -> Any:
        if isinstance(cell, Part):
            return self._object(cell.family.part, cell.index)
        if isinstance(cell, Held):
            return self._add(cell.data, self.arrays.spec(column.array).dtype)
        if isinstance(cell, HeldFields):
            specs = {name: self.arrays.spec(inner.array).dtype for name, inner in column.fields.items()}
            fields = {name: self._add(data, specs[name]) for name, data in cell.fields.items()}
            return Structured(column.dtype, next(iter(cell.fields.values())).shape, "C", fields)
        if isinstance(cell, List) and isinstance(column, Lists):
            return List(tuple(self._cell(item, column.items) for item in cell.items))
        return self._plain(cell)

    def _add(self, data: Any, dtype: str) -> Array:
        return Array(self.arrays.add(np.array(data), "intp" if dtype == "intp" else None))

    def objects(self) -> list[Object]:
        """Return every object of the graph."""
        found: list[Object] = []

        def visit(node: Any) -> Any:
            if isinstance(node, Object):
                found.append(node)
            return rebuild(node, visit)

        visit(self.root)
        return found

    # --- changes ---

    def change(self, type_: str, attribute: str, change: Any, index: int = 0) -> Graph:
        """Change an attribute of one object, the index-th of its type.

        Parameters
        ----------
        type_ : str
            The end of the type's name.
        attribute : str
            ``"nodes.left_child"`` for a field of a structured array.
        change : callable, node or GONE
            A callable gets the array as a copy (and may change it in place), a number as Python's, or a node.
        """
        met = [-1]
        # Shared values that lost their first place: the next one takes them in.
        self._homeless: dict[int, Any] = {}

        def visit(node: Any) -> Any:
            if isinstance(node, Ref) and node.key in self._homeless:
                return Def(node.key, self._homeless.pop(node.key))
            if isinstance(node, Object) and node.type.endswith(type_):
                met[0] += 1
                if met[0] == index:
                    return self._changed(node, attribute, change)
            return rebuild(node, visit)

        self.root = visit(self.root)
        assert met[0] >= index, f"there is no {type_} number {index}"
        return self

    def _changed(self, node: Object, attribute: str, change: Any) -> Object:
        name, _, field = attribute.partition(".")
        state = dict(node.state)
        shared = state.get(name)
        made = self._new_state(node, state, name, field, change)
        if isinstance(shared, Def):
            value = made.state.get(name)
            if isinstance(value, (Array, Object, List, Structured, Objects, Dict)):
                return replace(made, state={**made.state, name: Def(shared.key, value)})
            self._homeless[shared.key] = shared.node
        return made

    def _new_state(self, node: Object, state: dict[str, Any], name: str, field: str, change: Any) -> Object:
        if change is GONE:
            del state[name]
            return replace(node, state=state)
        old = resolve(state[name], self._reader.defined) if name in state else None
        if field:
            assert isinstance(old, Structured)
            state[name] = replace(old, fields={**old.fields, field: self._value(old.fields[field], change)})
            lengths = {self.arrays.spec(item.index).shape for item in state[name].fields.values()}
            if len(lengths) == 1:
                state[name] = replace(state[name], shape=lengths.pop())
        elif isinstance(old, Structured) and callable(change):
            fields = {key: self._value(item, change) for key, item in old.fields.items()}
            shape = self.arrays.spec(next(iter(fields.values())).index).shape
            state[name] = replace(old, fields=fields, shape=shape)
        else:
            state[name] = self._value(old, change)
        return replace(node, state=dict(sorted(state.items())))

    def _value(self, old: Any, change: Any) -> Any:
        if not callable(change):
            return self._node(change, None)
        if isinstance(old, Object) and old.type == "numpy:strided/1":
            old = old.state["array"]
        if isinstance(old, Array):
            given = self.arrays.view(old.index).copy()
            made = change(given)
            return self._node(given if made is None else made, self.arrays.spec(old.index).dtype)
        if isinstance(old, Scalar):
            return Scalar(old.dtype, change(old.value))
        return change(old)

    def _node(self, value: Any, dtype: str | None) -> Any:
        if isinstance(value, np.ndarray):
            return self._add(value, "intp" if dtype == "intp" and value.dtype.kind == "i" else "")
        return value

    def array(self, values: Any) -> Array:
        """Return a node for an array."""
        return self._add(values, "")

    # --- files ---

    def bytes(self, form: str = "batched") -> bytes:
        """Return a file of the graph, whatever it holds."""
        root = batch(self.root, self.arrays) if form == "batched" else renumber(self.root)
        return file_of(root, self.arrays, bases=self.encoded.graph.bases)


def put(position: Any, value: Any) -> Callable[[Any], None]:
    """Return a change that puts a value into an array."""

    def change(array: Any) -> None:
        array[position] = value

    return change


def file_of(root: Any, arrays: ArrayStore | None = None, **options: Any) -> bytes:
    """Return a file of any node, with right digests; the options are those of `cli.crafted.save`."""
    with tempfile.TemporaryDirectory() as folder:
        path = FilePath(folder) / "crafted.perdure"
        save(path, root, arrays, **{"libraries": running_libraries(), **options})
        return path.read_bytes()


def file_of_json(root: str, types: str = "[]", sections: Mapping[str, bytes] | None = None) -> bytes:
    """Return a file without arrays whose root and types are these texts, whatever they say, with right digests."""
    graph = f'{{"arrays":[],"root":{root},"types":{types}}}'
    members = [graph_member(graph.encode())]
    members += [Member.of(name, data) for name, data in (sections or {}).items()]
    digest = model_digest(graph.encode(), ())
    return to_bytes(assemble(Manifest("0.1.0", dict(running_libraries()), digest, storage={}), members))
