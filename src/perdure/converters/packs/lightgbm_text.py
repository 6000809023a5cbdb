"""The text of a LightGBM model: what its reader in C++ would believe is looked at first.

Source: the keys as written by ``Tree::ToString`` and read by ``Tree::Tree`` in LightGBM's src/io/tree.cpp, and by
``GBDT::SaveModelToString`` in src/boosting/gbdt_model_text.cpp.
"""

from __future__ import annotations

import re

import numpy as np

from ...errors import InvalidError

__all__ = ["check_model"]

_END = "end of trees\n"
# How many values each has, for a tree of n leaves.
_SPLITS = ("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child")
_INNER = ("internal_value", "internal_weight", "internal_count")
_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
_NEEDED = ("split_feature", "threshold", "decision_type", "left_child", "right_child", "leaf_value")
_INTEGERS = frozenset(
    (
        "num_leaves",
        "num_cat",
        "split_feature",
        "decision_type",
        "left_child",
        "right_child",
        "leaf_count",
        "internal_count",
        "cat_boundaries",
        "cat_threshold",
        "is_linear",
        "num_features",
        "leaf_features",
        "max_feature_idx",
        "num_class",
        "num_tree_per_iteration",
        "tree_sizes",
    )
)
_OF_TREES = frozenset((*_INTEGERS, *_SPLITS, *_INNER, *_LEAVES, "leaf_const", "leaf_coeff", "shrinkage"))
# C++ ends the process over a number that it cannot read, where it reads trees in threads.
_INTEGER = re.compile(r"-?[0-9]{1,10}")
_CLASSES = re.compile(r"\bnum_class:([^ ]*)")
_PARAMETER = re.compile(r"\[([a-z0-9_]{1,80}): (.*)\]")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]{1,3})?|inf|nan)")


def check_model(text: str) -> None:
    r"""Raise InvalidError unless the trees of a model lie within their own bounds.

    Parameters
    ----------
    text : str
        As ``Booster.model_to_string`` writes it.

    Examples
    --------
    >>> from perdure.converters.packs.lightgbm_text import check_model
    >>> check_model("tree\nversion=v4\n")
    Traceback (most recent call last):
    perdure.errors.InvalidError: the text of a LightGBM model has no tree_sizes
    """
    head, found, _ = text.partition("\n\n")
    header = _fields(head)
    if "tree_sizes" not in header or not found:
        raise InvalidError("the text of a LightGBM model has no tree_sizes")
    sizes = _numbers(header, "tree_sizes", None, 0)
    features = int(_numbers(header, "max_feature_idx", 1, 0)[0]) + 1
    for name in ("num_class", "num_tree_per_iteration"):
        if not 1 <= int(_numbers(header, name, 1, 0)[0]) <= max(len(sizes), 1):
            raise InvalidError(f"{name} of a LightGBM model does not fit its trees")
    # What turns scores into probabilities goes by its own number of classes.
    said = _CLASSES.findall(header.get("objective", ""))
    if {header["num_tree_per_iteration"], *said} != {header["num_class"]}:
        raise InvalidError("the objective of a LightGBM model, or its trees, are of another number of classes")
    data = text.encode("utf-8")
    place = len(head.encode("utf-8")) + 2
    for i, size in enumerate(sizes.tolist()):
        block = data[place : place + int(size)]
        if not 0 < size == len(block) or not block.startswith(f"Tree={i}\n".encode()):
            raise InvalidError(f"tree {i} of a LightGBM model is not where tree_sizes says")
        _check_tree(block.decode("utf-8", "replace"), i, features)
        place += int(size)
    if not data[place:].startswith(_END.encode()):
        raise InvalidError("the text of a LightGBM model does not end after its trees")
    _check_parameters(data[place:].decode("utf-8", "replace"))


def _check_parameters(tail: str) -> None:
    _, found, rest = tail.partition("\nparameters:\n")
    if not found:
        return
    lines = rest.partition("\nend of parameters\n")[0].rstrip("\n").split("\n")
    names = [match[1] for match in map(_PARAMETER.fullmatch, lines) if match is not None]
    if len(names) != len(lines) or len(set(names)) != len(names) or "\nend of parameters\n" not in rest:
        raise InvalidError("the parameters of a LightGBM model have a line that is none, or one twice")


