"""One estimator for each class, pair of classes or output."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table
from .boosting import _equal_classes

__all__: list[str] = []


def _score(estimator: Any, table: Table, c: Conversion, step: str) -> tuple[Tensor, Results]:
    """Return how sure an estimator of two classes is of the second, and all that it says."""
    if type(estimator).__name__ == "_ConstantPredictor":
        value = float(np.asarray(estimator.y_).reshape(-1)[0])
        like = table.blocks[0].tensor
        shares = c.graph.repeated(np.array([1.0 - value, value]), like)
        constant = c.graph.repeated(value, like)
        return constant, {"decision_function": constant, "predict_proba": shares, "predict": constant}
    found = c(estimator, table, step)
    from sklearn.base import is_regressor

    if is_regressor(estimator):
        return found["predict"].reshape(-1), found
    if "decision_function" in found:
        return found["decision_function"].reshape(-1), found
    if "predict_proba" in found:
        return found["predict_proba"].column(1).reshape(-1), found
    raise c.refuse("one of its estimators has no score that can be exported")


def _threshold(estimator: Any) -> float:
    from sklearn.base import is_classifier

    # As scikit-learn decides: probabilities are asked only where there is no decision_function.
    return 0.5 if not hasattr(estimator, "decision_function") and is_classifier(estimator) else 0.0


@converts("OneVsRestClassifier")
def _one_vs_rest(model: Any, table: Table, c: Conversion) -> Results:
    graph = c.graph
    pairs = [_score(inner, table, c, f"estimators_[{k}]") for k, inner in enumerate(model.estimators_)]
    scores = [pair[0] for pair in pairs]
    several = bool(model.multilabel_)
    found: Results = {}
    if several:
        at = _threshold(model.estimators_[0])
        found["predict"] = graph.concat([(score.reshape(-1, 1) > at).cast("int64") for score in scores])
    elif len(scores) == 1:
        at = _threshold(model.estimators_[0])
        found["predict"] = labelled(graph, model.classes_, (scores[0] > at).cast("int64"))
    else:
        found["predict"] = labelled(graph, model.classes_, graph.stack(scores, 1).argmax(1))
    if hasattr(model, "predict_proba") and all("predict_proba" in pair[1] for pair in pairs):
        shares = [pair[1]["predict_proba"].column(1) for pair in pairs]
        if len(shares) == 1:
            shares = [1.0 - shares[0], shares[0]]
        whole = graph.concat(shares)
        if not several:
            total = whole.sum(1, keep=True)
            whole = whole / graph.where(total.equals(0.0), 1.0, total)
        found["predict_proba"] = whole
    if hasattr(model, "decision_function") and all("decision_function" in pair[1] for pair in pairs):
        found["decision_function"] = scores[0] if len(scores) == 1 else graph.stack(scores, 1)
    return found


@converts("OneVsOneClassifier")
def _one_vs_one(model: Any, table: Table, c: Conversion) -> Results:
    graph, count = c.graph, len(model.classes_)
    votes, sure = [], []
    for k, inner in enumerate(model.estimators_):
        rows = table if model.pairwise_indices_ is None else table.take(np.asarray(model.pairwise_indices_[k]).tolist())
        score, said = _score(inner, rows, c, f"estimators_[{k}]")
        votes.append(said["predict"].number().reshape(-1, 1))
        sure.append(score.reshape(-1, 1))
    vote, confidence = graph.concat(votes), graph.concat(sure)
    first = np.zeros((len(votes), count))
    second = np.zeros((len(votes), count))
    k = 0
    for i in range(count):
        for j in range(i + 1, count):
            first[k, i], second[k, j] = 1.0, 1.0
            k += 1
    won = (1.0 - vote) @ first + vote @ second
    total = confidence @ (second - first)
    scores = won + total / (3.0 * (abs(total) + 1.0))
    if count == 2:
        flat = scores.column(1).reshape(-1)
        at = _threshold(model.estimators_[0])
        return {"predict": labelled(graph, model.classes_, (flat > at).cast("int64")), "decision_function": flat}
    return {"predict": labelled(graph, model.classes_, scores.argmax(1)), "decision_function": scores}


@converts("OutputCodeClassifier")
def _output_codes(model: Any, table: Table, c: Conversion) -> Results:
    scores = [
        _score(inner, table, c, f"estimators_[{k}]")[0].reshape(-1, 1) for k, inner in enumerate(model.estimators_)
    ]
    Y = c.graph.concat(scores)
    book = np.asarray(model.code_book_, np.float64)
    gap = Y.unsqueezed(1) - book[None, :, :]
    far = (gap * gap).sum(2)
    return {"predict": labelled(c.graph, model.classes_, far.argmin(1)), "negative_distance": -far}


@converts("MultiOutputRegressor")
def _multi_regressor(model: Any, table: Table, c: Conversion) -> Results:
    parts = [
        c(inner, table, f"estimators_[{k}]")["predict"].reshape(-1, 1) for k, inner in enumerate(model.estimators_)
    ]
    return {"predict": c.graph.concat(parts)}


@converts("MultiOutputClassifier")
def _multi_classifier(model: Any, table: Table, c: Conversion) -> Results:
    found = [c(inner, table, f"estimators_[{k}]") for k, inner in enumerate(model.estimators_)]
    results: Results = {"predict": c.graph.stack([part["predict"] for part in found], 1)}
    if all("predict_proba" in part for part in found):
        results["predict_proba"] = [part["predict_proba"] for part in found]
    return results


@converts("ClassifierChain", "RegressorChain")
def _chain(model: Any, table: Table, c: Conversion) -> Results:
    graph = c.graph
    before: list[Tensor] = []
    said: dict[str, list[Tensor]] = {"predict": [], "predict_proba": [], "decision_function": []}
    way = getattr(model, "chain_method_", "predict")
    for k, inner in enumerate(model.estimators_):
        rows = table if not before else Table.joined([table, *(Table.of(column, 1) for column in before)])
        found = c(inner, rows, f"estimators_[{k}]")
        if way == "predict_proba":
            passed = found["predict_proba"].column(1)
        else:
            passed = found[way].number().reshape(-1, 1)
        before.append(passed)
        said["predict"].append(found["predict"].number().reshape(-1, 1))
        if "predict_proba" in found:
            said["predict_proba"].append(found["predict_proba"].column(1))
        if "decision_function" in found:
            said["decision_function"].append(found["decision_function"].reshape(-1, 1))
    order = np.argsort(np.asarray(model.order_)).tolist()
    return {
        name: graph.concat([parts[k] for k in order])
        for name, parts in said.items()
        if len(parts) == len(model.estimators_) and hasattr(model, name)
    }


@converts("CalibratedClassifierCV")
def _calibrated(model: Any, table: Table, c: Conversion) -> Results:
    parts = [
        _calibrated_one(inner, len(model.classes_), table, c, f"calibrated_classifiers_[{k}]")
        for k, inner in enumerate(model.calibrated_classifiers_)
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    shares = total / float(len(parts))
    return {"predict": labelled(c.graph, model.classes_, shares.argmax(1)), "predict_proba": shares}


def _calibrated_one(one: Any, count: int, table: Table, c: Conversion, step: str) -> Tensor:
    scores: Tensor
    graph = c.graph
    inner: Any = one.estimator if hasattr(one, "estimator") else one.base_estimator
    found = c(inner, table, f"{step}.estimator")
    classes = np.asarray(one.classes)
    if "decision_function" in found:
        scores, from_shares = found["decision_function"], False
    elif "predict_proba" in found:
        scores, from_shares = found["predict_proba"], True
    else:
        raise c.refuse("its estimator has no score that can be exported")
    two = len(inner.classes_) == 2
    if one.method == "temperature":
        if from_shares:
            shares = scores.clip(float(np.finfo(np.float64).tiny))
            logits = shares.log()
        else:
            column = scores.reshape(-1, 1) if two else scores
            logits = graph.concat([column * -0.5, column * 0.5]) if two else column
        return (logits * float(one.calibrators[0].beta_)).softmax()
    if two:
        scores = scores.column(1) if from_shares else scores.reshape(-1, 1)
    columns: dict[int, Tensor] = {}
    where = np.searchsorted(classes, np.asarray(inner.classes_))
    for k, calibrator in enumerate(one.calibrators):
        place = int(where[k]) + (1 if count == 2 else 0)
        score = scores.column(k).reshape(-1)
        if one.method == "isotonic":
            from .curves import isotonic

            value = isotonic(calibrator, score)
        else:
            value = (-(score * float(calibrator.a_) + float(calibrator.b_))).sigmoid()
        columns[place] = value.reshape(-1, 1)
    if count == 2:
        second = columns[1]
        return graph.concat([1.0 - second, second])
    empty = scores.column(0) * 0.0
    shares = graph.concat([columns.get(place, empty) for place in range(count)])
    total = shares.sum(1, keep=True)
    return graph.where(total.equals(0.0), 1.0 / count, shares / graph.where(total.equals(0.0), 1.0, total))


def equal_labels(labels: Tensor, classes: Any, c: Conversion) -> Tensor:
    """Return rows × classes: 1 for the class that a label is."""
    return _equal_classes(labels, classes, c).number()
