"""Naive Bayes: a joint log likelihood for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Classifier
from .functions import logsumexp
from .parts import Part
from .sparse import SparseRows

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


class NaiveBayes(Classifier):
    """What all five have in common."""

    def joint(self, X: Any) -> Matrix:
        """Return the joint log likelihood."""
        raise AttributeError("joint")

    def predict(self, X: Any) -> Matrix:
        return self.labels(np.argmax(self.joint(X), axis=1))

    def predict_log_proba(self, X: Any) -> Matrix:
        joint = self.joint(X)
        return joint - logsumexp(joint).reshape(-1, 1)

    def predict_proba(self, X: Any) -> Matrix:
        return np.exp(self.predict_log_proba(X))


class GaussianNB(NaiveBayes):
    """A normal distribution for each feature."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.var, self.theta = part.array("var_"), part.array("theta_")
        with np.errstate(divide="ignore"):
            self.priors = np.log(part.array("class_prior_"))
        self.constants = [-0.5 * np.sum(np.log(2.0 * np.pi * self.var[i, :])) for i in range(len(self.var))]

    def joint(self, X: Any) -> Matrix:
        rows = self.rows(X)
        found = []
        for i in range(len(self.classes)):
            likelihood = self.constants[i] - 0.5 * np.sum((rows - self.theta[i, :]) ** 2 / self.var[i, :], axis=1)
            found.append(self.priors[i] + likelihood)
        return np.stack(found).T


class MultinomialNB(NaiveBayes):
    """Counts."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.features = part.array("feature_log_prob_")
        self.priors = part.array("class_log_prior_")

    def joint(self, X: Any) -> Matrix:
        return np.asarray(self.rows(X, sparse=True) @ self.features.T + self.priors)


class ComplementNB(MultinomialNB):
    """Counts of all classes but one."""

    def joint(self, X: Any) -> Matrix:
        found = self.rows(X, sparse=True) @ self.features.T
        if len(self.classes) == 1:
            found = found + self.priors
        return np.asarray(found)


class BernoulliNB(MultinomialNB):
    """Whether a feature is there."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.threshold = part.get("binarize")
        with np.errstate(divide="ignore"):
            negative = np.log(1 - np.exp(self.features))
        self.weights = (self.features - negative).T
        self.constant = self.priors + negative.sum(axis=1)

    def joint(self, X: Any) -> Matrix:
        rows = self.rows(X, sparse=True)
        if self.threshold is not None:
            if isinstance(rows, SparseRows):
                if self.threshold < 0:
                    raise ValueError("sparse rows cannot be cut below zero")
                rows = rows.with_data((rows.data > self.threshold).astype(rows.dtype))
            else:
                rows = (rows > self.threshold).astype(rows.dtype)
        return np.asarray(rows @ self.weights + self.constant)


class CategoricalNB(NaiveBayes):
    """A category for each feature, as a number."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.features = part.items("feature_log_prob_")
        self.priors = part.array("class_log_prior_")

    def joint(self, X: Any) -> Matrix:
        rows = self.rows(X)
        if (rows < 0).any():
            raise ValueError("CategoricalNB takes no negative numbers")
        if rows.max(initial=0) >= 2**62:
            raise ValueError("a category is a small number")
        rows = rows.astype(np.int64)
        found = np.zeros((rows.shape[0], len(self.classes)))
        for i, table in enumerate(self.features):
            if rows[:, i].max(initial=0) >= table.shape[1]:
                raise ValueError(f"column {i} holds the category {rows[:, i].max()}, which was not there in the fit")
            found += table[:, rows[:, i]].T
        return np.asarray(found + self.priors)


KNOWN = {
    "sklearn.naive_bayes:BernoulliNB": BernoulliNB,
    "sklearn.naive_bayes:CategoricalNB": CategoricalNB,
    "sklearn.naive_bayes:ComplementNB": ComplementNB,
    "sklearn.naive_bayes:GaussianNB": GaussianNB,
    "sklearn.naive_bayes:MultinomialNB": MultinomialNB,
}
