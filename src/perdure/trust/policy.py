"""The decision: every name of a graph against the tables and what the reader trusts besides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import UnsupportedError, Untrusted, UntrustedError, quoted
from ..graph.nodes import Batch, Global, Graph, Names, Object
from ..graph.structure import parts, walk
from .tables import GLOBAL_WAYS, VALUE_WAYS, tables

__all__ = ["Policy", "check", "names_used", "untrusted"]


def _name(item: object) -> str:
    if isinstance(item, str):
        # A parameter, such as memory=a.b, stays as it is.
        if ":" in item or "." not in item or "=" in item:
            return item
        # The dotted form names a class of a module; a nested class needs the form with a colon.
        module, _, name = item.rpartition(".")
        return f"{module}:{name}"
    home, title = getattr(item, "__module__", None), getattr(item, "__qualname__", None)
    if not isinstance(home, str) or not isinstance(title, str):
        raise UnsupportedError(
            f"trusted takes names or classes, not {item!r:.60}", fix='trusted=["package.module:Name"]'
        )
    return f"{home}:{title}"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a reader trusts besides the tables.

    Attributes
    ----------
    trusted : frozenset of str
        Names as ``module:qualname``, and parameters such as ``memory=…``.
    provided : mapping of str to object
        Classes and functions that the reader gives for names; these are trusted as well.
    run_code : str or None
        The digest of the code that the reader wants to be run.
    """

    trusted: frozenset[str] = frozenset()
    provided: Mapping[str, Any] = field(default_factory=dict)
    run_code: str | None = None

    @classmethod
    def of(cls, trusted: Iterable[object] | str) -> Policy:
        """Return the policy for the argument ``trusted`` of load."""
        if trusted == ():
            return _NOTHING
        if isinstance(trusted, (str, bytes)) or not isinstance(trusted, Iterable):
            raise UnsupportedError("trusted takes a list of names or classes", fix=f"trusted=[{trusted!r}]")
        names = frozenset(map(_name, trusted))
        packs = tables().packs
        # A library stands for all that its pack has.
        return cls(names.union(*(packs[name] for name in names if name in packs)))

    @classmethod
    def asked(
        cls, trusted: Iterable[object] | Policy, replace: Mapping[str, Any] | None = None, run_code: str | None = None
    ) -> Policy:
        """Return the policy for the arguments ``trusted``, ``replace`` and ``run_code`` of load."""
        if trusted == () and replace is None and run_code is None:
            return _NOTHING
        policy = trusted if isinstance(trusted, Policy) else cls.of(trusted)
        if run_code is not None:
            policy = cls(policy.trusted, policy.provided, _digest(run_code))
        return policy.providing(_given(replace)) if replace is not None else policy

    def trusting(self, names: frozenset[str]) -> Policy:
        """Return the policy with more names that are trusted."""
        return replace(self, trusted=self.trusted | names)

    def providing(self, found: Mapping[str, Any]) -> Policy:
        """Return the policy with more that the reader gives for names."""
        return replace(self, trusted=self.trusted.union(found), provided={**found, **self.provided}) if found else self


_NOTHING = Policy()


def _digest(run_code: str) -> str:
    if not isinstance(run_code, str) or not re.fullmatch(r"sha256:[0-9a-f]{64}", run_code):
        raise UnsupportedError(
            f"run_code takes the digest of the code, not {run_code!r:.80}",
            fix="read the code (perdure.open(file).code.text), and give its digest: run_code=perdure.open(file).code.digest",
        )
    return run_code


