"""The one place that knows what lies inside each node: children, rebuilding, walking.

Rules of trust, migration and validation walk a graph through `walk` only, so that an object and a
batch of objects never need two forms of a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import shown
from .nodes import (
    Batch,
    Column,
    Def,
    Dict,
    DictOf,
    Each,
    Fields,
    FrozenSet,
    Graph,
    List,
    ListOf,
    Lists,
    Node,
    Object,
    Objects,
    ObjectsOf,
    Ref,
    Set,
    Slice,
    Structured,
    Tuple,
    TupleOf,
)

__all__ = [
    "Family",
    "Part",
    "Path",
    "Sought",
    "children",
    "definitions",
    "holders",
    "inner_of",
    "parts",
    "rebuild",
    "rewrite",
    "walk",
    "with_definitions",
]

Part: TypeAlias = Node | Column


class Path:
    """A place in the model, rendered only when somebody asks."""

    __slots__ = ("parent", "piece")

    def __init__(self, parent: Path | None, piece: str) -> None:
        self.parent = parent
        self.piece = piece

    def __truediv__(self, piece: str) -> Path:
        return Path(self, piece)

    def __str__(self) -> str:
        pieces: list[str] = []
        at: Path | None = self
        while at is not None:
            pieces.append(at.piece)
            at = at.parent
        return "".join(reversed(pieces))


ROOT = Path(None, "model")


class Sought(Path):
    """The place of a node, looked for only when somebody asks: nearly always nobody does."""

    __slots__ = ("_found", "_graph", "_node")

    def __init__(self, graph: Graph, node: Part) -> None:
        self._graph = graph
        self._node = node
        self._found: Path | None = None

    def _place(self) -> Path:
        if self._found is None:
            node = self._node
            self._found = next((path for path, part in walk(self._graph) if part is node), ROOT)
        return self._found

    @property
    def parent(self) -> Path | None:  # type: ignore[override]
        """The place that it lies in."""
        return self._place().parent

    @property
    def piece(self) -> str:  # type: ignore[override]
        """The last piece."""
        return self._place().piece


def _items(node: Any) -> Iterator[tuple[str, Part]]:
    for i, item in enumerate(node.items):
        yield f"[{i}]", item


def _column_items(node: Any) -> Iterator[tuple[str, Part]]:
    yield "", node.items


def _pairs(node: Dict) -> Iterator[tuple[str, Part]]:
    for key, value in node.pairs:
        name = shown(key, 200) if isinstance(key, (str, int, float, bytes)) else "…"
        yield ".keys()", key
        yield f"[{name}]", value


def inner_of(node: Object) -> Sequence[str]:
    """Return the names of the attributes that are more than plain values."""
    noted = node.inner
    return [name for name, value in node.state.items() if type(value) not in _PLAIN] if noted is None else noted


def _state(node: Object) -> Iterator[tuple[str, Part]]:
    for name, value in node.state.items():
        yield f".{name}", value
    for i, value in enumerate(node.args or ()):
        yield f".__new__({i})", value


def _batch(node: Batch) -> Iterator[tuple[str, Part]]:
    for name, constant in node.constants.items():
        yield f"[*].{name}", constant
    for name, column in node.columns.items():
        yield f"[*].{name}", column


def _fields(node: Any) -> Iterator[tuple[str, Part]]:
    for name, value in node.fields.items():
        yield f"[{name!r}]", value


_CHILDREN: dict[type, Callable[[Any], Iterator[tuple[str, Part]]]] = {
    List: _items,
    Tuple: _items,
    Set: _items,
    FrozenSet: _items,
    Objects: _items,
    Dict: _pairs,
    Slice: lambda n: iter(((".start", n.start), (".stop", n.stop), (".step", n.step))),
    Structured: _fields,
    Object: _state,
    Def: lambda n: iter((("", n.node),)),
    Fields: _fields,
    Lists: lambda n: iter((("[*]", n.items),)),
    Each: lambda n: ((f"[{i}]", item) for i, item in enumerate(n.nodes)),
    Batch: _batch,
    ListOf: _column_items,
    TupleOf: _column_items,
    ObjectsOf: _column_items,
    DictOf: lambda n: iter(((".keys()", n.keys), ("", n.values))),
}


def children(node: Part) -> Iterator[tuple[str, Part]]:
    """Yield what lies directly inside a node or column, with its piece of the path."""
    kind = _CHILDREN.get(type(node))
    return iter(()) if kind is None else kind(node)


Change: TypeAlias = Callable[[Any], Any]


def _mapped(mapping: Mapping[str, Any], change: Change) -> dict[str, Any]:
    return {name: change(value) for name, value in mapping.items()}


_REBUILD: dict[type, Callable[[Any, Change], Any]] = {
    List: lambda n, c: List(tuple(map(c, n.items))),
    Tuple: lambda n, c: Tuple(tuple(map(c, n.items))),
    Set: lambda n, c: Set(tuple(map(c, n.items))),
    FrozenSet: lambda n, c: FrozenSet(tuple(map(c, n.items))),
    Objects: lambda n, c: Objects(n.shape, n.order, tuple(map(c, n.items))),
    Dict: lambda n, c: Dict(tuple((c(k), c(v)) for k, v in n.pairs)),
    Slice: lambda n, c: Slice(c(n.start), c(n.stop), c(n.step)),
    Structured: lambda n, c: Structured(n.dtype, n.shape, n.order, _mapped(n.fields, c)),
    Object: lambda n, c: Object(
        n.type, _mapped(n.state, c), None if n.args is None else tuple(map(c, n.args)), n.version
    ),
    Def: lambda n, c: Def(n.key, c(n.node)),
    Fields: lambda n, c: Fields(n.dtype, _mapped(n.fields, c)),
    Lists: lambda n, c: Lists(c(n.items), n.offsets),
    Each: lambda n, c: Each(tuple(map(c, n.nodes))),
    Batch: lambda n, c: Batch(n.type, n.count, _mapped(n.constants, c), _mapped(n.columns, c), n.version),
    ListOf: lambda n, c: ListOf(c(n.items)),
    TupleOf: lambda n, c: TupleOf(c(n.items)),
    ObjectsOf: lambda n, c: ObjectsOf(n.shape, n.order, c(n.items)),
    DictOf: lambda n, c: DictOf(c(n.keys), c(n.values)),
}


def rebuild(node: Part, change: Change) -> Any:
    """Return the node with each child changed; the node itself where it has none."""
    kind = _REBUILD.get(type(node))
    return node if kind is None else kind(node, change)


def rewrite(node: Part, change: Change) -> Any:
    """Return the graph with ``change`` applied to every node and column, innermost first."""

    def visit(part: Any) -> Any:
        return change(rebuild(part, visit))

    return visit(node)


class Family:
    """The objects at one place of the graph, by column: a batch of n, or one object as a batch of one.

    Attributes
    ----------
    path : Path
    part : Object or Batch
        What stands in the graph.
    type : str
    count : int
    version : str or None
        The release of the type's library where it differs from the file's.
    """

    __slots__ = ("count", "part", "path", "type", "version")

    def __init__(self, path: Path, part: Object | Batch) -> None:
        self.path = path
        self.part = part
        self.type = part.type
        self.version = part.version
        self.count = part.count if isinstance(part, Batch) else 1

    def __contains__(self, name: str) -> bool:
        part = self.part
        if isinstance(part, Batch):
            return name in part.constants or name in part.columns
        return name in part.state

    def names(self) -> list[str]:
        """Return the names of the attributes, sorted."""
        part = self.part
        return sorted([*part.constants, *part.columns]) if isinstance(part, Batch) else sorted(part.state)

    def constant(self, name: str) -> tuple[bool, Node]:
        """Return whether all of the objects have one value there, and that value."""
        part = self.part
        if isinstance(part, Batch):
            return (True, part.constants[name]) if name in part.constants else (False, None)
        return (True, part.state[name]) if name in part.state else (False, None)

    def column(self, name: str) -> Column | None:
        """Return the column of an attribute that differs between the objects."""
        return self.part.columns.get(name) if isinstance(self.part, Batch) else None


def walk(graph: Graph) -> Iterable[tuple[Path, Part]]:
    """Return every node and column that is not a plain scalar with its place, outermost first, each once."""
    known: list[tuple[Path, Part]] | None = graph.walked.get(_WALKED)
    if known is not None:
        return known
    found: list[tuple[Path, Part]] = []
    for pair in _walk(graph.root):
        found.append(pair)
        if len(found) > _REMEMBERED:
            return _walk(graph.root)
    graph.walked[_WALKED] = found
    return found


# Each door walks the graph: a small one once for all of them, a large one anew.
_WALKED = "walk"
_REMEMBERED = 20_000


def _walk(root: Node) -> Iterator[tuple[Path, Part]]:
    plain, known = _PLAIN, _CHILDREN
    stack: list[tuple[Path, Part]] = [(ROOT, root)]
    while stack:
        pair = stack.pop()
        yield pair
        path, node = pair
        kind = type(node)
        if kind is Object and node.args is None:  # type: ignore[union-attr]
            # The usual case, without a step for each plain attribute.
            inner = [(Path(path, "." + name), node.state[name]) for name in inner_of(node)]  # type: ignore[union-attr, arg-type]
        else:
            inside = known.get(kind)
            if inside is None:
                continue
            inner = [(Path(path, piece), child) for piece, child in inside(node) if type(child) not in plain]
        inner.reverse()
        stack += inner


def parts(graph: Graph) -> Iterator[Part]:
    """Yield every node and column that is not a plain scalar, outermost first, each once."""
    for _, node in walk(graph):
        yield node


_PLAIN = frozenset((type(None), bool, int, float, str, bytes, complex, type(...)))


def holders(graph: Graph) -> Sequence[Object | Batch | Dict | DictOf]:
    """Return every object, batch and dict, what lies inside before what it lies in."""
    names = graph.names()
    if names is not None and names.parts is not None:
        return names.parts
    found = [node for _, node in walk(graph) if isinstance(node, (Object, Batch, Dict, DictOf))]
    found.reverse()
    return found


def definitions(graph: Graph) -> dict[int, Node]:
    """Return every shared value by its key."""
    names = graph.names()
    if names is not None and names.parts is not None:
        return dict(names.defined)
    return {node.key: node.node for _, node in walk(graph) if isinstance(node, Def)}


def with_definitions(root: Node, keys: Mapping[int, int]) -> Node:
    """Return the graph with values that are referred to marked at their places.

    Parameters
    ----------
    root : Node
    keys : mapping of int to int
        The key of each such value, by the ``id`` of its node.
    """

    def visit(node: Any) -> Any:
        key = keys.get(id(node))
        changed = rebuild(node, visit)
        return changed if key is None else Def(key, changed)

    marked: Node = visit(root)
    return marked


def resolve(node: Part, defined: Mapping[int, Node]) -> Part:
    """Return the value itself where the node defines or refers to a shared one."""
    while isinstance(node, (Def, Ref)):
        node = node.node if isinstance(node, Def) else defined[node.key]
    return node
