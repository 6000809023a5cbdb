"""The predictors of histogram gradient boosting: trees as structured arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import AttributeConverter, Marked

__all__ = ["TREE_PREDICTOR"]


def _to_state(predictor: Any) -> dict[str, Any]:
    state = dict(vars(predictor))
    nodes = state["nodes"]
    # Up to 1.2 feature_idx is as wide on all machines.
    state["nodes"] = Marked(
        nodes, frozenset(("feature_idx",)) if nodes.dtype["feature_idx"] == np.intp else frozenset()
    )
    return state


def _restore(cls: Any, state: dict[str, Any]) -> dict[str, Any]:
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE as dtype

    # feature_idx is as wide as the machine's pointers: the running release's own dtype decides.
    nodes = state["nodes"]
    if nodes.dtype is not dtype and nodes.dtype != dtype:
        filled = np.zeros(nodes.shape, dtype)
        for name in dtype.names:
            filled[name] = nodes[name]
        state["nodes"] = filled
    return state


TREE_PREDICTOR = AttributeConverter("tree-predictor", _to_state, _restore)
