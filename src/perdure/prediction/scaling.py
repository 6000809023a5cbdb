"""Scalers and transformers of each column by itself, and their ways back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Estimator
from .functions import ndtr, ndtri, normalized
from .parts import Part
from .sparse import SparseRows

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]
_BOUND = 1e-7


def _optional(part: Part, name: str) -> Any:
    return None if part.get(name) is None else part.array(name)


class StandardScaler(Estimator):
    """Less the mean, over the deviation."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.mean = _optional(part, "mean_") if part.get("with_mean", True) else None
        self.scale = _optional(part, "scale_") if part.get("with_std", True) else None

    def transform(self, X: Any) -> Any:
        rows = self.rows(X, nan=True, sparse=True)
        if isinstance(rows, SparseRows):
            if self.mean is not None:
                raise ValueError("sparse rows cannot be centered")
            return rows if self.scale is None else rows.scaled((1 / self.scale).astype(rows.dtype))
        if self.mean is None:
            return rows if self.scale is None else rows / self.scale.astype(rows.dtype)
        made = rows - self.mean.astype(rows.dtype)
        if self.scale is not None:
            made /= self.scale.astype(rows.dtype)
        return made

    def inverse_transform(self, X: Any) -> Any:
        rows = np.asarray(X)
        if self.scale is not None:
            rows = rows * self.scale.astype(rows.dtype)
        return rows if self.mean is None else rows + self.mean.astype(rows.dtype)


class MinMaxScaler(Estimator):
    """Into a range."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.scale, self.least = part.array("scale_"), part.array("min_")
        self.range = part["feature_range"] if part.get("clip") else None

    def transform(self, X: Any) -> Matrix:
        rows = self.rows(X, nan=True)
        # In single precision as in place: computed with the double, then rounded.
        made = (rows * self.scale).astype(rows.dtype, copy=False)
        made = (made + self.least).astype(rows.dtype, copy=False)
        if self.range is not None:
            np.clip(made, self.range[0], self.range[1], out=made)
        return np.asarray(made)

    def inverse_transform(self, X: Any) -> Matrix:
        return np.asarray((np.asarray(X) - self.least) / self.scale)


class MaxAbsScaler(Estimator):
    """Over the largest."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.scale = part.array("scale_")
        self.clip = bool(part.get("clip"))

    def transform(self, X: Any) -> Any:
        rows = self.rows(X, nan=True, sparse=True)
        if isinstance(rows, SparseRows):
            made = rows.scaled((1.0 / self.scale).astype(rows.dtype))
            return made.with_data(np.clip(made.data, -1.0, 1.0)) if self.clip else made
        found = (rows / self.scale).astype(rows.dtype, copy=False)
        return np.clip(found, -1.0, 1.0) if self.clip else found

    def inverse_transform(self, X: Any) -> Matrix:
        return np.asarray(np.asarray(X) * self.scale)


class RobustScaler(Estimator):
    """Less the median, over the range of quantiles."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.center = _optional(part, "center_") if part.get("with_centering", True) else None
        self.scale = _optional(part, "scale_") if part.get("with_scaling", True) else None

    def transform(self, X: Any) -> Any:
        rows = self.rows(X, nan=True, sparse=True)
        if isinstance(rows, SparseRows):
            if self.center is not None:
                raise ValueError("sparse rows cannot be centered")
            return rows if self.scale is None else rows.scaled((1.0 / self.scale).astype(rows.dtype))
        if self.center is not None:
            rows = (rows - self.center).astype(rows.dtype, copy=False)
        return rows if self.scale is None else (rows / self.scale).astype(rows.dtype, copy=False)

    def inverse_transform(self, X: Any) -> Any:
        rows = np.asarray(X)
        rows = rows if self.scale is None else rows * self.scale
        return rows if self.center is None else rows + self.center


class Normalizer(Estimator):
    """Each row of length one."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.norm = part.word("norm")

    def transform(self, X: Any) -> Any:
        rows = self.rows(X, sparse=True)
        return normalize_sparse(rows, self.norm) if isinstance(rows, SparseRows) else normalized(rows, self.norm)


def normalize_sparse(rows: SparseRows, norm: str) -> SparseRows:
    """Return sparse rows, each divided by its norm; rows of zeros stay."""
    if norm == "l2":
        norms = np.sqrt(rows.row_sums(rows.data * rows.data))
    elif norm == "l1":
        norms = rows.row_sums(np.abs(rows.data))
    else:
        norms = np.zeros(rows.shape[0])
        np.maximum.at(norms, rows.rows(), np.abs(rows.data))
    norms = np.where(norms == 0.0, 1.0, norms)
    return rows.with_data(rows.data / norms[rows.rows()])


