"""Selectors: some of the columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidError
from .base import Estimator, dense
from .parts import ABSENT, Part
from .sparse import SparseRows

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


# --- which ----------------------------------------------------------------------------------------


def _scores(part: Part) -> Matrix:
    found = np.array(part.array("scores_"), np.float64)
    found[np.isnan(found)] = np.finfo(found.dtype).min
    return found


def _best(part: Part, k: Any) -> Matrix:
    scores = _scores(part)
    if k == "all":
        return np.ones(scores.shape, bool)
    mask = np.zeros(scores.shape, bool)
    if k:
        mask[np.argsort(scores, kind="mergesort")[-int(k) :]] = True
    return mask


def _percentile(part: Part, percentile: Any) -> Matrix:
    scores = _scores(part)
    if percentile in (0, 100):
        return np.full(scores.shape, percentile == 100)
    threshold = np.percentile(scores, 100 - percentile)
    mask = scores > threshold
    ties = np.where(scores == threshold)[0]
    if len(ties):
        mask[ties[: int(len(scores) * percentile / 100) - mask.sum()]] = True
    return np.asarray(mask)


def _false_discovery(part: Part, alpha: Any) -> Matrix:
    values = part.array("pvalues_")
    ordered = np.sort(values)
    chosen = ordered[ordered <= float(alpha) / len(values) * np.arange(1, len(values) + 1)]
    return np.asarray(values <= chosen.max()) if chosen.size else np.zeros(len(values), bool)


_MODES: dict[str, Callable[[Part, Any], Matrix]] = {
    "fdr": _false_discovery,
    "fpr": lambda part, alpha: np.asarray(part.array("pvalues_") < alpha),
    "fwe": lambda part, alpha: np.asarray(part.array("pvalues_") < alpha / len(part.array("pvalues_"))),
    "k_best": _best,
    "percentile": _percentile,
}


def _generic(part: Part) -> Matrix:
    mode = part.word("mode")
    if mode not in _MODES:
        raise part.refuse(f"the mode {mode}")
    return _MODES[mode](part, part["param"])


def _of_tree(tree: Part, normalize: bool = True) -> Matrix:
    """Return the importances of the features of a tree, added up node by node as scikit-learn does."""
    nodes = tree["nodes"]
    left, right, feature = nodes["left_child"], nodes["right_child"], nodes["feature"]
    weight, impurity = nodes["weighted_n_node_samples"], nodes["impurity"]
    made = np.zeros(int(tree.number("n_features")))
    at = np.flatnonzero(left != -1)
    a, b = left[at], right[at]
    gain = weight[at] * impurity[at] - weight[a] * impurity[a] - weight[b] * impurity[b]
    np.add.at(made, feature[at], gain)
    made /= weight[0]
    if normalize:
        total = made.sum()
        if total > 0.0:
            made /= total
    return made


def _of_forest(part: Part) -> Matrix:
    trees = [member.part("tree_") for member in part.items("estimators_")]
    found = [_of_tree(tree) for tree in trees if len(tree["nodes"]["feature"]) > 1]
    if not found:
        return np.zeros(int(part.number("n_features_in_")))
    mean = np.mean(found, axis=0, dtype=np.float64)
    return np.asarray(mean / np.sum(mean))


def _of_boosting(part: Part) -> Matrix:
    trees = [member.part("tree_") for member in part.items("estimators_")]
    found = [_of_tree(tree, normalize=False) for tree in trees if len(tree["nodes"]["feature"]) > 1]
    if not found:
        return np.zeros(int(part.number("n_features_in_")))
    mean = np.mean(found, axis=0, dtype=np.float64)
    return np.asarray(mean / np.sum(mean))


def _of_adaboost(part: Part) -> Matrix:
    weights = part.array("estimator_weights_")
    members = part.items("estimators_")
    total = sum(weight * _importances(member, 1) for weight, member in zip(weights, members, strict=False))
    return np.asarray(total / weights.sum())


_IMPORTANCES: dict[str, Callable[[Part], Matrix]] = {
    "AdaBoostClassifier": _of_adaboost,
    "AdaBoostRegressor": _of_adaboost,
    "DecisionTreeClassifier": lambda part: _of_tree(part.part("tree_")),
    "DecisionTreeRegressor": lambda part: _of_tree(part.part("tree_")),
    "ExtraTreeClassifier": lambda part: _of_tree(part.part("tree_")),
    "ExtraTreeRegressor": lambda part: _of_tree(part.part("tree_")),
    "ExtraTreesClassifier": _of_forest,
    "ExtraTreesRegressor": _of_forest,
    "GradientBoostingClassifier": _of_boosting,
    "GradientBoostingRegressor": _of_boosting,
    "RandomForestClassifier": _of_forest,
    "RandomForestRegressor": _of_forest,
}


def _importances(part: Part, order: Any) -> Matrix:
    found = _IMPORTANCES[part.name](part) if part.name in _IMPORTANCES else None
    if found is None:
        if "coef_" not in part:
            raise part.refuse(f"the importances of a {part.name}")
        found = dense(part, "coef_")
    return np.abs(found) if found.ndim == 1 else np.asarray(np.linalg.norm(found, axis=0, ord=order))


def _is_sparse_model(part: Part) -> bool:
    """Say whether an estimator sets coefficients to zero, so that its threshold is next to nothing."""
    ratio = part.get("l1_ratio_" if part.name.endswith("CV") else "l1_ratio")
    mixed = ("ElasticNet", "ElasticNetCV", "LogisticRegression", "LogisticRegressionCV")
    return (
        part.get("penalty") == "l1"
        or "Lasso" in part.name
        or (part.name in mixed and ratio is not None and bool(np.all(np.isclose(np.asarray(ratio, float), 1.0))))
    )


def _from_model(part: Part) -> Matrix:
    inner = part.get("estimator_", ABSENT)
    inner = part["estimator"] if inner is ABSENT else inner
    getter = part.get("importance_getter", "auto")
    if not isinstance(inner, Part) or getter not in ("auto", "coef_", "feature_importances_"):
        raise part.refuse("a way of its own to importances")
    scores = _importances(inner, part.get("norm_order", 1))
    threshold = part.get("threshold")
    if threshold is None:
        threshold = 1e-5 if _is_sparse_model(inner) else "mean"
    if isinstance(threshold, str):
        scale, _, word = threshold.rpartition("*")
        middles: dict[str, Any] = {"mean": np.mean, "median": np.median}
        middle = middles.get(word.strip())
        if middle is None:
            raise part.refuse(f"the threshold {threshold}")
        threshold = float(middle(scores)) * (float(scale.strip()) if scale else 1.0)
    mask = np.ones(scores.shape, bool)
    if part.get("max_features") is not None:
        mask[:] = False
        most = part.get("max_features_", ABSENT)
        most = part.number("max_features") if most is ABSENT else most
        mask[np.argsort(-scores, kind="mergesort")[: int(most)]] = True
    mask[scores < float(threshold)] = False
    return mask


_MASKS: dict[str, Callable[[Part], Matrix]] = {
    "_from_model:SelectFromModel": _from_model,
    "_rfe:RFE": lambda part: part.array("support_", "b"),
    "_rfe:RFECV": lambda part: part.array("support_", "b"),
    "_sequential:SequentialFeatureSelector": lambda part: part.array("support_", "b"),
    "_univariate_selection:GenericUnivariateSelect": _generic,
    "_univariate_selection:SelectFdr": lambda part: _false_discovery(part, part["alpha"]),
    "_univariate_selection:SelectFpr": lambda part: _MODES["fpr"](part, part["alpha"]),
    "_univariate_selection:SelectFwe": lambda part: _MODES["fwe"](part, part["alpha"]),
    "_univariate_selection:SelectKBest": lambda part: _best(part, part["k"]),
    "_univariate_selection:SelectPercentile": lambda part: _percentile(part, part["percentile"]),
    "_variance_threshold:VarianceThreshold": lambda part: part.array("variances_") > part.number("threshold"),
}


# --- what -----------------------------------------------------------------------------------------


class Selector(Estimator):
    """Some of the columns."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        mask = np.asarray(_MASKS[part.type.removeprefix("sklearn.feature_selection.")](part))
        if mask.ndim != 1 or (self.n_features is not None and len(mask) != self.n_features):
            raise InvalidError("what is selected is not of all features", path=str(part.path))
        self.n_features = len(mask)
        self.chosen = np.flatnonzero(mask)
        self.nan = not part.type.partition(".")[2].startswith("feature_selection._univariate")

    def transform(self, X: Any) -> Any:
        rows = self.rows(X, dtypes=None, nan=self.nan, sparse=True)
        return rows.take_columns(self.chosen) if isinstance(rows, SparseRows) else rows[:, self.chosen]


class RFE(Selector):
    """Some of the columns, and what was fitted on them."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.inner = make(part["estimator_"])
        self.kind = self.inner.kind
        if hasattr(self.inner, "classes"):
            self.classes = self.inner.classes

    def offers(self, method: str) -> bool:
        return method == "transform" or self.inner.offers(method)

    def ask(self, method: str, X: Any) -> Any:
        found = self.transform(X)
        return found if method == "transform" else self.inner.ask(method, found)


KNOWN: dict[str, Any] = {
    f"sklearn.feature_selection.{name}": RFE if name.startswith("_rfe") else Selector for name in _MASKS
}
