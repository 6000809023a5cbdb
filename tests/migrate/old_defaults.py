"""Models with the defaults of their release, and what only old releases could be asked for."""

from __future__ import annotations

from typing import Any

from sklearn import (
    cluster,
    config_context,
    covariance,
    decomposition,
    ensemble,
    feature_selection,
    gaussian_process,
    impute,
    linear_model,
    manifold,
    model_selection,
    naive_bayes,
    neural_network,
    preprocessing,
    svm,
    tree,
)

from zoo import data
from zoo.registry import Case


def old(name: str, build: Any, source: Any, **more: Any) -> Case:
    return Case(name, "defaults of their release", build, source, **more)


def requesting() -> linear_model.LogisticRegression:
    with config_context(enable_metadata_routing=True):
        return linear_model.LogisticRegression().set_fit_request(sample_weight=True)


CASES = (
    old("KMeans-default", lambda: cluster.KMeans(n_clusters=3, random_state=0), data.blobs),
    old("MiniBatchKMeans-default", lambda: cluster.MiniBatchKMeans(n_clusters=3, random_state=0), data.blobs),
    old("AgglomerativeClustering-default", lambda: cluster.AgglomerativeClustering(), data.small(data.numbers)),
    old("FastICA-default", lambda: decomposition.FastICA(2, random_state=0), data.numbers),
    old("FastICA-whitened", lambda: decomposition.FastICA(2, whiten=True, random_state=0), data.numbers, until="1.2"),
    old("NMF-default", lambda: decomposition.NMF(random_state=0, max_iter=50), data.small(data.nonnegative)),
    old(
        "MiniBatchDictionaryLearning-default",
        lambda: decomposition.MiniBatchDictionaryLearning(3, random_state=0),
        data.small(data.numbers),
    ),
    old(
        "SequentialFeatureSelector-default",
        lambda: feature_selection.SequentialFeatureSelector(linear_model.LinearRegression()),
        data.small(data.regression),
    ),
    old("BernoulliNB-default", lambda: naive_bayes.BernoulliNB(), data.binary),
    old("MultinomialNB-default", lambda: naive_bayes.MultinomialNB(), data.counts),
    old("KBinsDiscretizer-default", lambda: preprocessing.KBinsDiscretizer(3, encode="ordinal"), data.numbers),
    old(
        "KBinsDiscretizer-uniform",
        lambda: preprocessing.KBinsDiscretizer(3, encode="ordinal", strategy="uniform"),
        data.numbers,
    ),
    old("LinearSVC-default", lambda: svm.LinearSVC(random_state=0), data.binary),
    old("LinearSVR-default", lambda: svm.LinearSVR(random_state=0), data.small(data.regression)),
    old(
        "QuantileRegressor-default", lambda: linear_model.QuantileRegressor(), data.small(data.regression), since="1.4"
    ),
    old("QuantileRegressor-unfitted", lambda: linear_model.QuantileRegressor(), data.regression, fit=lambda m, d: None),
    old("Ridge-svd", lambda: linear_model.Ridge(solver="svd"), data.regression),
    old("GraphicalLasso-default", lambda: covariance.GraphicalLasso(), data.numbers),
    old(
        "MLPRegressor-default",
        lambda: neural_network.MLPRegressor(hidden_layer_sizes=(3,), max_iter=20, random_state=0),
        data.small(data.regression),
    ),
    old(
        "GradientBoostingClassifier-sure-init",
        lambda: ensemble.GradientBoostingClassifier(
            n_estimators=3, init=tree.DecisionTreeClassifier(random_state=0), random_state=0
        ),
        data.binary,
    ),
    old(
        "GradientBoostingRegressor-warm",
        lambda: ensemble.GradientBoostingRegressor(n_estimators=3, subsample=0.5, warm_start=True, random_state=0),
        data.small(data.regression),
    ),
    old(
        "HistGradientBoostingRegressor-warm",
        lambda: ensemble.HistGradientBoostingRegressor(max_iter=2, warm_start=True, random_state=0),
        data.small(data.regression),
    ),
    old("SGDClassifier-partial", lambda: linear_model.SGDClassifier(loss="log_loss", random_state=0), data.binary),
    old("AdaBoostClassifier-unfitted", lambda: ensemble.AdaBoostClassifier(), data.binary, fit=lambda m, d: None),
    old("MDS-unfitted", lambda: manifold.MDS(), data.numbers, fit=lambda m, d: None),
    old("MDS-fitted", lambda: manifold.MDS(1, max_iter=5, n_init=1, random_state=0), data.small(data.numbers, 10)),
    old(
        "AgglomerativeClustering-no-metric",
        lambda: cluster.AgglomerativeClustering(metric=None),
        data.small(data.numbers),
        until="1.5",
    ),
    old(
        "GaussianProcessRegressor-default",
        lambda: gaussian_process.GaussianProcessRegressor(),
        data.small(data.regression, 10),
    ),
    old("TSNE-unfitted", lambda: manifold.TSNE(), data.numbers, fit=lambda m, d: None),
    old(
        "GridSearchCV-group-k-fold",
        lambda: model_selection.GridSearchCV(
            linear_model.Ridge(), {"alpha": [0.1, 1.0]}, cv=model_selection.GroupKFold(3)
        ),
        data.grouped(data.small(data.regression)),
    ),
    old(
        "IterativeImputer-empty",
        lambda: impute.IterativeImputer(keep_empty_features=True, random_state=0, max_iter=2),
        data.missing(data.small(data.numbers)),
    ),
    old("LogisticRegression-requests", requesting, data.small(data.binary), since="1.3"),
    old(
        "LogisticRegression-two-sided",
        lambda: linear_model.LogisticRegression(multi_class="multinomial"),
        data.binary,
        until="1.7",
    ),
    old(
        "LogisticRegressionCV-one-vs-rest",
        lambda: linear_model.LogisticRegressionCV(Cs=2, multi_class="ovr"),
        data.small(data.multiclass),
        until="1.7",
    ),
    old(
        "LogisticRegressionCV-two-sided",
        lambda: linear_model.LogisticRegressionCV(Cs=2, multi_class="multinomial"),
        data.small(data.binary),
        until="1.7",
    ),
)
