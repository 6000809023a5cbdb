"""Gradient boosting as it began its predictions before 1.4 and before 1.8."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from .stock import AsBefore

__all__ = [
    "CoarseGradientBoostingClassifier",
    "LogPriorGradientBoostingClassifier",
    "PriorGradientBoostingClassifier",
]


class CoarseGradientBoostingClassifier(AsBefore, GradientBoostingClassifier):  # type: ignore[misc]
    """Gradient boosting whose first predictions are cut at the precision of float32, as before scikit-learn 1.8.

    Matters where ``init`` gives probabilities of nearly 0 or 1. Instances come from `perdure.load`, never from a
    constructor call of yours. ``clone`` and ``fit`` give a `GradientBoostingClassifier`.
    """

    _stock = GradientBoostingClassifier

    def _raw_predict_init(self, X: Any) -> Any:
        if isinstance(self.init_, str):
            return super()._raw_predict_init(X)
        self._check_initialized()
        X = self.estimators_[0, 0]._validate_X_predict(X, check_input=True)
        shares = self.init_.predict_proba(X)
        if self.estimators_.shape[1] == 1:
            shares = shares[:, 1]
        eps = np.finfo(np.float32).eps
        return self._begin(np.clip(shares, eps, 1 - eps, dtype=np.float64))

    def _begin(self, shares: Any) -> Any:
        raw = self._loss.link.link(shares)
        return raw.reshape(-1, 1) if raw.ndim == 1 else raw


class LogPriorGradientBoostingClassifier(CoarseGradientBoostingClassifier):
    """Gradient boosting of several classes that begins with log probabilities, as before scikit-learn 1.4.

    ``decision_function`` differs from today's by a constant for each row. Instances come from `perdure.load`,
    never from a constructor call of yours. ``clone`` and ``fit`` give a `GradientBoostingClassifier`.
    """

    _stock = GradientBoostingClassifier

    def _begin(self, shares: Any) -> Any:
        return np.log(shares)


class PriorGradientBoostingClassifier(CoarseGradientBoostingClassifier):
    """Gradient boosting of several classes that begins with the probabilities, as before scikit-learn 0.21.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `GradientBoostingClassifier`.
    """

    _stock = GradientBoostingClassifier

    def _begin(self, shares: Any) -> Any:
        return shares
