"""What scikit-learn 1.9 changed in fitted states."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..conditions import Check, Has, Lacks, Stated
from ..operations import ABSENT, AddAttribute, DropAttribute, Irreversible, Transform
from ..state import State
from .common import (
    BAYESIAN,
    CHAINS,
    COLUMN_TRANSFORMER,
    EMBEDDING,
    FORESTS,
    GRADIENT_BOOSTING,
    LOGISTIC,
    TREE_REGRESSORS,
    Since,
    names,
)

__all__ = ["MIGRATIONS"]

since = Since("1.9")
_LOSSES = (
    "AbsoluteError", "ExponentialLoss", "HalfBinomialLoss", "HalfGammaLoss", "HalfMultinomialLoss", "HalfPoissonLoss",
    "HalfSquaredError", "HalfTweedieLoss", "HalfTweedieLossIdentity", "HuberLoss", "PinballLoss",
)  # fmt: skip
_PATHS = names(
    "linear_model._coordinate_descent", "LassoCV", "ElasticNetCV", "MultiTaskLassoCV", "MultiTaskElasticNetCV"
)
_SVM = names("svm._classes", "SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM")


def alphas(state: State) -> dict[str, Any]:
    given, count = state.value("alphas"), state.value("n_alphas")
    changes: dict[str, Any] = {"n_alphas": ABSENT}
    if given is None or (type(given) is str and given == "warn"):
        changes["alphas"] = count if type(count) is int else 100
    return changes


def alphas_back(state: State) -> dict[str, Any]:
    given = state.value("alphas")
    return {"alphas": None, "n_alphas": given} if type(given) is int else {"n_alphas": 100}


def probability(state: State) -> dict[str, Any]:
    return {"_effective_probability": state.value("probability", False) is True}


def probability_back(state: State) -> dict[str, Any]:
    return {"_effective_probability": ABSENT}


def centred(state: State) -> dict[str, Any]:
    """Return an offset of nothing, so that the standard deviations are those of rows as they come."""
    return {"X_offset_": state.context.array(np.zeros_like(state.context.view(state.value("X_offset_"))))}


def not_centred(state: State) -> dict[str, Any]:
    if "X_offset_" in state and has_offset(state):
        raise Irreversible("its standard deviations are those of centred rows")
    return {}


def has_offset(state: State) -> bool:
    return bool(np.any(state.context.view(state.value("X_offset_")) != 0))


MIGRATIONS = (
    since(
        "losses-namespace",
        tuple(f"sklearn._loss.loss:{name}" for name in _LOSSES),
        AddAttribute("xp", None),
        AddAttribute("device", None),
        evidence="_loss/loss.py, BaseLoss.__init__",
    ),
    since(
        "multinomial-loss-caches",
        "sklearn._loss.loss:HalfMultinomialLoss",
        AddAttribute("class_indexing_offsets", None),
        AddAttribute("y_true_int", None),
        AddAttribute("y_true_one_hot", None),
        evidence="_loss/loss.py, HalfMultinomialLoss.__init__",
    ),
    since(
        "svm-probability",
        _SVM,
        Transform(
            "_effective_probability says whether there are probabilities",
            probability,
            probability_back,
            sets=("_effective_probability",),
        ),
        when=Has("support_vectors_") & Lacks("_effective_probability"),
        evidence="svm/_base.py, BaseLibSVM.fit",
    ),
    since(
        "bayesian-standard-deviation",
        BAYESIAN,
        Transform(
            "X_offset_ is 0, so that predict(return_std=True) gives what it gave",
            centred,
            not_centred,
            sets=("X_offset_",),
        ),
        when=Has("X_offset_") & Has("sigma_") & Check("X_offset_ is not 0", has_offset) & Stated(),
        evidence="linear_model/_bayes.py, BayesianRidge.predict",
    ),
    since(
        "forest-sample-weight",
        (*FORESTS, EMBEDDING),
        AddAttribute("_sample_weight", None, beside="_n_samples", only_fit=True),
        evidence="ensemble/_forest.py, BaseForest.fit",
    ),
    since(
        "path-alphas",
        _PATHS,
        Transform("n_alphas is called alphas", alphas, alphas_back, sets=("alphas",), drops=("n_alphas",)),
        DropAttribute("_alphas"),
        when=Has("n_alphas"),
        evidence="linear_model/_coordinate_descent.py, LinearModelCV.__init__",
    ),
    since.gone(
        "column-transformer-remainder-parameter",
        COLUMN_TRANSFORMER,
        "force_int_remainder_cols",
        "compose/_column_transformer.py, ColumnTransformer.__init__",
        restore="deprecated",
    ),
    since.alias("chain-base-estimator", CHAINS, "base_estimator", "estimator", "multioutput.py, _BaseChain.__init__"),
    since.spelled(
        "discretizer-quantile-warn",
        names("preprocessing._discretization", "KBinsDiscretizer"),
        "quantile_method",
        {"warn": "linear"},
        "preprocessing/_discretization.py, KBinsDiscretizer.fit",
    ),
    since.spelled(
        "tree-criterion",
        (*TREE_REGRESSORS, FORESTS[1], FORESTS[3]),
        "criterion",
        {"friedman_mse": "squared_error"},
        "tree/_classes.py, DecisionTreeRegressor.__init__",
    ),
    since.unknown(
        "boosting-criterion",
        GRADIENT_BOOSTING,
        "criterion",
        {"deprecated": "friedman_mse"},
        "ensemble/_gb.py, BaseGradientBoosting.__init__",
    ),
    since.unknown(
        "svm-probability-parameter", _SVM[:2], "probability", {"deprecated": False}, "svm/_classes.py, SVC.__init__"
    ),
    since.unknown(
        "logistic-cv-scoring",
        LOGISTIC[1:],
        "scoring",
        {"warn": None},
        "linear_model/_logistic.py, LogisticRegressionCV.__init__",
    ),
    since.unknown(
        "target-encoder-shuffle",
        names("preprocessing._target_encoder", "TargetEncoder"),
        "shuffle",
        {"deprecated": True},
        "preprocessing/_target_encoder.py, TargetEncoder.__init__",
    ),
    since.unknown(
        "target-encoder-random-state",
        names("preprocessing._target_encoder", "TargetEncoder"),
        "random_state",
        {"deprecated": None},
        "preprocessing/_target_encoder.py, TargetEncoder.__init__",
    ),
    since.gone("mds-n-init-copy", names("manifold._mds", "MDS"), "_n_init", "manifold/_mds.py, MDS.fit_transform"),
)
