"""The model of an xgboost Booster: what its reader and its predictors in C++ would believe is looked at first.

Source: ``LoadModel`` of src/learner.cc, src/gbm/gbtree_model.cc, src/gbm/gblinear_model.cc, src/tree/tree_model.cc,
src/tree/multi_target_tree_model.cc and src/data/cat_container.cc of xgboost.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ...errors import InvalidError
from .ubjson import read_ubjson

__all__ = ["check_booster"]

_DIGITS = re.compile(r"[0-9]{1,9}")
_SCORE = re.compile(r"\[?[-+0-9.eE,naif]{1,100000}\]?")
# Of a model without trees; one with trees has as many.
_MOST_OUTPUTS = 1_024
_MOST_CATEGORIES = 1 << 24
_DEEPEST = 20_000
_NO_PARENT = 2**31 - 1
_PER_NODE = (
    "default_left",
    "left_children",
    "loss_changes",
    "parents",
    "right_children",
    "split_conditions",
    "split_indices",
    "sum_hessian",
)


def check_booster(data: bytes) -> None:
    r"""Raise InvalidError unless the trees of a model lie within their own bounds.

    Parameters
    ----------
    data : bytes
        As ``Booster.save_raw("ubj")`` gives it.

    Examples
    --------
    >>> from perdure.converters.packs.xgboost_model import check_booster
    >>> check_booster(b"{}")
    Traceback (most recent call last):
    perdure.errors.InvalidError: the model of xgboost has no learner
    """
    model = read_ubjson(data)
    learner = _member(model, "learner", dict)
    version = _numbers(_member(model, "version", (list, np.ndarray)), "version")
    if len(version) != 3 or not 1 <= int(version[0]) <= 1_000:
        raise _wrong("is of no version that is known")
    parameters = _member(learner, "learner_model_param", dict)
    features = _whole(parameters, "num_feature")
    classes, targets = _whole(parameters, "num_class"), _whole({"num_target": "1", **parameters}, "num_target")
    outputs = max(classes, targets, 1)
    score = _member(parameters, "base_score", str)
    if not _SCORE.fullmatch(score) or score.count(",") + 1 not in (1, outputs):
        raise _wrong("has a base_score that is no number, or not one for each output")
    for name in ("feature_names", "feature_types"):
        texts = learner.get(name, [])
        if not isinstance(texts, list) or len(texts) not in (0, features) or not all(type(t) is str for t in texts):
            raise _wrong(f"has {name} that do not fit its {features:,} features")
    _check_objective(_member(learner, "objective", dict), classes)
    attributes = learner.get("attributes", {})
    if not isinstance(attributes, dict) or not all(type(value) is str for value in attributes.values()):
        raise _wrong("has attributes that are no texts")
    booster = _member(learner, "gradient_booster", dict)
    name = _member(booster, "name", str)
    if name == "gblinear":
        _check_linear(_member(booster, "model", dict), features, outputs)
    elif name in ("gbtree", "dart"):
        inner = _member(booster, "gbtree", dict) if name == "dart" else booster
        trees = _member(inner, "model", dict)
        count = _check_trees(trees, features, outputs, len(data))
        for holder in (booster, trees):
            drop = holder.get("weight_drop", [])
            if len(_numbers(drop, "weight_drop")) not in (0, count):
                raise _wrong("has a weight_drop that is not one for each tree")
    else:
        raise _wrong(f"has a booster {name!r:.40}, which xgboost does not have")


def _wrong(what: str) -> InvalidError:
    return InvalidError(f"the model of xgboost {what}")


def _member(holder: Any, name: str, kind: type | tuple[type, ...]) -> Any:
    if not isinstance(holder, dict) or not isinstance(holder.get(name), kind):
        raise _wrong(f"has no {name}")
    return holder[name]


def _whole(holder: dict[str, Any], name: str) -> int:
    text = _member(holder, name, str)
    if not _DIGITS.fullmatch(text):
        raise _wrong(f"has a {name} that is no number")
    return int(text)


def _numbers(value: Any, name: str) -> np.ndarray:
    """Return a row of numbers, as whole ones where they are."""
    if isinstance(value, np.ndarray):
        return value.astype(np.int64) if value.dtype.kind in "iu" else value
    if not isinstance(value, list) or not all(type(item) in (int, float, bool) for item in value):
        raise _wrong(f"has a {name} that is no row of numbers")
    return np.array(value, np.float64 if any(type(item) is float for item in value) else np.int64)


def _integers(holder: dict[str, Any], name: str, count: int | None = None) -> np.ndarray:
    found = _numbers(holder.get(name), name)
    if found.dtype.kind != "i" or (count is not None and len(found) != count):
        raise _wrong(f"has a {name} of another length or kind than it needs")
    return found


def _check_objective(objective: dict[str, Any], classes: int) -> None:
    _member(objective, "name", str)
    for name, value in objective.items():
        if isinstance(value, dict):
            # Softmax goes through the scores by its own number.
            if "num_class" in value and _whole(value, "num_class") != classes:
                raise _wrong("has an objective of another number of classes")
        elif not isinstance(value, (str, list, np.ndarray)):
            raise _wrong(f"has an objective with a {name:.40} that is none")


def _check_linear(model: dict[str, Any], features: int, outputs: int) -> None:
    weights = _numbers(model.get("weights"), "weights")
    if len(weights) != (features + 1) * outputs:
        raise _wrong("has weights for another number of features or outputs")
    if not 0 <= model.get("boosted_rounds", 0) < 2**31:
        raise _wrong("has boosted_rounds that cannot be")


def _check_trees(model: dict[str, Any], features: int, outputs: int, size: int) -> int:
    parameters = _member(model, "gbtree_model_param", dict)
    trees = _member(model, "trees", list)
    groups = _integers(model, "tree_info", len(trees))
    if _whole(parameters, "num_trees") != len(trees):
        raise _wrong("has another number of trees than it says")
    if outputs > max(len(trees), _MOST_OUTPUTS) or not ((groups >= 0) & (groups < outputs)).all():
        raise _wrong("has trees of an output that it does not have")
    if "num_parallel_tree" in parameters and not 1 <= _whole(parameters, "num_parallel_tree") <= max(len(trees), 1_024):
        raise _wrong("has a num_parallel_tree that cannot be")
    if "iteration_indptr" in model:
        starts = _integers(model, "iteration_indptr")
        if not len(starts) or starts[0] or starts[-1] != len(trees) or (np.diff(starts) < 0).any():
            raise _wrong("has an iteration_indptr that does not lead through its trees")
    _check_structure([_Tree(tree, i, features, outputs) for i, tree in enumerate(trees)], features)
    bits = sum(_check_splits(tree, i) for i, tree in enumerate(trees))
    if bits // 8 > (1 << 20) + 1_024 * size:
        raise _wrong("has categories that would fill the memory")
    if "cats" in model:
        _check_encoding(_member(model, "cats", dict), features)
    return len(trees)


class _Tree:
    """The arrays of one tree, of the lengths that they must have."""

    def __init__(self, tree: Any, number: int, features: int, outputs: int) -> None:
        parameters = _member(tree, "tree_param", dict)
        count = _whole(parameters, "num_nodes")
        width = _whole(parameters, "size_leaf_vector")
        if not isinstance(tree.get("id", number), int) or tree.get("id", number) != number or count < 1:
            raise _wrong(f"has a tree {number} without nodes, or at another place")
        if _whole(parameters, "num_feature") not in (0, features) or width not in (0, 1, outputs):
            raise _wrong(f"has a tree {number} of other features or outputs")
        for name in _PER_NODE:
            # Trees of several outputs keep no statistics before xgboost 3.
            if name in tree or width < 2 or name not in ("loss_changes", "sum_hessian"):
                found = _numbers(tree.get(name), name)
                if len(found) != count:
                    raise _wrong(f"has a tree {number} whose {name} are not one for each node")
        self.left = _integers(tree, "left_children")
        self.right = _integers(tree, "right_children")
        self.parents = _integers(tree, "parents")
        self.feature = _integers(tree, "split_indices")
        self.vector = width > 1
        leaves = int((self.left == -1).sum())
        weights = _numbers(tree.get("base_weights"), "base_weights")
        if self.vector:
            if "leaf_weights" in tree:
                # A leaf says where its row of weights is, in the place of its child.
                rows = _numbers(tree["leaf_weights"], "leaf_weights")
                if len(rows) % width or not (self.right[self.left == -1] < max(len(rows) // width, 1)).all():
                    raise _wrong(f"has a tree {number} whose leaves have no weights")
            elif len(weights) != count * width:
                raise _wrong(f"has a tree {number} whose weights are not one for each node and output")
        elif len(weights) != count:
            raise _wrong(f"has a tree {number} whose weights are not one for each node")
        if leaves < 1:
            raise _wrong(f"has a tree {number} without a leaf")


def _check_structure(trees: list[_Tree], features: int) -> None:
    """Go down all trees at once, a level a step: no node is met twice, none lies outside of its tree."""
    if not trees:
        return
    sizes = np.array([len(tree.left) for tree in trees])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    left, right, parents, feature = (
        np.concatenate([getattr(tree, name) for tree in trees]) for name in ("left", "right", "parents", "feature")
    )
    size, start = np.repeat(sizes, sizes), np.repeat(starts, sizes)
    plain = np.repeat([not tree.vector for tree in trees], sizes)
    met = np.zeros(len(left), bool)
    level = starts
    met[level] = True
    if not np.isin(parents[level], (_NO_PARENT, -1)).all():
        raise _wrong("has a tree whose root has a parent")
    # Its reader looks at the parent of every node, of those too that no way leads to.
    others = np.delete(np.arange(len(left)), level)
    if not ((parents[others] >= 0) & (parents[others] < size[others])).all():
        raise _wrong("has a node whose parent lies outside of its tree")
    for _ in range(_DEEPEST):
        leaf = left[level] == -1
        if (leaf & plain[level] & (right[level] != -1)).any():
            raise _wrong("has a leaf with a child")
        inner = level[~leaf]
        if not len(inner):
            return
        if not ((feature[inner] >= 0) & (feature[inner] < features)).all():
            raise _wrong(f"splits by a feature beyond its {features:,}")
        down = np.concatenate([left[inner], right[inner]])
        above = np.concatenate([inner, inner])
        if not ((down > 0) & (down < size[above])).all():
            raise _wrong("has a tree that leads out of itself")
        level = down + start[above]
        if met[level].any() or len(np.unique(level)) != len(level) or (parents[level] + start[above] != above).any():
            raise _wrong("has a node with two parents")
        met[level] = True
    raise _wrong(f"has a tree deeper than {_DEEPEST:,}")


def _check_splits(tree: dict[str, Any], number: int) -> int:
    """Look at the categories that a tree splits by; return the bits that xgboost takes for them."""
    if "split_type" not in tree:
        return 0
    kinds = _integers(tree, "split_type", len(tree["left_children"]))
    nodes, beginnings, lengths, categories = (
        _integers(tree, name) for name in ("categories_nodes", "categories_segments", "categories_sizes", "categories")
    )
    whole = (
        ((kinds == 0) | (kinds == 1)).all()
        and np.array_equal(nodes, np.flatnonzero(kinds))
        and len(nodes) == len(beginnings) == len(lengths)
        and ((beginnings >= 0) & (lengths > 0) & (lengths <= len(categories) - beginnings)).all()
        and ((categories >= 0) & (categories < _MOST_CATEGORIES)).all()
    )
    if not whole:
        raise _wrong(f"has a tree {number} whose categories lie outside of it")
    if len(nodes) and int(lengths.sum()) > len(categories):
        raise _wrong(f"has a tree {number} that uses a category twice")
    return sum(int(categories[b : b + n].max()) + 32 for b, n in zip(beginnings, lengths, strict=True))


def _check_encoding(cats: dict[str, Any], features: int) -> None:
    columns = _member(cats, "enc", list)
    segments, order = _integers(cats, "feature_segments"), _integers(cats, "sorted_idx")
    if not columns:
        if len(segments) or len(order):
            raise _wrong("has categories of no column")
        return
    if len(columns) != features or len(segments) != features + 1 or segments[0] != 0:
        raise _wrong("has categories of other columns than its own")
    for i, column in enumerate(columns):
        values = _integers(column if isinstance(column, dict) else {}, "values")
        count = len(values)
        if "offsets" in column:
            offsets = _integers(column, "offsets")
            # A column of numbers has no offsets at all.
            count = max(len(offsets) - 1, 0)
            ends = (offsets[0], offsets[-1]) if len(offsets) else (0, 0)
            if ends != (0, len(values)) or (np.diff(offsets) < 0).any():
                raise _wrong(f"has texts of categories of column {i} that lie outside of it")
        elif column.get("type") not in range(16):
            raise _wrong(f"has categories of column {i} of no kind")
        if segments[i + 1] - segments[i] != count:
            raise _wrong(f"has another number of categories of column {i} than it says")
        if not np.array_equal(np.sort(order[segments[i] : segments[i + 1]]), np.arange(count)):
            raise _wrong(f"has categories of column {i} in no order")
    if segments[-1] != len(order):
        raise _wrong("has categories in no order")
