"""New features from old ones: polynomials, splines, bins, functions of numpy."""

from __future__ import annotations

from itertools import chain, combinations, combinations_with_replacement
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidError
from .base import Estimator
from .functions import expit
from .parts import Name, Part
from .rows import FLOATS, Table
from .sparse import SparseRows

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["FUNCTIONS", "KNOWN"]

Matrix = np.ndarray[Any, Any]
# More columns than that nobody asks for.
_MOST = 1 << 24


class PolynomialFeatures(Estimator):
    """Products of features."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.least, self.most = int(part.number("_min_degree")), int(part.number("_max_degree"))
        self.interaction = bool(part.get("interaction_only"))
        self.bias = bool(part.get("include_bias"))
        self.order = part.get("order", "C")
        self.count = int(part.number("n_output_features_"))
        self.full = int(part.number("_n_out_full"))
        features = int(self.n_features or 0)
        if not (0 <= self.least <= self.most and 0 <= self.count <= self.full <= _MOST and 0 < features <= _MOST):
            raise InvalidError("the numbers of a PolynomialFeatures do not fit together", path=str(part.path))

    def transform(self, X: Any) -> Any:
        rows = self.rows(X, sparse=True)
        if isinstance(rows, SparseRows):
            return self._sparse(rows)
        X = np.asarray(rows, order="F")
        n_samples, n_features = X.shape
        made = np.empty((n_samples, self.full), X.dtype, order=self.order)
        at = 0
        if self.bias:
            made[:, 0] = 1
            at = 1
        if self.most == 0:
            return made
        made[:, at : at + n_features] = X
        index = list(range(at, at + n_features))
        at += n_features
        index.append(at)
        for _ in range(2, self.most + 1):
            new = []
            end = index[-1]
            for feature in range(n_features):
                start = index[feature]
                new.append(at)
                if self.interaction:
                    start += index[feature + 1] - index[feature]
                following = at + end - start
                if following <= at:
                    break
                np.multiply(made[:, start:end], X[:, feature : feature + 1], out=made[:, at:following], casting="no")
                at = following
            new.append(at)
            index = new
        if self.least > 1:
            if self.bias:
                found = np.empty((n_samples, self.count), made.dtype, order=self.order)
                found[:, 0] = 1
                found[:, 1:] = made[:, self.full - self.count + 1 :]
            else:
                found = made[:, self.full - self.count :].copy()
            return found
        return made

    def _sparse(self, rows: SparseRows) -> SparseRows:
        dense = rows.toarray()
        n_features = dense.shape[1]
        choose: Any = combinations if self.interaction else combinations_with_replacement
        degrees = range(max(1, self.least), self.most + 1)
        chosen = chain.from_iterable(choose(range(n_features), degree) for degree in degrees)
        columns = [np.ones((len(dense), 1), dense.dtype)] if self.bias else []
        for combination in chosen:
            product = dense[:, combination[0]]
            for place in combination[1:]:
                product = product * dense[:, place]
            columns.append(product.reshape(-1, 1))
        return SparseRows.from_dense(np.hstack(columns) if columns else np.empty((len(dense), 0)))


class _BSpline:
    """A spline of scipy's: its value, or its first derivative."""

    def __init__(self, part: Part) -> None:
        self.t = part.array("t").astype(np.float64)
        self.c = part.array("c").astype(np.float64)
        self.k = int(part.number("k"))
        self.extrapolate = part.get("extrapolate") is True
        self.n = len(self.t) - self.k - 1
        if self.t.ndim != 1 or self.c.ndim != 2 or not 0 <= self.k < 1024 or self.n <= self.k or len(self.c) < self.n:
            raise InvalidError("the knots of a B-spline do not fit its coefficients and degree", path=str(part.path))

    def __call__(self, x: Matrix, derivative: bool = False) -> Matrix:
        t, k, n = self.t, self.k, self.n
        x = np.asarray(x, np.float64)
        inside = (x >= t[k]) & (x <= t[n]) if not self.extrapolate else ~np.isnan(x)
        at = np.clip(np.searchsorted(t, x, side="right") - 1, k, n - 1)
        h = np.zeros((k + 1, len(x)))
        h[0] = 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            for j in range(1, k + 1):
                before = h[:j].copy()
                h[0] = 0.0
                for i in range(1, j + 1):
                    right, left = t[at + i], t[at + i - j]
                    flat = right == left
                    if derivative and j == k:
                        weight = j * before[i - 1] / (right - left)
                        h[i - 1] = np.where(flat, h[i - 1], h[i - 1] - weight)
                        h[i] = np.where(flat, 0.0, weight)
                    else:
                        weight = before[i - 1] / (right - left)
                        h[i - 1] = np.where(flat, h[i - 1], h[i - 1] + weight * (right - x))
                        h[i] = np.where(flat, 0.0, weight * (x - left))
        if derivative and k == 0:
            h[0] = 0.0
        made = np.zeros((len(x), self.c.shape[1]))
        for a in range(k + 1):
            made += h[a][:, np.newaxis] * self.c[at - k + a]
        made[~inside] = np.nan
        return made


