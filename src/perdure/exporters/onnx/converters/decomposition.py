"""Decompositions: products with components, and the two that are solved anew for each batch of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts
from ..tables import Table

__all__: list[str] = []


def _made(value: Tensor, width: int) -> Results:
    return {"transform": Table.of(value, int(width))}


@converts("PCA", "IncrementalPCA")
def _principal(model: Any, table: Table, c: Conversion) -> Results:
    components = np.asarray(model.components_, np.float64)
    X = table.numbers() @ components.T
    if model.mean_ is not None:
        # In the kind of numbers that it was fitted in, as scikit-learn does.
        X = X - np.asarray(model.mean_.reshape(1, -1) @ model.components_.T, np.float64)
    if model.whiten:
        scale = np.sqrt(np.asarray(model.explained_variance_, np.float64))
        least = np.finfo(scale.dtype).eps
        X = X / np.where(scale < least, least, scale)
    return _made(X, len(components))


@converts("TruncatedSVD")
def _singular(model: Any, table: Table, c: Conversion) -> Results:
    return _made(table.numbers() @ np.asarray(model.components_, np.float64).T, len(model.components_))


@converts("FastICA")
def _independent(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers()
    if model.whiten and hasattr(model, "mean_"):
        X = X - np.asarray(model.mean_, np.float64)
    return _made(X @ np.asarray(model.components_, np.float64).T, len(model.components_))


@converts("FactorAnalysis")
def _factors(model: Any, table: Table, c: Conversion) -> Results:
    components = np.asarray(model.components_)
    weighted = components / model.noise_variance_
    covariance = np.linalg.inv(np.eye(len(components)) + weighted @ components.T)
    X = (table.numbers() - np.asarray(model.mean_)) @ weighted.T
    return _made(X @ covariance, len(components))


@converts("SparsePCA", "MiniBatchSparsePCA")
def _sparse_principal(model: Any, table: Table, c: Conversion) -> Results:
    components = np.asarray(model.components_, np.float64)
    gram = components @ components.T + model.ridge_alpha * np.eye(len(components))
    way = np.linalg.solve(gram, components)
    return _made((table.numbers() - np.asarray(model.mean_)) @ way.T, len(components))


@converts("GaussianRandomProjection", "SparseRandomProjection", "NeighborhoodComponentsAnalysis")
def _projection(model: Any, table: Table, c: Conversion) -> Results:
    components = model.components_
    components = components.toarray() if hasattr(components, "toarray") else np.asarray(components)
    return _made(table.numbers() @ np.asarray(components, np.float64).T, len(components))


@converts("FeatureAgglomeration")
def _agglomeration(model: Any, table: Table, c: Conversion) -> Results:
    labels = np.asarray(model.labels_)
    X, parts = table.numbers(), []
    for label in np.unique(labels):
        members = X.take(np.flatnonzero(labels == label))
        if model.pooling_func is np.mean:
            parts.append(members.mean(1, keep=True))
        elif model.pooling_func in (np.max, np.amax):
            parts.append(members.max(1, keep=True))
        elif model.pooling_func in (np.min, np.amin):
            parts.append(members.min(1, keep=True))
        elif model.pooling_func is np.median:
            count = int((labels == label).sum())
            values = c.graph.smallest(members, count)[0]
            low, high = (count - 1) // 2, count // 2
            parts.append((values.column(low) + values.column(high)) / 2.0)
        else:
            raise c.refuse("its pooling function has no converter")
    return _made(c.graph.concat(parts), len(parts))


@converts("NMF", "MiniBatchNMF")
def _nonnegative(model: Any, table: Table, c: Conversion) -> Results:
    H = np.asarray(model.components_, np.float64)
    # When it is done is decided by all rows of a batch.
    c.together = True
    if type(model).__name__ == "MiniBatchNMF":
        return _minibatch_nonnegative(model, table, c, H)
    X = table.numbers()
    if model.shuffle:
        raise c.refuse("shuffle=True draws at random")
    l1, _, l2, _ = model._compute_regularization(np.zeros((1, H.shape[1])))
    if model.solver != "cd":
        if model._beta_loss != 2:
            raise c.refuse("a loss other than Frobenius' has no converter")
        return _made(_multiplied(X, H, float(l1), float(l2), model, c), len(H))
    gram = H @ H.T + float(l2) * np.eye(len(H))
    against = X @ H.T - float(l1)
    start = against * 0.0
    first = c.graph.constant(np.float64(-1.0))
    tolerance, graph = float(model.tol), c.graph

    def step(state: Sequence[Tensor]) -> tuple[Tensor, Sequence[Tensor]]:
        W, begun = state
        columns = [W.column(t) for t in range(len(H))]
        violation: Any = None
        for t in range(len(H)):
            gradient = -against.column(t)
            for r in range(len(H)):
                gradient = gradient + columns[r] * float(gram[t, r])
            projected = graph.where(columns[t].equals(0.0), gradient.clip(None, 0.0), gradient)
            part = abs(projected).sum((0, 1))
            violation = part if violation is None else violation + part
            if gram[t, t] != 0:
                columns[t] = (columns[t] - gradient / float(gram[t, t])).clip(0.0)
        initial = graph.where(begun < 0.0, violation, begun)
        going = ~(violation <= initial * tolerance) & ~initial.equals(0.0)
        return going, [graph.concat(columns), initial]

    return _made(graph.loop(int(model.max_iter), [start, first], step)[0], len(H))


def _multiplied(X: Tensor, H: np.ndarray[Any, Any], l1: float, l2: float, model: Any, c: Conversion) -> Tensor:
    raise c.refuse("the multiplicative solver has no converter", fix="fit it with solver='cd'")


def _minibatch_nonnegative(model: Any, table: Table, c: Conversion, H: np.ndarray[Any, Any]) -> Results:
    if model._beta_loss != 2:
        raise c.refuse("a loss other than Frobenius' has no converter")
    graph, X = c.graph, table.numbers()
    l1, _, l2, _ = model._compute_regularization(np.zeros((1, H.shape[1])))
    numerator = X @ H.T
    # The start is the mean of all rows of the batch, as in scikit-learn.
    mean = X.mean(1, keep=True).mean(0, keep=True)
    start = numerator * 0.0 + (mean / float(len(H))).sqrt()
    gram, tolerance = H @ H.T, float(model.tol)
    tiny = float(np.finfo(np.float32).eps)

    def step(state: Sequence[Tensor]) -> tuple[Tensor, Sequence[Tensor]]:
        W = state[0]
        denominator = W @ gram
        if l1:
            denominator = denominator + float(l1)
        if l2:
            denominator = denominator + W * float(l2)
        denominator = graph.where(denominator.equals(0.0), tiny, denominator)
        grown = numerator / denominator
        if model._gamma != 1:
            grown = grown ** float(model._gamma)
        following = W * grown
        gap = following - W
        moved = (gap * gap).sum((0, 1)).sqrt() / (following * following).sum((0, 1)).sqrt()
        going = ~(moved <= tolerance) if tolerance > 0 else (moved.equals(moved) | True)
        return going, [following]

    return _made(graph.loop(int(model._transform_max_iter), [start], step)[0], len(H))
