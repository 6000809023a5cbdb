"""The labels of rows and columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError
from ..base import Alone, Converter
from .arrays import datetimes, datetimes_state, one_dimension

__all__ = ["DATETIME_INDEX", "INDEX", "MULTI_INDEX", "RANGE_INDEX", "values_of"]


def values_of(holder: Any) -> Any:
    """Return the values of an index or column: an array of numpy where that holds them as they are.

    pandas copies on write, so what memory its parts share has no meaning.
    """
    return Alone(holder.to_numpy() if isinstance(holder.dtype, np.dtype) else holder.array)


def _index_state(value: Any) -> dict[str, Any]:
    return {"name": value.name, "values": values_of(value)}


def _index(cls: Any, state: dict[str, Any]) -> Any:
    values = one_dimension(state["values"])
    # The dtype is given, since pandas makes text of an array of objects where it can.
    return cls(values, dtype=values.dtype, name=state["name"])


INDEX = Converter("pandas-index", _index_state, _index)


def _range_state(value: Any) -> dict[str, Any]:
    return {"name": value.name, "range": range(value.start, value.stop, value.step)}


def _range(cls: Any, state: dict[str, Any]) -> Any:
    if not isinstance(state["range"], range):
        raise InvalidError("a RangeIndex is a range")
    return cls(state["range"], name=state["name"])


RANGE_INDEX = Converter("pandas-range-index", _range_state, _range)


def _datetime_index_state(value: Any) -> dict[str, Any]:
    return {"name": value.name, **datetimes_state(value)}


DATETIME_INDEX = Converter(
    "pandas-datetime-index", _datetime_index_state, lambda cls, state: datetimes(cls, state, state["name"])
)


def _multi_state(value: Any) -> dict[str, Any]:
    return {
        "codes": [Alone(np.asarray(codes)) for codes in value.codes],
        "levels": [Alone(level) for level in value.levels],
        "names": tuple(value.names),
    }


def _multi(cls: Any, state: dict[str, Any]) -> Any:
    return cls(levels=state["levels"], codes=state["codes"], names=state["names"], verify_integrity=True)


MULTI_INDEX = Converter("pandas-multi-index", _multi_state, _multi)
