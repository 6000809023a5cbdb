"""Binary trees as arrays of children: what decision trees and the predictors of histogram boosting have in common.

All trees of a batch are looked at together; only splits are followed, for leaves lead nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..arrays.content import AnyArray
from ..arrays.native import native
from .members import Members
from .reading import Pieces

__all__ = ["FEW", "Splits", "check_children", "check_features", "depths", "few_depths", "splits_of", "walked"]

#: Up to so many nodes, walking them one by one is faster than numpy's looks at all of them.
FEW = 2000

# Levels that are walked one by one; what lies deeper is found by doubling, so that a chain cannot stall.
_LEVELS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """The nodes of many trees that have children.

    Attributes
    ----------
    offsets : ndarray of int64, shape (n_trees + 1,)
        Of the nodes of the trees.
    at : ndarray of int64, shape (n_splits,)
        Which nodes they are.
    counts : ndarray of int64, shape (n_trees,)
        How many of them each tree has.
    """

    offsets: AnyArray
    at: AnyArray
    counts: AnyArray

    def of_tree(self, values: AnyArray) -> AnyArray:
        """Return a value for each split, given one for each tree."""
        return np.repeat(values, np.asarray(self.counts).astype(np.intp, copy=False))


def few_depths(
    left: Pieces, right: Pieces, splits: Sequence[Any], feature: Pieces, n_features: Sequence[int]
) -> list[int] | None:
    """Return the depth of each of a few trees, None where anything is wrong: the other functions say what.

    Parameters
    ----------
    left, right, feature : Pieces
    splits : sequence of truth values
        Whether a node has children.
    n_features : sequence of int
        Of each tree.
    """
    lefts, rights, features = left.data.tolist(), right.data.tolist(), feature.data.tolist()
    found = []
    for (start, stop), limit in zip(pairwise(left.offsets.tolist()), n_features, strict=True):
        size = stop - start
        if size < 1:
            return None
        levels = [-1] * size
        levels[0] = deepest = 0
        for i in range(size):
            level = levels[i]
            # Parents come before their children: who was not met by now has none.
            if level < 0:
                return None
            at = start + i
            if splits[at]:
                a, b = lefts[at], rights[at]
                fits = i < a < size and i < b < size and a != b and levels[a] < 0 and levels[b] < 0
                if not fits or not 0 <= features[at] < limit:
                    return None
                levels[a] = levels[b] = level + 1
                if level >= deepest:
                    deepest = level + 1
        found.append(deepest)
    return found


def splits_of(nodes: Pieces, leaf: AnyArray) -> Splits:
    """Return the nodes that are no leaves."""
    at = np.flatnonzero(~leaf)
    return Splits(nodes.offsets, at, np.diff(np.searchsorted(at, nodes.offsets)))


def _require(trees: Members, nodes: Pieces, rows: AnyArray, good: AnyArray, problem: str, where: str) -> None:
    """Raise unless all is good, of which there is one for each of the rows."""
    if not good.all():
        everyone = np.ones(nodes.offsets[-1], np.bool_)
        everyone[rows] = good
        trees.require_rows(nodes, everyone, problem, where)


def check_children(
    trees: Members, splits: Splits, left: Pieces, right: Pieces, names: tuple[str, str], where: str
) -> tuple[AnyArray, AnyArray]:
    """Raise unless the nodes of each tree are one tree from the first node on.

    The children of a split come after it and within the tree, and every node but the first has one parent.

    Parameters
    ----------
    trees : Members
    splits : Splits
    left, right : Pieces
        Children, counted from the first node of the own tree.
    names : tuple of str
        The fields of the left and of the right child.
    where : str
        The path of the nodes below a member.

    Returns
    -------
    left, right : ndarray of int64, shape (n_splits,)
        The children of the splits, counted from the first node of all.
    """
    trees.require(left.lengths >= 1, "a tree has no nodes", where)
    offsets = splits.offsets
    base, room = splits.of_tree(offsets[:-1]), splits.of_tree(np.diff(offsets))
    own = splits.at - base
    met = np.zeros(offsets[-1], np.bool_)
    found = []
    for side, name in zip((left, right), names, strict=True):
        child = side.data[splits.at].astype(np.int64, copy=False)
        # Compared before it is added: no child is so large that the sum wraps round.
        problem = "a child is out of range, or comes before its parent"
        _require(trees, left, splits.at, (child > own) & (child < room), problem, f"{where}[{name!r}]")
        child = child + base
        met[child] = True
        found.append(child)
    # As many children as nodes besides the first of each tree, and each of these met: then once each.
    met[offsets[:-1]] = True
    if 2 * len(splits.at) + len(offsets) - 1 != len(met) or not met.all():
        times = np.bincount(np.concatenate(found).astype(np.intp, copy=False), minlength=len(met))
        times[offsets[:-1]] += 1
        trees.require_rows(left, times == 1, "a node has not exactly one parent", where)
    return found[0], found[1]


def check_features(
    trees: Members, splits: Splits, feature: Pieces, n_features: AnyArray, problem: str, where: str
) -> None:
    """Raise unless every split uses one of the ``n_features`` of each member."""
    used = feature.data[splits.at]
    if not len(used) or (used.min() >= 0 and used.max() < n_features.min()):
        return
    least = np.full(feature.count, np.iinfo(np.int64).max)
    np.minimum.at(least, feature.of, n_features)
    _require(trees, feature, splits.at, (used >= 0) & (used < splits.of_tree(least)), problem, where)


def walked(left: Pieces, right: Pieces, feature: Pieces, n_features: AnyArray) -> AnyArray | None:
    """Return the depth of each tree where compiled code finds nothing wrong with its children and features; None otherwise.

    A leaf has −1 for both children. Without compiled code, or where something is wrong, `check_children` and
    `check_features` say what.
    """
    columns = [pieces.data for pieces in (left, right, feature)]
    if not native.active or any(column.dtype.str != "<i8" for column in columns) or not len(n_features):
        return None
    found = np.zeros(left.count, np.int64)
    offsets = np.ascontiguousarray(left.offsets, np.int64)
    # Whoever has fewer features than others is looked at again.
    least = np.array([n_features.min()], np.int64)
    return found if native.walk(columns[0], columns[1], offsets, found, columns[2], least) else None


def depths(splits: Splits, left: AnyArray, right: AnyArray) -> AnyArray:
    """Return the depth of each tree, 0 for one that is a leaf.

    Parameters
    ----------
    splits : Splits
    left, right : ndarray of int64, shape (n_splits,)
        What `check_children` returned.

    Returns
    -------
    ndarray of int64, shape (n_trees,)
    """
    found = np.zeros(len(splits.counts), np.int64)
    if not len(splits.at):
        return found
    # The number of a node among the splits; all leaves have the one after the last.
    none = len(splits.at)
    number = np.full(splits.offsets[-1], none, np.int32 if none < 2**31 - 1 else np.int64)
    number[splits.at] = np.arange(none, dtype=number.dtype)
    left, right = number[left], number[right]
    tree = splits.of_tree(np.arange(len(splits.counts), dtype=number.dtype))
    here = number[splits.offsets[:-1]]
    here = here[here < none]
    for level in range(1, _LEVELS + 1):
        found[tree[here]] = level
        here = np.concatenate([left[here], right[here]])
        here = here[here < none]
        if not len(here):
            return found
    _deep(left, right, tree, found)
    return found


def _deep(left: AnyArray, right: AnyArray, tree: AnyArray, found: AnyArray) -> None:
    """Find the depths by doubling the step towards the root."""
    none = len(left)
    parent = np.arange(none + 1)
    parent[left] = np.arange(none)
    parent[right] = np.arange(none)
    parent = parent[:none]
    steps = (parent != np.arange(none)).astype(np.int64)
    further = steps[parent]
    while further.any():
        steps += further
        parent = parent[parent]
        further = steps[parent]
    np.maximum.at(found, tree, steps + 1)
