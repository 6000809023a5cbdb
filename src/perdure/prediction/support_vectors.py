"""Support vectors: what libsvm computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidError
from .base import Classifier, Estimator, Regressor, dense
from .functions import euclidean, normalized
from .parts import Part
from .several import one_vs_one
from .sparse import SparseRows

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN", "kernel_of"]

Matrix = np.ndarray[Any, Any]
Kernel = Callable[[Matrix, Matrix], Matrix]
# Numbers that are held at a time.
_BLOCK = 1 << 22


def kernel_of(part: Part, name: Any, gamma: float, degree: float, coef0: float) -> Kernel:
    """Return a kernel as `sklearn.metrics.pairwise` computes it."""
    kernels: dict[str, Kernel] = {
        "cosine": lambda x, y: normalized(x, "l2") @ normalized(y, "l2").T,
        "linear": lambda x, y: x @ y.T,
        "poly": lambda x, y: (gamma * (x @ y.T) + coef0) ** degree,
        "polynomial": lambda x, y: (gamma * (x @ y.T) + coef0) ** degree,
        "rbf": lambda x, y: np.exp(-gamma * euclidean(x, y, squared=True)),
        "sigmoid": lambda x, y: np.tanh(gamma * (x @ y.T) + coef0),
    }
    if not isinstance(name, str) or name not in kernels:
        raise part.refuse(f"the kernel {name!r:.60}")
    return kernels[name]


class _Vectors(Estimator):
    def prepare(self, part: Part) -> None:
        self.vectors = dense(part, "support_vectors_")
        self.coef = np.atleast_2d(dense(part, "_dual_coef_"))
        self.intercept = part.array("_intercept_").ravel()
        kernel = part.get("kernel")
        gamma, degree, coef0 = float(part.number("_gamma")), part.number("degree"), float(part.number("coef0"))
        # Differences are squared one by one, as libsvm does: no digits are lost.
        self.gamma = gamma if isinstance(kernel, str) and kernel == "rbf" else None
        self.kernel = kernel_of(part, kernel, gamma, degree, coef0)
        self.n_features = int(self.vectors.shape[1]) if self.n_features is None else self.n_features

    def kernels(self, X: Any) -> Matrix:
        """Return the kernel of each row with each support vector."""
        rows = self.rows(X, dtypes=(np.dtype(np.float64),), sparse=True, order="C")
        rows = rows.toarray() if isinstance(rows, SparseRows) else rows
        vectors = self.vectors
        if self.gamma is None:
            return self.kernel(rows, vectors)
        made = np.empty((len(rows), len(vectors)))
        step = max(1, _BLOCK // max(vectors.size, 1))
        for start in range(0, len(rows), step):
            apart = rows[start : start + step, np.newaxis, :] - vectors
            made[start : start + step] = np.exp(-self.gamma * np.einsum("ijk,ijk->ij", apart, apart))
        return made


class SVC(_Vectors, Classifier):
    """A vote of all pairs of classes."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part)
        counts = [int(count) for count in part.array("_n_support", "iu")]
        self.starts = np.cumsum([0, *counts])
        many = len(self.classes)
        pairs = many * (many - 1) // 2
        fits = len(counts) == many and self.starts[-1] == len(self.vectors) == self.coef.shape[1]
        if not fits or len(self.coef) != many - 1 or len(self.intercept) != pairs:
            raise InvalidError("the support vectors do not fit the classes", path=str(part.path))
        self.ovr = part.word("decision_function_shape") == "ovr"
        self.ties = bool(part.get("break_ties")) and self.ovr and many > 2
        self.slope, self.shift = part.array("_probA").ravel(), part.array("_probB").ravel()
        if not len(self.slope) or len(self.slope) != pairs or len(self.shift) != pairs:
            self.hidden |= {"predict_proba", "predict_log_proba"}

    def pairs(self, X: Any) -> Matrix:
        """Return the decision of each pair of classes, as libsvm has it."""
        kernels, starts, many = self.kernels(X), self.starts, len(self.classes)
        made = np.empty((len(kernels), len(self.intercept)))
        at = 0
        for i in range(many):
            first = slice(starts[i], starts[i + 1])
            for j in range(i + 1, many):
                second = slice(starts[j], starts[j + 1])
                found = kernels[:, first] @ self.coef[j - 1, first] + kernels[:, second] @ self.coef[i, second]
                made[:, at] = found + self.intercept[at]
                at += 1
        return made

    def decision_function(self, X: Any) -> Matrix:
        found = self.pairs(X)
        if len(self.classes) == 2:
            return -found.ravel()
        return one_vs_one(found < 0, -found, len(self.classes)) if self.ovr else found

    def predict(self, X: Any) -> Matrix:
        if self.ties:
            return self.labels(np.argmax(self.decision_function(X), axis=1))
        found = self.pairs(X)
        votes = np.zeros((len(found), len(self.classes)), np.int64)
        at = 0
        for i in range(len(self.classes)):
            for j in range(i + 1, len(self.classes)):
                wins = found[:, at] > 0
                votes[:, i] += wins
                votes[:, j] += ~wins
                at += 1
        return self.labels(np.argmax(votes, axis=1))

    def predict_proba(self, X: Any) -> Matrix:
        found, many = self.pairs(X), len(self.classes)
        with np.errstate(over="ignore", invalid="ignore"):
            score = found * self.slope + self.shift
            small = np.exp(-np.abs(score))
            single = np.where(score >= 0, small / (1.0 + small), 1.0 / (1.0 + small))
        single = np.minimum(np.maximum(single, 1e-7), 1 - 1e-7)
        both = np.zeros((len(found), many, many))
        at = 0
        for i in range(many):
            for j in range(i + 1, many):
                both[:, i, j], both[:, j, i] = single[:, at], 1 - single[:, at]
                at += 1
        return _coupled(both)

    def predict_log_proba(self, X: Any) -> Matrix:
        return np.log(self.predict_proba(X))


