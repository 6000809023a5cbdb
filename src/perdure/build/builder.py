"""The builder: nodes become values, in the order of the file, shared values once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays.dtypes import parse
from ..arrays.memory import aligned
from ..arrays.store import ArrayStore
from ..converters import CONVERTERS
from ..errors import FormatError, InvalidError, PerdureError
from ..graph.nodes import (
    Array,
    Def,
    Dict,
    DictOf,
    DType,
    FrozenSet,
    Global,
    Graph,
    List,
    ListOf,
    Object,
    Objects,
    ObjectsOf,
    Range,
    Ref,
    Scalar,
    Set,
    Slice,
    Structured,
    Tuple,
    TupleOf,
)
from ..graph.structure import ROOT, Path
from .columns import Columns
from .resolve import Resolver

__all__ = ["build", "numpy_dtype"]

_ATOMS = frozenset((type(None), bool, int, float, str, bytes, complex, type(...)))


def build(graph: Graph, arrays: ArrayStore, allowed: frozenset[str], *, node: Any = None) -> Any:
    """Return the value of a graph that has passed trust, migration and validation.

    Parameters
    ----------
    graph : Graph
    arrays : ArrayStore
    allowed : frozenset of str
        The names that trust passed.
    node : Node, optional
        A part of the graph, when not the whole is wanted.
    """
    builder = Builder(graph, arrays, allowed)
    return builder.value(graph.root if node is None else node, ROOT)


class Builder:
    """Builds the values of one graph.

    Parameters
    ----------
    graph : Graph
    arrays : ArrayStore
    allowed : frozenset of str
    """

    def __init__(self, graph: Graph, arrays: ArrayStore, allowed: frozenset[str]) -> None:
        self.arrays = arrays
        self.resolver = Resolver(allowed, graph.bases)
        self.shared: dict[int, Any] = {}
        self.columns = Columns(self)

    def value(self, node: Any, path: Path) -> Any:
        kind = type(node)
        if kind in _ATOMS:
            return node
        return _BUILDERS[kind](self, node, path, None)

    def all(self, items: tuple[Any, ...], path: Path) -> list[Any]:
        return [item if type(item) in _ATOMS else self.value(item, Path(path, f"[{i}]")) for i, item in enumerate(items)]

    # --- identity ---

    def define(self, node: Def, path: Path, key: None) -> Any:
        # A shared constant of a batch is met once for each object, and built once.
        if node.key in self.shared:
            return self.shared[node.key]
        inner = node.node
        if type(inner) in _ATOMS or type(inner) is Def:
            raise FormatError("a plain value cannot be shared", path=str(path))
        value = _BUILDERS[type(inner)](self, inner, path, node.key)
        self.shared[node.key] = value
        return value

    def refer(self, node: Ref, path: Path, key: None) -> Any:
        try:
            return self.shared[node.key]
        except KeyError:
            raise FormatError("a value refers to itself in a way that cannot be built", path=str(path)) from None

    def begin(self, key: int | None, value: Any) -> Any:
        """Make a container known before it is filled, so that what lies inside can refer to it."""
        if key is not None:
            self.shared[key] = value
        return value

    # --- containers ---

    def list(self, node: List, path: Path, key: int | None) -> Any:
        made: list[Any] = self.begin(key, [])
        made.extend(self.all(node.items, path))
        return made

    def set(self, node: Set, path: Path, key: int | None) -> Any:
        made: set[Any] = self.begin(key, set())
        made.update(self.hashable(self.all(node.items, path), path))
        return made

    def frozenset(self, node: FrozenSet, path: Path, key: int | None) -> Any:
        return frozenset(self.hashable(self.all(node.items, path), path))

    def dict(self, node: Dict, path: Path, key: int | None) -> Any:
        made: dict[Any, Any] = self.begin(key, {})
        for name, item in node.pairs:
            if type(name) not in _ATOMS:
                (name,) = self.hashable([self.value(name, path)], path)
            made[name] = item if type(item) in _ATOMS else self.value(item, Path(path, f"[{name!r:.60}]"))
        if len(made) != len(node.pairs):
            raise FormatError("a dict has a key twice", path=str(path))
        return made

    def dict_of(self, node: DictOf, path: Path, key: int | None) -> Any:
        made: dict[Any, Any] = self.begin(key, {})
        keys = self.hashable(self.columns.values(node.keys, path), path)
        made.update(zip(keys, self.columns.values(node.values, path), strict=True))
        if len(made) != len(keys):
            raise FormatError("a dict has a key twice", path=str(path))
        return made

    def hashable(self, items: list[Any], path: Path) -> list[Any]:
        try:
            for item in items:
                hash(item)
        except TypeError:
            raise FormatError("a key or member of a set cannot be hashed", path=str(path)) from None
        return items

    def list_of(self, node: ListOf, path: Path, key: int | None) -> Any:
        made: list[Any] = self.begin(key, [])
        made.extend(self.columns.values(node.items, path))
        return made

    # --- numpy ---

    def array(self, node: Array, path: Path, key: int | None) -> Any:
        return self.arrays.array(node.index)

    def structured(self, node: Structured, path: Path, key: int | None) -> Any:
        dtype = numpy_dtype(node.dtype)
        made = aligned(node.shape, dtype, node.order)
        # Padding between fields is zero, whatever was in memory before.
        made.fill(np.zeros((), dtype)[()])
        for name, value in node.fields.items():
            made[name] = self.value(value, path) if isinstance(value, Structured) else self.arrays.view(value.index)  # type: ignore[union-attr]
        return made

    def objects(self, node: Objects, path: Path, key: int | None) -> Any:
        made = self.begin(key, np.empty(node.shape, dtype=object, order=node.order))
        _fill(made, self.all(node.items, path))
        return made

    def objects_of(self, node: ObjectsOf, path: Path, key: int | None) -> Any:
        made = self.begin(key, np.empty(node.shape, dtype=object, order=node.order))
        _fill(made, self.columns.values(node.items, path))
        return made

    def scalar(self, node: Scalar, path: Path, key: int | None) -> Any:
        return numpy_scalar(node.dtype, node.value, path)

    # --- names and objects ---

    def object(self, node: Object, path: Path, key: int | None) -> Any:
        cls, way = self.resolver.type(node.type)
        if node.args is not None:
            raise FormatError("this type takes no constructor arguments", path=str(path))
        if way == "state":
            made = self.begin(key, object.__new__(cls))
            attributes = vars(made)
            for name, item in node.state.items():
                self.resolver.check_attribute(node.type, cls, name, path)
                attributes[sys.intern(name)] = item if type(item) in _ATOMS else self.value(item, Path(path, f".{name}"))
            return made
        if way == "own":
            made = self.begin(key, cls.__new__(cls))
            return self.own(made, cls, node.type, self.state(node, path), path)
        return self.convert(way, cls, self.state(node, path), path)

    def state(self, node: Object, path: Path) -> dict[str, Any]:
        return {name: self.value(item, Path(path, f".{name}")) for name, item in node.state.items()}

    def own(self, made: Any, cls: type, name: str, state: dict[str, Any], path: Path) -> Any:
        """Fill an instance of a class that the reader trusts, by its own __setstate__ where it has one."""
        for base in cls.__mro__[:-1]:
            if "__setstate__" in vars(base):
                if not base.__module__.startswith("sklearn."):
                    made.__setstate__(state)
                    return made
                break
        for attribute in state:
            self.resolver.check_attribute(name, cls, attribute, path)
        vars(made).update(state)
        return made

    def convert(self, way: str, cls: type, state: dict[str, Any], path: Path) -> Any:
        """Put a value together by its converter; whatever it finds wrong is the file's fault."""
        try:
            return CONVERTERS[way].from_state(cls, state)
        except PerdureError as error:
            if error.path is not None:
                raise
            raise type(error)(error.problem, path=str(path), fix=error.fix) from None
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
            raise InvalidError(
                f"the state of a {cls.__name__} does not fit together ({type(error).__name__}: {error})", path=str(path)
            ) from None


