"""Isotonic regression: its interpolator follows from the thresholds."""

from __future__ import annotations

from typing import Any

from ...errors import InvalidError
from ..base import AttributeConverter

__all__ = ["ISOTONIC"]


def _to_state(model: Any) -> dict[str, Any]:
    state = dict(vars(model))
    # A function of scikit-learn's own making, which its __getstate__ leaves out too.
    state.pop("f_", None)
    return state


def _restore(cls: Any, state: dict[str, Any]) -> dict[str, Any]:
    if "X_thresholds_" in state and "y_thresholds_" in state:
        x, y = state["X_thresholds_"], state["y_thresholds_"]
        if getattr(x, "ndim", 0) != 1 or getattr(y, "shape", None) != x.shape or not len(x):
            raise InvalidError("the thresholds of an isotonic regression are two rows of one length")
        model = object.__new__(cls)
        vars(model).update(state)
        # By the class: nothing that the file holds is called.
        cls._build_f(model, x, y)
        return dict(vars(model))
    return state


ISOTONIC = AttributeConverter("isotonic", _to_state, _restore)
