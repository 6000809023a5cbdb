"""What scikit-learn 1.3 changed in the parameters of constructors."""

from __future__ import annotations

import numpy as np

from .common import (
    BAYESIAN,
    Since,
    names,
)

__all__ = ["PARAMETERS"]

since = Since("1.3")
_EPS = float(np.finfo(np.float64).eps)

PARAMETERS = (
    since.renamed(
        "bayesian-max-iter",
        BAYESIAN,
        "n_iter",
        "max_iter",
        "linear_model/_bayes.py, BayesianRidge.__init__",
        default=300,
    ),
    since.spelled(
        "fast-ica-warn",
        "sklearn.decomposition._fastica:FastICA",
        "whiten",
        {"warn": "arbitrary-variance", True: "arbitrary-variance"},
        "decomposition/_fastica.py, FastICA.__init__",
    ),
    since.spelled(
        "mini-batch-dictionary-batch-size",
        names("decomposition._dict_learning", "MiniBatchDictionaryLearning"),
        "batch_size",
        {"warn": 3},
        "decomposition/_dict_learning.py, MiniBatchDictionaryLearning.__init__",
    ),
    since.spelled(
        "sequential-selector-half",
        names("feature_selection._sequential", "SequentialFeatureSelector"),
        "n_features_to_select",
        {"warn": 0.5, None: 0.5},
        "feature_selection/_sequential.py, SequentialFeatureSelector.fit",
    ),
    since.parameter(
        "graphical-lasso-eps",
        names("covariance._graph_lasso", "GraphicalLasso", "GraphicalLassoCV"),
        "eps",
        _EPS,
        "covariance/_graph_lasso.py, BaseGraphicalLasso.__init__",
    ),
    since.parameter(
        "graphical-lasso-covariance",
        names("covariance._graph_lasso", "GraphicalLasso"),
        "covariance",
        None,
        "covariance/_graph_lasso.py, GraphicalLasso.__init__",
    ),
    since.parameter(
        "dictionary-callback",
        names("decomposition._dict_learning", "DictionaryLearning"),
        "callback",
        None,
        "decomposition/_dict_learning.py, DictionaryLearning.__init__",
    ),
    since.parameter(
        "gaussian-process-targets",
        names("gaussian_process._gpr", "GaussianProcessRegressor"),
        "n_targets",
        None,
        "gaussian_process/_gpr.py, GaussianProcessRegressor.__init__",
        only_fit=False,
    ),
    since.parameter(
        "iterative-imputer-fill-value",
        names("impute._iterative", "IterativeImputer"),
        "fill_value",
        None,
        "impute/_iterative.py, IterativeImputer.__init__",
        only_fit=False,
    ),
    since.parameter(
        "one-hot-feature-names",
        names("preprocessing._encoders", "OneHotEncoder"),
        "feature_name_combiner",
        "concat",
        "preprocessing/_encoders.py, OneHotEncoder.__init__",
        only_fit=False,
    ),
    since.parameter(
        "ordinal-max-categories",
        names("preprocessing._encoders", "OrdinalEncoder"),
        "max_categories",
        None,
        "preprocessing/_encoders.py, OrdinalEncoder.__init__",
    ),
    since.parameter(
        "ordinal-min-frequency",
        names("preprocessing._encoders", "OrdinalEncoder"),
        "min_frequency",
        None,
        "preprocessing/_encoders.py, OrdinalEncoder.__init__",
    ),
    since.parameter(
        "spline-sparse-output",
        names("preprocessing._polynomial", "SplineTransformer"),
        "sparse_output",
        False,
        "preprocessing/_polynomial.py, SplineTransformer.__init__",
        only_fit=False,
    ),
    since.gone(
        "simple-imputer-verbose",
        names("impute._base", "SimpleImputer"),
        "verbose",
        "impute/_base.py, SimpleImputer.__init__",
        restore="deprecated",
    ),
    since.gone(
        "tsne-square-distances",
        names("manifold._t_sne", "TSNE"),
        "square_distances",
        "manifold/_t_sne.py, TSNE.__init__",
        restore="deprecated",
    ),
    since.alias(
        "ransac-estimator",
        names("linear_model._ransac", "RANSACRegressor"),
        "base_estimator",
        "estimator",
        "linear_model/_ransac.py, RANSACRegressor.__init__",
    ),
)
