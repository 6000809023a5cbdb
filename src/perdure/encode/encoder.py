"""The encoder: any value that can be saved becomes nodes, shared values found by identity."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays.store import ArrayStore
from ..converters import CONVERTERS, Marked
from ..errors import UnsupportedError
from ..graph.batch import batch
from ..graph.limits import Limits
from ..graph.nodes import (
    Array,
    Def,
    Dict,
    DType,
    FrozenSet,
    Global,
    Graph,
    List,
    Node,
    Object,
    Objects,
    Order,
    Range,
    Ref,
    Scalar,
    Set,
    Slice,
    Structured,
    Tuple,
)
from ..graph.structure import ROOT, Path, rebuild
from ..trust.tables import GLOBAL_WAYS, tables
from .names import importable_name, type_name

__all__ = ["Encoded", "encode"]

_ATOMS = frozenset((type(None), bool, int, float, str, bytes, complex, type(...)))
_HASHED = (set, frozenset)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A model as a graph, with its arrays.

    Attributes
    ----------
    graph : Graph
    arrays : ArrayStore
    own : frozenset of str
        The names that perdure's tables do not know: a reader has to trust them.
    """

    graph: Graph
    arrays: ArrayStore
    own: frozenset[str]


def encode(value: Any, libraries: dict[str, str | None] | None = None) -> Encoded:
    """Return the graph of a value.

    Raises
    ------
    UnsupportedError
        When some part of it cannot be saved, with its place and the fix.
    """
    encoder = _Encoder()
    root = encoder.value(value, ROOT)
    if encoder.shared:
        root = encoder.define_shared(root)
    root = batch(root, encoder.arrays)
    graph = Graph(root, encoder.arrays, encoder.bases, libraries or {})
    return Encoded(graph, encoder.arrays, frozenset(encoder.own))


