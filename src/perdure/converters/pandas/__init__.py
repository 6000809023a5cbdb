"""pandas: tables, their labels and values, in forms of our own; pandas' private layout never gets into a file."""

from __future__ import annotations

from .arrays import CATEGORICAL, DATETIMES, INTERVALS, NULLABLE, PERIODS, SPARSE_ARRAY, STRINGS
from .frame import FRAME, SERIES
from .index import DATETIME_INDEX, INDEX, MULTI_INDEX, RANGE_INDEX
from .scalars import CATEGORICAL_DTYPE, DTYPE, INTERVAL, OFFSET, PERIOD, STRING_DTYPE, TIMESTAMP

__all__ = ["PANDAS"]

PANDAS = (
    CATEGORICAL, CATEGORICAL_DTYPE, DATETIMES, DATETIME_INDEX, DTYPE, FRAME, INDEX, INTERVAL, INTERVALS, MULTI_INDEX,
    NULLABLE, OFFSET, PERIOD, PERIODS, RANGE_INDEX, SERIES, SPARSE_ARRAY, STRINGS, STRING_DTYPE, TIMESTAMP,
)  # fmt: skip
