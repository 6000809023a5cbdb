"""The graph as plain Python values: an object of scikit-learn's is a `Part`, which is never an instance of its class.

Nothing is decoded before it is asked for: what a model keeps for later training costs a predictor nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from ..arrays.columns import check_offsets, decode_texts, rows
from ..arrays.dtypes import parse
from ..arrays.store import ArrayStore
from ..arrays.strided import with_strides
from ..errors import InvalidError, UnsupportedError
from ..graph.nodes import (
    Array,
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
from ..graph.structure import ROOT, Path, definitions

__all__ = ["ABSENT", "Name", "Part", "Reader", "Record"]

_ATOMS = frozenset((type(None), bool, int, float, str, bytes, complex, type(...)))
_STRIDED = "numpy:strided/1"
#: Wrapped arrays whose values are what counts.
_WRAPPED = {"numpy:matrix/1": "array", "numpy:recarray/1": "array", "numpy.strings:array/1": "array"}
#: What an attribute that is not there gives.
ABSENT: Any = object()


class Name(str):
    """The name of a class or function that stands for itself, ``module:qualname``."""

    __slots__ = ()


class Record(Mapping[str, Any]):
    """A structured array by its fields, each decoded when it is asked for."""

    def __init__(self, fields: Mapping[str, Callable[[], Any]]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


class Part:
    """One object of the model: its type by name, its place, and its attributes.

    Parameters
    ----------
    kind : str
        The type, as ``module:qualname``.
    path : Path
    get : callable
        An attribute's name to its value; KeyError where there is none.
    names : callable
        The names of all attributes.
    """

    __slots__ = ("_get", "_known", "_names", "path", "type")

    def __init__(self, kind: str, path: Path, get: Callable[[str], Any], names: Callable[[], list[str]]) -> None:
        self.type = kind
        self.path = path
        self._get = get
        self._names = names
        self._known: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.type.partition(":")[2]

    def names(self) -> list[str]:
        """Return the names of the attributes."""
        return self._names()

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or `default` where there is none."""
        known = self._known
        if name not in known:
            try:
                known[name] = self._get(name)
            except KeyError:
                known[name] = ABSENT
        found = known[name]
        return default if found is ABSENT else found

    def __contains__(self, name: str) -> bool:
        return self.get(name, ABSENT) is not ABSENT

    def __getitem__(self, name: str) -> Any:
        found = self.get(name, ABSENT)
        if found is ABSENT:
            raise UnsupportedError(
                f"this {self.name} has no {name}: it is not fitted, or was fitted in a way that perdure does not know",
                path=str(self.path),
                fix="fit the model before it is saved, or load it: perdure.load(...)",
            )
        return found

    def array(self, name: str, kinds: str = "fiub") -> np.ndarray[Any, Any]:
        """Return an attribute that is an array of numbers, by default of any."""
        found = self[name]
        if isinstance(found, np.generic | float | int):
            found = np.asarray(found)
        if not isinstance(found, np.ndarray) or found.dtype.kind not in kinds:
            raise InvalidError(f"{name} of a {self.name} is an array of numbers", path=f"{self.path}.{name}")
        return found

    def items(self, name: str) -> list[Any]:
        """Return an attribute that is a list, a tuple or an array of objects, as a list."""
        found = self[name]
        if isinstance(found, np.ndarray):
            found = list(found.ravel())
        if not isinstance(found, list | tuple):
            raise InvalidError(f"{name} of a {self.name} is a list", path=f"{self.path}.{name}")
        return list(found)

    def part(self, name: str) -> Part:
        """Return an attribute that is an object."""
        found = self[name]
        if not isinstance(found, Part):
            raise InvalidError(f"{name} of a {self.name} is an object", path=f"{self.path}.{name}")
        return found

    def word(self, name: str, default: str | None = None) -> str:
        """Return an attribute that is a text."""
        found = self.get(name, default) if default is not None else self[name]
        if not isinstance(found, str):
            raise InvalidError(f"{name} of a {self.name} is a word", path=f"{self.path}.{name}")
        return str(found)

    def number(self, name: str, default: Any = ABSENT) -> Any:
        """Return an attribute that is a number."""
        found = self[name] if default is ABSENT else self.get(name, default)
        if isinstance(found, np.ndarray) and found.ndim == 0:
            found = found[()]
        if found is default or isinstance(found, bool | int | float | np.number | np.bool_):
            return found
        raise InvalidError(f"{name} of a {self.name} is a number", path=f"{self.path}.{name}")

    def refuse(self, what: str) -> UnsupportedError:
        """Return the error that says what of this part a predictor cannot do."""
        return UnsupportedError(
            f"a predictor does not know {what}", path=str(self.path), fix="load the model: perdure.load(...)"
        )


