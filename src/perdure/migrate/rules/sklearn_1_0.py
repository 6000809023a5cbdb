"""What scikit-learn 1.0 changed in fitted states."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError
from ...graph.nodes import Dict, DictOf, Global, Object
from ..conditions import Check, Has, Lacks
from ..operations import ABSENT, DropAttribute, MoveNames, RenameAttribute, Transform
from ..state import State, expand, items_of
from .column_places import column_places, remainder_places
from .common import (
    BAGGING,
    COLUMN_TRANSFORMER,
    EMBEDDING,
    FORESTS,
    GRADIENT_BOOSTING,
    HISTOGRAM_BOOSTING,
    ISOLATION_FOREST,
    KERNEL_PCA,
    SEARCHES,
    TREE_CLASSIFIERS,
    TREE_REGRESSORS,
    Since,
    names,
)
from .moved import MOVED_1_0

__all__ = ["MIGRATIONS"]

since = Since("1.0")
_REGRESSIONS = (*TREE_REGRESSORS, FORESTS[1], FORESTS[3])
_COUNTED = (*TREE_CLASSIFIERS, *TREE_REGRESSORS, *FORESTS, EMBEDDING, ISOLATION_FOREST, *BAGGING, *GRADIENT_BOOSTING)
_NMF = names("decomposition._nmf", "NMF")
_POLYNOMIAL = ("sklearn.preprocessing._polynomial:PolynomialFeatures", "sklearn.preprocessing._data:PolynomialFeatures")
_LOSSES = {"frobenius": 2, "kullback-leibler": 1, "itakura-saito": 0}


def degrees(state: State) -> dict[str, Any]:
    degree = state.value("degree")
    low, high = (0, degree) if type(degree) is int else degree.items
    found = state.value("n_output_features_")
    return {"_min_degree": low, "_max_degree": high, "_n_out_full": int(getattr(found, "value", found))}


def factorization(state: State) -> dict[str, Any]:
    components = state.context.view(state.value("components_"))
    given = state.value("beta_loss")
    changes: dict[str, Any] = {
        "_n_components": int(components.shape[0]),
        "_beta_loss": _LOSSES.get(given, given) if type(given) is str else given,
    }
    weight: Any = state.value("alpha", 0.0)
    weight = getattr(weight, "value", weight)
    if type(weight) in (int, float) and weight and state.value("regularization", "both") != "components":
        # The newer release multiplies the weight by the number of features.
        changes["alpha_W"] = float(weight) / components.shape[1]
    elif "alpha_W" not in state:
        changes["alpha_W"] = 0.0
    return changes


def scores(state: State) -> dict[str, Any]:
    values = state.context.array(np.array(state.context.view(state.value("grid_scores_"))))
    return {"cv_results_": Dict((("mean_test_score", values),)), "grid_scores_": ABSENT}


def column_names(state: State) -> dict[str, Any]:
    """Return the names of the columns, where all of them are texts."""
    node = state.value("_df_columns")
    found = getattr(node, "state", {}).get("values") if isinstance(node, Object) else node
    return {"feature_names_in_": found, "_df_columns": ABSENT}


def no_places(state: State) -> bool:
    node = state.value("_remainder")
    items = items_of(node, state.context)
    return items is not None and len(items) == 3 and items[2] is None


def refits_by_function(state: State) -> bool:
    found = state.value("refit")
    return isinstance(found, Global) and found.name.endswith(":_refit_callable")


def weighted_columns(state: State) -> dict[str, Any]:
    matrix = state.value("_idf_diag")
    if not isinstance(matrix, Object):
        raise InvalidError("the inverse document frequencies are a sparse matrix")
    shape = items_of(matrix.state["shape"], state.context) or [None]
    return {"n_features_in_": shape[0]}


def has_plain_inner(state: State) -> bool:
    found = state.value("_tfidf")
    return isinstance(found, Object) and not {"_idf_diag", "idf_", "n_features_in_"} & found.state.keys()


def inner_columns(state: State) -> dict[str, Any]:
    inner, terms = state.value("_tfidf"), state.value("vocabulary_")
    if not isinstance(inner, Object) or not isinstance(terms, (Dict, DictOf)):
        raise InvalidError("a vectorizer has terms and a transformer")
    count = len(terms.pairs) if isinstance(terms, Dict) else len(expand(terms.keys, state.context))
    parts = {**inner.state, "n_features_in_": count}
    made = Object(inner.type, {name: parts[name] for name in sorted(parts)}, inner.args, inner.version)
    return {"_tfidf": made}


MIGRATIONS = (
    since(
        "moved-1-0",
        tuple(MOVED_1_0),
        MoveNames(MOVED_1_0),
        evidence="metrics/_dist_metrics.pyx, preprocessing/_polynomial.py",
    ),
    since.spelled(
        "tree-criterion-names",
        (*_REGRESSIONS, EMBEDDING, ISOLATION_FOREST),
        "criterion",
        {"mse": "squared_error", "mae": "absolute_error"},
        "tree/_classes.py, DecisionTreeRegressor.__init__",
    ),
    since.spelled(
        "boosting-criterion-names",
        GRADIENT_BOOSTING,
        "criterion",
        # Of these trees none has had the absolute error since 1.1.
        {"mse": "squared_error", "mae": "squared_error"},
        "ensemble/_gb.py, BaseGradientBoosting._validate_params",
    ),
    since.spelled(
        "boosting-loss-names",
        GRADIENT_BOOSTING[1:],
        "loss",
        {"ls": "squared_error", "lad": "absolute_error"},
        "ensemble/_gb.py, GradientBoostingRegressor.__init__",
    ),
    since.spelled(
        "histogram-loss-names",
        HISTOGRAM_BOOSTING[1:],
        "loss",
        {"least_squares": "squared_error", "least_absolute_deviation": "absolute_error"},
        "ensemble/_hist_gradient_boosting/gradient_boosting.py, HistGradientBoostingRegressor.__init__",
    ),
    since.spelled(
        "squared-loss-name",
        (
            *names("linear_model._stochastic_gradient", "SGDRegressor", "SGDClassifier"),
            *names("neural_network._multilayer_perceptron", "MLPRegressor"),
        ),
        "loss",
        {"squared_loss": "squared_error"},
        "linear_model/_stochastic_gradient.py, SGDRegressor.__init__",
    ),
    since.spelled(
        "ransac-loss-names",
        names("linear_model._ransac", "RANSACRegressor"),
        "loss",
        {"absolute_loss": "absolute_error", "squared_loss": "squared_error"},
        "linear_model/_ransac.py, RANSACRegressor.__init__",
    ),
    since(
        "gaussian-variances",
        names("naive_bayes", "GaussianNB"),
        RenameAttribute("sigma_", "var_"),
        evidence="naive_bayes.py, GaussianNB._partial_fit",
    ),
    since(
        "kernel-pca-eigenvalues",
        KERNEL_PCA,
        RenameAttribute("lambdas_", "eigenvalues_"),
        RenameAttribute("alphas_", "eigenvectors_"),
        evidence="decomposition/_kernel_pca.py, KernelPCA._fit_transform",
    ),
    since(
        "ordinal-missing",
        names("preprocessing._encoders", "OrdinalEncoder"),
        Transform("no category is missing", lambda state: {"_missing_indices": Dict(())}, sets=("_missing_indices",)),
        when=Has("categories_") & Lacks("_missing_indices"),
        evidence="preprocessing/_encoders.py, OrdinalEncoder.fit",
    ),
    since(
        "polynomial-degrees",
        _POLYNOMIAL,
        Transform("the degrees in use are kept", degrees, sets=("_max_degree", "_min_degree", "_n_out_full")),
        when=Has("n_output_features_") & Lacks("_max_degree"),
        evidence="preprocessing/_polynomial.py, PolynomialFeatures.fit",
    ),
    since.gone("polynomial-input-features", _POLYNOMIAL, "n_input_features_", "preprocessing/_polynomial.py"),
    since(
        "factorization-settings",
        _NMF,
        Transform("the settings in use are kept", factorization, sets=("_beta_loss", "_n_components", "alpha_W")),
        when=Has("components_") & Lacks("_n_components"),
        evidence="decomposition/_nmf.py, NMF._check_params",
    ),
    Since("1.2")(
        "factorization-regularization",
        _NMF,
        DropAttribute("alpha"),
        DropAttribute("regularization"),
        when=Has("alpha"),
        evidence="decomposition/_nmf.py, NMF.__init__",
    ),
    since(
        "halving-refit",
        SEARCHES[2:],
        Transform("refit is True", lambda state: {"refit": True}, sets=("refit",)),
        when=Has("refit") & Check("refit is the function of halving itself", refits_by_function),
        evidence="model_selection/_search_successive_halving.py, BaseSuccessiveHalving.fit",
    ),
    since(
        "tfidf-columns",
        names("feature_extraction.text", "TfidfTransformer"),
        Transform("n_features_in_ is that of the weights", weighted_columns, sets=("n_features_in_",)),
        when=Has("_idf_diag") & Lacks("n_features_in_"),
        evidence="feature_extraction/text.py, TfidfTransformer.fit",
    ),
    since(
        "vectorizer-columns",
        names("feature_extraction.text", "TfidfVectorizer"),
        Transform("the inner transformer knows the number of terms", inner_columns, sets=("_tfidf",)),
        when=Has("vocabulary_") & Has("_tfidf") & Check("it has no weights", has_plain_inner),
        evidence="feature_extraction/text.py, TfidfTransformer.fit",
    ),
    since(
        "elimination-scores",
        names("feature_selection._rfe", "RFECV"),
        Transform("grid_scores_ are the mean test scores", scores, sets=("cv_results_",), drops=("grid_scores_",)),
        when=Has("grid_scores_") & Lacks("cv_results_"),
        evidence="feature_selection/_rfe.py, RFECV.fit",
    ),
    since(
        "column-transformer-names",
        COLUMN_TRANSFORMER,
        Transform(
            "_df_columns are feature_names_in_", column_names, sets=("feature_names_in_",), drops=("_df_columns",)
        ),
        when=Has("_df_columns")
        & Check("_df_columns are not None", lambda state: state.value("_df_columns") is not None),
        evidence="compose/_column_transformer.py, ColumnTransformer.fit_transform",
    ),
    since(
        "column-transformer-places",
        COLUMN_TRANSFORMER,
        Transform(
            "the columns of each transformer are kept by their places",
            column_places,
            sets=("_n_features", "_transformer_to_input_indices", "n_features_in_"),
        ),
        when=Has("transformers_") & Lacks("_transformer_to_input_indices"),
        evidence="compose/_column_transformer.py, ColumnTransformer._validate_column_callables",
    ),
    since(
        "column-transformer-no-remainder",
        COLUMN_TRANSFORMER,
        Transform("the places of the remainder are a list", remainder_places, sets=("_remainder",)),
        when=Has("_remainder") & Check("the remainder has no places", no_places),
        evidence="compose/_column_transformer.py, ColumnTransformer._validate_remainder",
    ),
    since(
        "number-of-features",
        (
            *_COUNTED,
            *HISTOGRAM_BOOSTING,
            *names("naive_bayes", "BernoulliNB", "CategoricalNB", "ComplementNB", "MultinomialNB"),
        ),
        DropAttribute("n_features_"),
        when=Has("n_features_") & Has("n_features_in_"),
        evidence="tree/_classes.py, BaseDecisionTree.n_features_",
    ),
)
