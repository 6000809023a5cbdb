"""Canonical JSON to graph, strictly: every number in range, every name in its place, every limit held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from ..errors import FormatError, LimitError
from . import canonical
from .limits import Limits
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
    List,
    ListOf,
    Lists,
    Names,
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
from .scalars import ATOM_TAGS, read_atom, unbase64
from .write import member_key

__all__ = ["Parsed", "read_graph"]

_DIMENSIONS = 32
_THEMSELVES = frozenset((str, bool))
# The attributes of types that were met, known to be sorted: a bounded number of them, and none with many names.
_SORTED: set[tuple[str, ...]] = set()
_KNOWN, _FEW = 4096, 200
_NAME = 500


@dataclass(frozen=True, slots=True)
class Parsed:
    """What `graph.json` says.

    Attributes
    ----------
    root : Node
    specs : list of ArraySpec
    inline : dict of int to bytes
        The values of the small arrays, which stand in the graph itself.
    bases : dict of str to tuple of str
    names : Names
    columns : bool
        Whether anything expands when it is built: columns, structured arrays, arrays of objects.
    uses : dict of int to int
        How often each array is named as a value of its own.
    """

    root: Node
    specs: list[ArraySpec]
    inline: dict[int, bytes]
    bases: dict[str, tuple[str, ...]]
    names: Names
    columns: bool
    uses: dict[int, int]


def read_graph(data: bytes, limits: Limits) -> Parsed:
    """Return the graph of canonical JSON.

    Raises
    ------
    FormatError
        When it is not a graph.
    LimitError
        When it is larger or deeper than the limits.
    """
    limits.check("strings_bytes", len(data), "bytes of graph")
    # Every node is at least one comma or bracket, so this bounds the count before anything is built.
    limits.check("nodes", data.count(b",") + data.count(b"[") // 2, "nodes")
    raw = canonical.loads(data, "graph.json")
    if not isinstance(raw, dict) or list(raw) != ["arrays", "root", "types"]:
        raise FormatError("graph.json must hold arrays, root and types, in this order")
    reader = _Reader(limits)
    reader.read_types(raw["types"])
    reader.read_arrays(raw["arrays"])
    try:
        root = reader.node(raw["root"])
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise FormatError(f"a node of graph.json is malformed ({error})") from None
    except RecursionError:
        raise LimitError("graph.json nests deeper than this interpreter reads") from None
    if reader.next_type != len(reader.types) or reader.next_array != len(reader.specs):
        raise FormatError("graph.json lists types or arrays that nothing uses")
    names = Names(
        frozenset(reader.used_types),
        frozenset(reader.used_values),
        reader.parts,
        reader.defined,
        reader.references,
        reader.columns,
    )
    return Parsed(root, reader.specs, reader.inline, reader.bases, names, reader.columns, reader.uses)


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise FormatError(f"a non-negative integer was expected, not {value!r:.40}")
    return value


@lru_cache(maxsize=1 << 12)
def _is_name(text: str) -> bool:
    """Whether a text is ``module:qualname``, with a version behind where it is a form of our own."""
    module, colon, rest = text.partition(":")
    qualname, slash, version = rest.partition("/")
    return (
        bool(colon)
        and len(text) <= _NAME
        and all(map(str.isidentifier, module.split(".")))
        and all(map(str.isidentifier, qualname.split(".")))
        and (not slash or (version.isdecimal() and version.isascii()))
    )


def _integer(value: Any) -> int:
    value = read_atom(value)
    if type(value) is not int:
        raise FormatError("an integer was expected")
    return value


def _shape(raw: Any) -> tuple[int, ...]:
    if type(raw) is not list or len(raw) > _DIMENSIONS:
        raise FormatError("a shape is a list of at most 32 lengths")
    for length in raw:
        if type(length) is not int or length < 0:
            raise FormatError(f"a length of a shape is a non-negative integer, not {length!r:.40}")
    return tuple(raw)


def _order(raw: Any) -> Order:
    if raw not in ("C", "F"):
        raise FormatError("an order is C or F")
    return raw  # type: ignore[no-any-return]


# A list of so many numbers takes a gigabyte; the index of a large table is a range too.
_RANGE = 1 << 25


class _Reader:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.depth = 0
        self.types: list[str] = []
        self.bases: dict[str, tuple[str, ...]] = {}
        self.specs: list[ArraySpec] = []
        self.inline: dict[int, bytes] = {}
        self.next_type = self.next_array = self.next_key = 0
        # Noted on the way, so that the doors need not look for it.
        self.used_types: set[str] = set()
        self.used_values: set[str] = set()
        self.parts: list[Object | Batch | Dict | DictOf] = []
        self.defined: dict[int, Node] = {}
        self.references = 0
        self.columns = False
        self.uses: dict[int, int] = {}

    def read_types(self, raw: Any) -> None:
        if not isinstance(raw, list):
            raise FormatError("types is a list")
        for row in raw:
            names = row if isinstance(row, list) and len(row) > 1 else [row]
            if not all(isinstance(name, str) and _is_name(name) for name in names):
                raise FormatError("a type is a name as module:qualname, or such a name and its bases")
            name, *bases = names
            self.types.append(name)
            if bases:
                self.bases[name] = tuple(bases)
        if len(set(self.types)) != len(self.types):
            raise FormatError("a type stands twice")

    def read_arrays(self, raw: Any) -> None:
        if not isinstance(raw, list):
            raise FormatError("arrays is a list")
        self.limits.check("arrays", len(raw), "arrays")
        specs, inline = self.specs, self.inline
        for number, row in enumerate(raw):
            size = len(row) if type(row) is list else 0
            if not 2 <= size <= 4 or type(row[0]) is not str:
                raise FormatError(f"array {number} is malformed")
            columns = size > 2 and row[2] == "F"
            specs.append(ArraySpec(row[0], _shape(row[1]), "F" if columns else "C"))
            if size == 3 + columns:
                inline[number] = unbase64(row[-1])
            elif size > 3:
                raise FormatError(f"array {number} is malformed")

    # --- parts of nodes ---

    def type(self, number: Any) -> str:
        if _count(number) > self.next_type or number >= len(self.types):
            raise FormatError("types must be numbered by first appearance")
        self.next_type = max(self.next_type, number + 1)
        name: str = self.types[number]
        return name

    def array(self, number: Any) -> int:
        if _count(number) > self.next_array or number >= len(self.specs):
            raise FormatError("arrays must be numbered by first appearance")
        self.next_array = max(self.next_array, number + 1)
        return int(number)

    def all(self, raw: list[Any]) -> tuple[Node, ...]:
        return tuple([self.node(item) for item in raw])

    def by_name(self, raw: Any, read: Callable[[Any], Any]) -> dict[str, Any]:
        self.check_names(raw)
        return {name: read(value) for name, value in raw.items()}

    def check_names(self, raw: Any) -> None:
        if type(raw) is not dict:
            raise FormatError("attributes are an object")
        names = tuple(raw)
        if names not in _SORTED:
            if list(names) != sorted(names):
                raise FormatError("attributes must be sorted by name")
            if len(_SORTED) < _KNOWN and len(names) < _FEW:
                _SORTED.add(names)

    def attributes(self, raw: Any) -> dict[str, Any]:
        self.check_names(raw)
        node = self.node
        # Most attributes are texts, flags and None, which are themselves: no call for those.
        return {
            name: value if value is None or type(value) in _THEMSELVES else node(value) for name, value in raw.items()
        }

    def version(self, raw: Any) -> str | None:
        if raw is not None and not (isinstance(raw, str) and 0 < len(raw) <= 100):
            raise FormatError("a version is a short text")
        return raw

    # --- nodes ---

    def node(self, raw: Any) -> Any:
        kind = type(raw)
        if kind is list:
            tag = raw[0] if raw else None
            if type(tag) is not str:
                raise FormatError("a node begins with its tag")
            read = _NODES.get(tag)
            if read is not None:
                self.enter()
                node = read(self, *raw[1:])
                self.depth -= 1
                return node
            if tag in ATOM_TAGS:
                return read_atom(raw)
            raise FormatError(f"there is no node with the tag {tag!r:.40}")
        if kind is dict:
            self.enter()
            node = Dict(tuple([(name, self.node(value)) for name, value in raw.items()]))
            self.depth -= 1
            self.parts.append(node)
            return node
        if kind is float and raw == 0.0 and str(raw)[0] == "-":
            raise FormatError("negative zero has a form of its own")
        if kind is int and not -(2**53) <= raw <= 2**53:
            raise FormatError("a big integer has a form of its own")
        return raw

    def enter(self) -> None:
        self.depth += 1
        if self.depth > self.limits.depth:
            self.limits.check("depth", self.depth, "levels of nesting")

    def column(self, raw: Any) -> Column_:
        self.columns = True
        if type(raw) is not list or not raw or type(raw[0]) is not str or raw[0] not in _COLUMNS:
            raise FormatError("a column was expected")
        self.enter()
        column = _COLUMNS[raw[0]](self, *raw[1:])
        self.depth -= 1
        return column

    def members(self, *raw: Any) -> tuple[Node, ...]:
        items = self.all(list(raw))
        if any(a >= b for a, b in pairwise(map(member_key, items))):
            raise FormatError("the items of a set must be sorted and differ")
        return items

    def dictionary(self, *raw: Any) -> Dict:
        if len(raw) % 2:
            raise FormatError("a dict has as many keys as values")
        flat = self.all(list(raw))
        pairs = tuple(zip(flat[::2], flat[1::2], strict=True))
        if pairs and all(type(key) is str and key.isascii() for key, _ in pairs):
            raise FormatError("a dict with text keys has a form of its own")
        node = Dict(pairs)
        self.parts.append(node)
        return node

    def dict_of(self, keys: Any, values: Any) -> DictOf:
        node = DictOf(self.column(keys), self.column(values))
        self.parts.append(node)
        return node

    def dtype(self, raw: Any, depth: int = 0) -> DType:
        if isinstance(raw, str) and 0 < len(raw) <= 40:
            return DType(raw)
        names = list(raw) if isinstance(raw, dict) else []
        aligned = names[:1] == ["aligned"] and raw["aligned"] is True
        if names[aligned:] != ["fields", "itemsize"] or depth > 8:
            raise FormatError("a dtype is malformed")
        fields = []
        for name, inner, shape, offset in raw["fields"]:
            if not isinstance(name, str):
                raise FormatError("a field has a name")
            fields.append((name, self.dtype(inner, depth + 1), _shape(shape), _count(offset)))
        if not fields or len({field[0] for field in fields}) != len(fields):
            raise FormatError("a structured dtype has fields of different names")
        return DType("", tuple(fields), _count(raw["itemsize"]), aligned)

    def structured(self, dtype: Any, shape: Any, order: Any, fields: Any) -> Structured:
        self.columns = True
        read = self.dtype(dtype)
        values = self.by_name(fields, self.node)
        if not values or set(values) != {field[0] for field in read.fields}:
            raise FormatError("the fields of a structured array are not those of its dtype")
        return Structured(read, _shape(shape), _order(order), values)

    def value_array(self, number: Any) -> Array:
        index = self.array(number)
        self.uses[index] = self.uses.get(index, 0) + 1
        return Array(index)

    def named(self, number: Any) -> Global:
        name = self.type(number)
        self.used_values.add(name)
        return Global(name)

    def objects(self, shape: Any, order: Any, *items: Any) -> Objects:
        self.columns = True
        return Objects(_shape(shape), _order(order), self.all(list(items)))

    def object(self, number: Any, state: Any, args: Any = None, version: Any = None) -> Object:
        name = self.type(number)
        self.used_types.add(name)
        attributes = self.attributes(state)
        arguments = None
        if args is not None:
            if not isinstance(args, list) or not args or args[0] != "tuple":
                raise FormatError("constructor arguments are a tuple")
            arguments = self.all(args[1:])
        node = Object(name, attributes, arguments, self.version(version))
        self.parts.append(node)
        return node

    def define(self, key: Any, raw: Any) -> Def:
        if key != self.next_key or type(key) is not int:
            raise FormatError("shared values must be numbered by first appearance")
        self.next_key += 1
        node = self.defined[key] = self.node(raw)
        return Def(key, node)

    def refer(self, key: Any) -> Ref:
        if _count(key) >= self.next_key:
            raise FormatError("a reference to a value that does not stand before it")
        self.references += 1
        return Ref(key)

    def scalar(self, dtype: Any, value: Any) -> Scalar:
        if not isinstance(dtype, str) or not 0 < len(dtype) <= 40:
            raise FormatError("a scalar has a dtype")
        return Scalar(dtype, read_atom(value))

    # --- columns ---

    def range(self, start: int, stop: int, step: int) -> Range:
        # As good as a list of so many numbers: that is what whoever looks into it makes of it.
        length = (stop - start + step - (1 if step > 0 else -1)) // (step or 1)
        if length > _RANGE:
            self.limits.check("nodes", length, "numbers in one range")
        return Range(start, stop, step)

    def batch(self, number: Any, count: Any, constants: Any, columns: Any, version: Any = None) -> Batch:
        name = self.type(number)
        self.used_types.add(name)
        fixed = self.attributes(constants)
        differing = self.by_name(columns, self.column)
        if fixed.keys() & differing.keys():
            raise FormatError("an attribute of a batch is both constant and a column")
        # No batch is longer than what the file could spell out, unless a column says its length.
        self.limits.check("nodes", _count(count), "objects in one batch")
        node = Batch(name, count, fixed, differing, self.version(version))
        self.parts.append(node)
        return node

    def fields(self, dtype: Any, columns: Any) -> Fields:
        read = self.dtype(dtype)
        values = self.by_name(columns, self.column)
        if not values or set(values) != {field[0] for field in read.fields}:
            raise FormatError("the fields of a structured column are not those of its dtype")
        return Fields(read, values)


Column_ = Any

_NODES: Mapping[str, Callable[..., Any]] = {
    "list": lambda r, *a: List(r.all(a)),
    "tuple": lambda r, *a: Tuple(r.all(a)),
    "set": lambda r, *a: Set(r.members(*a)),
    "frozenset": lambda r, *a: FrozenSet(r.members(*a)),
    "dict": _Reader.dictionary,
    "slice": lambda r, a, b, c: Slice(r.node(a), r.node(b), r.node(c)),
    "range": lambda r, a, b, c: r.range(_integer(a), _integer(b), _integer(c)),
    "array": _Reader.value_array,
    "scalar": _Reader.scalar,
    "dtype": lambda r, d: r.dtype(d),
    "structured": _Reader.structured,
    "objects": _Reader.objects,
    "object": _Reader.object,
    "global": _Reader.named,
    "def": _Reader.define,
    "ref": _Reader.refer,
    "list-of": lambda r, c: ListOf(r.column(c)),
    "tuple-of": lambda r, c: TupleOf(r.column(c)),
    "objects-of": lambda r, s, o, c: ObjectsOf(_shape(s), _order(o), r.column(c)),
    "dict-of": _Reader.dict_of,
}

_COLUMNS: Mapping[str, Callable[..., Any]] = {
    "numbers": lambda r, i: Numbers(r.array(i)),
    "scalars": lambda r, i: Scalars(r.array(i)),
    "texts": lambda r, i, j: Texts(r.array(i), r.array(j)),
    "rows": lambda r, i, j: Rows(r.array(i), r.array(j)),
    "stack": lambda r, i: Stack(r.array(i)),
    "fields": _Reader.fields,
    "lists": lambda r, c, j: Lists(r.column(c), r.array(j)),
    "each": lambda r, *a: Each(r.all(a)),
    "batch": _Reader.batch,
}
