"""Arrays with more than values: masks, record access, strings of any length."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError, UnsupportedError
from ..base import Converter

__all__ = ["MASKED", "MATRIX", "RECARRAY", "STRING_ARRAY", "STRING_DTYPE", "VOID"]


def _array(value: Any) -> np.ndarray[Any, Any]:
    if type(value) is not np.ndarray:
        raise InvalidError("an array was expected")
    return value


# --- masked arrays --------------------------------------------------------------------------------


def _masked_state(value: Any) -> dict[str, Any]:
    mask = np.ma.getmask(value)
    state: dict[str, Any] = {"data": np.asarray(value.data), "mask": None if mask is np.ma.nomask else np.asarray(mask)}
    # Asking for the public fill_value makes one up where none was set.
    fill = value._fill_value
    if fill is not None:
        state["fill_value"] = np.asarray(fill)
    if value.hardmask:
        state["hard"] = True
    return state


def _masked(cls: Any, state: dict[str, Any]) -> Any:
    data, mask = _array(state["data"]), state["mask"]
    if mask is not None and (_array(mask).shape != data.shape or mask.dtype != np.ma.make_mask_descr(data.dtype)):
        raise InvalidError("the mask of a masked array does not fit its data")
    made = cls(data, mask=np.ma.nomask if mask is None else mask, copy=False, hard_mask=bool(state.get("hard", False)))
    if "fill_value" in state:
        made.fill_value = _array(state["fill_value"])[()]
    return made


MASKED = Converter("masked-array", _masked_state, _masked)

# --- views of another class, and scalars of structured arrays --------------------------------------


def _view_state(value: Any) -> dict[str, Any]:
    # _getitem is how numpy.matrix talks to itself.
    if getattr(value, "__dict__", {}).keys() - {"_getitem"}:
        raise UnsupportedError(
            f"a {type(value).__name__} with attributes cannot be saved", fix="keep them in an object"
        )
    return {"array": _plain(value.view(np.ndarray))}


def _plain(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array with the plain form of a dtype of records."""
    return array if array.dtype.names is None else array.view(np.dtype((np.void, array.dtype)))


def _view(cls: Any, state: dict[str, Any]) -> Any:
    return _array(state["array"]).view(cls)


MATRIX = Converter("matrix", _view_state, _view)
RECARRAY = Converter("record-array", _view_state, _view)


def _void_state(value: Any) -> dict[str, Any]:
    if value.dtype.names is None:
        raise UnsupportedError("a void scalar without fields cannot be saved", fix="convert it: bytes(value)")
    return {"array": _plain(np.array(value))}


def _void(cls: Any, state: dict[str, Any]) -> Any:
    array = _array(state["array"])
    if array.shape or array.dtype.names is None:
        raise InvalidError("a record is one value of a structured array")
    return array.view(np.dtype((cls, array.dtype)))[()]


VOID = Converter("void", _void_state, _void)

# --- strings of any length (numpy 2) ------------------------------------------------------------------


def _string_dtype_state(value: Any) -> dict[str, Any]:
    state: dict[str, Any] = {"coerce": value.coerce}
    if hasattr(value, "na_object"):
        state["na_object"] = value.na_object
    return state


def _string_dtype(cls: Any, state: dict[str, Any]) -> Any:
    return cls(**{name: state[name] for name in ("coerce", "na_object") if name in state})


def _string_array(cls: Any, state: dict[str, Any]) -> Any:
    return _array(state["values"]).astype(state["dtype"])


STRING_DTYPE = Converter("string-dtype", _string_dtype_state, _string_dtype)
STRING_ARRAY = Converter(
    "string-array", lambda value: {"dtype": value.dtype, "values": value.astype(object)}, _string_array
)
