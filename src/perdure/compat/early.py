"""Estimators of which one method was another one before 0.22: a class each."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from scipy.special import expit
from sklearn.covariance import EllipticEnvelope
from sklearn.decomposition import LatentDirichletAllocation, MiniBatchSparsePCA, SparsePCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_array, check_is_fitted

from .stock import AsBefore

__all__ = [
    "BatchScaledMiniBatchSparsePCA",
    "BatchScaledSparsePCA",
    "RootedEllipticEnvelope",
    "SigmoidLinearDiscriminantAnalysis",
    "SomeColumnsOneHotEncoder",
    "UnscaledLatentDirichletAllocation",
]


class SigmoidLinearDiscriminantAnalysis(AsBefore, LinearDiscriminantAnalysis):  # type: ignore[misc]
    """Discriminant analysis of several classes whose probabilities are sigmoids, as before scikit-learn 0.21.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `LinearDiscriminantAnalysis`.
    """

    _stock = LinearDiscriminantAnalysis

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class: the sigmoid of its score, divided by the sum over all.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        found = expit(self.decision_function(X))
        return found / found.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return np.log(self.predict_proba(X))


class RootedEllipticEnvelope(AsBefore, EllipticEnvelope):  # type: ignore[misc]
    """Elliptic envelope whose decision function has a root of distances, as before scikit-learn 0.20.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give an
    `EllipticEnvelope`.
    """

    _stock = EllipticEnvelope

    def decision_function(self, X: Any) -> Any:
        """Return how much nearer than the threshold each row is.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return (-self.offset_) ** 0.33 - self.mahalanobis(X) ** 0.33


class _BatchScaled(AsBefore):
    def transform(self, X: Any) -> Any:
        """Return the components of rows, divided by their length over all rows given.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_components)
        """
        found = super().transform(X)  # type: ignore[misc]
        lengths = np.sqrt((found**2).sum(axis=0))
        lengths[lengths == 0] = 1
        return found / lengths


class BatchScaledSparsePCA(_BatchScaled, SparsePCA):  # type: ignore[misc]
    """Sparse PCA with ``normalize_components=False``, up to 0.21: what it gives depends on all rows given.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `SparsePCA`.
    """

    _stock = SparsePCA


class BatchScaledMiniBatchSparsePCA(_BatchScaled, MiniBatchSparsePCA):  # type: ignore[misc]
    """`BatchScaledSparsePCA`, fitted in batches.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `MiniBatchSparsePCA`.
    """

    _stock = MiniBatchSparsePCA


class SomeColumnsOneHotEncoder(AsBefore, OneHotEncoder):  # type: ignore[misc]
    """One-hot encoder with ``categorical_features``, up to 0.21: those columns come first, the others as they are.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `OneHotEncoder`; for what this one was, fit a `sklearn.compose.ColumnTransformer`.
    """

    _stock = OneHotEncoder

    def transform(self, X: Any) -> Any:
        """Return the encoded columns, and after them the others.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        sparse matrix or ndarray of shape (n_samples, n_encoded_features)
        """
        X = np.asarray(X)
        chosen = np.zeros(X.shape[1], bool)
        chosen[self._encoded_columns] = True
        # The parent sees the encoded columns only.
        encoded = OneHotEncoder.transform(self, X[:, chosen])
        if scipy.sparse.issparse(encoded):
            return scipy.sparse.hstack([encoded, X[:, ~chosen]]).tocsr()
        return np.hstack([encoded, X[:, ~chosen]])


class UnscaledLatentDirichletAllocation(AsBefore, LatentDirichletAllocation):  # type: ignore[misc]
    """Latent Dirichlet allocation that gives weights of topics and no shares, as before scikit-learn 0.18.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `LatentDirichletAllocation`.
    """

    _stock = LatentDirichletAllocation

    def transform(self, X: Any) -> Any:
        """Return the weight of each topic in each document.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_components)
        """
        check_is_fitted(self)
        return self._unnormalized_transform(check_array(X, accept_sparse="csr", dtype=self.components_.dtype))
