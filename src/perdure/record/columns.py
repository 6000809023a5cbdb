"""Columns of training data, whatever holds them: numpy, pandas, polars, Arrow, lists; read as canonical values.

No library of tables is imported: what a table can do is asked of the table itself.
"""

from __future__ import annotations

import datetime
import numbers
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UnsupportedError

__all__ = ["ColumnValues", "columns_of"]

_EXACT = 2**53
# Beyond these many microseconds nanoseconds do not fit into 64 bits.
_NANOSECONDS = (2**63 - 1) // 1000
_MISSING_NAMES = ("NAType", "NaTType")


@dataclass(frozen=True)
class ColumnValues:
    """The values of one column.

    Attributes
    ----------
    name : str or None
    dtype : str
        In the words of the library that holds it.
    kind : str
        ``number``, ``integer``, ``unsigned``, ``boolean``, ``text``, ``time``, ``time_us``, ``instant``,
        ``instant_us``, ``duration`` or ``duration_us``.
    values : ndarray or list
        Numbers as they are, times as integers, text as a list of str and None.
    missing : ndarray of bool or None
        None where the values say it themselves: NaN in a number, None in a text.
    """

    name: str | None
    dtype: str
    kind: str
    values: Any
    missing: Any = None


def columns_of(data: Any) -> list[ColumnValues]:
    """Return the columns of a table, an array of one or two dimensions, a series or a list.

    Raises
    ------
    UnsupportedError
        When a column holds what has no canonical form, with its name.
    """
    return [_column(name, values) for name, values in _parts(data)]


def _parts(data: Any) -> Iterator[tuple[str | None, Any]]:
    if hasattr(data, "iloc"):
        if data.ndim == 1:
            yield _name(data.name), data
            return
        # One name that is no text, and there are none, as in scikit-learn.
        named = all(isinstance(name, str) for name in data.columns)
        for place, name in enumerate(data.columns):
            yield (name if named else None), data.iloc[:, place]
    elif hasattr(data, "column_names"):
        yield from ((name, data.column(place)) for place, name in enumerate(data.column_names))
    elif hasattr(data, "get_columns"):
        yield from ((series.name, series) for series in data.get_columns())
    elif hasattr(data, "null_count"):
        yield _name(getattr(data, "name", None) or getattr(data, "_name", None)), data
    else:
        array = data if isinstance(data, np.ndarray) else _as_array(data)
        if array.ndim not in (1, 2) or array.dtype.names is not None:
            raise UnsupportedError(f"data of shape {array.shape} and dtype {array.dtype} are no table")
        if array.ndim == 1:
            yield None, array
        else:
            yield from ((None, array[:, place]) for place in range(array.shape[1]))


def _name(name: Any) -> str | None:
    return name if isinstance(name, str) and name else None


def _as_array(data: Any) -> np.ndarray:
    array = np.asarray(data)
    # A list of texts and numbers would all become text.
    return np.asarray(data, dtype=object) if array.dtype.kind in "US" else array


def _column(name: str | None, values: Any) -> ColumnValues:
    if isinstance(values, np.ndarray):
        return _from_numpy(name, str(values.dtype), values)
    if hasattr(values, "iloc"):
        return _from_pandas(name, values)
    return _from_arrow(name, values) if hasattr(values, "to_pylist") else _from_polars(name, values)


def _from_pandas(name: str | None, series: Any) -> ColumnValues:
    dtype, said = series.dtype, str(series.dtype)
    if isinstance(dtype, np.dtype):
        return _from_numpy(name, said, series.to_numpy())
    if hasattr(dtype, "pyarrow_dtype"):
        found = _from_arrow(name, series.array.__arrow_array__())
        return ColumnValues(name, said, found.kind, found.values, found.missing)
    if hasattr(dtype, "categories"):
        return _from_numpy(name, said, series.astype(object).to_numpy())
    if getattr(dtype, "tz", None) is not None:
        return _from_numpy(name, said, series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(), aware=True)
    if hasattr(dtype, "numpy_dtype"):
        inner = dtype.numpy_dtype
        filled = series.to_numpy(dtype=inner, na_value=inner.type(0))
        return _from_numpy(name, said, filled, missing=series.isna().to_numpy())
    return _from_numpy(name, said, np.asarray(series.astype(object)))


def _from_arrow(name: str | None, values: Any) -> ColumnValues:
    said = str(values.type)

    def plain(column: Any) -> np.ndarray:
        # An array in one piece would refuse what it cannot hand over without a copy.
        chunked = hasattr(column, "chunks")
        return np.asarray(column.to_numpy() if chunked else column.to_numpy(zero_copy_only=False))

    if said.startswith(("int", "uint", "bool")):
        missing = plain(values.is_null()) if values.null_count else None
        filled = values.fill_null(False if said == "bool" else 0) if values.null_count else values
        return _from_numpy(name, said, plain(filled), missing=missing)
    if said.startswith(("timestamp", "date", "duration", "float", "double", "halffloat")):
        return _from_numpy(name, said, plain(values), aware="tz=" in said)
    return _from_objects(name, said, values.to_pylist())


