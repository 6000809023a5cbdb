"""Around one classifier or regressor: calibration, thresholds, searches, and what was fitted before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Classifier, Estimator, Regressor, responses
from .functions import expit, softmax
from .parts import ABSENT, Part
from .rows import FLOATS, check_finite, count_of

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


# --- calibration ----------------------------------------------------------------------------------


class IsotonicRegression(Regressor):
    """A line through thresholds."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.x, self.y = part.array("X_thresholds_"), part.array("y_thresholds_")
        self.outside = part.word("out_of_bounds")
        self.low, self.high = part.number("X_min_"), part.number("X_max_")

    def line(self, values: Matrix) -> Matrix:
        """Return the line at some places, computed as scipy's interp1d does."""
        x, y = self.x, self.y
        values = values.astype(x.dtype)
        if self.outside == "clip":
            values = np.clip(values, self.low, self.high)
        if len(y) == 1:
            return np.full(values.shape, y[0], y.dtype).astype(values.dtype)
        outside = (values < x[0]) | (values > x[-1])
        if self.outside == "raise" and outside.any():
            raise ValueError("a value lies outside of what the isotonic regression was fitted on")
        high = np.clip(np.searchsorted(x, values), 1, len(x) - 1)
        low = high - 1
        slope = (y[high] - y[low]) / (x[high] - x[low])
        found = slope * (values - x[low]) + y[low]
        return np.where(outside, np.nan, found).astype(values.dtype)

    def predict(self, X: Any) -> Matrix:
        values = X if isinstance(X, np.ndarray) else self.rows(X)
        if values.dtype not in FLOATS:
            values = values.astype(np.float64)
        check_finite(values, owner="IsotonicRegression")
        if values.ndim > 2 or (values.ndim == 2 and values.shape[1] != 1):
            raise ValueError("an isotonic regression takes one feature")
        return self.line(values.reshape(-1))

    def transform(self, X: Any) -> Matrix:
        return self.predict(X)


class _Calibrated:
    """One classifier and what makes probabilities of its scores."""

    def __init__(self, part: Part, make: Maker) -> None:
        self.inner = make(part["estimator"])
        self.classes = part.array("classes", "fiubUSO")
        self.method = part.word("method")
        if self.method not in ("sigmoid", "isotonic", "temperature"):
            raise part.refuse(f"the calibration {self.method}")
        calibrators = part.items("calibrators")
        self.lines: list[Any] = []
        for one in calibrators:
            if self.method == "isotonic":
                self.lines.append(make(one))
            elif self.method == "sigmoid":
                self.lines.append((one.number("a_"), one.number("b_")))
            else:
                self.lines.append(one.number("beta_"))
        own = getattr(self.inner, "classes", None)
        if own is None:
            raise part.refuse(f"the classes of a {self.inner.part.name}")
        self.places = np.searchsorted(self.classes, own)

    def predict_proba(self, X: Any) -> Matrix:
        scores, method = responses(self.inner, X, ("decision_function", "predict_proba"))
        scores = scores.reshape(-1, 1) if scores.ndim == 1 else scores
        many = len(self.classes)
        proba = np.zeros((len(scores), many))
        if self.method == "temperature":
            if many == 2 and scores.shape[1] == 1 and method == "predict_proba":
                scores = np.concatenate([1 - scores, scores], axis=1)
            proba = softmax(self.lines[0] * _logits(scores))
        else:
            for place, column, line in zip(self.places, scores.T, self.lines, strict=False):
                found = expit(-(line[0] * column + line[1])) if self.method == "sigmoid" else line.line(column)
                proba[:, place + 1 if many == 2 else place] = found
            if many == 2:
                proba[:, 0] = 1.0 - proba[:, 1]
            else:
                total = np.sum(proba, axis=1)[:, np.newaxis]
                proba = np.divide(proba, total, out=np.full_like(proba, 1 / many), where=total != 0)
        proba[(proba > 1.0) & (proba <= 1.0 + 1e-5)] = 1.0
        return proba


def _logits(scores: Matrix) -> Matrix:
    if scores.shape[1] > 1:
        sums = scores.sum(axis=1)
        if np.allclose(sums, 1.0) and (scores >= 0).all() and (scores <= 1).all():
            return np.log(scores + 1e-12)
        return scores
    return np.stack([-scores[:, 0], scores[:, 0]], axis=1)


