"""The predictors of histogram gradient boosting: trees as structured arrays."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ..base import AttributeConverter, Marked

__all__ = ["TREE_PREDICTOR"]

_INTP = frozenset(("feature_idx",))


def _to_state(predictor: Any) -> dict[str, Any]:
    state = dict(vars(predictor))
    state["nodes"] = Marked(state["nodes"], _INTP)
    return state


def _restore(cls: Any, state: dict[str, Any]) -> dict[str, Any]:
    # feature_idx is as wide as the machine's pointers: the running release's own dtype decides.
    dtype = sys.modules[cls.__module__].PREDICTOR_RECORD_DTYPE
    nodes = state["nodes"]
    if nodes.dtype != dtype:
        filled = np.zeros(nodes.shape, dtype)
        for name in dtype.names:
            filled[name] = nodes[name]
        state["nodes"] = filled
    return state


TREE_PREDICTOR = AttributeConverter("tree-predictor", _to_state, _restore)