class SplineTransformer(Estimator):
    """Splines of each feature."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.splines = [_BSpline(one) for one in part.items("bsplines_")]
        self.degree = int(part.number("degree"))
        self.extrapolation = part.word("extrapolation")
        self.bias = bool(part.get("include_bias", True))
        self.missing = part.get("handle_missing", "error") == "zeros"
        self.sparse = bool(part.get("sparse_output"))
        self.order = part.get("order", "C")
        if len(self.splines) != self.n_features or any(self.degree != spline.k for spline in self.splines):
            raise InvalidError("there is not one spline for each feature", path=str(part.path))

    def transform(self, X: Any) -> Any:
        rows = self.rows(X, nan=self.missing)
        dtype = rows.dtype if rows.dtype in FLOATS else np.dtype(np.float64)
        each = self.splines[0].c.shape[1]
        made = np.zeros((len(rows), each * len(self.splines)), dtype, order=self.order)
        for i, spline in enumerate(self.splines):
            x = rows[:, i].astype(np.float64)
            found = self._column(spline, x)
            found[np.isnan(x)] = 0
            made[:, i * each : (i + 1) * each] = found
        if not self.bias:
            made = made[:, [j for j in range(made.shape[1]) if (j + 1) % each != 0]]
        return SparseRows.from_dense(made) if self.sparse else made

    def _column(self, spline: _BSpline, x: Matrix) -> Matrix:
        t, k, degree = spline.t, spline.k, self.degree
        if self.extrapolation in ("continue", "error", "periodic"):
            if self.extrapolation == "periodic":
                n = spline.n
                width = t[n] - t[k]
                x = t[k] + (x - t[k]) % width if width > 0 else np.zeros_like(x)
            found = spline(x)
            if self.extrapolation == "error" and np.isnan(found[~np.isnan(x)]).any():
                raise ValueError("X holds values beyond the limits of the knots")
            return found
        low, high = t[degree], t[-degree - 1]
        ends = np.array([low, high])
        at_low, at_high = spline(ends)
        count = spline.c.shape[1]
        found = np.zeros((len(x), count))
        inside = (low <= x) & (x <= high)
        found[inside] = spline(x[inside])
        below, above = x < low, x > high
        if self.extrapolation == "constant":
            found[below, :degree] = at_low[:degree]
            found[above, count - degree :] = at_high[count - degree :]
        elif self.extrapolation == "linear":
            slope_low, slope_high = spline(ends, derivative=True)
            for j in range(degree + 1 if degree <= 1 else degree):
                found[below, j] = at_low[j] + (x[below] - low) * slope_low[j]
                last = count - 1 - j
                found[above, last] = at_high[last] + (x[above] - high) * slope_high[last]
        return found


class KBinsDiscretizer(Estimator):
    """The number of the bin that a value lies in."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.edges = [np.asarray(edges)[1:-1] for edges in part.items("bin_edges_")]
        self.bins = [int(number) for number in part.array("n_bins_")]
        self.encode = part.word("encode")
        if self.encode not in ("ordinal", "onehot", "onehot-dense"):
            raise part.refuse(f"the encoding {self.encode}")

    def transform(self, X: Any) -> Any:
        made = np.array(self.rows(X))
        for i, edges in enumerate(self.edges):
            made[:, i] = np.searchsorted(edges, made[:, i], side="right")
        if self.encode == "ordinal":
            return made
        starts = np.cumsum([0, *self.bins])
        columns = (made.astype(np.int64) + starts[:-1]).ravel()
        ends = np.arange(len(made) + 1) * made.shape[1]
        found = SparseRows(np.ones(columns.size, made.dtype), columns, ends, (len(made), int(starts[-1])))
        return found if self.encode == "onehot" else found.toarray()


