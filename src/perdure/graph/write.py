"""Graph to canonical JSON: types, arrays and shared values numbered by first appearance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from ..errors import FormatError
from . import canonical
from .nodes import (
    Array,
    ArraySpec,
    Batch,
    Def,
    Dict,
    DictOf,
    DType,
    Each,
    Fields,
    FrozenSet,
    Global,
    Graph,
    List,
    ListOf,
    Lists,
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
    Slice,
    Stack,
    Structured,
    Texts,
    Tuple,
    TupleOf,
)
from .scalars import base64, write_atom

__all__ = ["INLINE_BYTES", "Written", "item_bytes", "member_key", "write_graph"]

#: Arrays below this size stand inline in the graph: those of small models are read in one go.
INLINE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Written:
    """A graph as JSON, and which of its arrays are to be stored beside it.

    Attributes
    ----------
    data : bytes
        The canonical JSON.
    stored : list of (int, int)
        For each array that is not inline: its number in the JSON and in the graph's arrays.
    numbers : dict of int to int
        The number in the JSON of each of the graph's arrays.
    """

    data: bytes
    stored: list[tuple[int, int]]
    numbers: dict[int, int]


def item_bytes(dtype: str) -> int:
    """Return the size of one item of a logical dtype, in bytes, from its name alone."""
    if dtype == "intp":
        return 8
    digits = dtype[2:].partition("[")[0]
    return int(digits) * (4 if dtype[1] == "U" else 1)


def spec_bytes(spec: ArraySpec) -> int:
    """Return the size of an array's values, in bytes."""
    count = item_bytes(spec.dtype)
    for length in spec.shape:
        count *= length
    return count


def write_graph(graph: Graph) -> Written:
    """Return the graph as canonical JSON."""
    writer = _Writer(graph)
    root = writer.node(graph.root)
    types: list[Any] = [[name, *graph.bases[name]] if graph.bases.get(name) else name for name in writer.types]
    data = canonical.dumps({"arrays": writer.arrays, "root": root, "types": types})
    return Written(data, writer.stored, writer.array_numbers)


class _Writer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.types: dict[str, int] = {}
        self.arrays: list[list[Any]] = []
        self.array_numbers: dict[int, int] = {}
        self.keys: dict[int, int] = {}
        self.stored: list[tuple[int, int]] = []

    def node(self, node: Any) -> Any:
        write = _WRITERS.get(type(node))
        return write_atom(node) if write is None else write(self, node)

    def all(self, items: Any) -> list[Any]:
        return [self.node(item) for item in items]

    def by_name(self, mapping: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.node(mapping[name]) for name in sorted(mapping)}

    def type(self, name: str) -> int:
        return self.types.setdefault(name, len(self.types))

    def array(self, index: int) -> int:
        number = self.array_numbers.get(index)
        if number is None:
            number = self.array_numbers[index] = len(self.arrays)
            spec = self.graph.arrays.spec(index)
            row: list[Any] = [spec.dtype, list(spec.shape)]
            if spec.order == "F":
                row.append("F")
            if spec_bytes(spec) < INLINE_BYTES:
                row.append(base64(self.graph.arrays.content(index)))
            else:
                self.stored.append((number, index))
            self.arrays.append(row)
        return number

    def members(self, node: Any) -> list[Any]:
        # A set has no order of its own.
        return self.all(sorted(node.items, key=member_key))

    def dictionary(self, node: Dict) -> Any:
        if all(type(key) is str for key, _ in node.pairs):
            keys = [write_atom(key) for key, _ in node.pairs]
            if all(type(key) is str for key in keys):
                return {key: self.node(value) for key, (_, value) in zip(keys, node.pairs, strict=True)}
        flat = ["dict"]
        for key, value in node.pairs:
            flat += [self.node(key), self.node(value)]
        return flat

    def dtype(self, node: DType) -> Any:
        if not node.fields:
            return node.name
        fields = [[name, self.dtype(inner), list(shape), offset] for name, inner, shape, offset in node.fields]
        layout = {"fields": fields, "itemsize": node.itemsize}
        return {"aligned": True, **layout} if node.aligned else layout

    def object(self, node: Object) -> list[Any]:
        row: list[Any] = ["object", self.type(node.type), self.by_name(node.state)]
        if node.args is not None or node.version is not None:
            row.append(None if node.args is None else ["tuple", *self.all(node.args)])
        if node.version is not None:
            row.append(node.version)
        return row

    def batch(self, node: Batch) -> list[Any]:
        row = ["batch", self.type(node.type), node.count, self.by_name(node.constants), self.by_name(node.columns)]
        return row if node.version is None else [*row, node.version]

    def define(self, node: Def) -> list[Any]:
        number = self.keys[node.key] = len(self.keys)
        return ["def", number, self.node(node.node)]


