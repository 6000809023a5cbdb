"""What an old release fitted in parts is fitted on in parts by today's."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from legacy.replay import OLDER, label, members, opened_from, recorded, value_of

# Those whose state for it has changed.
NAMES = ("MiniBatchDictionaryLearning", "MiniBatchKMeans", "StandardScaler", "GaussianNB", "SGDRegressor")
CASES = [(archive, name) for archive in OLDER for name in NAMES if name in recorded(archive)["cases"]]


@pytest.mark.parametrize(("archive", "name"), CASES, ids=[f"{label(archive)}-{name}" for archive, name in CASES])
def test_it_goes_on(archive, name, tmp_path):
    case = recorded(archive)["cases"][name]
    X = value_of(recorded(archive)["queries"][case["query"]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with opened_from(members(archive), f"files/{case['file']}", str(tmp_path)) as opened:
            model, _ = opened.build()
        before = {key: np.array(value) for key, value in vars(model).items() if key.endswith("_") and key[0] != "_"}
        model.partial_fit(X, model.predict(X)) if hasattr(model, "predict") else model.partial_fit(X)
    after = {key: np.array(value) for key, value in vars(model).items() if key in before}
    assert any(not np.array_equal(before[key], after[key]) for key in after)
    assert all(np.isfinite(value).all() for value in after.values() if value.dtype.kind == "f")
