"""Discriminant analysis and nearest centroids."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..registry import Conversion, Results, converts, labelled
from ..tables import Table
from .linear import _affine, classified

__all__: list[str] = []


@converts("LinearDiscriminantAnalysis")
def _linear(model: Any, table: Table, c: Conversion) -> Results:
    found = classified(model, _affine(model, table)[0], c)
    scores = found["decision_function"]
    if len(model.classes_) == 2:
        column = scores.sigmoid().reshape(-1, 1)
        found["predict_proba"] = c.graph.concat([1.0 - column, column])
    else:
        found["predict_proba"] = scores.softmax()
    if model.solver != "lsqr" and hasattr(model, "scalings_"):
        X = table.numbers()
        if model.solver == "svd":
            X = X - np.asarray(model.xbar_)
        scalings = np.asarray(model.scalings_)[:, : model._max_components]
        found["transform"] = Table.of(X @ scalings, scalings.shape[1])
    return found


@converts("QuadraticDiscriminantAnalysis")
def _quadratic(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers()
    parts = []
    for k in range(len(model.classes_)):
        scale = np.asarray(model.scalings_[k])
        turned = (X - np.asarray(model.means_[k])) @ (np.asarray(model.rotations_[k]) * scale**-0.5)
        constant = -0.5 * float(np.log(scale).sum()) + float(np.log(model.priors_[k]))
        parts.append((turned * turned).sum(1, keep=True) * -0.5 + constant)
    joint = c.graph.concat(parts)
    found: Results = {"predict": labelled(c.graph, model.classes_, joint.argmax(1)), "predict_proba": joint.softmax()}
    two = len(model.classes_) == 2
    found["decision_function"] = (joint.column(1) - joint.column(0)).reshape(-1) if two else joint
    return found


@converts("NearestCentroid")
def _nearest(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers()
    centroids = np.asarray(model.centroids_, np.float64)
    if model.metric not in ("euclidean", "manhattan"):
        raise c.refuse(f"metric={model.metric!r} has no converter")
    priors = getattr(model, "class_prior_", None)
    even = priors is None or np.isclose(priors, 1 / len(model.classes_)).all()
    found: Results = {}
    gap = X.unsqueezed(1) - centroids[None, :, :]
    far = abs(gap).sum(2) if model.metric == "manhattan" else (gap * gap).sum(2)
    found["predict"] = labelled(c.graph, model.classes_, far.argmin(1))
    found["negative_distance"] = -far
    if priors is None:
        return found
    spread = np.asarray(model.within_class_std_dev_, np.float64)
    spread = np.where(spread != 0, spread, 1.0)
    inner = (X / spread).unsqueezed(1) - (centroids / spread)[None, :, :]
    apart = abs(inner).sum(2) ** 2 if model.metric == "manhattan" else (inner * inner).sum(2)
    scores = 2.0 * np.log(np.asarray(priors)) - apart
    if model.metric == "euclidean":
        two = len(model.classes_) == 2
        found["decision_function"] = (scores.column(1) - scores.column(0)).reshape(-1) if two else scores
        found["predict_proba"] = scores.softmax()
    if not even:
        found["predict"] = labelled(c.graph, model.classes_, scores.argmax(1))
        found["negative_distance"] = scores
    return found
