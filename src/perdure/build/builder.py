"""The builder: nodes become values, in the order of the file, shared values once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from ..arrays.memory import aligned, apart
from ..arrays.store import ArrayStore
from ..converters import CONVERTERS, AttributeConverter
from ..errors import FormatError, InvalidError, LimitError, PerdureError, shown
from ..graph.native import native_reader
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
    Numbers,
    Object,
    Objects,
    ObjectsOf,
    Range,
    Ref,
    Scalar,
    Set,
    Slice,
    Structured,
    Texts,
    Tuple,
    TupleOf,
)
from ..graph.structure import ROOT, Path, inner_of
from . import own
from .columns import Columns
from .dtypes import numpy_dtype, numpy_scalar, put_field
from .resolve import Resolver

__all__ = ["MISFITS", "Builder", "build"]

# What Python and numpy raise over values that do not fit together.
#: RuntimeError: what a library says of dtypes that it has no code for.
MISFITS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, StopIteration, RuntimeError)

_ATOMS = frozenset((type(None), bool, int, float, str, bytes, complex, type(...)))
# What the compiled builder is called for: it makes what lies inside as well.
_COMPILED = frozenset((List, Tuple, Dict, Def, Object))
# The plain classes of the tables that were found: what the tables name stays what it is.
_CLASSES: dict[str, tuple[Any, set[str]]] = {}
_REMEMBERED = 2000
# By dtype: Python's number, and what makes numpy's of it.
_SCALARS = {"<f8": (float, np.float64), "<i8": (int, np.int64), "|b1": (bool, np.bool_)}


def build(
    graph: Graph,
    arrays: ArrayStore,
    allowed: frozenset[str],
    *,
    provided: Mapping[str, Any] | None = None,
    node: Any = None,
) -> Any:
    """Return the value of a graph that has passed trust, migration and validation.

    Parameters
    ----------
    graph : Graph
    arrays : ArrayStore
    allowed : frozenset of str
        The names that trust passed.
    provided : mapping of str to object, optional
        Classes and functions that the reader gives for names.
    node : Node, optional
        A part of the graph, when not the whole is wanted.
    """
    builder = Builder(graph, arrays, allowed, provided)
    try:
        return builder.value(graph.root if node is None else node, ROOT)
    except RecursionError:
        raise LimitError("the model nests deeper than this interpreter can follow") from None
    except MISFITS as error:
        raise InvalidError(
            f"the values of the model do not fit together ({type(error).__name__}: {error})", path="model"
        ) from None
    finally:
        # They know the builder, and it knows them: kept so, they would keep the bytes of the file until a collection.
        builder.handed = None
        vars(builder).pop("columns", None)


class Builder:
    """Builds the values of one graph.

    Parameters
    ----------
    graph : Graph
    arrays : ArrayStore
    allowed : frozenset of str
    provided : mapping of str to object, optional
    """

    def __init__(
        self, graph: Graph, arrays: ArrayStore, allowed: frozenset[str], provided: Mapping[str, Any] | None = None
    ) -> None:
        self.arrays = arrays
        self.resolver = Resolver(allowed, graph.bases, provided)
        self.shared: dict[int, Any] = {}
        self.first: dict[int, Any] = {}
        # What the compiled builder needs; None where it is not to be used.
        self.handed = self._handed() if native_reader.active else None

    @cached_property
    def columns(self) -> Columns:
        """What builds columns; most models have none."""
        return Columns(self)

    def _handed(self) -> tuple[Any, ...]:
        known: dict[str, Any] = {}
        dicts = self.shared, self.first, known, _SCALARS, _CLASSES
        return (
            *dicts,
            self.resolver.allowed,
            self.arrays.array,
            self.plain_class,
            self.by_kind,
            Path,
            shown,
            object.__new__,
        )

    def value(self, node: Any, path: Path) -> Any:
        kind = type(node)
        if kind in _ATOMS:
            return node
        if self.handed is not None and kind in _COMPILED:
            return native_reader.build(node, path, self.handed)
        return _BUILDERS[kind](self, node, path, None)

    def by_kind(self, node: Any, path: Path, key: int | None) -> Any:
        """Return the value of a node that the compiled builder leaves to this one."""
        return _BUILDERS[type(node)](self, node, path, key)

    def plain_class(self, name: str, path: Path) -> tuple[Any, set[str]] | None:
        """Return a class whose instances are their attributes, with those that hide nothing of it; None for any other."""
        cls, way = self.resolver.class_of(name, path)
        if way != "state":
            return None
        found = cls, self.resolver.harmless(cls)
        if len(_CLASSES) < _REMEMBERED:
            _CLASSES[name] = found
        return found

    def all(self, items: tuple[Any, ...], path: Path) -> list[Any]:
        return [
            item if type(item) in _ATOMS else self.value(item, Path(path, f"[{i}]")) for i, item in enumerate(items)
        ]

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

    def new_list(self, node: List, path: Path, key: int | None) -> Any:
        made: list[Any] = self.begin(key, [])
        made.extend(self.all(node.items, path))
        return made

    def new_set(self, node: Set, path: Path, key: int | None) -> Any:
        made: set[Any] = self.begin(key, set())
        made.update(self.hashable(self.all(node.items, path), path))
        return made

    def new_frozenset(self, node: FrozenSet, path: Path, key: int | None) -> Any:
        return frozenset(self.hashable(self.all(node.items, path), path))

    def new_dict(self, node: Dict, path: Path, key: int | None) -> Any:
        made: dict[Any, Any] = self.begin(key, {})
        for name, item in node.pairs:
            if type(name) not in _ATOMS:
                (name,) = self.hashable([self.value(name, path)], path)
            made[name] = item if type(item) in _ATOMS else self.value(item, Path(path, f"[{shown(name)}]"))
        if len(made) != len(node.pairs):
            raise FormatError("a dict has a key twice", path=str(path))
        return made

    def dict_of(self, node: DictOf, path: Path, key: int | None) -> Any:
        made: dict[Any, Any] = self.begin(key, {})
        keys = self.columns.values(node.keys, path)
        if not isinstance(node.keys, (Numbers, Texts)):
            keys = self.hashable(keys, path)
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
        first = self.first.get(node.index)
        if first is None:
            first = self.first[node.index] = self.arrays.array(node.index)
            return first
        # Named again, it is another array of the same values: of those that were validated, not read anew.
        copy = aligned(first.shape, first.dtype, "C" if first.flags.c_contiguous else "F")
        copy[...] = first
        return copy

    def copies(self, node: Array, count: int, path: Path) -> list[Any]:
        """Return so many arrays of the same values, each with memory of its own."""
        first = self.array(node, path, None)
        if count < 2:
            return [first][:count]
        return [first, *apart(np.broadcast_to(first, (count - 1, *first.shape)))]

    def structured(self, node: Structured, path: Path, key: int | None) -> Any:
        dtype = numpy_dtype(node.dtype)
        made = aligned(node.shape, dtype, node.order)
        # Padding between fields is zero, whatever was in memory before.
        made.fill(np.zeros((), dtype)[()])
        for name, value in node.fields.items():
            data = self.arrays.view(value.index) if isinstance(value, Array) else self.value(value, path)
            try:
                put_field(made, name, data)
            except MISFITS as error:
                raise self.misfit(np.ndarray, path, error) from None
            except PerdureError as error:
                raise self.placed(error, path) from None
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

    def new_object(self, node: Object, path: Path, key: int | None) -> Any:
        cls, way = self.resolver.class_of(node.type, path)
        if way == "own":
            if own.is_member(cls):
                return self.guarded(cls, path, lambda: own.member(cls, self.state(node, path)))
            arguments = () if node.args is None else node.args
            if own.is_container(cls):
                made = self.begin(key, own.new(cls, (), path))
                own.contain(made, cls, self.all(arguments, path), path)
            else:
                made = self.begin(key, own.new(cls, self.all(arguments, path), path))
            return self.fill(made, cls, node.type, self.state(node, path), path)
        if node.args is not None:
            raise FormatError("this type takes no constructor arguments", path=str(path))
        if way == "state":
            made = self.begin(key, own.empty(cls, path))
            self.resolver.check_attributes(node.type, cls, node.state.keys(), path)
            attributes = vars(made)
            attributes.update(node.state)
            for name in inner_of(node):
                attributes[name] = self.value(node.state[name], Path(path, f".{name}"))
            return made
        if way == "method":
            return own.bound_method(self.state(node, path), self.resolver, path)
        if isinstance(CONVERTERS[way], AttributeConverter):
            made = self.begin(key, own.empty(cls, path))
            return self.restore(made, way, node.type, cls, self.state(node, path), path)
        return self.convert(way, cls, self.state(node, path), path)

    def state(self, node: Object, path: Path) -> dict[str, Any]:
        state: dict[str, Any] = dict(node.state)
        for name in inner_of(node):
            state[name] = self.value(node.state[name], Path(path, f".{name}"))
        return state

    def fill(self, made: Any, cls: type, name: str, state: dict[str, Any], path: Path) -> Any:
        """Give an instance of a class that the reader trusts its attributes."""
        return self.guarded(cls, path, lambda: own.fill(made, cls, name, state, self.resolver, path))

    def restore(self, made: Any, way: str, name: str, cls: type, state: dict[str, Any], path: Path) -> Any:
        """Give a plain instance the attributes that its converter makes of the state."""
        self.resolver.check_attributes(name, cls, state.keys(), path)
        vars(made).update(self.guarded(cls, path, lambda: CONVERTERS[way].restore(cls, state)))  # type: ignore[union-attr]
        return made

    def convert(self, way: str, cls: Any, state: dict[str, Any], path: Path) -> Any:
        """Put a value together by its converter."""
        return self.guarded(cls, path, lambda: CONVERTERS[way].from_state(cls, state))  # type: ignore[union-attr]

    def guarded(self, cls: Any, path: Path, make: Callable[[], Any]) -> Any:
        """Return what `make` makes; whatever it finds wrong is the file's fault."""
        try:
            return make()
        except PerdureError as error:
            raise self.placed(error, path) from None
        except RecursionError:
            raise
        except MISFITS as error:
            raise self.misfit(cls, path, error) from None

    def guarded_all(self, cls: Any, path: Path, values: Iterable[Any]) -> list[Any]:
        """Return values that are made one after the other; whatever is wrong is said of the one that it is wrong with."""
        made: list[Any] = []
        try:
            # Not at once: at an error it says how far it came.
            for value in values:
                made.append(value)
        except PerdureError as error:
            raise self.placed(error, Path(path, f"[{len(made)}]")) from None
        except RecursionError:
            raise
        except MISFITS as error:
            raise self.misfit(cls, Path(path, f"[{len(made)}]"), error) from None
        return made

    def placed(self, error: PerdureError, path: Path) -> PerdureError:
        """Return an error with its place."""
        return error if error.path is not None else type(error)(error.problem, path=str(path), fix=error.fix)

    def misfit(self, cls: Any, path: Path, error: Exception) -> InvalidError:
        """Return what is said of values that do not fit together."""
        name = getattr(cls, "__name__", "value")
        return InvalidError(
            f"the state of a {name} does not fit together ({type(error).__name__}: {error})", path=str(path)
        )


def _fill(made: Any, items: list[Any]) -> None:
    # Item by item: numpy would take a list of arrays apart.
    if made.flags.c_contiguous:
        flat = made.reshape(-1)
        for i, item in enumerate(items):
            flat[i] = item
    else:
        for position, item in zip(np.ndindex(made.shape), items, strict=True):
            made[position] = item


_BUILDERS: dict[type, Callable[[Builder, Any, Path, Any], Any]] = {
    Def: Builder.define,
    Ref: Builder.refer,
    List: Builder.new_list,
    Tuple: lambda b, n, p, k: tuple(b.all(n.items, p)),
    Set: Builder.new_set,
    FrozenSet: Builder.new_frozenset,
    Dict: Builder.new_dict,
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
    Object: Builder.new_object,
    Global: lambda b, n, p, k: b.resolver.value(n.name),
}
