"""Imputers: what stands in the place of what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Estimator
from .encoding import numpy_type
from .parts import Name, Part
from .rows import FLOATS, check_finite
from .sparse import SparseRows

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


def missing_in(rows: Matrix, marker: Any) -> Matrix:
    """Return where values are missing."""
    if isinstance(marker, float | np.floating) and marker != marker:
        if rows.dtype.kind == "f":
            return np.isnan(rows)
        return np.asarray(rows != rows) if rows.dtype.kind == "O" else np.zeros(rows.shape, bool)
    found: Any = rows == marker
    return np.asarray(found, dtype=bool) if np.shape(found) == rows.shape else np.zeros(rows.shape, bool)


class _Imputing(Estimator):
    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        marker = part.get("missing_values", np.nan)
        # A data frame's missing value is a NaN by the time it is here.
        self.marker = np.nan if isinstance(marker, Name) and marker == "pandas:NA" else marker
        if isinstance(self.marker, Part | Name):
            raise part.refuse(f"the missing value {marker}")
        self.nan = isinstance(self.marker, float | np.floating) and bool(self.marker != self.marker)

    def kept(self, X: Any) -> Matrix:
        """Return the rows in the dtype that they have."""
        found = self.rows(X, dtypes=None, nan=True, inf=True)
        if found.dtype.kind not in "iufO":
            raise ValueError(f"{self.part.name} takes no rows of dtype {found.dtype}; texts are objects")
        if found.dtype.kind == "f":
            check_finite(found, nan=self.nan, owner=self.part.name)
        return np.asarray(found)


class MissingIndicator(_Imputing):
    """Whether a value is missing."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.only = part.word("features") == "missing-only"
        self.strict = bool(part.get("error_on_new"))
        self.features = part.array("features_", "iu")
        self.count = int(part.number("_n_features"))
        self.sparse = part.get("sparse") is True

    def transform(self, X: Any) -> Any:
        made = self.of_mask(missing_in(self.kept(X), self.marker))
        return SparseRows.from_dense(made) if self.sparse else made

    def of_mask(self, mask: Matrix) -> Matrix:
        """Return the columns that are told of."""
        if self.only:
            new = np.setdiff1d(np.flatnonzero(mask.any(axis=0)), self.features)
            if self.strict and new.size:
                raise ValueError(f"the columns {new.tolist()} have missing values, and had none in the fit")
            if self.features.size < self.count:
                return np.asarray(mask[:, self.features])
        return mask


class SimpleImputer(_Imputing):
    """A statistic of each column."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.strategy = part.get("strategy")
        statistics = np.asarray(part["statistics_"])
        if statistics.ndim != 1 or len(statistics) != self.n_features:
            raise part.refuse("statistics that are not one for each feature")
        self.objects = numpy_type(part, part["_fit_dtype"]).kind == "O"
        fill = numpy_type(part, part["_fill_dtype"])
        if part.get("keep_empty_features"):
            self.chosen: Any = None
            self.values = statistics.astype(fill)
        else:
            empty = missing_in(statistics, np.nan)
            self.chosen = np.flatnonzero(~empty) if empty.any() else None
            self.values = statistics[~empty].astype(fill)
        indicator = part.get("indicator_") if part.get("add_indicator") else None
        self.indicator: Any = None if indicator is None else make(indicator)

    def _sparse(self, X: SparseRows) -> SparseRows:
        if not self.nan and self.marker == 0:
            raise ValueError("missing zeros are in no sparse rows; give it X.toarray()")
        rows = self.rows(X, dtypes=FLOATS, nan=self.nan, sparse=True)
        mask = missing_in(rows.data, self.marker)
        found = self.indicator
        marks = None
        if found is not None:
            marks = found.of_mask(SparseRows(mask, rows.indices, rows.indptr, rows.shape).toarray())
        data, values = rows.data.copy(), np.zeros(rows.shape[1])
        values[slice(None) if self.chosen is None else self.chosen] = self.values
        data[mask] = values[rows.indices[mask]]
        made = rows.with_data(data)
        made = made if self.chosen is None else made.take_columns(self.chosen)
        return made if marks is None else SparseRows.hstack([made, marks])

    def transform(self, X: Any) -> Any:
        if isinstance(X, SparseRows):
            return self._sparse(X)
        if self.objects:
            rows = np.array(self.kept(X), dtype=object)
        elif self.strategy in ("most_frequent", "constant"):
            rows = np.array(self.kept(X))
        else:
            rows = np.array(self.rows(X, dtypes=FLOATS, nan=self.nan))
        mask = missing_in(rows, self.marker)
        own = mask
        if self.chosen is not None:
            rows, own = rows[:, self.chosen], mask[:, self.chosen]
        if not np.can_cast(self.values.dtype, rows.dtype, "same_kind"):
            raise ValueError(f"what is missing in rows of dtype {rows.dtype} cannot be {self.values.dtype}")
        places = np.where(own.T)[::-1]
        rows[places] = np.repeat(self.values, own.sum(axis=0))
        return rows if self.indicator is None else np.hstack((rows, self.indicator.of_mask(mask)))


KNOWN: dict[str, Any] = {
    "sklearn.impute._base:MissingIndicator": MissingIndicator,
    "sklearn.impute._base:SimpleImputer": SimpleImputer,
}
