"""Arrays with gaps or reversed axes, which come back with gaps: see `perdure.arrays.strided`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays.strided import layout, with_strides
from ..base import Converter

__all__ = ["STRIDED", "layout"]


def _to_state(value: Any) -> dict[str, Any]:
    return {"array": np.ascontiguousarray(value), "strides": layout(value.shape, value.strides, value.itemsize)}


def _from_state(cls: Any, state: dict[str, Any]) -> Any:
    return with_strides(state["array"], state["strides"])


STRIDED = Converter("strided", _to_state, _from_state)
