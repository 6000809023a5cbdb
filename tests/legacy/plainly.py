"""What pickle and joblib themselves make of a file here, and what it answers: the files are our own."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import joblib

from legacy.replay import answer, recorded, value_of
from migrate.neutral import differences


def by_hand(archive: Path, case: dict[str, Any], path: Path) -> tuple[str, str]:
    """ "same", "wrong", "fails" (to load) or "breaks" (when it is asked), and with which words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if path.suffix == ".pkl":
                with path.open("rb") as file:
                    model = pickle.load(file)
            else:
                model = joblib.load(path)
        except Exception as error:  # noqa: BLE001 - whatever it raises is what its user sees
            return "fails", f"{type(error).__name__}: {error}"
        X = value_of(recorded(archive)["queries"][case["query"]])
        found = ("same", "")
        for method, expected in case["outputs"].items():
            if "raised" in expected or method.startswith(".") or not hasattr(type(model), method.partition("(")[0]):
                continue
            try:
                said = answer(model, method, X)
            except Exception as error:  # noqa: BLE001 - see above
                found = ("breaks", f"{method}: {type(error).__name__}: {error}")
                continue
            how = differences(value_of(expected), said, "float32" in str(getattr(X, "dtype", "")))
            if how:
                return "wrong", f"{method}: {how}"
        return found
