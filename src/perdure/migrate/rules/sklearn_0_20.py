"""What scikit-learn 0.20 changed in fitted states: one-hot encoders above all, and classes that got other names."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ...errors import InvalidError
from ...graph.nodes import List, Node
from ..conditions import Check, Has, Is, Lacks, Stated
from ..operations import ABSENT, TYPE, DropAttribute, MoveNames, Refuse, RenameAttribute, Transform
from ..state import State, items_of
from .common import TAG, Since, names, tagged
from .moved import MOVED_0_20
from .sklearn_0_23 import shape_of

__all__ = ["MIGRATIONS"]

since = Since("0.20")
# What 0.20 replaced, and 0.22 took away.
gone = Since("0.22")
_IMPUTER = "sklearn.preprocessing.imputation:Imputer"
_ONE_HOT = (*names("preprocessing.data", "OneHotEncoder"), *names("preprocessing._encoders", "OneHotEncoder"))
_SVM = names("svm.classes", "SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM")
_NEIGHBORS = (
    *names("neighbors.classification", "KNeighborsClassifier", "RadiusNeighborsClassifier"),
    *names("neighbors.regression", "KNeighborsRegressor", "RadiusNeighborsRegressor"),
    *names("neighbors.unsupervised", "NearestNeighbors"),
    *names("neighbors.lof", "LocalOutlierFactor"),
)
_ENVELOPE = (
    *names("covariance.outlier_detection", "EllipticEnvelope"),
    *names("covariance.elliptic_envelope", "EllipticEnvelope"),
)
_LEGACY = ("n_values_", "active_features_", "feature_indices_")


def simple_imputer(state: State) -> dict[str, Any]:
    changes: dict[str, Any] = {
        TYPE: "sklearn.impute._base:SimpleImputer",
        "add_indicator": False,
        "axis": ABSENT,
        "fill_value": None,
    }
    if state.holds("missing_values", "NaN"):
        changes["missing_values"] = float("nan")
    if "statistics_" in state:
        changes["statistics_"] = state.context.array(np.asarray(state.context.view(state.value("statistics_")), float))
        changes["indicator_"] = None
    return changes


def by_rows(state: State) -> bool:
    return state.holds("axis", 1)


def attribute(state: State, name: str) -> str | None:
    """Return under which name an attribute of the old mode stands: 0.20 gave it an underscore."""
    return next((found for found in (name, f"_{name}") if found in state), None)


def in_old_mode(state: State) -> bool:
    if "_legacy_mode" in state:
        return state.value("_legacy_mode") is True
    return attribute(state, "feature_indices_") is not None


def old_categories(state: State) -> dict[str, Any]:
    """Return the categories of columns of whole numbers, which were kept as one row of all."""
    context = state.context
    view = context.view
    places = attribute(state, "feature_indices_")
    if places is None:
        raise InvalidError("an encoder knows where the columns of each feature begin")
    cuts = view(state.value(places)).tolist()
    active = attribute(state, "active_features_")
    seen = None if active is None else view(state.value(active))
    found: list[Node] = []
    for low, high in itertools.pairwise(cuts):
        if not 0 <= low <= high <= 1 << 24:
            raise InvalidError("the columns of an encoder follow on one another")
        values = np.arange(high - low) if seen is None else seen[(seen >= low) & (seen < high)] - low
        found.append(context.array(np.asarray(values, np.int64)))
    changes: dict[str, Any] = {"categories": "auto", "categories_": List(tuple(found))}
    # Values that were not seen gave zeros.
    if seen is not None or state.holds("handle_unknown", "ignore"):
        changes["handle_unknown"] = "ignore"
    given = state.value("categorical_features", state.value("_categorical_features"))
    if given is not None and given != "all":
        items = items_of(given, context)
        chosen = view(given) if items is None else np.array([getattr(item, "value", item) for item in items])
        changes.update({TAG: "some-columns", "_encoded_columns": context.array(np.asarray(chosen))})
    return changes


def envelope_offset(state: State) -> dict[str, Any]:
    value: Any = state.value("threshold_")
    value = getattr(value, "value", value)
    return {"offset_": -float(value), "threshold_": ABSENT}


def svm_offset(state: State) -> dict[str, Any]:
    return {"offset_": state.context.array(-state.context.view(state.value("intercept_")))}


def unfitted(state: State) -> bool:
    return state.value("_fit_method") is None


def two_classes(state: State) -> bool:
    return shape_of(state.value("classes_"), state) == (2,)


def has_lengths(state: State) -> bool:
    """Say whether the atoms of a dictionary have other lengths than 1."""
    lengths = np.linalg.norm(state.context.view(state.value("components_")), axis=1)
    return bool((np.abs(lengths - 1) > 1e-6).any())


MIGRATIONS = (
    since(
        "moved-0-20",
        tuple(MOVED_0_20),
        MoveNames(MOVED_0_20),
        evidence="preprocessing/_encoders.py, covariance/elliptic_envelope.py",
    ),
    gone(
        "imputer-by-rows",
        _IMPUTER,
        Refuse(
            "with axis=1 has no successor: it filled rows from the values of the same row, and was never fitted",
            "write it as a function, in a sklearn.preprocessing.FunctionTransformer",
        ),
        when=Check("axis is 1", by_rows),
        evidence="preprocessing/imputation.py, Imputer",
    ),
    gone(
        "imputer",
        _IMPUTER,
        Transform(
            "Imputer is called SimpleImputer",
            simple_imputer,
            sets=("add_indicator", "fill_value", "indicator_", "missing_values", "statistics_"),
            drops=("axis",),
            moves={"sklearn.preprocessing.imputation:Imputer": "sklearn.impute._base:SimpleImputer"},
        ),
        evidence="impute.py, SimpleImputer",
        when=Has("strategy"),
    ),
    gone(
        "graphical-lasso",
        (
            *names("covariance.graph_lasso_", "GraphLasso", "GraphLassoCV"),
            *names("covariance._graph_lasso", "GraphLasso", "GraphLassoCV"),
        ),
        Transform(
            "GraphLasso is called GraphicalLasso",
            lambda state: {
                TYPE: "sklearn.covariance._graph_lasso:" + state.type.partition(":")[2].replace("Graph", "Graphical")
            },
            moves={
                "sklearn.covariance.graph_lasso_:GraphLasso": "sklearn.covariance._graph_lasso:GraphicalLasso",
                "sklearn.covariance.graph_lasso_:GraphLassoCV": "sklearn.covariance._graph_lasso:GraphicalLassoCV",
            },
        ),
        evidence="covariance/graph_lasso_.py, GraphicalLasso",
        when=Has("tol"),
    ),
    since(
        "one-hot-old-mode",
        _ONE_HOT,
        Transform(
            "the categories of each column are a row of their own",
            old_categories,
            sets=("_encoded_columns", TAG, "categories", "categories_", "handle_unknown"),
        ),
        when=Check("it has the old mode", in_old_mode),
        evidence="preprocessing/_encoders.py, OneHotEncoder._legacy_fit_transform",
    ),
    since(
        "one-hot-private-names",
        _ONE_HOT,
        *(RenameAttribute(old, f"_{old}") for old in _LEGACY),
        evidence="preprocessing/_encoders.py, OneHotEncoder._legacy_fit_transform",
    ),
    gone(
        "one-hot-old-attributes",
        _ONE_HOT,
        *(
            DropAttribute(name)
            for name in (
                "n_values",
                "categorical_features",
                "_legacy_mode",
                "_categories",
                "_categorical_features",
                "_n_values",
            )
        ),
        *(DropAttribute(f"_{old}") for old in _LEGACY),
        evidence="preprocessing/_encoders.py, OneHotEncoder.__init__",
    ),
    since(
        "one-hot-categories-none",
        _ONE_HOT,
        Transform(
            "categories=None meant those that were seen", lambda state: {"categories": "auto"}, sets=("categories",)
        ),
        # Unfitted ones of before 0.20 have none at all.
        when=Has("handle_unknown")
        & Check(
            "categories is None",
            lambda state: state.value("categories") is None,
            lambda attributes: attributes.get("categories") is not None,
        ),
        evidence="preprocessing/_encoders.py, OneHotEncoder._handle_deprecations",
    ),
    gone(
        "one-hot-no-drop",
        _ONE_HOT,
        Transform("nothing is dropped", lambda state: {"drop_idx_": None}, sets=("drop_idx_",)),
        when=Has("categories_") & Lacks("drop_idx_"),
        evidence="preprocessing/_encoders.py, OneHotEncoder.fit",
    ),
    since(
        "one-class-offset",
        names("svm.classes", "OneClassSVM"),
        Transform("offset_ is the intercept, turned over", svm_offset, sets=("offset_",)),
        when=Has("intercept_") & Lacks("offset_"),
        evidence="svm/classes.py, OneClassSVM.fit",
    ),
    since(
        "one-class-column",
        names("svm.classes", "OneClassSVM"),
        Transform(
            "its decision function stays a column (perdure.compat.ColumnOneClassSVM)", tagged("column"), sets=(TAG,)
        ),
        when=Has("intercept_") & Lacks(TAG) & Stated(),
        evidence="svm/classes.py, OneClassSVM.decision_function",
    ),
    since(
        "elliptic-envelope-offset",
        _ENVELOPE,
        Transform(
            "threshold_ is offset_, turned over (perdure.compat.RootedEllipticEnvelope)",
            tagged("rooted", envelope_offset),
            sets=(TAG, "offset_"),
            drops=("threshold_",),
        ),
        when=Has("threshold_") & Lacks("offset_"),
        evidence="covariance/elliptic_envelope.py, EllipticEnvelope.fit",
    ),
    since(
        "neighbors-unfitted",
        _NEIGHBORS,
        DropAttribute("_fit_X"),
        DropAttribute("_tree"),
        DropAttribute("_fit_method"),
        when=Has("_fit_method") & Check("it is not fitted", unfitted),
        evidence="neighbors/base.py, NeighborsBase._init_params",
    ),
    since(
        "ransac-residual-metric",
        names("linear_model.ransac", "RANSACRegressor"),
        DropAttribute("residual_metric"),
        evidence="linear_model/ransac.py, RANSACRegressor.__init__",
    ),
    since(
        "logistic-two-classes",
        names("linear_model.logistic", "LogisticRegression", "LogisticRegressionCV"),
        Transform(
            "of two classes a multinomial model had the sigmoid",
            lambda state: {"multi_class": "ovr"},
            sets=("multi_class",),
        ),
        when=Is("multi_class", ("multinomial",)) & Has("coef_") & Check("it has two classes", two_classes) & Stated(),
        evidence="linear_model/logistic.py, LogisticRegression.predict_proba",
    ),
    since(
        "matching-pursuit-lengths",
        names("decomposition.dict_learning", "SparseCoder"),
        meaning="orthogonal matching pursuit minds that its atoms are not of length 1",
        when=Is("transform_algorithm", ("omp",)) & Has("components_") & Check("some are not", has_lengths) & Stated(),
        fidelity="lossy",
        evidence="linear_model/omp.py, _gram_omp",
    ),
    Since("0.19")(
        "svm-decision-shape",
        _SVM[:2],
        Transform(
            "decision_function_shape=None meant one-vs-one",
            lambda state: {"decision_function_shape": "ovo"},
            sets=("decision_function_shape",),
        ),
        when=Has("decision_function_shape")
        & Check("it is None", lambda state: state.value("decision_function_shape") is None),
        evidence="svm/base.py, BaseSVC.decision_function",
    ),
    since.spelled("svm-gamma-zero", _SVM, "gamma", {0.0: "auto"}, "svm/base.py, BaseLibSVM.fit"),
)
