"""The graph of a model as an outline: parts within parts, bounded, whatever the file asks for.

Nothing is built and nothing is imported by a name of the file. Arrays are not decoded, but for the
few bytes of a small one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import pairwise
from math import isfinite
from typing import Any, TypeAlias

from ..arrays.store import ArrayStore
from ..graph.audit import length
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
from ..graph.structure import ROOT, Path, children, walk
from ..graph.write import spec_bytes
from ..trust.tables import tables
from .defaults import differing
from .parts import Part
from .text import clean, dtype_text

__all__ = ["outline"]

# The longest text that is shown, the most values of a small array, and how large "small" is.
_TEXT = 200
_VALUES = 8
_SMALL_BYTES = 4096
# JSON readers agree on integers up to this.
_SAFE = 2**53
_PYTHON = {"<i8": "int", "<f8": "float", "|b1": "bool"}
_CONTAINERS = {List: "list", Tuple: "tuple", Set: "set", FrozenSet: "frozenset", Objects: "objects", Each: "each"}
_COLUMNS = {ListOf: "list", TupleOf: "tuple", ObjectsOf: "objects"}

# A part to come: its place, its name within the part above, its node.
_Found: TypeAlias = Iterable[tuple[Path, str, Any]]


def outline(
    graph: Graph,
    arrays: ArrayStore,
    *,
    refused: Collection[str] = (),
    depth: int | None = None,
    items: int = 100,
    parts: int = 20_000,
) -> Part:
    """Return the model as parts within parts.

    Parameters
    ----------
    graph : Graph
    arrays : ArrayStore
        The arrays of the graph.
    refused : collection of str, default=()
        The names that are not trusted.
    depth : int, optional
        How many objects within one another are opened; all by default. Containers are opened always.
    items : int, default=100
        The most items of one container that are shown.
    parts : int, default=20_000
        The most parts in all.

    Returns
    -------
    Part
        The model itself.
    """
    return _Outline(graph, arrays, frozenset(refused), depth, items, parts).part(graph.root, ROOT, "", 0)


def _indices(node: Any) -> tuple[int, ...]:
    kind = type(node)
    if kind is Array:
        return (node.index,)
    if kind is Numbers or kind is Scalars or kind is Stack:
        return (node.array,)
    if kind is Texts:
        return (node.data, node.offsets)
    if kind is Rows:
        return (node.array, node.offsets)
    return (node.offsets,) if kind is Lists else ()


class _Outline:
    def __init__(
        self, graph: Graph, arrays: ArrayStore, refused: frozenset[str], depth: int | None, items: int, parts: int
    ) -> None:
        self.bases = graph.bases
        self.release = graph.libraries.get("scikit-learn")
        self.arrays = arrays
        self.specs = [arrays.spec(index) for index in range(len(arrays))]
        self.depth = depth
        self.items = items
        self.left = parts
        self.refused = refused
        self.defined: dict[int, Path] = {node.key: path for path, node in walk(graph) if isinstance(node, Def)}
        self.texts_of: dict[int, str] = {}
        self.sizes: dict[int, int] = {}
        self.counted: set[int] = set()
        self.measure(graph.root)

    def measure(self, node: Any) -> int:
        """Sum the bytes of the arrays in every node, each array where it stands first."""
        size = 0
        for index in _indices(node):
            if index not in self.counted:
                self.counted.add(index)
                size += spec_bytes(self.specs[index])
        for _, child in children(node):
            size += self.measure(child)
        if size:
            self.sizes[id(node)] = size
        return size

    def part(self, node: Any, path: Path, name: str, level: int) -> Part:
        """Return a node or a column as a part."""
        self.left -= 1
        keys: list[int] = []
        while type(node) is Def:
            keys.append(node.key)
            node = node.node
        make = _PARTS.get(type(node))
        part = self.value(node, path, name) if make is None else make(self, node, path, name, level)
        if keys and (text := part.plain) is not None:
            self.texts_of.update(dict.fromkeys(keys, clean(text, _TEXT)))
        return part

    def make(self, kind: str, node: Any, path: Path, name: str, **more: Any) -> Part:
        return Part(kind, name, str(path), bytes=self.sizes.get(id(node), 0), node=node, **more)

    def inside(self, found: _Found, total: int, level: int) -> dict[str, Any]:
        """Return the parts at a level, as many as may be shown, and how many are left out."""
        shown: list[Part] = []
        if self.depth is None or level <= self.depth:
            for path, name, node in found:
                if len(shown) >= self.items or self.left <= 0:
                    break
                shown.append(self.part(node, path, name, level))
        return {"parts": tuple(shown), "left_out": total - len(shown)}

    # --- objects and names ---

    def object(self, node: Object, path: Path, name: str, level: int) -> Part:
        found = [(path / f".{key}", f".{key}", child) for key, child in node.state.items()]
        found += [(path / f".__new__({i})", f"({i})", child) for i, child in enumerate(node.args or ())]
        return self.instance(node, path, name, level, found)

    def batch(self, node: Batch, path: Path, name: str, level: int) -> Part:
        both = sorted({**node.constants, **node.columns}.items())
        found = [(path / f"[*].{key}", f".{key}", child) for key, child in both]
        return self.instance(node, path, name, level, found, count=node.count)

    def instance(
        self, node: Any, path: Path, name: str, level: int, found: list[tuple[Path, str, Any]], **more: Any
    ) -> Part:
        known = self.has_parameters(node.type)
        parameters = frozenset(at for _, at, _ in found if known and _is_parameter(at))
        changed = differing(node.type, node.version or self.release, ((at[1:], child) for _, at, child in found))
        return self.make(
            "object",
            node,
            path,
            name,
            type=node.type,
            version=node.version,
            trusted=node.type not in self.refused,
            parameters=parameters,
            changed=None if changed is None else parameters & {f".{key}" for key in changed},
            **self.inside(found, len(found), level + 1),
            **more,
        )

    def has_parameters(self, name: str) -> bool:
        """Say whether attributes without an underscore at either end are parameters, as in scikit-learn's estimators."""
        ways = tables().ways
        return any(
            ways.get(known) == "state" and known.startswith("sklearn.") and not known.startswith("sklearn._loss.")
            for known in (name, *self.bases.get(name, ()))
        )

    def named(self, node: Global, path: Path, name: str, level: int) -> Part:
        return self.make("global", node, path, name, type=node.name, trusted=node.name not in self.refused)

    def reference(self, node: Ref, path: Path, name: str, level: int) -> Part:
        return self.make(
            "reference", node, path, name, to=str(self.defined[node.key]), text=self.texts_of.get(node.key)
        )

    # --- containers ---

    def container(self, node: Any, path: Path, name: str, level: int) -> Part:
        items = node.nodes if type(node) is Each else node.items
        found = ((path / f"[{i}]", f"[{i}]", child) for i, child in enumerate(items))
        return self.make(
            _CONTAINERS[type(node)],
            node,
            path,
            name,
            shape=node.shape if type(node) is Objects else None,
            length=len(items),
            count=len(items) if type(node) is Each else None,
            **self.inside(found, len(items), level),
        )

    def column(self, node: Any, path: Path, name: str, level: int) -> Part:
        return self.make(
            _COLUMNS[type(node)],
            node,
            path,
            name,
            shape=node.shape if type(node) is ObjectsOf else None,
            length=length(node.items, self.specs),
            **self.inside([(path, "", node.items)], 1, level),
        )

    def lists(self, node: Lists, path: Path, name: str, level: int) -> Part:
        inside = self.inside([(path / "[*]", "", node.items)], 1, level)
        return self.make("list", node, path, name, count=length(node, self.specs), **inside)

    def dictionary(self, node: Dict, path: Path, name: str, level: int) -> Part:
        found = ((path / f"[{self.key(key)}]", f"[{self.key(key)}]", value) for key, value in node.pairs)
        inside = self.inside(found, len(node.pairs), level)
        return self.make("dict", node, path, name, length=len(node.pairs), **inside)

    def key(self, node: Any) -> str:
        return self.part(node, ROOT, "", 0).plain or "…"

    def dictionary_of(self, node: DictOf, path: Path, name: str, level: int) -> Part:
        found = [(path / ".keys()", ".keys", node.keys), (path, ".values", node.values)]
        inside = self.inside(found, 2, level)
        return self.make("dict", node, path, name, length=length(node.keys, self.specs), **inside)

    # --- arrays ---

    def array(self, node: Array, path: Path, name: str, level: int) -> Part:
        spec = self.specs[node.index]
        values = self.values(node.index) if len(spec.shape) == 1 else None
        return self.make("array", node, path, name, dtype=spec.dtype, shape=spec.shape, order=spec.order, values=values)

    def arrays_of(self, node: Rows | Stack, path: Path, name: str, level: int) -> Part:
        spec = self.specs[node.array]
        shape = spec.shape[1:] if type(node) is Stack else (None, *spec.shape[1:])
        count = length(node, self.specs)
        return self.make("array", node, path, name, dtype=spec.dtype, shape=shape, order="C", count=count)

    def structured(self, node: Structured, path: Path, name: str, level: int) -> Part:
        found = ((path / f"[{key!r}]", key, value) for key, value in node.fields.items())
        inside = self.inside(found, len(node.fields), level)
        return self.make("structured", node, path, name, shape=node.shape, **inside)

    def fields(self, node: Fields, path: Path, name: str, level: int) -> Part:
        found = ((path / f"[{key!r}]", key, value) for key, value in node.fields.items())
        inside = self.inside(found, len(node.fields), level)
        return self.make("structured", node, path, name, shape=(None,), count=length(node, self.specs), **inside)

    def values(self, index: int) -> list[Any] | None:
        """Return the values of a small array of plain numbers or texts; None for others."""
        spec = self.specs[index]
        kind = spec.dtype[1:2] if spec.dtype != "intp" else "i"
        if kind not in tuple("biufU") or not 0 < spec_bytes(spec) <= _SMALL_BYTES:
            return None
        return [_json(value) for value in self.arrays.view(index).ravel()[:_VALUES].tolist()]

    # --- plain values ---

    def value(self, node: Any, path: Path, name: str) -> Part:
        kind = type(node)
        text = _number(node) if kind is int else clean(repr(node[:_TEXT] if kind in (str, bytes) else node), _TEXT)
        return self.make("value", node, path, name, type=kind.__name__, value=_exact(node), text=text)

    def scalar(self, node: Scalar, path: Path, name: str, level: int) -> Part:
        text = clean(f"{dtype_text(node.dtype)}({node.value!r})", _TEXT)
        return self.make("value", node, path, name, type=node.dtype, value=_exact(node.value), text=text)

    def special(self, node: Any, path: Path, name: str, level: int) -> Part:
        if type(node) is DType:
            text = f"dtype({node.name!r})" if not node.fields else f"dtype of {len(node.fields)} fields"
        else:
            ends = [self.key(end) for end in (node.start, node.stop, node.step)]
            text = f"{type(node).__name__.lower()}({', '.join(ends)})"
        return self.make("value", node, path, name, type=type(node).__name__.lower(), text=clean(text, _TEXT))

    def numbers(self, node: Numbers | Scalars, path: Path, name: str, level: int) -> Part:
        spec = self.specs[node.array]
        kind = _PYTHON[spec.dtype] if type(node) is Numbers else spec.dtype
        values = self.values(node.array)
        return self.make("value", node, path, name, type=kind, count=spec.shape[0], values=values)

    def texts(self, node: Texts, path: Path, name: str, level: int) -> Part:
        count = length(node, self.specs)
        values = None
        if spec_bytes(self.specs[node.data]) + spec_bytes(self.specs[node.offsets]) <= _SMALL_BYTES:
            data = self.arrays.view(node.data).tobytes()
            ends = self.arrays.view(node.offsets)[: _VALUES + 1].tolist()
            values = [_json(data[max(a, 0) : max(b, 0)].decode("utf-8", "replace")) for a, b in pairwise(ends)]
        return self.make("value", node, path, name, type="str", count=count, values=values)


