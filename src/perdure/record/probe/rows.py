"""The rows of a probe, derived from the fitted state: none of them is a row of anybody's data."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from .asking import settled_rows
from .columns import ROWS, WIDE, Column, arranged, blank, watched
from .documents import rows_without_table
from .structure import input_estimator, learn

__all__ = ["derived_rows", "learned_columns"]

# A wider table gets fewer rows, so that a probe stays small.
_MOST_CELLS = 1 << 20


def derived_rows(estimator: Any) -> Iterator[Any]:
    """Yield rows for a fitted estimator, the most telling first; the next where it refuses these.

    Parameters
    ----------
    estimator : object

    Yields
    ------
    ndarray, sparse matrix, DataFrame or list

    Raises
    ------
    UnsupportedError
        When its fitted state does not say what it takes.
    """
    others = rows_without_table(input_estimator(estimator))
    if others is not None:
        yield from others
        return
    columns = learned_columns(estimator)
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None and len(names) == len(columns) <= WIDE:
        frame = _frame_maker(estimator, [str(name) for name in names])
        yield from (frame(columns, table) for table in _tables(columns)) if frame else _arrays(columns)
    elif len(columns) > WIDE:
        yield from _very_wide(columns)
    elif getattr(estimator, "X_min_", None) is not None and not hasattr(estimator, "n_features_in_"):
        # IsotonicRegression, in the releases where it has no width.
        yield from (rows[:, 0] for rows in _arrays(columns))
    else:
        yield from _arrays(columns)


def learned_columns(estimator: Any) -> list[Column]:
    """Return what the fitted state says of each feature."""
    width = getattr(estimator, "n_features_in_", None)
    if width is None:
        width = getattr(input_estimator(estimator), "n_features_in_", None)
    if width is None and (getattr(estimator, "X_min_", None) is not None or _looks_at_no_feature(estimator)):
        width = 1
    if not isinstance(width, (int, np.integer)) or isinstance(width, bool) or width < 1:
        raise UnsupportedError("it is not fitted, or does not say how many features it takes (n_features_in_)")
    columns = blank(int(width))
    learn(estimator, columns)
    return columns


def _looks_at_no_feature(estimator: Any) -> bool:
    """Whether it is a fitted dummy, which says the same of all rows; older ones count no features."""
    names = {base.__name__ for base in type(estimator).__mro__}
    return bool(names & {"DummyClassifier", "DummyRegressor"}) and hasattr(estimator, "n_outputs_")


def _tables(columns: Sequence[Column]) -> Iterator[list[list[Any]]]:
    """Yield the values by column: with missing values and unseen categories, then with less and less of them."""
    seen = set()
    for missing, unseen in ((True, True), (False, True), (True, False), (False, False)):
        key = (
            missing and any(column.missing for column in columns),
            unseen and any(column.unseen for column in columns),
        )
        if key not in seen:
            seen.add(key)
            yield [arranged(c.values(missing=missing, unseen=unseen), place) for place, c in enumerate(columns)]


def _arrays(columns: Sequence[Column]) -> Iterator[Any]:
    if not all(column.numeric for column in columns):
        for table in _tables(columns):
            made = np.empty((ROWS, len(columns)), object)
            for place, values in enumerate(table):
                made[:, place] = values
            yield made
        return
    rows = np.empty((ROWS, 0))
    for table in _tables(columns):
        rows = np.ascontiguousarray(np.array(table, np.float64).T)
        yield rows
    # For those that were fitted in 32 bits and compute in nothing else.
    yield rows.astype(np.float32)
    # For those that refuse negative numbers, those that want counts, and those that want 0 and 1.
    yield np.abs(rows)
    yield np.floor(np.abs(rows) * 3) % 4
    yield np.floor(np.abs(rows) * 3) % 2


def _very_wide(columns: Sequence[Column]) -> Iterator[Any]:
    """Yield rows that are 0 but for the features that were looked at."""
    looked_at = list(watched(columns))
    places = np.array([place for place, _ in looked_at])
    values = np.array(
        [arranged(column.values(missing=False, unseen=False), k) for k, (_, column) in enumerate(looked_at)]
    ).T
    # A quarter of them in each row, so that rows are as sparse as such data are.
    kept = (np.arange(ROWS)[:, None] + np.arange(len(places))[None, :]) % 4 == 0
    if "scipy.sparse" in sys.modules:
        from scipy.sparse import csr_matrix

        row, column = np.nonzero(kept)
        for form in (values, np.abs(values)):
            yield csr_matrix((form[row, column], (row, places[column])), shape=(ROWS, len(columns)))
    rows = np.zeros((max(min(ROWS, _MOST_CELLS // len(columns)), 1), len(columns)))
    rows[:, places] = np.where(kept, values, 0.0)[: len(rows)]
    yield rows
    yield np.abs(rows)


# --- data frames ----------------------------------------------------------------------------------------


def _frame_maker(estimator: Any, names: list[str]) -> Any:
    """Return what makes a DataFrame of columns; None where there is no pandas, or nobody needs it."""
    if "pandas" not in sys.modules and not hasattr(input_estimator(estimator), "transformers_"):
        return None
    try:
        import pandas as pd
    except ImportError:
        return None

    def frame(columns: Sequence[Column], table: list[list[Any]]) -> Any:
        if all(column.numeric and column.categories is None for column in columns):
            rows = settled_rows(np.ascontiguousarray(np.array(table, np.float64).T))
            return pd.DataFrame(rows, columns=pd.Index(names, dtype=object))
        made = {}
        for place, (column, values) in enumerate(zip(columns, table, strict=True)):
            if column.dtype == "category":
                made[place] = pd.Series(pd.Categorical(values, categories=_known(column)))
            else:
                array = np.array(values) if column.numeric else np.empty(ROWS, object)
                if not column.numeric:
                    array[:] = values
                made[place] = pd.Series(array, dtype=array.dtype)
        whole = pd.DataFrame(made)
        # Labels and texts are objects, which every release of pandas has.
        whole.columns = pd.Index(names, dtype=object)
        return whole

    return frame


def _known(column: Column) -> list[Any]:
    return [value for value in column.categories or () if value is not None and value == value]
