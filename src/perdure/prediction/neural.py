"""Multi-layer perceptrons."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Classifier, Estimator, Regressor
from .functions import expit, softmax
from .parts import Part

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]

_ACTIVATIONS: dict[str, Callable[[Matrix], Matrix]] = {
    "exp": np.exp,
    "identity": lambda x: x,
    "logistic": expit,
    "relu": lambda x: np.maximum(x, 0, out=x),
    "softmax": softmax,
    "tanh": lambda x: np.tanh(x, out=x),
}


class _Perceptron(Estimator):
    def prepare(self, part: Part) -> None:
        self.weights = [np.asarray(one) for one in part.items("coefs_")]
        self.intercepts = [np.asarray(one) for one in part.items("intercepts_")]
        words = part.word("activation"), part.word("out_activation_")
        for word in words:
            if word not in _ACTIVATIONS:
                raise part.refuse(f"the activation {word}")
        self.hidden_layer, self.last = (_ACTIVATIONS[word] for word in words)
        if not self.weights or len(self.weights) != len(self.intercepts):
            raise part.refuse("a network without layers")

    def forward(self, X: Any) -> Matrix:
        """Return what the last layer gives."""
        found = self.rows(X, sparse=True)
        for i, (weights, intercept) in enumerate(zip(self.weights, self.intercepts, strict=True)):
            found = found @ weights
            found += intercept
            if i != len(self.weights) - 1:
                found = self.hidden_layer(found)
        return self.last(found)


class MLPClassifier(_Perceptron, Classifier):
    """Probabilities from the last layer."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part)
        self.multilabel = part.part("_label_binarizer").word("y_type_").startswith("multilabel")

    def predict(self, X: Any) -> Matrix:
        found = self.forward(X)
        if self.multilabel:
            return (found > 0.5).astype(np.int64)
        if found.shape[1] == 1:
            return self.labels((found.ravel() > 0.5).astype(np.int64))
        return self.labels(np.argmax(found, axis=1))

    def predict_proba(self, X: Any) -> Matrix:
        found = self.forward(X)
        if found.shape[1] == 1:
            second = found.ravel()
            return np.vstack([1 - second, second]).T
        return found

    def predict_log_proba(self, X: Any) -> Matrix:
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))


class MLPRegressor(_Perceptron, Regressor):
    """Numbers from the last layer."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part)

    def predict(self, X: Any) -> Matrix:
        found = self.forward(X)
        return found.ravel() if found.shape[1] == 1 else found


_MODULE = "sklearn.neural_network._multilayer_perceptron"
KNOWN: dict[str, Any] = {f"{_MODULE}:MLPClassifier": MLPClassifier, f"{_MODULE}:MLPRegressor": MLPRegressor}
