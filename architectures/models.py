"""Models of every kind whose state has once depended on a machine, each with what it is asked."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["MODELS", "outputs"]

warnings.simplefilter("ignore")
_random = np.random.RandomState(0)
# Whole parts of a power of two: machines draw normal numbers that differ in their last digits.
X = np.round(_random.normal(size=(80, 4)) * 2**20) / 2**20
y = (X[:, 0] + X[:, 1] > 0).astype(int)
words = np.array(["no", "perhaps", "yes"])[np.digitize(X[:, 0], [-0.5, 0.5])]
target = 2 * X[:, 0] - X[:, 1] + 0.1 * X[:, 2] ** 2
counts = np.abs(np.round(X * 3))
holes = np.where(np.arange(320).reshape(80, 4) % 7 == 0, np.nan, X)
texts = [f"{a} {b} {'long' if c > 0 else 'short'} text" for a, b, c in zip(words, y, X[:, 2], strict=True)]
floats = X.astype(np.float32)


def _table() -> Any:
    import pandas as pd

    return pd.DataFrame({"size": X[:, 0], "colour": words, "kind": pd.Categorical(np.where(X[:, 2] > 0, "p", "q"))})


def _columns() -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = ColumnTransformer([("n", StandardScaler(), ["size"]), ("c", OneHotEncoder(), ["colour", "kind"])])
    return make_pipeline(columns, LogisticRegression()).fit(_table(), y)


def _fit(path: str, rows: Any = X, wanted: Any = y, **options: Any) -> Callable[[], tuple[Any, Any]]:
    def made() -> tuple[Any, Any]:
        module, _, name = path.rpartition(".")
        found = __import__(f"sklearn.{module}", fromlist=[name])
        model = getattr(found, name)(**options)
        return (model.fit(rows) if wanted is None else model.fit(rows, wanted)), rows

    return made


def _with(outer: str, inner: str, rows: Any = X, wanted: Any = y, given: Any = None, **options: Any) -> Any:
    def made() -> tuple[Any, Any]:
        module, _, name = outer.rpartition(".")
        cls = getattr(__import__(f"sklearn.{module}", fromlist=[name]), name)
        model = cls(_fit(inner, rows, wanted, **(given or {}))()[0], **options)
        return model.fit(rows, wanted), rows

    return made


def _text() -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline

    return make_pipeline(TfidfVectorizer(), SGDClassifier(random_state=0)).fit(texts, y), texts


def _search() -> tuple[Any, Any]:
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    return GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [2, 4]}, cv=3).fit(X, words), X


def _searched_at_random() -> tuple[Any, Any]:
    from scipy.stats import uniform
    from sklearn.linear_model import SGDClassifier
    from sklearn.model_selection import RandomizedSearchCV

    model = SGDClassifier(random_state=np.random.RandomState(3))
    return RandomizedSearchCV(model, {"alpha": uniform(1e-4, 1e-2)}, n_iter=3, cv=3, random_state=0).fit(X, y), X


MODELS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "LogisticRegression": _fit("linear_model.LogisticRegression", wanted=words),
    "Ridge, float32": _fit("linear_model.Ridge", floats, target.astype(np.float32)),
    "SGDClassifier": _fit("linear_model.SGDClassifier", random_state=0),
    "GaussianNB": _fit("naive_bayes.GaussianNB"),
    "MultinomialNB": _fit("naive_bayes.MultinomialNB", counts),
    "LinearDiscriminantAnalysis": _fit("discriminant_analysis.LinearDiscriminantAnalysis", wanted=words),
    "DecisionTreeClassifier": _fit("tree.DecisionTreeClassifier", wanted=words, random_state=0),
    "RandomForestClassifier": _fit("ensemble.RandomForestClassifier", n_estimators=8, random_state=0),
    "ExtraTreesRegressor": _fit("ensemble.ExtraTreesRegressor", X, target, n_estimators=8, random_state=0),
    "GradientBoostingClassifier": _fit("ensemble.GradientBoostingClassifier", n_estimators=8, random_state=0),
    "HistGradientBoostingClassifier": _fit(
        "ensemble.HistGradientBoostingClassifier", holes, words, max_iter=5, min_samples_leaf=5
    ),
    "HistGradientBoostingRegressor": _fit(
        "ensemble.HistGradientBoostingRegressor",
        counts,
        target,
        max_iter=5,
        min_samples_leaf=5,
        categorical_features=[1],
    ),
    "AdaBoostClassifier": _fit("ensemble.AdaBoostClassifier", n_estimators=5, random_state=0),
    "IsolationForest": _fit("ensemble.IsolationForest", wanted=None, n_estimators=8, random_state=0),
    "KNeighborsClassifier, kd_tree": _fit("neighbors.KNeighborsClassifier", algorithm="kd_tree"),
    "KNeighborsRegressor, ball_tree": _fit("neighbors.KNeighborsRegressor", X, target, algorithm="ball_tree"),
    "KernelDensity": _fit("neighbors.KernelDensity", wanted=None),
    "LocalOutlierFactor": _fit("neighbors.LocalOutlierFactor", wanted=None, novelty=True),
    "SVC": _fit("svm.SVC", wanted=words),
    "SVC, probability": _fit("svm.SVC", probability=True, random_state=0),
    "SVR": _fit("svm.SVR", X, target),
    "OneClassSVM": _fit("svm.OneClassSVM", wanted=None),
    "LinearSVC": _fit("svm.LinearSVC", random_state=0),
    "KMeans": _fit("cluster.KMeans", wanted=None, n_clusters=3, n_init=2, random_state=0),
    "MiniBatchKMeans": _fit("cluster.MiniBatchKMeans", wanted=None, n_clusters=3, n_init=2, random_state=0),
    # Asked away from its own points: of a distance of nothing, half of the digits are rounding.
    "Birch": lambda: (_fit("cluster.Birch", wanted=None, n_clusters=3)()[0], X + 0.05),
    "PCA": _fit("decomposition.PCA", wanted=None, n_components=2),
    "NMF": _fit("decomposition.NMF", counts, None, n_components=2, init="nndsvda", max_iter=50),
    "GaussianProcessRegressor": _fit("gaussian_process.GaussianProcessRegressor", X, target),
    "MLPClassifier": _fit("neural_network.MLPClassifier", hidden_layer_sizes=(5,), max_iter=20, random_state=0),
    "SimpleImputer": _fit("impute.SimpleImputer", holes, None, add_indicator=True),
    "KNNImputer": _fit("impute.KNNImputer", holes, None),
    "KBinsDiscretizer": _fit("preprocessing.KBinsDiscretizer", wanted=None, n_bins=3, encode="ordinal"),
    "QuantileTransformer": _fit("preprocessing.QuantileTransformer", wanted=None, n_quantiles=20),
    "SplineTransformer": _fit("preprocessing.SplineTransformer", wanted=None),
    "OrdinalEncoder": _fit("preprocessing.OrdinalEncoder", np.column_stack([words, y.astype("U1")]), None),
    "IsotonicRegression": _fit("isotonic.IsotonicRegression", X[:, 0], target),
    "CalibratedClassifierCV": _with("calibration.CalibratedClassifierCV", "naive_bayes.GaussianNB", cv=3),
    "OneVsRestClassifier": _with("multiclass.OneVsRestClassifier", "linear_model.LogisticRegression", X, words),
    "text pipeline": _text,
    "columns of a table": lambda: (_columns(), _table()),
    "GridSearchCV": _search,
    "RandomizedSearchCV": _searched_at_random,
}


def outputs(model: Any, rows: Any) -> dict[str, Any]:
    """All that a model says of its rows, as arrays."""
    found = {}
    for method in ("predict", "predict_proba", "decision_function", "score_samples", "transform", "kneighbors"):
        if hasattr(model, method):
            value = getattr(model, method)(rows)
            for i, part in enumerate(value if isinstance(value, tuple) else (value,)):
                part = part.toarray() if hasattr(part, "toarray") else np.asarray(part)
                found[f"{method}.{i}"] = part
    return found