class _Column:
    """The values of one attribute of a batch, decoded when the first is asked for."""

    __slots__ = ("column", "path", "reader", "values")

    def __init__(self, reader: Reader, column: Any, path: Path) -> None:
        self.reader = reader
        self.column = column
        self.path = path
        self.values: list[Any] | None = None

    def __getitem__(self, index: int) -> Any:
        if self.values is None:
            self.values = self.reader.column(self.column, self.path)
        return self.values[index]


class Reader:
    """Reads the values of one graph that has passed trust, migration and validation.

    Parameters
    ----------
    graph : Graph
    arrays : ArrayStore
    """

    def __init__(self, graph: Graph, arrays: ArrayStore) -> None:
        self.graph = graph
        self.arrays: Any = arrays
        self._defined: dict[int, Any] | None = None
        self._shared: dict[int, Any] = {}
        self._arrays: dict[int, Any] = {}

    def close(self) -> None:
        """Let go of the arrays of the file; what was read of them stays."""
        self.arrays = None

    def root(self) -> Any:
        """Return the model."""
        return self.value(self.graph.root, ROOT)

    def value(self, node: Any, path: Path) -> Any:
        """Return the value of a node."""
        kind = type(node)
        if kind in _ATOMS:
            return node
        return _VALUES[kind](self, node, path)

    def column(self, column: Any, path: Path) -> list[Any]:
        """Return the values of a column, one for each object."""
        return _COLUMNS[type(column)](self, column, path)

    def all(self, items: Any, path: Path) -> list[Any]:
        """Return the values of nodes that stand one after the other."""
        return [self.value(item, Path(path, f"[{i}]")) for i, item in enumerate(items)]

    # --- nodes ---

    def shared(self, key: int, node: Any, path: Path) -> Any:
        if key not in self._shared:
            self._shared[key] = self.value(node, path)
        return self._shared[key]

    def refer(self, node: Ref, path: Path) -> Any:
        if node.key not in self._shared:
            if self._defined is None:
                self._defined = dict(definitions(self.graph))
            inner = self._defined[node.key]
            return self.shared(node.key, inner.node if isinstance(inner, Def) else inner, path)
        return self._shared[node.key]

    def array(self, node: Array, path: Path) -> Any:
        if node.index not in self._arrays:
            self._arrays[node.index] = self.arrays.array(node.index)
        return self._arrays[node.index]

    def view(self, index: int) -> Any:
        return self.arrays.view(index)

    def structured(self, node: Structured, path: Path) -> Any:
        return Record({name: lambda v=value: self.value(v, path) for name, value in node.fields.items()})  # type: ignore[misc]

    def objects(self, shape: tuple[int, ...], order: str, items: list[Any]) -> Any:
        made: Any = np.empty(len(items), dtype=object)
        for i, item in enumerate(items):
            made[i] = item
        return made.reshape(shape)

    def object(self, node: Object, path: Path) -> Any:
        if node.type == _STRIDED:
            return self.strided(node, path)
        if node.type in _WRAPPED:
            return self.value(node.state[_WRAPPED[node.type]], path)
        state = node.state
        return Part(
            node.type, path, lambda name: self.value(state[name], Path(path, f".{name}")), lambda: sorted(state)
        )

    def strided(self, node: Object, path: Path) -> Any:
        # How BLAS adds numbers depends on the gaps between them: the array comes back with its own.
        state = {name: self.value(value, path) for name, value in node.state.items()}
        return with_strides(state["array"], state["strides"])

    def scalar(self, dtype: str, value: Any) -> Any:
        found = parse(dtype)
        if found.kind in "Mm":
            return np.int64(value).view(found)
        return np.array(value, found)[()]

    def pairs(self, keys: list[Any], values: list[Any]) -> dict[Any, Any]:
        return dict(zip(keys, values, strict=True))

    # --- columns ---

    def rows(self, column: Rows, path: Path) -> list[Any]:
        return list(rows(self.view(column.array), self.view(column.offsets)))

    def stack(self, column: Stack, path: Path) -> list[Any]:
        data = self.view(column.array)
        return [data[i, ...] for i in range(len(data))]

    def scalars(self, column: Scalars, path: Path) -> list[Any]:
        return list(self.view(column.array))

    def fields(self, column: Fields, path: Path) -> list[Any]:
        columns = {name: _Column(self, inner, path) for name, inner in column.fields.items()}
        first = next(iter(column.fields.values()))
        count = len(self.view(first.offsets)) - 1 if isinstance(first, Rows) else len(self.view(first.array))  # type: ignore[union-attr]
        return [
            Record({name: lambda c=inner, k=i: c[k] for name, inner in columns.items()})  # type: ignore[misc]
            for i in range(count)
        ]

    def lists(self, column: Lists, path: Path) -> list[Any]:
        items = self.column(column.items, path)
        cuts = check_offsets(self.view(column.offsets), len(items))
        return [items[a:b] for a, b in pairwise(cuts)]

    def batch(self, batch: Batch, path: Path) -> list[Any]:
        columns = {name: _Column(self, inner, path) for name, inner in batch.columns.items()}
        constants = batch.constants
        if batch.type == _STRIDED or batch.type in _WRAPPED:
            made = []
            for i in range(batch.count):
                state = {name: self.value(node, path) for name, node in constants.items()}
                state.update({name: values[i] for name, values in columns.items()})
                made.append(self.wrapped(batch.type, state))
            return made
        known: dict[str, Any] = {}

        def get(name: str, i: int, here: Path) -> Any:
            if name in columns:
                return columns[name][i]
            if name not in known:
                known[name] = self.value(constants[name], Path(here, f".{name}"))
            return known[name]

        names = sorted([*constants, *columns])
        return [
            Part(batch.type, here, lambda name, k=i, h=here: get(name, k, h), lambda: names)  # type: ignore[misc]
            for i in range(batch.count)
            for here in (Path(path, f"[{i}]"),)
        ]

    def wrapped(self, kind: str, state: dict[str, Any]) -> Any:
        if kind in _WRAPPED:
            return state[_WRAPPED[kind]]
        return with_strides(state["array"], state["strides"])


