"""Linear and quadratic discriminant analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Classifier
from .functions import expit, softmax
from .linear import LinearClassifier
from .parts import Part

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


class LinearDiscriminantAnalysis(LinearClassifier):
    """A linear classifier that can also project."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.solver = part.word("solver")
        if self.solver == "lsqr":
            self.hidden.add("transform")
        else:
            self.scalings = part.array("scalings_")
            self.center = part.array("xbar_") if self.solver == "svd" else None
            self.most = int(part.number("_max_components"))

    def predict_proba(self, X: Any) -> Matrix:
        scores = self.decision_function(X)
        if len(self.classes) == 2:
            proba = expit(scores)
            return np.stack([1 - proba, proba], axis=1)
        return softmax(scores)

    def predict_log_proba(self, X: Any) -> Matrix:
        proba = self.predict_proba(X)
        proba[proba == 0.0] += np.finfo(proba.dtype).smallest_normal
        return np.log(proba)

    def transform(self, X: Any) -> Matrix:
        rows = self.rows(X)
        found = (rows if self.center is None else rows - self.center) @ self.scalings
        return np.asarray(found[:, : self.most])


class QuadraticDiscriminantAnalysis(Classifier):
    """A covariance for each class."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.scalings = part.items("scalings_")
        self.rotations = [r * s ** (-0.5) for r, s in zip(part.items("rotations_"), self.scalings, strict=True)]
        self.means = part.array("means_")
        self.volumes = np.asarray([np.sum(np.log(s)) for s in self.scalings])
        self.priors = np.log(part.array("priors_"))

    def _scores(self, X: Any) -> Matrix:
        rows = self.rows(X)
        norms = []
        for i in range(len(self.classes)):
            turned = np.dot(rows - self.means[i], self.rotations[i])
            norms.append(np.sum(turned**2, axis=1))
        return np.asarray(-0.5 * (np.array(norms).T + self.volumes) + self.priors)

    def decision_function(self, X: Any) -> Matrix:
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes) == 2 else scores

    def predict(self, X: Any) -> Matrix:
        return self.labels(self._scores(X).argmax(axis=1))

    def predict_log_proba(self, X: Any) -> Matrix:
        scores = self._scores(X)
        likelihood = scores - scores.max(axis=1)[:, np.newaxis]
        return np.asarray(likelihood - np.log(np.exp(likelihood).sum(axis=1)[:, np.newaxis]))

    def predict_proba(self, X: Any) -> Matrix:
        return np.exp(self.predict_log_proba(X))


KNOWN = {
    "sklearn.discriminant_analysis:LinearDiscriminantAnalysis": LinearDiscriminantAnalysis,
    "sklearn.discriminant_analysis:QuadraticDiscriminantAnalysis": QuadraticDiscriminantAnalysis,
}