def _fill(made: Any, items: list[Any]) -> None:
    # Item by item: numpy would take a list of arrays apart.
    if made.flags.c_contiguous:
        flat = made.reshape(-1)
        for i, item in enumerate(items):
            flat[i] = item
    else:
        for position, item in zip(np.ndindex(made.shape), items, strict=True):
            made[position] = item


def numpy_dtype(node: DType) -> np.dtype[Any]:
    """Return the dtype that a node stands for."""
    if not node.fields:
        return np.dtype(object) if node.name == "|O" else parse(node.name)
    return np.dtype(
        {
            "names": [field[0] for field in node.fields],
            "formats": [(numpy_dtype(field[1]), field[2]) for field in node.fields],
            "offsets": [field[3] for field in node.fields],
            "itemsize": node.itemsize,
        }
    )


def numpy_scalar(name: str, value: Any, path: Path) -> Any:
    """Return the numpy scalar of that dtype and value."""
    dtype = parse(name)
    try:
        if dtype.kind in "Mm":
            return np.int64(value).view(dtype)
        made = np.array(value, dtype)[()]
    except (ValueError, TypeError, OverflowError) as error:
        raise FormatError(f"a scalar of dtype {name} is damaged ({error})", path=str(path)) from None
    return made


_BUILDERS: dict[type, Callable[[Builder, Any, Path, Any], Any]] = {
    Def: Builder.define,
    Ref: Builder.refer,
    List: Builder.list,
    Tuple: lambda b, n, p, k: tuple(b.all(n.items, p)),
    Set: Builder.set,
    FrozenSet: Builder.frozenset,
    Dict: Builder.dict,
    DictOf: Builder.dict_of,
    ListOf: Builder.list_of,
    TupleOf: lambda b, n, p, k: tuple(b.columns.values(n.items, p)),
    ObjectsOf: Builder.objects_of,
    Slice: lambda b, n, p, k: slice(b.value(n.start, p), b.value(n.stop, p), b.value(n.step, p)),
    Range: lambda b, n, p, k: range(n.start, n.stop, n.step),
    Array: Builder.array,
    Scalar: Builder.scalar,
    DType: lambda b, n, p, k: numpy_dtype(n),
    Structured: Builder.structured,
    Objects: Builder.objects,
    Object: Builder.object,
    Global: lambda b, n, p, k: b.resolver.value(n.name),
}
