"""KD-trees, ball trees and the distance metrics that they use."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ...errors import InvalidError
from ..base import Converter, Marked

__all__ = ["BINARY_TREE", "DISTANCE_METRIC"]

_NODE_INTP = frozenset(("idx_start", "idx_end", "is_leaf"))
# The order of BinaryTree.__getstate__ (sklearn/neighbors/_binary_tree.pxi.tp, 1.2 to 1.9).
_PARTS = (
    "data", "idx_array", "node_data", "node_bounds", "leaf_size", "n_levels", "n_nodes",
    "n_trims", "n_leaves", "n_splits", "n_calls", "dist_metric", "sample_weight",
)  # fmt: skip
_STATISTICS = ("n_trims", "n_leaves", "n_splits", "n_calls")


def _tree_state(tree: Any) -> dict[str, Any]:
    state = dict(zip(_PARTS, tree.__getstate__(), strict=True))
    state["idx_array"] = Marked(state["idx_array"])
    state["node_data"] = Marked(state["node_data"], _NODE_INTP)
    for name in ("leaf_size", "n_levels", "n_nodes"):
        state[name] = int(state[name])
    # How often the tree was asked says nothing of the model, which is the same bytes after a prediction.
    state.update(dict.fromkeys(_STATISTICS, 0))
    return state


def _node_dtype() -> Any:
    """Return the dtype of a node, laid out as this machine's compiler does: 32-bit ones differ among themselves."""
    fields = [("idx_start", np.intp), ("idx_end", np.intp), ("is_leaf", np.intp), ("radius", np.float64)]
    laid = np.dtype(fields, align=True)
    # Without the mark of it, which no tree of scikit-learn's own has.
    offsets = [laid.fields[name][1] for name, _ in fields]  # type: ignore[index]
    spec = {"names": [*laid.names], "formats": [kind for _, kind in fields], "offsets": offsets}  # type: ignore[misc]
    return np.dtype({**spec, "itemsize": laid.itemsize})  # type: ignore[call-overload]


def _tree(cls: Any, state: dict[str, Any]) -> Any:
    tree = cls.__new__(cls)
    nodes = state["node_data"]
    filled = np.zeros(nodes.shape, _node_dtype())
    for name in filled.dtype.names or ():
        filled[name] = nodes[name]
    parts = dict(state, node_data=filled, idx_array=state["idx_array"].astype(np.intp, copy=False))
    tree.__setstate__(tuple(parts[name] for name in _PARTS))
    return tree


BINARY_TREE = Converter("binary-tree", _tree_state, _tree)


def _metric_state(metric: Any) -> dict[str, Any]:
    p, vector, matrix, *function = metric.__getstate__()
    state: dict[str, Any] = {"mat": np.asarray(matrix), "p": float(p), "vec": np.asarray(vector)}
    if function:
        state["func"], state["kwargs"] = function
    return state


def _metric(cls: Any, state: dict[str, Any]) -> Any:
    metric = cls.__new__(cls)
    # Up to scikit-learn 1.2, whose metric has no precision in its name, the vector is where it works.
    works = hasattr(sys.modules[cls.__module__], "MahalanobisDistance") and cls.__name__.startswith("Mahalanobis")
    if works and len(state["vec"]) != len(state["mat"]):
        raise InvalidError("the work space of a Mahalanobis distance is not as long as its matrix")
    parts = [float(state["p"]), state["vec"], state["mat"]]
    if "func" in state:
        if not callable(state["func"]) or type(state["kwargs"]) is not dict:
            raise InvalidError("a metric is a function and its keywords")
        parts += [state["func"], state["kwargs"]]
    metric.__setstate__(tuple(parts))
    return metric


DISTANCE_METRIC = Converter("distance-metric", _metric_state, _metric)
