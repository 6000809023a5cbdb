"""Outliers and covariances."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts
from ..tables import Table
from .neighbors import nearest

__all__ = ["inside"]


def inside(decision: Tensor, c: Conversion) -> Tensor:
    """Return 1 where a row belongs to the others and -1 where it does not."""
    return c.graph.where(decision >= 0.0, 1, -1)


def _mahalanobis(model: Any, X: Tensor) -> Tensor:
    gap = X - np.asarray(model.location_, np.float64)
    return ((gap @ np.asarray(model.get_precision(), np.float64)) * gap).sum(1)


@converts("EllipticEnvelope")
def _envelope(model: Any, table: Table, c: Conversion) -> Results:
    score = -_mahalanobis(model, table.numbers())
    decision = score - float(model.offset_)
    return {"predict": inside(decision, c), "decision_function": decision, "score_samples": score}


@converts("SGDOneClassSVM")
def _one_class(model: Any, table: Table, c: Conversion) -> Results:
    value = (table.numbers() @ np.asarray(model.coef_, np.float64).reshape(1, -1).T).reshape(-1)
    offset = float(np.asarray(model.offset_).reshape(-1)[0])
    decision = value - offset
    return {"predict": inside(decision, c), "decision_function": decision, "score_samples": decision + offset}


@converts("LocalOutlierFactor")
def _local(model: Any, table: Table, c: Conversion) -> Results:
    if not model.novelty:
        raise c.refuse("it says nothing of new rows", fix="fit it with novelty=True")
    graph, count = c.graph, int(model.n_neighbors_)
    far, which = nearest(model, table.numbers(), count, c)
    edge = np.asarray(model._distances_fit_X_, np.float64)[:, count - 1]
    reach = graph.arithmetic("Max", far, graph.constant(np.ascontiguousarray(edge)).take(which, 0))
    density = 1.0 / (reach.mean(1, keep=True) + 1e-10)
    known = graph.constant(np.asarray(model._lrd, np.float64)).take(which, 0)
    score = -((known / density).mean(1))
    decision = score - float(model.offset_)
    return {"predict": graph.where(decision < 0.0, -1, 1), "decision_function": decision, "score_samples": score}
