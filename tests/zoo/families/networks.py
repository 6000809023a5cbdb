from __future__ import annotations

import numpy as np
from sklearn import neural_network as nn

from zoo import data
from zoo.registry import family

add = family("neural networks")

MC, MR = nn.MLPClassifier, nn.MLPRegressor
for solver in ("adam", "sgd", "lbfgs"):
    tags = "partial-fit" if solver != "lbfgs" else ""
    add(
        f"MLPClassifier-{solver}",
        lambda s=solver: MC((6,), solver=s, max_iter=8, random_state=0),
        data.multiclass,
        tags,
    )
    add(
        f"MLPRegressor-{solver}",
        lambda s=solver: MR(hidden_layer_sizes=(5, 3), solver=s, max_iter=8, random_state=0),
        data.regression,
        tags,
    )
for activation in ("identity", "logistic", "tanh"):
    add(
        f"MLPClassifier-{activation}",
        lambda a=activation: MC((4,), activation=a, max_iter=5, random_state=0),
        data.binary_strings,
        "string-classes",
    )
add("MLPClassifier-multi-label", lambda: MC((4,), max_iter=5, random_state=0), data.multi_labels, "multi-output")
add(
    "MLPClassifier-early-stopping",
    lambda: MC((4,), early_stopping=True, n_iter_no_change=2, max_iter=10, random_state=0),
    data.multiclass,
)
add(
    "MLPClassifier-momentum",
    lambda: MC((4,), solver="sgd", learning_rate="adaptive", nesterovs_momentum=False, max_iter=5, random_state=0),
    data.multiclass,
)
add("MLPClassifier-float32", lambda: MC((4,), max_iter=5, random_state=0), data.float32(data.binary), "float32")
add("MLPClassifier-sparse", lambda: MC((4,), max_iter=5, random_state=0), data.sparse(data.binary), "sparse")
add(
    "MLPClassifier-warm-start",
    lambda: MC((4,), warm_start=True, max_iter=4, random_state=0),
    data.multiclass,
    "warm-start",
)
add(
    "MLPClassifier-random-state",
    lambda: MC((4,), max_iter=4, random_state=np.random.RandomState(2)),
    data.multiclass,
    "random-state partial-fit",
)
add(
    "MLPClassifier-partial",
    lambda: MC((4,), random_state=0),
    data.strings,
    "partial-fit string-classes",
    fit=lambda model, rows: model.partial_fit(rows.X, rows.y, classes=np.unique(rows.y)),
)
add(
    "MLPRegressor-multi-output",
    lambda: MR(hidden_layer_sizes=(4,), max_iter=5, random_state=0),
    data.multi_regression,
    "multi-output partial-fit",
)
add(
    "MLPRegressor-poisson",
    lambda: MR(hidden_layer_sizes=(4,), loss="poisson", max_iter=5, random_state=0),
    data.positive_regression,
    since="1.7",
)
add("BernoulliRBM", lambda: nn.BernoulliRBM(4, n_iter=3, random_state=0), data.bits, "partial-fit")
add(
    "BernoulliRBM-random-state",
    lambda: nn.BernoulliRBM(4, n_iter=2, random_state=np.random.RandomState(1)),
    data.sparse(data.bits),
    "sparse random-state",
)