_NAMES = (
    "absolute", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos",
    "cosh", "deg2rad", "degrees", "exp", "exp2", "expm1", "fabs", "fix", "floor", "isfinite", "isinf",
    "isnan", "log", "log10", "log1p", "log2", "nan_to_num", "negative", "positive", "rad2deg", "radians",
    "reciprocal", "rint", "sign", "signbit", "sin", "sinh", "spacing", "sqrt", "square", "tan", "tanh",
    "trunc",
)  # fmt: skip
#: Functions that change each value by itself, by their names.
FUNCTIONS: dict[str, Any] = {f"numpy:{name}": getattr(np, name) for name in _NAMES}
FUNCTIONS["builtins:abs"] = np.absolute
FUNCTIONS["scipy.special:expit"] = expit
_IDENTITY = "sklearn.preprocessing._function_transformer:_identity"
_CHECK = "sklearn.utils.validation:check_array"


class FunctionTransformer(Estimator):
    """A function of numpy, by name."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.validate = bool(part.get("validate"))
        self.checks = self._checks(part.get("func"))
        self.function = None if self.checks else self._function(part.get("func"), part.get("kw_args"))
        # Only a way back needs it: what asks for one asks for it when it is made.
        self.back = (part.get("inverse_func"), part.get("inv_kw_args"))

    def _function(self, function: Any, arguments: Any) -> Any:
        if function is None or function == _IDENTITY:
            return None
        found = FUNCTIONS.get(function) if isinstance(function, Name) else None
        if found is None:
            what = function if isinstance(function, str) else getattr(function, "type", type(function).__name__)
            raise self.part.refuse(f"the function {what}")
        if arguments:
            raise self.part.refuse("arguments of a function")
        return found

    def _checks(self, function: Any) -> bool:
        """Say whether the function is the one that histogram boosting makes numbers with."""
        return (
            isinstance(function, Part)
            and function.type == "functools:partial/1"
            and function.get("func") == _CHECK
            and function.get("keywords") in ({"dtype": ["numpy:float64"], "ensure_all_finite": False},)
        )

    def transform(self, X: Any) -> Any:
        if self.checks:
            return self.rows(X, dtypes=(np.dtype(np.float64),), nan=True, inf=True)
        if self.validate:
            X = self.rows(X, sparse=True)
        rows = X.to_array() if isinstance(X, Table) else X
        if self.function is None:
            return rows
        with np.errstate(all="ignore"):
            if isinstance(rows, SparseRows):
                return rows.with_data(self.function(rows.data))
            return self.function(_numbers(rows))

    def prepare_inverse(self) -> None:
        """Find the function that leads back."""
        self.inverse = self._function(*self.back)

    def inverse_transform(self, X: Any) -> Any:
        with np.errstate(all="ignore"):
            return X if self.inverse is None else self.inverse(X)


def _numbers(rows: Any) -> Matrix:
    """Return an array of objects that are all numbers as an array of numbers."""
    found = np.asarray(rows)
    if found.dtype.kind == "O":
        try:
            return found.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"X cannot be converted to numbers: {error}") from None
    if found.dtype.kind not in "fiub":
        raise ValueError(f"a function of numbers takes none of dtype {found.dtype}")
    return found


KNOWN: dict[str, Any] = {
    "sklearn.preprocessing._discretization:KBinsDiscretizer": KBinsDiscretizer,
    "sklearn.preprocessing._function_transformer:FunctionTransformer": FunctionTransformer,
    "sklearn.preprocessing._polynomial:PolynomialFeatures": PolynomialFeatures,
    "sklearn.preprocessing._polynomial:SplineTransformer": SplineTransformer,
}
