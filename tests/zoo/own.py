"""A user's own code, in a module that both processes can import: functions, estimators, and what parameters hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.neighbors import kneighbors_graph
from sklearn.preprocessing import StandardScaler

Array = np.ndarray[Any, Any]

# Functions that parameters name


def capped_loss(y: Array, predicted: Array) -> Array:
    return np.minimum(np.abs(y - predicted), 2.0)


def decaying_kernel(X: Array, Y: Array | None = None, scale: float = 1.0) -> Any:
    if np.ndim(X) == 1:  # one pair of rows, as pairwise_kernels asks
        return np.exp(-np.abs(X - Y).sum() / scale)
    return np.exp(-euclidean_distances(X, Y) / scale)


def decaying_pair(x: Array, y: Array) -> float:
    return float(np.exp(-np.abs(x - y).sum()))


def largest_gap(x: Array, y: Array) -> float:
    return float(np.abs(x - y).max())


def inverse_square(distances: Array) -> Array:
    return 1 / (1 + distances**2)


def near_rows(X: Array) -> Any:
    return kneighbors_graph(X, 6)


def cubic(x: Array) -> tuple[Array, Array]:
    return x**3, (3 * x**2).mean(axis=-1)


def add_ratio(X: Array, first: int, second: int) -> Array:
    return np.column_stack([X, X[:, first] / (1 + np.abs(X[:, second]))])


def names_with_ratio(transformer: Any, names: Array) -> Array:
    return np.append(names, "ratio")


def short_name(feature: str, category: Any) -> str:
    return f"{feature}:{str(category)[:2]}"


def midrange(column: Array) -> float:
    return float((column.min() + column.max()) / 2)


def split_on_space(text: str) -> list[str]:
    return text.split(" ")


def lower(text: str) -> str:
    return text.lower()


def spread_score(X: Array, y: Array) -> Array:
    return np.ptp(X, axis=0) * (1 + np.abs(X[y == y[0]].mean(axis=0)))


def half_of_features(X: Array) -> int:
    return X.shape[1] // 2


def coefficients(model: Any) -> Array:
    return np.abs(model.coef_[0])


def number_columns(frame: Any) -> list[str]:
    return list(frame.select_dtypes("number").columns)


def log_income(frame: Any) -> Any:
    return np.log1p(frame)


def cautious_score(model: Any, X: Any, y: Any) -> float:
    return float(model.score(X, y)) - 0.01 * len(np.unique(model.predict(X)))


def simplest(results: dict[str, Any]) -> int:
    """The first candidate that is nearly the best: a callable ``refit``."""
    scores = results["mean_test_score"]
    return int(np.flatnonzero(scores >= scores.max() - 0.02)[0])


def mean_error(y: Array, predicted: Array, sample_weight: Array | None = None) -> float:
    return float(np.average(np.abs(y - predicted), weights=sample_weight))


def signed_square(y: Array) -> Array:
    return np.sign(y) * y**2


def signed_root(y: Array) -> Array:
    return np.sign(y) * np.sqrt(np.abs(y))


# Estimators


class Mode(Enum):
    MEAN = "mean"
    MEDIAN = "median"


class Bounds(NamedTuple):
    low: float
    high: float


@dataclass
class Plan:
    """A dataclass as a parameter, with a mutable field."""

    steps: int = 2
    weights: list[float] = field(default_factory=lambda: [0.5, 1.5])


class Clipper(TransformerMixin, BaseEstimator):
    """Clips each column to quantiles; holds an Enum, a named tuple, a dataclass and odd containers."""

    def __init__(self, bounds: Bounds = Bounds(0.1, 0.9), mode: Mode = Mode.MEAN, plan: Plan | None = None) -> None:  # noqa: B008
        self.bounds = bounds
        self.mode = mode
        self.plan = plan

    def fit(self, X: Any, y: Any = None) -> Clipper:
        X = np.asarray(X)
        self.low_, self.high_ = np.quantile(X, self.bounds, axis=0)
        self.centre_ = getattr(np, self.mode.value)(X, axis=0)
        self.seen_ = {(1, "a"): self.low_, frozenset({2, 3}): None, -0.0: [np.float32(1.5), 2**70], b"\x00\xff": 1 + 2j}
        self.extent_ = slice(0, None, 2)
        self.rows_ = range(len(X))
        self.same_ = self.low_
        self.itself_ = self
        self.special_ = (float("nan"), float("inf"), -float("inf"), ...)
        self.names_ = {"b", "a"}
        return self

    def transform(self, X: Any) -> Array:
        weights = self.plan.weights if self.plan else [1.0]
        return np.clip(np.asarray(X), self.low_, self.high_) * np.mean(weights) - self.centre_

    def get_feature_names_out(self, names: Any = None) -> Array:
        return np.array([f"clipped {i}" for i in range(len(self.low_))], dtype=object)


class NearestMean(ClassifierMixin, BaseEstimator):
    """A classifier with ``partial_fit``, written without anything of scikit-learn's but the mixins."""

    def __init__(self, power: float = 2.0) -> None:
        self.power = power

    def fit(self, X: Any, y: Any) -> NearestMean:
        for name in ("sums_", "counts_"):
            vars(self).pop(name, None)
        return self.partial_fit(X, y)

    def partial_fit(self, X: Any, y: Any) -> NearestMean:
        if not hasattr(self, "sums_"):
            self.classes_ = np.unique(y)
            self.sums_ = np.zeros((len(self.classes_), np.shape(X)[1]))
            self.counts_ = np.zeros(len(self.classes_))
        for index, label in enumerate(self.classes_):
            self.sums_[index] += np.asarray(X)[y == label].sum(axis=0)
            self.counts_[index] += np.sum(y == label)
        return self

    def predict_proba(self, X: Any) -> Array:
        means = self.sums_ / self.counts_[:, None]
        near = 1 / (1e-9 + (np.abs(np.asarray(X)[:, None] - means) ** self.power).sum(axis=2))
        return near / near.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> Array:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class ShiftedRegression(LinearRegression):
    """A subclass of a stock estimator with a parameter of its own."""

    def __init__(self, shift: float = 0.0, fit_intercept: bool = True) -> None:
        super().__init__(fit_intercept=fit_intercept)
        self.shift = shift

    def predict(self, X: Any) -> Array:
        return super().predict(X) + self.shift


class NamedScaler(StandardScaler):
    """A subclass that adds nothing but a method."""

    def describe(self) -> str:
        return f"scaled by {self.scale_}"


class CautiousLogistic(LogisticRegression):
    """A subclass that keeps more fitted state than its base."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> CautiousLogistic:
        super().fit(X, y, sample_weight)
        self.training_scores_ = {str(label): float(np.mean(y == label)) for label in self.classes_}
        return self


class Blend(RegressorMixin, BaseEstimator):
    """A meta-estimator of a user's own."""

    def __init__(self, estimators: Any, weights: Any = None) -> None:
        self.estimators = estimators
        self.weights = weights

    def fit(self, X: Any, y: Any) -> Blend:
        from sklearn.base import clone

        self.fitted_ = {name: clone(estimator).fit(X, y) for name, estimator in self.estimators}
        return self

    def predict(self, X: Any) -> Array:
        return np.average([model.predict(X) for model in self.fitted_.values()], axis=0, weights=self.weights)
