"""The healthy models that the attacks start from, each fitted once."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.datasets import make_classification, make_regression

X, Y = make_classification(120, 6, n_informative=4, n_redundant=0, n_classes=3, n_clusters_per_class=1, random_state=0)
XR, YR = make_regression(120, 6, random_state=0)
NON_NEGATIVE = np.abs(X)
TEXTS = ["the cat sat", "a dog ran off", "the dog and the cat", "nobody sat here today"]


def fitted(make: Any) -> Any:
    """Keep what a function fits."""
    return functools.cache(make)


@fitted
def forest() -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(6, random_state=0).fit(X, Y)


@fitted
def tree() -> Any:
    from sklearn.tree import DecisionTreeRegressor

    return DecisionTreeRegressor(max_depth=5, random_state=0).fit(XR, YR)


@fitted
def boosting() -> Any:
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(n_estimators=4, random_state=0).fit(X, Y)


@fitted
def boosting_two() -> Any:
    from sklearn.ensemble import GradientBoostingRegressor

    return GradientBoostingRegressor(n_estimators=6, random_state=0).fit(XR, YR)


@fitted
def histogram() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.RandomState(0)
    data = np.hstack([rng.randint(0, 5, (300, 2)).astype(float), rng.rand(300, 2)])
    target = ((data[:, 0] % 2 == 0) ^ (data[:, 2] > 0.5)).astype(int) + (data[:, 1] == 3)
    return HistGradientBoostingClassifier(max_iter=5, categorical_features=[0, 1], random_state=0).fit(data, target)


def neighbors(algorithm: str, **options: Any) -> Any:
    return _neighbors(algorithm, tuple(sorted(options)), _Hidden(options))


class _Hidden:
    """Arguments that the cache does not look at: the names tell them apart."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hidden)


@functools.cache
def _neighbors(algorithm: str, names: tuple[str, ...], hidden: _Hidden) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(algorithm=algorithm, leaf_size=8, **hidden.options).fit(X, Y)


@fitted
def density() -> Any:
    from sklearn.neighbors import KernelDensity

    return KernelDensity().fit(X)


@functools.cache
def machine(kind: str = "SVC", sparse: bool = False, kernel: str = "rbf") -> Any:
    from sklearn import svm

    data: Any = sp.csr_matrix(X) if sparse else X @ X.T if kernel == "precomputed" else X
    target = Y if "SVC" in kind else YR
    model = getattr(svm, kind)(kernel=kernel)
    return model.fit(data) if kind == "OneClassSVM" else model.fit(data, target)


@fitted
def words() -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer().fit(TEXTS)


@fitted
def one_hot() -> Any:
    from sklearn.preprocessing import OneHotEncoder

    rows = [["a", 1], ["b", 2], ["c", 3], ["a", 3]]
    return OneHotEncoder(handle_unknown="ignore").fit(rows)


@fitted
def grouped() -> Any:
    from sklearn.preprocessing import OneHotEncoder

    rows = [["a"], ["a"], ["a"], ["b"], ["c"], ["d"], ["d"]]
    return OneHotEncoder(min_frequency=2, drop="first", handle_unknown="infrequent_if_exist").fit(rows)
