"""What migrations compute of trees."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays.content import AnyArray
from ...arrays.structural.known import are_fractions
from ...errors import InvalidError
from ...graph.nodes import Batch, Each, Object, Rows, Stack
from ..state import Context, Mixed, State, items_of

__all__ = ["average_path_length", "depths", "fractions", "has_weights", "trees_in", "weights"]


def depths(left: AnyArray, right: AnyArray) -> AnyArray:
    """Return the depth of each node of a tree, the root's being 1, as ``Tree.compute_node_depths`` does."""
    found = np.ones(len(left), np.int64)
    level = np.zeros(1, np.intp)
    seen = 1
    for depth in range(2, len(left) + 2):
        inner = level[left[level] != -1]
        level = np.concatenate([left[inner], right[inner]])
        if not len(level):
            return found
        if level.min() <= 0 or level.max() >= len(left):
            raise InvalidError("a tree has a child outside of its nodes")
        seen += len(level)
        if seen > len(left):
            raise InvalidError("a node of a tree has two parents")
        found[level] = depth
    raise InvalidError("a tree has a cycle")


def average_path_length(counts: AnyArray) -> AnyArray:
    """Return the mean depth of isolation of so many samples, as ``sklearn.ensemble._iforest`` does."""
    found = np.zeros(counts.shape)
    found[counts == 2] = 1.0
    many = counts > 2
    found[many] = 2.0 * (np.log(counts[many] - 1.0) + np.euler_gamma) - 2.0 * (counts[many] - 1.0) / counts[many]
    return found


def trees_in(node: Any, context: Context) -> list[Object]:
    """Return the `Tree` of each estimator of a list."""
    estimators = items_of(node, context)
    if estimators is None:
        raise InvalidError("a list of trees was expected")
    found = []
    for estimator in estimators:
        estimator = context.resolve(estimator)
        tree = context.resolve(estimator.state["tree_"])
        if not isinstance(tree, Object):
            raise InvalidError("a tree was expected")
        found.append(tree)
    return found


def fractions(values: AnyArray) -> AnyArray:
    """Return the class weights of nodes as fractions, for each output."""
    sums = values.sum(axis=2, keepdims=True)
    sums[sums == 0.0] = 1.0
    return values / sums


def weights(values: AnyArray, totals: AnyArray) -> AnyArray:
    """Return the class weights of nodes from their fractions."""
    return values * totals[:, np.newaxis, np.newaxis]


def has_weights(state: State) -> bool:
    """Say whether a classifier's tree holds class weights: the fractions of a node sum to 1, in its root and in a leaf."""
    trees: Any = state.columns.get("tree_")
    if trees is None:
        trees = state.value("tree_")
        if trees is None:
            return False
    context = state.context
    column: Any = None
    if isinstance(trees, Batch):
        column = trees.columns.get("values", trees.constants.get("values"))
    elif isinstance(trees, Object):
        column = trees.state.get("values")
    else:
        raise Mixed
    if are_fractions(context.arrays, column):
        # Not to be made only to be looked at.
        return False
    if isinstance(column, Rows):
        shape, cuts = context.arrays.spec(column.array).shape, context.arrays.view(column.offsets)
        if len(shape) != 3 or not shape[0]:
            raise InvalidError("a tree's values have three dimensions")
        ends = cuts[1:][cuts[1:] > cuts[:-1]]
        numbers = np.concatenate([np.minimum(cuts[:-1], shape[0] - 1), np.minimum(ends, shape[0]) - 1])
        some = context.arrays.take(column.array, numbers)
    elif isinstance(column, Stack):
        data = context.arrays.view(column.array)
        if data.ndim != 4 or not data.shape[1]:
            raise InvalidError("a tree's values have three dimensions")
        some = data[:, [0, -1]].reshape(-1, *data.shape[2:])
    elif isinstance(column, Each):
        raise Mixed
    else:
        data = context.view(column)
        if data.ndim != 3 or not len(data):
            raise InvalidError("a tree's values have three dimensions")
        some = data[[0, -1]]
    return bool((np.abs(some.sum(axis=2) - 1.0) > 1e-6).any())