def _coupled(r: Matrix) -> Matrix:
    """Return the probabilities of classes from those of pairs: the second method of Wu, Lin and Weng, as in libsvm."""
    count, k = r.shape[:2]
    q = -np.swapaxes(r, 1, 2) * r
    for t in range(k):
        q[:, t, t] = (np.delete(r[:, :, t], t, axis=1) ** 2).sum(axis=1)
    p = np.full((count, k), 1.0 / k)
    waiting = np.arange(count)
    for _ in range(max(100, k)):
        Q, own = q[waiting], p[waiting]
        Qp = np.einsum("ntj,nj->nt", Q, own)
        pQp = (own * Qp).sum(axis=1)
        going = np.abs(Qp - pQp[:, np.newaxis]).max(axis=1) >= 0.005 / k
        waiting, Q, own, Qp, pQp = waiting[going], Q[going], own[going], Qp[going], pQp[going]
        if not len(waiting):
            break
        for t in range(k):
            diff = (-Qp[:, t] + pQp) / Q[:, t, t]
            own[:, t] += diff
            pQp = (pQp + diff * (diff * Q[:, t, t] + 2 * Qp[:, t])) / (1 + diff) / (1 + diff)
            Qp = (Qp + diff[:, np.newaxis] * Q[:, t, :]) / (1 + diff)[:, np.newaxis]
            own /= (1 + diff)[:, np.newaxis]
        p[waiting] = own
    return p


class SVR(_Vectors, Regressor):
    """A sum over support vectors."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part)
        if self.coef.shape != (1, len(self.vectors)) or len(self.intercept) != 1:
            raise InvalidError("the support vectors do not fit", path=str(part.path))

    def predict(self, X: Any) -> Matrix:
        return np.asarray(self.kernels(X) @ self.coef[0] + self.intercept[0])


class OneClassSVM(SVR):
    """Inliers are 1, outliers -1."""

    kind = "outlier"

    def decision_function(self, X: Any) -> Matrix:
        return SVR.predict(self, X)

    def predict(self, X: Any) -> Matrix:
        return np.where(self.decision_function(X) > 0, 1, -1).astype(np.int64)


KNOWN: dict[str, Any] = {
    "sklearn.svm._classes:NuSVC": SVC,
    "sklearn.svm._classes:NuSVR": SVR,
    "sklearn.svm._classes:OneClassSVM": OneClassSVM,
    "sklearn.svm._classes:SVC": SVC,
    "sklearn.svm._classes:SVR": SVR,
}