def _given(given: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not all(isinstance(name, str) and callable(it) for name, it in given.items()):
        raise UnsupportedError(
            "replace takes a dict of names to classes or functions",
            fix='replace={"__main__.MyTransformer": my_module.MyTransformer}',
        )
    found = {_name(name): it for name, it in given.items()}
    known = [name for name in found if name in tables().ways]
    if known:
        raise UnsupportedError(
            f"{known[0]} is a type of perdure's tables, which nothing can stand for",
            fix="load the model, and change it then",
        )
    return found


# Sets of names that the tables know all of: of a bounded number.
_PASSED: set[tuple[frozenset[str], frozenset[str]]] = set()
_REMEMBERED = 4096


def _names(graph: Graph) -> Names:
    """Return the names of types, and of classes and functions that stand for themselves."""
    known = graph.names()
    if known is not None:
        return known
    types: set[str] = set()
    values: set[str] = set()
    for node in parts(graph):
        kind = type(node)
        if kind is Object or kind is Batch:
            types.add(node.type)  # type: ignore[union-attr]
        elif kind is Global:
            values.add(node.name)  # type: ignore[union-attr]
    return Names(frozenset(types), frozenset(values))


def names_used(graph: Graph) -> frozenset[str]:
    """Return the names of all types and functions that a graph uses."""
    names = _names(graph)
    return names.types | names.values


def untrusted(graph: Graph, policy: Policy) -> list[Untrusted]:
    """Return every name of the graph that neither a table nor the policy knows."""
    known = tables()
    ways = known.ways
    names = _names(graph)
    reasons = {
        name: reason for name in names.types if (reason := _type_reason(name, ways, policy, graph.bases)) is not None
    }
    refused_values = {
        name: reason for name in names.values if (reason := _global_reason(name, ways, policy, graph.bases)) is not None
    }
    if not reasons and not refused_values:
        return []
    # Only a refusal needs the places, and only then are they worth their time.
    found: dict[tuple[str, str], list[str]] = {}
    for path, node in walk(graph):
        if isinstance(node, (Object, Batch)) and node.type in reasons:
            found.setdefault((node.type, reasons[node.type]), []).append(str(path))
        elif isinstance(node, Global) and node.name in refused_values:
            found.setdefault((node.name, refused_values[node.name]), []).append(str(path))
    of_packs = {name: library for library, own in known.packs.items() for name in own}
    return [Untrusted(name, tuple(paths), reason, of_packs.get(name)) for (name, reason), paths in found.items()]


def _type_reason(
    name: str, ways: Mapping[str, str], policy: Policy, bases: Mapping[str, tuple[str, ...]]
) -> str | None:
    way = ways.get(name)
    if way in GLOBAL_WAYS:
        return "a function where an object belongs"
    if way is None and name.endswith("()"):
        return "a call, and perdure makes none that a file asks for"
    if (way is None or name in tables().asked) and name not in policy.trusted:
        return "not in perdure's tables" if way is None else f"of {tables().asked[name]}, which perdure does not check"
    return _base_reason(name, ways, bases)


def _base_reason(name: str, ways: Mapping[str, str], bases: Mapping[str, tuple[str, ...]]) -> str | None:
    unknown = [base for base in bases.get(name, ()) if base not in ways] if bases else ()
    return f"its base {quoted(unknown[0])} is not in perdure's tables" if unknown else None


def _global_reason(
    name: str, ways: Mapping[str, str], policy: Policy, bases: Mapping[str, tuple[str, ...]]
) -> str | None:
    if ways.get(name) in VALUE_WAYS or name in policy.trusted:
        return _base_reason(name, ways, bases)
    return "not in perdure's tables of functions" if name not in ways else "a class that is not offered as a value"


def check(graph: Graph, policy: Policy) -> frozenset[str]:
    """Return the names that may be built.

    Raises
    ------
    UntrustedError
        With every name that is refused, at once.
    """
    noted = graph.names()
    if noted is not None and not graph.bases and (noted.types, noted.values) in _PASSED:
        return noted.types | noted.values
    refused = untrusted(graph, policy)
    if refused:
        raise UntrustedError(refused)
    names = names_used(graph)
    if graph.bases:
        return names.union(*graph.bases.values())
    if noted is not None and len(_PASSED) < _REMEMBERED and names <= tables().ways.keys() - tables().asked.keys():
        _PASSED.add((noted.types, noted.values))
    return names