class _Encoder:
    def __init__(self) -> None:
        self.arrays = ArrayStore()
        self.bases: dict[str, tuple[str, ...]] = {}
        self.own: set[str] = set()
        self.depth = 0
        self.max_depth = Limits().depth
        # id (or place in memory) of a value → its key, and the value itself, kept alive so that ids stay true
        self.seen: dict[Any, tuple[int, Any]] = {}
        self.nodes: dict[int, Node] = {}
        self.referenced: set[int] = set()

    @property
    def shared(self) -> bool:
        return bool(self.referenced)

    # --- identity ---

    def tracked(self, identity: Any, value: Any, make: Callable[[], Node]) -> Node:
        found = self.seen.get(identity)
        if found is not None:
            self.referenced.add(found[0])
            return Ref(found[0])
        key = len(self.seen)
        self.seen[identity] = (key, value)
        node = make()
        self.nodes[key] = node
        return node

    def define_shared(self, root: Node) -> Node:
        """Return the graph with each value that is referred to marked at its first place."""
        keys = {id(self.nodes[key]): key for key in self.referenced}

        def visit(node: Any) -> Any:
            key = keys.get(id(node))
            changed = rebuild(node, visit)
            return changed if key is None else Def(key, changed)

        result: Node = visit(root)
        return result

    # --- values ---

    def value(self, value: Any, path: Path) -> Node:
        kind = type(value)
        if kind in _ATOMS:
            return value  # type: ignore[no-any-return]
        self.depth += 1
        if self.depth > self.max_depth:
            raise UnsupportedError(f"the model nests deeper than {self.max_depth} levels", path=str(path))
        try:
            known = _KINDS.get(kind)
            if known is not None:
                return known(self, value, path)
            if isinstance(value, np.ndarray):
                return self.other_array(value, path)
            if isinstance(value, np.generic):
                return self.scalar(value, path)
            if isinstance(value, np.dtype):
                return self.dtype(value, path)
            if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, np.ufunc)) or _is_function(value):
                return self.named(value, path)
            return self.tracked(id(value), value, lambda: self.instance(value, path))
        finally:
            self.depth -= 1

    def all(self, items: Any, path: Path) -> tuple[Node, ...]:
        return tuple([self.value(item, Path(path, f"[{i}]")) for i, item in enumerate(items)])

    def list(self, value: list[Any], path: Path) -> Node:
        return self.tracked(id(value), value, lambda: List(self.all(value, path)))

    def tuple(self, value: tuple[Any, ...], path: Path) -> Node:
        # Whether two equal tuples of plain values are one object is an accident of the interpreter.
        if all(type(item) in _ATOMS for item in value):
            return Tuple(value)
        return self.tracked(id(value), value, lambda: Tuple(self.all(value, path)))

    def set(self, value: Any, path: Path) -> Node:
        return self.tracked(id(value), value, lambda: Set(tuple([self.hashed(item, path) for item in value])))

    def frozenset(self, value: Any, path: Path) -> Node:
        return FrozenSet(tuple([self.hashed(item, path) for item in value]))

    def dict(self, value: dict[Any, Any], path: Path) -> Node:
        def make() -> Node:
            pairs = []
            for key, item in value.items():
                node = self.hashed(key, path)
                pairs.append((node, self.value(item, Path(path, f"[{key!r:.60}]"))))
            return Dict(tuple(pairs))

        return self.tracked(id(value), value, make)

    def hashed(self, value: Any, path: Path) -> Node:
        """Encode a key or a member of a set: by value, never by identity."""
        kind = type(value)
        if kind in _ATOMS:
            return value  # type: ignore[no-any-return]
        if kind is tuple:
            return Tuple(tuple([self.hashed(item, path) for item in value]))
        if kind is frozenset:
            return FrozenSet(tuple([self.hashed(item, path) for item in value]))
        if isinstance(value, (np.generic, np.dtype, type)):
            return self.value(value, path)
        raise UnsupportedError(
            f"a key or member of a set of type {type_name(kind)} cannot be saved",
            path=str(path),
            fix="use text, numbers, tuples or classes as keys",
        )

    def slice(self, value: slice, path: Path) -> Node:
        return Slice(*(self.value(item, path) for item in (value.start, value.stop, value.step)))

    def range(self, value: range, path: Path) -> Node:
        return Range(value.start, value.stop, value.step)

    # --- numpy ---

    def array(self, value: Any, path: Path, dtype: str | None = None) -> Node:
        if value.dtype.hasobject:
            return self.objects(value, path)
        identity: Any = id(value)
        if value.nbytes:
            # Two arrays over the same memory in the same way are one, whatever objects show it.
            identity = (value.__array_interface__["data"][0], value.shape, value.strides, value.dtype.str)
        if value.dtype.names is not None:
            return self.tracked(identity, value, lambda: self.structured(value, path, frozenset()))
        return self.tracked(identity, value, lambda: self.plain_array(value, path, dtype))

    def plain_array(self, value: Any, path: Path, dtype: str | None = None) -> Node:
        try:
            return Array(self.arrays.add(value, dtype))
        except UnsupportedError as error:
            raise UnsupportedError(error.problem, path=str(path), fix=error.fix) from None

    def structured(self, value: Any, path: Path, intp: frozenset[str]) -> Node:
        fields: dict[str, Node] = {}
        for name in value.dtype.names:
            if value.dtype[name].names is not None:
                fields[name] = self.structured(value[name], Path(path, f"[{name!r}]"), frozenset())
            else:
                fields[name] = self.plain_array(value[name], Path(path, f"[{name!r}]"), "intp" if name in intp else None)
        return Structured(_structured_dtype(value.dtype, intp), value.shape, _order(value), fields)

    def objects(self, value: Any, path: Path) -> Node:
        if value.dtype.names is not None:
            raise UnsupportedError("a structured array that holds Python objects cannot be saved", path=str(path))
        return self.tracked(
            id(value), value, lambda: Objects(value.shape, _order(value), self.all(value.ravel(order="C"), path))
        )

    def other_array(self, value: Any, path: Path) -> Node:
        if isinstance(value, np.memmap):
            return self.array(np.asarray(value), path)
        return self.tracked(id(value), value, lambda: self.instance(value, path))

    def marked(self, value: Marked, path: Path) -> Node:
        array = np.asarray(value.array)
        if value.fields is None:
            return self.array(array, path, "intp")
        fields = value.fields
        return self.structured(array, path, fields)

    def scalar(self, value: Any, path: Path) -> Node:
        dtype = value.dtype
        kind = dtype.kind
        if kind in "Mm":
            return Scalar(dtype.str, int(value.view("i8")))
        if kind in "biufcSU" and dtype.char not in "gG":
            return Scalar(dtype.str, value.item())
        raise UnsupportedError(
            f"a numpy scalar of dtype {dtype} cannot be saved: its width differs between machines",
            path=str(path),
            fix="convert it first: float(value)",
        )

    def dtype(self, value: Any, path: Path) -> Node:
        if value.names is not None:
            return _structured_dtype(value, frozenset())
        if value.kind not in "biufcmMSUO" or value.char in "gG":
            raise UnsupportedError(f"the dtype {value} cannot be saved", path=str(path))
        return DType(value.str)

    # --- names and objects ---

    def named(self, value: Any, path: Path) -> Node:
        ways = tables().ways
        if isinstance(value, np.ufunc):
            for module in ("numpy", "scipy.special"):
                name = f"{module}:{value.__name__}"
                if name in ways:
                    return Global(name)
            raise UnsupportedError(f"the ufunc {value.__name__} is not one that can be saved", path=str(path))
        if isinstance(value, type) and issubclass(value, np.generic):
            return Global(f"numpy:{value.__name__}")
        if getattr(value, "__module__", "") and value.__module__.startswith("numpy"):
            public = f"numpy:{value.__name__}"
            if getattr(np, value.__name__, None) is value and public in ways:
                return Global(public)
        name = importable_name(value, path)
        if ways.get(name) not in GLOBAL_WAYS:
            self.own.add(name)
        return Global(name)

    def instance(self, value: Any, path: Path) -> Node:
        cls = type(value)
        name = type_name(cls)
        known = tables()
        name = known.logical.get(name, name)
        way = known.ways.get(name)
        if way == "state":
            return self.by_attributes(name, vars(value), path)
        if way is not None and way not in GLOBAL_WAYS:
            return self.by_attributes(name, CONVERTERS[way].to_state(value), path)
        return self.own_instance(value, cls, path)

    def by_attributes(self, name: str, attributes: dict[str, Any], path: Path) -> Node:
        state: dict[str, Node] = {}
        for attribute in sorted(attributes):
            state[attribute] = self.value(attributes[attribute], Path(path, f".{attribute}"))
        return Object(name, state)

    def own_instance(self, value: Any, cls: type, path: Path) -> Node:
        """Encode an instance of a class that perdure's tables do not know."""
        name = importable_name(cls, path)
        ways = tables().ways
        bases = [type_name(base) for base in cls.__mro__[1:]]
        known = tuple(base for base in bases if ways.get(base, "class") not in GLOBAL_WAYS)
        unusual = [base for base in known if ways[base] != "state"]
        reduces = any("__reduce__" in vars(c) or "__reduce_ex__" in vars(c) for c in cls.__mro__[:-1])
        if unusual or reduces or not hasattr(value, "__dict__") or isinstance(value, (list, tuple, dict, set, np.ndarray)):
            raise UnsupportedError(
                f"perdure does not know how to take an instance of {name} apart",
                path=str(path),
                fix="give its model plain attributes, or teach perdure the type with a converter",
            )
        if known:
            self.bases[name] = known
        self.own.add(name)
        attributes = vars(value)
        if _own_getstate(cls):
            attributes = value.__getstate__()
            if not isinstance(attributes, dict) or not all(type(key) is str for key in attributes):
                raise UnsupportedError(
                    f"{name}.__getstate__ does not return a dict of attributes", path=str(path),
                    fix="return a dict with attribute names as keys",
                )
        return self.by_attributes(name, attributes, path)


