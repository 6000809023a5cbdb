"""A file that was loaded leaves nothing behind: its bytes go with the model, and wait for no collection."""

from __future__ import annotations

import gc
import io
import pickle

import joblib
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

import perdure
from perdure.arrays.store import ArrayStore

X = np.random.default_rng(0).random((60, 3))
FOREST = RandomForestClassifier(5, random_state=0).fit(X, np.arange(60) % 3)


def as_pickle(path):
    path.write_bytes(pickle.dumps(FOREST))


def as_joblib(path):
    joblib.dump(FOREST, path)


def as_perdure(path):
    perdure.dump(FOREST, path)


@pytest.mark.parametrize("write", [as_pickle, as_joblib, as_perdure])
@pytest.mark.parametrize("opened", [str, lambda path: io.BytesIO(path.read_bytes())], ids=["path", "file"])
def test_no_cycle_holds_the_arrays_of_a_file(write, opened, tmp_path):
    write(tmp_path / "model")
    perdure.load(opened(tmp_path / "model"))
    gc.collect()
    collecting = gc.isenabled()
    gc.disable()
    try:
        model = perdure.load(opened(tmp_path / "model"))
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        held = [type(one).__name__ for one in gc.garbage if isinstance(one, (ArrayStore, memoryview, np.ndarray))]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        if collecting:
            gc.enable()
    assert held == []
    assert np.array_equal(model.predict_proba(X), FOREST.predict_proba(X))