def _is_parameter(name: str) -> bool:
    return name[:1] == "." and len(name) > 1 and "_" not in (name[1], name[-1])


def _exact(value: Any) -> Any:
    """Return a plain value where JSON can say it and it is short; None otherwise."""
    kind = type(value)
    if kind is int:
        return value if -_SAFE <= value <= _SAFE else None
    if kind is float:
        return value if isfinite(value) else None
    if kind is str:
        return value if len(value) <= _TEXT else None
    return value if kind is bool else None


def _json(value: Any) -> Any:
    """Return a value of a small array as JSON can say it: in words where it has no number for it."""
    if isinstance(value, str):
        return clean(value, _TEXT)
    exact = _exact(value)
    return repr(value) if exact is None else exact


def _number(value: int) -> str:
    # Python refuses to write more than some thousand digits.
    return str(value) if value.bit_length() < 512 else f"an integer of {value.bit_length():,} bits"


_PARTS: dict[type, Callable[..., Part]] = {
    Object: _Outline.object,
    Batch: _Outline.batch,
    Global: _Outline.named,
    Ref: _Outline.reference,
    Dict: _Outline.dictionary,
    DictOf: _Outline.dictionary_of,
    Lists: _Outline.lists,
    Array: _Outline.array,
    Rows: _Outline.arrays_of,
    Stack: _Outline.arrays_of,
    Structured: _Outline.structured,
    Fields: _Outline.fields,
    Scalar: _Outline.scalar,
    DType: _Outline.special,
    Slice: _Outline.special,
    Range: _Outline.special,
    Numbers: _Outline.numbers,
    Scalars: _Outline.numbers,
    Texts: _Outline.texts,
    **dict.fromkeys(_CONTAINERS, _Outline.container),
    **dict.fromkeys(_COLUMNS, _Outline.column),
}