class Binarizer(Estimator):
    """Above a threshold or not."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.threshold = part.number("threshold")

    def transform(self, X: Any) -> Any:
        rows = self.rows(X, sparse=True)
        if isinstance(rows, SparseRows):
            if self.threshold < 0:
                raise ValueError("sparse rows cannot be cut below zero")
            kept = rows.data > self.threshold
            counts = np.bincount(rows.rows()[kept], minlength=rows.shape[0])
            ends = np.concatenate([[0], np.cumsum(counts)])
            return SparseRows(np.ones(int(kept.sum()), rows.dtype), rows.indices[kept], ends, rows.shape)
        return (rows > self.threshold).astype(rows.dtype)


class QuantileTransformer(Estimator):
    """To a uniform or normal distribution."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.quantiles, self.references = part.array("quantiles_"), part.array("references_")
        self.normal = part.word("output_distribution") == "normal"

    def transform(self, X: Any) -> Any:
        rows = self.rows(X, nan=True, sparse=True)
        if isinstance(rows, SparseRows):
            if (rows.data < 0).any() and not self.part.get("ignore_implicit_zeros"):
                raise ValueError("QuantileTransformer takes sparse rows without negative values")
            data = rows.data.copy()
            for i in range(rows.shape[1]):
                own = rows.indices == i
                data[own] = self._forth(data[own], self.quantiles[:, i])
            return rows.with_data(data)
        made = rows.copy()
        for i in range(made.shape[1]):
            made[:, i] = self._forth(made[:, i], self.quantiles[:, i])
        return made

    def _forth(self, column: Matrix, quantiles: Matrix) -> Matrix:
        column = column.copy()
        with np.errstate(invalid="ignore"):
            if self.normal:
                low, high = column - _BOUND < quantiles[0], column + _BOUND > quantiles[-1]
            else:
                low, high = column == quantiles[0], column == quantiles[-1]
        given = ~np.isnan(column)
        found = column[given]
        there = np.interp(found, quantiles, self.references)
        back = np.interp(-found, -quantiles[::-1], -self.references[::-1])
        column[given] = 0.5 * (there - back)
        column[high], column[low] = 1, 0
        if self.normal:
            least, most = ndtri(np.array([_BOUND - np.spacing(1), 1 - (_BOUND - np.spacing(1))]))
            column = np.clip(ndtri(column), least, most)
        return column

    def inverse_transform(self, X: Any) -> Matrix:
        made = np.array(X, dtype=np.float64)
        for i in range(made.shape[1]):
            column, quantiles = made[:, i], self.quantiles[:, i]
            if self.normal:
                column = ndtr(column)
                low, high = column - _BOUND < 0, column + _BOUND > 1
            else:
                low, high = column == 0, column == 1
            found = np.interp(column, self.references, quantiles)
            found[high], found[low] = quantiles[-1], quantiles[0]
            made[:, i] = np.where(np.isnan(column), np.nan, found)
        return made


def _yeo_johnson(x: Matrix, power: float) -> Matrix:
    made, positive = np.array(x), x >= 0
    eps = np.spacing(1.0)
    if abs(power) < eps:
        made[positive] = np.log1p(x[positive])
    else:
        made[positive] = np.expm1(power * np.log1p(x[positive])) / power
    if abs(power - 2) > eps:
        made[~positive] = -np.expm1((2 - power) * np.log1p(-x[~positive])) / (2 - power)
    else:
        made[~positive] = -np.log1p(-x[~positive])
    return made


def _yeo_johnson_back(x: Matrix, power: float) -> Matrix:
    made, positive = np.array(x), x >= 0
    eps = np.spacing(1.0)
    if abs(power) < eps:
        made[positive] = np.expm1(x[positive])
    else:
        made[positive] = np.expm1(np.log1p(x[positive] * power) / power)
    if abs(power - 2) > eps:
        made[~positive] = -np.expm1(np.log1p(-(2 - power) * x[~positive]) / (2 - power))
    else:
        made[~positive] = -np.expm1(-x[~positive])
    return made


def _box_cox(x: Matrix, power: float) -> Matrix:
    return np.log(x) if abs(power) < 1e-19 else np.expm1(power * np.log(x)) / power


def _box_cox_back(x: Matrix, power: float) -> Matrix:
    return np.exp(x) if power == 0 else np.exp(np.log1p(power * x) / power)


class PowerTransformer(Estimator):
    """To something like a normal distribution."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.powers = [float(power) for power in part.array("lambdas_")]
        self.method = part.word("method")
        if self.method not in ("yeo-johnson", "box-cox"):
            raise part.refuse(f"the method {self.method}")
        self.scaler = make(part["_scaler"]) if part.get("standardize") else None

    def transform(self, X: Any) -> Any:
        made = np.array(self.rows(X, nan=True))
        if self.method == "box-cox" and (made <= 0).any():
            raise ValueError("the Box-Cox transformation takes positive numbers only")
        function = _yeo_johnson if self.method == "yeo-johnson" else _box_cox
        with np.errstate(invalid="ignore"):
            for i, power in enumerate(self.powers):
                made[:, i] = function(made[:, i], power)
        return made if self.scaler is None else self.scaler.ask("transform", made)

    def inverse_transform(self, X: Any) -> Matrix:
        made = np.array(X, dtype=np.float64)
        if self.scaler is not None:
            made = self.scaler.inverse_transform(made)  # type: ignore[attr-defined]
        function = _yeo_johnson_back if self.method == "yeo-johnson" else _box_cox_back
        with np.errstate(invalid="ignore"):
            for i, power in enumerate(self.powers):
                made[:, i] = function(made[:, i], power)
        return made


KNOWN: dict[str, Any] = {
    f"sklearn.preprocessing._data:{cls.__name__}": cls
    for cls in (
        Binarizer,
        MaxAbsScaler,
        MinMaxScaler,
        Normalizer,
        PowerTransformer,
        QuantileTransformer,
        RobustScaler,
        StandardScaler,
    )
}