def _fields(block: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in block.splitlines():
        name, equals, value = line.partition("=")
        if equals and found.setdefault(name, value) != value:
            raise InvalidError(f"the text of a LightGBM model has {name:.40} twice")
    return found


def _numbers(fields: dict[str, str], name: str, count: int | None, least: float = -np.inf) -> np.ndarray:
    pieces = fields.get(name, "-").split()
    form = _INTEGER if name in _INTEGERS else _FLOAT
    if not all(map(form.fullmatch, pieces)):
        raise InvalidError(f"{name} of a LightGBM model is missing, or no row of numbers")
    found = np.array(pieces, np.float64)
    if (count is not None and len(found) != count) or not (found[~np.isnan(found)] >= least).all():
        raise InvalidError(f"{name} of a LightGBM model does not fit the number of its leaves")
    return found


def _check_tree(block: str, number: int, features: int) -> None:
    _, *lines = block.rstrip("\n").split("\n")
    fields = _fields("\n".join(lines))
    if len(fields) != len(lines) or not fields.keys() <= _OF_TREES:
        raise InvalidError(f"tree {number} of a LightGBM model has a line that is none of a tree")
    leaves = int(_numbers(fields, "num_leaves", 1, 1)[0])
    if leaves > len(block):
        raise InvalidError(f"tree {number} of a LightGBM model says that it has {leaves:,} leaves")
    splits = leaves - 1
    for names, count in ((_SPLITS, splits), (_INNER, splits), (_LEAVES, leaves)):
        for name in names:
            if name in fields or name in _NEEDED:
                _numbers(fields, name, count if splits or name == "leaf_value" else None)
    if splits:
        _check_nodes(fields, number, splits, features)
    _numbers(fields, "shrinkage", 1)
    if int(_numbers(fields, "num_cat", 1, 0)[0]):
        _check_categories(fields, number, splits)
    if "is_linear" in fields and _numbers(fields, "is_linear", 1, 0)[0]:
        _check_linear(fields, number, leaves, features)


def _check_nodes(fields: dict[str, str], number: int, splits: int, features: int) -> None:
    feature = _numbers(fields, "split_feature", splits, 0)
    children = np.concatenate([_numbers(fields, side, splits) for side in ("left_child", "right_child")])
    parents = np.tile(np.arange(splits), 2)
    inner = children >= 0
    # A split lies behind its parent, so no way down goes round; each leaf, as ~leaf, and each split is met once.
    met = np.sort(children)
    whole = np.array_equal(met, np.concatenate([np.arange(-splits - 1, 0), np.arange(1, splits)]))
    if not whole or not (children[inner] > parents[inner]).all() or not (feature < features).all():
        raise InvalidError(f"tree {number} of a LightGBM model leads out of itself")


def _check_categories(fields: dict[str, str], number: int, splits: int) -> None:
    count = int(_numbers(fields, "num_cat", 1, 0)[0])
    bounds = _numbers(fields, "cat_boundaries", count + 1, 0)
    words = _numbers(fields, "cat_threshold", None, 0)
    kinds = _numbers(fields, "decision_type", splits, 0).astype(np.int64)
    which = _numbers(fields, "threshold", splits)[(kinds & 1) == 1]
    if (
        bounds[0] != 0
        or not (np.diff(bounds) >= 0).all()
        or bounds[-1] != len(words)
        or not ((which >= 0) & (which < count)).all()
    ):
        raise InvalidError(f"the categories of tree {number} of a LightGBM model lie outside of it")


def _check_linear(fields: dict[str, str], number: int, leaves: int, features: int) -> None:
    counts = _numbers(fields, "num_features", leaves, 0)
    used = _numbers(fields, "leaf_features", None, 0)
    _numbers(fields, "leaf_const", leaves)
    if _numbers(fields, "leaf_coeff", int(counts.sum())).size != len(used) or not (used < features).all():
        raise InvalidError(f"the leaves of tree {number} of a LightGBM model use features that it does not have")
