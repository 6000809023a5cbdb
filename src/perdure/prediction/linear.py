"""Linear models: one product, and what makes probabilities or means of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Classifier, Estimator, Regressor, dense
from .functions import expit, softmax
from .parts import Part

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN", "proba_one_vs_rest"]

Matrix = np.ndarray[Any, Any]


def proba_one_vs_rest(scores: Matrix) -> Matrix:
    """Return the probabilities of scores of one against the rest, as liblinear does."""
    proba = expit(scores)
    if proba.ndim == 1:
        return np.stack([1 - proba, proba], axis=1)
    return _shared(proba)


def _shared(proba: Matrix) -> Matrix:
    total = proba.sum(axis=1)
    nothing = total == 0
    if nothing.any():
        proba[nothing, :] = 1
        total[nothing] = proba.shape[1]
    proba /= total.reshape((proba.shape[0], -1))
    return proba


class LinearRegressor(Regressor):
    """``X @ coef_ + intercept_``."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        coef = dense(part, "coef_")
        # The transposed view is what scikit-learn multiplies with.
        self.coef = coef if coef.ndim == 1 else coef.T
        self.intercept: Any = part["intercept_"]

    def predict(self, X: Any) -> Matrix:
        return np.asarray(self.rows(X, sparse=True) @ self.coef + self.intercept)


class SGDRegressor(LinearRegressor):
    """The intercept is a row of one."""

    def predict(self, X: Any) -> Matrix:
        return super().predict(X).ravel()


class GeneralizedLinearRegressor(LinearRegressor):
    """With a link between the product and the mean."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        link = part.part("_base_loss").part("link").name
        if link not in ("IdentityLink", "LogLink"):
            raise part.refuse(f"the link {link}")
        self.exponential = link == "LogLink"

    def predict(self, X: Any) -> Matrix:
        raw = super().predict(X)
        return np.exp(raw) if self.exponential else raw


class LinearClassifier(Classifier):
    """Scores, and the class with the highest."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        coef = dense(part, "coef_")
        self.coef = coef.T if coef.ndim == 2 else coef
        self.intercept: Any = part["intercept_"]

    def decision_function(self, X: Any) -> Matrix:
        scores = self.rows(X, sparse=True) @ self.coef + self.intercept
        return np.asarray(scores.reshape(-1) if scores.ndim > 1 and scores.shape[1] == 1 else scores)

    def predict(self, X: Any) -> Matrix:
        scores = self.decision_function(X)
        return self.labels((scores > 0).astype(np.intp) if scores.ndim == 1 else np.argmax(scores, axis=1))


class RidgeClassifier(LinearClassifier):
    """Several labels at once, where it was fitted so."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.multilabel = part.part("_label_binarizer").word("y_type_").startswith("multilabel")

    def predict(self, X: Any) -> Matrix:
        if not self.multilabel:
            return super().predict(X)
        return (self.decision_function(X) > 0).astype(np.int64)


class LogisticRegression(LinearClassifier):
    """Softmax for more than two classes."""

    def predict_proba(self, X: Any) -> Matrix:
        scores = self.decision_function(X)
        return proba_one_vs_rest(scores) if len(self.classes) <= 2 else softmax(scores)

    def predict_log_proba(self, X: Any) -> Matrix:
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))


class OneVsRestLogisticRegression(LogisticRegression):
    """Up to scikit-learn 1.7: ``multi_class="ovr"``."""

    def predict_proba(self, X: Any) -> Matrix:
        return proba_one_vs_rest(self.decision_function(X))


class TwoSidedLogisticRegression(LogisticRegression):
    """Up to scikit-learn 1.7: ``multi_class="multinomial"`` with two classes."""

    def predict_proba(self, X: Any) -> Matrix:
        scores = self.decision_function(X)
        return softmax(np.c_[-scores, scores])


class SGDClassifier(LinearClassifier):
    """Probabilities for two of the losses."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.loss = part.get("loss")
        if self.loss not in ("log_loss", "modified_huber"):
            self.hidden |= {"predict_proba", "predict_log_proba"}

    def predict_proba(self, X: Any) -> Matrix:
        scores = self.decision_function(X)
        if self.loss == "log_loss":
            return proba_one_vs_rest(scores)
        proba = np.clip(scores, -1, 1)
        proba += 1.0
        proba /= 2.0
        if len(self.classes) == 2:
            return np.stack([1 - proba, proba], axis=1)
        return _shared(proba)

    def predict_log_proba(self, X: Any) -> Matrix:
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))


