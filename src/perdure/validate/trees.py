"""Decision trees: sklearn/tree/_tree.pyx walks children and features without a look at their bounds."""

from __future__ import annotations

import numpy as np

from ..arrays.content import AnyArray
from .engine import rule
from .reading import Members, Pieces

__all__ = ["child_counts", "depths", "last_of_each", "piece_max"]

_LEAF = -1
# Levels that are walked one by one; what lies deeper is found by doubling, so that a chain cannot stall.
_LEVELS = 256
_INDEX = ("i", (4, 8))
_NODE = {
    "left_child": _INDEX,
    "right_child": _INDEX,
    "feature": _INDEX,
    "n_node_samples": _INDEX,
    "threshold": ("f", (8,)),
    "impurity": ("f", (8,)),
    "weighted_n_node_samples": ("f", (8,)),
}


@rule("sklearn.tree._tree:Tree")
def tree(trees: Members) -> None:
    """Children, features, counts, depth and values of decision trees."""
    n_outputs = trees.integers("n_outputs", 1)
    n_features = trees.integers("n_features", 1)
    classes = trees.pieces("n_classes", "i", 1, (4, 8))
    trees.require(classes.lengths[classes.of] == n_outputs, "there is not one number of classes for each output", ".n_classes")
    _all_rows(trees, classes, classes.data >= 1, "a number of classes is below 1", ".n_classes")
    most = piece_max(classes)

    nodes = trees.fields("nodes", _NODE)
    left, right, feature = nodes["left_child"], nodes["right_child"], nodes["feature"]
    trees.require(left.lengths[left.of] >= 1, "a tree has no nodes", ".nodes")
    _children(trees, left, right)

    split = left.data != _LEAF
    rows = left.rows()
    limit = _per_piece_min(left, n_features)[rows]
    used = feature.data
    _all_rows(trees, left, ~split | ((used >= 0) & (used < limit)), "a split uses a feature that does not exist", ".nodes['feature']")
    _missing(trees, left)

    depth = depths(left.offsets, left.data, right.data)
    told = trees.integers("max_depth")
    trees.require(told == depth[left.of], "max_depth is not the depth of the tree", ".max_depth")

    values = trees.pieces("values", "f", 3, (8,))
    good = values.lengths[values.of] == left.lengths[left.of]
    good &= (values.data.shape[1] == n_outputs) & (values.data.shape[2] == most[classes.of])
    trees.require(good, "the values do not have the shape (nodes, outputs, classes)", ".values")


def _children(trees: Members, left: Pieces, right: Pieces) -> None:
    """Leaves have no children; the others two, which come later, and each node but the root has one parent."""
    lengths = left.lengths
    rows = left.rows()
    start = left.offsets[:-1][rows]
    own = np.arange(len(left.data)) - start
    size = lengths[rows]
    leaf = left.data == _LEAF
    for side, name in ((left, "left_child"), (right, "right_child")):
        child = side.data
        good = np.where(leaf, child == _LEAF, (child > own) & (child < size))
        _all_rows(trees, left, good, "a child is out of range, or comes before its parent", f".nodes[{name!r}]")
    split = np.flatnonzero(~leaf)
    counts = child_counts(split, start, left.data, right.data)
    expected = np.ones(len(left.data), np.int64)
    expected[left.offsets[:-1]] = 0
    _all_rows(trees, left, counts == expected, "a node has not exactly one parent", ".nodes")


def child_counts(split: AnyArray, start: AnyArray, left: AnyArray, right: AnyArray) -> AnyArray:
    """Return how often each node is the child of another, given the nodes that split."""
    counts = np.bincount(start[split] + left[split], minlength=len(left))
    counts += np.bincount(start[split] + right[split], minlength=len(left))
    return counts


def depths(offsets: AnyArray, left: AnyArray, right: AnyArray) -> AnyArray:
    """Return the depth of each of many trees, whose children have been checked.

    Parameters
    ----------
    offsets : ndarray of int64, shape (n_trees + 1,)
    left, right : ndarray of int, shape (n_nodes,)
        Children within the own tree, -1 at leaves.

    Returns
    -------
    ndarray of int64, shape (n_trees,)
        0 for a tree that is one leaf.
    """
    count = len(offsets) - 1
    found = np.zeros(count, np.int64)
    nodes, trees = offsets[:-1], np.arange(count)
    level = 0
    while len(nodes):
        found[trees] = level
        inner = left[nodes] != _LEAF
        nodes, trees = nodes[inner], trees[inner]
        if level == _LEVELS and len(nodes):
            _deep(offsets, left, right, nodes, trees, level, found)
            break
        base = offsets[trees]
        nodes = np.concatenate([base + left[nodes], base + right[nodes]])
        trees = np.concatenate([trees, trees])
        level += 1
    return found


def _deep(
    offsets: AnyArray, left: AnyArray, right: AnyArray, nodes: AnyArray, trees: AnyArray, level: int, found: AnyArray
) -> None:
    """Add the depth below ``nodes``, all at one level, by doubling the step towards the root."""
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    total = len(left)
    split = np.flatnonzero(left != _LEAF)
    parent = np.arange(total)
    parent[offsets[rows[split]] + left[split]] = split
    parent[offsets[rows[split]] + right[split]] = split
    steps = (parent != np.arange(total)).astype(np.int64)
    while True:
        further = steps[parent]
        if not further.any():
            break
        steps = steps + further
        parent = parent[parent]
    np.maximum.at(found, rows, steps)


def _missing(trees: Members, left: Pieces) -> None:
    """Where the release knows missing values: the direction is 0 or 1."""
    part = trees.place("nodes")[1]
    if "missing_go_to_left" in getattr(part, "fields", {}):
        pieces = trees.fields("nodes", {"missing_go_to_left": ("u", (1,))})["missing_go_to_left"]
        trees.require(np.array_equal(pieces.offsets, left.offsets), "the fields of nodes differ in length", ".nodes")
        _all_rows(trees, pieces, pieces.data <= 1, "a direction for missing values is neither 0 nor 1", ".nodes['missing_go_to_left']")


# --- pieces -----------------------------------------------------------------------------------


def _all_rows(members: Members, pieces: Pieces, good: AnyArray, problem: str, where: str) -> None:
    """Raise unless every row of the pieces is good, with the place of the first that is not."""
    if good.all():
        return
    row = int(np.argmin(good))
    number = int(np.searchsorted(pieces.offsets, row, side="right")) - 1
    index = int(np.argmax(pieces.of == number))
    members.fail(problem, index, f"{where}[{row - pieces.offsets[number]}]")


def piece_max(pieces: Pieces) -> AnyArray:
    """Return the largest value of each piece; none of them is empty."""
    return np.maximum.reduceat(pieces.data, pieces.offsets[:-1]).astype(np.int64)


def last_of_each(pieces: Pieces) -> AnyArray:
    """Return the last value of each piece; none of them is empty."""
    return pieces.data[pieces.offsets[1:] - 1]


def _per_piece_min(pieces: Pieces, values: AnyArray) -> AnyArray:
    """Return, for each piece, the smallest value of the members that have it."""
    if len(pieces.offsets) - 1 == len(values):
        return values
    return np.array([values.min()]) if len(values) else np.zeros(len(pieces.offsets) - 1, np.int64)
