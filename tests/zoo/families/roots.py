from __future__ import annotations

import collections

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import Bunch

from zoo import data, own
from zoo.registry import family, leave_unfitted

add = family("roots that people save, and own code")

add(
    "dict-model-threshold",
    lambda: {"model": LogisticRegression(), "threshold": 0.35, "columns": ["a", "b", "c"]},
    data.binary,
    "root composite",
)
add(
    "dict-pipeline-with-tables",
    lambda: {
        "model": make_pipeline(StandardScaler(), RandomForestClassifier(3, random_state=0)),
        "means": pd.Series([1.0, np.nan, -0.0], index=["a", "b", "c"], name="mean"),
        "table": pd.DataFrame({"k": [1, 2], "label": ["x", "y"], "when": pd.to_datetime(["2024-01-01", "2024-06-30"])}),
        "limits": (np.float32(0.5), np.array([1, 2], dtype=np.int8), None, True, 2**80, b"raw"),
        "nested": {"a": [1, {"b": (2, 3)}], 7: {1, 2}},
    },
    data.strings,
    "root composite string-classes",
)
add(
    "dict-several-models",
    lambda: {"low": Ridge(0.1), "high": Ridge(10.0), ("eu", 3): RandomForestRegressor(2, random_state=0)},
    data.regression,
    "root composite",
)
add("dict-shared-model", lambda: _twice(Ridge()), data.regression, "root composite")
add(
    "tuple-model-and-scaler",
    lambda: (StandardScaler(), LogisticRegression(), ["a", "b"]),
    data.binary,
    "root composite",
)
add(
    "list-models",
    lambda: [DecisionTreeClassifier(max_depth=d, random_state=0) for d in (1, 2, 3)],
    data.multiclass,
    "root composite",
)
add("list-empty", list, data.binary, "root")
add(
    "Bunch-model",
    lambda: Bunch(model=LogisticRegression(), target_names=np.array(["no", "yes"]), version=3),
    data.binary,
    "root composite",
)
add("OrderedDict-model", lambda: collections.OrderedDict(b=Ridge(), a=np.arange(3)), data.regression, "root composite")
add("LabelEncoder-unfitted", LabelEncoder, data.labels, "unfitted", fit=leave_unfitted)
add("LogisticRegression-unfitted", lambda: LogisticRegression(C=3.0), data.multiclass, "unfitted", fit=leave_unfitted)
add(
    "RandomForestClassifier-unfitted",
    lambda: RandomForestClassifier(3, random_state=0),
    data.multiclass,
    "unfitted",
    fit=leave_unfitted,
)
add(
    "Pipeline-unfitted",
    lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    data.multiclass,
    "unfitted composite",
    fit=leave_unfitted,
)
add(
    "GridSearchCV-unfitted",
    lambda: GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2),
    data.regression,
    "unfitted composite search",
    fit=leave_unfitted,
)

add("Clipper", own.Clipper, data.numbers, "own-code", trusted=("zoo.own:Bounds", "zoo.own:Clipper", "zoo.own:Mode"))
add(
    "Clipper-parameters",
    lambda: own.Clipper(own.Bounds(0.2, 0.8), own.Mode.MEDIAN, own.Plan(3, [1.0])).set_output(transform="pandas"),
    data.frame(data.numbers),
    "own-code pandas-output pandas-input",
    trusted=("zoo.own:Bounds", "zoo.own:Clipper", "zoo.own:Mode", "zoo.own:Plan"),
)
add(
    "NearestMean",
    own.NearestMean,
    data.strings,
    "own-code partial-fit string-classes",
    trusted=("zoo.own:NearestMean",),
)
add("NamedScaler", own.NamedScaler, data.numbers, "own-code partial-fit", trusted=("zoo.own:NamedScaler",))
add(
    "ShiftedRegression",
    lambda: own.ShiftedRegression(shift=0.5),
    data.regression,
    "own-code",
    trusted=("zoo.own:ShiftedRegression",),
)
add(
    "CautiousLogistic",
    own.CautiousLogistic,
    data.strings,
    "own-code string-classes",
    trusted=("zoo.own:CautiousLogistic",),
)
add(
    "Blend",
    lambda: own.Blend([("ridge", Ridge()), ("shifted", own.ShiftedRegression(1.0))], weights=(0.3, 0.7)),
    data.regression,
    "own-code composite",
    trusted=("zoo.own:Blend", "zoo.own:ShiftedRegression"),
)
add(
    "GridSearchCV-own-model",
    lambda: GridSearchCV(own.NearestMean(), {"power": [1.0, 2.0]}, cv=2),
    data.strings,
    "own-code composite search string-classes",
    trusted=("zoo.own:NearestMean",),
)


def _twice(model: Ridge) -> dict[str, Ridge]:
    """One model under two names: it has to stay one."""
    return {"champion": model, "challenger": model}
