"""What scikit-learn 1.7 changed in fitted states."""

from __future__ import annotations

from typing import Any

from ...graph.nodes import Object
from ..conditions import Has, Lacks
from ..operations import ABSENT, DropAttribute, Irreversible, Nothing, ReplaceObject, Transform
from ..state import State
from .common import CHAINS, COLUMN_TRANSFORMER, HISTOGRAM_BOOSTING, RIDGE_CV, Since, names

__all__ = ["MIGRATIONS"]

since = Since("1.7")


def label_encoder(state: State) -> dict[str, Any]:
    classes = state.node("classes_")
    return {"_label_encoder": Object("sklearn.preprocessing._label:LabelEncoder", {"classes_": classes})}


def stored_results(state: State) -> dict[str, Any]:
    old, new = state.value("store_cv_values"), state.value("store_cv_results")
    return {
        "store_cv_results": bool(old) if new is None and type(old) is bool else bool(new),
        "store_cv_values": ABSENT,
    }


def iterations(state: State) -> dict[str, Any]:
    old, new = state.value("n_iter"), state.value("max_iter")
    return {"max_iter": (old if type(old) is int else 1000) if new is None else new, "n_iter": ABSENT}


def squared_error(state: State) -> dict[str, Any]:
    if "loss" in state and not state.holds("loss", "squared_error"):
        raise Irreversible(f"loss={state.value('loss')!r} is not known there")
    return {}


MIGRATIONS = (
    since(
        "remainder-columns",
        "sklearn.compose._column_transformer:_RemainderColsList",
        ReplaceObject("data"),
        evidence="compose/_column_transformer.py, ColumnTransformer._get_remainder_cols",
    ),
    since(
        "histogram-label-encoder",
        HISTOGRAM_BOOSTING[:1],
        Transform(
            "the encoder of the classes is kept",
            label_encoder,
            lambda state: {"_label_encoder": ABSENT},
            sets=("_label_encoder",),
        ),
        when=Has("classes_") & Lacks("_label_encoder"),
        evidence="ensemble/_hist_gradient_boosting/gradient_boosting.py, HistGradientBoostingClassifier._encode_y",
    ),
    since.renamed("chain-estimator", CHAINS, "base_estimator", "estimator", "multioutput.py, _BaseChain.__init__"),
    since(
        "ridge-cv-store",
        RIDGE_CV,
        Transform(
            "store_cv_values is gone",
            stored_results,
            lambda state: {"store_cv_values": "deprecated"},
            sets=("store_cv_results",),
            drops=("store_cv_values",),
        ),
        when=Has("store_cv_values"),
        evidence="linear_model/_ridge.py, _BaseRidgeCV.__init__",
    ),
    since.gone("ridge-cv-store-copy", RIDGE_CV, "_store_cv_results", "linear_model/_ridge.py, _BaseRidgeCV.fit"),
    since(
        "tsne-max-iter",
        names("manifold._t_sne", "TSNE"),
        Transform(
            "n_iter is called max_iter",
            iterations,
            lambda state: {"n_iter": "deprecated"},
            sets=("max_iter",),
            drops=("n_iter",),
        ),
        DropAttribute("_max_iter"),
        when=Has("n_iter"),
        evidence="manifold/_t_sne.py, TSNE.__init__",
    ),
    since.parameter(
        "linear-regression-tol",
        names("linear_model._base", "LinearRegression"),
        "tol",
        1e-6,
        "linear_model/_base.py, LinearRegression.__init__",
    ),
    since(
        "perceptron-loss",
        names("neural_network._multilayer_perceptron", "MLPRegressor"),
        Nothing(Transform("the loss is the squared error", squared_error, sets=("loss",))),
        evidence="neural_network/_multilayer_perceptron.py, MLPRegressor.__init__",
    ),
    since.parameter(
        "discretizer-quantile-method",
        names("preprocessing._discretization", "KBinsDiscretizer"),
        "quantile_method",
        "linear",
        "preprocessing/_discretization.py, KBinsDiscretizer.fit",
    ),
    since.unknown(
        "path-alphas-warn",
        names(
            "linear_model._coordinate_descent", "LassoCV", "ElasticNetCV", "MultiTaskLassoCV", "MultiTaskElasticNetCV"
        ),
        "alphas",
        {"warn": None},
        "linear_model/_coordinate_descent.py, LinearModelCV.__init__",
    ),
    since.unknown(
        "path-n-alphas",
        names(
            "linear_model._coordinate_descent", "LassoCV", "ElasticNetCV", "MultiTaskLassoCV", "MultiTaskElasticNetCV"
        ),
        "n_alphas",
        {"deprecated": 100},
        "linear_model/_coordinate_descent.py, LinearModelCV.__init__",
    ),
    since.unknown("mds-n-init", names("manifold._mds", "MDS"), "n_init", {"warn": 4}, "manifold/_mds.py, MDS.__init__"),
    since.unknown(
        "column-transformer-remainder-back",
        COLUMN_TRANSFORMER,
        "force_int_remainder_cols",
        {"deprecated": True},
        "compose/_column_transformer.py, ColumnTransformer.__init__",
    ),
    since.spelled(
        "column-transformer-remainder-columns",
        COLUMN_TRANSFORMER,
        "force_int_remainder_cols",
        {True: "deprecated", False: "deprecated"},
        "compose/_column_transformer.py, ColumnTransformer.__init__",
    ),
)
