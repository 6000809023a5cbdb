from __future__ import annotations

import numpy as np
from sklearn import discriminant_analysis as da
from sklearn import linear_model as lm
from sklearn.covariance import OAS

from zoo import data
from zoo.registry import family

add = family("linear classifiers")

LR = lm.LogisticRegression
add("LogisticRegression", LR, data.multiclass)
for solver in ("liblinear", "newton-cg", "sag", "saga", "newton-cholesky"):
    add(
        f"LogisticRegression-{solver}",
        lambda solver=solver: LR(solver=solver, random_state=0, max_iter=200),
        data.binary,
    )
add("LogisticRegression-strings", LR, data.strings, "string-classes")
add("LogisticRegression-object-strings", LR, data.object_strings, "object-strings")
add("LogisticRegression-booleans", LR, data.booleans)
add("LogisticRegression-float-classes", LR, data.float_classes, "float32")
add("LogisticRegression-balanced", lambda: LR(class_weight="balanced"), data.binary, "class-weight")
add(
    "LogisticRegression-class-weight",
    lambda: LR(class_weight={"north": 1.0, "south": 2.5, "überall": 1}),
    data.strings,
    "class-weight string-classes",
)
add(
    "LogisticRegression-numpy-parameters",
    lambda: LR(C=np.float64(0.7), max_iter=np.int64(150), class_weight={np.int64(0): np.float32(2), 1: 1}),
    data.binary,
    "class-weight",
)
add("LogisticRegression-sparse", lambda: LR(solver="saga", random_state=0), data.sparse(data.multiclass), "sparse")
add("LogisticRegression-float32", LR, data.float32(data.multiclass), "float32")
add("LogisticRegression-fortran", LR, data.fortran(data.multiclass))
add("LogisticRegression-frame", LR, data.frame(data.strings), "pandas-input string-classes")
add("LogisticRegression-weights", LR, data.weighted(data.binary), "sample-weight")
add("LogisticRegression-warm-start", lambda: LR(warm_start=True, max_iter=5), data.multiclass, "warm-start")
add("LogisticRegression-sparsified", LR, data.multiclass, "sparse", fit=lambda model, rows: _sparsified(model, rows))
add("LogisticRegression-l1", lambda: LR(penalty="l1", solver="liblinear", random_state=0), data.binary, until="1.9")
add(
    "LogisticRegression-elasticnet",
    lambda: LR(penalty="elasticnet", l1_ratio=0.5, solver="saga", random_state=0),
    data.multiclass,
    until="1.9",
)
add("LogisticRegression-unpenalised", lambda: LR(C=np.inf), data.binary)
add("LogisticRegression-one-vs-rest", lambda: LR(multi_class="ovr"), data.multiclass, until="1.7")
add("LogisticRegression-multinomial", lambda: LR(multi_class="multinomial"), data.multiclass, until="1.7")
add("LogisticRegressionCV", lambda: lm.LogisticRegressionCV(Cs=3, cv=3), data.multiclass)
add(
    "LogisticRegressionCV-strings",
    lambda: lm.LogisticRegressionCV(Cs=[0.1, 1.0], cv=3, scoring="neg_log_loss"),
    data.strings,
    "string-classes",
)
add(
    "LogisticRegressionCV-elasticnet",
    lambda: lm.LogisticRegressionCV(
        Cs=2, cv=3, penalty="elasticnet", l1_ratios=[0.2, 0.8], solver="saga", random_state=0, max_iter=30
    ),
    data.binary,
    until="1.9",
)


def _sparsified(model: LR, rows: data.Data) -> None:
    """``coef_`` as a sparse matrix, as ``sparsify`` leaves it."""
    model.fit(*rows.arguments).sparsify()


add("RidgeClassifier", lm.RidgeClassifier, data.multiclass)
add("RidgeClassifier-binary-strings", lm.RidgeClassifier, data.binary_strings, "string-classes")
add("RidgeClassifier-multi-label", lm.RidgeClassifier, data.multi_labels, "multi-output")
add("RidgeClassifier-balanced", lambda: lm.RidgeClassifier(class_weight="balanced"), data.strings, "class-weight")
add("RidgeClassifierCV", lm.RidgeClassifierCV, data.multiclass)
add("RidgeClassifierCV-multi-label", lambda: lm.RidgeClassifierCV(cv=3), data.multi_labels, "multi-output")

for loss in ("hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"):
    add(
        f"SGDClassifier-{loss}",
        lambda loss=loss: lm.SGDClassifier(loss=loss, max_iter=20, random_state=0),
        data.multiclass,
        "partial-fit",
    )
add(
    "SGDClassifier-strings-averaged",
    lambda: lm.SGDClassifier(average=10, random_state=0, class_weight={"no": 2.0}),
    data.binary_strings,
    "partial-fit string-classes class-weight",
)
add(
    "SGDClassifier-partial",
    lambda: lm.SGDClassifier(loss="log_loss", random_state=0),
    data.strings,
    "partial-fit string-classes",
    fit=lambda model, rows: model.partial_fit(rows.X, rows.y, classes=np.unique(rows.y)),
)
add(
    "SGDClassifier-early-stopping",
    lambda: lm.SGDClassifier(early_stopping=True, random_state=0, n_iter_no_change=2),
    data.sparse(data.binary),
    "sparse partial-fit",
)
add("SGDClassifier-warm-start", lambda: lm.SGDClassifier(warm_start=True, random_state=0), data.binary, "warm-start")
add("SGDOneClassSVM", lambda: lm.SGDOneClassSVM(random_state=0), data.numbers, "partial-fit")
add("SGDOneClassSVM-averaged", lambda: lm.SGDOneClassSVM(random_state=0, average=True, nu=0.2), data.numbers)
add("Perceptron", lambda: lm.Perceptron(random_state=0), data.multiclass, "partial-fit")
add("Perceptron-l1", lambda: lm.Perceptron(penalty="l1", random_state=0), data.sparse(data.binary), "sparse")
add("PassiveAggressiveClassifier", lambda: lm.PassiveAggressiveClassifier(random_state=0), data.binary, "partial-fit")
add(
    "PassiveAggressiveClassifier-multiclass",
    lambda: lm.PassiveAggressiveClassifier(random_state=0, loss="squared_hinge", class_weight="balanced"),
    data.strings,
    "string-classes class-weight",
)

LDA = da.LinearDiscriminantAnalysis
add("LinearDiscriminantAnalysis", LDA, data.multiclass)
add("LinearDiscriminantAnalysis-binary", lambda: LDA(store_covariance=True), data.binary_strings, "string-classes")
add("LinearDiscriminantAnalysis-lsqr", lambda: LDA(solver="lsqr", shrinkage="auto"), data.multiclass)
add("LinearDiscriminantAnalysis-eigen", lambda: LDA(solver="eigen", n_components=1, shrinkage=0.1), data.multiclass)
add("LinearDiscriminantAnalysis-covariance", lambda: LDA(solver="lsqr", covariance_estimator=OAS()), data.multiclass)
add("LinearDiscriminantAnalysis-priors", lambda: LDA(priors=[0.2, 0.3, 0.5]), data.float32(data.multiclass), "float32")
QDA = da.QuadraticDiscriminantAnalysis
add("QuadraticDiscriminantAnalysis", QDA, data.multiclass)
add("QuadraticDiscriminantAnalysis-covariance", lambda: QDA(store_covariance=True, reg_param=0.1), data.strings)
add("QuadraticDiscriminantAnalysis-eigen", lambda: QDA(solver="eigen", shrinkage=0.2), data.multiclass, since="1.8")