class _Names(_Writer):
    """Writes types by name, so that what is written does not depend on what stood before it."""

    def __init__(self) -> None:
        # It looks at no array, which is all that a graph is asked for.
        super().__init__(cast(Graph, None))

    def type(self, name: str) -> Any:
        return name

    def array(self, index: int) -> int:
        raise FormatError("the items of a set are plain values, without arrays or shared parts")

    def define(self, node: Def) -> list[Any]:
        return [self.array(node.key)]


def member_key(node: Any) -> bytes:
    """Return that by which the items of a set are sorted: their JSON, with types by name.

    Examples
    --------
    >>> from perdure.graph.nodes import Global, Tuple
    >>> from perdure.graph.write import member_key
    >>> member_key(Tuple((1, Global("numpy:int8"))))
    b'["tuple",1,["global","numpy:int8"]]'
    """
    return canonical.dumps(_Names().node(node) if type(node) in _WRITERS else write_atom(node))


_WRITERS: dict[type, Callable[[_Writer, Any], Any]] = {
    List: lambda w, n: ["list", *w.all(n.items)],
    Tuple: lambda w, n: ["tuple", *w.all(n.items)],
    Set: lambda w, n: ["set", *w.members(n)],
    FrozenSet: lambda w, n: ["frozenset", *w.members(n)],
    Dict: _Writer.dictionary,
    Slice: lambda w, n: ["slice", w.node(n.start), w.node(n.stop), w.node(n.step)],
    Range: lambda w, n: ["range", w.node(n.start), w.node(n.stop), w.node(n.step)],
    Array: lambda w, n: ["array", w.array(n.index)],
    Scalar: lambda w, n: ["scalar", n.dtype, write_atom(n.value)],
    DType: lambda w, n: ["dtype", w.dtype(n)],
    Structured: lambda w, n: ["structured", w.dtype(n.dtype), list(n.shape), n.order, w.by_name(n.fields)],
    Objects: lambda w, n: ["objects", list(n.shape), n.order, *w.all(n.items)],
    Object: _Writer.object,
    Global: lambda w, n: ["global", w.type(n.name)],
    Def: _Writer.define,
    Ref: lambda w, n: ["ref", w.keys[n.key]],
    ListOf: lambda w, n: ["list-of", w.node(n.items)],
    TupleOf: lambda w, n: ["tuple-of", w.node(n.items)],
    ObjectsOf: lambda w, n: ["objects-of", list(n.shape), n.order, w.node(n.items)],
    DictOf: lambda w, n: ["dict-of", w.node(n.keys), w.node(n.values)],
    Numbers: lambda w, n: ["numbers", w.array(n.array)],
    Scalars: lambda w, n: ["scalars", w.array(n.array)],
    Texts: lambda w, n: ["texts", w.array(n.data), w.array(n.offsets)],
    Rows: lambda w, n: ["rows", w.array(n.array), w.array(n.offsets)],
    Stack: lambda w, n: ["stack", w.array(n.array)],
    Fields: lambda w, n: ["fields", w.dtype(n.dtype), w.by_name(n.fields)],
    Lists: lambda w, n: ["lists", w.node(n.items), w.array(n.offsets)],
    Each: lambda w, n: ["each", *w.all(n.nodes)],
    Batch: _Writer.batch,
}
