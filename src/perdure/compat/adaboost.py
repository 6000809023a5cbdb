"""AdaBoost as it predicted before 1.3 (SAMME) and up to 1.5 (SAMME.R)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.ensemble import AdaBoostClassifier
from sklearn.utils.validation import check_is_fitted

from .stock import AsBefore

__all__ = ["AsymmetricAdaBoostClassifier", "MemberAdaBoostClassifier", "RealAdaBoostClassifier"]


class _Voting(AsBefore, AdaBoostClassifier):  # type: ignore[misc]
    """Sums votes of the members in the way of a subclass."""

    @abstractmethod
    def _vote(self, member: Any, weight: float, X: Any) -> Any:
        """Return what a member says of each row for each class, times its weight."""

    def _one(self, votes: Any) -> Any:
        if self.n_classes_ == 2:
            votes[:, 0] *= -1
            return votes.sum(axis=1)
        return votes

    def decision_function(self, X: Any) -> Any:
        """Compute the decision function as the older release did.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        check_is_fitted(self)
        X = self._check_X(X)
        votes = sum(
            self._vote(member, weight, X)
            for member, weight in zip(self.estimators_, self.estimator_weights_, strict=False)
        )
        votes /= self.estimator_weights_.sum()
        return self._one(votes)

    def staged_decision_function(self, X: Any) -> Iterator[Any]:
        """Compute the decision function after each member, as the older release did.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Yields
        ------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        check_is_fitted(self)
        X = self._check_X(X)
        votes: Any = None
        norm = 0.0
        for member, weight in zip(self.estimators_, self.estimator_weights_, strict=False):
            norm += weight
            vote = self._vote(member, weight, X)
            votes = vote if votes is None else votes + vote
            yield self._one(votes / norm)


class RealAdaBoostClassifier(_Voting):
    """AdaBoost with SAMME.R, the default up to scikit-learn 1.5: members vote with their probabilities.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give an
    `AdaBoostClassifier`, which knows SAMME only.
    """

    _stock = AdaBoostClassifier

    def _vote(self, member: Any, weight: float, X: Any) -> Any:
        share = member.predict_proba(X)
        np.clip(share, np.finfo(share.dtype).eps, None, out=share)
        log = np.log(share)
        return (self.n_classes_ - 1) * (log - (1.0 / self.n_classes_) * log.sum(axis=1)[:, np.newaxis])


class AsymmetricAdaBoostClassifier(_Voting):
    """AdaBoost with SAMME as before scikit-learn 1.3: a member votes for its class and not against the others.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give an
    `AdaBoostClassifier`.
    """

    _stock = AdaBoostClassifier

    def _vote(self, member: Any, weight: float, X: Any) -> Any:
        return (member.predict(X) == self.classes_[:, np.newaxis]).T * weight


class MemberAdaBoostClassifier(AsymmetricAdaBoostClassifier):
    """AdaBoost with SAMME as before scikit-learn 0.22: its probabilities come from those of the members.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give an
    `AdaBoostClassifier`.
    """

    _stock = AdaBoostClassifier

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class: the weighted mean of what the members say.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        X = self._check_X(X)
        if self.n_classes_ == 1:
            return np.ones((len(X), 1))
        pairs = zip(self.estimators_, self.estimator_weights_, strict=False)
        share = sum(member.predict_proba(X) * weight for member, weight in pairs) / self.estimator_weights_.sum()
        share = np.exp(share / (self.n_classes_ - 1))
        return share / share.sum(axis=1, keepdims=True)
