"""Normal distributions: mixtures of them, and one around the most of the rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidError
from .base import Estimator
from .functions import logsumexp, squared_norms
from .parts import Part

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


class GaussianMixture(Estimator):
    """The most likely of some normal distributions."""

    kind = "clusterer"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.form = part.word("covariance_type")
        if self.form not in ("diag", "full", "spherical", "tied"):
            raise part.refuse(f"the covariance {self.form}")
        self.means, self.roots = part.array("means_"), part.array("precisions_cholesky_")
        self.weights = np.log(part.array("weights_"))
        count, width = self.means.shape
        shapes = {"diag": (count, width), "full": (count, width, width), "spherical": (count,), "tied": (width, width)}
        if self.roots.shape != shapes[self.form] or self.weights.shape != (count,):
            raise InvalidError("the parts of a mixture differ in shape", path=str(part.path))
        roots = self.roots
        if self.form == "full":
            self.determinants = np.sum(np.log(roots.reshape(count, -1)[:, :: width + 1]), axis=1)
        elif self.form == "tied":
            self.determinants = np.sum(np.log(np.diagonal(roots)))
        elif self.form == "diag":
            self.determinants = np.sum(np.log(roots), axis=1)
        else:
            self.determinants = width * np.log(roots)

    def _distances(self, X: Matrix) -> Matrix:
        means, roots = self.means, self.roots
        if self.form in ("full", "tied"):
            made = np.empty((len(X), len(means)), X.dtype)
            for k, mean in enumerate(means):
                root = roots[k] if self.form == "full" else roots
                made[:, k] = np.sum(np.square((X @ root) - (mean @ root)), axis=1)
            return made
        precisions = roots**2
        if self.form == "diag":
            return np.asarray(
                np.sum(means**2 * precisions, axis=1) - 2.0 * (X @ (means * precisions).T) + (X**2 @ precisions.T)
            )
        own = np.sum(means**2, axis=1) * precisions - 2 * (X @ means.T * precisions)
        return np.asarray(own + np.outer(squared_norms(X), precisions))

    def joint(self, X: Any) -> Matrix:
        """Return the joint log likelihood of rows and distributions."""
        rows = self.rows(X)
        constant = rows.shape[1] * math.log(2 * math.pi)
        return np.asarray(-0.5 * (constant + self._distances(rows)) + self.determinants + self.weights)

    def predict(self, X: Any) -> Matrix:
        return self.joint(X).argmax(axis=1)

    def predict_proba(self, X: Any) -> Matrix:
        joint = self.joint(X)
        return np.exp(joint - logsumexp(joint)[:, np.newaxis])


class EllipticEnvelope(Estimator):
    """Inliers are 1, outliers -1."""

    kind = "outlier"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        if part.get("store_precision") is False or part.get("precision_") is None:
            raise part.refuse("an envelope without its precision")
        self.center, self.precision = part.array("location_"), part.array("precision_")
        self.offset = part.number("offset_")

    def decision_function(self, X: Any) -> Matrix:
        apart = self.rows(X) - self.center
        return np.asarray(-np.einsum("ij,jk,ik->i", apart, self.precision, apart, optimize=True) - self.offset)

    def predict(self, X: Any) -> Matrix:
        return np.where(self.decision_function(X) >= 0, 1, -1)


KNOWN: dict[str, Any] = {
    "sklearn.covariance._elliptic_envelope:EllipticEnvelope": EllipticEnvelope,
    "sklearn.mixture._gaussian_mixture:GaussianMixture": GaussianMixture,
}
