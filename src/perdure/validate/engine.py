"""The rules and their run: each object or batch of the graph meets the rules of its type and of its bases."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from ..errors import InvalidError, LimitError, PerdureError, Untrusted, UntrustedError
from ..graph.nodes import Batch, Object
from ..graph.structure import Family, Sought, holders
from .members import Members, Mixed
from .reading import Reader
from .threads import check_keywords, may_ask

__all__ = ["EVERY", "Rule", "Surely", "rule", "run", "surely"]

Rule: TypeAlias = Callable[[Members], None]
#: Whether a rule surely lets one object pass: said of the usual one without what a look at all cases costs.
Surely: TypeAlias = Callable[[Reader, Object], bool]

#: In place of a type: the rule applies to every object.
EVERY = "*"
_RULES: dict[str, list[Rule]] = {}
_SURELY: dict[Rule, Surely] = {}


def rule(*types: str) -> Callable[[Rule], Rule]:
    """Register a rule for types by name; it applies to what derives from them too."""

    def register(function: Rule) -> Rule:
        for name in types:
            _RULES.setdefault(name, []).append(function)
        return function

    return register


def surely(of: Rule) -> Callable[[Surely], Surely]:
    """Register what says of one object that a rule surely lets it pass; where it says no, or fails, the rule is run."""

    def register(function: Surely) -> Surely:
        _SURELY[of] = function
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
    graph, bases = reader.graph, reader.graph.bases
    # Innermost first: a rule that compares an object with what it holds can believe what it holds.
    for part in holders(graph):
        kind = type(part)
        if kind is Object or kind is Batch:
            members = None
            name = part.type  # type: ignore[union-attr]
            for function, passes in _rules_of(name, bases.get(name, ())):
                if passes is not None and kind is Object:
                    try:
                        fine = passes(reader, part)  # type: ignore[arg-type]
                    except _MISFITS:
                        # The rule itself says what is wrong, and where.
                        fine = False
                    if fine:
                        continue
                if members is None:
                    members = Members(reader, Family(Sought(graph, part), part))  # type: ignore[arg-type]
                _apply(function, members)
        elif may_ask(part):  # type: ignore[arg-type]
            check_keywords(reader, part, Sought(graph, part))  # type: ignore[arg-type]
    if reader.asked and not reader.collecting:
        raise UntrustedError(_merged(reader.asked))


@lru_cache(maxsize=1 << 11)
def _rules_of(name: str, bases: tuple[str, ...]) -> tuple[tuple[Rule, Surely | None], ...]:
    rules = dict.fromkeys(function for known in (EVERY, name, *bases) for function in _RULES.get(known, ()))
    return tuple((function, _SURELY.get(function)) for function in rules)


_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, StopIteration)
_MISFITS = (*_DAMAGE, Mixed, PerdureError, RecursionError)


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
    except (*_DAMAGE, Mixed) as error:
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
