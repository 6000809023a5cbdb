"""What scikit-learn takes from scipy.special and its own compiled code, in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["euclidean", "expit", "logsumexp", "ndtr", "ndtri", "normalized", "softmax", "squared_norms"]

Matrix = np.ndarray[Any, Any]


def expit(x: Matrix) -> Matrix:
    """Return the logistic function."""
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-x)))


def softmax(x: Matrix) -> Matrix:
    """Return the softmax of each row."""
    made = np.exp(x - x.max(axis=1).reshape(-1, 1))
    made /= made.sum(axis=1).reshape(-1, 1)
    return np.asarray(made)


def logsumexp(x: Matrix) -> Matrix:
    """Return the logarithm of the sum of exponentials of each row, the largest apart as scikit-learn has it."""
    most = x.max(axis=1, keepdims=True)
    largest = x == most
    count = largest.sum(axis=1, keepdims=True, dtype=x.dtype)
    rest = np.exp(np.where(largest, -np.inf, x) - np.where(np.isfinite(most), most, 0)).sum(axis=1, keepdims=True)
    rest = np.where(rest == 0, rest, rest / count)
    return np.asarray((np.log1p(rest) + np.log(count) + most)[:, 0])


def squared_norms(x: Any) -> Matrix:
    """Return the squared length of each row."""
    if not isinstance(x, np.ndarray):
        return np.asarray(x.row_sums(x.data * x.data))
    return np.asarray(np.einsum("ij,ij->i", x, x))


def euclidean(x: Any, y: Matrix, squared: bool = False) -> Matrix:
    """Return the distance of each row of one matrix from each of another, as scikit-learn computes it."""
    if x.dtype == y.dtype == np.float32:
        # Single precision would lose all digits of a small distance.
        return np.asarray(euclidean(x.astype(np.float64), y.astype(np.float64), squared), np.float32)
    made = -2.0 * (x @ y.T)
    made += squared_norms(x).reshape(-1, 1)
    made += squared_norms(y).reshape(1, -1)
    np.maximum(made, 0, out=made)
    return np.asarray(made if squared else np.sqrt(made, out=made))


def normalized(x: Matrix, norm: str) -> Matrix:
    """Return the rows, each divided by its norm; rows of zeros stay."""
    if norm == "l1":
        norms = np.abs(x).sum(axis=1)
    elif norm == "l2":
        norms = np.sqrt(squared_norms(x))
    else:
        norms = np.max(abs(x), axis=1)
    norms = np.where(norms < 10 * np.finfo(norms.dtype).eps, 1.0, norms).astype(norms.dtype)
    return np.asarray(x / norms[:, np.newaxis])


def polynomial(coefficients: tuple[float, ...], x: Matrix) -> Matrix:
    """Return a polynomial, the coefficient of the highest power first."""
    made: Any = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        made = made * x + coefficient
    return np.asarray(made)


# Wichura's algorithm AS 241, PPND16: the quantiles of the normal distribution to 16 digits.
_MIDDLE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
     1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
     687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_NEAR = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def ndtri(p: Matrix) -> Matrix:
    """Return the quantile of the standard normal distribution."""
    p = np.asarray(p, np.float64)
    q = p - 0.5
    with np.errstate(invalid="ignore", divide="ignore"):
        r = 0.180625 - q * q
        made = q * polynomial(_MIDDLE[0], r) / polynomial(_MIDDLE[1], r)
        tail = ~(np.abs(q) <= 0.425)
        t = np.sqrt(-np.log(np.where(q <= 0.0, p, 1.0 - p)))
        near = t <= 5.0
        u = np.where(near, t - 1.6, t - 5.0)
        far = np.where(
            near, polynomial(_NEAR[0], u) / polynomial(_NEAR[1], u), polynomial(_FAR[0], u) / polynomial(_FAR[1], u)
        )
        made = np.where(tail, np.where(q < 0.0, -far, far), made)
        made = np.where(p == 0.0, -np.inf, np.where(p == 1.0, np.inf, made))
    return np.asarray(np.where((p < 0.0) | (p > 1.0) | np.isnan(p), np.nan, made))


def ndtr(x: Matrix) -> Matrix:
    """Return the standard normal distribution."""
    from math import erfc, sqrt

    flat = np.asarray(x, np.float64)
    half = sqrt(0.5)
    made = np.fromiter((0.5 * erfc(-value * half) for value in flat.ravel().tolist()), np.float64, flat.size)
    return made.reshape(flat.shape)
