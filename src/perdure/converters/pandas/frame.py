"""Columns and tables."""

from __future__ import annotations

from typing import Any

from ...errors import InvalidError, UnsupportedError
from ..base import Alone, Converter
from .arrays import one_dimension
from .index import values_of

__all__ = ["FRAME", "SERIES"]


def _common(value: Any) -> dict[str, Any]:
    state: dict[str, Any] = {"index": Alone(value.index)}
    if value.attrs:
        state["attrs"] = dict(value.attrs)
    if not value.flags.allows_duplicate_labels:
        raise UnsupportedError(
            "a table that forbids duplicate labels cannot be saved", fix=".set_flags(allows_duplicate_labels=True)"
        )
    return state


def _series_state(value: Any) -> dict[str, Any]:
    return {"name": value.name, "values": values_of(value), **_common(value)}


def _series(cls: Any, state: dict[str, Any]) -> Any:
    made = _column(cls, state["values"], state["index"])
    made.name = state["name"]
    made.attrs = state.get("attrs", {})
    return made


def _column(series: Any, values: Any, index: Any) -> Any:
    return series(one_dimension(values), index=index, dtype=values.dtype)


SERIES = Converter("pandas-series", _series_state, _series)


def _frame_state(value: Any) -> dict[str, Any]:
    columns = [values_of(value.iloc[:, position]) for position in range(value.shape[1])]
    return {"columns": Alone(value.columns), "values": columns, **_common(value)}


def _frame(cls: Any, state: dict[str, Any]) -> Any:
    import pandas as pd

    index, columns, values = state["index"], state["columns"], state["values"]
    if not isinstance(index, pd.Index) or not isinstance(columns, pd.Index):
        raise InvalidError("the labels of a table are an Index")
    if len(values) != len(columns) or any(len(one_dimension(column)) != len(index) for column in values):
        raise InvalidError("the columns of a table do not fit its labels")
    made = cls({i: _column(pd.Series, column, index) for i, column in enumerate(values)}, index=index)
    made.columns = columns
    made.attrs = state.get("attrs", {})
    return made


FRAME = Converter("pandas-frame", _frame_state, _frame)
