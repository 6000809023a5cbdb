"""Neighbours: _binary_tree.pxi follows the nodes of KD- and ball trees, and reads data and labels, unchecked."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ..arrays.content import AnyArray
from ..graph.nodes import Object
from .engine import rule
from .members import Members
from .metrics import BALL_METRICS, KD_METRICS, METRICS, check_metric, check_metric_arguments
from .sparse import is_sparse, sparse_shape

__all__ = ["BINARY_TREES"]

#: Type name → (matrices of bounds, metrics, bits).
BINARY_TREES = {
    f"sklearn.neighbors._{module}:{name}{suffix}": (bounds, metrics, 32 if suffix == "32" else 64)
    for module, name, bounds, metrics in (
        ("kd_tree", "KDTree", 2, KD_METRICS),
        ("ball_tree", "BallTree", 1, BALL_METRICS),
    )
    for suffix in ("", "32", "64")
}
# The layouts of small trees are remembered.
_SHALLOW = 8
_NODE = {"idx_start": ("i", (4, 8)), "idx_end": ("i", (4, 8)), "is_leaf": ("i", (4, 8)), "radius": ("f", (8,))}


@rule(*BINARY_TREES)
def binary_trees(trees: Members) -> None:
    """Ranges, sizes and metric of KD- and ball trees."""
    for tree in trees:
        binary_tree(tree)


def binary_tree(tree: Members) -> None:
    """Raise unless a tree is laid out as its builder lays it out."""
    bounds, metrics, bits = BINARY_TREES[next(name for name in tree.types if name in BINARY_TREES)]
    size = (bits // 8,)
    data = tree.array("data", "f", 2, size)
    count, width = data.shape
    tree.require(count >= 1 and width >= 1, "a tree has at least one point", ".data")
    index = tree.array("idx_array", "i", 1, (4, 8))
    tree.require(_is_permutation(index, count), "the indices are not each point once", ".idx_array")

    leaf_size = tree.integer("leaf_size", 1)
    levels = int(np.log2(max(1, (count - 1) / leaf_size)) + 1)
    tree.integer("n_levels", levels, levels)
    nodes = 2**levels - 1
    tree.integer("n_nodes", nodes, nodes)
    for name in ("n_trims", "n_leaves", "n_splits", "n_calls"):
        tree.integer(name, -(2**31), 2**31 - 1)

    fields = {name: pieces.data for name, pieces in tree.fields("node_data", _NODE).items()}
    tree.require(len(fields["radius"]) == nodes, "there are not as many nodes as levels need", ".node_data")
    start, end, leaf = (_few if levels <= _SHALLOW else _layout)(count, levels)
    for name, told, right in (
        ("idx_start", fields["idx_start"], start),
        ("idx_end", fields["idx_end"], end),
        ("is_leaf", fields["is_leaf"], leaf),
    ):
        tree.require(
            bool((told == right).all()), f"{name} is not what the tree's size makes it", f".node_data[{name!r}]"
        )
    shape = tree.array("node_bounds", "f", 3, size).shape
    tree.require(shape == (bounds, nodes, width), "the bounds are not one for each node and feature", ".node_bounds")
    if tree.value("sample_weight") is not None:
        weights = tree.array("sample_weight", "f", 1, size)
        tree.require(len(weights) == count, "there is not one weight for each point", ".sample_weight")
    check_metric(tree.one("dist_metric"), width, metrics, bits)


def _is_permutation(index: AnyArray, count: int) -> bool:
    if len(index) != count or index.min() < 0 or index.max() >= count:
        return False
    seen = np.zeros(count, np.bool_)
    seen[index] = True
    return bool(seen.all())


@lru_cache(maxsize=64)
def _few(count: int, levels: int) -> tuple[AnyArray, AnyArray, AnyArray]:
    return _layout(count, levels)


def _layout(count: int, levels: int) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Return the ranges of the nodes and which are leaves: each node halves the range of its parent."""
    start, end = np.zeros(2**levels - 1, np.int64), np.zeros(2**levels - 1, np.int64)
    end[0] = count
    for level in range(levels - 1):
        first = 2**level - 1
        above = slice(first, 2 * first + 1)
        middle = start[above] + (end[above] - start[above]) // 2
        start[2 * first + 1 : 4 * first + 3 : 2], end[2 * first + 1 : 4 * first + 3 : 2] = start[above], middle
        start[2 * first + 2 : 4 * first + 4 : 2], end[2 * first + 2 : 4 * first + 4 : 2] = middle, end[above]
    leaf = np.zeros(len(start), np.int64)
    leaf[2 ** (levels - 1) - 1 :] = 1
    return start, end, leaf


# --- estimators -------------------------------------------------------------------------------

