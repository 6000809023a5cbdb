"""Boosting: sums of trees behind a link, and votes of weighted estimators."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table
from .encoders import ordinal_places
from .trees import LEQ, MEMBER, Nodes, nodes_of, rounded, sums_by_target

__all__: list[str] = []


def _two(share: Tensor, c: Conversion) -> Tensor:
    column = share.reshape(-1, 1)
    return c.graph.concat([1.0 - column, column])


def _boosted_classes(model: Any, raw: Tensor, c: Conversion, shares: Tensor, *, at_zero: bool) -> Results:
    if raw is None or len(model.classes_) > 2:
        return {
            "predict": labelled(c.graph, model.classes_, raw.argmax(1)),
            "predict_proba": shares,
            "decision_function": raw,
        }
    flat = raw.reshape(-1)
    second = (flat >= 0.0) if at_zero else (flat > 0.0)
    return {
        "predict": labelled(c.graph, model.classes_, second.cast("int64")),
        "predict_proba": shares,
        "decision_function": flat,
    }


@converts("GradientBoostingClassifier", "GradientBoostingRegressor")
def _gradient_boosting(model: Any, table: Table, c: Conversion) -> Results:
    graph = c.graph
    rate = float(model.learning_rate)
    rounds, width = model.estimators_.shape
    trees, weights, targets = [], [], []
    for k in range(width):
        for i in range(rounds):
            tree = model.estimators_[i, k].tree_
            nodes = nodes_of(tree)
            trees.append(nodes)
            weights.append(rate * np.asarray(tree.value)[nodes.leaves, 0, 0])
            targets.append(k)
    raw = sums_by_target(graph, rounded(table), trees, weights, targets, width) + _start(model, table, c)
    if not hasattr(model, "classes_"):
        return {"predict": raw.reshape(-1)}
    if width > 1:
        shares = raw.softmax()
    elif model.loss == "exponential":
        shares = _two((2.0 * raw).sigmoid(), c)
    else:
        shares = _two(raw.sigmoid(), c)
    # Up to 1.2 the class was the one with the larger share, which is the same but for shares of one half.
    return _boosted_classes(model, raw, c, shares, at_zero=True)


def _start(model: Any, table: Table, c: Conversion) -> Any:
    """Return what the sum of a gradient boosting begins with."""
    constant = isinstance(model.init_, str) or type(model.init_).__name__ in ("DummyClassifier", "DummyRegressor")
    if constant:
        return np.asarray(model._raw_predict_init(np.zeros((1, model.n_features_in_), np.float32)), np.float64)
    # The initial estimator gets the rows in 32 bits too.
    inner = c(model.init_, Table.of(rounded(table), table.width), "init_")
    if not hasattr(model, "classes_"):
        return inner["predict"].reshape(-1, 1)
    if "predict_proba" not in inner:
        raise c.refuse("the initial estimator has no probabilities that can be exported")
    eps = float(np.finfo(np.float32).eps if not hasattr(model, "_loss") or _early() else np.finfo(np.float64).eps)
    shares = inner["predict_proba"].clip(eps, 1.0 - eps)
    if len(model.classes_) > 2:
        raise c.refuse("an initial estimator for several classes has no converter")
    second = shares.column(1)
    odds = (second / (1.0 - second)).log()
    return odds * 0.5 if model.loss == "exponential" else odds


def _early() -> bool:
    import sklearn

    return tuple(int(part) for part in sklearn.__version__.split(".")[:2]) < (1, 5)


# --- histogram gradient boosting ---------------------------------------------------------------------


def _bits(words: Any) -> list[int]:
    return [word * 32 + bit for word in range(8) for bit in range(32) if int(words[word]) >> bit & 1]


def _histogram_tree(predictor: Any, known: dict[int, list[int]]) -> tuple[Nodes, np.ndarray[Any, Any]]:
    """Return a tree of histogram gradient boosting with the value of each node.

    A question about categories names those that the answer "missing" does not share, so that whatever is not known
    goes where missing values go.
    """
    rows = predictor.nodes
    leaf = rows["is_leaf"].astype(bool)
    left = np.where(leaf, -1, rows["left"].astype(np.int64))
    right = np.where(leaf, -1, rows["right"].astype(np.int64))
    feature = np.where(leaf, 0, rows["feature_idx"].astype(np.int64))
    threshold = np.where(leaf, 0.0, rows["num_threshold"].astype(np.float64))
    missing = rows["missing_go_to_left"].astype(bool) & ~leaf
    mode = np.full(len(rows), LEQ, np.uint8)
    members = []
    for place in np.flatnonzero(rows["is_categorical"].astype(bool) & ~leaf).tolist():
        goes_left = set(_bits(predictor.raw_left_cat_bitsets[rows["bitset_idx"][place]]))
        asked = tuple(code for code in known[int(feature[place])] if (code in goes_left) != missing[place])
        if missing[place]:
            left[place], right[place] = right[place], left[place]
        # No category has the code -1.
        mode[place], threshold[place], missing[place] = MEMBER, 0.0, False
        members.append(asked or (-1,))
    return Nodes(feature, threshold, left, right, missing, mode, tuple(members)), rows["value"].astype(np.float64)


@converts("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
def _histograms(model: Any, table: Table, c: Conversion) -> Results:
    graph = c.graph
    X, known = _binned_features(model, table, c)
    trees, weights, targets = [], [], []
    for row in model._predictors:
        for k, predictor in enumerate(row):
            nodes, value = _histogram_tree(predictor, known)
            trees.append(nodes)
            weights.append(value[nodes.leaves])
            targets.append(k)
    width = model.n_trees_per_iteration_
    raw = sums_by_target(graph, X, trees, weights, targets, width)
    raw = raw + np.asarray(model._baseline_prediction, np.float64).reshape(1, -1)
    if hasattr(model, "classes_"):
        shares = raw.softmax() if width > 1 else _two(raw.sigmoid(), c)
        return _boosted_classes(model, raw, c, shares, at_zero=False)
    link = type(model._loss.link).__name__
    if link not in ("IdentityLink", "LogLink"):
        raise c.refuse(f"the link {link} has no converter")
    flat = raw.reshape(-1)
    return {"predict": flat.exp() if link == "LogLink" else flat}


def _binned_features(model: Any, table: Table, c: Conversion) -> tuple[Tensor, dict[int, list[int]]]:
    """Return rows as the trees ask them, and the known codes of each categorical feature."""
    graph = c.graph
    mask = getattr(model, "is_categorical_", None)
    if mask is None or not np.any(mask):
        return table.numbers(), {}
    categorical = np.asarray(mask, bool)
    encoder = getattr(model, "_preprocessor", None)
    thresholds = model._bin_mapper.bin_thresholds_
    if encoder is None:
        # Up to 1.3 the categories are their own codes.
        X = table.numbers()
        known = {
            int(place): [int(code) for code in np.asarray(thresholds[place]) if code == code]
            for place in np.flatnonzero(categorical)
        }
        # A code is cut to a whole number; below 0 it is as if missing.
        cut = graph.where(X < 0.0, np.nan, X.floor())
        return graph.where(graph.constant(categorical.reshape(1, -1)), cut, X), known
    places = np.flatnonzero(categorical)
    codes = ordinal_places(encoder.named_transformers_["encoder"].categories_, table.take(places.tolist()), c)
    parts = [code.number() for code in codes]
    others = np.flatnonzero(~categorical).tolist()
    if others:
        parts.append(table.take(others).numbers())
    known = {k: list(range(len(encoder.named_transformers_["encoder"].categories_[k]))) for k in range(len(places))}
    for k, values in enumerate(encoder.named_transformers_["encoder"].categories_):
        # The missing category is encoded as missing.
        known[k] = [code for code, value in enumerate(values) if value is not None and value == value]
    return graph.concat(parts), known


# --- AdaBoost -----------------------------------------------------------------------------------------


@converts("AdaBoostClassifier")
def _ada_classifier(model: Any, table: Table, c: Conversion) -> Results:
    graph, count = c.graph, len(model.classes_)
    weights = np.asarray(model.estimator_weights_)[: len(model.estimators_)]
    if count == 1:
        raise c.refuse("a model of one class has no converter")
    found = [c(inner, table, f"estimators_[{place}]") for place, inner in enumerate(model.estimators_)]
    if getattr(model, "algorithm", "SAMME") == "SAMME.R":
        total: Any = None
        for inner in found:
            logs = inner["predict_proba"].clip(float(np.finfo(np.float64).eps)).log()
            part = (count - 1.0) * (logs - logs.mean(1, keep=True))
            total = part if total is None else total + part
    else:
        total = None
        for inner, weight in zip(found, weights, strict=True):
            hit = _equal_classes(inner["predict"], model.classes_, c)
            part = graph.where(hit, float(weight), -1.0 / (count - 1) * float(weight))
            if _before_samme_changed():
                part = hit.number() * float(weight)
            total = part if total is None else total + part
    scores = total / float(np.asarray(model.estimator_weights_).sum())
    if count == 2:
        flat = (scores * np.array([[-1.0, 1.0]])).sum(1)
        column = flat.reshape(-1, 1)
        return {
            "predict": labelled(graph, model.classes_, (flat > 0.0).cast("int64")),
            "decision_function": flat,
            "predict_proba": (graph.concat([-column, column]) / 2.0).softmax(),
        }
    return {
        "predict": labelled(graph, model.classes_, scores.argmax(1)),
        "decision_function": scores,
        "predict_proba": (scores / (count - 1.0)).softmax(),
    }


def _before_samme_changed() -> bool:
    import sklearn

    return tuple(int(part) for part in sklearn.__version__.split(".")[:2]) < (1, 3)


def _equal_classes(labels: Tensor, classes: Any, c: Conversion) -> Tensor:
    """Return rows × classes: which class each label is."""
    known = np.asarray(classes)
    if labels.kind == "bool":
        labels, known = labels.cast("int64"), known.astype(np.int64)
    if known.dtype.kind == "O" and not all(isinstance(item, str) for item in known):
        known = np.array(known.tolist())
    return labels.reshape(-1, 1).equals(c.graph.constant(known.reshape(1, -1)))


@converts("AdaBoostRegressor")
def _ada_regressor(model: Any, table: Table, c: Conversion) -> Results:
    graph, count = c.graph, len(model.estimators_)
    found = [
        c(inner, table, f"estimators_[{place}]")["predict"].reshape(-1, 1)
        for place, inner in enumerate(model.estimators_)
    ]
    values, places = graph.smallest(graph.concat(found), count)
    weights = graph.constant(np.asarray(model.estimator_weights_, np.float64)[:count]).take(places, 0).cumsum(1)
    middle = (weights >= weights.take([count - 1]) * 0.5).argmax(1).reshape(-1, 1)
    return {"predict": values.take_along(middle).reshape(-1)}
