from __future__ import annotations

import numpy as np
from sklearn import ensemble, tree

from zoo import data
from zoo.registry import family

add = family("trees and forests")

DTC, DTR = tree.DecisionTreeClassifier, tree.DecisionTreeRegressor
add("DecisionTreeClassifier", lambda: DTC(random_state=0), data.multiclass)
for criterion in ("entropy", "log_loss"):
    add(f"DecisionTreeClassifier-{criterion}", lambda c=criterion: DTC(criterion=c, random_state=0), data.binary)
add("DecisionTreeClassifier-best-first", lambda: DTC(max_leaf_nodes=7, random_state=0), data.multiclass)
add("DecisionTreeClassifier-random", lambda: DTC(splitter="random", max_features="sqrt", random_state=0), data.strings)
add("DecisionTreeClassifier-strings", lambda: DTC(max_depth=3, random_state=0), data.strings, "string-classes")
add("DecisionTreeClassifier-object-strings", lambda: DTC(random_state=0), data.object_strings, "object-strings")
add(
    "DecisionTreeClassifier-multi-output",
    lambda: DTC(random_state=0),
    data.string_multi_classes,
    "multi-output string-classes",
)
add(
    "DecisionTreeClassifier-balanced",
    lambda: DTC(class_weight="balanced", random_state=0),
    data.multiclass,
    "class-weight",
)
add(
    "DecisionTreeClassifier-class-weights-by-output",
    lambda: DTC(class_weight=[{0: 1, 1: 2, 2: 1.5}, {0: 1, 1: 3}], random_state=0),
    data.multi_classes,
    "class-weight multi-output",
)
add(
    "DecisionTreeClassifier-pruned",
    lambda: DTC(ccp_alpha=0.02, min_impurity_decrease=0.001, random_state=0),
    data.multiclass,
)
add("DecisionTreeClassifier-sparse", lambda: DTC(random_state=0), data.sparse(data.multiclass), "sparse")
add("DecisionTreeClassifier-one-class", lambda: DTC(random_state=0), data.one_class)
add(
    "DecisionTreeClassifier-missing", lambda: DTC(random_state=0), data.missing(data.multiclass), "missing", since="1.3"
)
add(
    "DecisionTreeClassifier-monotonic",
    lambda: DTC(monotonic_cst=[1, 0, -1, 0, 0], random_state=0),
    data.binary,
    since="1.4",
)
add("DecisionTreeClassifier-frame", lambda: DTC(random_state=0), data.frame(data.binary), "pandas-input")
add("DecisionTreeRegressor", lambda: DTR(random_state=0), data.regression)
for criterion in ("absolute_error", "poisson"):
    add(
        f"DecisionTreeRegressor-{criterion}",
        lambda c=criterion: DTR(criterion=c, max_depth=4),
        data.positive_regression,
    )
add(
    "DecisionTreeRegressor-friedman",
    lambda: DTR(criterion="friedman_mse", random_state=0),
    data.regression,
    until="1.9",
)
add(
    "DecisionTreeRegressor-multi-output",
    lambda: DTR(max_leaf_nodes=9, random_state=0),
    data.multi_regression,
    "multi-output",
)
add("DecisionTreeRegressor-missing", lambda: DTR(random_state=0), data.missing(data.regression), "missing", since="1.3")
add(
    "DecisionTreeRegressor-weights",
    lambda: DTR(min_weight_fraction_leaf=0.05),
    data.weighted(data.regression),
    "sample-weight",
)
add("ExtraTreeClassifier", lambda: tree.ExtraTreeClassifier(random_state=0), data.multiclass)
add("ExtraTreeClassifier-strings", lambda: tree.ExtraTreeClassifier(random_state=0), data.strings, "string-classes")
add("ExtraTreeRegressor", lambda: tree.ExtraTreeRegressor(random_state=0), data.regression)
add(
    "ExtraTreeRegressor-multi-output",
    lambda: tree.ExtraTreeRegressor(random_state=0),
    data.multi_regression,
    "multi-output",
)

