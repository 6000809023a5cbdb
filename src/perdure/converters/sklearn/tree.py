"""Trees: `Tree` of scikit-learn's Cython code, a node a column."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ..base import Converter, Marked

__all__ = ["TREE"]

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