class CalibratedClassifierCV(Classifier):
    """The mean of calibrated classifiers."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.members = [_Calibrated(one, make) for one in part.items("calibrated_classifiers_")]

    def predict_proba(self, X: Any) -> Matrix:
        made = np.zeros((count_of(X), len(self.classes)))
        for member in self.members:
            made += member.predict_proba(X)
        made /= len(self.members)
        return made

    def predict(self, X: Any) -> Matrix:
        return self.labels(np.argmax(self.predict_proba(X), axis=1))


# --- thresholds and searches ----------------------------------------------------------------------


class _Around(Estimator):
    """What asks one estimator inside."""

    inner: Estimator

    def around(self, inner: Estimator) -> None:
        self.inner = inner
        self.kind = inner.kind
        self.takes = inner.takes
        self.names = inner.names if self.names is None else self.names
        self.n_features = inner.n_features if self.n_features is None else self.n_features
        if hasattr(inner, "classes"):
            self.classes = inner.classes

    def offers(self, method: str) -> bool:
        return self.inner.offers(method)

    def ask(self, method: str, X: Any) -> Any:
        return self.inner.ask(method, X)


class Search(_Around):
    """The best of the candidates, as it was refitted."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.around(make(part["best_estimator_"]))


class Inside(_Around):
    """What was fitted before, or around which another was fitted."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        inner = part.get("estimator_", ABSENT)
        self.around(make(part["estimator"] if inner is ABSENT else inner))


class ThresholdClassifier(_Around):
    """Labels by a threshold of one's own."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        inner = part.get("estimator_", ABSENT)
        self.around(make(part["estimator"] if inner is ABSENT else inner))
        self.tuned = part.name == "TunedThresholdClassifierCV"
        method = part.word("response_method")
        self.responses = ("predict_proba", "decision_function") if method == "auto" else (method,)
        if self.tuned:
            scorer = part.part("_curve_scorer")
            given = scorer.get("_kwargs") or {}
            usual = 1 if str(scorer.get("_score_func")).partition(":")[2] in _POSITIVE_IS_ONE else None
            self.positive = given.get("pos_label", usual)
            self.threshold = part.number("best_threshold_")
        else:
            self.positive = part.get("pos_label")
            given = part["threshold"]
            self.threshold = None if isinstance(given, str) else part.number("threshold")
        if len(self.classes) != 2:
            raise part.refuse("a threshold for other than two classes")

    def ask(self, method: str, X: Any) -> Any:
        if method != "predict":
            return self.inner.ask(method, X)
        positive = self.classes[1] if self.positive is None else self.positive
        scores, used = responses(self.inner, X, self.responses, positive)
        cut = self.threshold if self.threshold is not None else 0.5 if used == "predict_proba" else 0.0
        place = 1 if positive == self.classes[1] else 0
        return self.classes[np.where(scores >= cut, place, 1 - place)]


# Scores whose positive class is 1 where nothing else is said.
_POSITIVE_IS_ONE = frozenset(
    ("average_precision_score", "f1_score", "fbeta_score", "jaccard_score", "precision_score", "recall_score")
)
_SEARCHES = (
    "sklearn.model_selection._search:GridSearchCV",
    "sklearn.model_selection._search:RandomizedSearchCV",
    "sklearn.model_selection._search_successive_halving:HalvingGridSearchCV",
    "sklearn.model_selection._search_successive_halving:HalvingRandomSearchCV",
)
_THRESHOLD = "sklearn.model_selection._classification_threshold"
KNOWN: dict[str, Any] = {
    **dict.fromkeys(_SEARCHES, Search),
    f"{_THRESHOLD}:FixedThresholdClassifier": ThresholdClassifier,
    f"{_THRESHOLD}:TunedThresholdClassifierCV": ThresholdClassifier,
    "sklearn.calibration:CalibratedClassifierCV": CalibratedClassifierCV,
    "sklearn.frozen._frozen:FrozenEstimator": Inside,
    "sklearn.semi_supervised._self_training:SelfTrainingClassifier": Inside,
    "sklearn.isotonic:IsotonicRegression": IsotonicRegression,
}
