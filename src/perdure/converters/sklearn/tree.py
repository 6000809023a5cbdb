"""Trees: `Tree` of scikit-learn's Cython code, a node a column."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ...errors import InvalidError
from ..base import Converter, Marked

__all__ = ["CRITERION", "TREE"]

_INTP = frozenset(("left_child", "right_child", "feature", "n_node_samples"))


def _to_state(tree: Any) -> dict[str, Any]:
    state = tree.__getstate__()
    return {
        "max_depth": int(state["max_depth"]),
        "n_classes": Marked(tree.n_classes),
        "n_features": int(tree.n_features),
        "n_outputs": int(tree.n_outputs),
        "nodes": Marked(state["nodes"], _INTP),
        "values": state["values"],
    }


def _from_state(cls: Any, state: dict[str, Any]) -> Any:
    nodes = state["nodes"]
    # Padding bytes are not kept in the file, so the running release's own dtype is filled by field.
    dtype = sys.modules[cls.__module__].NODE_DTYPE
    if nodes.dtype != dtype:
        filled = np.zeros(nodes.shape, dtype)
        for name in dtype.names:
            filled[name] = nodes[name]
        nodes = filled
    tree = cls(state["n_features"], state["n_classes"].astype(np.intp, copy=False), state["n_outputs"])
    tree.__setstate__(
        {"max_depth": state["max_depth"], "node_count": len(nodes), "nodes": nodes, "values": state["values"]}
    )
    return tree


TREE = Converter("tree", _to_state, _from_state, copies=True)

# A criterion that was handed in as a parameter: what it is made from, never a state of its own.
_LARGEST = 1 << 24


def _criterion_state(criterion: Any) -> dict[str, Any]:
    n_outputs, sizes = criterion.__reduce__()[1]
    if isinstance(sizes, np.ndarray):
        return {"n_classes": Marked(sizes), "n_outputs": int(n_outputs)}
    return {"n_outputs": int(n_outputs), "n_samples": int(sizes)}


def _criterion(cls: Any, state: dict[str, Any]) -> Any:
    n_outputs = state["n_outputs"]
    if type(n_outputs) is not int or not 1 <= n_outputs <= _LARGEST:
        raise InvalidError("a criterion has at least one output")
    if "n_classes" in state:
        n_classes = state["n_classes"].astype(np.intp)
        if n_classes.shape != (n_outputs,) or n_classes.min() < 1 or n_outputs * int(n_classes.max()) > _LARGEST:
            raise InvalidError("a criterion has a number of classes for each output")
        return cls(n_outputs, n_classes)
    if type(state["n_samples"]) is not int or not 0 <= state["n_samples"] * n_outputs <= 1 << 40:
        raise InvalidError("a criterion has a number of samples")
    return cls(n_outputs, state["n_samples"])


CRITERION = Converter("criterion", _criterion_state, _criterion)
