"""The predictors of histogram gradient boosting: trees as structured arrays."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ..base import Converter, Marked

__all__ = ["TREE_PREDICTOR"]

_INTP = frozenset(("feature_idx",))


def _to_state(predictor: Any) -> dict[str, Any]:
    state = dict(vars(predictor))
    state["nodes"] = Marked(state["nodes"], _INTP)
    return state


def _from_state(cls: type, state: dict[str, Any]) -> Any:
    nodes = state["nodes"]
    # feature_idx is as wide as the machine's pointers: the running release's own dtype decides.
    dtype = sys.modules[cls.__module__].PREDICTOR_RECORD_DTYPE
    if nodes.dtype != dtype:
        filled = np.zeros(nodes.shape, dtype)
        for name in dtype.names:
            filled[name] = nodes[name]
        nodes = filled
    predictor = object.__new__(cls)
    vars(predictor).update(state, nodes=nodes)
    return predictor


TREE_PREDICTOR = Converter("tree-predictor", _to_state, _from_state)