def _own_getstate(cls: type) -> bool:
    """Whether a class outside of scikit-learn says itself what its state is."""
    for base in cls.__mro__[:-1]:
        if "__getstate__" in vars(base):
            return not base.__module__.startswith("sklearn.")
    return False


def _is_function(value: Any) -> bool:
    """Whether it is a function of compiled code, or one that numpy wraps for dispatch."""
    return callable(value) and type(value).__name__ in ("cython_function_or_method", "_ArrayFunctionDispatcher")


def _order(value: Any) -> Order:
    return "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"


def _structured_dtype(dtype: Any, intp: frozenset[str]) -> DType:
    fields = []
    for name in dtype.names:
        inner, offset = dtype.fields[name][:2]
        base, shape = (inner.base, inner.shape) if inner.shape else (inner, ())
        node = DType("intp") if name in intp else _structured_dtype(base, frozenset()) if base.names else DType(base.str)
        fields.append((name, node, tuple(shape), int(offset)))
    return DType("", tuple(fields), int(dtype.itemsize))


_KINDS: dict[type, Callable[[_Encoder, Any, Path], Node]] = {
    list: _Encoder.list,
    tuple: _Encoder.tuple,
    set: _Encoder.set,
    frozenset: _Encoder.frozenset,
    dict: _Encoder.dict,
    slice: _Encoder.slice,
    range: _Encoder.range,
    np.ndarray: _Encoder.array,
    Marked: _Encoder.marked,
    functools.partial: lambda e, v, p: e.tracked(id(v), v, lambda: e.instance(v, p)),
}
