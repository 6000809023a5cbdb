"""quantile-forest: the training targets, and for each leaf of each tree the places of those that fell into it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError
from ..base import Converter, Marked

__all__ = ["QUANTILE_FOREST"]


def _state(value: Any) -> dict[str, Any]:
    _, arguments, state = value.__reduce__()
    y_train, leaves, bounds, sparse = arguments
    if sparse:
        leaves = state["matrix1"].toarray().reshape(state["shape1"])
        bounds = state["matrix2"].toarray().reshape(state["shape2"])
    return {
        "sparse_pickle": bool(sparse),
        "y_bound_leaves": np.asarray(bounds),
        "y_train": np.asarray(y_train),
        "y_train_leaves": Marked(np.asarray(leaves, np.intp)),
    }


def _forest(cls: Any, state: dict[str, Any]) -> Any:
    targets, leaves, bounds = (np.asarray(state[name]) for name in ("y_train", "y_train_leaves", "y_bound_leaves"))
    if (
        (targets.dtype, leaves.dtype, bounds.dtype) != (np.float64, np.intp, np.float64)
        or (targets.ndim, leaves.ndim, bounds.ndim) != (2, 4, 3)
        or leaves.shape[2] != targets.shape[0]
        or (bounds.size and bounds.shape[:2] != leaves.shape[:2])
    ):
        raise InvalidError("the arrays of a quantile forest do not fit together")
    # Places are counted from 1; 0 fills up.
    if leaves.size and not (leaves.min() >= 0 and leaves.max() <= targets.shape[1]):
        raise InvalidError("a leaf of a quantile forest holds a place beyond the training targets")
    # Its compiled code goes through the memory as if the last axis came first in it.
    targets, leaves, bounds = map(np.ascontiguousarray, (targets, leaves, bounds))
    return cls(targets, leaves, bounds, bool(state["sparse_pickle"]))


QUANTILE_FOREST = (Converter("quantile-forest", _state, _forest),)
