from __future__ import annotations

from sklearn import ensemble
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier

from zoo import data
from zoo.registry import family

add = family("boosting")

GBC, GBR = ensemble.GradientBoostingClassifier, ensemble.GradientBoostingRegressor
add("GradientBoostingClassifier", lambda: GBC(n_estimators=6, random_state=0), data.multiclass)
add(
    "GradientBoostingClassifier-binary-strings",
    lambda: GBC(n_estimators=6, random_state=0),
    data.binary_strings,
    "string-classes",
)
add(
    "GradientBoostingClassifier-exponential",
    lambda: GBC(n_estimators=5, loss="exponential", random_state=0),
    data.binary,
)
add(
    "GradientBoostingClassifier-zero",
    lambda: GBC(n_estimators=4, init="zero", max_leaf_nodes=5, random_state=0),
    data.multiclass,
)
add(
    "GradientBoostingClassifier-init",
    lambda: GBC(n_estimators=4, init=LogisticRegression(), random_state=0),
    data.multiclass,
)
add(
    "GradientBoostingClassifier-early-stopping",
    lambda: GBC(n_estimators=12, n_iter_no_change=2, subsample=0.7, max_features="log2", random_state=0),
    data.strings,
    "string-classes",
)
add(
    "GradientBoostingClassifier-sparse", lambda: GBC(n_estimators=4, random_state=0), data.sparse(data.binary), "sparse"
)
add(
    "GradientBoostingClassifier-warm-start",
    lambda: GBC(n_estimators=4, warm_start=True, random_state=0),
    data.multiclass,
    "warm-start",
)
add(
    "GradientBoostingClassifier-out-of-bag",
    lambda: GBC(n_estimators=5, subsample=0.6, random_state=0),
    data.weighted(data.binary),
    "sample-weight",
)
add("GradientBoostingRegressor", lambda: GBR(n_estimators=6, random_state=0), data.regression)
for loss in ("absolute_error", "huber", "quantile"):
    add(
        f"GradientBoostingRegressor-{loss}",
        lambda loss=loss: GBR(n_estimators=5, loss=loss, random_state=0),
        data.regression,
    )
add(
    "GradientBoostingRegressor-init",
    lambda: GBR(n_estimators=4, init=DummyRegressor(strategy="median"), random_state=0),
    data.regression,
)
add(
    "GradientBoostingRegressor-warm-start",
    lambda: GBR(n_estimators=4, warm_start=True, subsample=0.8, random_state=0),
    data.regression,
    "warm-start",
)
add(
    "GradientBoostingRegressor-squared-criterion",
    lambda: GBR(n_estimators=4, criterion="squared_error", random_state=0),
    data.regression,
    until="1.9",
)
add(
    "GradientBoostingRegressor-frame",
    lambda: GBR(n_estimators=4, random_state=0),
    data.frame(data.regression),
    "pandas-input",
)

