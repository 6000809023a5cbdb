from __future__ import annotations

import numpy as np
from sklearn import calibration, compose, ensemble, model_selection, multiclass, multioutput, semi_supervised
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge, SGDClassifier, SGDRegressor
from sklearn.metrics import f1_score, make_scorer
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from zoo import data, own
from zoo.registry import family

add = family("ensembles and wrappers of estimators")

LR, DTC = LogisticRegression, DecisionTreeClassifier
BC, BR = ensemble.BaggingClassifier, ensemble.BaggingRegressor
add("BaggingClassifier", lambda: BC(n_estimators=4, random_state=0), data.multiclass)
add(
    "BaggingClassifier-features",
    lambda: BC(
        LR(),
        n_estimators=4,
        max_features=0.6,
        max_samples=0.7,
        bootstrap_features=True,
        oob_score=False,
        random_state=0,
    ),
    data.strings,
    "string-classes composite",
)
add(
    "BaggingClassifier-out-of-bag",
    lambda: BC(DTC(max_depth=2), n_estimators=12, oob_score=True, random_state=0),
    data.binary,
    "composite",
)
add(
    "BaggingClassifier-warm-start",
    lambda: BC(GaussianNB(), n_estimators=3, warm_start=True, random_state=0),
    data.sparse(data.binary, np.asarray),
    "warm-start composite",
)
add("BaggingRegressor", lambda: BR(n_estimators=4, random_state=0), data.regression)
add(
    "BaggingRegressor-sparse",
    lambda: BR(Ridge(), n_estimators=3, max_features=3, random_state=0),
    data.sparse(data.regression),
    "sparse composite",
)

PAIRS = [("lr", LR()), ("tree", DTC(max_depth=2, random_state=0))]
VOTERS = [("ridge", Ridge()), ("tree", DecisionTreeRegressor(max_depth=2, random_state=0))]
VC = ensemble.VotingClassifier
add("VotingClassifier", lambda: VC(PAIRS), data.strings, "composite string-classes")
add(
    "VotingClassifier-soft",
    lambda: VC([*PAIRS, ("gone", "drop")], voting="soft", weights=[1, 2, 1], flatten_transform=False),
    data.multiclass,
    "composite",
)
add(
    "VotingRegressor",
    lambda: ensemble.VotingRegressor(VOTERS, weights=[0.3, 0.7]),
    data.frame(data.regression),
    "composite pandas-input",
)
add(
    "VotingRegressor-pandas-output",
    lambda: ensemble.VotingRegressor(VOTERS).set_output(transform="pandas"),
    data.regression,
    "composite pandas-output",
)
SC, SR = ensemble.StackingClassifier, ensemble.StackingRegressor
add("StackingClassifier", lambda: SC(PAIRS, cv=3), data.strings, "composite string-classes")
add(
    "StackingClassifier-passthrough",
    lambda: SC(
        PAIRS,
        final_estimator=RandomForestClassifier(3, random_state=0),
        passthrough=True,
        stack_method="predict_proba",
        cv=3,
    ),
    data.multiclass,
    "composite",
)
add(
    "StackingClassifier-prefit",
    lambda: SC([("lr", LR().fit(*data.binary().arguments))], cv="prefit"),
    data.binary,
    "composite",
)
add(
    "StackingClassifier-multi-label",
    lambda: SC(
        [("knn", KNeighborsClassifier()), ("tree", DTC(random_state=0))], final_estimator=KNeighborsClassifier(3), cv=2
    ),
    data.multi_labels,
    "composite multi-output",
    since="1.2",
)
add("StackingRegressor", lambda: SR(VOTERS, cv=3), data.regression, "composite")
add(
    "StackingRegressor-passthrough",
    lambda: SR(VOTERS, final_estimator=Lasso(alpha=0.1), passthrough=True, cv=2),
    data.frame(data.regression),
    "composite pandas-input",
)

