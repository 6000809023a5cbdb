"""Ensembles of any estimators: bagging, AdaBoost, voting, stacking, isolation forests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Classifier, Estimator, Regressor
from .functions import softmax
from .parts import Part
from .rows import count_of
from .sparse import SparseRows
from .trees import tree_rows, walk_of

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


def _columns(rows: Any, features: Any) -> Any:
    """Return some of the columns."""
    return rows.take_columns(np.asarray(features)) if isinstance(rows, SparseRows) else rows[:, features]


# --- AdaBoost -------------------------------------------------------------------------------------


class AdaBoostClassifier(Classifier):
    """Weighted votes."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.members = make.all(part.items("estimators_"))
        self.weights = part.array("estimator_weights_")
        self.count = len(self.classes)

    def decision_function(self, X: Any) -> Matrix:
        rows = self.rows(X, dtypes=None, nan=True, inf=True, sparse=True)
        count = self.count
        if count == 1:
            return np.zeros((rows.shape[0], 1))
        classes = self.classes[:, np.newaxis]
        scores: Any = sum(
            np.where((member.ask("predict", rows) == classes).T, weight, -1 / (count - 1) * weight)
            for member, weight in zip(self.members, self.weights, strict=False)
        )
        scores = np.asarray(scores / self.weights.sum())
        if count == 2:
            scores[:, 0] *= -1
            return np.asarray(scores.sum(axis=1))
        return np.asarray(scores)

    def predict(self, X: Any) -> Matrix:
        scores = self.decision_function(X)
        return self.labels((scores > 0).astype(np.intp) if self.count == 2 else np.argmax(scores, axis=1))

    def predict_proba(self, X: Any) -> Matrix:
        if self.count == 1:
            return np.ones((count_of(X), 1))
        scores = self.decision_function(X)
        if self.count == 2:
            return softmax(np.vstack([-scores, scores]).T / 2)
        return softmax(scores / (self.count - 1))

    def predict_log_proba(self, X: Any) -> Matrix:
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))


class AdaBoostRegressor(Regressor):
    """The weighted median."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.members = make.all(part.items("estimators_"))
        self.weights = part.array("estimator_weights_")

    def predict(self, X: Any) -> Matrix:
        rows = self.rows(X, dtypes=None, nan=True, inf=True, sparse=True)
        found = np.array([member.ask("predict", rows) for member in self.members]).T
        order = np.argsort(found, axis=1)
        weights = np.cumsum(self.weights[order], axis=1)
        above = weights >= 0.5 * weights[:, -1][:, np.newaxis]
        places = np.arange(len(found))
        return np.asarray(found[places, order[places, above.argmax(axis=1)]])


# --- bagging --------------------------------------------------------------------------------------


class _Bagging(Estimator):
    def prepare(self, part: Part, make: Maker) -> None:
        self.members = make.all(part.items("estimators_"))
        self.features = [np.asarray(features) for features in part.items("estimators_features_")]
        self.count = len(self.members)

    def each(self, method: str, X: Any) -> Any:
        rows = self.rows(X, dtypes=None, nan=True, inf=True, sparse=True)
        for member, features in zip(self.members, self.features, strict=True):
            yield member, member.ask(method, _columns(rows, features))


class BaggingClassifier(_Bagging, Classifier):
    """The mean of probabilities."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, make)
        first = self.members[0]
        self.by = "predict_proba" if first.offers("predict_proba") else "predict"
        if not first.offers("decision_function"):
            self.hidden.add("decision_function")

    def predict_proba(self, X: Any) -> Matrix:
        proba: Any = None
        for member, found in self.each(self.by, X):
            if proba is None:
                proba = np.zeros((len(found), len(self.classes)))
            if self.by == "predict":
                proba[np.arange(len(found)), found] += 1
            elif len(self.classes) == len(member.classes):
                proba += found
            else:
                proba[:, member.classes] += found
        return np.asarray(proba / self.count)

    def predict(self, X: Any) -> Matrix:
        return self.labels(np.argmax(self.predict_proba(X), axis=1))

    def predict_log_proba(self, X: Any) -> Matrix:
        if not self.members[0].offers("predict_log_proba"):
            with np.errstate(divide="ignore"):
                return np.log(self.predict_proba(X))
        total: Any = None
        for member, found in self.each("predict_log_proba", X):
            if total is None:
                total = np.full((len(found), len(self.classes)), -np.inf)
            own = slice(None) if len(self.classes) == len(member.classes) else member.classes
            total[:, own] = np.logaddexp(total[:, own], found)
        return np.asarray(total - np.log(self.count))

    def decision_function(self, X: Any) -> Matrix:
        return np.asarray(sum(found for _, found in self.each("decision_function", X)) / self.count)