class SGDOneClassSVM(Estimator):
    """Inliers are 1, outliers -1."""

    kind = "outlier"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.coef = dense(part, "coef_").T
        self.offset = part["offset_"]

    def decision_function(self, X: Any) -> Matrix:
        return np.asarray(self.rows(X, sparse=True) @ self.coef - self.offset).ravel()

    def predict(self, X: Any) -> Matrix:
        return np.where(self.decision_function(X) >= 0, 1, -1).astype(np.int32)


class RANSACRegressor(Regressor):
    """The estimator that was fitted on the inliers."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.inner = make(part["estimator_"])

    def predict(self, X: Any) -> Any:
        return self.inner.ask("predict", self.rows(X, dtypes=None, nan=True, inf=True, sparse=True))


def _named(module: str, *names: str) -> list[str]:
    return [f"sklearn.linear_model.{module}:{name}" for name in names]


_REGRESSORS = [
    *_named("_base", "LinearRegression"),
    *_named("_bayes", "ARDRegression", "BayesianRidge"),
    *_named("_coordinate_descent", "ElasticNet", "ElasticNetCV", "Lasso", "LassoCV"),
    *_named("_coordinate_descent", "MultiTaskElasticNet", "MultiTaskElasticNetCV"),
    *_named("_coordinate_descent", "MultiTaskLasso", "MultiTaskLassoCV"),
    *_named("_huber", "HuberRegressor"),
    *_named("_least_angle", "Lars", "LarsCV", "LassoLars", "LassoLarsCV", "LassoLarsIC"),
    *_named("_omp", "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV"),
    *_named("_quantile", "QuantileRegressor"),
    *_named("_ridge", "Ridge", "RidgeCV"),
    *_named("_theil_sen", "TheilSenRegressor"),
    "sklearn.svm._classes:LinearSVR",
]
_SGD_REGRESSORS = [
    *_named("_stochastic_gradient", "SGDRegressor"),
    *_named("_passive_aggressive", "PassiveAggressiveRegressor"),
]
_GENERALIZED = _named("_glm.glm", "GammaRegressor", "PoissonRegressor", "TweedieRegressor")
_CLASSIFIERS = [
    *_named("_perceptron", "Perceptron"),
    *_named("_passive_aggressive", "PassiveAggressiveClassifier"),
    "sklearn.svm._classes:LinearSVC",
]

KNOWN = {
    **dict.fromkeys(_REGRESSORS, LinearRegressor),
    **dict.fromkeys(_SGD_REGRESSORS, SGDRegressor),
    **dict.fromkeys(_GENERALIZED, GeneralizedLinearRegressor),
    **dict.fromkeys(_CLASSIFIERS, LinearClassifier),
    **dict.fromkeys(_named("_logistic", "LogisticRegression", "LogisticRegressionCV"), LogisticRegression),
    **dict.fromkeys(_named("_ridge", "RidgeClassifier", "RidgeClassifierCV"), RidgeClassifier),
    **dict.fromkeys(_named("_stochastic_gradient", "SGDClassifier"), SGDClassifier),
    **dict.fromkeys(_named("_stochastic_gradient", "SGDOneClassSVM"), SGDOneClassSVM),
    **dict.fromkeys(_named("_ransac", "RANSACRegressor"), RANSACRegressor),
}
