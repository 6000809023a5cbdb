"""Points and spans of time, intervals, and the dtypes that numpy does not know."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ...errors import InvalidError, MissingExtraError, UnsupportedError
from ..base import Alone, Converter

__all__ = [
    "CATEGORICAL_DTYPE",
    "DTYPE",
    "INTERVAL",
    "OFFSET",
    "PERIOD",
    "STRING_DTYPE",
    "TIMESTAMP",
    "dtype_name",
    "string_dtype",
    "zone_name",
]


_NAME = re.compile(r"[A-Za-z0-9_+\-\[\]<>, :/.=()']{1,200}")


def text(value: Any) -> str:
    """Return a name that pandas is to look up: a dtype, a frequency, a time zone.

    Raises
    ------
    InvalidError
        For what is no such name. pandas would open any path that ``dateutil/`` stands before.
    """
    if (
        not isinstance(value, str)
        or not _NAME.fullmatch(value)
        or "dateutil" in value
        or "//" in value
        or ".." in value
    ):
        raise InvalidError(f"pandas has nothing named {value!r:.60}")
    return value


def zone_name(zone: Any) -> str | None:
    """Return the name by which pandas finds a time zone again."""
    if zone is None:
        return None
    import pandas as pd

    moments = pd.DatetimeIndex(["2001-01-01", "2001-07-01"], tz="UTC")
    names = [str(zone)]
    if zone.utcoffset(None) is not None:
        # pandas does not read the name of every zone of one offset: pytz.FixedOffset(60) is one.
        names.append(str(moments[0].tz_convert(zone))[-6:])
    for name in names:
        try:
            if _NAME.fullmatch(name) and list(moments.tz_convert(name).astype(str)) == list(
                moments.tz_convert(zone).astype(str)
            ):
                return text(name)
        except (ValueError, TypeError, KeyError, InvalidError):
            continue
    raise UnsupportedError(f"the time zone {zone!r} cannot be saved", fix='convert it first: .tz_convert("UTC")')


# Timestamp and Timedelta: numpy's scalar holds the value and its unit, the zone stands beside it.
def _moment_state(value: Any) -> dict[str, Any]:
    state = {"value": value.to_numpy()}
    if getattr(value, "tz", None) is not None:
        state["zone"] = zone_name(value.tz)
    return state


def _moment(cls: Any, state: dict[str, Any]) -> Any:
    made = cls(state["value"])
    return made if "zone" not in state else made.tz_localize("UTC").tz_convert(text(state["zone"]))


TIMESTAMP = Converter("pandas-moment", _moment_state, _moment)
PERIOD = Converter(
    "pandas-period",
    lambda value: {"frequency": value.freqstr, "ordinal": int(value.ordinal)},
    lambda cls, state: cls(ordinal=state["ordinal"], freq=text(state["frequency"])),
)
INTERVAL = Converter(
    "pandas-interval",
    lambda value: {"closed": value.closed, "left": value.left, "right": value.right},
    lambda cls, state: cls(state["left"], state["right"], text(state["closed"])),
)


def _offset_state(value: Any) -> dict[str, Any]:
    from pandas.tseries.frequencies import to_offset

    name = value.freqstr
    try:
        again = to_offset(name)
    except ValueError:
        again = None
    if again != value:
        raise UnsupportedError(f"the offset {value!r} cannot be saved", fix="use one that its freqstr says in full")
    return {"frequency": name}


def _offset(cls: Any, state: dict[str, Any]) -> Any:
    from pandas.tseries.frequencies import to_offset

    return to_offset(text(state["frequency"]))


OFFSET = Converter("pandas-offset", _offset_state, _offset)

# --- dtypes -----------------------------------------------------------------------------------------


def dtype_name(dtype: Any) -> str:
    """Return the name by which pandas finds a dtype again."""
    import pandas as pd

    name = str(dtype)
    try:
        again = pd.api.types.pandas_dtype(name)
    except TypeError:
        again = None
    if again != dtype:
        raise UnsupportedError(f"the dtype {dtype!r} cannot be saved", fix="convert the data to a dtype of numpy first")
    return name


def _dtype(cls: Any, state: dict[str, Any]) -> Any:
    import pandas as pd

    made = pd.api.types.pandas_dtype(text(state["name"]))
    if isinstance(made, np.dtype):
        raise InvalidError("a dtype of pandas was expected")
    return made


DTYPE = Converter("pandas-dtype", lambda value: {"name": dtype_name(value)}, _dtype)
CATEGORICAL_DTYPE = Converter(
    "pandas-categorical-dtype",
    lambda value: {
        "categories": None if value.categories is None else Alone(value.categories),
        "ordered": value.ordered,
    },
    lambda cls, state: cls(state["categories"], state["ordered"]),
)


def string_state(dtype: Any) -> dict[str, Any]:
    """Return what tells pandas' kinds of text apart: where it is kept, and what is missing."""
    import pandas as pd

    return {"missing": "NA" if dtype.na_value is pd.NA else "nan", "storage": dtype.storage}


def string_dtype(cls: Any, state: dict[str, Any]) -> Any:
    """Return the dtype of text; where pandas does not have it yet, that of objects, which it used instead."""
    import pandas as pd

    storage, missing = text(state["storage"]), state["missing"]
    if missing not in ("NA", "nan"):
        raise InvalidError("what is missing in a column of text is NA or nan")
    try:
        return pd.StringDtype(storage) if missing == "NA" else pd.StringDtype(storage, na_value=np.nan)
    except TypeError:
        return np.dtype(object)
    except ImportError:
        if missing == "NA":
            raise MissingExtraError("the model holds text kept by pyarrow", fix="pip install pyarrow") from None
        # What pandas itself does where there is no pyarrow.
        return pd.StringDtype("python", na_value=np.nan)


STRING_DTYPE = Converter("pandas-string-dtype", string_state, string_dtype)
