"""Losses of scikit-learn's Cython code: a class and at most a few floats."""

from __future__ import annotations

from typing import Any

from ..base import Converter

__all__ = ["LOSS"]

# Constructor arguments by class, from sklearn/_loss/_loss.pyx.tp and linear_model/_sgd_fast.pyx.tp (1.2 to 1.9).
_ARGUMENTS = {
    "CyPinballLoss": ("quantile",),
    "CyHuberLoss": ("delta",),
    "CyHalfTweedieLoss": ("power",),
    "CyHalfTweedieLossIdentity": ("power",),
    "Hinge": ("threshold",),
    "SquaredHinge": ("threshold",),
    "Huber": ("c",),
    "EpsilonInsensitive": ("epsilon",),
    "SquaredEpsilonInsensitive": ("epsilon",),
}


def _to_state(loss: Any) -> dict[str, Any]:
    names = _ARGUMENTS.get(type(loss).__name__, ())
    if not names:
        return {}
    # The attributes are private to C, so reduce tells the arguments: by the class, or by Cython's own function.
    made_by, given, *state = loss.__reduce__()
    if made_by is not type(loss):
        given = given[2] or state[0]
    return {name: float(value) for name, value in zip(names, given, strict=True)}


def _from_state(cls: Any, state: dict[str, Any]) -> Any:
    return cls(*(float(state[name]) for name in _ARGUMENTS.get(cls.__name__, ())))


LOSS = Converter("loss", _to_state, _from_state)
