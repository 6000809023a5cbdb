"""Trees and forests, missing values and all, in 64 bits: one TreeEnsemble says in which leaf each tree ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..graph import ML, Graph, Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table

__all__ = ["Nodes", "leaves_of", "nodes_of", "rounded", "sum_of"]

LEQ, EQ, MEMBER = 0, 4, 6
# So many outputs are gathered one after the other: all at once would take rows × trees × outputs of memory.
_ONE_BY_ONE = 64


@dataclass(eq=False)
class Nodes:
    """One tree as arrays: a node with ``left`` < 0 is a leaf.

    Attributes
    ----------
    feature, threshold, left, right, missing_left, mode : ndarray
    members : tuple of tuple of int
        For each question of the mode MEMBER, in the order of the nodes, the values that go left.
    """

    feature: np.ndarray[Any, Any]
    threshold: np.ndarray[Any, Any]
    left: np.ndarray[Any, Any]
    right: np.ndarray[Any, Any]
    missing_left: np.ndarray[Any, Any]
    mode: np.ndarray[Any, Any]
    members: tuple[tuple[int, ...], ...] = ()

    @property
    def leaves(self) -> np.ndarray[Any, Any]:
        return np.flatnonzero(self.left < 0)


def nodes_of(tree: Any, features: Any = None) -> Nodes:
    """Return a tree of scikit-learn; with ``features`` they are places among those."""
    left = np.asarray(tree.children_left, np.int64)
    feature = np.where(left < 0, 0, np.asarray(tree.feature, np.int64))
    if features is not None:
        feature = np.asarray(features, np.int64)[feature]
    missing = getattr(tree, "missing_go_to_left", None)
    return Nodes(
        feature,
        np.where(left < 0, 0.0, np.asarray(tree.threshold, np.float64)),
        left,
        np.asarray(tree.children_right, np.int64),
        np.zeros(len(left), bool) if missing is None else np.asarray(missing).astype(bool),
        np.full(len(left), LEQ, np.uint8),
    )


def rounded(table: Table) -> Tensor:
    """Return rows as trees see them: rounded to 32 bits, and held in 64."""
    return table.numbers().cast("float32").cast("float64")


def _ensemble(
    graph: Graph, X: Tensor, trees: Sequence[Nodes], weights: Sequence[Any], targets: Any, count: int
) -> Tensor:
    """Return sums of leaf weights by target: ``weights`` has one for each leaf of a tree, in the order of its nodes."""
    roots, ids, splits, modes, missing = [], [], [], [], []
    true_ids, true_leaf, false_ids, false_leaf, leaf_targets, leaf_weights = [], [], [], [], [], []
    node_start = leaf_start = 0
    for place, tree in enumerate(trees):
        leaf = tree.left < 0
        inner = np.flatnonzero(~leaf)
        number = np.zeros(len(leaf), np.int64)
        number[leaf] = leaf_start + np.arange(int(leaf.sum()))
        number[inner] = node_start + np.arange(len(inner))
        leaf_targets.append(np.full(int(leaf.sum()), targets[place], np.int64))
        leaf_weights.append(np.asarray(weights[place], np.float64))
        if len(inner):
            roots.append(node_start)
            left, right = tree.left[inner], tree.right[inner]
            ids.append(tree.feature[inner])
            splits.append(tree.threshold[inner])
            modes.append(tree.mode[inner])
            missing.append(tree.missing_left[inner])
            true_ids.append(number[left])
            true_leaf.append(leaf[left])
            false_ids.append(number[right])
            false_leaf.append(leaf[right])
        else:
            # A tree that is one leaf: a question whose answers are the same.
            roots.append(node_start)
            for values, value in (
                (ids, 0),
                (splits, 0.0),
                (modes, LEQ),
                (missing, False),
                (true_ids, leaf_start),
                (true_leaf, True),
                (false_ids, leaf_start),
                (false_leaf, True),
            ):
                values.append(np.array([value]))
        node_start += max(len(inner), 1)
        leaf_start += int(leaf.sum())

    more: dict[str, Any] = {}
    members = [member for tree in trees for member in tree.members]
    if members:
        # Sets one after the other, each with a value behind it that is no number.
        flat = [value for member in members for value in (*member, np.nan)]
        more["membership_values"] = np.array(flat, np.float64)

    def joined(parts: list[Any]) -> list[int]:
        return [int(value) for value in np.concatenate(parts)]

    return graph.add(
        "TreeEnsemble",
        [X],
        "float64",
        ML,
        n_targets=count,
        aggregate_function=1,
        post_transform=0,
        tree_roots=roots,
        nodes_featureids=joined(ids),
        nodes_splits=np.concatenate(splits).astype(np.float64),
        nodes_modes=np.concatenate(modes).astype(np.uint8),
        nodes_missing_value_tracks_true=joined(missing),
        nodes_truenodeids=joined(true_ids),
        nodes_trueleafs=joined(true_leaf),
        nodes_falsenodeids=joined(false_ids),
        nodes_falseleafs=joined(false_leaf),
        leaf_targetids=joined(leaf_targets),
        leaf_weights=np.concatenate(leaf_weights),
        **more,
    )


def leaves_of(graph: Graph, X: Tensor, trees: Sequence[Nodes]) -> Tensor:
    """Return in which leaf each tree ends: rows × trees, the leaves of all trees numbered through."""
    starts = np.cumsum([0, *(len(tree.leaves) for tree in trees)])
    numbers = [np.arange(len(tree.leaves)) + start for tree, start in zip(trees, starts[:-1], strict=True)]
    return _ensemble(graph, X, trees, numbers, range(len(trees)), len(trees)).cast("int64")


def sum_of(graph: Graph, X: Tensor, trees: Sequence[Nodes], weights: Sequence[Any]) -> Tensor:
    """Return the sum of one number from each tree: rows × 1."""
    return _ensemble(graph, X, trees, weights, [0] * len(trees), 1)


def sums_by_target(
    graph: Graph, X: Tensor, trees: Sequence[Nodes], weights: Sequence[Any], targets: Sequence[int], count: int
) -> Tensor:
    """Return sums of one number from each tree, each for its target: rows × targets."""
    return _ensemble(graph, X, trees, weights, list(targets), count)


def _mean_of_leaves(graph: Graph, X: Tensor, trees: Sequence[Nodes], values: np.ndarray[Any, Any]) -> Tensor:
    """Return the mean over the trees of a vector in each leaf: rows × width of ``values``."""
    width = values.shape[1]
    if width == 1:
        stops = np.cumsum([len(tree.leaves) for tree in trees])[:-1]
        return sum_of(graph, X, trees, np.split(values[:, 0], stops)) / float(len(trees))
    leaf = leaves_of(graph, X, trees)
    if len(trees) == 1:
        return graph.constant(values).take(leaf.reshape(-1), 0)
    if width > _ONE_BY_ONE:
        return graph.constant(values).take(leaf, 0).sum(1) / float(len(trees))
    parts = [graph.constant(np.ascontiguousarray(values[:, k])).take(leaf, 0).sum(1, keep=True) for k in range(width)]
    return graph.concat(parts) / float(len(trees))


def _shares(tree: Any, output: int, count: int) -> np.ndarray[Any, Any]:
    """Return the shares of the classes in each leaf."""
    values = np.asarray(tree.value, np.float64)[:, output, :count]
    total = values.sum(axis=1, keepdims=True)
    return (values / np.where(total == 0, 1.0, total))[np.asarray(tree.children_left) < 0]


def _forest(model: Any, estimators: Sequence[Any], table: Table, c: Conversion) -> Results:
    graph, X = c.graph, rounded(table)
    trees = [nodes_of(item.tree_) for item in estimators]
    if hasattr(model, "classes_"):
        several = model.n_outputs_ > 1
        classes = model.classes_ if several else [model.classes_]
        shares, labels = [], []
        for output, known in enumerate(classes):
            leaves = np.concatenate([_shares(item.tree_, output, len(known)) for item in estimators])
            shares.append(_mean_of_leaves(graph, X, trees, leaves))
            labels.append(labelled(graph, known, shares[-1].argmax(1)))
        if not several:
            return {"predict": labels[0], "predict_proba": shares[0]}
        return {"predict": graph.stack(labels, 1), "predict_proba": shares}
    values = np.concatenate(
        [np.asarray(item.tree_.value)[tree.leaves, :, 0] for item, tree in zip(estimators, trees, strict=True)]
    )
    value = _mean_of_leaves(graph, X, trees, values)
    return {"predict": value.reshape(-1) if model.n_outputs_ == 1 else value}


@converts("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
def _tree(model: Any, table: Table, c: Conversion) -> Results:
    return _forest(model, [model], table, c)


@converts("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")
def _trees(model: Any, table: Table, c: Conversion) -> Results:
    return _forest(model, model.estimators_, table, c)


@converts("RandomTreesEmbedding")
def _embedding(model: Any, table: Table, c: Conversion) -> Results:
    graph = c.graph
    trees = [nodes_of(item.tree_) for item in model.estimators_]
    leaf = leaves_of(graph, rounded(table), trees)
    width = sum(len(known) for known in model.one_hot_encoder_.categories_)
    # Which column says that a tree ended in a leaf; those that no row of the training met have none.
    column, start = [], 0
    for tree, known in zip(trees, model.one_hot_encoder_.categories_, strict=True):
        place = {int(leaf): start + k for k, leaf in enumerate(known)}
        column += [place.get(int(leaf), width) for leaf in tree.leaves]
        start += len(known)
    places = graph.constant(np.array(column, np.int64)).take(leaf, 0)
    depth = graph.constant(np.array([width + 1], np.int64))
    ends = graph.constant(np.array([0.0, 1.0]), "float32")
    hot = graph.add("OneHot", [places, depth, ends], "float32", axis=-1)
    return {"transform": Table.of(hot.sum(1).take(np.arange(width)).number(), width)}


def _average_path(counts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    n = np.asarray(counts, np.float64)
    with np.errstate(all="ignore"):
        long = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return np.where(n <= 1, 0.0, np.where(n == 2, 1.0, long))


@converts("IsolationForest")
def _isolation(model: Any, table: Table, c: Conversion) -> Results:
    trees, depths = [], []
    for estimator, features in zip(model.estimators_, model.estimators_features_, strict=True):
        tree = nodes_of(estimator.tree_, features)
        depth = np.ones(len(tree.left))
        for node in range(len(depth)):
            # Children stand behind their parents.
            for child in (tree.left[node], tree.right[node]):
                if child > 0:
                    depth[child] = depth[node] + 1
        path = depth + _average_path(estimator.tree_.n_node_samples) - 1.0
        trees.append(tree)
        depths.append(path[tree.leaves])
    total = sum_of(c.graph, rounded(table), trees, depths).reshape(-1)
    most = len(trees) * float(_average_path(np.array([model._max_samples]))[0])
    scores = -(2.0 ** (-total / most)) if most else c.graph.repeated(-1.0, total)
    decision = scores - float(model.offset_)
    return {
        "predict": c.graph.where(decision < 0.0, -1, 1),
        "decision_function": decision,
        "score_samples": scores,
    }