def _from_polars(name: str | None, series: Any) -> ColumnValues:
    # An enumeration would tell its values.
    said = str(series.dtype) if not str(series.dtype).startswith("Enum") else "Enum"
    if said.startswith(("Int", "UInt", "Boolean")):
        missing = series.is_null().to_numpy() if series.null_count() else None
        filled = series.fill_null(False if said == "Boolean" else 0) if series.null_count() else series
        return _from_numpy(name, said, filled.to_numpy(), missing=missing)
    if said.startswith(("Float", "Date", "Duration")):
        aware = said.startswith("Datetime") and "time_zone=None" not in said
        return _from_numpy(name, said, series.to_numpy(), aware=aware)
    return _from_objects(name, said, series.to_list())


def _from_numpy(
    name: str | None, said: str, values: np.ndarray, *, missing: Any = None, aware: bool = False
) -> ColumnValues:
    kind = values.dtype.kind
    if kind == "O":
        return _from_objects(name, said, values.tolist())
    if kind == "U":
        return ColumnValues(name, said, "text", values.tolist())
    if kind == "b":
        return ColumnValues(name, said, "boolean", values, missing)
    if kind in "iu":
        return ColumnValues(name, said, _whole(values, missing), values, missing)
    if kind == "f" and values.dtype.itemsize <= 8:
        return ColumnValues(name, said, "number", values, missing)
    if kind in "Mm":
        return _moments(name, said, values, "duration" if kind == "m" else "instant" if aware else "time")
    raise UnsupportedError(f"{_said(name)} holds {said}, which has no canonical form")


def _whole(values: np.ndarray, missing: Any) -> str:
    present = values if missing is None else values[~missing]
    if values.dtype.itemsize < 8 or not present.size or (present.max() <= _EXACT and present.min() >= -_EXACT):
        return "number"
    return "integer" if present.max() < 2**63 else "unsigned"


def _moments(name: str | None, said: str, values: np.ndarray, kind: str) -> ColumnValues:
    letter = values.dtype.kind
    missing = np.isnat(values)
    if np.datetime_data(values.dtype)[0] != "ns":
        values = values.astype(f"{letter}8[us]")
        whole = values.view("i8")[~missing]
        if whole.size and (whole.max() > _NANOSECONDS or whole.min() < -_NANOSECONDS):
            return ColumnValues(name, said, f"{kind}_us", values.view("i8"), missing)
    return ColumnValues(name, said, kind, np.ascontiguousarray(values.astype(f"{letter}8[ns]")).view("i8"), missing)


def _from_objects(name: str | None, said: str, values: Sequence[Any]) -> ColumnValues:
    kinds = set(map(type, values))
    lost = {kind for kind in kinds if kind is type(None) or kind.__name__ in _MISSING_NAMES}
    rest = kinds - lost
    if all(issubclass(kind, str) for kind in rest - {float}) and rest - {float}:
        # A missing text is often NaN.
        plain = [None if type(value) in lost or value != value else value for value in values]
        if all(isinstance(value, (str, type(None))) for value in plain):
            return ColumnValues(name, said, "text", plain)
    mask = np.array([type(value) in lost or (isinstance(value, float) and value != value) for value in values], bool)
    present = [value for value, gone in zip(values, mask, strict=True) if not gone]
    if all(issubclass(kind, (bool, np.bool_)) for kind in rest - {float}) and rest - {float}:
        if all(isinstance(value, (bool, np.bool_)) for value in present):
            return _filled(name, said, present, mask, np.dtype(bool))
    elif all(issubclass(kind, numbers.Real) and not issubclass(kind, bool) for kind in rest):
        if all(isinstance(value, numbers.Integral) for value in present) and present:
            wide = max(present) >= 2**63
            if min(present) >= (0 if wide else -(2**63)) and max(present) < 2**64:
                return _filled(name, said, present, mask, np.dtype("u8" if wide else "i8"))
        elif all(isinstance(value, (float, np.floating)) or abs(value) <= _EXACT for value in present):
            return _filled(name, said, present, mask, np.dtype("f8"))
    elif rest and all(issubclass(kind, datetime.date) for kind in rest):
        return _dates(name, said, present, mask)
    strange = sorted(kind.__name__ for kind in rest)
    raise UnsupportedError(f"{_said(name)} holds {', '.join(strange[:5])}, which has no canonical form")


def _filled(name: str | None, said: str, present: list[Any], mask: Any, dtype: np.dtype) -> ColumnValues:
    values = np.zeros(len(mask), dtype)
    values[~mask] = present
    return _from_numpy(name, said, values, missing=mask if mask.any() else None)


def _dates(name: str | None, said: str, present: list[Any], mask: Any) -> ColumnValues:
    aware = [getattr(value, "tzinfo", None) is not None for value in present]
    if any(aware) and not all(aware):
        raise UnsupportedError(f"{_said(name)} holds times with and without a time zone")
    if any(aware):
        present = [value.astimezone(datetime.UTC).replace(tzinfo=None) for value in present]
    values = np.full(len(mask), np.datetime64("NaT", "us"))
    values[~mask] = np.array(present, dtype="M8[us]")
    return _from_numpy(name, said, values, aware=any(aware))


def _said(name: str | None) -> str:
    return "a column" if name is None else f"the column {name[:100]!r}"
