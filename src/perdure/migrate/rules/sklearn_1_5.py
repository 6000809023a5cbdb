"""What scikit-learn 1.5 changed in fitted states."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError
from ...graph.nodes import Object, Tuple
from ..conditions import Check, Has, Is, Lacks, Stated
from ..operations import ABSENT, AddAttribute, Nothing, ReplaceObject, Transform
from ..state import State
from .common import BAYESIAN, CHAINS, COLUMN_TRANSFORMER, ISOLATION_FOREST, LOGISTIC, PLS, RIDGE_CV, Since, names

__all__ = ["MIGRATIONS"]

since = Since("1.5")
_TEXT = "feature_extraction.text"


def idf(state: State) -> dict[str, Any]:
    """Return the diagonal of a sparse diagonal matrix."""
    matrix = state.value("_idf_diag")
    context = state.context
    if not isinstance(matrix, Object):
        raise InvalidError("the inverse document frequencies are a sparse matrix")
    data = context.view(matrix.state["data"])
    if "offsets" in matrix.state:
        data = data[0]
    shape = context.resolve(matrix.state["shape"]).items
    if data.ndim != 1 or tuple(shape) != (len(data), len(data)):
        raise InvalidError("the inverse document frequencies are a diagonal matrix")
    return {"idf_": context.array(np.array(data)), "_idf_diag": ABSENT}


def idf_back(state: State) -> dict[str, Any]:
    if "idf_" not in state:
        return {}
    context = state.context
    data = context.view(state.value("idf_"))
    count = len(data)

    matrix = Object(
        "scipy.sparse:csr_matrix/1",
        {
            "data": context.array(np.array(data)),
            "indices": context.array(np.arange(count, dtype=np.int32)),
            "indptr": context.array(np.arange(count + 1, dtype=np.int32)),
            "shape": Tuple((count, count)),
        },
    )
    return {"_idf_diag": matrix, "idf_": ABSENT}


def scaled(state: State) -> dict[str, Any]:
    """Return the coefficients for rows that are centred, and no longer scaled."""
    view = state.context.view
    return {"coef_": state.context.array(view(state.value("coef_")) / view(state.value("_x_std")))}


def unscaled(state: State) -> dict[str, Any]:
    if "coef_" not in state:
        return {}
    view = state.context.view
    return {"coef_": state.context.array(view(state.value("coef_")) * view(state.value("_x_std")))}


def is_unscaled(state: State) -> bool | None:
    """Say whether the coefficients are for scaled rows, by computing them; None where both are the same."""
    view = state.context.view
    found = view(state.value("coef_"))
    expected = (view(state.value("x_rotations_")) @ view(state.value("y_loadings_")).T * view(state.value("_y_std"))).T
    if found.shape != expected.shape:
        raise InvalidError("the coefficients do not fit the loadings")
    other = expected / view(state.value("_x_std"))
    before, after = (float(np.abs(found - form).sum()) for form in (expected, other))
    return None if before == after else before < after


def iterations(state: State) -> dict[str, Any]:
    given, old = state.value("max_iter"), state.value("n_iter")
    return {"max_iter": (old if type(old) is int else 300) if given is None else given, "n_iter": ABSENT}


def stored_values(state: State) -> dict[str, Any]:
    old = state.value("store_cv_values")
    changes: dict[str, Any] = {"store_cv_results": old, "store_cv_values": "deprecated"}
    if "cv_values_" in state:
        changes.update(cv_results_=state.node("cv_values_"), cv_values_=ABSENT)
    return changes


def stored_values_back(state: State) -> dict[str, Any]:
    given = state.value("store_cv_results")
    changes: dict[str, Any] = {"store_cv_values": bool(given), "store_cv_results": ABSENT, "_store_cv_results": ABSENT}
    if "cv_results_" in state:
        changes.update(cv_values_=state.node("cv_results_"), cv_results_=ABSENT)
    return changes


def subsample(state: State) -> dict[str, Any]:
    return {"subsample": 200000 if state.value("strategy") == "quantile" else None}


def sample_interval(state: State) -> dict[str, Any]:
    given, steps = state.value("sample_interval"), state.value("sample_steps")
    if "n_features_in_" not in state:
        return {}
    return {"_sample_interval": {1: 0.8, 2: 0.5, 3: 0.4}.get(steps) if given is None else given}


def solver(state: State) -> dict[str, Any]:
    return {"solver_": state.node("solver")}


MIGRATIONS = (
    since(
        "tfidf-idf",
        f"sklearn.{_TEXT}:TfidfTransformer",
        Transform(
            "idf_ is an array, no longer the diagonal of _idf_diag", idf, idf_back, sets=("idf_",), drops=("_idf_diag",)
        ),
        when=Has("_idf_diag"),
        evidence="feature_extraction/text.py, TfidfTransformer.fit",
    ),
    since.gone(
        "vectorizer-stop-words",
        names(_TEXT, "CountVectorizer", "TfidfVectorizer"),
        "stop_words_",
        "feature_extraction/text.py, CountVectorizer.fit_transform",
    ),
    since(
        "pls-scale",
        PLS,
        Transform("coef_ is divided by _x_std", scaled, unscaled, sets=("coef_",)),
        when=Has("coef_") & Has("x_rotations_") & Check("coef_ is for scaled rows", is_unscaled),
        fidelity="equivalent",
        evidence="cross_decomposition/_pls.py, _PLS.fit",
    ),
    since(
        "bayesian-n-iter",
        BAYESIAN,
        Transform(
            "n_iter is called max_iter",
            iterations,
            lambda state: {"n_iter": "deprecated"},
            sets=("max_iter",),
            drops=("n_iter",),
        ),
        when=Has("n_iter"),
        evidence="linear_model/_bayes.py, BayesianRidge.__init__",
    ),
    since(
        "ridge-cv-results",
        RIDGE_CV,
        Transform(
            "store_cv_values is called store_cv_results, cv_values_ cv_results_",
            stored_values,
            stored_values_back,
            sets=("store_cv_results", "store_cv_values", "cv_results_"),
            drops=("cv_values_",),
        ),
        when=Has("store_cv_values") & Lacks("store_cv_results"),
        evidence="linear_model/_ridge.py, _BaseRidgeCV.__init__",
    ),
    since(
        "ridge-solver",
        names("linear_model._ridge", "Ridge", "RidgeClassifier"),
        Transform("solver_ is kept", solver, lambda state: {"solver_": ABSENT}, sets=("solver_",)),
        when=Has("coef_")
        & Lacks("solver_")
        & Check("its solver was not chosen by itself", lambda s: s.value("solver") != "auto"),
        evidence="linear_model/_ridge.py, _BaseRidge.fit",
    ),
    since.renamed(
        "tsne-n-iter",
        names("manifold._t_sne", "TSNE"),
        "n_iter",
        "max_iter",
        "manifold/_t_sne.py, TSNE.__init__",
        default=1000,
    ),
    since(
        "isolation-forest-estimator",
        ISOLATION_FOREST,
        Transform(
            "estimator is None",
            lambda state: {"estimator": None},
            lambda state: {"estimator": state.node("estimator_")} if "estimator_" in state else {},
            sets=("estimator",),
        ),
        when=Check("estimator is a tree", lambda state: isinstance(state.value("estimator"), Object)),
        evidence="ensemble/_iforest.py, IsolationForest._get_estimator",
    ),
    since(
        "chi2-sample-interval-gone",
        "sklearn.kernel_approximation:AdditiveChi2Sampler",
        Transform(
            "the interval in use is computed",
            lambda state: {"_sample_interval": ABSENT},
            sample_interval,
            drops=("_sample_interval",),
        ),
        when=Has("_sample_interval"),
        evidence="kernel_approximation.py, AdditiveChi2Sampler.transform",
    ),
    since(
        "neighborhood-components-width",
        names("neighbors._nca", "NeighborhoodComponentsAnalysis"),
        Transform(
            "_n_features_out is computed",
            lambda state: {"_n_features_out": ABSENT},
            lambda state: (
                {"_n_features_out": int(state.context.view(state.value("components_")).shape[0])}
                if "components_" in state
                else {}
            ),
            drops=("_n_features_out",),
        ),
        when=Has("_n_features_out"),
        evidence="neighbors/_nca.py, NeighborhoodComponentsAnalysis._n_features_out",
    ),
    since(
        "chain-method",
        CHAINS[:1],
        AddAttribute("chain_method", "predict"),
        AddAttribute("chain_method_", "predict", beside="estimators_"),
        evidence="multioutput.py, ClassifierChain.__init__ and fit",
    ),
    since(
        "discretizer-subsample",
        names("preprocessing._discretization", "KBinsDiscretizer"),
        Transform("subsample says what it meant", subsample, lambda state: {}, sets=("subsample",)),
        when=Is("subsample", ("warn",)),
        evidence="preprocessing/_discretization.py, KBinsDiscretizer.fit",
    ),
    since(
        "remainder-columns-back",
        "sklearn.compose._column_transformer:_RemainderColsList",
        Nothing(ReplaceObject("data")),
        evidence="compose/_column_transformer.py, _RemainderColsList",
    ),
    since(
        "column-transformer-remainder",
        COLUMN_TRANSFORMER,
        AddAttribute("force_int_remainder_cols", True, only_fit=True),
        # 1.9 has no use for it again, so that its absence says nothing.
        when=Lacks("force_int_remainder_cols") & Stated(),
        evidence="compose/_column_transformer.py, ColumnTransformer.__init__",
    ),
    since.parameter(
        "union-feature-names",
        names("pipeline", "FeatureUnion"),
        "verbose_feature_names_out",
        True,
        "pipeline.py, FeatureUnion.__init__",
        only_fit=False,
    ),
    since.unknown(
        "logistic-multi-class-auto",
        LOGISTIC,
        "multi_class",
        {"deprecated": "auto"},
        "linear_model/_logistic.py, LogisticRegression.__init__",
    ),
    since.spelled(
        "linear-svm-dual",
        names("svm._classes", "LinearSVC", "LinearSVR"),
        "dual",
        {"warn": True},
        "svm/_classes.py, LinearSVC.__init__",
    ),
)
