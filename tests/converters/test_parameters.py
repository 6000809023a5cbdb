"""Parameters that are more than numbers and texts: criteria, tokenizers, metrics, callbacks, scorers."""

from __future__ import annotations

import functools
import operator

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.stats
from sklearn.datasets import load_iris
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.tree._criterion import MAE, Gini

import perdure
from zoo.compare import same

X, Y = load_iris(return_X_y=True)
TEXTS = ["One day, one NIGHT", "another day"] * 3


def _spearman(X, y):
    return np.array([abs(scipy.stats.spearmanr(column, y)[0]) for column in X.T])


MODELS = {
    "criterion of classes": lambda: DecisionTreeClassifier(criterion=Gini(1, np.array([3], dtype=np.intp))).fit(X, Y),
    "criterion of numbers": lambda: DecisionTreeRegressor(criterion=MAE(1, len(X)), max_depth=2).fit(X, Y),
    "methods of text": lambda: CountVectorizer(tokenizer=str.split, preprocessor=str.lower, token_pattern=None).fit(TEXTS),
    "metric of scipy": lambda: KNeighborsClassifier(metric=scipy.spatial.distance.canberra, algorithm="ball_tree").fit(X, Y),
    "steps of numpy": lambda: make_pipeline(
        FunctionTransformer(np.log1p), FunctionTransformer(functools.partial(np.clip, a_min=0, a_max=1)), LogisticRegression()
    ).fit(X, Y),
    "a column by its number": lambda: FunctionTransformer(operator.itemgetter((slice(None), [0, 2]))).fit(X),
    "a method of whatever comes": lambda: FunctionTransformer(operator.methodcaller("astype", np.float32)).fit(X),
    "scorers": lambda: GridSearchCV(
        LogisticRegression(max_iter=500),
        {"C": [0.1, 1.0], "solver": ["lbfgs"]},
        scoring={"f": make_scorer(fbeta_score, beta=2, average="macro"), "a": "accuracy"},
        refit="f",
        cv=[(np.arange(0, 150, 2), np.arange(1, 150, 2))],
    ).fit(X, Y),
    "distributions": lambda: RandomizedSearchCV(
        Ridge(), {"alpha": scipy.stats.loguniform(1e-3, 1e3), "tol": scipy.stats.uniform(0, 1)}, n_iter=3, cv=2, random_state=0
    ).fit(X, Y),
    "a model as a function": lambda: FunctionTransformer(LogisticRegression(max_iter=500).fit(X, Y).predict_proba).fit(X),
    "a class as a value": lambda: {"factory": Ridge, "types": [np.float64, int]},
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_comes_back_the_same(name):
    model = MODELS[name]()
    data = perdure.dumps(model)
    found = perdure.loads(data)
    assert same(model, found) == []
    assert perdure.dumps(found) == data
    for method in ("predict", "transform"):
        if hasattr(model, method):
            rows = TEXTS if isinstance(model, CountVectorizer) else X
            assert same(getattr(model, method)(rows), getattr(found, method)(rows)) == []


def test_a_score_function_of_the_tests_is_named_in_the_refusal():
    data = perdure.dumps(SelectKBest(_spearman, k=2).fit(X, Y))
    with pytest.raises(perdure.UntrustedError) as refused:
        perdure.loads(data)
    (untrusted,) = refused.value.untrusted
    assert untrusted.name == f"{_spearman.__module__}:_spearman"
    assert untrusted.paths == ("model.score_func",)
    assert same(data, perdure.dumps(perdure.loads(data, trusted=[_spearman]))) == []


def test_callbacks():
    callback = pytest.importorskip("sklearn.callback")
    model = LogisticRegression(max_iter=500).set_callbacks(callback.ProgressBar()).fit(X, Y)
    assert same(model, perdure.loads(perdure.dumps(model))) == []
    model.set_callbacks(callback.ScoringMonitor(scoring="accuracy"))
    with pytest.raises(perdure.UnsupportedError, match=r"set_callbacks\(\)"):
        perdure.dumps(model)
    perdure.dumps(model.set_callbacks())
