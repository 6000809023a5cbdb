"""Models that no file can hold, refused at dump with the place and what to do: the other half of the coverage page."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from zoo import data


def function_of_main() -> Any:
    function = types.FunctionType((lambda X: X).__code__, {}, "of_main")
    function.__module__, function.__qualname__ = "__main__", "of_main"
    return function


def closure() -> Any:
    def inside(X: Any) -> Any:
        return X

    return inside


def local_object() -> Any:
    class Inside:
        pass

    return Inside()


def from_package(package: str, name: str) -> Any:
    """An instance of a class that says it is of a package that is not installed here."""
    return type(name, (), {"__module__": f"{package}.some.module", "__qualname__": name})()


def _holding(model: Any, **attributes: Any) -> Any:
    """The fitted model with attributes replaced, as fitting with other arrays leaves them."""
    model.fit(*data.regression().arguments)
    for name, value in attributes.items():
        setattr(model, name, value)
    return model


#: The class and what is particular; how it is made; the place, what is wrong, and a part of what to do.
REFUSED: dict[str, tuple[Callable[[], Any], str, str, str]] = {
    "FunctionTransformer-lambda": (
        lambda: FunctionTransformer(lambda X: X),
        "model.func",
        "a lambda",
        "def my_function",
    ),
    "FunctionTransformer-notebook-function": (
        lambda: FunctionTransformer(function_of_main()),
        "model.func",
        "running script or notebook",
        "from my_model import of_main",
    ),
    "FunctionTransformer-closure": (
        lambda: FunctionTransformer(closure()),
        "model.func",
        "defined inside a function",
        "top level of a module",
    ),
    "KNeighborsClassifier-lambda-metric": (
        lambda: KNeighborsClassifier(metric=lambda a, b: abs(a - b).max()),
        "model.metric",
        "a lambda",
        "def my_function",
    ),
    "SVC-lambda-kernel": (lambda: SVC(kernel=lambda X, Y: X @ Y.T), "model.kernel", "a lambda", "def my_function"),
    "TfidfVectorizer-lambda-tokenizer": (
        lambda: TfidfVectorizer(tokenizer=lambda text: text.split()),
        "model.tokenizer",
        "a lambda",
        "def my_function",
    ),
    "ColumnTransformer-lambda-selector": (
        lambda: ColumnTransformer([("some", "passthrough", lambda frame: ["a"])]),
        "model.transformers[0][2]",
        "a lambda",
        "def my_function",
    ),
    "GridSearchCV-lambda-scorer": (
        lambda: GridSearchCV(Ridge(), {}, scoring=make_scorer(lambda y, predicted: 0.0)),
        "model.scoring._score_func",
        "a lambda",
        "def my_function",
    ),
    "GridSearchCV-splits-of-a-generator": (
        lambda: GridSearchCV(Ridge(), {}, cv=KFold(2).split(np.zeros(8))),
        "model.cv",
        "a generator",
        "list(…)",
    ),
    "Pipeline-memory": (
        lambda: make_pipeline(StandardScaler(), Ridge(), memory=joblib.Memory(None)),
        "model.memory",
        "an object of joblib",
        "set_params(memory=None)",
    ),
    "Pipeline-skorch": (
        lambda: make_pipeline(StandardScaler(), from_package("skorch", "NeuralNetClassifier")),
        "model.steps[1][1]",
        "skorch",
        "save_params",
    ),
    "Pipeline-keras": (
        lambda: make_pipeline(StandardScaler(), from_package("scikeras", "KerasClassifier")),
        "model.steps[1][1]",
        "scikeras",
        "model_.save(path)",
    ),
    "StandardScaler-torch": (
        lambda: _holding(StandardScaler(), mean_=from_package("torch", "Tensor")),
        "model.mean_",
        "torch",
        ".cpu().numpy()",
    ),
    "PCA-cupy": (
        lambda: _holding(PCA(), components_=from_package("cupy", "ndarray")),
        "model.components_",
        "cupy",
        "value.get()",
    ),
    "Ridge-long-double": (
        lambda: _holding(Ridge(), coef_=np.zeros(5, np.longdouble)),
        "model.coef_",
        "long double",
        "float64",
    ),
}
