"""The nodes of the graph: plain, frozen data that stands for a model and runs nothing.

``None``, ``bool``, ``int``, ``float``, ``str``, ``bytes``, ``complex`` and ``...`` are themselves.
Everything else is one of the classes here. A *column* holds the same part of many values at once,
so that a thousand trees are some thirty columns and not twenty thousand nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, dataclass_transform

__all__ = [
    "Array",
    "ArraySpec",
    "Arrays",
    "Atom",
    "Batch",
    "Column",
    "DType",
    "Def",
    "Dict",
    "DictOf",
    "Each",
    "Fields",
    "FrozenSet",
    "Global",
    "Graph",
    "List",
    "ListOf",
    "Lists",
    "Names",
    "Node",
    "Numbers",
    "Object",
    "Objects",
    "ObjectsOf",
    "Order",
    "Range",
    "Ref",
    "Rows",
    "Scalar",
    "Scalars",
    "Set",
    "Slice",
    "Stack",
    "Structured",
    "Texts",
    "Tuple",
    "TupleOf",
]

Order: TypeAlias = Literal["C", "F"]
Atom: TypeAlias = None | bool | int | float | str | bytes | complex | EllipsisType

_T = TypeVar("_T")


# Frozen for the type checker only: a frozen class takes three times as long to make its instances.
@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(field,))
def _node(cls: type[_T]) -> type[_T]:
    return dataclass(slots=True, eq=False)(cls)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def _value(cls: type[_T]) -> type[_T]:
    return dataclass(slots=True, unsafe_hash=True)(cls)


# Equal by what they hold.
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def _record(cls: type[_T]) -> type[_T]:
    return dataclass(slots=True)(cls)


@_value
class ArraySpec:
    """What one logical array is: never how it lies in the file.

    Attributes
    ----------
    dtype : str
        numpy's own string (``<f8``, ``|b1``, ``>i4``, ``<U7``, ``<M8[ns]``) or ``intp``.
    shape : tuple of int
    order : {"C", "F"}
        Memory order of the values.
    """

    dtype: str
    shape: tuple[int, ...]
    order: Order = "C"


class Arrays(Protocol):
    """The arrays of one graph, by number, as the graph sees them."""

    def __len__(self) -> int: ...

    def spec(self, index: int) -> ArraySpec:
        """Return what the array is."""

    def content(self, index: int) -> bytes:
        """Return its values as little-endian bytes in its order."""


# --- containers -------------------------------------------------------------------------------


@_node
class List:
    items: tuple[Node, ...]


@_node
class Tuple:
    items: tuple[Node, ...]


@_node
class Set:
    items: tuple[Node, ...]


@_node
class FrozenSet:
    items: tuple[Node, ...]


@_node
class Dict:
    """Ordered pairs; any hashable key."""

    pairs: tuple[tuple[Node, Node], ...]


# --- special scalars --------------------------------------------------------------------------


@_node
class Slice:
    start: Node
    stop: Node
    step: Node


@_node
class Range:
    start: int
    stop: int
    step: int


# --- numpy ------------------------------------------------------------------------------------


@_node
class Array:
    """The array of that number."""

    index: int


@_node
class Scalar:
    """A numpy scalar; datetimes as the count of their unit."""

    dtype: str
    value: Atom


@_node
class DType:
    """A numpy dtype: its string, or the fields ``(name, dtype, shape, offset)`` and the item size.

    ``aligned`` says whether numpy was asked to lay the fields out as a C compiler does.
    """

    name: str
    fields: tuple[tuple[str, DType, tuple[int, ...], int], ...] = ()
    itemsize: int = 0
    aligned: bool = False


@_node
class Structured:
    """A structured array, a field a node."""

    dtype: DType
    shape: tuple[int, ...]
    order: Order
    fields: Mapping[str, Node]


@_node
class Objects:
    """An array of Python objects, its items in C order."""

    shape: tuple[int, ...]
    order: Order
    items: tuple[Node, ...]


# --- objects ----------------------------------------------------------------------------------


@_node
class Object:
    """An instance: its type by name, its state by attribute, its constructor arguments where it has any.

    `inner` names the attributes that are more than plain values, where the reader noted them: `inner_of` says them
    of any object. It is not handed on to a copy with another state.
    """

    type: str
    state: Mapping[str, Node]
    args: tuple[Node, ...] | None = None
    version: str | None = None
    inner: Sequence[str] | None = field(default=None, init=False, repr=False)


@_node
class Global:
    """A named class or function itself."""

    name: str


@_node
class Def:
    """The first place of a shared value."""

    key: int
    node: Node


@_node
class Ref:
    """A further place of a shared value."""

    key: int


# --- columns ----------------------------------------------------------------------------------


@_node
class Numbers:
    """Python numbers of one kind (``<i8``: int, ``<f8``: float, ``|b1``: bool), one each."""

    array: int


@_node
class Scalars:
    """numpy scalars of the array's dtype, one each."""

    array: int


