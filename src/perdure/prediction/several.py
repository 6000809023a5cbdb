"""Several estimators for one question: a classifier for each class, pair or code word, an estimator for each output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Classifier, Estimator, responses
from .functions import euclidean
from .parts import Part
from .rows import count_of
from .sparse import SparseRows

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN", "OneVsOneClassifier", "one_vs_one"]

Matrix = np.ndarray[Any, Any]


# --- several classes ------------------------------------------------------------------------------


class ConstantPredictor(Classifier):
    """Of a label that all rows or none had."""

    def __init__(self, part: Part, make: Maker) -> None:
        Estimator.__init__(self, part, make)
        self.value = part.array("y_").ravel()
        self.classes = np.array([0, 1])

    def predict(self, X: Any) -> Matrix:
        return np.repeat(self.value, count_of(X))

    def decision_function(self, X: Any) -> Matrix:
        return np.repeat(self.value, count_of(X))

    def predict_proba(self, X: Any) -> Matrix:
        value = self.value.astype(np.float64)
        return np.repeat([np.hstack([1 - value, value])], count_of(X), axis=0)


def _binary(estimator: Estimator, X: Any) -> Matrix:
    """Return the score of the second class."""
    if estimator.kind == "regressor":
        return np.asarray(estimator.ask("predict", X))
    if estimator.offers("decision_function"):
        return np.ravel(estimator.ask("decision_function", X))
    return np.asarray(estimator.ask("predict_proba", X)[:, 1])


def _threshold(estimator: Estimator) -> float:
    return 0.5 if estimator.kind == "classifier" and not estimator.offers("decision_function") else 0.0


class OneVsRestClassifier(Classifier):
    """A classifier for each class."""

    def __init__(self, part: Part, make: Maker) -> None:
        Estimator.__init__(self, part, make)
        self.members = make.all(part.items("estimators_"))
        binarizer = part.part("label_binarizer_")
        self.classes = binarizer.array("classes_", "fiubUSO")
        self.target = binarizer.word("y_type_")
        self.multilabel = self.target.startswith("multilabel")
        first = self.members[0]
        if self.names is None:
            self.names = first.names
        self.hidden |= {name for name in ("predict_proba", "decision_function") if not first.offers(name)}

    def predict(self, X: Any) -> Matrix:
        if self.target == "multiclass":
            best = np.full(count_of(X), -np.inf)
            place = np.zeros(len(best), int)
            for i in range(len(self.members) - 1, -1, -1):
                found = _binary(self.members[i], X)
                np.maximum(best, found, out=best)
                place[best == found] = i
            return self.labels(place)
        cut = _threshold(self.members[0])
        marks = np.stack([(_binary(member, X) > cut).astype(int) for member in self.members], axis=1)
        if self.target == "binary":
            return self.labels(marks[:, 0]) if len(self.classes) > 1 else np.repeat(self.classes[:1], len(marks))
        return marks

    def predict_proba(self, X: Any) -> Matrix:
        made = np.array([member.ask("predict_proba", X)[:, 1] for member in self.members]).T
        if len(self.members) == 1:
            made = np.concatenate((1 - made, made), axis=1)
        if not self.multilabel:
            total = np.sum(made, axis=1)[:, np.newaxis]
            np.divide(made, total, out=made, where=total != 0)
        return made

    def decision_function(self, X: Any) -> Matrix:
        if len(self.members) == 1:
            return np.asarray(self.members[0].ask("decision_function", X))
        return np.array([np.ravel(member.ask("decision_function", X)) for member in self.members]).T


def one_vs_one(predictions: Matrix, confidences: Matrix, count: int) -> Matrix:
    """Return the votes of all pairs of classes, ties broken by confidence."""
    votes = np.zeros((len(predictions), count))
    sums = np.zeros((len(predictions), count))
    k = 0
    for i in range(count):
        for j in range(i + 1, count):
            sums[:, i] -= confidences[:, k]
            sums[:, j] += confidences[:, k]
            votes[predictions[:, k] == 0, i] += 1
            votes[predictions[:, k] == 1, j] += 1
            k += 1
    return np.asarray(votes + sums / (3 * (np.abs(sums) + 1)))


class OneVsOneClassifier(Classifier):
    """A classifier for each pair of classes."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.members = make.all(part.items("estimators_"))
        if part.get("pairwise_indices_") is not None:
            raise part.refuse("kernels that are precomputed")
        if len(self.members) != len(self.classes) * (len(self.classes) - 1) // 2:
            raise part.refuse("another number of classifiers than of pairs")

    def decision_function(self, X: Any) -> Matrix:
        rows = self.rows(X, nan=True, inf=True, sparse=True)
        predictions = np.vstack([member.ask("predict", rows) for member in self.members]).T
        confidences = np.vstack([_binary(member, rows) for member in self.members]).T
        found = self.combined(predictions, confidences)
        return found[:, 1] if len(self.classes) == 2 else found

    def predict(self, X: Any) -> Matrix:
        found = self.decision_function(X)
        if len(self.classes) == 2:
            return self.labels((found > self.threshold()).astype(int))
        return self.labels(found.argmax(axis=1))

    def combined(self, predictions: Matrix, confidences: Matrix) -> Matrix:
        """Return the score of each class."""
        return one_vs_one(predictions, confidences, len(self.classes))

    def threshold(self) -> float:
        """Return where the second of two classes begins."""
        return _threshold(self.members[0])


