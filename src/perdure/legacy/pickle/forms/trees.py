"""Trees of Python objects, Birch's and bisecting k-means', laid flat as perdure.converters.sklearn.cluster does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....graph.nodes import Node, Object
from ....graph.structure import Path
from ..names import type_name
from ..translate import Translator
from ..values import Call, Pairs
from .base import attributes, logical, misfit

__all__ = ["birch", "bisecting_tree"]

_NONE = -1
_LINKS = frozenset(("centroids_", "next_leaf_", "prev_leaf_", "squared_norm_", "subclusters_"))


def _columns(objects: Sequence[dict[str, Any]], leave_out: frozenset[str]) -> list[Any]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, item in enumerate(objects):
        groups.setdefault(tuple(sorted(item.keys() - leave_out)), []).append(number)
    found = []
    for names, members in groups.items():
        pairs: list[Any] = []
        for name in names:
            pairs += [name, [objects[i][name] for i in members]]
        found.append(Pairs(["attributes", Pairs(pairs), "members", members]))
    return found


def birch(t: Translator, call: Call, path: Path) -> Node:
    """Return the node of a Birch model."""
    name = type_name(call.func.module, call.func.name)
    given = attributes(t, call, "a Birch model", path)
    version = t.version_of(name, given)
    if "root_" in given and "dummy_leaf_" in given:
        given["_tree"] = _birch_tree(t, given.pop("dummy_leaf_"), given.pop("root_"), call, path)
    t.types.add(name)
    return Object(name, t.state(given, path), None, version)


def _birch_tree(t: Translator, dummy: Any, root: Any, call: Call, path: Path) -> Pairs:
    what = "the tree of a Birch model"
    nodes, subclusters, children, counts = [dummy, root], [], [], []
    numbers = {id(dummy): 0, id(root): 1}
    states = []
    for node in nodes:
        if type(node) is not Call:
            raise misfit(what, call, path)
        state = attributes(t, node, what, path)
        states.append(state)
        inner = state.get("subclusters_")
        if type(inner) is not list:
            raise misfit(what, call, path)
        counts.append(len(inner))
        for subcluster in inner:
            if type(subcluster) is not Call:
                raise misfit(what, call, path)
            parts = attributes(t, subcluster, what, path)
            subclusters.append(parts)
            child = parts.get("child_")
            children.append(_NONE if child is None else len(nodes))
            if child is not None:
                if id(child) in numbers:
                    raise misfit(what, call, path)
                numbers[id(child)] = len(nodes)
                nodes.append(child)
    leaves: list[int] = []
    leaf = states[0].get("next_leaf_")
    while leaf is not None:
        number = numbers.get(id(leaf))
        if number is None or len(leaves) >= len(nodes):
            raise misfit(what, call, path)
        leaves.append(number)
        leaf = states[number].get("next_leaf_")
    # Of a subcluster of one point the centroid is the sum itself, the same array.
    same = [
        parts.get("centroid_") is not None and parts.get("centroid_") is parts.get("linear_sum_")
        for parts in subclusters
    ]
    return Pairs(
        [
            "centroids", [parts.get("centroid_") for parts, one in zip(subclusters, same, strict=True) if not one],
            "children", children,
            "counts", counts,
            "leaves", leaves,
            "nodes", _columns(states, _LINKS),
            "same", same,
            "subclusters", _columns(subclusters, frozenset(("centroid_", "child_"))),
        ]
    )  # fmt: skip


def bisecting_tree(t: Translator, call: Call, path: Path) -> Node:
    """Return the node of the tree of bisecting k-means."""
    what = "a bisecting tree"
    nodes: list[Any] = [call]
    states: list[dict[str, Any]] = []
    left: list[int] = []
    right: list[int] = []
    seen = {id(call)}
    for node in nodes:
        if type(node) is not Call:
            raise misfit(what, call, path)
        state = attributes(t, node, what, path)
        states.append(state)
        for name, links in (("left", left), ("right", right)):
            child = state.get(name)
            links.append(_NONE if child is None else len(nodes))
            if child is not None:
                if id(child) in seen:
                    raise misfit(what, call, path)
                seen.add(id(child))
                nodes.append(child)
    parts = {"left": left, "nodes": _columns(states, frozenset(("left", "right"))), "right": right}
    return logical(t, type_name(call.func.module, call.func.name), parts, path)
