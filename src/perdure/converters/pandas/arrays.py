"""The values of columns that are more than an array of numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError, UnsupportedError
from ..base import Alone, Converter
from .scalars import string_dtype, string_state, text, zone_name

__all__ = [
    "CATEGORICAL",
    "DATETIMES",
    "INTERVALS",
    "NULLABLE",
    "PERIODS",
    "SPARSE_ARRAY",
    "STRINGS",
    "datetimes",
    "datetimes_state",
    "one_dimension",
]


def one_dimension(value: Any) -> Any:
    """Return the values of a column, InvalidError for what is none."""
    if getattr(value, "ndim", None) != 1:
        raise InvalidError("the values of a column have one dimension")
    return value


# --- categories -------------------------------------------------------------------------------------


def _categorical_state(value: Any) -> dict[str, Any]:
    return {"categories": Alone(value.categories), "codes": Alone(np.asarray(value.codes)), "ordered": value.ordered}


def _categorical(cls: Any, state: dict[str, Any]) -> Any:
    return cls.from_codes(one_dimension(state["codes"]), categories=state["categories"], ordered=state["ordered"])


CATEGORICAL = Converter("pandas-categorical", _categorical_state, _categorical)

# --- numbers and truth values with missing ones -------------------------------------------------------


def _nullable(cls: Any, state: dict[str, Any]) -> Any:
    return cls(one_dimension(state["data"]), one_dimension(state["mask"]))


NULLABLE = Converter(
    "pandas-nullable", lambda value: {"data": Alone(value._data), "mask": Alone(value._mask)}, _nullable
)

# --- text ---------------------------------------------------------------------------------------------


def _strings_state(value: Any) -> dict[str, Any]:
    items = [item if isinstance(item, str) else None for item in value]
    return {"items": items, **string_state(value.dtype)}


def _strings(cls: Any, state: dict[str, Any]) -> Any:
    import pandas as pd

    items = state["items"]
    if type(items) is not list or not all(item is None or isinstance(item, str) for item in items):
        raise InvalidError("a column of text holds texts")
    dtype = string_dtype(None, state)
    if isinstance(dtype, np.dtype):
        return np.array([np.nan if item is None else item for item in items], dtype=object)
    return pd.array(items, dtype=dtype)


STRINGS = Converter("pandas-strings", _strings_state, _strings)

# --- time -----------------------------------------------------------------------------------------------


def datetimes_state(value: Any) -> dict[str, Any]:
    """Return the moments as numpy's, in UTC where they have a zone, and the zone."""
    import pandas as pd

    dtype = value.dtype
    unit = np.datetime_data(dtype)[0] if isinstance(dtype, np.dtype) else dtype.unit
    state: dict[str, Any] = {"values": Alone(value.asi8.view(f"{dtype.kind}8[{unit}]"))}
    zone = zone_name(getattr(value, "tz", None))
    if zone is not None:
        state["zone"] = zone
    # An index has a frequency; the values of a column have none, or none that matters.
    if isinstance(value, pd.Index) and value.freq is not None:
        state["frequency"] = value.freq
    return state


def datetimes(index: Any, state: dict[str, Any], name: Any = None) -> Any:
    """Return the index of moments or durations."""
    values = one_dimension(state["values"])
    if "zone" in state:
        made = index(values).tz_localize("UTC").tz_convert(text(state["zone"]))
    else:
        made = index(values)
    if "frequency" in state:
        made.freq = state["frequency"]
    return made if name is None else made.rename(name)


def _datetimes(cls: Any, state: dict[str, Any]) -> Any:
    import pandas as pd

    index = pd.DatetimeIndex if one_dimension(state["values"]).dtype.kind == "M" else pd.TimedeltaIndex
    return datetimes(index, state).array


DATETIMES = Converter("pandas-datetimes", datetimes_state, _datetimes)


def _periods(cls: Any, state: dict[str, Any]) -> Any:
    import pandas as pd

    dtype = pd.PeriodDtype(text(state["frequency"]))
    ordinals = one_dimension(state["ordinals"])
    if ordinals.dtype != np.int64:
        raise InvalidError("periods are counted in 64-bit integers")
    return cls(ordinals, dtype=dtype)


PERIODS = Converter(
    "pandas-periods",
    lambda value: {"frequency": value.freqstr, "ordinals": Alone(np.asarray(value.asi8))},
    _periods,
)


def _intervals(cls: Any, state: dict[str, Any]) -> Any:
    return cls.from_arrays(state["left"], state["right"], closed=text(state["closed"]))


INTERVALS = Converter(
    "pandas-intervals",
    lambda value: {"closed": value.closed, "left": Alone(value.left), "right": Alone(value.right)},
    _intervals,
)

# --- mostly one value ---------------------------------------------------------------------------------------


def _sparse_state(value: Any) -> dict[str, Any]:
    return {
        "fill_value": value.fill_value,
        "length": len(value),
        "positions": Alone(np.asarray(value.sp_index.indices)),
        "values": Alone(np.asarray(value.sp_values)),
    }


def _sparse(cls: Any, state: dict[str, Any]) -> Any:
    import pandas as pd

    values, positions = one_dimension(state["values"]), one_dimension(state["positions"])
    if len(values) != len(positions) or type(state["length"]) is not int:
        raise InvalidError("a sparse column has a position for each value")
    fill = state["fill_value"]
    if hasattr(cls, "from_indices"):
        return cls.from_indices(values, positions, state["length"], fill, dtype=values.dtype)
    from pandas._libs.sparse import IntIndex

    # It checks its positions itself.
    index = IntIndex(state["length"], positions.astype(np.int32, copy=False))
    return cls(values, sparse_index=index, dtype=pd.SparseDtype(values.dtype, fill))


def _sparse_checked(value: Any) -> dict[str, Any]:
    if type(value.sp_index).__name__ != "IntIndex":
        raise UnsupportedError(
            "a sparse column made of blocks cannot be saved",
            fix='make it with kind="integer", or dense: .sparse.to_dense()',
        )
    return _sparse_state(value)


SPARSE_ARRAY = Converter("pandas-sparse", _sparse_checked, _sparse)