class OutputCodeClassifier(Classifier):
    """A code word for each class."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.members = make.all(part.items("estimators_"))
        self.codes = part.array("code_book_").astype(np.float64)
        self.names = self.members[0].names if self.names is None else self.names

    def predict(self, X: Any) -> Matrix:
        found = np.array([_binary(member, X) for member in self.members], order="F", dtype=np.float64).T
        return self.labels(euclidean(found, self.codes, squared=True).argmin(axis=1))


# --- several outputs ------------------------------------------------------------------------------


class _MultiOutput(Estimator):
    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.members = make.all(part.items("estimators_"))
        self.names = self.members[0].names if self.names is None else self.names
        if self.kind == "classifier":
            self.classes = list(part.items("classes_")) if "classes_" in part else [m.classes for m in self.members]  # type: ignore[attr-defined]
            if not all(member.offers("predict_proba") for member in self.members):
                self.hidden.add("predict_proba")

    def predict(self, X: Any) -> Matrix:
        return np.asarray([member.ask("predict", X) for member in self.members]).T


class MultiOutputRegressor(_MultiOutput):
    """A regressor for each output."""

    kind = "regressor"


class MultiOutputClassifier(_MultiOutput):
    """A classifier for each output."""

    kind = "classifier"

    def predict_proba(self, X: Any) -> list[Matrix]:
        return [member.ask("predict_proba", X) for member in self.members]


class _Chain(Estimator):
    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.members = make.all(part.items("estimators_"))
        order = part["order_"]
        self.order = np.asarray(order).astype(np.int64)
        self.method = part.word("chain_method_", "predict")
        if sorted(self.order.tolist()) != list(range(len(self.members))):
            raise part.refuse("an order of a chain that is none")
        if self.kind == "classifier":
            self.classes = list(part.items("classes_"))
            for name in ("predict_proba", "decision_function"):
                if not self.members[0].offers(name):
                    self.hidden.add(name)

    def asked(self, X: Any, method: str) -> Matrix:
        rows = self.rows(X, sparse=True)
        count = len(self.members)
        before, found = np.zeros((rows.shape[0], count)), np.zeros((rows.shape[0], count))
        for i, member in enumerate(self.members):
            given = before[:, :i]
            beside = SparseRows.hstack([rows, given]) if isinstance(rows, SparseRows) else np.hstack((rows, given))
            before[:, i] = responses(member, beside, [self.method])[0]
            found[:, i] = responses(member, beside, [method])[0]
        back = np.empty_like(self.order)
        back[self.order] = np.arange(count)
        return found[:, back]

    def predict(self, X: Any) -> Matrix:
        return self.asked(X, "predict")


class RegressorChain(_Chain):
    """Each regressor takes the predictions of those before it."""

    kind = "regressor"


class ClassifierChain(_Chain):
    """Each classifier takes the predictions of those before it."""

    kind = "classifier"

    def predict_proba(self, X: Any) -> Matrix:
        return self.asked(X, "predict_proba")

    def predict_log_proba(self, X: Any) -> Matrix:
        with np.errstate(divide="ignore"):
            return np.log(self.asked(X, "predict_proba"))

    def decision_function(self, X: Any) -> Matrix:
        return self.asked(X, "decision_function")


KNOWN: dict[str, Any] = {
    "sklearn.multiclass:OneVsOneClassifier": OneVsOneClassifier,
    "sklearn.multiclass:OneVsRestClassifier": OneVsRestClassifier,
    "sklearn.multiclass:OutputCodeClassifier": OutputCodeClassifier,
    "sklearn.multiclass:_ConstantPredictor": ConstantPredictor,
    "sklearn.multioutput:ClassifierChain": ClassifierChain,
    "sklearn.multioutput:MultiOutputClassifier": MultiOutputClassifier,
    "sklearn.multioutput:MultiOutputRegressor": MultiOutputRegressor,
    "sklearn.multioutput:RegressorChain": RegressorChain,
}
