"""Linear models, and what is a linear model behind a link."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn

from ..graph import Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table

__all__ = ["classified", "flat_or_not"]


def _release() -> tuple[int, int]:
    major, minor = sklearn.__version__.split(".")[:2]
    return int(major), int(minor)


def flat_or_not(value: Tensor, *, flat: bool) -> Tensor:
    """Return one column in one dimension, where scikit-learn does."""
    return value.reshape(-1) if flat else value


def _affine(model: Any, table: Table) -> tuple[Tensor, bool]:
    coef = np.asarray(model.coef_.toarray() if hasattr(model.coef_, "toarray") else model.coef_, np.float64)
    flat = coef.ndim == 1
    weights = coef.reshape(1, -1) if flat else coef
    return table.numbers() @ weights.T + np.asarray(model.intercept_, np.float64), flat


@converts(
    "LinearRegression",
    "Ridge",
    "RidgeCV",
    "Lasso",
    "LassoCV",
    "ElasticNet",
    "ElasticNetCV",
    "Lars",
    "LarsCV",
    "LassoLars",
    "LassoLarsCV",
    "LassoLarsIC",
    "OrthogonalMatchingPursuit",
    "OrthogonalMatchingPursuitCV",
    "MultiTaskLasso",
    "MultiTaskLassoCV",
    "MultiTaskElasticNet",
    "MultiTaskElasticNetCV",
    "HuberRegressor",
    "TheilSenRegressor",
    "SGDRegressor",
    "PassiveAggressiveRegressor",
    "QuantileRegressor",
    "LinearSVR",
)
def _regressor(model: Any, table: Table, c: Conversion) -> Results:
    value, flat = _affine(model, table)
    one = np.ndim(model.coef_) == 1 or type(model).__name__ == "LinearSVR"
    return {"predict": flat_or_not(value, flat=flat or one)}


@converts("BayesianRidge", "ARDRegression")
def _bayesian(model: Any, table: Table, c: Conversion) -> Results:
    return {"predict": _affine(model, table)[0].reshape(-1)}


@converts("PoissonRegressor", "GammaRegressor", "TweedieRegressor")
def _generalized(model: Any, table: Table, c: Conversion) -> Results:
    value = _affine(model, table)[0].reshape(-1)
    link = type(model._base_loss.link).__name__
    if link == "LogLink":
        return {"predict": value.exp()}
    if link == "IdentityLink":
        return {"predict": value}
    raise c.refuse(f"the link {link} has no converter")


def classified(model: Any, scores: Tensor, c: Conversion) -> Results:
    """Return labels of scores: one column for two classes, or one for each class."""
    graph, classes = c.graph, model.classes_
    if len(classes) == 2:
        one = scores.reshape(-1)
        return {"predict": labelled(graph, classes, (one > 0.0).cast("int64")), "decision_function": one}
    return {"predict": labelled(graph, classes, scores.argmax(1)), "decision_function": scores}


@converts("Perceptron", "PassiveAggressiveClassifier", "LinearSVC")
def _classifier(model: Any, table: Table, c: Conversion) -> Results:
    return classified(model, _affine(model, table)[0], c)


@converts("RidgeClassifier", "RidgeClassifierCV")
def _ridge_classifier(model: Any, table: Table, c: Conversion) -> Results:
    scores = _affine(model, table)[0]
    if model._label_binarizer.y_type_.startswith("multilabel"):
        return {"predict": (scores > 0.0).cast("int64"), "decision_function": scores}
    return classified(model, scores, c)


def _one_of_two(share: Tensor, c: Conversion) -> Tensor:
    column = share.reshape(-1, 1)
    return c.graph.concat([1.0 - column, column])


def _against_the_rest(scores: Tensor, c: Conversion, count: int) -> Tensor:
    if count == 2:
        return _one_of_two(scores.sigmoid(), c)
    shares = scores.sigmoid()
    total = shares.sum(1, keep=True)
    if _release() < (1, 9):
        return shares / total
    return c.graph.where(total.equals(0.0), 1.0 / count, shares / total)


@converts("LogisticRegression", "LogisticRegressionCV")
def _logistic(model: Any, table: Table, c: Conversion) -> Results:
    found = classified(model, _affine(model, table)[0], c)
    scores, count = found["decision_function"], len(model.classes_)
    way = getattr(model, "multi_class", "auto")
    if way in ("deprecated", "warn", None):
        way = "auto"
    apart = way == "ovr" or (way == "auto" and (count <= 2 or (model.solver == "liblinear" and _release() < (1, 8))))
    if apart:
        found["predict_proba"] = _against_the_rest(scores, c, count)
    elif count == 2:
        column = scores.reshape(-1, 1)
        found["predict_proba"] = c.graph.concat([-column, column]).softmax()
    else:
        found["predict_proba"] = scores.softmax()
    return found


@converts("SGDClassifier")
def _sgd(model: Any, table: Table, c: Conversion) -> Results:
    found = classified(model, _affine(model, table)[0], c)
    scores, count = found["decision_function"], len(model.classes_)
    if model.loss == "log_loss":
        found["predict_proba"] = _against_the_rest(scores, c, count)
    elif model.loss == "modified_huber":
        shares = (scores.clip(-1.0, 1.0) + 1.0) / 2.0
        if count == 2:
            found["predict_proba"] = _one_of_two(shares, c)
        else:
            total = shares.sum(1, keep=True)
            found["predict_proba"] = c.graph.where(
                total.equals(0.0), 1.0 / count, shares / c.graph.where(total.equals(0.0), 1.0, total)
            )
    return found


@converts("PLSRegression", "PLSCanonical", "CCA")
def _partial_least_squares(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers() - model._x_mean
    scaled = X / model._x_std
    coef = np.asarray(model.coef_)
    found: Results = {"transform": Table.of(scaled @ model.x_rotations_, model.x_rotations_.shape[1])}
    if _release() >= (1, 3):
        value = X @ coef.T + model.intercept_
    else:
        value = scaled @ coef + model.intercept_
    flat = bool(getattr(model, "_predict_1d", False)) and _release() >= (1, 3)
    found["predict"] = flat_or_not(value, flat=flat)
    return found


@converts("PLSSVD")
def _partial_svd(model: Any, table: Table, c: Conversion) -> Results:
    scaled = (table.numbers() - model._x_mean) / model._x_std
    return {"transform": Table.of(scaled @ model.x_weights_, model.x_weights_.shape[1])}


@converts("RANSACRegressor")
def _consensus(model: Any, table: Table, c: Conversion) -> Results:
    return {"predict": c(model.estimator_, table, "estimator_")["predict"]}


@converts("IsotonicRegression")
def _isotonic(model: Any, table: Table, c: Conversion) -> Results:
    from .curves import isotonic

    value = isotonic(model, table.numbers().reshape(-1))
    return {"predict": value, "transform": Table.of(value.reshape(-1, 1), 1)}
