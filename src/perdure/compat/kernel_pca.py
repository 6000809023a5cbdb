"""Kernel PCA as it found the way back before 1.3."""

from __future__ import annotations

from typing import Any

from sklearn.decomposition import KernelPCA
from sklearn.metrics.pairwise import pairwise_kernels

from .stock import AsBefore

__all__ = ["TwoGammaKernelPCA"]


class TwoGammaKernelPCA(AsBefore, KernelPCA):  # type: ignore[misc]
    """Kernel PCA whose ``inverse_transform`` has a default gamma of its own, as before scikit-learn 1.3.

    With ``gamma=None`` it is 1 / the number of columns: of the rows on the way there, of the components on the
    way back. Instances come from `perdure.load`, never from a constructor call of yours. ``clone`` and ``fit``
    give a `KernelPCA`.
    """

    _stock = KernelPCA

    def _get_kernel(self, X: Any, Y: Any = None) -> Any:
        if Y is not None and Y is getattr(self, "X_transformed_fit_", None):
            settings = {"gamma": None, "degree": self.degree, "coef0": self.coef0}
            return pairwise_kernels(X, Y, metric=self.kernel, filter_params=True, n_jobs=self.n_jobs, **settings)
        return super()._get_kernel(X, Y)
