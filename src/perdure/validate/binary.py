"""Binary trees as arrays of children: what decision trees and the predictors of histogram boosting have in common."""

from __future__ import annotations

import numpy as np

from ..arrays.content import AnyArray
from .members import Members
from .reading import Pieces

__all__ = ["check_children", "check_features", "depths"]

# Levels that are walked one by one; what lies deeper is found by doubling, so that a chain cannot stall.
_LEVELS = 256


def check_children(
    trees: Members, left: Pieces, right: Pieces, leaf: AnyArray, names: tuple[str, str], where: str
) -> None:
    """Raise unless the nodes of each tree are one tree from the first node on.

    The children of a split come after it and within the tree, and every node but the first has one parent.

    Parameters
    ----------
    trees : Members
    left, right : Pieces
        Children, counted from the first node of the own tree.
    leaf : ndarray of bool, shape (n_nodes,)
        Which nodes have no children.
    names : tuple of str
        The fields of the left and of the right child.
    where : str
        The path of the nodes below a member.
    """
    lengths = np.diff(left.offsets)
    trees.require(left.lengths >= 1, "a tree has no nodes", where)
    start = np.repeat(left.offsets[:-1], lengths)
    split = np.flatnonzero(~leaf)
    base = start[split]
    end = np.repeat(left.offsets[1:], lengths)[split]
    counts = np.zeros(len(leaf), np.int64)
    for side, name in zip((left, right), names, strict=True):
        child = side.data[split].astype(np.int64)
        good = np.ones(len(leaf), np.bool_)
        # Compared before it is added: no child is so large that the sum wraps round.
        good[split] = (child > split - base) & (child < end - base)
        trees.require_rows(left, good, "a child is out of range, or comes before its parent", f"{where}[{name!r}]")
        counts += np.bincount(base + child, minlength=len(leaf))
    expected = np.ones(len(leaf), np.int64)
    expected[left.offsets[:-1]] = 0
    trees.require_rows(left, counts == expected, "a node has not exactly one parent", where)


def check_features(
    trees: Members, feature: Pieces, leaf: AnyArray, n_features: AnyArray, problem: str, where: str
) -> None:
    """Raise unless every split uses one of the ``n_features`` of each member."""
    least = np.full(feature.count, np.iinfo(np.int64).max)
    np.minimum.at(least, feature.of, n_features)
    limit = np.repeat(least, np.diff(feature.offsets))
    trees.require_rows(feature, leaf | ((feature.data >= 0) & (feature.data < limit)), problem, where)


def depths(left: Pieces, right: Pieces, leaf: AnyArray) -> AnyArray:
    """Return the depth of each member's tree, whose children have been checked; 0 for a tree that is one leaf.

    Returns
    -------
    ndarray of int64, shape (n_members,)
    """
    offsets = left.offsets
    found = np.zeros(left.count, np.int64)
    nodes, trees = offsets[:-1], np.arange(left.count)
    level = 0
    while True:
        inner = ~leaf[nodes]
        nodes, trees = nodes[inner], trees[inner]
        if not len(nodes):
            return found[left.of]
        if level == _LEVELS:
            _deep(left, right, leaf, found)
            return found[left.of]
        level += 1
        found[trees] = level
        base = offsets[trees]
        nodes = np.concatenate([base + left.data[nodes], base + right.data[nodes]])
        trees = np.concatenate([trees, trees])


def _deep(left: Pieces, right: Pieces, leaf: AnyArray, found: AnyArray) -> None:
    """Find the depths by doubling the step towards the root."""
    rows = left.rows()
    split = np.flatnonzero(~leaf)
    base = left.offsets[rows[split]]
    parent = np.arange(len(leaf))
    parent[base + left.data[split]] = split
    parent[base + right.data[split]] = split
    steps = (parent != np.arange(len(leaf))).astype(np.int64)
    further = steps[parent]
    while further.any():
        steps += further
        parent = parent[parent]
        further = steps[parent]
    np.maximum.at(found, rows, steps)