HGC, HGR = ensemble.HistGradientBoostingClassifier, ensemble.HistGradientBoostingRegressor
add("HistGradientBoostingClassifier", lambda: HGC(max_iter=5, random_state=0), data.multiclass)
add(
    "HistGradientBoostingClassifier-binary-strings",
    lambda: HGC(max_iter=5, random_state=0),
    data.binary_strings,
    "string-classes",
)
add(
    "HistGradientBoostingClassifier-missing",
    lambda: HGC(max_iter=5, min_samples_leaf=4),
    data.missing(data.multiclass),
    "missing",
)
add(
    "HistGradientBoostingClassifier-categorical",
    lambda: HGC(max_iter=5, categorical_features=[2], min_samples_leaf=4),
    data.mixed_codes_binary,
    "categorical missing",
)
add(
    "HistGradientBoostingClassifier-categorical-mask",
    lambda: HGC(max_iter=4, categorical_features=[False, False, True], max_bins=16),
    data.mixed_codes_binary,
    "categorical",
)
add(
    "HistGradientBoostingClassifier-from-dtype",
    lambda: HGC(max_iter=4, categorical_features="from_dtype", min_samples_leaf=4),
    data.category_frame,
    "categorical missing pandas-input",
    since="1.4",
)
add(
    "HistGradientBoostingClassifier-names",
    lambda: HGC(max_iter=4, categorical_features=["visits"]),
    lambda: _without_plan(data.category_frame()),
    "categorical pandas-input",
)
add(
    "HistGradientBoostingClassifier-early-stopping",
    lambda: HGC(max_iter=10, early_stopping=True, n_iter_no_change=2, validation_fraction=0.2, random_state=0),
    data.strings,
    "string-classes",
)
add(
    "HistGradientBoostingClassifier-scored",
    lambda: HGC(max_iter=4, early_stopping=True, scoring="accuracy", random_state=0),
    data.binary,
)
add(
    "HistGradientBoostingClassifier-balanced",
    lambda: HGC(max_iter=4, class_weight="balanced"),
    data.multiclass,
    "class-weight",
)
add(
    "HistGradientBoostingClassifier-warm-start",
    lambda: HGC(max_iter=4, warm_start=True, random_state=0),
    data.multiclass,
    "warm-start",
)
add("HistGradientBoostingClassifier-monotonic", lambda: HGC(max_iter=4, monotonic_cst=[1, 0, -1, 0, 0]), data.binary)
add(
    "HistGradientBoostingClassifier-monotonic-names",
    lambda: HGC(max_iter=4, monotonic_cst={"feature 0": 1}),
    data.frame(data.binary),
    "pandas-input",
)
add(
    "HistGradientBoostingClassifier-interactions",
    lambda: HGC(max_iter=4, interaction_cst=[{0, 1}, {2, 3, 4}]),
    data.binary,
)
add(
    "HistGradientBoostingClassifier-subsampled",
    lambda: HGC(max_iter=4, max_features=0.6, random_state=0),
    data.multiclass,
    since="1.4",
)
add("HistGradientBoostingRegressor", lambda: HGR(max_iter=5), data.regression)
for loss, more in {"absolute_error": {}, "poisson": {}, "gamma": {"since": "1.3"}}.items():
    add(
        f"HistGradientBoostingRegressor-{loss}",
        lambda loss=loss: HGR(max_iter=4, loss=loss),
        data.positive_regression,
        **more,
    )
add("HistGradientBoostingRegressor-quantile", lambda: HGR(max_iter=4, loss="quantile", quantile=0.8), data.regression)
add(
    "HistGradientBoostingRegressor-weights",
    lambda: HGR(max_iter=4, max_leaf_nodes=5, l2_regularization=0.1),
    data.weighted(data.missing(data.regression)),
    "sample-weight missing",
)
add(
    "HistGradientBoostingRegressor-categorical",
    lambda: HGR(max_iter=4, categorical_features=[2], min_samples_leaf=3),
    data.mixed_codes,
    "categorical missing",
)
add(
    "HistGradientBoostingRegressor-warm-start",
    lambda: HGR(max_iter=4, warm_start=True, random_state=0, early_stopping=True),
    data.regression,
    "warm-start",
)
add(
    "HistGradientBoostingRegressor-pairwise",
    lambda: HGR(max_iter=4, interaction_cst="pairwise"),
    data.float32(data.regression),
    "float32",
    since="1.3",
)


def _without_plan(rows: data.Data) -> data.Data:
    """Numbers only: what the releases before ``from_dtype`` take."""
    rows.X, rows.X_new = rows.X[["age", "visits"]], rows.X_new[["age", "visits"]]
    return rows


ABC, ABR = ensemble.AdaBoostClassifier, ensemble.AdaBoostRegressor
add("AdaBoostClassifier", lambda: ABC(n_estimators=5, random_state=0), data.multiclass)
add(
    "AdaBoostClassifier-trees",
    lambda: ABC(DecisionTreeClassifier(max_depth=2), n_estimators=4, random_state=0),
    data.strings,
    "string-classes",
)
add(
    "AdaBoostClassifier-samme", lambda: ABC(algorithm="SAMME", n_estimators=4, random_state=0), data.binary, until="1.7"
)
add("AdaBoostRegressor", lambda: ABR(n_estimators=5, random_state=0), data.regression)
add(
    "AdaBoostRegressor-exponential",
    lambda: ABR(Ridge(), n_estimators=4, loss="exponential", random_state=0),
    data.weighted(data.regression),
    "sample-weight",
)
