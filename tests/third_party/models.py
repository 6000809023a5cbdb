"""Models of other libraries, each with what is asked of it; fitted when they are called for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import catboost
import category_encoders
import imblearn.ensemble
import imblearn.over_sampling
import imblearn.pipeline
import lightgbm
import numpy as np
import pandas as pd
import quantile_forest
import skrub
import xgboost
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 4))
y = (X[:, 0] + X[:, 1] > 0).astype(int)
three = np.array(["a", "b", "c"])[np.digitize(X[:, 0], [-0.5, 0.5])]
numbers = (X[:, 0] > 0).astype(int) + (X[:, 1] > 1)
target = 2 * X[:, 0] + X[:, 1]
groups = np.repeat([0, 1, 2], 50)
holes = np.where(RANDOM.random(X.shape) < 0.2, np.nan, X)
table = pd.DataFrame(
    {
        "colour": pd.Categorical(np.where(X[:, 2] > 0, "red", "blue")),
        "size": X[:, 0],
        "kind": pd.Categorical(RANDOM.choice(list("uvwxyz"), len(X))),
        "shop": np.where(X[:, 1] > 0, "p", "q"),
    }
)
two = table[["colour", "size"]]
kinds = table[["kind", "size"]]
by_kind = target + 3.0 * table["kind"].cat.codes.to_numpy() % 4
XGB = {"n_estimators": 8, "n_jobs": 1}
LGB = {"n_estimators": 8, "n_jobs": 1, "verbose": -1}
CAT = {"iterations": 8, "verbose": 0, "thread_count": 1, "allow_writing_files": False}

Made = tuple[Any, Any]


def fit(model: Any, data: Any, *more: Any, **options: Any) -> Made:
    return model.fit(data, *more, **options), data


def searched(model: Any, name: str, values: list[int], wanted: Any = y) -> Made:
    pipeline = make_pipeline(StandardScaler(), model)
    return fit(GridSearchCV(pipeline, {f"{type(model).__name__.lower()}__{name}": values}, cv=3), X, wanted)


def encoder(name: str) -> Callable[[], Made]:
    return lambda: fit(getattr(category_encoders, name)(cols=["shop"]), table[["shop", "size"]], y)


CASES: dict[str, tuple[str, Callable[[], Made]]] = {
    "XGBClassifier": ("xgboost", lambda: fit(xgboost.XGBClassifier(**XGB), holes, y)),
    "XGBClassifier, three classes": ("xgboost", lambda: fit(xgboost.XGBClassifier(**XGB, missing=0.5), X, numbers)),
    "XGBRegressor, dart": ("xgboost", lambda: fit(xgboost.XGBRegressor(**XGB, booster="dart"), X, target)),
    "XGBRegressor, linear": ("xgboost", lambda: fit(xgboost.XGBRegressor(**XGB, booster="gblinear"), X, target)),
    "XGBRegressor, categories": (
        "xgboost",
        lambda: fit(xgboost.XGBRegressor(**XGB, enable_categorical=True), two, target),
    ),
    "XGBRegressor, stopped early": (
        "xgboost",
        lambda: fit(
            xgboost.XGBRegressor(n_estimators=50, n_jobs=1, early_stopping_rounds=2),
            X,
            target,
            eval_set=[(X[:40], target[:40])],
            verbose=False,
        ),
    ),
    "XGBRFClassifier": ("xgboost", lambda: fit(xgboost.XGBRFClassifier(**XGB), X, y)),
    "XGBRFRegressor": ("xgboost", lambda: fit(xgboost.XGBRFRegressor(**XGB), X, target)),
    "XGBRanker": ("xgboost", lambda: fit(xgboost.XGBRanker(**XGB), X, y, qid=groups)),
    "XGBClassifier, searched": ("xgboost", lambda: searched(xgboost.XGBClassifier(n_jobs=1), "n_estimators", [3, 5])),
    "XGBRegressor, searched": (
        "xgboost",
        lambda: searched(xgboost.XGBRegressor(n_jobs=1), "n_estimators", [3, 5], target),
    ),
    "LGBMClassifier": ("lightgbm", lambda: fit(lightgbm.LGBMClassifier(**LGB), holes, three)),
    "LGBMRegressor, categories": ("lightgbm", lambda: fit(lightgbm.LGBMRegressor(**LGB), two, target)),
    "LGBMRegressor, many categories": (
        "lightgbm",
        lambda: fit(lightgbm.LGBMRegressor(**LGB, min_data_per_group=1, cat_smooth=0.1), kinds, by_kind),
    ),
    "LGBMRegressor, linear trees": (
        "lightgbm",
        lambda: fit(lightgbm.LGBMRegressor(**LGB, linear_tree=True), X, target),
    ),
    "LGBMRegressor, stopped early": (
        "lightgbm",
        lambda: fit(
            lightgbm.LGBMRegressor(n_estimators=50, n_jobs=1, verbose=-1),
            X,
            target,
            eval_set=[(X[:40], target[:40])],
            callbacks=[lightgbm.early_stopping(2, verbose=False)],
        ),
    ),
    "LGBMRanker": ("lightgbm", lambda: fit(lightgbm.LGBMRanker(**LGB), X, y, group=[50, 50, 50])),
    "LGBMClassifier, searched": (
        "lightgbm",
        lambda: searched(lightgbm.LGBMClassifier(n_jobs=1, verbose=-1), "n_estimators", [3, 5]),
    ),
    "LGBMRegressor, searched": (
        "lightgbm",
        lambda: searched(lightgbm.LGBMRegressor(n_jobs=1, verbose=-1), "n_estimators", [3, 5], target),
    ),
    "CatBoostClassifier": ("catboost", lambda: fit(catboost.CatBoostClassifier(**CAT), holes, three)),
    "CatBoostRegressor, categories": (
        "catboost",
        lambda: fit(catboost.CatBoostRegressor(**CAT, cat_features=["colour", "kind", "shop"]), table, target),
    ),
    "CatBoostRanker": ("catboost", lambda: fit(catboost.CatBoostRanker(**CAT), X, target, group_id=groups)),
    "CatBoostClassifier, searched": (
        "catboost",
        lambda: searched(catboost.CatBoostClassifier(**CAT), "depth", [2, 3]),
    ),
    "CatBoostRegressor, searched": (
        "catboost",
        lambda: searched(catboost.CatBoostRegressor(**CAT), "depth", [2, 3], target),
    ),
    "BalancedRandomForestClassifier": (
        "imblearn",
        lambda: fit(
            imblearn.ensemble.BalancedRandomForestClassifier(
                5, random_state=0, sampling_strategy="all", replacement=True, bootstrap=False
            ),
            X,
            y,
        ),
    ),
    "EasyEnsembleClassifier": (
        "imblearn",
        lambda: fit(imblearn.ensemble.EasyEnsembleClassifier(3, random_state=0), X, y),
    ),
    "RUSBoostClassifier": (
        "imblearn",
        lambda: fit(imblearn.ensemble.RUSBoostClassifier(n_estimators=3, random_state=0), X, y),
    ),
    "BalancedBaggingClassifier": (
        "imblearn",
        lambda: fit(imblearn.ensemble.BalancedBaggingClassifier(n_estimators=3, random_state=0), X, y),
    ),
    "a pipeline with SMOTE, searched": (
        "imblearn",
        lambda: fit(
            GridSearchCV(
                imblearn.pipeline.make_pipeline(imblearn.over_sampling.SMOTE(random_state=0), LogisticRegression()),
                {"smote__k_neighbors": [3, 5]},
                cv=3,
            ),
            X,
            y,
        ),
    ),
    "RandomForestQuantileRegressor": (
        "quantile_forest",
        lambda: fit(quantile_forest.RandomForestQuantileRegressor(5, random_state=0), X, target),
    ),
    "ExtraTreesQuantileRegressor, two outputs": (
        "quantile_forest",
        lambda: fit(
            quantile_forest.ExtraTreesQuantileRegressor(5, random_state=0, max_samples_leaf=None),
            X,
            np.column_stack([target, -target]),
        ),
    ),
    "RandomForestQuantileRegressor, searched": (
        "quantile_forest",
        lambda: searched(quantile_forest.RandomForestQuantileRegressor(3, random_state=0), "max_depth", [2, 3], target),
    ),
}
visits = pd.DataFrame(
    {
        "city": RANDOM.choice(["Paris", "London", "Rome", "Berlin"], len(X)),
        "when": pd.date_range("2024-01-01", periods=len(X), freq="D"),
        "size": X[:, 0],
        "note": [f"word{i % 70} and thing{i % 37}" for i in range(len(X))],
    }
)
CASES |= {
    f"skrub, {name}": ("skrub", lambda make=make: fit(make(), visits, target))
    for name, make in {
        "TableVectorizer": lambda: make_pipeline(skrub.TableVectorizer(), Ridge()),
        "GapEncoder": lambda: make_pipeline(
            skrub.TableVectorizer(high_cardinality=skrub.GapEncoder(n_components=3, random_state=0)), Ridge()
        ),
        "MinHashEncoder": lambda: make_pipeline(
            skrub.TableVectorizer(high_cardinality=skrub.MinHashEncoder(n_components=4)), Ridge()
        ),
        "tabular_pipeline": lambda: skrub.tabular_pipeline(Ridge()),
        "Cleaner": lambda: make_pipeline(skrub.Cleaner(), skrub.TableVectorizer(), Ridge()),
        "DatetimeEncoder": lambda: make_pipeline(
            skrub.SelectCols(["when"]), skrub.ApplyToCols(skrub.DatetimeEncoder(periodic_encoding="spline")), Ridge()
        ),
        "StringEncoder": lambda: make_pipeline(
            skrub.SelectCols(["note"]), skrub.ApplyToCols(skrub.StringEncoder(n_components=4)), Ridge()
        ),
        "SquashingScaler": lambda: make_pipeline(skrub.SelectCols("size"), skrub.SquashingScaler(), Ridge()),
        "AggJoiner": lambda: make_pipeline(
            skrub.AggJoiner(visits[["city", "size"]], operations=["mean"], key="city", cols=["size"]),
            skrub.TableVectorizer(),
            Ridge(),
        ),
        "selectors": lambda: make_pipeline(
            skrub.SelectCols(skrub.selectors.numeric() | skrub.selectors.regex("^si")), Ridge()
        ),
        "searched": lambda: GridSearchCV(
            make_pipeline(skrub.TableVectorizer(), Ridge()), {"ridge__alpha": [0.1, 1.0]}, cv=3
        ),
    }.items()
}
_LEFT_OUT = {"GLMMEncoder"}  # wants statsmodels
for _name in category_encoders.__all__:
    if _name not in _LEFT_OUT and hasattr(getattr(category_encoders, _name), "fit"):
        CASES[_name] = ("category_encoders", encoder(_name))


def outputs(model: Any, data: Any) -> dict[str, Any]:
    """All that the model says of the data, as arrays."""
    found = {}
    for method in ("predict", "predict_proba", "decision_function", "transform"):
        if hasattr(model, method):
            found[method] = np.asarray(getattr(model, method)(data))
    return found
