"""The nearest center: k-means and nearest centroids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Classifier, Estimator, dense
from .functions import euclidean, squared_norms
from .parts import Part
from .sparse import SparseRows

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


def nearest(rows: Any, centers: Matrix) -> Matrix:
    """Return the number of the nearest center for each row."""
    return np.asarray(np.argmin(-2.0 * (rows @ centers.T) + squared_norms(centers), axis=1))


class KMeans(Estimator):
    """The nearest of some centers, and the distance from each."""

    kind = "clusterer"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.centers = part.array("cluster_centers_")

    def predict(self, X: Any) -> Matrix:
        return nearest(self.rows(X, sparse=True, order="C"), self.centers).astype(np.int32)

    def transform(self, X: Any) -> Matrix:
        return euclidean(self.rows(X, sparse=True, order="C"), self.centers)


class MeanShift(Estimator):
    """The nearest of some centers."""

    kind = "clusterer"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.centers = dense(part, "cluster_centers_")
        if not len(self.centers):
            raise part.refuse("clusters without a center")

    def predict(self, X: Any) -> Matrix:
        return nearest(self.rows(X, sparse=True), self.centers).astype(np.int64)


class NearestCentroid(Classifier):
    """The class with the nearest center."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.centers = part.array("centroids_")
        self.metric = part.word("metric")
        if self.metric not in ("euclidean", "manhattan"):
            raise part.refuse(f"the metric {self.metric}")
        self.priors = part.array("class_prior_")
        self.even = bool(np.isclose(self.priors, 1 / len(self.classes)).all())
        # Before 1.6 there was none, and no more to ask for than the class.
        known = "within_class_std_dev_" in part
        if not known and not self.even:
            raise part.refuse("priors without deviations")
        self.deviation = part.array("within_class_std_dev_").ravel() if known else np.ones(self.centers.shape[1])
        if self.metric != "euclidean" or not known:
            self.hidden |= {"decision_function", "predict_proba", "predict_log_proba"}

    def _distances(self, rows: Matrix, centers: Matrix) -> Matrix:
        if self.metric == "euclidean":
            return euclidean(rows, centers)
        return np.stack([np.abs(rows - center).sum(axis=1) for center in centers], axis=1)

    def predict(self, X: Any) -> Matrix:
        if not self.even:
            return self.labels(self._scores(X).argmax(axis=1))
        rows = self.rows(X, sparse=True)
        if self.metric == "euclidean":
            return self.labels(nearest(rows, self.centers))
        rows = rows.toarray() if isinstance(rows, SparseRows) else rows
        return self.labels(self._distances(rows, self.centers).argmin(axis=1))

    def _scores(self, X: Any) -> Matrix:
        rows = self.rows(X, sparse=True, dtypes=(np.dtype(np.float64),))
        rows = rows.toarray() if isinstance(rows, SparseRows) else np.array(rows)
        mask = self.deviation != 0
        centers = np.array(self.centers, np.float64)
        rows[:, mask] /= self.deviation[mask]
        centers[:, mask] /= self.deviation[mask]
        with np.errstate(divide="ignore"):
            return np.asarray(-(self._distances(rows, centers) ** 2) + 2.0 * np.log(self.priors))

    def decision_function(self, X: Any) -> Matrix:
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes) == 2 else scores

    def predict_log_proba(self, X: Any) -> Matrix:
        scores = self._scores(X)
        likelihood = scores - scores.max(axis=1)[:, np.newaxis]
        return np.asarray(likelihood - np.log(np.exp(likelihood).sum(axis=1)[:, np.newaxis]))

    def predict_proba(self, X: Any) -> Matrix:
        return np.exp(self.predict_log_proba(X))


KNOWN: dict[str, Any] = {
    "sklearn.cluster._affinity_propagation:AffinityPropagation": MeanShift,
    "sklearn.cluster._kmeans:KMeans": KMeans,
    "sklearn.cluster._kmeans:MiniBatchKMeans": KMeans,
    "sklearn.cluster._mean_shift:MeanShift": MeanShift,
    "sklearn.neighbors._nearest_centroid:NearestCentroid": NearestCentroid,
}
