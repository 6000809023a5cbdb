"""Fit a model on the Palmer penguins, cross-validate it, save it: ``python train_penguins.py FOLDER``."""

from __future__ import annotations

import hashlib
import json
import pickle
import sys
import time
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import perdure
from perdure.datasets import load_penguins

NUMBERS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "year"]
CATEGORIES = ["island", "sex"]


def make_model() -> Pipeline:
    """Return the pipeline, not fitted: imputation, scaling and one-hot encoding, then gradient boosting."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    )
    return Pipeline(
        [
            ("prepare", ColumnTransformer([("numbers", numbers, NUMBERS), ("categories", categories, CATEGORIES)])),
            ("classify", HistGradientBoostingClassifier(random_state=0)),
        ]
    )


def main(folder: Path) -> dict[str, Any]:
    """Write ``penguins.perdure``, and beside it what `perdure demo` compares it with; return what was seen."""
    penguins = load_penguins()
    X, y = penguins.data, penguins.target

    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    scores = cross_validate(make_model(), X, y, cv=folds, scoring="accuracy")
    started = time.perf_counter()
    model = make_model().fit(X, y)
    fitted = time.perf_counter()
    perdure.dump(
        model,
        folder / "penguins.perdure",
        scores=scores,
        data=penguins.filename,
        source=[__file__],
    )
    saved = time.perf_counter()

    probabilities = np.ascontiguousarray(model.predict_proba(X))
    np.save(folder / "saved.npy", probabilities)
    with open(folder / "penguins.pkl", "wb") as file:
        pickle.dump(model, file, protocol=pickle.HIGHEST_PROTOCOL)
    joblib.dump(model, folder / "penguins.joblib")
    joblib.dump(model, folder / "penguins-compressed.joblib", compress=3)
    return {
        "rows": len(X),
        "missing": int(X.isna().sum().sum()),
        "columns": {"numbers": len(NUMBERS), "categories": len(CATEGORIES)},
        "scores": scores["test_score"].tolist(),
        "fit_seconds": fitted - started,
        "save_seconds": saved - fitted,
        "sha256": hashlib.sha256(probabilities.tobytes()).hexdigest(),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
