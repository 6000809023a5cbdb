"""Projections: decompositions, random projections, features of kernels, partial least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Estimator, Regressor, dense
from .parts import Part
from .sparse import SparseRows
from .support_vectors import kernel_of

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


class PCA(Estimator):
    """Onto principal components."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.components = part.array("components_").T
        mean = part.get("mean_")
        self.shift = None if mean is None else np.reshape(mean, (1, -1)) @ self.components
        self.scale = None
        if part.get("whiten"):
            scale = np.sqrt(part.array("explained_variance_"))
            least = np.finfo(scale.dtype).eps
            scale[scale < least] = least
            self.scale = scale

    def transform(self, X: Any) -> Matrix:
        made = self.rows(X, sparse=True) @ self.components
        if self.shift is not None:
            made -= self.shift
        if self.scale is not None:
            made /= self.scale
        return np.asarray(made)


class TruncatedSVD(Estimator):
    """Onto singular vectors, or at random."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.components = dense(part, "components_").T

    def transform(self, X: Any) -> Matrix:
        return np.asarray(self.rows(X, sparse=True) @ self.components)


class FastICA(Estimator):
    """Onto independent components."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.components = part.array("components_").T
        self.mean = part.array("mean_") if part.get("whiten") else None

    def transform(self, X: Any) -> Matrix:
        rows = self.rows(X)
        return np.asarray((rows if self.mean is None else rows - self.mean) @ self.components)


class FactorAnalysis(Estimator):
    """Onto factors."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        components = part.array("components_")
        self.mean = part.array("mean_")
        self.weights = components / part.array("noise_variance_")
        self.inverse = np.linalg.inv(np.eye(len(components)) + np.dot(self.weights, components.T))

    def transform(self, X: Any) -> Matrix:
        return np.asarray(np.dot(np.dot(self.rows(X) - self.mean, self.weights.T), self.inverse))


class RBFSampler(Estimator):
    """Features of an RBF kernel, at random."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.weights, self.offset = part.array("random_weights_"), part.array("random_offset_")
        self.factor = (2.0 / int(part.number("n_components"))) ** 0.5

    def transform(self, X: Any) -> Matrix:
        made = self.rows(X, sparse=True) @ self.weights
        made += self.offset
        np.cos(made, made)
        made *= self.factor
        return np.asarray(made)


class Nystroem(Estimator):
    """Features of a kernel, by some of the training rows."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.components = dense(part, "components_")
        self.normalization = part.array("normalization_").T
        if part.get("kernel_params"):
            raise part.refuse("parameters of a kernel's own")
        kernel = part.get("kernel")
        gamma, degree, coef0 = part.get("gamma"), part.get("degree"), part.get("coef0")
        self.kernel = kernel_of(
            part,
            kernel,
            1.0 / self.components.shape[1] if gamma is None else float(gamma),
            3 if degree is None else float(degree),
            1 if coef0 is None else float(coef0),
        )

    def transform(self, X: Any) -> Matrix:
        rows = self.rows(X, sparse=True)
        rows = rows.toarray() if isinstance(rows, SparseRows) else rows
        return np.asarray(self.kernel(rows, self.components) @ self.normalization)


class KernelRidge(Regressor):
    """A sum over the training rows."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.vectors, self.coef = dense(part, "X_fit_"), part.array("dual_coef_")
        if part.get("kernel_params"):
            raise part.refuse("parameters of a kernel's own")
        gamma, degree, coef0 = part.get("gamma"), part.get("degree"), part.get("coef0")
        self.kernel = kernel_of(
            part,
            part.get("kernel"),
            1.0 / self.vectors.shape[1] if gamma is None else float(gamma),
            3 if degree is None else float(degree),
            1 if coef0 is None else float(coef0),
        )

    def predict(self, X: Any) -> Matrix:
        rows = self.rows(X, sparse=True)
        rows = rows.toarray() if isinstance(rows, SparseRows) else rows
        return np.asarray(np.dot(self.kernel(rows, self.vectors), self.coef))


class KernelCenterer(Estimator):
    """A kernel as if its features were centered."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.means, self.mean = part.array("K_fit_rows_"), part.number("K_fit_all_")

    def transform(self, X: Any) -> Matrix:
        rows = self.rows(X)
        return np.asarray(rows - self.means - (np.sum(rows, axis=1) / len(self.means))[:, np.newaxis] + self.mean)


class KernelPCA(Estimator):
    """Onto principal components of a kernel."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.vectors = dense(part, "X_fit_")
        self.centerer = make(part["_centerer"])
        coef0 = float(part.number("coef0"))
        gamma, degree = float(part.number("gamma_")), float(part.number("degree"))
        self.kernel = kernel_of(part, part.get("kernel"), gamma, degree, coef0)
        values, vectors = part.array("eigenvalues_"), part.array("eigenvectors_")
        kept = np.flatnonzero(values)
        self.alphas = np.zeros_like(vectors)
        self.alphas[:, kept] = vectors[:, kept] / np.sqrt(values[kept])

    def transform(self, X: Any) -> Matrix:
        rows = self.rows(X, sparse=True)
        rows = rows.toarray() if isinstance(rows, SparseRows) else rows
        return np.asarray(np.dot(self.centerer.ask("transform", self.kernel(rows, self.vectors)), self.alphas))


class PLS(Regressor):
    """Partial least squares."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.mean, self.deviation = part.array("_x_mean"), part.array("_x_std")
        self.rotations = part.array("x_rotations_")
        self.coef, self.intercept = part.array("coef_"), part.array("intercept_")
        self.flat = bool(part.get("_predict_1d"))

    def transform(self, X: Any) -> Matrix:
        rows = (self.rows(X) - self.mean) / self.deviation
        return np.asarray(np.dot(rows, self.rotations))

    def predict(self, X: Any) -> Matrix:
        found = (self.rows(X) - self.mean) @ self.coef.T + self.intercept
        return np.asarray(found.ravel() if self.flat else found)


KNOWN: dict[str, Any] = {
    "sklearn.cross_decomposition._pls:CCA": PLS,
    "sklearn.cross_decomposition._pls:PLSCanonical": PLS,
    "sklearn.cross_decomposition._pls:PLSRegression": PLS,
    "sklearn.decomposition._factor_analysis:FactorAnalysis": FactorAnalysis,
    "sklearn.decomposition._fastica:FastICA": FastICA,
    "sklearn.decomposition._incremental_pca:IncrementalPCA": PCA,
    "sklearn.decomposition._kernel_pca:KernelPCA": KernelPCA,
    "sklearn.decomposition._pca:PCA": PCA,
    "sklearn.preprocessing._data:KernelCenterer": KernelCenterer,
    "sklearn.decomposition._truncated_svd:TruncatedSVD": TruncatedSVD,
    "sklearn.kernel_approximation:Nystroem": Nystroem,
    "sklearn.kernel_approximation:RBFSampler": RBFSampler,
    "sklearn.kernel_ridge:KernelRidge": KernelRidge,
    "sklearn.random_projection:GaussianRandomProjection": TruncatedSVD,
    "sklearn.random_projection:SparseRandomProjection": TruncatedSVD,
}