class BaggingRegressor(_Bagging, Regressor):
    """The mean."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, make)

    def predict(self, X: Any) -> Matrix:
        return np.asarray(sum(found for _, found in self.each("predict", X)) / self.count)


class IsolationForest(Estimator):
    """How few splits it takes to set a row apart."""

    kind = "outlier"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        trees = [member.part("tree_") for member in part.items("estimators_")]
        lengths, means = part.items("_decision_path_lengths"), part.items("_average_path_length_per_tree")
        values = [length + mean - 1.0 for length, mean in zip(lengths, means, strict=True)]
        features = None
        if int(part.number("_max_features")) != self.n_features:
            features = [np.asarray(one) for one in part.items("estimators_features_")]
        self.walk = walk_of(trees, int(self.n_features or 0), values=values, features=features)
        self.offset = part.number("offset_")
        self.scale = len(trees) * _average_path_length(float(part.number("_max_samples")))

    def decision_function(self, X: Any) -> Matrix:
        rows = tree_rows(self, X, True)
        depths = self.walk.add(rows)[:, 0]
        ratio = depths / self.scale if self.scale else np.ones_like(depths)
        return np.asarray(-(2 ** (-ratio)) - self.offset)

    def predict(self, X: Any) -> Matrix:
        return np.where(self.decision_function(X) < 0, -1, 1)


def _average_path_length(count: float) -> float:
    if count <= 1:
        return 0.0
    if count == 2:
        return 1.0
    return float(2.0 * (np.log(count - 1.0) + np.euler_gamma) - 2.0 * (count - 1.0) / count)


# --- voting ---------------------------------------------------------------------------------------


def _weights(part: Part) -> Any:
    """Return the weights of those that were not dropped."""
    weights = part.get("weights")
    if weights is None:
        return None
    members = part.items("estimators")
    kept = [weight for member, weight in zip(members, np.ravel(weights), strict=True) if not _dropped(member[1])]
    return np.asarray(kept)


def _dropped(member: Any) -> bool:
    return member is None or (isinstance(member, str) and member == "drop")


class VotingClassifier(Classifier):
    """The class with the most votes, or the highest mean probability."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.members = make.all(part.items("estimators_"))
        self.weights = _weights(part)
        self.soft = part.word("voting") == "soft"
        self.flat = bool(part.get("flatten_transform", True))
        if not self.soft:
            self.hidden |= {"predict_proba", "predict_log_proba"}

    def _votes(self, X: Any) -> Matrix:
        return np.asarray([member.ask("predict", X) for member in self.members]).T

    def _probas(self, X: Any) -> Matrix:
        return np.asarray([member.ask("predict_proba", X) for member in self.members])

    def predict(self, X: Any) -> Matrix:
        if self.soft:
            return self.labels(np.argmax(self.predict_proba(X), axis=1))
        votes = self._votes(X)
        counts = np.zeros((len(votes), len(self.classes)))
        rows = np.arange(len(votes))
        for k in range(votes.shape[1]):
            counts[rows, votes[:, k]] += 1 if self.weights is None else self.weights[k]
        return self.labels(np.argmax(counts, axis=1))

    def predict_proba(self, X: Any) -> Matrix:
        return np.asarray(np.average(self._probas(X), axis=0, weights=self.weights))

    def transform(self, X: Any) -> Matrix:
        if not self.soft:
            return self._votes(X)
        probas = self._probas(X)
        return np.hstack(list(probas)) if self.flat else probas


