from __future__ import annotations

import numpy as np
from sklearn import dummy, naive_bayes

from zoo import data
from zoo.registry import family

add = family("naive Bayes and dummies")

add("GaussianNB", naive_bayes.GaussianNB, data.multiclass, "partial-fit")
add(
    "GaussianNB-priors",
    lambda: naive_bayes.GaussianNB(priors=[0.5, 0.25, 0.25]),
    data.strings,
    "partial-fit string-classes",
)
add(
    "GaussianNB-partial",
    naive_bayes.GaussianNB,
    data.weighted(data.multiclass),
    "partial-fit sample-weight",
    fit=lambda model, rows: model.partial_fit(rows.X, rows.y, classes=[0, 1, 2], **rows.keywords),
)
add("MultinomialNB", lambda: naive_bayes.MultinomialNB(force_alpha=True), data.counts, "partial-fit")
add(
    "MultinomialNB-sparse",
    lambda: naive_bayes.MultinomialNB(alpha=0.5, force_alpha=True),
    data.sparse(data.counts),
    "partial-fit sparse",
)
add(
    "MultinomialNB-alphas",
    lambda: naive_bayes.MultinomialNB(alpha=np.linspace(0.1, 1, 6), fit_prior=False, force_alpha=True),
    data.counts,
)
add("ComplementNB", lambda: naive_bayes.ComplementNB(norm=True, force_alpha=True), data.counts, "partial-fit")
add("BernoulliNB", lambda: naive_bayes.BernoulliNB(force_alpha=True), data.bits, "partial-fit")
add(
    "BernoulliNB-binarize",
    lambda: naive_bayes.BernoulliNB(binarize=None, force_alpha=True),
    data.sparse(data.bits),
    "sparse",
)
add("CategoricalNB", lambda: naive_bayes.CategoricalNB(force_alpha=True), data.codes, "categorical partial-fit")
add(
    "CategoricalNB-min-categories",
    lambda: naive_bayes.CategoricalNB(min_categories=6, force_alpha=True),
    data.codes,
    "categorical",
)

for strategy in ("most_frequent", "prior", "stratified", "uniform"):
    add(
        f"DummyClassifier-{strategy}",
        lambda s=strategy: dummy.DummyClassifier(strategy=s, random_state=0),
        data.strings,
        "string-classes",
    )
add("DummyClassifier-constant", lambda: dummy.DummyClassifier(strategy="constant", constant=1), data.binary)
add("DummyClassifier-multi-output", dummy.DummyClassifier, data.string_multi_classes, "multi-output string-classes")
for strategy, more in {"mean": {}, "median": {}, "quantile": {"quantile": 0.3}, "constant": {"constant": 2.5}}.items():
    add(
        f"DummyRegressor-{strategy}",
        lambda s=strategy, more=more: dummy.DummyRegressor(strategy=s, **more),
        data.regression,
    )
add("DummyRegressor-multi-output", dummy.DummyRegressor, data.multi_regression, "multi-output")
