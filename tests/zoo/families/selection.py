from __future__ import annotations

import functools

import numpy as np
from sklearn import feature_selection as fs
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Lasso, LogisticRegression, Ridge, SGDRegressor
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from zoo import data, own
from zoo.registry import family

add = family("feature selection")

add("SelectKBest", lambda: fs.SelectKBest(k=2), data.multiclass)
add("SelectKBest-chi2-sparse", lambda: fs.SelectKBest(fs.chi2, k=2), data.sparse(data.counts), "sparse")
add("SelectKBest-regression", lambda: fs.SelectKBest(fs.f_regression, k="all"), data.regression)
add(
    "SelectKBest-partial",
    lambda: fs.SelectKBest(functools.partial(fs.mutual_info_classif, random_state=0), k=3),
    data.multiclass,
)
add(
    "SelectKBest-own-score",
    lambda: fs.SelectKBest(own.spread_score, k=2),
    data.binary,
    "own-code",
    trusted=("zoo.own:spread_score",),
)
add(
    "SelectKBest-pandas-output",
    lambda: fs.SelectKBest(k=2).set_output(transform="pandas"),
    data.frame(data.multiclass),
    "pandas-input pandas-output",
)
add("SelectPercentile", lambda: fs.SelectPercentile(fs.r_regression, percentile=40), data.regression)
add("SelectFpr", lambda: fs.SelectFpr(alpha=0.2), data.multiclass)
add("SelectFdr", lambda: fs.SelectFdr(alpha=0.2), data.strings, "string-classes")
add("SelectFwe", lambda: fs.SelectFwe(fs.f_regression, alpha=0.2), data.regression)
add("GenericUnivariateSelect", lambda: fs.GenericUnivariateSelect(mode="k_best", param=2), data.multiclass)
add("VarianceThreshold", lambda: fs.VarianceThreshold(0.9), data.numbers)
add("VarianceThreshold-sparse", fs.VarianceThreshold, data.sparse(data.numbers), "sparse")
add("VarianceThreshold-missing", lambda: fs.VarianceThreshold(0.5), data.missing(data.numbers), "missing")
add("SelectFromModel", lambda: fs.SelectFromModel(Lasso(alpha=0.3)), data.regression)
add(
    "SelectFromModel-partial",
    lambda: fs.SelectFromModel(SGDRegressor(random_state=0)),
    data.regression,
    "partial-fit",
    fit=lambda model, rows: model.partial_fit(rows.X, rows.y),
)
add(
    "SelectFromModel-forest",
    lambda: fs.SelectFromModel(RandomForestClassifier(4, random_state=0), threshold="1.1*mean", max_features=3),
    data.strings,
    "string-classes",
)
add(
    "SelectFromModel-prefit",
    lambda: fs.SelectFromModel(
        Ridge().fit(*data.regression().arguments), prefit=True, threshold=-np.inf, max_features=2
    ),
    data.regression,
)
add(
    "SelectFromModel-own-callable",
    lambda: fs.SelectFromModel(
        LinearSVC(dual=False, random_state=0), max_features=own.half_of_features, importance_getter=own.coefficients
    ),
    data.binary,
    "own-code",
    trusted=("zoo.own:coefficients", "zoo.own:half_of_features"),
)
add("RFE", lambda: fs.RFE(Ridge(), n_features_to_select=2), data.regression)
add(
    "RFE-pipeline",
    lambda: fs.RFE(
        make_pipeline(StandardScaler(), LogisticRegression()),
        importance_getter="named_steps.logisticregression.coef_",
        step=0.4,
    ),
    data.strings,
    "string-classes",
)
add("RFECV", lambda: fs.RFECV(Ridge(), cv=3), data.regression)
add(
    "RFECV-classifier",
    lambda: fs.RFECV(
        LogisticRegression(), cv=KFold(3, shuffle=True, random_state=0), scoring="accuracy", min_features_to_select=2
    ),
    data.binary,
)
add(
    "SequentialFeatureSelector",
    lambda: fs.SequentialFeatureSelector(Ridge(), n_features_to_select=2, cv=2),
    data.regression,
)
add(
    "SequentialFeatureSelector-backward",
    lambda: fs.SequentialFeatureSelector(
        LogisticRegression(), n_features_to_select=3, direction="backward", cv=2, scoring="accuracy"
    ),
    data.strings,
)
