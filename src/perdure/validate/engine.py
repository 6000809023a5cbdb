"""The rules and their run: each object or batch of the graph meets the rules of its type and of its bases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ..arrays.store import ArrayStore
from ..errors import InvalidError, PerdureError
from ..graph.nodes import Batch, Graph, Object
from ..graph.structure import Family, walk
from .members import Members, Mixed
from .reading import Reader

__all__ = ["Rule", "rule", "validate"]

Rule: TypeAlias = Callable[[Members], None]

_RULES: dict[str, list[Rule]] = {}


def rule(*types: str) -> Callable[[Rule], Rule]:
    """Register a rule for types by name; it applies to what derives from them too."""

    def register(function: Rule) -> Rule:
        for name in types:
            _RULES.setdefault(name, []).append(function)
        return function

    return register


def validate(graph: Graph, arrays: ArrayStore, trusted: frozenset[str] = frozenset()) -> Graph:
    """Return the graph after checking every number that native code believes.

    Parameters
    ----------
    graph : Graph
        A graph that trust has passed and that migration has brought to the running release.
    arrays : ArrayStore
    trusted : frozenset of str, default=frozenset()
        What the reader trusts, parameters such as ``memory=…`` included.

    Returns
    -------
    Graph

    Raises
    ------
    InvalidError
        With the problem and its place in the model.
    """
    reader = Reader(graph, arrays, trusted)
    for path, part in walk(graph):
        if isinstance(part, (Object, Batch)):
            members = Members(reader, Family(path, part))
            for function in _rules_of(part.type, graph):
                _run(function, members)
    return graph


def _rules_of(name: str, graph: Graph) -> Iterator[Rule]:
    seen: set[Rule] = set()
    for known in (name, *graph.bases.get(name, ())):
        for function in _RULES.get(known, ()):
            if function not in seen:
                seen.add(function)
                yield function


def _run(function: Rule, members: Members) -> None:
    try:
        try:
            function(members)
        except Mixed:
            for member in members:
                function(member)
    except PerdureError as error:
        if error.path is not None:
            raise
        raise type(error)(error.problem, path=members.where(0), fix=error.fix) from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, Mixed) as error:
        # What a rule cannot even read is not let through.
        raise InvalidError(
            f"the state of {members.type} does not fit together ({type(error).__name__}: {error})",
            path=members.where(0),
        ) from None