@_node
class Texts:
    """Strings: their UTF-8 bytes one after the other, and n + 1 offsets."""

    data: int
    offsets: int


@_node
class Rows:
    """Arrays of differing length, concatenated along the first axis; n + 1 offsets."""

    array: int
    offsets: int


@_node
class Stack:
    """Arrays of one shape: the k-th is ``array[k]``."""

    array: int


@_node
class Fields:
    """Structured arrays, a field a column."""

    dtype: DType
    fields: Mapping[str, Column]


@_node
class Lists:
    """Lists of differing length: their items in one column, and n + 1 offsets."""

    items: Column
    offsets: int


@_node
class Each:
    """One node each: for what has no better form."""

    nodes: tuple[Node, ...]


@_node
class Batch:
    """Objects of one type with the same attributes.

    ``constants`` are equal in all of them (each gets its own, unless the node is shared), ``columns``
    differ.
    """

    type: str
    count: int
    constants: Mapping[str, Node]
    columns: Mapping[str, Column]
    version: str | None = None


Column: TypeAlias = Numbers | Scalars | Texts | Rows | Stack | Fields | Lists | Each | Batch


@_node
class ListOf:
    """A list whose items stand in a column."""

    items: Column


@_node
class TupleOf:
    items: Column


@_node
class ObjectsOf:
    """An array of Python objects whose items, in C order, stand in a column."""

    shape: tuple[int, ...]
    order: Order
    items: Column


@_node
class DictOf:
    keys: Column
    values: Column


Node: TypeAlias = (
    Atom
    | List
    | Tuple
    | Set
    | FrozenSet
    | Dict
    | Slice
    | Range
    | Array
    | Scalar
    | DType
    | Structured
    | Objects
    | Object
    | Global
    | Def
    | Ref
    | ListOf
    | TupleOf
    | ObjectsOf
    | DictOf
)


@_record
class Names:
    """The names that a graph uses, and what else was met while it was read: then no door has to look for it.

    Attributes
    ----------
    types : frozenset of str
        Of objects.
    values : frozenset of str
        Of classes and functions that stand for themselves.
    parts : sequence of node, optional
        Every object, batch and dict, what lies inside before what it lies in.
    defined : mapping of int to Node
        The shared values.
    references : int
        How often shared values are referred to from outside of themselves.
    expands : bool
        Whether columns or structured arrays are among it, or arrays of objects that may hold themselves.
    """

    types: frozenset[str]
    values: frozenset[str]
    parts: Sequence[Object | Batch | Dict | DictOf] | None = None
    defined: Mapping[int, Node] = field(default_factory=dict)
    references: int = 0
    expands: bool = True


@_record
class Graph:
    """A model as data.

    Attributes
    ----------
    root : Node
    arrays : Arrays
        The arrays that the nodes name by number.
    bases : mapping of str to tuple of str
        For a type that perdure's tables do not know: the known types it derives from.
    libraries : mapping of str to (str or None)
        The releases the model was made with: python, scikit-learn, numpy, scipy, pandas.
    noted : (Node, Names) or None
        The root that was read, and the names that the reader noted in it.
    """

    root: Node
    arrays: Arrays
    bases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    libraries: Mapping[str, str | None] = field(default_factory=dict)
    noted: tuple[Node, Names] | None = None
    walked: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def names(self) -> Names | None:
        """Return the names in the root where they are known: only of the very root that was read."""
        return self.noted[1] if self.noted is not None and self.noted[0] is self.root else None
