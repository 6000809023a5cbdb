"""Support vector machines, and one-vs-one, as they told their confidence before 0.20 and 0.21."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.multiclass import OneVsOneClassifier
from sklearn.svm import SVC, NuSVC, OneClassSVM
from sklearn.utils.validation import check_is_fitted

from .stock import AsBefore

__all__ = [
    "BatchScaledNuSVC",
    "BatchScaledOneVsOneClassifier",
    "BatchScaledSVC",
    "ColumnOneClassSVM",
    "TurnedNuSVC",
    "TurnedSVC",
]


def _batch_scaled(predictions: Any, confidences: Any, n_classes: int) -> Any:
    """Return the votes for each class, and the sum of confidences scaled by the largest of all rows."""
    votes = np.zeros((len(predictions), n_classes))
    sums = np.zeros_like(votes)
    pair = 0
    for i in range(n_classes):
        for j in range(i + 1, n_classes):
            sums[:, i] -= confidences[:, pair]
            sums[:, j] += confidences[:, pair]
            votes[predictions[:, pair] == 0, i] += 1
            votes[predictions[:, pair] == 1, j] += 1
            pair += 1
    high, low = sums.max(), sums.min()
    if high == low:
        return votes
    # Less than half a vote, so that confidence decides between equal votes only.
    return votes + sums * ((0.5 - np.finfo(sums.dtype).eps) / max(abs(high), abs(low)))


class _BatchScaled(AsBefore):
    def decision_function(self, X: Any) -> Any:
        """Compute the decision function as before 0.21: scaled by the largest confidence of the rows given.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        pairs = self._decision_function(X)  # type: ignore[attr-defined]
        return _batch_scaled(pairs < 0, -pairs, len(self.classes_))  # type: ignore[attr-defined]


class BatchScaledSVC(_BatchScaled, SVC):  # type: ignore[misc]
    """SVC of several classes, one-vs-rest, whose decision function depends on all rows given, as before 0.21.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give an `SVC`.
    """

    _stock = SVC


class BatchScaledNuSVC(_BatchScaled, NuSVC):  # type: ignore[misc]
    """`BatchScaledSVC` with ``nu``.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a `NuSVC`.
    """

    _stock = NuSVC


class _Turned(AsBefore):
    def decision_function(self, X: Any) -> Any:
        """Compute the decision function as before 0.18, where confidences between equal votes counted the other way.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        pairs = self._decision_function(X)  # type: ignore[attr-defined]
        return _batch_scaled(pairs < 0, pairs, len(self.classes_))  # type: ignore[attr-defined]


class TurnedSVC(_Turned, SVC):  # type: ignore[misc]
    """SVC of several classes, one-vs-rest, whose confidences count the other way, as before scikit-learn 0.18.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give an `SVC`.
    """

    _stock = SVC


class TurnedNuSVC(_Turned, NuSVC):  # type: ignore[misc]
    """`TurnedSVC` with ``nu``.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a `NuSVC`.
    """

    _stock = NuSVC


class ColumnOneClassSVM(AsBefore, OneClassSVM):  # type: ignore[misc]
    """One-class SVM whose decision function is a column, as before scikit-learn 0.20.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `OneClassSVM`.
    """

    _stock = OneClassSVM

    def decision_function(self, X: Any) -> Any:
        """Compute the signed distance to the hyperplane.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, 1)
        """
        return super().decision_function(X).reshape(-1, 1)

    def predict(self, X: Any) -> Any:
        """Return 1 for inliers, -1 for outliers.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return np.where(self.decision_function(X).ravel() > 0, 1, -1)


class BatchScaledOneVsOneClassifier(AsBefore, OneVsOneClassifier):  # type: ignore[misc]
    """One-vs-one whose decision function depends on all rows given, as before scikit-learn 0.21.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `OneVsOneClassifier`.
    """

    _stock = OneVsOneClassifier

    def decision_function(self, X: Any) -> Any:
        """Compute the decision function, scaled by the largest confidence of the rows given.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes) or (n_samples,)
        """
        check_is_fitted(self)
        columns = self.pairwise_indices_ or [None] * len(self.estimators_)
        parts = [X if chosen is None else X[:, chosen] for chosen in columns]
        members = list(zip(self.estimators_, parts, strict=True))
        said = np.vstack([member.predict(part) for member, part in members]).T
        sure = np.vstack([_confidence(member, part) for member, part in members]).T
        found = _batch_scaled(said, sure, len(self.classes_))
        return found[:, 1] if len(self.classes_) == 2 else found

    def predict(self, X: Any) -> Any:
        """Return the class with the most votes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        found = self.decision_function(X)
        if len(self.classes_) == 2:
            return self.classes_[(found > 0).astype(int)]
        return self.classes_[found.argmax(axis=1)]


def _confidence(member: Any, X: Any) -> Any:
    """Return how sure a classifier of two classes is of the second one."""
    if hasattr(member, "decision_function"):
        return np.ravel(member.decision_function(X))
    return member.predict_proba(X)[:, 1]