FORESTS = {
    "RandomForestClassifier": (ensemble.RandomForestClassifier, data.multiclass),
    "ExtraTreesClassifier": (ensemble.ExtraTreesClassifier, data.multiclass),
    "RandomForestRegressor": (ensemble.RandomForestRegressor, data.regression),
    "ExtraTreesRegressor": (ensemble.ExtraTreesRegressor, data.regression),
}
for name, (kind, source) in FORESTS.items():
    add(name, lambda kind=kind: kind(n_estimators=6, random_state=0), source)
    add(
        f"{name}-warm-start",
        lambda kind=kind: kind(n_estimators=4, warm_start=True, max_depth=3, random_state=0),
        source,
        "warm-start",
    )
    add(
        f"{name}-sparse",
        lambda kind=kind: kind(n_estimators=5, max_leaf_nodes=6, random_state=0),
        data.sparse(source),
        "sparse",
    )
    add(
        f"{name}-out-of-bag",
        lambda kind=kind: kind(n_estimators=12, bootstrap=True, oob_score=True, max_samples=0.7, random_state=0),
        source,
    )
RFC, RFR = ensemble.RandomForestClassifier, ensemble.RandomForestRegressor
add("RandomForestClassifier-many", lambda: RFC(n_estimators=30, max_depth=4, random_state=0), data.binary)
add("RandomForestClassifier-one-tree", lambda: RFC(n_estimators=1, random_state=0), data.binary)
add("RandomForestClassifier-strings", lambda: RFC(n_estimators=5, random_state=0), data.strings, "string-classes")
add(
    "RandomForestClassifier-multi-output",
    lambda: RFC(n_estimators=5, random_state=0),
    data.string_multi_classes,
    "multi-output string-classes",
)
add(
    "RandomForestClassifier-balanced",
    lambda: RFC(n_estimators=5, class_weight="balanced_subsample", random_state=0),
    data.multiclass,
    "class-weight",
)
add(
    "RandomForestClassifier-missing",
    lambda: RFC(n_estimators=5, random_state=0),
    data.missing(data.multiclass),
    "missing",
    since="1.4",
)
add(
    "RandomForestClassifier-float32",
    lambda: RFC(n_estimators=5, random_state=0),
    data.float32(data.multiclass),
    "float32",
)
add(
    "RandomForestClassifier-frame",
    lambda: RFC(n_estimators=5, random_state=0),
    data.frame(data.strings),
    "pandas-input string-classes",
)
add(
    "RandomForestClassifier-entropy",
    lambda: RFC(n_estimators=5, criterion="entropy", random_state=0),
    data.weighted(data.multiclass),
    "sample-weight",
)
add(
    "RandomForestClassifier-random-state",
    lambda: RFC(n_estimators=4, random_state=np.random.RandomState(7)),
    data.binary,
    "random-state",
)
add(
    "RandomForestRegressor-multi-output",
    lambda: RFR(n_estimators=5, random_state=0),
    data.multi_regression,
    "multi-output",
)
add(
    "RandomForestRegressor-absolute-error",
    lambda: RFR(n_estimators=4, criterion="absolute_error", random_state=0),
    data.regression,
)
add(
    "RandomForestRegressor-poisson",
    lambda: RFR(n_estimators=4, criterion="poisson", random_state=0),
    data.positive_regression,
)
add(
    "RandomForestRegressor-monotonic",
    lambda: RFR(n_estimators=4, monotonic_cst=[1, 0, 0, 0, -1], random_state=0),
    data.regression,
    since="1.4",
)
add(
    "ExtraTreesClassifier-missing",
    lambda: ensemble.ExtraTreesClassifier(n_estimators=5, random_state=0),
    data.missing(data.binary),
    "missing",
    since="1.6",
)
add(
    "RandomTreesEmbedding",
    lambda: ensemble.RandomTreesEmbedding(n_estimators=5, max_depth=3, random_state=0),
    data.numbers,
)
add(
    "RandomTreesEmbedding-dense",
    lambda: ensemble.RandomTreesEmbedding(n_estimators=3, sparse_output=False, random_state=0),
    data.numbers,
)
IF = ensemble.IsolationForest
add("IsolationForest", lambda: IF(n_estimators=8, random_state=0), data.numbers)
add(
    "IsolationForest-contamination",
    lambda: IF(n_estimators=6, contamination=0.1, max_features=0.6, bootstrap=True, random_state=0),
    data.numbers,
)
add("IsolationForest-sparse", lambda: IF(n_estimators=5, random_state=0), data.sparse(data.numbers), "sparse")
add(
    "IsolationForest-warm-start",
    lambda: IF(n_estimators=4, warm_start=True, random_state=0),
    data.numbers,
    "warm-start",
)
add(
    "IsolationForest-frame",
    lambda: IF(n_estimators=4, contamination=0.1, random_state=0),
    data.frame(data.numbers),
    "pandas-input",
)
