"""Logistic regression with ``multi_class``, which scikit-learn had up to 1.7."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.utils.extmath import softmax
from sklearn.utils.validation import check_is_fitted

from .stock import AsBefore

__all__ = [
    "OneVsRestLogisticRegression",
    "OneVsRestLogisticRegressionCV",
    "TwoSidedLogisticRegression",
    "TwoSidedLogisticRegressionCV",
]


class _OneVsRest(AsBefore):
    """Probabilities of several classes from one classifier for each."""

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class: that of its own classifier, divided by the sum over all.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        return self._predict_proba_lr(X)  # type: ignore[attr-defined]


class _TwoSided(AsBefore):
    """Probabilities of two classes from a multinomial model, which has the coefficients of both sides."""

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, 2)
        """
        check_is_fitted(self)
        decision = self.decision_function(X)  # type: ignore[attr-defined]
        return softmax(np.c_[-decision, decision], copy=False)


class OneVsRestLogisticRegression(_OneVsRest, LogisticRegression):  # type: ignore[misc]
    """Logistic regression with ``multi_class="ovr"``, or ``solver="liblinear"`` with several classes, up to 1.7.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `LogisticRegression`; for what this one was, fit ``OneVsRestClassifier(LogisticRegression())``.
    """

    _stock = LogisticRegression


class OneVsRestLogisticRegressionCV(_OneVsRest, LogisticRegressionCV):  # type: ignore[misc]
    """`OneVsRestLogisticRegression` with cross-validated ``C``.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `LogisticRegressionCV`.
    """

    _stock = LogisticRegressionCV


class TwoSidedLogisticRegression(_TwoSided, LogisticRegression):  # type: ignore[misc]
    """Logistic regression with ``multi_class="multinomial"`` and two classes, up to 1.7.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `LogisticRegression`.
    """

    _stock = LogisticRegression


class TwoSidedLogisticRegressionCV(_TwoSided, LogisticRegressionCV):  # type: ignore[misc]
    """`TwoSidedLogisticRegression` with cross-validated ``C``.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `LogisticRegressionCV`.
    """

    _stock = LogisticRegressionCV
