"""Putting changed parts into a graph; what leads to none of them stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ..graph.nodes import Array, Batch, Def, Object
from ..graph.structure import Path, children, rebuild
from .state import Context

__all__ = ["PLAIN", "rewrite", "without_versions"]

PLAIN = frozenset((type(None), bool, int, float, str, bytes, complex, type(...), Array))
Rules = TypeVar("Rules")


def rewrite(
    root: Any,
    plan: Mapping[int, tuple[Path, Rules]],
    change: Callable[[Any, Path, Rules], Any],
    context: Context,
) -> Any:
    """Return the graph with the planned parts changed; what leads to none of them stays as it is."""
    marked: set[int] = set()

    def mark(node: Any) -> bool:
        found = id(node) in plan
        for _, child in children(node):
            if type(child) not in PLAIN and mark(child):
                found = True
        if found:
            marked.add(id(node))
        return found

    def visit(node: Any) -> Any:
        if id(node) not in marked:
            return node
        made = rebuild(node, visit)
        entry = plan.get(id(node))
        if entry is not None:
            made = change(made, *entry)
        if isinstance(made, Def):
            context.defined[made.key] = made.node
        return made

    mark(root)
    return visit(root)


def without_versions(root: Any) -> Any:
    """Return the graph without releases of single objects: all are of the running one now."""

    def visit(node: Any) -> Any:
        node = rebuild(node, visit)
        if isinstance(node, (Object, Batch)) and node.version is not None:
            return replace(node, version=None)
        return node

    return visit(root) if _has_version(root) else root


def _has_version(node: Any) -> bool:
    if isinstance(node, (Object, Batch)) and node.version is not None:
        return True
    return any(_has_version(child) for _, child in children(node) if type(child) not in PLAIN)
