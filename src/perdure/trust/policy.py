"""The decision: every name of a graph against the tables and what the reader trusts besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import UnsupportedError, Untrusted, UntrustedError
from ..graph.nodes import Batch, Global, Graph, Object
from ..graph.structure import Path, walk
from .tables import GLOBAL_WAYS, tables

__all__ = ["Policy", "check", "untrusted"]


def _name(item: object) -> str:
    if isinstance(item, str):
        if ":" in item or "." not in item:
            return item
        # The dotted form names a class of a module; a nested class needs the form with a colon.
        module, _, name = item.rpartition(".")
        return f"{module}:{name}"
    module, name = getattr(item, "__module__", None), getattr(item, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        raise UnsupportedError(f"trusted takes names or classes, not {item!r:.60}", fix='trusted=["package.module:Name"]')
    return f"{module}:{name}"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a reader trusts besides the tables.

    Attributes
    ----------
    trusted : frozenset of str
        Names as ``module:qualname``, and parameters such as ``memory=…``.
    """

    trusted: frozenset[str] = frozenset()

    @classmethod
    def of(cls, trusted: Iterable[object] | str) -> Policy:
        """Return the policy for the argument ``trusted`` of load."""
        if isinstance(trusted, (str, bytes)) or not isinstance(trusted, Iterable):
            raise UnsupportedError("trusted takes a list of names or classes", fix=f"trusted=[{trusted!r}]")
        return cls(frozenset(map(_name, trusted)))


def untrusted(graph: Graph, policy: Policy) -> list[Untrusted]:
    """Return every name of the graph that neither a table nor the policy knows."""
    found: dict[str, list[Path]] = {}
    reasons: dict[str, str] = {}
    ways = tables().ways
    for path, node in walk(graph):
        kind = type(node)
        if kind is Object or kind is Batch:
            name = node.type  # type: ignore[union-attr]
            reason = _type_reason(name, ways, policy, graph.bases)
        elif kind is Global:
            name = node.name  # type: ignore[union-attr]
            reason = _global_reason(name, ways, policy)
        else:
            continue
        if reason is not None:
            found.setdefault(name, []).append(path)
            reasons[name] = reason
    return [Untrusted(name, tuple(map(str, paths)), reasons[name]) for name, paths in found.items()]


def _type_reason(
    name: str, ways: Mapping[str, str], policy: Policy, bases: Mapping[str, tuple[str, ...]]
) -> str | None:
    way = ways.get(name)
    if way is not None:
        return None if way not in GLOBAL_WAYS else "a function where an object belongs"
    if name not in policy.trusted:
        return "not in perdure's tables"
    unknown = [base for base in bases.get(name, ()) if base not in ways]
    return f"its base {unknown[0]} is not in perdure's tables" if unknown else None


def _global_reason(name: str, ways: Mapping[str, str], policy: Policy) -> str | None:
    if ways.get(name) in GLOBAL_WAYS or name in policy.trusted:
        return None
    return "not in perdure's tables of functions" if name not in ways else "a class that is not offered as a value"


def check(graph: Graph, policy: Policy) -> frozenset[str]:
    """Return the names that may be built.

    Raises
    ------
    UntrustedError
        With every name that is refused, at once.
    """
    refused = untrusted(graph, policy)
    if refused:
        raise UntrustedError(refused)
    names: set[str] = set(graph.bases)
    for bases in graph.bases.values():
        names.update(bases)
    for _, node in walk(graph):
        if isinstance(node, (Object, Batch)):
            names.add(node.type)
        elif isinstance(node, Global):
            names.add(node.name)
    return frozenset(names)
