"""LightGBM: a Booster is its model as text, LightGBM's own format.

Source: https://lightgbm.readthedocs.io/en/latest/pythonapi/lightgbm.Booster.html (model_to_string)
"""

from __future__ import annotations

from typing import Any

from ...errors import InvalidError
from ..base import Converter
from .lightgbm_text import check_model

__all__ = ["LIGHTGBM"]

_KEPT = ("best_iteration", "best_score", "params")


def _state(value: Any) -> dict[str, Any]:
    state = {name: getattr(value, name, None) for name in _KEPT}
    return {**state, "model": value.model_to_string(num_iteration=-1)}


def _booster(cls: Any, state: dict[str, Any]) -> Any:
    from lightgbm.basic import LightGBMError

    model = state["model"]
    if state.keys() != {*_KEPT, "model"} or type(model) is not str or not model.startswith("tree\n"):
        raise InvalidError("a Booster of LightGBM is made of its model as text, its parameters and its best iteration")
    check_model(model)
    try:
        made = cls(model_str=model)
    except LightGBMError as error:
        raise InvalidError(f"LightGBM cannot read the model ({error!s:.200})") from None
    for name in _KEPT:
        setattr(made, name, state[name])
    return made


LIGHTGBM = (Converter("lightgbm-booster", _state, _booster),)
