"""Kernels, and what is built on them: ridge, approximations, principal components, semi-supervised labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table
from .clusters import squared_distances
from .preprocessing import centred_kernel

__all__ = ["kernel_matrix"]


def kernel_matrix(kind: Any, X: Tensor, points: Any, arguments: dict[str, Any], c: Conversion) -> Tensor:
    """Return the kernel of each row with each point, as `sklearn.metrics.pairwise.pairwise_kernels`."""
    points = points.toarray() if hasattr(points, "toarray") else points
    known = np.asarray(points, np.float64)
    width = known.shape[1]
    gamma = arguments.get("gamma")
    gamma = 1.0 / width if gamma is None else float(gamma)
    coef0, degree = arguments.get("coef0"), arguments.get("degree")
    coef0 = 1.0 if coef0 is None else float(coef0)
    degree = 3 if degree is None else degree
    if kind == "linear":
        return X @ known.T
    if kind in ("rbf",):
        return (squared_distances(X, known) * -gamma).exp()
    if kind in ("poly", "polynomial"):
        base = (X @ known.T) * gamma + coef0
        return _power(base, degree)
    if kind == "sigmoid":
        return ((X @ known.T) * gamma + coef0).tanh()
    if kind == "laplacian":
        return (abs(X.unsqueezed(1) - known[None, :, :]).sum(2) * -gamma).exp()
    if kind == "cosine":
        size = (X * X).sum(1, keep=True).sqrt()
        size = c.graph.where(size < 10 * float(np.finfo(np.float64).eps), 1.0, size)
        length = np.sqrt((known**2).sum(axis=1, keepdims=True))
        return (X / size) @ (known / np.where(length == 0, 1.0, length)).T
    if kind in ("chi2", "additive_chi2"):
        gap, total = X.unsqueezed(1) - known[None, :, :], X.unsqueezed(1) + known[None, :, :]
        apart = (gap * gap / c.graph.where(total.equals(0.0), 1.0, total)).sum(2)
        if kind == "additive_chi2":
            return -apart
        return (apart * -(1.0 if arguments.get("gamma") is None else gamma)).exp()
    raise c.refuse(
        f"the kernel {kind if isinstance(kind, str) else getattr(kind, '__name__', kind)!r} has no converter"
    )


def _power(base: Tensor, degree: Any) -> Tensor:
    if float(degree) == int(degree) and 1 <= int(degree) <= 8:
        found = base
        for _ in range(int(degree) - 1):
            found = found * base
        return found
    return base ** float(degree)


def _arguments(model: Any) -> dict[str, Any]:
    return {name: getattr(model, name, None) for name in ("gamma", "degree", "coef0")}


@converts("KernelRidge")
def _ridge(model: Any, table: Table, c: Conversion) -> Results:
    arguments = model.kernel_params or {} if callable(model.kernel) else _arguments(model)
    if model.kernel == "precomputed":
        K = table.numbers()
    else:
        K = kernel_matrix(model.kernel, table.numbers(), model.X_fit_, arguments, c)
    dual = np.asarray(model.dual_coef_, np.float64)
    value = K @ dual.reshape(len(dual), -1)
    return {"predict": value.reshape(-1) if dual.ndim == 1 else value}


@converts("Nystroem")
def _nystroem(model: Any, table: Table, c: Conversion) -> Results:
    arguments = {**_arguments(model), **(model.kernel_params or {})}
    K = kernel_matrix(model.kernel, table.numbers(), model.components_, arguments, c)
    way = np.asarray(model.normalization_, np.float64)
    return {"transform": Table.of(K @ way.T, len(way))}


@converts("RBFSampler")
def _random_waves(model: Any, table: Table, c: Conversion) -> Results:
    weights = np.asarray(model.random_weights_, np.float64)
    angle = table.numbers() @ weights + np.asarray(model.random_offset_, np.float64)
    return {"transform": Table.of(angle.cos() * float(np.sqrt(2.0 / weights.shape[1])), weights.shape[1])}


@converts("SkewedChi2Sampler")
def _skewed(model: Any, table: Table, c: Conversion) -> Results:
    weights = np.asarray(model.random_weights_, np.float64)
    angle = (table.numbers() + float(model.skewedness)).log() @ weights + np.asarray(model.random_offset_)
    return {"transform": Table.of(angle.cos() * float(np.sqrt(2.0) / np.sqrt(weights.shape[1])), weights.shape[1])}


@converts("AdditiveChi2Sampler")
def _additive(model: Any, table: Table, c: Conversion) -> Results:
    graph, X = c.graph, table.numbers()
    there = ~X.equals(0.0)
    safe = graph.where(there, X, 1.0)
    interval = model.sample_interval
    if interval is None:
        interval = getattr(model, "sample_interval_", None) or {1: 0.8, 2: 0.5, 3: 0.4}[model.sample_steps]
    parts = [graph.where(there, (safe * float(interval)).sqrt(), 0.0)]
    log_step = safe.log() * float(interval)
    step_size = safe * (2.0 * float(interval))
    for j in range(1, model.sample_steps):
        factor = (step_size * float(1.0 / np.cosh(np.pi * j * interval))).sqrt()
        parts.append(graph.where(there, factor * (log_step * float(j)).cos(), 0.0))
        parts.append(graph.where(there, factor * (log_step * float(j)).sin(), 0.0))
    return {"transform": Table.of(graph.concat(parts), table.width * len(parts))}


@converts("KernelPCA")
def _kernel_components(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers()
    if model.kernel == "precomputed":
        K = X
    else:
        arguments = dict(_arguments(model))
        arguments["gamma"] = getattr(model, "gamma_", model.gamma)
        arguments.update(model.kernel_params or {})
        K = kernel_matrix(model.kernel, X, model.X_fit_, arguments, c)
    return {"transform": _components(model, centred_kernel(model._centerer, K))}


def _components(model: Any, centred: Tensor) -> Table:
    values, vectors = np.asarray(model.eigenvalues_), np.asarray(model.eigenvectors_)
    scaled = np.zeros_like(vectors)
    some = np.flatnonzero(values)
    scaled[:, some] = vectors[:, some] / np.sqrt(values[some])
    return Table.of(centred @ scaled, scaled.shape[1])


@converts("Isomap")
def _isomap(model: Any, table: Table, c: Conversion) -> Results:
    from .neighbors import nearest

    if model.radius is not None:
        raise c.refuse("neighbors by radius have no converter")
    graph = c.graph
    far, which = nearest(model.nbrs_, table.numbers(), int(model.n_neighbors), c)
    paths = np.asarray(model.dist_matrix_, np.float64)
    # The shortest way to each fitted row leads over one of the neighbors.
    best: Any = None
    for k in range(int(model.n_neighbors)):
        way = graph.constant(paths).take(which.column(k).reshape(-1), 0) + far.column(k)
        best = way if best is None else graph.arithmetic("Min", best, way)
    return {
        "transform": _components(model.kernel_pca_, centred_kernel(model.kernel_pca_._centerer, best * best * -0.5))
    }


@converts("LabelPropagation", "LabelSpreading")
def _propagated(model: Any, table: Table, c: Conversion) -> Results:
    graph, X = c.graph, table.numbers()
    distributions = np.asarray(model.label_distributions_, np.float64)
    if model.kernel == "rbf":
        weights = kernel_matrix("rbf", X, model.X_, {"gamma": model.gamma}, c)
        shares = weights @ distributions
    elif model.kernel == "knn":
        from .neighbors import nearest

        which = nearest(model.nn_fit, X, int(model.n_neighbors), c)[1]
        shares = graph.constant(distributions).take(which, 0).sum(1)
    else:
        raise c.refuse("a kernel of one's own has no converter")
    total = shares.sum(1, keep=True)
    shares = shares / total
    # Far from all rows every weight is 0: no number in scikit-learn, and the first class.
    best = graph.where(shares.isnan(), np.inf, shares)
    return {"predict": labelled(graph, model.classes_, best.argmax(1)), "predict_proba": shares}