_MODULE = "sklearn.neighbors"
NEIGHBORS = (
    f"{_MODULE}._classification:KNeighborsClassifier",
    f"{_MODULE}._classification:RadiusNeighborsClassifier",
    f"{_MODULE}._graph:KNeighborsTransformer",
    f"{_MODULE}._graph:RadiusNeighborsTransformer",
    f"{_MODULE}._lof:LocalOutlierFactor",
    f"{_MODULE}._regression:KNeighborsRegressor",
    f"{_MODULE}._regression:RadiusNeighborsRegressor",
    f"{_MODULE}._unsupervised:NearestNeighbors",
)
# A request for more neighbours than points fills memory before it fails.
_MANY = 100_000


@rule(*NEIGHBORS)
def neighbors(models: Members) -> None:
    """Points, labels and trees of estimators of neighbours."""
    for model in models:
        if "_fit_X" in model:
            _fitted(model)


def _fitted(model: Members) -> None:
    count, width = _points(model)
    model.integer("n_samples_fit_", count, count)
    if "n_features_in_" in model:
        model.integer("n_features_in_", width, width)
    for name in ("n_neighbors", "n_neighbors_"):
        if name in model and model.value(name) is not None:
            model.integer(name, None, max(count, _MANY))
    if "radius" in model:
        # Its square is taken in place: of an array that stands elsewhere too, everything there would change.
        radius = model.value("radius")
        model.require(radius is None or model.reader.number(radius) is not None, "radius has to be a number", ".radius")
    check_metric_arguments(model, model.value("effective_metric_params_", None), width, ".effective_metric_params_")
    check_metric_arguments(model, model.value("metric_params", None), width, ".metric_params")
    for name in ("metric", "effective_metric_"):
        value = model.value(name, None)
        if isinstance(value, Object) and value.type in METRICS:
            check_metric(model.one(name), width, frozenset(kind for kind, _ in METRICS.values()), 64)
    method = model.value("_fit_method")
    tree = model.members(model.value("_tree"), "._tree")
    if method == "brute":
        model.require(tree is None, "the method brute has no tree", "._tree")
    else:
        wanted = (
            {"kd_tree": "_kd_tree:KDTree", "ball_tree": "_ball_tree:BallTree"}.get(method)
            if isinstance(method, str)
            else None
        )
        model.require(wanted is not None, "there is no such method", "._fit_method")
        model.require(
            tree is not None and any(str(wanted) in name for name in tree.types),
            "the method has another tree",
            "._tree",
        )
        if tree is not None:
            shape = tree.shapes("data")
            model.require(
                shape is not None and tuple(shape[0]) == (count, width), "the tree is of other points", "._tree"
            )
    if "_y" in model:
        _labels(model, count)


def _points(model: Members) -> tuple[int, int]:
    """Return the shape of the points, dense or sparse."""
    value = model.value("_fit_X")
    if is_sparse(value):
        shape: Any = sparse_shape(model.reader, value)
    else:
        array = model.reader.array(value)
        shape = None if array is None or array.dtype.kind not in "biuf" else array.shape
    if shape is None or len(shape) != 2:
        model.fail("the points have to be a matrix of numbers", 0, "._fit_X")
    return shape[0], shape[1]


def _labels(model: Members, count: int) -> None:
    """One label for each point; those of classifiers number the classes."""
    value = model.value("_y")
    shape = sparse_shape(model.reader, value) if is_sparse(value) else model.reader.shape(value)
    model.require(
        shape is not None and len(shape) >= 1 and shape[0] == count, "there is not one label for each point", "._y"
    )
    if "classes_" not in model or "outputs_2d_" not in model:
        return
    labels = model.reader.array(value)
    model.require(labels is not None and labels.dtype.kind == "i", "labels are integers", "._y")
    classes = model.value("classes_")
    if model.value("outputs_2d_"):
        lists = [model.reader.shape(item) for item in model.reader.items(classes) or ()]
        sizes = [shape[0] for shape in lists if shape]
    else:
        shape = model.reader.shape(classes)
        sizes = [shape[0]] if shape else []
    columns = labels.reshape(count, -1)  # type: ignore[union-attr]
    model.require(columns.shape[1] == len(sizes), "there are labels for another number of outputs", "._y")
    for column, size in enumerate(sizes):
        values = columns[:, column]
        model.require(
            bool(len(values) == 0 or (values.min() >= 0 and values.max() < size)),
            "a label is not one of the classes",
            "._y",
        )


@rule(f"{_MODULE}._kde:KernelDensity")
def kernel_density(models: Members) -> None:
    """The tree of a density is one, of its features."""
    for model in models:
        if "tree_" not in model:
            continue
        tree = model.one("tree_")
        model.require(any(name in BINARY_TREES for name in tree.types), f"a {tree.type} cannot stand there", ".tree_")
        shape = tree.shapes("data")
        width = model.integer("n_features_in_", 1)
        model.require(shape is not None and shape[0, 1] == width, "the tree is of other features", ".tree_")
        check_metric_arguments(model, model.value("metric_params", None), width, ".metric_params")
