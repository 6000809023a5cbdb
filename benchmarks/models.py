"""The models that are measured: each is fitted once and kept, as a pickle, in a folder outside of the repository."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

__all__ = ["MODELS", "Model", "fitted"]


@dataclass(frozen=True)
class Model:
    """One model.

    Attributes
    ----------
    name : str
    title : str
        What a reader of the tables sees.
    make : callable
        Fits it, or with True a small one of the same kind.
    rows : callable
        A fitted one to rows that it can predict.
    """

    name: str
    title: str
    make: Callable[[bool], Any]
    rows: Callable[[Any], Any] = lambda model: np.random.default_rng(1).normal(size=(10, model.n_features_in_))


def _classes(n: int, features: int = 20, **options: Any) -> tuple[Any, Any]:
    return make_classification(n, features, n_informative=features // 2, random_state=0, **options)


def _forest(small: bool) -> Any:
    X, y = _classes(200 if small else 40_000, flip_y=0.3)
    return RandomForestClassifier(5 if small else 500, n_jobs=2, random_state=0).fit(X, y)


def _regression_forest(small: bool) -> Any:
    X, y = make_regression(200 if small else 20_000, 20, noise=10.0, random_state=0)
    return RandomForestRegressor(5 if small else 100, max_depth=12, max_features=0.5, n_jobs=2, random_state=0).fit(
        X, y
    )


def _extra_trees(small: bool) -> Any:
    X, y = _classes(200 if small else 20_000)
    return ExtraTreesClassifier(5 if small else 1000, max_depth=6, n_jobs=2, random_state=0).fit(X, y)


def _gradient_boosting(small: bool) -> Any:
    X, y = _classes(200 if small else 5_000)
    return GradientBoostingClassifier(n_estimators=5 if small else 300, random_state=0).fit(X, y)


def _hist_gradient_boosting(small: bool) -> Any:
    X, y = _classes(200 if small else 20_000)
    model = HistGradientBoostingClassifier(max_iter=5 if small else 300, early_stopping=False, random_state=0)
    return model.fit(X, y)


def _neighbors(small: bool) -> Any:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200 if small else 1_000_000, 32))
    return KNeighborsClassifier(algorithm="kd_tree").fit(X, X[:, 0] > 0)


def _network(small: bool) -> Any:
    X, y = _classes(200 if small else 2_000, 64)
    return MLPClassifier((8, 8) if small else (1024, 1024), max_iter=1, random_state=0).fit(X, y)


def _support_vectors(small: bool) -> Any:
    X, y = _classes(200 if small else 12_000, 32, flip_y=0.5)
    return SVC(C=0.1, random_state=0).fit(X, y)


def _text(small: bool) -> Any:
    rng = np.random.default_rng(0)
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    words = ["".join(letters[rng.integers(0, 26, length)]) for length in rng.integers(4, 12, 210_000)]
    words = list(dict.fromkeys(words))[: 1_000 if small else 200_000]
    texts = [" ".join(words[i : i + 100]) for i in range(0, len(words), 100)]
    return make_pipeline(TfidfVectorizer(), SGDClassifier(random_state=0, max_iter=5, tol=None)).fit(
        texts, np.arange(len(texts)) % 2
    )


def _tiny(small: bool) -> Any:
    return LogisticRegression(max_iter=500).fit(*_classes(200, 4))


def _pipeline(small: bool) -> Any:
    import pandas as pd

    rng = np.random.default_rng(0)
    table = pd.DataFrame({"age": rng.normal(40, 9, 300), "income": rng.normal(3, 1, 300), "city": list("abc") * 100})
    columns = ColumnTransformer([("number", StandardScaler(), ["age", "income"]), ("text", OneHotEncoder(), ["city"])])
    return make_pipeline(columns, LogisticRegression()).fit(table, np.arange(300) % 2)


def _table(model: Any) -> Any:
    import pandas as pd

    return pd.DataFrame({"age": [40.0, 50.0], "income": [3.0, 2.0], "city": ["a", "c"]})


def _many(small: bool) -> Any:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 5))
    made = {}
    for i in range(100 if small else 100_000):
        made[f"sku-{i}"] = Ridge(solver="cholesky").fit(X, rng.normal(size=20))
    return made


MODELS = {
    model.name: model
    for model in (
        Model("forest", "random forest, 500 trees", _forest),
        Model("regression-forest", "random forest regressor, 100 trees of depth 12", _regression_forest),
        Model("extra-trees", "1,000 extra-trees of depth 6", _extra_trees),
        Model("gradient-boosting", "gradient boosting, 300 stages", _gradient_boosting),
        Model("hist-gradient-boosting", "histogram gradient boosting, 300 stages", _hist_gradient_boosting),
        Model("neighbors", "nearest neighbors, 1 M × 32, kd-tree", _neighbors),
        Model("network", "neural network, 2 × 1024", _network),
        Model("support-vectors", "SVC, 10,000 support vectors", _support_vectors),
        Model("text", "tf-idf of 200,000 words, SGD", _text, lambda model: [" ".join(list(model[0].vocabulary_)[:9])]),
        Model("tiny", "logistic regression, 4 features", _tiny),
        Model("pipeline", "column transformer and logistic regression", _pipeline, _table),
        Model("many", "dict of 100,000 ridge models", _many),
    )
}


def fitted(name: str, folder: Path, small: bool = False) -> Path:
    """Return the path of the pickle of a model, fitted now if it is not there yet."""
    import sklearn

    path = folder / f"{'small-' if small else ''}{name}-{sklearn.__version__}.pkl"
    if not path.exists():
        print(f"fitting {name} …", flush=True)
        start = time.perf_counter()
        model = MODELS[name].make(small)
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        with open(partial, "wb") as file:
            pickle.dump(model, file, 5)
        partial.replace(path)
        print(f"… {time.perf_counter() - start:.0f} s, {path.stat().st_size / 1e6:,.1f} MB", flush=True)
    return path