def _dtype(node: DType) -> Any:
    if node.fields:
        raise UnsupportedError(
            "a predictor does not know structured dtypes", path="model", fix="load the model: perdure.load(...)"
        )
    return np.dtype(object) if node.name == "|O" else parse(node.name)


_VALUES: dict[type, Callable[[Reader, Any, Path], Any]] = {
    Def: lambda r, n, p: r.shared(n.key, n.node, p),
    Ref: Reader.refer,
    List: lambda r, n, p: r.all(n.items, p),
    Tuple: lambda r, n, p: tuple(r.all(n.items, p)),
    Set: lambda r, n, p: set(r.all(n.items, p)),
    FrozenSet: lambda r, n, p: frozenset(r.all(n.items, p)),
    Dict: lambda r, n, p: r.pairs(
        [r.value(key, p) for key, _ in n.pairs],
        [r.value(value, Path(p, f"[{key!r:.60}]")) for key, value in n.pairs],
    ),
    DictOf: lambda r, n, p: r.pairs(r.column(n.keys, p), r.column(n.values, p)),
    ListOf: lambda r, n, p: r.column(n.items, p),
    TupleOf: lambda r, n, p: tuple(r.column(n.items, p)),
    ObjectsOf: lambda r, n, p: r.objects(n.shape, n.order, r.column(n.items, p)),
    Objects: lambda r, n, p: r.objects(n.shape, n.order, r.all(n.items, p)),
    Slice: lambda r, n, p: slice(r.value(n.start, p), r.value(n.stop, p), r.value(n.step, p)),
    Range: lambda r, n, p: range(n.start, n.stop, n.step),
    Array: Reader.array,
    Scalar: lambda r, n, p: r.scalar(n.dtype, n.value),
    DType: lambda r, n, p: _dtype(n),
    Structured: Reader.structured,
    Object: Reader.object,
    Global: lambda r, n, p: Name(n.name),
}
_COLUMNS: dict[type, Callable[[Reader, Any, Path], list[Any]]] = {
    Numbers: lambda r, c, p: r.view(c.array).tolist(),
    Scalars: Reader.scalars,
    Texts: lambda r, c, p: decode_texts(r.view(c.data), r.view(c.offsets)),
    Rows: Reader.rows,
    Stack: Reader.stack,
    Fields: Reader.fields,
    Lists: Reader.lists,
    Each: lambda r, c, p: r.all(c.nodes, p),
    Batch: Reader.batch,
}
