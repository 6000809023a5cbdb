"""Curves of one number: steps, straight pieces, the error function and the quantiles of the normal distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor

__all__ = ["erf", "interpolated", "isotonic", "normal_quantile", "polynomial", "steps_below"]


def steps_below(x: Tensor, edges: Any) -> Tensor:
    """Return how many of the sorted edges are at or below each value, as `np.searchsorted` on the right."""
    known = np.asarray(edges, np.float64).reshape(1, -1)
    if not known.size:
        return (x.reshape(-1) * 0.0).cast("int64")
    return (x.reshape(-1, 1) >= known).sum(1)


def interpolated(x: Tensor, xp: Any, fp: Any) -> Tensor:
    """Return what `np.interp` returns; values in one dimension."""
    known, values = np.asarray(xp, np.float64), np.asarray(fp, np.float64)
    graph, flat = x.graph, x.reshape(-1)
    if len(known) == 1:
        return graph.where(flat.isnan(), flat, values[0])
    with np.errstate(all="ignore"):
        width = np.diff(known)
        slopes = np.where(width > 0, np.diff(values) / np.where(width > 0, width, 1.0), 0.0)
    place = (steps_below(flat, known) - 1).clip(0, len(known) - 2)
    inside = (flat - graph.constant(known).take(place, 0)) * graph.constant(slopes).take(place, 0)
    inside = inside + graph.constant(values).take(place, 0)
    inside = graph.where(flat >= float(known[-1]), values[-1], inside)
    inside = graph.where(flat < float(known[0]), values[0], inside)
    return graph.where(flat.isnan(), flat, inside)


def isotonic(model: Any, x: Tensor) -> Tensor:
    """Return what a fitted IsotonicRegression says."""
    xp, fp = model.X_thresholds_, model.y_thresholds_
    value = x
    if model.out_of_bounds == "clip":
        value = x.clip(float(model.X_min_), float(model.X_max_))
    if len(fp) == 1:
        return x.graph.where(x.isnan(), x, float(fp[0]))
    found = interpolated(value, xp, fp)
    if model.out_of_bounds == "nan":
        outside = (x < float(model.X_min_)) | (x > float(model.X_max_))
        found = x.graph.where(outside, np.nan, found)
    return found


def polynomial(x: Tensor, coefficients: Any) -> Tensor:
    """Return a polynomial, the highest power first."""
    found: Any = float(coefficients[0])
    for coefficient in coefficients[1:]:
        found = x * found + float(coefficient)
    return found  # type: ignore[no-any-return]


# Cephes (Stephen L. Moshier), ndtr.c: relative errors below 4e-16.
_T: tuple[float, ...] = (
    9.60497373987051638749e0,
    9.00260197203842689217e1,
    2.23200534594684319226e3,
    7.00332514112805075473e3,
    5.55923013010394962768e4,
)
_U: tuple[float, ...] = (
    1.0,
    3.35617141647503099647e1,
    5.21357949780152679795e2,
    4.59432382970980127987e3,
    2.26290000613890934246e4,
    4.92673942608635921086e4,
)
_P: tuple[float, ...] = (
    2.46196981473530512524e-10,
    5.64189564831068821977e-1,
    7.46321056442269912687e0,
    4.86371970985681366614e1,
    1.96520832956077098242e2,
    5.26445194995477358631e2,
    9.34528527171957607540e2,
    1.02755188689515710272e3,
    5.57535335369399327526e2,
)
_Q: tuple[float, ...] = (
    1.0,
    1.32281951154744992508e1,
    8.67072140885989742329e1,
    3.54937778887819891062e2,
    9.75708501743205489753e2,
    1.82390916687909736289e3,
    2.24633760818710981792e3,
    1.65666309194161350182e3,
    5.57535340817727675546e2,
)
_R: tuple[float, ...] = (
    5.64189583547755073984e-1,
    1.27536670759978104416e0,
    5.01905042251180477414e0,
    6.16021097993053585195e0,
    7.40974269950448939160e0,
    2.97886665372100240670e0,
)
_S: tuple[float, ...] = (
    1.0,
    2.26052863220117276590e0,
    9.39603524938001434673e0,
    1.20489539808096656605e1,
    1.70814450747565897222e1,
    9.60896809063285878198e0,
    3.36907645100081516050e0,
)


def erf(x: Tensor) -> Tensor:
    """Return the error function, which onnxruntime has in 32 bits only."""
    graph, size = x.graph, abs(x)
    small = size.clip(None, 1.0)
    square = small * small
    inner = small * polynomial(square, _T) / polynomial(square, _U)
    middle = size.clip(1.0, 8.0)
    large = size.clip(8.0, 26.0)
    outer = graph.where(
        size < 8.0,
        (-(middle * middle)).exp() * polynomial(middle, _P) / polynomial(middle, _Q),
        (-(large * large)).exp() * polynomial(large, _R) / polynomial(large, _S),
    )
    found = graph.where(size <= 1.0, inner, 1.0 - outer)
    return graph.where(x.isnan(), x, found * x.sign())


_P0: tuple[float, ...] = (
    -5.99633501014107895267e1,
    9.80010754185999661536e1,
    -5.66762857469070293439e1,
    1.39312609387279679503e1,
    -1.23916583867381258016e0,
)
_Q0: tuple[float, ...] = (
    1.0,
    1.95448858338141759834e0,
    4.67627912898881538453e0,
    8.63602421390890590575e1,
    -2.25462687854119370527e2,
    2.00260212380060660359e2,
    -8.20372256168333339912e1,
    1.59056225126211695515e1,
    -1.18331621121330003142e0,
)
_P1: tuple[float, ...] = (
    4.05544892305962419923e0,
    3.15251094599893866154e1,
    5.71628192246421288162e1,
    4.40805073893200834700e1,
    1.46849561928858024014e1,
    2.18663306850790267539e0,
    -1.40256079171354495875e-1,
    -3.50424626827848203418e-2,
    -8.57456785154685413611e-4,
)
_Q1: tuple[float, ...] = (
    1.0,
    1.57799883256466749731e1,
    4.53907635128879210584e1,
    4.13172038254672030440e1,
    1.50425385692907503408e1,
    2.50464946208309415979e0,
    -1.42182922854787788574e-1,
    -3.80806407691578277194e-2,
    -9.33259480895457427372e-4,
)
_P2: tuple[float, ...] = (
    3.23774891776946035970e0,
    6.91522889068984211695e0,
    3.93881025292474443415e0,
    1.33303460815807542389e0,
    2.01485389549179081538e-1,
    1.23716634817820021358e-2,
    3.01581553508235416007e-4,
    2.65806974686737550832e-6,
    6.23974539184983293730e-9,
)
_Q2: tuple[float, ...] = (
    1.0,
    6.02427039364742014255e0,
    3.67983563856160859403e0,
    1.37702099489081330271e0,
    2.16236993594496635890e-1,
    1.34204006088543189037e-2,
    3.28014464682127739104e-4,
    2.89247864745380683936e-6,
    6.79019408009981274425e-9,
)


def normal_quantile(p: Tensor) -> Tensor:
    """Return the quantiles of the standard normal distribution for shares between 0 and 1."""
    graph = p.graph
    mirrored = p > 1.0 - 0.13533528323661269189
    y = graph.where(mirrored, 1.0 - p, p)
    centred = (y - 0.5).clip(-0.5, 0.5)
    square = centred * centred
    near = centred + centred * (square * polynomial(square, _P0) / polynomial(square, _Q0))
    near = near * 2.50662827463100050242
    tail = y.clip(1e-300, 0.2)
    x = (-2.0 * tail.log()).sqrt()
    first = x - x.log() / x
    z = 1.0 / x
    second = graph.where(
        x < 8.0, z * polynomial(z, _P1) / polynomial(z, _Q1), z * polynomial(z, _P2) / polynomial(z, _Q2)
    )
    far = first - second
    far = graph.where(mirrored, far, -far)
    found = graph.where(y > 0.13533528323661269189, near, far)
    found = graph.where(p.equals(0.0), -np.inf, graph.where(p.equals(1.0), np.inf, found))
    return graph.where(p.isnan(), p, found)
