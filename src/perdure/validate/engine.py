"""The rules and their run: each object or batch of the graph meets the rules of its type and of its bases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ..errors import InvalidError, LimitError, PerdureError, Untrusted, UntrustedError
from ..graph.nodes import Batch, Dict, DictOf, Graph, Object
from ..graph.structure import Family, walk
from .members import Members, Mixed
from .reading import Reader
from .threads import check_keywords

__all__ = ["EVERY", "Rule", "rule", "run"]

Rule: TypeAlias = Callable[[Members], None]

#: In place of a type: the rule applies to every object.
EVERY = "*"
_RULES: dict[str, list[Rule]] = {}


def rule(*types: str) -> Callable[[Rule], Rule]:
    """Register a rule for types by name; it applies to what derives from them too."""

    def register(function: Rule) -> Rule:
        for name in types:
            _RULES.setdefault(name, []).append(function)
        return function

    return register


def run(reader: Reader) -> None:
    """Let every object of a graph meet its rules.

    Raises
    ------
    InvalidError
        At the first rule that is broken.
    UntrustedError
        With all parameters that need the reader's trust, unless the reader collects them.
    """
    rules: dict[str, tuple[Rule, ...]] = {}
    found = [(path, part) for path, part in walk(reader.graph) if isinstance(part, (Object, Batch, Dict, DictOf))]
    # Innermost first: a rule that compares an object with what it holds can believe what it holds.
    for path, part in reversed(found):
        if isinstance(part, (Object, Batch)):
            if part.type not in rules:
                rules[part.type] = tuple(_rules_of(part.type, reader.graph))
            members = Members(reader, Family(path, part))
            for function in rules[part.type]:
                _apply(function, members)
        else:
            check_keywords(reader, part, path)
    if reader.asked and not reader.collecting:
        raise UntrustedError(_merged(reader.asked))


def _rules_of(name: str, graph: Graph) -> Iterator[Rule]:
    seen: set[Rule] = set()
    for known in (EVERY, name, *graph.bases.get(name, ())):
        for function in _RULES.get(known, ()):
            if function not in seen:
                seen.add(function)
                yield function


def _apply(function: Rule, members: Members) -> None:
    try:
        try:
            function(members)
        except Mixed:
            members.reader.apart = True
            try:
                for member in members:
                    function(member)
            finally:
                members.reader.apart = False
    except PerdureError as error:
        if error.path is not None:
            raise
        raise type(error)(error.problem, path=members.where(), fix=error.fix) from None
    except RecursionError:
        raise LimitError("the model nests deeper than this interpreter follows", path=members.where()) from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, StopIteration, Mixed) as error:
        # What a rule cannot even read is not let through.
        raise InvalidError(
            f"the state of {members.type} does not fit together ({type(error).__name__}: {error})",
            path=members.where(),
        ) from None


def _merged(asked: list[Untrusted]) -> list[Untrusted]:
    """Return each parameter once, with all its places."""
    found: dict[str, Untrusted] = {}
    for item in asked:
        known = found.get(item.name)
        found[item.name] = item if known is None else Untrusted(item.name, known.paths + item.paths, known.reason)
    return list(found.values())
