"""Birch and bisecting k-means: trees of Python objects, laid flat.

Birch's leaves form a linked list and bisecting k-means may split off one point at a time, so that no limit
of depth would do. Nodes stand in lists, one for each attribute, and name each other by number.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from ...errors import InvalidError
from ..base import AttributeConverter, Converter

__all__ = ["BIRCH", "BISECTING_TREE"]

_NONE = -1


def _columns(objects: Sequence[Any], leave_out: frozenset[str]) -> list[dict[str, Any]]:
    """Group objects by the attributes that they have: for each group which they are, and the values."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, item in enumerate(objects):
        groups.setdefault(tuple(sorted(vars(item).keys() - leave_out)), []).append(number)
    return [
        {"attributes": {name: [vars(objects[i])[name] for i in members] for name in names}, "members": members}
        for names, members in groups.items()
    ]


def _fill(objects: Sequence[Any], groups: Any) -> None:
    """Give the objects their attributes back; each has to be in one group."""
    seen = []
    for group in groups:
        seen += group["members"]
        for name, values in group["attributes"].items():
            if len(values) != len(group["members"]):
                raise InvalidError("a node has no value for an attribute")
            for i, value in zip(group["members"], values, strict=True):
                vars(objects[i])[name] = value
    if sorted(seen) != list(range(len(objects))):
        raise InvalidError("a node is missing, or there twice")


def _count(groups: Any) -> int:
    return sum(len(group["members"]) for group in groups)


# --- Birch ----------------------------------------------------------------------------------------

_NODE_LINKS = frozenset(("centroids_", "next_leaf_", "prev_leaf_", "squared_norm_", "subclusters_"))


def _birch_state(model: Any) -> dict[str, Any]:
    state = dict(vars(model))
    if "root_" not in state or "dummy_leaf_" not in state:
        return state
    dummy, root = state.pop("dummy_leaf_"), state.pop("root_")
    nodes, subclusters, children, counts = [dummy, root], [], [], []
    numbers = {id(dummy): 0, id(root): 1}
    for node in nodes:
        counts.append(len(node.subclusters_))
        for subcluster in node.subclusters_:
            subclusters.append(subcluster)
            child = subcluster.child_
            children.append(_NONE if child is None else len(nodes))
            if child is not None:
                numbers[id(child)] = len(nodes)
                nodes.append(child)
    leaves, leaf = [], dummy.next_leaf_
    while leaf is not None:
        leaves.append(numbers[id(leaf)])
        leaf = leaf.next_leaf_
    # Of a subcluster of one point the centroid is the sum itself, the same array.
    same = [getattr(item, "centroid_", None) is item.linear_sum_ for item in subclusters]
    state["_tree"] = {
        "centroids": [item.centroid_ for item, one in zip(subclusters, same, strict=True) if not one],
        "children": children,
        "counts": counts,
        "leaves": leaves,
        "nodes": _columns(nodes, _NODE_LINKS),
        "same": same,
        "subclusters": _columns(subclusters, frozenset(("centroid_", "child_"))),
    }
    return state


def _birch(cls: Any, state: dict[str, Any]) -> dict[str, Any]:
    if "_tree" not in state:
        return state
    tree = state.pop("_tree")
    module = next(sys.modules[base.__module__] for base in cls.__mro__ if base.__module__ == "sklearn.cluster._birch")
    counts, children, same = tree["counts"], tree["children"], tree["same"]
    nodes = [object.__new__(module._CFNode) for _ in range(_count(tree["nodes"]))]
    subclusters = [object.__new__(module._CFSubcluster) for _ in range(_count(tree["subclusters"]))]
    _fill(nodes, tree["nodes"])
    _fill(subclusters, tree["subclusters"])
    if len(counts) != len(nodes) or sum(counts) != len(subclusters) or len(children) != len(subclusters) != len(same):
        raise InvalidError("the subclusters of a Birch tree do not add up")
    # Breadth first: so the children stand in the order of their parents, and there is no cycle.
    if [child for child in children if child != _NONE] != list(range(2, len(nodes))) or len(nodes) < 2:
        raise InvalidError("the nodes of a Birch tree do not form a tree")
    centroids = iter(tree["centroids"])
    for subcluster, child, one in zip(subclusters, children, same, strict=True):
        subcluster.centroid_ = subcluster.linear_sum_ if one else next(centroids)
        subcluster.child_ = None if child == _NONE else nodes[child]
    at = 0
    for node, count in zip(nodes, counts, strict=True):
        if count < 0 or count > len(node.init_centroids_) or count > len(node.init_sq_norm_):
            raise InvalidError("a node of a Birch tree has more subclusters than room for them")
        node.subclusters_ = subclusters[at : at + count]
        # Views, as in a tree that was just grown: partial_fit writes through them.
        if count:
            node.centroids_ = node.init_centroids_[:count, :]
        node.squared_norm_ = node.init_sq_norm_[:count] if count else []
        node.prev_leaf_ = node.next_leaf_ = None
        at += count
    leaves = tree["leaves"]
    if len(set(leaves)) != len(leaves) or not all(1 <= leaf < len(nodes) for leaf in leaves):
        raise InvalidError("the leaves of a Birch tree are not a list of its nodes")
    before = nodes[0]
    for leaf in leaves:
        before.next_leaf_ = nodes[leaf]
        nodes[leaf].prev_leaf_ = before
        before = nodes[leaf]
    return {**state, "dummy_leaf_": nodes[0], "root_": nodes[1]}


BIRCH = AttributeConverter("birch", _birch_state, _birch)

# --- bisecting k-means ------------------------------------------------------------------------------


def _bisecting_state(root: Any) -> dict[str, Any]:
    nodes: list[Any] = [root]
    left: list[int] = []
    right: list[int] = []
    for node in nodes:
        for child, links in ((node.left, left), (node.right, right)):
            links.append(_NONE if child is None else len(nodes))
            if child is not None:
                nodes.append(child)
    return {"left": left, "nodes": _columns(nodes, frozenset(("left", "right"))), "right": right}


def _bisecting(cls: Any, state: dict[str, Any]) -> Any:
    left, right = state["left"], state["right"]
    nodes = [object.__new__(cls) for _ in range(_count(state["nodes"]))]
    _fill(nodes, state["nodes"])
    links = [link for pair in zip(left, right, strict=True) for link in pair]
    if len(left) != len(nodes) or [link for link in links if link != _NONE] != list(range(1, len(nodes))) or not nodes:
        raise InvalidError("the nodes of a bisecting tree do not form a tree")
    for number, node in enumerate(nodes):
        if (left[number] == _NONE) != (right[number] == _NONE) or (
            left[number] == _NONE and not hasattr(node, "label")
        ):
            raise InvalidError("a node of a bisecting tree has two children, or none and a label")
        node.left = None if left[number] == _NONE else nodes[left[number]]
        node.right = None if right[number] == _NONE else nodes[right[number]]
    return nodes[0]


BISECTING_TREE = Converter("bisecting-tree", _bisecting_state, _bisecting)
