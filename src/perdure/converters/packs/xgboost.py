"""xgboost: a Booster is its model in UBJSON, xgboost's own format, which every later release reads.

Source: https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html
"""

from __future__ import annotations

from typing import Any

from ...errors import InvalidError, UnsupportedError
from ..base import Converter
from .xgboost_model import check_booster

__all__ = ["XGBOOST"]


def _state(value: Any) -> dict[str, Any]:
    from xgboost.core import XGBoostError

    try:
        model = bytes(value.save_raw(raw_format="ubj"))
    except XGBoostError as error:
        raise UnsupportedError(f"xgboost cannot say what this Booster is ({error})", fix="train it first") from None
    # What was set by hand, such as best_iteration, is among the model's own attributes.
    return {"model": model}


def _booster(cls: Any, state: dict[str, Any]) -> Any:
    from xgboost.core import XGBoostError

    model = state["model"]
    if state.keys() != {"model"} or type(model) is not bytes or not model.startswith(b"{"):
        raise InvalidError("a Booster of xgboost is made of its model in UBJSON, and of nothing else")
    check_booster(model)
    made = cls()
    try:
        made.load_model(bytearray(model))
    except XGBoostError as error:
        raise InvalidError(f"xgboost cannot read the model ({str(error).splitlines()[0]:.200})") from None
    return made


XGBOOST = (Converter("xgboost-booster", _state, _booster),)
