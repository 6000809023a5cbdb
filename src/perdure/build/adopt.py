"""What a pickle does not say of the classes that its reader trusts: their bases, and which are an Enum.

Comes after trust, for it imports those classes; it calls nothing of them.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..converters.own import FINE_BASES, content_of
from ..errors import InvalidError
from ..graph.nodes import Batch, Dict, Graph, List, Node, Object, Set, Tuple
from ..graph.structure import definitions, parts, resolve, rewrite
from ..trust.tables import GLOBAL_WAYS, tables
from .resolve import Resolver

__all__ = ["adopt", "with_members"]

_CALLED = "()"
_VALUE = "(value)"
_PLAIN = (str, int, float, bytes)
_EMPTY: dict[Any, Node] = {list: List(()), dict: Dict(()), set: Set(())}


def with_members(graph: Graph, trusted: frozenset[str]) -> Graph:
    """Return the graph in which a trusted class, called with one plain value, may be a member of an Enum.

    So does Python pickle them up to 3.11. `adopt` refuses it where the class is none.
    """
    if not any(isinstance(part, Object) and _called(part) in trusted for part in parts(graph)):
        return graph

    def change(node: Any) -> Any:
        if isinstance(node, Object) and _called(node) in trusted:
            args = node.state.get("args")
            if node.state.keys() == {"args"} and isinstance(args, Tuple) and len(args.items) == 1:
                return Object(str(_called(node)), {_VALUE: args.items[0]})
        return node

    return replace(graph, root=rewrite(graph.root, change), noted=None)


def _called(node: Object) -> str | None:
    return node.type.removesuffix(_CALLED) if node.type.endswith(_CALLED) else None


def adopt(graph: Graph, allowed: frozenset[str], provided: Mapping[str, Any] | None = None) -> Graph:
    """Return the graph with what the classes outside of perdure's tables say of themselves.

    Parameters
    ----------
    graph : Graph
    allowed : frozenset of str
        The names that trust passed.
    provided : mapping of str to object, optional
        Classes and functions that the reader gives for names.
    """
    ways = tables().ways
    names = {part.type for part in parts(graph) if isinstance(part, (Object, Batch))}
    own = sorted(name for name in names if name not in ways)
    if not own:
        return graph
    resolver = Resolver(allowed, {}, provided)
    classes = {name: resolver.value(name) for name in own}
    bases = {name: found for name, cls in classes.items() if isinstance(cls, type) and (found := _bases(cls))}
    defined = definitions(graph)

    def change(node: Any) -> Any:
        cls = classes.get(node.type) if isinstance(node, Object) else None
        return node if not isinstance(cls, type) else _own(node, cls, defined)

    return replace(graph, root=rewrite(graph.root, change), bases=bases, noted=None)


def _bases(cls: type) -> tuple[str, ...]:
    """Return the types of the tables that a class derives from."""
    known = tables()
    found = []
    for base in cls.__mro__[1:]:
        name = f"{base.__module__}:{base.__qualname__}"
        way = known.ways.get(known.logical.get(name, name))
        if base not in FINE_BASES and way is not None and way not in GLOBAL_WAYS:
            found.append(name)
    return tuple(found)


def _own(node: Object, cls: type, defined: dict[int, Node]) -> Node:
    """Return an instance of a class as perdure itself would have saved it."""
    if _VALUE in node.state:
        return Object(node.type, {"name": _member(node.type, cls, node.state[_VALUE])})
    if content_of(cls) is tuple and node.args is not None:
        # Of a named tuple the arguments are its fields; what perdure saves is the tuple.
        first = resolve(node.args[0], defined) if len(node.args) == 1 else None
        if not isinstance(first, Tuple):
            return replace(node, args=(Tuple(node.args),))
    if node.args is None and content_of(cls) in (list, dict, set):
        return replace(node, args=(_EMPTY[content_of(cls)],))
    return node


def _member(name: str, cls: type, value: Any) -> str:
    if issubclass(cls, enum.Enum) and type(value) in _PLAIN:
        for member in cls.__members__.values():
            if type(member.value) is type(value) and member.value == value:
                return member.name
    raise InvalidError(
        f"the file wants {name} to be called, and it is no Enum with such a member",
        fix="perdure calls nothing that a file names: load the model where it was made, and save it with perdure.dump",
    )
