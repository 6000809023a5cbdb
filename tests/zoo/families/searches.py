from __future__ import annotations

import numpy as np
from scipy import stats
from sklearn import model_selection as ms
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from zoo import data, own
from zoo.registry import family

add = family("searches")

GS, RS = ms.GridSearchCV, ms.RandomizedSearchCV


def _two_steps() -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())])


add("GridSearchCV", lambda: GS(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, cv=3), data.regression, "composite search")
add(
    "GridSearchCV-strings",
    lambda: GS(SVC(), {"C": [0.5, 2], "kernel": ["linear", "rbf"]}, cv=2),
    data.strings,
    "composite search string-classes",
)
add(
    "GridSearchCV-pipeline",
    lambda: GS(
        _two_steps(),
        [{"model__C": [0.1, 1.0]}, {"scale": ["passthrough", MinMaxScaler()]}],
        cv=2,
        return_train_score=True,
    ),
    data.binary,
    "composite search",
)
add(
    "GridSearchCV-models",
    lambda: GS(
        _two_steps(),
        {"model": [GaussianNB(), DecisionTreeClassifier(random_state=0)], "scale": [None, StandardScaler()]},
        cv=2,
    ),
    data.frame(data.strings),
    "composite search pandas-input string-classes",
)
add(
    "GridSearchCV-scorers",
    lambda: GS(
        LogisticRegression(),
        {"C": np.logspace(-1, 1, 3)},
        cv=ms.StratifiedKFold(3, shuffle=True, random_state=0),
        scoring={"accuracy": "accuracy", "f2": make_scorer(fbeta_score, beta=2)},
        refit="f2",
    ),
    data.binary,
    "composite search",
)
add(
    "GridSearchCV-own-code",
    lambda: GS(
        KNeighborsClassifier(), {"n_neighbors": range(1, 6, 2)}, cv=2, scoring=own.cautious_score, refit=own.simplest
    ),
    data.multiclass,
    "composite search own-code",
    trusted=("zoo.own:cautious_score", "zoo.own:simplest"),
)
add(
    "GridSearchCV-not-refitted",
    lambda: GS(Ridge(), {"alpha": [0.1, 1.0]}, cv=2, refit=False),
    data.regression,
    "composite search",
)
add(
    "GridSearchCV-failing",
    lambda: GS(Ridge(), {"alpha": [-1.0, 1.0]}, cv=2, error_score=np.nan),
    data.regression,
    "composite search",
)
add(
    "GridSearchCV-groups",
    lambda: GS(Ridge(), {"alpha": [0.1, 1.0]}, cv=ms.GroupKFold(3)),
    data.grouped(data.regression),
    "composite search",
)
add(
    "GridSearchCV-splits",
    lambda: GS(
        Ridge(), {"alpha": [0.1, 1.0]}, cv=[(np.arange(50), np.arange(50, 80)), (np.arange(30, 80), np.arange(30))]
    ),
    data.regression,
    "composite search",
)
add(
    "GridSearchCV-time-series",
    lambda: GS(Lasso(), {"alpha": (0.01, 0.1)}, cv=ms.TimeSeriesSplit(3), scoring="neg_mean_absolute_error"),
    data.regression,
    "composite search",
)
add(
    "GridSearchCV-nested",
    lambda: GS(
        make_pipeline(StandardScaler(), GS(Ridge(), {"alpha": [0.1, 1.0]}, cv=2)), {"gridsearchcv__cv": [2, 3]}, cv=2
    ),
    data.regression,
    "composite search",
)
add(
    "RandomizedSearchCV",
    lambda: RS(
        Ridge(), {"alpha": stats.loguniform(0.01, 10), "fit_intercept": [True, False]}, n_iter=4, cv=2, random_state=0
    ),
    data.regression,
    "composite search",
)
add(
    "RandomizedSearchCV-distributions",
    lambda: RS(
        RandomForestClassifier(n_estimators=3, random_state=0),
        {
            "max_depth": stats.randint(1, 5),
            "min_samples_leaf": stats.randint(1, 4),
            "max_features": stats.uniform(0.3, 0.6),
        },
        n_iter=3,
        cv=2,
        random_state=0,
    ),
    data.strings,
    "composite search string-classes",
)
add(
    "RandomizedSearchCV-normal",
    lambda: RS(
        Lasso(),
        {"alpha": stats.truncnorm(-1, 1, loc=0.2, scale=0.1), "tol": stats.expon(scale=1e-3)},
        n_iter=3,
        cv=2,
        random_state=np.random.RandomState(0),
    ),
    data.regression,
    "composite search random-state",
)
add(
    "RandomizedSearchCV-list",
    lambda: RS(
        _two_steps(),
        [{"model__C": stats.uniform(0.1, 2)}, {"model__fit_intercept": [True, False]}],
        n_iter=3,
        cv=2,
        random_state=1,
    ),
    data.binary,
    "composite search",
)
add(
    "HalvingGridSearchCV",
    lambda: ms.HalvingGridSearchCV(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, cv=2, min_resources=20, random_state=0),
    data.regression,
    "composite search",
)
add(
    "HalvingGridSearchCV-estimators",
    lambda: ms.HalvingGridSearchCV(
        RandomForestClassifier(random_state=0),
        {"max_depth": [1, 2, 3]},
        cv=2,
        resource="n_estimators",
        max_resources=6,
        factor=2,
        random_state=0,
    ),
    data.binary_strings,
    "composite search string-classes",
)
add(
    "HalvingRandomSearchCV",
    lambda: ms.HalvingRandomSearchCV(
        Ridge(), {"alpha": stats.loguniform(0.01, 10)}, n_candidates=3, cv=2, min_resources=20, random_state=0
    ),
    data.regression,
    "composite search",
)
add(
    "Pipeline-search-inside",
    lambda: make_pipeline(StandardScaler(), PCA(2), GS(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2)),
    data.strings,
    "composite search string-classes",
)
