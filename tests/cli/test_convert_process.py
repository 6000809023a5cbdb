"""``perdure convert`` as a user runs it: in a process that has asked perdure for nothing before."""

from __future__ import annotations

import pickle

import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import perdure
from cli.running import run_process


def test_a_folder_of_mixed_files(tmp_path):
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=500).fit(X, y)
    old = tmp_path / "old"
    (old / "inner").mkdir(parents=True)
    for name in ("a.pkl", "inner/b.pkl"):
        (old / name).write_bytes(pickle.dumps(model))
    marker = tmp_path / "marker"
    (old / "evil.pkl").write_bytes(b"cos\nsystem\n(Vtouch %s\ntR." % bytes(marker))
    (old / "notes.txt").write_text("no model")
    done = run_process("convert", str(old), str(tmp_path / "new"))
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    assert "3 files: 2 converted, 1 left out" in done.stdout
    assert "os:system()" in done.stdout
    assert not marker.exists()
    for name in ("a.pkl", "inner/b.pkl"):
        made = perdure.load(tmp_path / "new" / f"{name}.perdure")
        assert np.array_equal(made.predict_proba(X), model.predict_proba(X))
    assert not (tmp_path / "new" / "evil.pkl.perdure").exists()


def test_one_file(tmp_path):
    X, y = load_iris(return_X_y=True)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(LogisticRegression(max_iter=500).fit(X, y)))
    done = run_process("convert", str(tmp_path / "a.pkl"), str(tmp_path / "a.perdure"))
    assert (done.returncode, done.stderr) == (0, "")
    assert perdure.load(tmp_path / "a.perdure").predict(X[:1]).tolist() == [0]