CC = calibration.CalibratedClassifierCV
for method in ("sigmoid", "isotonic"):
    for together in (True, False):
        add(
            f"CalibratedClassifierCV-{method}-{'folds' if together else 'one'}",
            lambda method=method, together=together: CC(
                LinearSVC(dual=False, random_state=0), method=method, cv=3, ensemble=together
            ),
            data.strings,
            "composite string-classes",
        )
add(
    "CalibratedClassifierCV-temperature",
    lambda: CC(LR(), method="temperature", cv=3, ensemble=False),
    data.multiclass,
    "composite",
    since="1.8",
)
add("CalibratedClassifierCV-default", lambda: CC(cv=3), data.weighted(data.binary), "composite sample-weight")
add(
    "CalibratedClassifierCV-prefit",
    lambda: CC(GaussianNB().fit(*data.binary().arguments), cv="prefit"),
    data.binary,
    "composite",
    until="1.7",
)

add("OneVsRestClassifier", lambda: multiclass.OneVsRestClassifier(LR()), data.strings, "composite string-classes")
add(
    "OneVsRestClassifier-multi-label",
    lambda: multiclass.OneVsRestClassifier(LR()),
    data.multi_labels,
    "composite multi-output",
)
add(
    "OneVsRestClassifier-constant-label",
    lambda: multiclass.OneVsRestClassifier(LR()),
    lambda: _with_constant_label(data.multi_labels()),
    "composite multi-output",
)
add(
    "OneVsRestClassifier-partial",
    lambda: multiclass.OneVsRestClassifier(SGDClassifier(random_state=0)),
    data.multiclass,
    "composite partial-fit",
    fit=lambda model, rows: model.partial_fit(rows.X, rows.y, classes=[0, 1, 2]),
)
add(
    "OneVsOneClassifier",
    lambda: multiclass.OneVsOneClassifier(LinearSVC(dual=False, random_state=0)),
    data.multiclass,
    "composite",
)
add(
    "OneVsOneClassifier-partial",
    lambda: multiclass.OneVsOneClassifier(GaussianNB()),
    data.multiclass,
    "composite partial-fit",
    fit=lambda model, rows: model.partial_fit(rows.X, rows.y, classes=np.unique(rows.y)),
)
add(
    "OneVsOneClassifier-precomputed",
    lambda: multiclass.OneVsOneClassifier(SVC(kernel="precomputed")),
    lambda: _three_classes(data.kernel()),
    "composite",
)
add(
    "OutputCodeClassifier",
    lambda: multiclass.OutputCodeClassifier(LR(), code_size=2, random_state=0),
    data.strings,
    "composite string-classes",
)
add(
    "MultiOutputClassifier",
    lambda: multioutput.MultiOutputClassifier(LR()),
    data.string_multi_classes,
    "composite multi-output string-classes",
)
add(
    "MultiOutputClassifier-partial",
    lambda: multioutput.MultiOutputClassifier(SGDClassifier(random_state=0)),
    data.multi_labels,
    "composite multi-output partial-fit",
)
add(
    "MultiOutputRegressor",
    lambda: multioutput.MultiOutputRegressor(SGDRegressor(random_state=0)),
    data.multi_regression,
    "composite multi-output partial-fit",
)
add(
    "ClassifierChain",
    lambda: multioutput.ClassifierChain(LR(), order=[2, 0, 1]),
    data.multi_labels,
    "composite multi-output",
)
add(
    "ClassifierChain-random",
    lambda: multioutput.ClassifierChain(LR(), order="random", cv=3, random_state=0),
    data.multi_labels,
    "composite multi-output",
)
add(
    "ClassifierChain-probabilities",
    lambda: multioutput.ClassifierChain(LR(), chain_method="predict_proba"),
    data.multi_labels,
    "composite multi-output",
    since="1.5",
)
add("RegressorChain", lambda: multioutput.RegressorChain(Ridge()), data.multi_regression, "composite multi-output")
add(
    "RegressorChain-folds",
    lambda: multioutput.RegressorChain(DecisionTreeRegressor(max_depth=3, random_state=0), cv=2, order=[1, 0]),
    data.multi_regression,
    "composite multi-output",
)
add("SelfTrainingClassifier", lambda: semi_supervised.SelfTrainingClassifier(LR()), data.unlabelled, "composite")
add(
    "SelfTrainingClassifier-k-best",
    lambda: semi_supervised.SelfTrainingClassifier(GaussianNB(), criterion="k_best", k_best=5),
    data.unlabelled,
    "composite",
)
add(
    "SelfTrainingClassifier-strings",
    lambda: semi_supervised.SelfTrainingClassifier(LR()),
    data.unlabelled_strings,
    "composite object-strings string-classes",
    since="1.4",
)
LP, LS = semi_supervised.LabelPropagation, semi_supervised.LabelSpreading
add("LabelPropagation", LP, data.unlabelled)
add(
    "LabelPropagation-own-kernel",
    lambda: LP(kernel=own.decaying_kernel),
    data.unlabelled,
    "own-code",
    trusted=("zoo.own:decaying_kernel",),
)
add("LabelSpreading", LS, data.unlabelled)
add("LabelSpreading-neighbors", lambda: LS(kernel="knn", n_neighbors=5), data.unlabelled)

