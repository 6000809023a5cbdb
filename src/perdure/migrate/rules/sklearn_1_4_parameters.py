"""What scikit-learn 1.4 changed in the parameters of constructors."""

from __future__ import annotations

from .common import (
    ADABOOST,
    BAGGING,
    EMBEDDING,
    FORESTS,
    HISTOGRAM_BOOSTING,
    ISOLATION_FOREST,
    TREE_CLASSIFIERS,
    TREE_REGRESSORS,
    Since,
    names,
)

__all__ = ["PARAMETERS"]

since = Since("1.4")
_DICTIONARY = names("decomposition._dict_learning", "MiniBatchDictionaryLearning")
_SPARSE_PCA = names("decomposition._sparse_pca", "MiniBatchSparsePCA")

PARAMETERS = (
    since.gone(
        "forest-base-estimator",
        (*FORESTS, EMBEDDING, ISOLATION_FOREST),
        "base_estimator",
        "ensemble/_base.py, BaseEnsemble.__init__",
        restore="deprecated",
    ),
    since.alias(
        "ensemble-estimator",
        (*BAGGING, ADABOOST, *names("ensemble._weight_boosting", "AdaBoostRegressor")),
        "base_estimator",
        "estimator",
        "ensemble/_base.py, BaseEnsemble.__init__",
    ),
    since.alias(
        "calibration-estimator",
        names("calibration", "CalibratedClassifierCV"),
        "base_estimator",
        "estimator",
        "calibration.py, CalibratedClassifierCV.__init__",
    ),
    since.alias(
        "one-hot-sparse-output",
        names("preprocessing._encoders", "OneHotEncoder"),
        "sparse",
        "sparse_output",
        "preprocessing/_encoders.py, OneHotEncoder.__init__",
        unset=("deprecated",),
    ),
    since.alias(
        "mini-batch-max-iter",
        (*_DICTIONARY, *_SPARSE_PCA),
        "n_iter",
        "max_iter",
        "decomposition/_dict_learning.py, MiniBatchDictionaryLearning.__init__",
        otherwise=1000,
    ),
    since.gone(
        "least-angle-normalize",
        (
            *names("linear_model._least_angle", "Lars", "LarsCV", "LassoLars", "LassoLarsCV", "LassoLarsIC"),
            *names("linear_model._omp", "OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV"),
        ),
        "normalize",
        "linear_model/_least_angle.py, Lars.__init__",
        restore="deprecated",
    ),
    since.parameter(
        "tree-monotonic-constraints",
        (*TREE_CLASSIFIERS, *TREE_REGRESSORS, *FORESTS),
        "monotonic_cst",
        None,
        "tree/_classes.py, BaseDecisionTree.__init__",
    ),
    since.parameter(
        "histogram-max-features",
        HISTOGRAM_BOOSTING,
        "max_features",
        1.0,
        "ensemble/_hist_gradient_boosting/gradient_boosting.py, BaseHistGradientBoosting.__init__",
    ),
    since.unknown(
        "factorization-components-warn",
        names("decomposition._nmf", "NMF", "MiniBatchNMF"),
        "n_components",
        {"warn": None},
        "decomposition/_nmf.py, NMF.__init__",
    ),
    since.unknown(
        "histogram-from-dtype",
        HISTOGRAM_BOOSTING,
        "categorical_features",
        {"from_dtype": None, "warn": None},
        "ensemble/_hist_gradient_boosting/gradient_boosting.py, _check_categorical_features",
    ),
    since.spelled(
        "k-means-n-init",
        names("cluster._kmeans", "KMeans"),
        "n_init",
        {"warn": 10},
        "cluster/_kmeans.py, KMeans._check_params_vs_input",
    ),
    since.spelled(
        "mini-batch-k-means-n-init",
        names("cluster._kmeans", "MiniBatchKMeans"),
        "n_init",
        {"warn": 3},
        "cluster/_kmeans.py, MiniBatchKMeans._check_params_vs_input",
    ),
    since.spelled(
        "quantile-solver",
        names("linear_model._quantile", "QuantileRegressor"),
        "solver",
        {"warn": "highs"},
        "linear_model/_quantile.py, QuantileRegressor.fit (the old interior-point left scipy with 1.11)",
    ),
    since.spelled(
        "mds-normalized-stress",
        names("manifold._mds", "MDS"),
        "normalized_stress",
        {"warn": False},
        "manifold/_mds.py, MDS.__init__",
    ),
    since.spelled(
        "naive-bayes-force-alpha",
        names("naive_bayes", "BernoulliNB", "CategoricalNB", "ComplementNB", "MultinomialNB"),
        "force_alpha",
        {"warn": False},
        "naive_bayes.py, _BaseDiscreteNB._check_alpha",
    ),
)
