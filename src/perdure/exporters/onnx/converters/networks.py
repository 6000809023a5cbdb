"""Networks: layers of products, and the machine of Boltzmann."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table

__all__: list[str] = []


def _activated(kind: str, value: Tensor, c: Conversion) -> Tensor:
    if kind == "identity":
        return value
    if kind == "relu":
        return value.clip(0.0)
    if kind == "tanh":
        return value.tanh()
    if kind == "logistic":
        return value.sigmoid()
    if kind == "softmax":
        return value.softmax()
    if kind == "exp":
        return value.exp()
    raise c.refuse(f"the activation {kind!r} has no converter")


def _forward(model: Any, table: Table, c: Conversion) -> Tensor:
    value = table.numbers()
    last = len(model.coefs_) - 1
    for place, (weights, shift) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        value = value @ np.asarray(weights, np.float64) + np.asarray(shift, np.float64)
        value = _activated(model.out_activation_ if place == last else model.activation, value, c)
    return value


@converts("MLPRegressor")
def _regressor(model: Any, table: Table, c: Conversion) -> Results:
    value = _forward(model, table, c)
    return {"predict": value.reshape(-1) if model.n_outputs_ == 1 else value}


@converts("MLPClassifier")
def _classifier(model: Any, table: Table, c: Conversion) -> Results:
    graph, value = c.graph, _forward(model, table, c)
    if model._label_binarizer.y_type_.startswith("multilabel"):
        return {"predict": (value > 0.5).cast("int64"), "predict_proba": value}
    if model.n_outputs_ == 1:
        flat = value.reshape(-1)
        return {
            "predict": labelled(graph, model.classes_, (flat > 0.5).cast("int64")),
            "predict_proba": graph.concat([1.0 - value, value]),
        }
    return {"predict": labelled(graph, model.classes_, value.argmax(1)), "predict_proba": value}


@converts("BernoulliRBM")
def _boltzmann(model: Any, table: Table, c: Conversion) -> Results:
    components = np.asarray(model.components_, np.float64)
    hidden = table.numbers() @ components.T + np.asarray(model.intercept_hidden_, np.float64)
    return {"transform": Table.of(hidden.sigmoid(), len(components))}