TTR = compose.TransformedTargetRegressor
add(
    "TransformedTargetRegressor",
    lambda: TTR(Ridge(), transformer=QuantileTransformer(n_quantiles=10, random_state=0)),
    data.regression,
    "composite",
)
add(
    "TransformedTargetRegressor-functions",
    lambda: TTR(LinearRegression(), func=np.log, inverse_func=np.exp),
    data.positive_regression,
    "composite",
)
add(
    "TransformedTargetRegressor-own",
    lambda: TTR(Ridge(), func=own.signed_square, inverse_func=own.signed_root, check_inverse=False),
    data.multi_regression,
    "composite own-code multi-output",
    trusted=("zoo.own:signed_root", "zoo.own:signed_square"),
)
add(
    "TransformedTargetRegressor-default",
    lambda: TTR(transformer=MinMaxScaler()),
    data.frame(data.regression),
    "composite pandas-input",
)

MS = model_selection
add(
    "FixedThresholdClassifier",
    lambda: MS.FixedThresholdClassifier(LR(), threshold=0.3),
    data.binary,
    "composite",
    since="1.5",
)
add(
    "FixedThresholdClassifier-strings",
    lambda: MS.FixedThresholdClassifier(LinearSVC(dual=False, random_state=0), threshold=-0.2, pos_label="no"),
    data.binary_strings,
    "composite string-classes",
    since="1.5",
)
add(
    "TunedThresholdClassifierCV",
    lambda: MS.TunedThresholdClassifierCV(LR(), cv=3, thresholds=20),
    data.binary,
    "composite",
    since="1.5",
)
add(
    "TunedThresholdClassifierCV-stored",
    lambda: MS.TunedThresholdClassifierCV(
        GaussianNB(),
        scoring=make_scorer(f1_score, pos_label="yes"),
        cv=0.5,
        refit=False,
        store_cv_results=True,
        thresholds=[0.3, 0.5, 0.7],
        random_state=0,
    ),
    data.binary_strings,
    "composite string-classes",
    since="1.5",
)


def _frozen(model: object) -> object:
    from sklearn.frozen import FrozenEstimator

    return FrozenEstimator(model)


add(
    "FrozenEstimator",
    lambda: _frozen(LR().fit(*data.strings().arguments)),
    data.strings,
    "composite string-classes",
    since="1.6",
)
add(
    "FrozenEstimator-pipeline",
    lambda: _frozen(make_pipeline(StandardScaler(), Ridge()).fit(*data.regression().arguments)),
    data.regression,
    "composite",
    since="1.6",
)
add(
    "CalibratedClassifierCV-frozen",
    lambda: CC(_frozen(LR().fit(*data.binary().arguments))),
    data.binary,
    "composite",
    since="1.6",
)


def _with_constant_label(rows: data.Data) -> data.Data:
    rows.y[:, 1] = 0
    return rows


def _three_classes(rows: data.Data) -> data.Data:
    rows.y[::3] = 2
    return rows
