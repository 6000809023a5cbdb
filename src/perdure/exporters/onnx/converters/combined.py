"""Several estimators for one answer: votes, stacks, bags."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table
from .multiple import equal_labels

__all__: list[str] = []


@converts("VotingRegressor")
def _voting_regressor(model: Any, table: Table, c: Conversion) -> Results:
    parts = [
        c(inner, table, f"estimators_[{k}]")["predict"].reshape(-1, 1) for k, inner in enumerate(model.estimators_)
    ]
    whole = c.graph.concat(parts)
    return {"predict": _averaged(whole, model._weights_not_none), "transform": Table.of(whole, len(parts))}


def _averaged(columns: Tensor, weights: Any) -> Tensor:
    if weights is None:
        return columns.mean(1)
    known = np.asarray(weights, np.float64)
    return (columns * known).sum(1) / float(known.sum())


@converts("VotingClassifier")
def _voting_classifier(model: Any, table: Table, c: Conversion) -> Results:
    graph, count = c.graph, len(model.classes_)
    found = [c(inner, table, f"estimators_[{k}]") for k, inner in enumerate(model.estimators_)]
    weights = np.ones(len(found)) if model._weights_not_none is None else np.asarray(model._weights_not_none, float)
    if model.voting == "soft":
        total: Any = None
        for part, weight in zip(found, weights.tolist(), strict=True):
            share = part["predict_proba"] * weight
            total = share if total is None else total + share
        shares = total / float(weights.sum())
        results: Results = {
            "predict": labelled(graph, model.classes_, shares.argmax(1)),
            "predict_proba": shares,
        }
        if model.flatten_transform:
            whole = graph.concat([part["predict_proba"] for part in found])
            results["transform"] = Table.of(whole, count * len(found))
        else:
            results["transform"] = Table.of(graph.stack([part["predict_proba"] for part in found], 0), count)
        return results
    # The estimators know the classes by their places.
    ballots = graph.concat([part["predict"].cast("int64").reshape(-1, 1) for part in found])
    votes: Any = None
    for k, weight in enumerate(weights.tolist()):
        hit = ballots.column(k).equals(np.arange(count).reshape(1, -1)).number() * weight
        votes = hit if votes is None else votes + hit
    return {
        "predict": labelled(graph, model.classes_, votes.argmax(1)),
        "votes": votes,
        "transform": Table.of(ballots, len(found)),
    }


@converts("StackingClassifier", "StackingRegressor")
def _stacking(model: Any, table: Table, c: Conversion) -> Results:
    parts: list[Table] = []
    for k, (inner, way) in enumerate(zip(model.estimators_, model.stack_method_, strict=True)):
        found = c(inner, table, f"estimators_[{k}]")
        if way not in found:
            raise c.refuse(f"estimators_[{k}] has no {way} that can be exported")
        value = found[way]
        if isinstance(value, list):
            parts += [Table.of(part.take(np.arange(1, 2)), 1) for part in value]
        elif way == "predict_proba":
            count = len(inner.classes_)
            two = len(model.classes_) == 2 if hasattr(model, "classes_") else False
            parts.append(Table.of(value.column(1), 1) if two else Table.of(value, count))
        elif way == "decision_function" and len(inner.classes_) > 2:
            parts.append(Table.of(value, len(inner.classes_)))
        else:
            parts.append(Table.of(value.number().reshape(-1, 1), 1))
    if model.passthrough:
        parts.append(table)
    whole = Table.joined(parts)
    found = c(model.final_estimator_, whole, "final_estimator_")
    results = {name: value for name, value in found.items() if name not in ("transform", "score_samples")}
    if isinstance(getattr(model, "classes_", None), list):
        columns = [
            labelled(c.graph, known, found["predict"].take(np.int64(k)).cast("int64"))
            for k, known in enumerate(model.classes_)
        ]
        results["predict"] = c.graph.stack(columns, 1)
        if isinstance(results.get("predict_proba"), list):
            # Of each output scikit-learn keeps the first column.
            results["predict_proba"] = c.graph.concat([part.column(0) for part in results["predict_proba"]])
    elif hasattr(model, "classes_"):
        # The final estimator knows the classes by their places.
        results["predict"] = labelled(c.graph, model.classes_, found["predict"].cast("int64"))
    return {**results, "transform": whole}


@converts("BaggingRegressor")
def _bagging_regressor(model: Any, table: Table, c: Conversion) -> Results:
    total: Any = None
    for k, (inner, features) in enumerate(zip(model.estimators_, model.estimators_features_, strict=True)):
        part = c(inner, table.take(np.asarray(features).tolist()), f"estimators_[{k}]")["predict"]
        total = part if total is None else total + part
    return {"predict": total / float(len(model.estimators_))}


@converts("BaggingClassifier")
def _bagging_classifier(model: Any, table: Table, c: Conversion) -> Results:
    graph, count = c.graph, len(model.classes_)
    total: Any = None
    decisions: Any = None
    for k, (inner, features) in enumerate(zip(model.estimators_, model.estimators_features_, strict=True)):
        found = c(inner, table.take(np.asarray(features).tolist()), f"estimators_[{k}]")
        known = np.asarray(inner.classes_).astype(np.int64)
        if hasattr(inner, "predict_proba"):
            if "predict_proba" not in found:
                raise c.refuse(f"estimators_[{k}] has no probabilities that can be exported")
            part = found["predict_proba"]
            if len(known) != count:
                part = part @ np.eye(count)[known]
        else:
            part = equal_labels(found["predict"], np.arange(count), c)
        total = part if total is None else total + part
        if "decision_function" in found and len(known) == count:
            score = found["decision_function"]
            decisions = score if decisions is None else decisions + score
    shares = total / float(len(model.estimators_))
    results: Results = {"predict": labelled(graph, model.classes_, shares.argmax(1)), "predict_proba": shares}
    if hasattr(model, "decision_function") and decisions is not None:
        results["decision_function"] = decisions / float(len(model.estimators_))
    return results
