"""Isolation forests as before 0.21 and 0.22."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.utils.validation import check_array, check_is_fitted

from .stock import AsBefore

__all__ = ["EarlyIsolationForest", "ThresholdIsolationForest"]


class ThresholdIsolationForest(AsBefore, IsolationForest):  # type: ignore[misc]
    """Isolation forest with ``behaviour="old"``, up to 0.21: outliers are below ``threshold_``, and not below 0.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give an
    `IsolationForest`.
    """

    _stock = IsolationForest

    def predict(self, X: Any) -> Any:
        """Return 1 for inliers, -1 for outliers.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        if "threshold_" not in vars(self):
            return super().predict(X)
        return np.where(self.decision_function(X) <= self.threshold_, -1, 1)


class EarlyIsolationForest(ThresholdIsolationForest):
    """Isolation forest whose smallest leaves count otherwise, as before scikit-learn 0.21.

    A leaf of one sample has depth 1, and one of two what the formula for many gives.
    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give an
    `IsolationForest`.
    """

    _stock = IsolationForest

    def score_samples(self, X: Any) -> Any:
        """Return the opposite of the anomaly score.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        X = check_array(X, accept_sparse="csr", dtype=np.float32)
        deep: Any = 0.0
        for tree, columns in zip(self.estimators_, self.estimators_features_, strict=True):
            rows = X if self._max_features == X.shape[1] else X[:, columns]
            sizes = tree.tree_.n_node_samples[tree.tree_.apply(rows)]
            steps = np.ravel(tree.tree_.decision_path(rows).sum(axis=1))
            deep = deep + steps + _path_length(sizes) - 1.0
        usual = _path_length(np.array([self.max_samples_]))[0]
        return -(2.0 ** -(deep / len(self.estimators_) / usual))

    def decision_function(self, X: Any) -> Any:
        """Return the score above the offset: the lower, the more of an outlier.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> Any:
        """Return 1 for inliers, -1 for outliers.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        if "threshold_" in vars(self):
            return super().predict(X)
        return np.where(self.decision_function(X) < 0, -1, 1)


def _path_length(sizes: Any) -> Any:
    found = np.ones(sizes.shape)
    many = sizes > 1
    n = sizes[many].astype(float)
    found[many] = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return found
