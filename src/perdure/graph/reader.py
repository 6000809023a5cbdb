"""Decoded JSON to nodes, strictly: every number in range, every name in its place, every limit held."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from ..errors import FormatError
from .limits import Limits
from .nodes import (
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
    List,
    ListOf,
    Lists,
    Node,
    Numbers,
    Object,
    Objects,
    ObjectsOf,
    Order,
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
from .scalars import ATOM_TAGS, read_atom
from .tables import read_arrays, read_shape, read_types
from .write import member_key

__all__ = ["MOST_ROWS", "RANGE_INDEX", "Reader"]

_THEMSELVES = frozenset((str, bool, type(None)))
_SAFE = 2**53
# The attributes of types that were met, known to be sorted: a bounded number of them, and none with many names.
_SORTED: dict[tuple[str, ...], tuple[str, ...]] = {}
_ATOMS = frozenset((type(None), bool, int, float, str, bytes, complex, type(...)))
_KNOWN, _FEW = 4096, 200


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise FormatError(f"a non-negative integer was expected, not {value!r:.40}")
    return value


def _integer(value: Any) -> int:
    value = read_atom(value)
    if type(value) is not int:
        raise FormatError("an integer was expected")
    return value


def _order(raw: Any) -> Order:
    if raw not in ("C", "F"):
        raise FormatError("an order is C or F")
    return raw  # type: ignore[no-any-return]


# numpy takes a second to make a list of so many numbers.
_RANGE = 1 << 21
RANGE_INDEX = "pandas:RangeIndex/1"
MOST_ROWS = 1 << 27


class Reader:
    """Reads the nodes of one graph, and notes on the way what the doors behind would have to look for.

    Parameters
    ----------
    types, arrays : object
        Decoded JSON: the tables that the nodes refer to.
    limits : Limits
    """

    def __init__(self, types: Any, arrays: Any, limits: Limits) -> None:
        self.limits = limits
        self.depth, self.most = 0, limits.depth
        self.types, self.bases = read_types(types)
        self.specs, self.inline = read_arrays(arrays, limits)
        self.next_type = self.next_array = self.next_key = 0
        # Noted on the way, so that the doors need not look for it.
        self.used_types: set[str] = set()
        self.used_values: set[str] = set()
        self.parts: list[Object | Batch | Dict | DictOf] = []
        self.defined: dict[int, Node] = {}
        self.references = 0
        # Of all JSON objects, the outermost one's included.
        self.keys = 3
        self.columns = self.expands = False
        # Arrays of objects around the node at hand.
        self.around = 0
        self.long: dict[Range, int] = {}
        self.uses: dict[int, int] = {}

    # --- parts of nodes ---

    def type(self, number: Any) -> str:
        # True and False are no numbers here.
        if type(number) is not int or not 0 <= number <= self.next_type or number >= len(self.types):
            raise FormatError("types must be numbered by first appearance")
        if number == self.next_type:
            self.next_type += 1
        return self.types[number]

    def array(self, number: Any) -> int:
        if type(number) is not int or not 0 <= number <= self.next_array or number >= len(self.specs):
            raise FormatError("arrays must be numbered by first appearance")
        if number == self.next_array:
            self.next_array += 1
        return number

    def all(self, raw: list[Any], start: int = 0) -> tuple[Node, ...]:
        node = self.node
        return tuple([item if type(item) in _THEMSELVES else node(item) for item in (raw[start:] if start else raw)])

    def by_name(self, raw: Any, read: Callable[[Any], Any]) -> dict[str, Any]:
        self.check_names(raw)
        return {name: read(value) for name, value in raw.items()}

    def check_names(self, raw: Any) -> tuple[str, ...]:
        """Return the names of attributes, interned: Python then finds them in instances by their identity."""
        if type(raw) is not dict:
            raise FormatError("attributes are an object")
        names = tuple(raw)
        self.keys += len(names)
        known = _SORTED.get(names)
        if known is None:
            if list(names) != sorted(names):
                raise FormatError("attributes must be sorted by name")
            known = tuple(map(sys.intern, names))
            if len(_SORTED) < _KNOWN and len(names) < _FEW:
                _SORTED[known] = known
        return known

    def attributes(self, raw: Any) -> tuple[dict[str, Any], list[str]]:
        """Return the attributes of an object, and the names of those that are more than plain values."""
        state: dict[str, Any] = dict(zip(self.check_names(raw), raw.values(), strict=True))
        inner = []
        for name, value in state.items():
            # Most are texts, flags, numbers and None, which are themselves: no call for those.
            kind = type(value)
            if kind in _THEMSELVES or (kind is int and -_SAFE <= value <= _SAFE):
                continue
            made = state[name] = self.node(value)
            if type(made) not in _ATOMS:
                inner.append(name)
        return state, inner

    def version(self, raw: Any) -> str | None:
        if raw is not None and not (isinstance(raw, str) and 0 < len(raw) <= 100):
            raise FormatError("a version is a short text")
        return raw

    # --- nodes ---

    def node(self, raw: Any) -> Any:
        kind = type(raw)
        if kind is list:
            read = _NODES.get(raw[0]) if raw and type(raw[0]) is str else None
            if read is not None:
                self.depth += 1
                if self.depth > self.most:
                    self.limits.check("depth", self.depth, "levels of nesting")
                made = read(self, raw)
                self.depth -= 1
                return made
            return self.atom(raw)
        if kind is dict:
            self.depth += 1
            if self.depth > self.most:
                self.limits.check("depth", self.depth, "levels of nesting")
            self.keys += len(raw)
            node = Dict(tuple([(name, self.node(value)) for name, value in raw.items()]))
            self.depth -= 1
            self.parts.append(node)
            return node
        if kind is float and raw == 0.0 and str(raw)[0] == "-":
            raise FormatError("negative zero has a form of its own")
        if kind is int and not -_SAFE <= raw <= _SAFE:
            raise FormatError("a big integer has a form of its own")
        return raw

    def atom(self, raw: list[Any]) -> Any:
        tag = raw[0] if raw else None
        if type(tag) is not str:
            raise FormatError("a node begins with its tag")
        if tag not in ATOM_TAGS:
            raise FormatError(f"there is no node with the tag {tag!r:.40}")
        return read_atom(raw)

    def column(self, raw: Any) -> Column_:
        self.columns = self.expands = True
        if type(raw) is not list or not raw or type(raw[0]) is not str or raw[0] not in _COLUMNS:
            raise FormatError("a column was expected")
        self.depth += 1
        if self.depth > self.most:
            self.limits.check("depth", self.depth, "levels of nesting")
        column = _COLUMNS[raw[0]](self, raw)
        self.depth -= 1
        return column

    def members(self, raw: list[Any]) -> tuple[Node, ...]:
        items = self.all(raw, 1)
        if any(a >= b for a, b in pairwise(map(member_key, items))):
            raise FormatError("the items of a set must be sorted and differ")
        return items

    def dictionary(self, raw: list[Any]) -> Dict:
        if len(raw) % 2 == 0:
            raise FormatError("a dict has as many keys as values")
        flat = self.all(raw, 1)
        pairs = tuple(zip(flat[::2], flat[1::2], strict=True))
        if pairs and all(type(key) is str and key.isascii() for key, _ in pairs):
            raise FormatError("a dict with text keys has a form of its own")
        node = Dict(pairs)
        self.parts.append(node)
        return node

    def dict_of(self, raw: list[Any]) -> DictOf:
        _, keys, values = raw
        node = DictOf(self.column(keys), self.column(values))
        self.parts.append(node)
        return node

    def dtype(self, raw: Any, depth: int = 0) -> DType:
        if isinstance(raw, str) and 0 < len(raw) <= 40:
            return DType(raw)
        names = list(raw) if isinstance(raw, dict) else []
        self.keys += len(names)
        aligned = names[:1] == ["aligned"] and raw["aligned"] is True
        if names[aligned:] != ["fields", "itemsize"] or depth > 8:
            raise FormatError("a dtype is malformed")
        fields = []
        for name, inner, shape, offset in raw["fields"]:
            if not isinstance(name, str):
                raise FormatError("a field has a name")
            fields.append((name, self.dtype(inner, depth + 1), read_shape(shape), _count(offset)))
        if not fields or len({field[0] for field in fields}) != len(fields):
            raise FormatError("a structured dtype has fields of different names")
        return DType("", tuple(fields), _count(raw["itemsize"]), aligned)

    def structured(self, raw: list[Any]) -> Structured:
        _, dtype, shape, order, fields = raw
        self.columns = self.expands = True
        read = self.dtype(dtype)
        values = self.by_name(fields, self.node)
        if not values or set(values) != {field[0] for field in read.fields}:
            raise FormatError("the fields of a structured array are not those of its dtype")
        return Structured(read, read_shape(shape), _order(order), values)

    def value_array(self, raw: list[Any]) -> Array:
        _, number = raw
        index = self.array(number)
        self.uses[index] = self.uses.get(index, 0) + 1
        return Array(index)

    def named(self, raw: list[Any]) -> Global:
        _, number = raw
        name = self.type(number)
        self.used_values.add(name)
        return Global(name)

    def objects(self, raw: list[Any]) -> Objects:
        self.columns = True
        self.around += 1
        node = Objects(read_shape(raw[1]), _order(raw[2]), self.all(raw, 3))
        self.around -= 1
        return node

    def object(self, raw: list[Any]) -> Object:
        args = version = None
        if len(raw) == 3:
            _, number, state = raw
        elif len(raw) == 4:
            _, number, state, args = raw
        else:
            _, number, state, args, version = raw
        name = self.type(number)
        self.used_types.add(name)
        attributes, inner = self.attributes(state)
        arguments = None
        if args is not None:
            if not isinstance(args, list) or not args or args[0] != "tuple":
                raise FormatError("constructor arguments are a tuple")
            arguments = self.all(args, 1)
        node = Object(name, attributes, arguments, self.version(version))
        node.inner = inner  # type: ignore[misc]
        self.parts.append(node)
        return node

    def define(self, raw: list[Any]) -> Def:
        _, key, value = raw
        if key != self.next_key or type(key) is not int:
            raise FormatError("shared values must be numbered by first appearance")
        self.next_key += 1
        node = self.defined[key] = self.node(value)
        return Def(key, node)

    def refer(self, raw: list[Any]) -> Ref:
        _, key = raw
        if _count(key) >= self.next_key:
            raise FormatError("a reference to a value that does not stand before it")
        # To a value that it lies in, it leads no further; only an array of objects must not hold itself.
        if key in self.defined:
            self.references += 1
        elif self.around:
            self.expands = True
        return Ref(key)

    def scalar(self, raw: list[Any]) -> Scalar:
        _, dtype, value = raw
        if not isinstance(dtype, str) or not 0 < len(dtype) <= 40:
            raise FormatError("a scalar has a dtype")
        return Scalar(dtype, read_atom(value))

    # --- columns ---

    def batch(self, raw: list[Any]) -> Batch:
        version = None
        if len(raw) == 5:
            _, number, count, constants, columns = raw
        else:
            _, number, count, constants, columns, version = raw
        name = self.type(number)
        self.used_types.add(name)
        fixed, _ = self.attributes(constants)
        differing = self.by_name(columns, self.column)
        if fixed.keys() & differing.keys():
            raise FormatError("an attribute of a batch is both constant and a column")
        # No batch is longer than what the file could spell out, unless a column says its length.
        self.limits.check("nodes", _count(count), "objects in one batch")
        node = Batch(name, count, fixed, differing, self.version(version))
        self.parts.append(node)
        return node

    def fields(self, raw: list[Any]) -> Fields:
        _, dtype, columns = raw
        read = self.dtype(dtype)
        values = self.by_name(columns, self.column)
        if not values or set(values) != {field[0] for field in read.fields}:
            raise FormatError("the fields of a structured column are not those of its dtype")
        return Fields(read, values)

    def lists(self, raw: list[Any]) -> Lists:
        _, items, offsets = raw
        return Lists(self.column(items), self.array(offsets))

    def two_arrays(self, raw: list[Any]) -> tuple[int, int]:
        _, values, offsets = raw
        return self.array(values), self.array(offsets)

    def one_array(self, raw: list[Any]) -> int:
        _, number = raw
        return self.array(number)

    def one_column(self, raw: list[Any]) -> Column_:
        _, column = raw
        return self.column(column)

    # --- plain values ---

    def slice(self, raw: list[Any]) -> Slice:
        _, start, stop, step = raw
        return Slice(self.node(start), self.node(stop), self.node(step))

    def range(self, raw: list[Any]) -> Range:
        _, start, stop, step = raw
        made = Range(_integer(start), _integer(stop), _integer(step))
        # As good as a list of so many numbers: that is what whoever looks into it makes of it.
        length = (made.stop - made.start + made.step - (1 if made.step > 0 else -1)) // (made.step or 1)
        if length > _RANGE:
            self.long[made] = length
        return made

    def check_ranges(self) -> None:
        """Raise where a range stands for more numbers than there may be; the index of a large table is one."""
        rows = {part.state.get("range") for part in self.parts if type(part) is Object and part.type == RANGE_INDEX}
        for made, length in self.long.items():
            if made not in rows or length > MOST_ROWS:
                self.limits.check("nodes", length, "numbers in one range")

    def plain_dtype(self, raw: list[Any]) -> DType:
        _, dtype = raw
        return self.dtype(dtype)

    def objects_of(self, raw: list[Any]) -> ObjectsOf:
        _, shape, order, column = raw
        return ObjectsOf(read_shape(shape), _order(order), self.column(column))


Column_ = Any

_NODES: Mapping[str, Callable[[Reader, list[Any]], Any]] = {
    "list": lambda r, raw: List(r.all(raw, 1)),
    "tuple": lambda r, raw: Tuple(r.all(raw, 1)),
    "set": lambda r, raw: Set(r.members(raw)),
    "frozenset": lambda r, raw: FrozenSet(r.members(raw)),
    "dict": Reader.dictionary,
    "slice": Reader.slice,
    "range": Reader.range,
    "array": Reader.value_array,
    "scalar": Reader.scalar,
    "dtype": Reader.plain_dtype,
    "structured": Reader.structured,
    "objects": Reader.objects,
    "object": Reader.object,
    "global": Reader.named,
    "def": Reader.define,
    "ref": Reader.refer,
    "list-of": lambda r, raw: ListOf(r.one_column(raw)),
    "tuple-of": lambda r, raw: TupleOf(r.one_column(raw)),
    "objects-of": Reader.objects_of,
    "dict-of": Reader.dict_of,
}

_COLUMNS: Mapping[str, Callable[[Reader, list[Any]], Any]] = {
    "numbers": lambda r, raw: Numbers(r.one_array(raw)),
    "scalars": lambda r, raw: Scalars(r.one_array(raw)),
    "texts": lambda r, raw: Texts(*r.two_arrays(raw)),
    "rows": lambda r, raw: Rows(*r.two_arrays(raw)),
    "stack": lambda r, raw: Stack(r.one_array(raw)),
    "fields": Reader.fields,
    "lists": Reader.lists,
    "each": lambda r, raw: Each(r.all(raw, 1)),
    "batch": Reader.batch,
}
