"""What scikit-learn 1.1 changed in fitted states."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError
from ...graph.nodes import DType, List, Object, Objects, ObjectsOf
from ..conditions import Check, Has, Lacks, Stated
from ..operations import ABSENT, DropAttribute, MoveNames, RenameAttribute, Transform
from ..state import State, items_of
from .common import (
    EMBEDDING,
    FORESTS,
    GRADIENT_BOOSTING,
    HISTOGRAM_BOOSTING,
    PLS,
    SGD,
    TREE_CLASSIFIERS,
    TREE_REGRESSORS,
    Since,
    names,
)
from .losses import glm_loss, histogram_loss
from .moved import MOVED_1_1

__all__ = ["MIGRATIONS"]

since = Since("1.1")
# What 1.1 no longer wanted to hear, and 1.3 no longer takes.
gone = Since("1.3")
_ONE_HOT = names("preprocessing._encoders", "OneHotEncoder")
_GLM = names("linear_model._glm.glm", "PoissonRegressor", "GammaRegressor", "TweedieRegressor")
_HISTOGRAM_LOSSES = "sklearn.ensemble._hist_gradient_boosting.loss"


# --- gradient boosting ---


def has_histogram_loss(state: State) -> bool:
    found = state.value("_loss")
    return isinstance(found, Object) and found.type.startswith(f"{_HISTOGRAM_LOSSES}:")


def one_row(state: State) -> bool:
    """Say whether the first prediction is not yet a row of one for each tree of an iteration."""
    found = state.value("_baseline_prediction")
    if isinstance(found, (float, int)) or hasattr(found, "value"):
        return True
    shape = state.context.view(found).shape
    return len(shape) != 2 or (shape[0] != 1 and shape[1] == 1)


def baseline(state: State) -> dict[str, Any]:
    found: Any = state.value("_baseline_prediction")
    found = getattr(found, "value", found)
    values = np.asarray(found if isinstance(found, (float, int)) else state.context.view(found), dtype=np.float64)
    return {"_baseline_prediction": state.context.array(values.reshape(1, -1))}


# --- neighbors ---


def no_weights(state: State) -> bool:
    """Say whether the weights of a metric are the one 0 that stood for none."""
    values = state.context.view(state.value("vec"))
    return values.shape == (1,) and bool(values[0] == 0)


# --- imputers and encoders ---


def fit_dtype(state: State) -> dict[str, Any]:
    node = state.value("statistics_")
    if isinstance(node, (Objects, ObjectsOf)):
        return {"_fit_dtype": DType("|O")}
    return {"_fit_dtype": DType(state.context.view(node).dtype.str)}


def valid_mask(state: State) -> dict[str, Any]:
    return {"_valid_mask": state.context.array(~np.all(state.context.view(state.value("_mask_fit_X")), axis=0))}


def infrequent(state: State) -> dict[str, Any]:
    count = len(items_of(state.value("categories_"), state.context) or ())
    nothing = List((None,) * count)
    return {
        "_infrequent_enabled": False,
        "_infrequent_indices": nothing,
        "_default_to_infrequent_mappings": nothing,
    }


def length(node: Any, state: State) -> int:
    """Return how many items an array or list has."""
    items = items_of(node, state.context)
    return len(items) if items is not None else len(state.context.view(node))


def widths(state: State) -> dict[str, Any]:
    """Return how many columns each feature becomes."""
    counts = [length(one, state) for one in items_of(state.value("categories_"), state.context) or ()]
    node = state.value("drop_idx_") if "drop_idx_" in state else None
    if node is not None:
        items: Any = items_of(node, state.context)
        if items is None:
            items = state.context.view(node).tolist()
        if len(items) != len(counts):
            raise InvalidError("an encoder drops a category of each feature, or none")
        counts = [count - (item is not None) for count, item in zip(counts, items, strict=True)]
    return {"_n_features_outs": List(tuple(counts))}


# --- the others ---


def coefficients(state: State) -> dict[str, Any]:
    context = state.context
    values = context.view(state.value("coef_"))
    return {
        "_coef_": context.array(np.ascontiguousarray(values.T)),
        "coef_": ABSENT,
        "intercept_": state.node("_y_mean"),
    }


def weighting(state: State) -> dict[str, Any]:
    """Return the parameters that stood in the inner transformer only."""
    inner = state.value("_tfidf")
    if not isinstance(inner, Object):
        raise InvalidError("a vectorizer has a transformer")
    return {
        name: inner.state[name] for name in ("norm", "smooth_idf", "sublinear_tf", "use_idf") if name in inner.state
    }


def base_loss(state: State) -> dict[str, Any]:
    return {
        "_base_loss": glm_loss(state.type.partition(":")[2], state.value("power"), state.value("link")),
        "_family_instance": ABSENT,
        "_link_instance": ABSENT,
        **({} if state.type.endswith(":TweedieRegressor") else {"link": ABSENT}),
    }


def whitening(state: State) -> dict[str, Any]:
    given = state.value("whiten")
    return {"_whiten": "arbitrary-variance" if given is True else given}


def rows_of(name: str, axis: int) -> Any:
    return Transform(
        "_n_features_out is kept",
        lambda state: {"_n_features_out": int(state.context.view(state.value(name)).shape[axis])},
        sets=("_n_features_out",),
    )


#: The attribute that tells how many columns a transformer gives, and its axis.
_WIDTHS = {
    ("cluster_centers_", 0): names("cluster._kmeans", "KMeans", "MiniBatchKMeans"),
    ("subcluster_centers_", 0): names("cluster._birch", "Birch"),
    ("components_", 0): (
        *names("kernel_approximation", "Nystroem"),
        *names("neural_network._rbm", "BernoulliRBM"),
    ),
    ("random_weights_", 1): names("kernel_approximation", "RBFSampler", "SkewedChi2Sampler"),
    ("x_rotations_", 1): PLS,
    ("embedding_", 1): (
        *names("manifold._isomap", "Isomap"),
        *names("manifold._locally_linear", "LocallyLinearEmbedding"),
    ),
}

MIGRATIONS = (
    since(
        "bunch-module",
        tuple(MOVED_1_1),
        MoveNames(MOVED_1_1),
        evidence="utils/_bunch.py, Bunch",
    ),
    since(
        "boosting-loss-name",
        GRADIENT_BOOSTING,
        RenameAttribute("loss_", "_loss"),
        evidence="ensemble/_gb.py, BaseGradientBoosting._check_params",
    ),
    gone.spelled(
        "boosting-log-loss",
        GRADIENT_BOOSTING[:1],
        "loss",
        {"deviance": "log_loss"},
        "ensemble/_gb.py, GradientBoostingClassifier.__init__",
    ),
    gone.spelled(
        "boosting-features-auto",
        GRADIENT_BOOSTING[:1],
        "max_features",
        {"auto": "sqrt"},
        "ensemble/_gb.py, _check_params",
    ),
    gone.spelled(
        "boosting-regression-features-auto",
        GRADIENT_BOOSTING[1:],
        "max_features",
        {"auto": None},
        "ensemble/_gb.py, BaseGradientBoosting._check_params",
    ),
    since(
        "histogram-losses",
        HISTOGRAM_BOOSTING,
        Transform("the loss is one of sklearn._loss", histogram_loss, sets=("_loss",)),
        when=Has("_loss") & Check("its loss is of the module that is gone", has_histogram_loss),
        fidelity="equivalent",
        evidence="ensemble/_hist_gradient_boosting/gradient_boosting.py, _get_loss",
    ),
    since(
        "histogram-baseline",
        HISTOGRAM_BOOSTING,
        Transform("_baseline_prediction is one row", baseline, sets=("_baseline_prediction",)),
        when=Has("_baseline_prediction") & Check("_baseline_prediction is no row", one_row),
        evidence="ensemble/_hist_gradient_boosting/gradient_boosting.py, BaseHistGradientBoosting.fit",
    ),
    since.spelled(
        "histogram-log-loss",
        HISTOGRAM_BOOSTING[:1],
        "loss",
        {"auto": "log_loss", "binary_crossentropy": "log_loss", "categorical_crossentropy": "log_loss"},
        "ensemble/_hist_gradient_boosting/gradient_boosting.py, HistGradientBoostingClassifier.__init__",
    ),
    gone.spelled(
        "forest-features-auto",
        (*TREE_CLASSIFIERS, FORESTS[0], FORESTS[2]),
        "max_features",
        {"auto": "sqrt"},
        "ensemble/_forest.py, RandomForestClassifier.__init__",
    ),
    gone.spelled(
        "forest-regression-features-auto",
        (*TREE_REGRESSORS, FORESTS[1], FORESTS[3], EMBEDDING),
        "max_features",
        {"auto": 1.0},
        "ensemble/_forest.py, RandomForestRegressor.__init__",
    ),
    gone.spelled(
        "sgd-log", SGD[:1], "loss", {"log": "log_loss"}, "linear_model/_stochastic_gradient.py, SGDClassifier"
    ),
    gone.spelled(
        "k-means-algorithm",
        names("cluster._kmeans", "KMeans"),
        "algorithm",
        {"auto": "lloyd", "full": "lloyd"},
        "cluster/_kmeans.py, KMeans.__init__",
    ),
    since.spelled(
        "factorization-init-warn",
        names("decomposition._nmf", "NMF"),
        "init",
        {"warn": None},
        "decomposition/_nmf.py, NMF.__init__",
    ),
    since.spelled(
        "tsne-legacy-distances",
        names("manifold._t_sne", "TSNE"),
        "square_distances",
        {"legacy": "deprecated"},
        "manifold/_t_sne.py, TSNE.__init__",
    ),
    since(
        "tsne-distances",
        names("manifold._t_sne", "TSNE"),
        Transform(
            "square_distances has no meaning",
            lambda state: {"square_distances": "deprecated"},
            sets=("square_distances",),
        ),
        when=Has("perplexity") & Lacks("square_distances") & Stated(),
        evidence="manifold/_t_sne.py, TSNE.__init__",
    ),
    since.renamed(
        "ransac-estimator-name",
        names("linear_model._ransac", "RANSACRegressor"),
        "base_estimator",
        "estimator",
        "linear_model/_ransac.py, RANSACRegressor.__init__",
    ),
    since(
        "minkowski-no-weights",
        "sklearn.metrics._dist_metrics:MinkowskiDistance",
        Transform("it has no weights", lambda state: {"vec": state.context.array(np.zeros(0))}, sets=("vec",)),
        when=Has("vec") & Check("its weights are one 0", no_weights),
        evidence="metrics/_dist_metrics.pyx, MinkowskiDistance",
    ),
    since(
        "simple-imputer-fit-dtype",
        names("impute._base", "SimpleImputer"),
        Transform("_fit_dtype is that of the statistics", fit_dtype, sets=("_fit_dtype",)),
        when=Has("statistics_") & Lacks("_fit_dtype"),
        evidence="impute/_base.py, SimpleImputer._validate_input",
    ),
    since(
        "nearest-imputer-valid-features",
        names("impute._knn", "KNNImputer"),
        Transform("_valid_mask tells the features that have values", valid_mask, sets=("_valid_mask",)),
        when=Has("_mask_fit_X") & Lacks("_valid_mask"),
        evidence="impute/_knn.py, KNNImputer.fit",
    ),
    since(
        "one-hot-infrequent",
        _ONE_HOT,
        Transform(
            "no category is infrequent",
            infrequent,
            sets=("_default_to_infrequent_mappings", "_infrequent_enabled", "_infrequent_indices"),
        ),
        when=Has("categories_") & Lacks("_infrequent_enabled"),
        evidence="preprocessing/_encoders.py, _BaseEncoder._fit",
    ),
    since(
        "one-hot-widths",
        _ONE_HOT,
        Transform("_n_features_outs are computed", widths, sets=("_n_features_outs",)),
        when=Has("categories_") & Lacks("_n_features_outs"),
        evidence="preprocessing/_encoders.py, OneHotEncoder._compute_n_features_outs",
    ),
    since(
        "pls-coef-transposed",
        PLS,
        Transform(
            "coef_ is transposed and called _coef_, intercept_ is the mean of the targets",
            coefficients,
            sets=("_coef_", "intercept_"),
            drops=("coef_",),
        ),
        when=Has("coef_") & Has("_y_mean") & Lacks("_coef_") & Lacks("intercept_"),
        evidence="cross_decomposition/_pls.py, _PLS.fit",
    ),
    since(
        "vectorizer-weighting",
        names("feature_extraction.text", "TfidfVectorizer"),
        Transform(
            "the parameters of the inner transformer are its own",
            weighting,
            sets=("norm", "smooth_idf", "sublinear_tf", "use_idf"),
        ),
        when=Has("_tfidf") & Lacks("norm"),
        evidence="feature_extraction/text.py, TfidfVectorizer.__init__",
    ),
    since(
        "linear-model-base-loss",
        _GLM,
        Transform(
            "_base_loss stands for the distribution and the link",
            base_loss,
            sets=("_base_loss",),
            drops=("_family_instance", "_link_instance", "link"),
        ),
        when=Has("coef_") & Lacks("_base_loss"),
        fidelity="equivalent",
        evidence="linear_model/_glm/glm.py, _GeneralizedLinearRegressor.fit",
    ),
    since(
        "fast-ica-whitening",
        names("decomposition._fastica", "FastICA"),
        Transform("_whiten is how rows are whitened", whitening, sets=("_whiten",)),
        when=Has("components_") & Lacks("_whiten") & Stated(),
        evidence="decomposition/_fastica.py, FastICA._fit",
    ),
    since(
        "linear-regression-residues",
        names("linear_model._base", "LinearRegression"),
        DropAttribute("_residues"),
        evidence="linear_model/_base.py, LinearRegression.fit",
    ),
    since(
        "dictionary-statistics",
        names("decomposition._dict_learning", "MiniBatchDictionaryLearning"),
        RenameAttribute("inner_stats_", "_inner_stats"),
        evidence="decomposition/_dict_learning.py, MiniBatchDictionaryLearning.partial_fit",
    ),
    *(
        since(
            f"width-{types[0].partition(':')[2].lower()}",
            types,
            rows_of(name, axis),
            when=Has(name) & Lacks("_n_features_out"),
            evidence="base.py, ClassNamePrefixFeaturesOutMixin",
        )
        for (name, axis), types in _WIDTHS.items()
    ),
    since(
        "discriminant-width",
        names("discriminant_analysis", "LinearDiscriminantAnalysis"),
        Transform(
            "_n_features_out is kept",
            lambda state: {"_n_features_out": state.node("_max_components")},
            sets=("_n_features_out",),
        ),
        when=Has("_max_components") & Lacks("_n_features_out"),
        evidence="discriminant_analysis.py, LinearDiscriminantAnalysis.fit",
    ),
    since(
        "neighbors-transformer-width",
        names("neighbors._graph", "KNeighborsTransformer", "RadiusNeighborsTransformer"),
        Transform(
            "_n_features_out is kept",
            lambda state: {"_n_features_out": state.node("n_samples_fit_")},
            sets=("_n_features_out",),
        ),
        when=Has("n_samples_fit_") & Lacks("_n_features_out"),
        evidence="neighbors/_graph.py, KNeighborsTransformer.fit",
    ),
)