class VotingRegressor(Regressor):
    """The mean."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.members = make.all(part.items("estimators_"))
        self.weights = _weights(part)

    def transform(self, X: Any) -> Matrix:
        return np.asarray([member.ask("predict", X) for member in self.members]).T

    def predict(self, X: Any) -> Matrix:
        return np.asarray(np.average(self.transform(X), axis=1, weights=self.weights))


# --- stacking -------------------------------------------------------------------------------------


class _Stacking(Estimator):
    classes: Any = None

    def prepare(self, part: Part, make: Maker) -> None:
        self.members = make.all(part.items("estimators_"))
        self.methods = [str(name) for name in part.items("stack_method_") if name is not None]
        self.final = make(part["final_estimator_"])
        self.passthrough = bool(part.get("passthrough"))

    def transform(self, X: Any) -> Any:
        found: list[Any] = []
        for member, method in zip(self.members, self.methods, strict=True):
            given = member.ask(method, X)
            if isinstance(given, list):
                found += [one[:, 1:] for one in given]
            elif given.ndim == 1:
                found.append(given.reshape(-1, 1))
            elif method == "predict_proba" and self.classes is not None and len(self.classes) == 2:
                found.append(given[:, 1:])
            else:
                found.append(given)
        return _beside(found, X if self.passthrough else None)


def _beside(found: Sequence[Any], X: Any) -> Any:
    if X is None:
        return np.hstack(list(found))
    if isinstance(X, SparseRows):
        return SparseRows.hstack([*found, X])
    return np.hstack([*found, X if isinstance(X, np.ndarray) else X.to_array()])


class StackingClassifier(_Stacking, Classifier):
    """A classifier on what others give."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, make)
        encoder = part["_label_encoder"]
        self.encoders = [one.array("classes_", "fiubUSO") for one in encoder] if isinstance(encoder, list) else None
        self.hidden |= {name for name in ("predict_proba", "decision_function") if not self.final.offers(name)}

    def predict(self, X: Any) -> Matrix:
        found = self.final.ask("predict", self.transform(X))
        if self.encoders is None:
            return self.labels(found)
        return np.array([classes.take(one) for classes, one in zip(self.encoders, found.T, strict=True)]).T

    def predict_proba(self, X: Any) -> Any:
        found = self.final.ask("predict_proba", self.transform(X))
        return found if self.encoders is None else np.array([one[:, 0] for one in found]).T

    def decision_function(self, X: Any) -> Any:
        return self.final.ask("decision_function", self.transform(X))


class StackingRegressor(_Stacking, Regressor):
    """A regressor on what others give."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, make)

    def predict(self, X: Any) -> Any:
        return self.final.ask("predict", self.transform(X))


KNOWN: dict[str, Any] = {
    "sklearn.ensemble._bagging:BaggingClassifier": BaggingClassifier,
    "sklearn.ensemble._bagging:BaggingRegressor": BaggingRegressor,
    "sklearn.ensemble._iforest:IsolationForest": IsolationForest,
    "sklearn.ensemble._stacking:StackingClassifier": StackingClassifier,
    "sklearn.ensemble._stacking:StackingRegressor": StackingRegressor,
    "sklearn.ensemble._voting:VotingClassifier": VotingClassifier,
    "sklearn.ensemble._voting:VotingRegressor": VotingRegressor,
    "sklearn.ensemble._weight_boosting:AdaBoostClassifier": AdaBoostClassifier,
    "sklearn.ensemble._weight_boosting:AdaBoostRegressor": AdaBoostRegressor,
}
