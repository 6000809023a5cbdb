"""The encoder: any value that can be saved becomes nodes, shared values found by identity."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.store import ArrayStore
from ..converters import CONVERTERS, Alone, Marked, is_slot, shadows
from ..errors import UnsupportedError, printed, shown
from ..graph.batch import batch
from ..graph.limits import Limits
from ..graph.nodes import Dict, FrozenSet, Global, Graph, List, Node, Object, Range, Ref, Set, Slice, Tuple
from ..graph.reader import MOST_ROWS, RANGE_INDEX
from ..graph.structure import ROOT, Path, with_definitions
from ..trust.tables import GLOBAL_WAYS, VALUE_WAYS, tables
from .arrays import ArrayEncoder
from .names import is_named, named, type_name
from .own import constant_of_library, own_parts
from .refusals import refusal

__all__ = ["Encoded", "Encoder", "encode"]

if TYPE_CHECKING:
    from .code import OwnCode

_ATOMS = frozenset((type(None), bool, int, float, str, bytes, complex, type(...)))


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


def encode(
    value: Any,
    libraries: dict[str, str | None] | None = None,
    *,
    code: OwnCode | None = None,
    find_pack: Callable[[str], bool] | None = None,
) -> Encoded:
    """Return the graph of a value.

    Parameters
    ----------
    value : object
    libraries : dict of str to (str or None), optional
    code : OwnCode, optional
        Where the text of classes and functions is collected that no reader can import.
    find_pack : callable, optional
        Looks for the pack of a library that the tables do not know.

    Raises
    ------
    UnsupportedError
        When some part of it cannot be saved, with its place and the fix.
    """
    encoder = Encoder(code, find_pack)
    try:
        root = encoder.value(value, ROOT)
        if encoder.referenced:
            root = encoder.define_shared(root)
        root = batch(root, encoder.arrays)
    except RecursionError:
        raise UnsupportedError(
            "the model nests deeper than this interpreter can follow", fix="flatten what is nested in it"
        ) from None
    graph = Graph(root, encoder.arrays, encoder.bases, libraries or {})
    return Encoded(graph, encoder.arrays, frozenset(encoder.own))


class Encoder:
    """Encodes the parts of one model."""

    def __init__(self, code: OwnCode | None = None, find_pack: Callable[[str], bool] | None = None) -> None:
        self.code = code
        self.find_pack = find_pack
        self.packages: set[str] = set()
        self.arrays = ArrayStore()
        self.numpy = ArrayEncoder(self)
        self.bases: dict[str, tuple[str, ...]] = {}
        self.own: set[str] = set()
        self.depth = 0
        # Whether a key or a member of a set is being encoded: by value, never by identity.
        self.by_value = 0
        self.max_depth = Limits().depth
        # Whether the range that is encoded is that of a table's rows.
        self.in_index = False
        # id (or place in memory) of a value → its key, and the value itself, kept alive so that ids stay true
        self.seen: dict[Any, tuple[int, Any]] = {}
        self.nodes: dict[int, Node] = {}
        self.referenced: set[int] = set()

    # --- identity ---

    def tracked(self, identity: Any, value: Any, make: Callable[[], Node]) -> Node:
        """Return the node of a value, or a reference where the value was met before."""
        if self.by_value:
            return make()
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
        return with_definitions(root, {id(self.nodes[key]): key for key in self.referenced})

    # --- values ---

    def value(self, value: Any, path: Path) -> Node:
        """Return the node of any value."""
        kind = type(value)
        if kind in _ATOMS:
            return value  # type: ignore[no-any-return]
        self.depth += 1
        if self.depth > self.max_depth:
            raise UnsupportedError(
                f"the model nests deeper than {self.max_depth} levels",
                path=str(path),
                fix="flatten what is nested in it",
            )
        try:
            known = _KINDS.get(kind)
            if known is not None:
                return known(self, value, path)
            if isinstance(value, (np.ndarray, np.generic, np.dtype)):
                return self.numpy.value(value, path)
            if is_named(value):
                return self.named(value, path)
            return self.tracked(id(value), value, lambda: self.instance(value, path))
        finally:
            self.depth -= 1

    def all(self, items: Any, path: Path) -> tuple[Node, ...]:
        """Return the nodes of some values."""
        return tuple([self.value(item, Path(path, f"[{i}]")) for i, item in enumerate(items)])

    def list_node(self, value: list[Any], path: Path) -> Node:
        return self.tracked(id(value), value, lambda: List(self.all(value, path)))

    def tuple_node(self, value: tuple[Any, ...], path: Path) -> Node:
        # Whether two equal tuples of plain values are one object is an accident of the interpreter.
        if all(type(item) in _ATOMS for item in value):
            return Tuple(value)
        return self.tracked(id(value), value, lambda: Tuple(self.all(value, path)))

    def set_node(self, value: Any, path: Path) -> Node:
        return self.tracked(id(value), value, lambda: Set(self.members(value, path)))

    def members(self, items: Any, path: Path) -> tuple[Node, ...]:
        self.check_nan(items, path)
        return tuple([self.hashed(item, path) for item in items])

    def check_nan(self, keys: Any, path: Path) -> None:
        """Refuse NaN twice as key or member: which of them is which only this process knows."""
        if sum(isinstance(key, float) and key != key for key in keys) > 1:
            raise UnsupportedError(
                "a set or dict with NaN in it more than once cannot be saved", path=str(path), fix="keep one of them"
            )

    def dict_node(self, value: dict[Any, Any], path: Path) -> Node:
        def make() -> Node:
            self.check_nan(value, path)
            pairs = []
            for key, item in value.items():
                node = self.hashed(key, path)
                pairs.append((node, self.value(item, Path(path, f"[{shown(key)}]"))))
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
            return FrozenSet(self.members(value, path))
        self.by_value += 1
        try:
            return self.hashed_object(value, kind, path)
        finally:
            self.by_value -= 1

    def hashed_object(self, value: Any, kind: type, path: Path) -> Node:
        if isinstance(value, np.void):
            raise UnsupportedError("a structured scalar as a key cannot be saved", path=str(path), fix="use a tuple")
        if isinstance(value, (np.generic, np.dtype)) or is_named(value):
            return self.value(value, path)
        # What cannot be changed is a value too: dates, exact numbers, members of an Enum, named tuples.
        node = self.instance(value, path)
        if _is_told_by_place(kind) and not isinstance(node, Global):
            raise UnsupportedError(
                f"a key or member of a set of type {type_name(kind)} cannot be saved: it is told apart by its place in memory",
                path=str(path),
                fix="use text, numbers, tuples or classes as keys",
            )
        return node

    def slice_node(self, value: slice, path: Path) -> Node:
        return Slice(*(self.value(item, path) for item in (value.start, value.stop, value.step)))

    def range_node(self, value: range, path: Path) -> Node:
        node = Range(value.start, value.stop, value.step)
        # As the reader counts it, which takes a long one for the index of a table only.
        length = (value.stop - value.start + value.step - (1 if value.step > 0 else -1)) // value.step
        if length > (MOST_ROWS if self.in_index else Limits().nodes):
            raise UnsupportedError(
                f"a range of {printed(length)} numbers cannot be saved: a reader takes it for as many values",
                path=str(path),
                fix="keep its bounds: (start, stop, step)",
            )
        return node

    # --- names and objects ---

    def named(self, value: Any, path: Path) -> Node:
        name = named(value, path, self.code)
        if tables().ways.get(name) not in VALUE_WAYS:
            self.own.add(name)
        return Global(name)

    def instance(self, value: Any, path: Path) -> Node:
        cls = type(value)
        known = tables()
        name = type_name(cls)
        name = known.logical.get(name, name)
        way = known.ways.get(name)
        if way == "state":
            return self.by_attributes(name, cls, vars(value), path)
        if way == "constant":
            return Global(name)
        if value is np.random.mtrand._rand:
            # numpy's global state belongs to the process that runs, not to the model.
            return Global("numpy.random.mtrand:_rand")
        if way is not None and way not in GLOBAL_WAYS:
            return self.converted(name, way, value, path)
        if isinstance(value, types.MethodType):
            return self.method(value, path)
        constant = constant_of_library(value)
        if constant is not None:
            return Global(constant)
        package = cls.__module__.partition(".")[0]
        if self.find_pack is not None and package not in self.packages:
            self.packages.add(package)
            if package not in known.packs and self.find_pack(package):
                return self.instance(value, path)
        return self.own_instance(value, cls, path)

    def converted(self, name: str, way: str, value: Any, path: Path) -> Node:
        """Encode a value by its converter."""
        if name in tables().asked:
            self.own.add(name)
        try:
            state = CONVERTERS[way].to_state(value)
        except UnsupportedError as error:
            raise UnsupportedError(error.problem, path=str(path), fix=error.fix) from None
        self.in_index = name == RANGE_INDEX
        node = Object(name, self.state(state, path))
        self.in_index = False
        return node

    def state(self, attributes: Mapping[str, Any], path: Path) -> dict[str, Node]:
        """Return the nodes of attributes."""
        return {name: self.value(attributes[name], Path(path, f".{name}")) for name in sorted(attributes)}

    def by_attributes(self, name: str, cls: type, attributes: Mapping[str, Any], path: Path) -> Node:
        """Encode a plain instance."""
        kept = dict(attributes)
        transient = tables().transient
        for attribute, value in attributes.items():
            if attribute in transient:
                del kept[attribute]
                continue
            if type(value) is types.MethodType and value.__func__ is getattr(cls, attribute, None):
                # The class's own method, put back onto the instance after it was replaced for a while.
                del kept[attribute]
                continue
            self.check_attribute(name, cls, attribute, path)
        return Object(name, self.state(kept, path))

    def check_attribute(self, name: str, cls: type, attribute: Any, path: Path) -> None:
        """Refuse what a reader would refuse: an attribute that hides a method."""
        if type(attribute) is not str:
            raise UnsupportedError(f"an attribute of {name} is not named by a text", path=str(path))
        if shadows(cls, attribute):
            raise UnsupportedError(
                f"the attribute {attribute!r} hides a part of the class {name}, so it cannot be saved",
                path=f"{path}.{attribute}",
                fix=f"delete it from the instance (del model.{attribute}), or make it a part of a subclass",
            )

    def alone(self, value: Any, path: Path) -> Node:
        """Encode a part without asking whether it was met before."""
        if type(value) is np.ndarray:
            return self.numpy.new_array(np.ascontiguousarray(value), path, None)
        return self.instance(value, path)

    def method(self, value: Any, path: Path) -> Node:
        """Encode a method that is bound to a part of the model."""
        owner, name = value.__self__, value.__name__
        known = tables()
        owner_name = type_name(type(owner))
        state = {"name": name, "self": owner}
        foreign = owner_name in known.logical or known.ways.get(owner_name, "own") not in ("state", "own")
        if foreign or isinstance(owner, types.ModuleType):
            raise refusal(value, path)
        if owner_name in known.ways and name not in known.methods:
            raise UnsupportedError(
                f"the method {name} of a {type(owner).__name__} cannot be saved as a function",
                path=str(path),
                fix="write a named function in a module that readers can import, which calls it",
            )
        return Object("types:MethodType/1", self.state(state, path))

    def own_instance(self, value: Any, cls: type, path: Path) -> Node:
        """Encode an instance of a class that perdure's tables do not know."""
        parts = own_parts(value, cls, path, self.code)
        if parts.bases:
            self.bases[parts.name] = parts.bases
        self.own.add(parts.name)
        if not parts.restores:
            for attribute in parts.attributes:
                if not is_slot(cls, attribute):
                    self.check_attribute(parts.name, cls, attribute, path)
        state = self.state(parts.state, path)
        state.update(self.state(parts.attributes, path))
        arguments = None if parts.arguments is None else self.all(parts.arguments, path)
        return Object(parts.name, dict(sorted(state.items())), arguments)


def _is_told_by_place(cls: type) -> bool:
    """Say whether two instances are equal only where they are one."""
    return next(vars(base)["__hash__"] for base in cls.__mro__ if "__hash__" in vars(base)) is vars(object)["__hash__"]


_KINDS: dict[type, Callable[[Encoder, Any, Path], Node]] = {
    list: Encoder.list_node,
    tuple: Encoder.tuple_node,
    set: Encoder.set_node,
    frozenset: lambda e, v, p: FrozenSet(e.members(v, p)),
    dict: Encoder.dict_node,
    slice: Encoder.slice_node,
    range: Encoder.range_node,
    np.ndarray: lambda e, v, p: e.numpy.array(v, p),
    Alone: lambda e, v, p: e.alone(v.value, p),
    Marked: lambda e, v, p: e.numpy.marked(v, p),
}
