"""Partial least squares as it predicted before 0.18."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.cross_decomposition import CCA, PLSCanonical, PLSRegression
from sklearn.utils.validation import check_is_fitted

from .stock import AsBefore

__all__ = ["TwiceScaledCCA", "TwiceScaledPLSCanonical", "TwiceScaledPLSRegression"]


class _TwiceScaled(AsBefore):
    def predict(self, X: Any, copy: bool = True) -> Any:
        """Predict the targets as before 0.18: rows are divided by the scale of the columns twice.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        copy : bool, default=True
            As in the stock class.

        Returns
        -------
        ndarray of shape (n_samples, n_targets)
        """
        check_is_fitted(self)
        mean, scale = self._x_mean, self._x_std  # type: ignore[attr-defined]
        rows = (np.asarray(X, dtype=np.float64) - mean) / scale + mean
        return super().predict(rows, copy)  # type: ignore[misc]


class TwiceScaledPLSRegression(_TwiceScaled, PLSRegression):  # type: ignore[misc]
    """PLS regression whose predictions are scaled twice, as before scikit-learn 0.18.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `PLSRegression`.
    """

    _stock = PLSRegression


class TwiceScaledPLSCanonical(_TwiceScaled, PLSCanonical):  # type: ignore[misc]
    """`TwiceScaledPLSRegression`, canonical.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a
    `PLSCanonical`.
    """

    _stock = PLSCanonical


class TwiceScaledCCA(_TwiceScaled, CCA):  # type: ignore[misc]
    """Canonical correlation analysis whose predictions are scaled twice, as before scikit-learn 0.18.

    Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit`` give a `CCA`.
    """

    _stock = CCA
