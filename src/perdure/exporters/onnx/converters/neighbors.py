"""Neighbours: the nearest of the stored rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table
from .clusters import squared_distances

__all__ = ["distances", "nearest"]

# Rows × stored rows × columns of a graph at once; beyond it a model would take gigabytes to predict.
_MOST = 5_000_000


def _points(model: Any, c: Conversion) -> np.ndarray[Any, Any]:
    stored = model._fit_X
    stored = stored.toarray() if hasattr(stored, "toarray") else np.asarray(stored)
    if stored.size > _MOST:
        raise c.refuse(f"it holds {stored.shape[0]:,} rows of {stored.shape[1]:,} columns, too many for a graph")
    return np.asarray(stored, np.float64)


def distances(model: Any, X: Tensor, c: Conversion) -> Tensor:
    """Return the distance of each row to each stored row."""
    metric = getattr(model, "effective_metric_", model.metric)
    extra = dict(getattr(model, "effective_metric_params_", None) or {})
    points = _points(model, c)
    p = extra.get("p", getattr(model, "p", 2))
    if extra.get("w") is not None:
        raise c.refuse("weighted distances have no converter")
    if metric == "precomputed":
        if hasattr(model._fit_X, "toarray"):
            raise c.refuse("a sparse graph of neighbors has no converter: what is not in it is far, and not at 0")
        return X
    if metric in ("euclidean", "l2") or (metric == "minkowski" and p == 2):
        return squared_distances(X, points).sqrt()
    if metric in ("sqeuclidean",):
        return squared_distances(X, points)
    gap = abs(X.unsqueezed(1) - points[None, :, :])
    if metric in ("manhattan", "l1", "cityblock") or (metric == "minkowski" and p == 1):
        return gap.sum(2)
    if metric == "chebyshev":
        return gap.max(2)
    if metric == "minkowski":
        return (gap ** float(p)).sum(2) ** (1.0 / float(p))
    if metric == "cosine":
        from .kernels import kernel_matrix

        return 1.0 - kernel_matrix("cosine", X, points, {}, c)
    raise c.refuse(f"metric={metric!r} has no converter")


def nearest(model: Any, X: Tensor, count: int, c: Conversion) -> tuple[Tensor, Tensor]:
    """Return the distances of the nearest stored rows, and which they are."""
    apart = distances(model, X, c)
    points = int(np.shape(model._fit_X)[0])
    if count >= points:
        return c.graph.smallest(apart, count)
    far, which = c.graph.smallest(apart, count + 1)
    # The next one is as near: which of the two counts is an accident of the order in which they are looked at.
    last, following = far.column(count - 1), far.column(count)
    size = following * following + (X * X).sum(1, keep=True)
    c.unsettled.append(((following * following - last * last) <= size * 1e-13).reshape(-1))
    return far.take(np.arange(count)), which.take(np.arange(count))


def _weights(kind: Any, far: Tensor, c: Conversion) -> Tensor:
    if kind in (None, "uniform"):
        return far * 0.0 + 1.0
    if kind != "distance":
        raise c.refuse("weights by a function have no converter")
    exact = far.equals(0.0)
    some = exact.cast("int64").max(1, keep=True) > 0
    return c.graph.where(some, exact.number(), 1.0 / c.graph.where(exact, 1.0, far))


@converts("KNeighborsClassifier")
def _classifier(model: Any, table: Table, c: Conversion) -> Results:
    graph = c.graph
    far, which = nearest(model, table.numbers(), int(model.n_neighbors), c)
    weights = _weights(model.weights, far, c)
    several = bool(model.outputs_2d_)
    targets = np.asarray(model._y).reshape(len(model._y), -1)
    labels, shares = [], []
    for output, known in enumerate(model.classes_ if several else [model.classes_]):
        hot = np.eye(len(known))[targets[:, output]]
        votes = (graph.constant(hot).take(which, 0) * weights.unsqueezed(2)).sum(1)
        shares.append(votes / votes.sum(1, keep=True))
        labels.append(labelled(graph, known, votes.argmax(1)))
    if not several:
        return {"predict": labels[0], "predict_proba": shares[0]}
    return {"predict": graph.stack(labels, 1), "predict_proba": shares}


@converts("KNeighborsRegressor")
def _regressor(model: Any, table: Table, c: Conversion) -> Results:
    far, which = nearest(model, table.numbers(), int(model.n_neighbors), c)
    targets = np.asarray(model._y, np.float64)
    weights = _weights(model.weights, far, c)
    columns = targets.reshape(len(targets), -1)
    parts = []
    for k in range(columns.shape[1]):
        values = c.graph.constant(np.ascontiguousarray(columns[:, k])).take(which, 0)
        parts.append((values * weights).sum(1, keep=True) / weights.sum(1, keep=True))
    value = c.graph.concat(parts)
    return {"predict": value.reshape(-1) if targets.ndim == 1 else value}


@converts("RadiusNeighborsRegressor")
def _radius_regressor(model: Any, table: Table, c: Conversion) -> Results:
    far = distances(model, table.numbers(), c)
    inside = (far <= float(model.radius)).number()
    weights = inside * _radius_weights(model.weights, far, inside, c)
    targets = np.asarray(model._y, np.float64)
    value = (weights @ targets.reshape(len(targets), -1)) / weights.sum(1, keep=True)
    return {"predict": value.reshape(-1) if targets.ndim == 1 else value}


def _radius_weights(kind: Any, far: Tensor, inside: Tensor, c: Conversion) -> Tensor:
    if kind in (None, "uniform"):
        return inside
    return _weights(kind, far, c)


@converts("RadiusNeighborsClassifier")
def _radius_classifier(model: Any, table: Table, c: Conversion) -> Results:
    graph = c.graph
    if model.outputs_2d_:
        raise c.refuse("several outputs have no converter")
    far = distances(model, table.numbers(), c)
    inside = (far <= float(model.radius)).number()
    weights = inside * _radius_weights(model.weights, far, inside, c)
    known = np.asarray(model.classes_)
    hot = np.eye(len(known))[np.asarray(model._y).reshape(-1)]
    votes = weights @ hot
    total = votes.sum(1, keep=True)
    lonely = total.equals(0.0)
    shares = votes / graph.where(lonely, 1.0, total)
    label = labelled(graph, known, shares.argmax(1))
    outlier = getattr(model, "outlier_label_", None)
    outlier = outlier[0] if isinstance(outlier, (list, np.ndarray)) else outlier
    if outlier is not None:
        if outlier in known.tolist():
            share = np.eye(len(known))[known.tolist().index(outlier)]
            shares = graph.where(lonely, share.reshape(1, -1), shares)
        label = graph.where(lonely.reshape(-1), np.asarray(outlier), label)
    return {"predict": label, "predict_proba": shares}


@converts("KNeighborsTransformer")
def _nearest_graph(model: Any, table: Table, c: Conversion) -> Results:
    graph = c.graph
    # A row of the training is its own neighbor; it is one more that is asked for then.
    count = int(model.n_neighbors) + (model.mode == "distance")
    far, which = nearest(model, table.numbers(), count, c)
    size = int(model.n_samples_fit_)
    empty = graph.repeated(np.zeros(size), table.blocks[0].tensor)
    values = far if model.mode == "distance" else far * 0.0 + 1.0
    return {"transform": Table.of(graph.add("ScatterElements", [empty, which, values], "float64", axis=1), size)}


@converts("RadiusNeighborsTransformer")
def _radius_graph(model: Any, table: Table, c: Conversion) -> Results:
    far = distances(model, table.numbers(), c)
    inside = far <= float(model.radius)
    value = c.graph.where(inside, far if model.mode == "distance" else 1.0, 0.0)
    return {"transform": Table.of(value.number(), int(model.n_samples_fit_))}


@converts("KernelDensity")
def _density(model: Any, table: Table, c: Conversion) -> Results:
    tree = model.tree_
    points = np.asarray(tree.data, np.float64)
    if model.rtol or model.atol:
        raise c.refuse("a density with a tolerance is computed otherwise", fix="rtol=0, atol=0")
    if model.metric not in ("euclidean", "minkowski"):
        raise c.refuse(f"metric={model.metric!r} has no converter")
    width, h = points.shape[1], float(model.bandwidth_)
    if model.kernel == "gaussian":
        logs = squared_distances(table.numbers(), points) * (-0.5 / h**2)
        factor = 0.5 * width * np.log(2 * np.pi) + width * np.log(h)
    else:
        raise c.refuse(f"kernel={model.kernel!r} has no converter")
    weights = getattr(tree, "sample_weight", None)
    total = float(len(points))
    if weights is not None:
        logs = logs + np.log(np.asarray(weights))
        total = float(np.asarray(weights).sum())
    return {"score_samples": logs.logsumexp(1) - float(factor + np.log(total))}
