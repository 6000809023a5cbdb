"""What does not look at the rows, or changes the target: dummies, transformed targets, thresholds, searches."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..registry import Conversion, Results, converts, labelled
from ..tables import Table
from .preprocessing import function_of_numpy

__all__: list[str] = []


@converts("DummyRegressor")
def _dummy_regressor(model: Any, table: Table, c: Conversion) -> Results:
    like = table.blocks[0].tensor
    values = np.asarray(model.constant_, np.float64).reshape(-1)
    if model.n_outputs_ == 1:
        return {"predict": c.graph.repeated(values[0], like)}
    return {"predict": c.graph.repeated(values, like)}


@converts("DummyClassifier")
def _dummy_classifier(model: Any, table: Table, c: Conversion) -> Results:
    graph, strategy = c.graph, model._strategy
    if strategy == "stratified" or strategy == "uniform":
        raise c.refuse(f"strategy={strategy!r} draws at random")
    like = table.blocks[0].tensor
    several = model.n_outputs_ > 1
    classes = model.classes_ if several else [model.classes_]
    priors = model.class_prior_ if several else [model.class_prior_]
    labels, shares = [], []
    for output, (known, prior) in enumerate(zip(classes, priors, strict=True)):
        prior = np.asarray(prior, np.float64)
        best = int(np.argmax(prior))
        if strategy == "constant":
            constant = model.constant if not several else np.asarray(model.constant, object).reshape(-1)[output]
            best = int(np.flatnonzero(np.asarray(known) == np.asarray(constant).reshape(-1)[0])[0])
        share = prior if strategy == "prior" else np.eye(len(known))[best]
        labels.append(labelled(graph, known, graph.repeated(np.int64(best), like)))
        shares.append(graph.repeated(share, like))
    if not several:
        return {"predict": labels[0], "predict_proba": shares[0]}
    return {"predict": graph.stack(labels, 1), "predict_proba": shares}


@converts("TransformedTargetRegressor")
def _transformed_target(model: Any, table: Table, c: Conversion) -> Results:
    value = c(model.regressor_, table, "regressor_")["predict"]
    transformer = model.transformer_
    flat = model._training_dim == 1
    width = 1 if flat else int(np.asarray(getattr(transformer, "n_features_in_", 1)))
    column = value.reshape(-1, width)
    found = _inverse(transformer, column, width, c)
    return {"predict": found.reshape(-1) if flat and width == 1 else found}


def _inverse(transformer: Any, value: Any, width: int, c: Conversion) -> Any:
    name = type(transformer).__name__
    if name == "FunctionTransformer":
        if transformer.inverse_func is None:
            return value
        return function_of_numpy(transformer.inverse_func, transformer.inv_kw_args, value, c)
    if name in ("StandardScaler", "RobustScaler"):
        centre = transformer.mean_ if name == "StandardScaler" else transformer.center_
        if transformer.scale_ is not None:
            value = value * np.asarray(transformer.scale_, np.float64)
        return value if centre is None else value + np.asarray(centre, np.float64)
    if name == "MinMaxScaler":
        return (value - np.asarray(transformer.min_, np.float64)) / np.asarray(transformer.scale_, np.float64)
    if name == "MaxAbsScaler":
        return value * np.asarray(transformer.scale_, np.float64)
    if name == "QuantileTransformer" and transformer.output_distribution == "uniform" and width == 1:
        from .curves import interpolated

        quantiles = np.asarray(transformer.quantiles_[:, 0], np.float64)
        found = interpolated(value.reshape(-1), transformer.references_, quantiles)
        flat = value.reshape(-1)
        found = c.graph.where(flat.equals(1.0), float(quantiles[-1]), found)
        return c.graph.where(flat.equals(0.0), float(quantiles[0]), found).reshape(-1, 1)
    raise c.refuse(f"the inverse of {name} has no converter")


@converts("FixedThresholdClassifier", "TunedThresholdClassifierCV")
def _threshold(model: Any, table: Table, c: Conversion) -> Results:
    inner = getattr(model, "estimator_", None)
    found = c(
        inner if inner is not None else model.estimator, table, "estimator_" if inner is not None else "estimator"
    )
    classes = np.asarray(model.classes_)
    wanted = model._get_response_method()
    way = next((name for name in ([wanted] if isinstance(wanted, str) else wanted) if name in found), None)
    if way is None:
        raise c.refuse("its estimator has no score that can be exported")
    tuned = type(model).__name__ == "TunedThresholdClassifierCV"
    positive = model._curve_scorer._get_pos_label() if tuned else model.pos_label
    threshold = model.best_threshold_ if tuned else model.threshold
    if isinstance(threshold, str):
        threshold = 0.5 if way == "predict_proba" else 0.0
    place = 1 if positive is None else int(np.flatnonzero(classes == positive)[0])
    if way == "predict_proba":
        score = found[way].column(place).reshape(-1)
    else:
        score = found[way] if place == 1 else -found[way]
    above = score >= float(threshold)
    label = labelled(c.graph, classes, c.graph.where(above, place, 1 - place))
    return {
        **{name: value for name, value in found.items() if name != "transform"},
        "predict": label,
        "margin": score - float(threshold),
    }


@converts("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")
def _search(model: Any, table: Table, c: Conversion) -> Results:
    if not hasattr(model, "best_estimator_"):
        raise c.refuse("the search did not refit a best estimator", fix="refit=True")
    return c(model.best_estimator_, table, "best_estimator_")


@converts("FrozenEstimator")
def _frozen(model: Any, table: Table, c: Conversion) -> Results:
    return c(model.estimator, table, "estimator")


@converts("SelfTrainingClassifier")
def _self_training(model: Any, table: Table, c: Conversion) -> Results:
    inner = "estimator_" if hasattr(model, "estimator_") else "base_estimator_"
    found = c(getattr(model, inner), table, inner)
    return {name: value for name, value in found.items() if name != "transform"}
