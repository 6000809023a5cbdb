"""Scalers, bins, splines, polynomials, quantiles, powers and functions of numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts
from ..tables import Block, Table
from .curves import interpolated, normal_quantile, steps_below
from .encoders import _hot, _hot_columns

__all__ = ["UFUNCS", "function_of_numpy"]


def _table(value: Tensor, table: Table) -> Results:
    return {"transform": Table.of(value, table.width)}


@converts("StandardScaler")
def _standard(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers()
    if model.with_mean and model.mean_ is not None:
        X = X - np.asarray(model.mean_, np.float64)
    if model.with_std and model.scale_ is not None:
        X = X / np.asarray(model.scale_, np.float64)
    return _table(X, table)


@converts("RobustScaler")
def _robust(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers()
    if model.with_centering:
        X = X - np.asarray(model.center_, np.float64)
    if model.with_scaling:
        X = X / np.asarray(model.scale_, np.float64)
    return _table(X, table)


@converts("MinMaxScaler")
def _min_max(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers() * np.asarray(model.scale_, np.float64) + np.asarray(model.min_, np.float64)
    if getattr(model, "clip", False):
        low, high = (float(end) for end in model.feature_range)
        X = c.graph.where(X.isnan(), X, X.clip(low, high))
    return _table(X, table)


@converts("MaxAbsScaler")
def _max_abs(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers() / np.asarray(model.scale_, np.float64)
    if getattr(model, "clip", False):
        X = c.graph.where(X.isnan(), X, X.clip(-1.0, 1.0))
    return _table(X, table)


@converts("Normalizer")
def _normalizer(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers()
    if model.norm == "l1":
        size = abs(X).sum(1, keep=True)
    elif model.norm == "l2":
        size = (X * X).sum(1, keep=True).sqrt()
    else:
        size = abs(X).max(1, keep=True)
    # What scikit-learn takes for zero.
    return _table(X / c.graph.where(size < 10 * float(np.finfo(np.float64).eps), 1.0, size), table)


@converts("Binarizer")
def _binarizer(model: Any, table: Table, c: Conversion) -> Results:
    return _table((table.numbers() > float(model.threshold)).number(), table)


@converts("KernelCenterer")
def _centerer(model: Any, table: Table, c: Conversion) -> Results:
    return _table(centred_kernel(model, table.numbers()), table)


def centred_kernel(centerer: Any, K: Tensor) -> Tensor:
    """Return a kernel matrix without its means, as a fitted KernelCenterer does."""
    means = K.sum(1, keep=True) / float(np.shape(centerer.K_fit_rows_)[0])
    return K - np.asarray(centerer.K_fit_rows_) - means + float(centerer.K_fit_all_)


@converts("PolynomialFeatures")
def _polynomial(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers()
    rows = X.take([0]) * 0.0 + 1.0
    whole = c.graph.concat([rows, X])
    powers = np.asarray(model.powers_)
    most = int(powers.sum(axis=1).max(initial=1))
    # Each output is a product of columns; the first column of ones fills up those with fewer factors.
    factors = np.zeros((max(most, 1), len(powers)), np.int64)
    for output, row in enumerate(powers):
        places = np.repeat(np.arange(len(row)), row) + 1
        factors[: len(places), output] = places
    found = whole.take(factors[0])
    for line in factors[1:]:
        found = found * whole.take(line)
    return {"transform": Table.of(found, len(powers))}


@converts("KBinsDiscretizer")
def _bins(model: Any, table: Table, c: Conversion) -> Results:
    columns = []
    for place, edges in enumerate(model.bin_edges_):
        columns.append(steps_below(table.column(place).number(), np.asarray(edges)[1:-1]))
    if model.encode == "ordinal":
        return {"transform": Table(tuple(Block(column.number().reshape(-1, 1), 1) for column in columns))}
    blocks = []
    for place, column in enumerate(columns):
        known, width = _hot_columns(model._encoder, place)
        if width:
            blocks.append(Block(_hot(c, c.graph.constant(known).take(column, 0), width), width))
    return {"transform": Table(tuple(blocks))}


@converts("SplineTransformer")
def _spline(model: Any, table: Table, c: Conversion) -> Results:
    graph = c.graph
    blocks = []
    count = model.bsplines_[0].c.shape[1]
    for place, spline in enumerate(model.bsplines_):
        x = table.column(place).number().reshape(-1)
        absent = x.isnan()
        low, high = float(spline.t[spline.k]), float(spline.t[-spline.k - 1])
        if model.extrapolation == "periodic":
            span = high - low
            away = (x - low) / span
            inside = x - away.floor() * span
            inside = graph.where(inside < low, low, inside)
        elif model.extrapolation in ("constant", "linear"):
            inside = x.clip(low, high)
        else:
            inside = x
        value = _pieces(spline, inside, c)
        if model.extrapolation == "linear":
            for end, beyond in ((low, x < low), (high, x > high)):
                slope = np.asarray(spline(end, nu=1), np.float64).reshape(1, -1)
                base = np.asarray(spline(end), np.float64).reshape(1, -1)
                line = (x.reshape(-1, 1) - end) * slope + base
                value = graph.where(beyond.reshape(-1, 1), line, value)
        if getattr(model, "handle_missing", "error") == "zeros":
            value = graph.where(absent.reshape(-1, 1), 0.0, value)
        wanted = count if model.include_bias else count - 1
        blocks.append(Block(value if wanted == count else value.take(np.arange(wanted)), wanted))
    return {"transform": Table(tuple(blocks))}


def _pieces(spline: Any, x: Tensor, c: Conversion) -> Tensor:
    """Return a vector of splines as polynomials between their knots: rows × splines."""
    from scipy.interpolate import BSpline

    graph, degree = c.graph, int(spline.k)
    knots = np.unique(np.asarray(spline.t, np.float64)[degree : len(spline.t) - degree])
    starts = knots[:-1]
    basis = BSpline(spline.t, spline.c, degree, extrapolate=True)
    # Taylor's coefficients at the middle of each piece, where no knot is near.
    middles = (knots[:-1] + knots[1:]) / 2
    terms, factor = [], 1.0
    for order in range(degree + 1):
        factor *= max(order, 1)
        terms.append(np.asarray(basis(middles, nu=order), np.float64) / factor)
    place = (steps_below(x, starts) - 1).clip(0, len(starts) - 1)
    away = (x - graph.constant(middles).take(place, 0)).reshape(-1, 1)
    found = graph.constant(terms[-1]).take(place, 0)
    for term in reversed(terms[:-1]):
        found = found * away + graph.constant(term).take(place, 0)
    return found


@converts("QuantileTransformer")
def _quantiles(model: Any, table: Table, c: Conversion) -> Results:
    graph, tiny = c.graph, 1e-7
    blocks = []
    references = np.asarray(model.references_, np.float64)
    normal = model.output_distribution == "normal"
    for place in range(table.width):
        quantiles = np.asarray(model.quantiles_[:, place], np.float64)
        x = table.column(place).number().reshape(-1)
        up = interpolated(x, quantiles, references)
        down = interpolated(-x, -quantiles[::-1], -references[::-1])
        value = (up - down) * 0.5
        low, high = float(quantiles[0]), float(quantiles[-1])
        at_top = (x + tiny > high) if normal else x.equals(high)
        at_bottom = (x - tiny < low) if normal else x.equals(low)
        value = graph.where(at_bottom, 0.0, graph.where(at_top, 1.0, value))
        if normal:
            from scipy import stats

            least = float(stats.norm.ppf(tiny - np.spacing(1)))
            most = float(stats.norm.ppf(1 - (tiny - np.spacing(1))))
            value = normal_quantile(value)
            value = graph.where(value.isnan(), value, value.clip(least, most))
        blocks.append(Block(value.reshape(-1, 1), 1))
    return {"transform": Table(tuple(blocks))}


@converts("PowerTransformer")
def _power(model: Any, table: Table, c: Conversion) -> Results:
    graph = c.graph
    blocks = []
    for place, power in enumerate(np.asarray(model.lambdas_, np.float64).tolist()):
        x = table.column(place).number()
        blocks.append(Block(_box_cox(x, power) if model.method == "box-cox" else _yeo_johnson(x, power), 1))
    found = Table(tuple(blocks))
    if model.standardize:
        found = c(model._scaler, found, "_scaler")["transform"]
    del graph
    return {"transform": found}


def _box_cox(x: Tensor, power: float) -> Tensor:
    if abs(power) < 1e-19:
        return x.log()
    return (x.log() * power).expm1() / power


def _yeo_johnson(x: Tensor, power: float) -> Tensor:
    graph = x.graph
    above, below = x.clip(0.0), (-x).clip(0.0)
    eps = float(np.spacing(1.0))
    if abs(power) < eps:
        up = above.log1p()
    else:
        up = (above.log1p() * power).expm1() / power
    if abs(power - 2.0) > eps:
        down = -((below.log1p() * (2.0 - power)).expm1() / (2.0 - power))
    else:
        down = -below.log1p()
    return graph.where(x.isnan(), x, graph.where(x >= 0.0, up, down))


# --- functions of numpy ---------------------------------------------------------------------------------

UFUNCS: dict[str, Callable[[Tensor], Tensor]] = {
    "absolute": lambda x: abs(x),
    "cbrt": lambda x: x.sign() * (abs(x).log() / 3.0).exp(),
    "ceil": lambda x: -((-x).floor()),
    "cos": lambda x: x.cos(),
    "exp": lambda x: x.exp(),
    "exp2": lambda x: 2.0**x,
    "expm1": lambda x: x.expm1(),
    "fabs": lambda x: abs(x),
    "floor": lambda x: x.floor(),
    "log": lambda x: x.log(),
    "log10": lambda x: x.log() / float(np.log(10.0)),
    "log1p": lambda x: x.log1p(),
    "log2": lambda x: x.log() / float(np.log(2.0)),
    "negative": lambda x: -x,
    "positive": lambda x: x,
    "reciprocal": lambda x: 1.0 / x,
    "sign": lambda x: x.sign(),
    "sin": lambda x: x.sin(),
    "sqrt": lambda x: x.sqrt(),
    "square": lambda x: x * x,
    "tanh": lambda x: x.tanh(),
    "isnan": lambda x: x.isnan().number(),
    "deg2rad": lambda x: x * float(np.pi / 180.0),
    "radians": lambda x: x * float(np.pi / 180.0),
    "rad2deg": lambda x: x * float(180.0 / np.pi),
    "degrees": lambda x: x * float(180.0 / np.pi),
}


def function_of_numpy(function: Any, arguments: Any, X: Tensor, c: Conversion) -> Tensor:
    """Return a function of numpy, of each number."""
    name = getattr(function, "__name__", "")
    arguments = dict(arguments or {})
    if isinstance(function, np.ufunc) and name in UFUNCS and not arguments:
        return UFUNCS[name](X)
    if function is np.clip and set(arguments) <= {"a_min", "a_max", "min", "max"}:
        ends = (arguments.get("a_min", arguments.get("min")), arguments.get("a_max", arguments.get("max")))
        if all(end is None or np.ndim(end) <= 1 for end in ends):
            return c.graph.where(
                X.isnan(), X, X.clip(*(None if end is None else np.asarray(end, float) for end in ends))
            )
    if function is np.nan_to_num and set(arguments) <= {"nan"}:
        big = float(np.finfo(np.float64).max)
        return c.graph.where(X.isnan(), float(arguments.get("nan", 0.0)), X).clip(-big, big)
    raise c.refuse(
        f"the function {name or type(function).__name__} has no converter",
        fix="use a ufunc of numpy such as numpy.log1p",
    )


@converts("FunctionTransformer")
def _function(model: Any, table: Table, c: Conversion) -> Results:
    if model.func is None:
        return {"transform": table}
    return _table(function_of_numpy(model.func, model.kw_args, table.numbers(), c), table)
