"""Gaussian processes: their kernels, the mean, and the probabilities of two classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table
from .clusters import squared_distances
from .curves import erf
from .kernels import kernel_matrix

__all__: list[str] = []

_LAMBDAS = (0.41, 0.4, 0.37, 0.44, 0.39)
_COEFS = (-1854.8214151, 3516.89893646, 221.29346712, 128.12323805, -2010.49422654)


def _covariance(kernel: Any, X: Tensor, points: np.ndarray[Any, Any], c: Conversion) -> Any:
    """Return the kernel of each row with each fitted point: rows × points, or one number."""
    name = type(kernel).__name__
    if name == "Sum":
        return _covariance(kernel.k1, X, points, c) + _covariance(kernel.k2, X, points, c)
    if name == "Product":
        return _covariance(kernel.k1, X, points, c) * _covariance(kernel.k2, X, points, c)
    if name == "Exponentiation":
        return _covariance(kernel.kernel, X, points, c) ** float(kernel.exponent)
    if name == "ConstantKernel":
        return float(kernel.constant_value)
    if name == "WhiteKernel":
        # Noise is of one row with itself.
        return 0.0
    if name == "DotProduct":
        return X @ points.T + float(kernel.sigma_0) ** 2
    if name == "PairwiseKernel":
        arguments = {"gamma": kernel.gamma, **(kernel.pairwise_kernels_kwargs or {})}
        return kernel_matrix(kernel.metric, X, points, arguments, c)
    if name == "ExpSineSquared":
        far = squared_distances(X, points).sqrt()
        wave = (far * float(np.pi / kernel.periodicity)).sin() / float(kernel.length_scale)
        return (wave * wave * -2.0).exp()
    if name == "RationalQuadratic":
        far = squared_distances(X, points)
        return (1.0 + far / float(2 * kernel.alpha * kernel.length_scale**2)) ** (-float(kernel.alpha))
    if name in ("RBF", "Matern"):
        scale = np.asarray(kernel.length_scale, np.float64)
        far = squared_distances(X / scale, points / scale)
        if name == "RBF" or kernel.nu == np.inf:
            return (far * -0.5).exp()
        size = far.sqrt()
        if kernel.nu == 0.5:
            return (-size).exp()
        if kernel.nu == 1.5:
            grown = size * float(np.sqrt(3))
            return (1.0 + grown) * (-grown).exp()
        if kernel.nu == 2.5:
            grown = size * float(np.sqrt(5))
            return (1.0 + grown + grown * grown / 3.0) * (-grown).exp()
    raise c.refuse(f"the kernel {kernel} has no converter")


def _variance(kernel: Any, X: Tensor, c: Conversion) -> Any:
    """Return the kernel of each row with itself."""
    name = type(kernel).__name__
    if name == "Sum":
        return _variance(kernel.k1, X, c) + _variance(kernel.k2, X, c)
    if name == "Product":
        return _variance(kernel.k1, X, c) * _variance(kernel.k2, X, c)
    if name == "Exponentiation":
        return _variance(kernel.kernel, X, c) ** float(kernel.exponent)
    if name == "ConstantKernel":
        return float(kernel.constant_value)
    if name == "WhiteKernel":
        return float(kernel.noise_level)
    if name == "DotProduct":
        return (X * X).sum(1) + float(kernel.sigma_0) ** 2
    if name in ("RBF", "Matern", "RationalQuadratic", "ExpSineSquared"):
        return 1.0
    raise c.refuse(f"the kernel {kernel} has no converter")


@converts("GaussianProcessRegressor")
def _regressor(model: Any, table: Table, c: Conversion) -> Results:
    X = table.numbers()
    if not hasattr(model, "X_train_"):
        raise c.refuse("it is not fitted")
    K = _covariance(model.kernel_, X, np.asarray(model.X_train_, np.float64), c)
    alpha = np.asarray(model.alpha_, np.float64)
    value = K @ alpha.reshape(len(alpha), -1)
    value = value * np.asarray(model._y_train_std, np.float64) + np.asarray(model._y_train_mean, np.float64)
    return {"predict": value.reshape(-1) if alpha.ndim == 1 else value}


def _binary(model: Any, table: Table, c: Conversion) -> tuple[Tensor, Tensor]:
    """Return the latent mean and the share of the second class."""
    X = table.numbers()
    K = _covariance(model.kernel_, X, np.asarray(model.X_train_, np.float64), c)
    mean = K @ (np.asarray(model.y_train_, np.float64) - np.asarray(model.pi_)).reshape(-1, 1)
    way = np.linalg.solve(np.asarray(model.L_), np.diag(np.asarray(model.W_sr_, np.float64)))
    half = K @ way.T
    variance = _variance(model.kernel_, X, c) - (half * half).sum(1)
    variance = variance.reshape(-1, 1)
    alpha = 1.0 / (2.0 * variance)
    share: Any = None
    for lam, coef in zip(_LAMBDAS, _COEFS, strict=True):
        gamma = mean * lam
        integral = (np.pi / alpha).sqrt() * erf(gamma * (alpha / (alpha + lam**2)).sqrt())
        integral = integral / (2.0 * (variance * (2 * np.pi)).sqrt())
        share = integral * coef if share is None else share + integral * coef
    return mean.reshape(-1), (share + 0.5 * float(np.sum(_COEFS))).reshape(-1)


@converts("GaussianProcessClassifier")
def _classifier(model: Any, table: Table, c: Conversion) -> Results:
    graph, classes = c.graph, model.classes_
    inner = model.base_estimator_
    if len(classes) == 2:
        mean, share = _binary(inner, table, c)
        column = share.reshape(-1, 1)
        return {
            "predict": labelled(graph, classes, (mean > 0.0).cast("int64")),
            "predict_proba": graph.concat([1.0 - column, column]),
            "margin": mean,
        }
    if model.multi_class != "one_vs_rest":
        raise c.refuse("several classes one against one have no converter", fix="fit it with multi_class='one_vs_rest'")
    shares = graph.stack([_binary(each, table, c)[1] for each in inner.estimators_], 1)
    return {
        "predict": labelled(graph, classes, shares.argmax(1)),
        "predict_proba": shares / shares.sum(1, keep=True),
    }
