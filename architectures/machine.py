"""What runs on each machine: ``write FOLDER`` fits, saves and predicts; ``read FOLDER…`` loads what others wrote."""

from __future__ import annotations

import json
import os
import pickle
import platform
import sys
import time
import warnings
from typing import Any

import numpy as np

warnings.simplefilter("ignore")

from models import MODELS, outputs  # noqa: E402

import perdure  # noqa: E402
from perdure.arrays.native import native, use_native  # noqa: E402
from perdure.graph.native import native_reader  # noqa: E402

CLOSE = 1e-12


def write(folder: str) -> dict[str, Any]:
    """Fit every model, save it as a perdure file and as pickles, with what it says; return how the twins agree."""
    os.makedirs(folder, exist_ok=True)
    names, differ = {}, []
    for number, (name, make) in enumerate(MODELS.items()):
        model, rows = make()
        stem = os.path.join(folder, f"{number:02d}")
        # Before anything is asked: KD trees count their calls.
        perdure.dump(model, stem + ".perdure")
        for protocol in (2, 5):
            with open(f"{stem}.{protocol}.pkl", "wb") as file:
                pickle.dump(model, file, protocol)
        names[name] = os.path.basename(stem)
        save(stem + ".npz", outputs(model, rows))
        if not twins_agree(stem + ".perdure", rows):
            differ.append(name)
    about = {"names": names, "machine": platform.machine(), "byteorder": sys.byteorder, "data": data_digests()}
    with open(os.path.join(folder, "about.json"), "w") as file:
        json.dump({**about, "bits": 64 if sys.maxsize > 2**32 else 32}, file, indent=1)
    use_native(True)
    compiled = [name for name, part in (("decoder", native), ("reader of graphs", native_reader)) if part.active]
    return {"compiled": compiled, "models": len(names), "differ": differ}


def twins_agree(path: str, rows: Any) -> bool:
    """Say whether the compiled code and numpy load the same model from a file, and save the same bytes again."""
    found = []
    for wanted in (True, False):
        use_native(wanted)
        model = perdure.load(path)
        found.append((perdure.dumps(model), outputs(model, rows)))
    use_native(True)
    (bytes_1, outputs_1), (bytes_2, outputs_2) = found
    equal = (
        np.array_equal(outputs_1[key], outputs_2[key], equal_nan=outputs_1[key].dtype.kind == "f") for key in outputs_1
    )
    return bytes_1 == bytes_2 and all(equal)


def save(path: str, found: dict[str, Any]) -> None:
    """Write arrays in one form for all machines: texts and labels as they are, numbers little-endian."""
    np.savez(
        path,
        **{
            name: a.astype(a.dtype.newbyteorder("<")) if a.dtype != object else a.astype(str)
            for name, a in found.items()
        },
    )


def data_digests() -> dict[str, str]:
    """The digests of the values of tables, which are to be the same on all machines."""
    import pandas as pd

    from perdure.record.fingerprint import fingerprint

    array = np.arange(24.0).reshape(8, 3)
    array[2, 1], array[3, 0] = np.nan, -0.0
    table = pd.DataFrame(array, columns=["a", "b", "c"])
    table["d"], table["e"] = [1, 2, 3, 4, 5, 6, 7, 8], list("xyzxyzxy")
    table["f"] = table["e"].astype("category")
    table["g"] = pd.Series([1, None] * 4, dtype="Int64")
    given = {"numpy": array, "float32": array.astype("f4"), "int": np.arange(6), "pandas": table}
    return {name: fingerprint(value).values for name, value in given.items()}


def same(name: str, then: Any, now: Any, scores: Any) -> str | None:
    """Say in what two outputs differ beyond what machines may; None where in nothing."""
    if then.shape != now.shape:
        return f"shape {now.shape}, not {then.shape}"
    if then.dtype.kind != "f":
        wrong = then.astype(now.dtype) != now
        if wrong.any() and scores is not None:
            # A tie may fall either way.
            wrong &= apart(scores) > CLOSE
        return f"{int(wrong.sum())} of {wrong.size} differ" if wrong.any() else None
    scale = np.maximum(1.0, np.abs(then[np.isfinite(then)]).max(initial=0.0))
    close = CLOSE if then.dtype == np.float64 else 2e-6
    both = np.isnan(then) == np.isnan(now)
    gap = np.abs(np.nan_to_num(then - now)).max(initial=0.0)
    return None if both.all() and gap <= close * scale else f"off by {gap:.1e}"


def apart(scores: Any) -> Any:
    if scores.ndim == 1:
        return np.abs(scores)
    best = np.sort(scores, axis=1)
    return best[:, -1] - best[:, -2]


def read(folder: str) -> dict[str, Any]:
    """Load what one machine wrote, ask it the same, and compare."""
    with open(os.path.join(folder, "about.json")) as file:
        about = json.load(file)
    found: dict[str, Any] = {"files": 0, "wrong": {}, "data": about["data"] == data_digests()}
    for name, stem in about["names"].items():
        rows = ROWS[name]
        then = np.load(os.path.join(folder, stem + ".npz"), allow_pickle=False)
        for form in ("perdure", "2.pkl", "5.pkl"):
            found["files"] += 1
            try:
                now = outputs(perdure.load(os.path.join(folder, f"{stem}.{form}")), rows)
                scores = next((then[key] for key in ("decision_function.0", "predict_proba.0") if key in then), None)
                said = [f"{key}: {why}" for key in then.files if (why := same(key, then[key], now[key], scores))]
            except Exception as error:  # noqa: BLE001 - every failure is a row of the report
                said = [f"{type(error).__name__}: {error}"[:300]]
            if said:
                found["wrong"][f"{name} ({form})"] = said
    return found


def rows_of() -> dict[str, Any]:
    """The rows that each model is asked: the same on all machines, and not fitted for."""
    import models

    special = {
        "Birch": models.X + 0.05,
        "Ridge, float32": models.floats,
        "MultinomialNB": models.counts,
        "HistGradientBoostingClassifier": models.holes,
        "HistGradientBoostingRegressor": models.counts,
        "NMF": models.counts,
        "SimpleImputer": models.holes,
        "KNNImputer": models.holes,
        "OrdinalEncoder": np.column_stack([models.words, models.y.astype("U1")]),
        "IsotonicRegression": models.X[:, 0],
        "text pipeline": models.texts,
        "columns of a table": models._table(),
    }
    return {name: special.get(name, models.X) for name in MODELS}


def main() -> None:
    started = time.time()
    if sys.argv[1] == "write":
        print(json.dumps({**write(sys.argv[2]), "seconds": round(time.time() - started)}))
        return
    print(json.dumps({os.path.basename(folder): read(folder) for folder in sys.argv[2:]}))


if __name__ == "__main__":
    ROWS = rows_of()
    main()
