"""Cross-validation on a cluster: `joblib.parallel_config(backend="dask")` with workers of their own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import perdure

SCRIPT = """
import os, sys
import joblib, numpy as np, perdure
from sklearn.linear_model import LogisticRegression

def scorer(model, X, y):
    # The process that scores says who it is.
    with open(os.path.join(sys.argv[1], str(os.getpid())), "w") as file:
        file.write("scored")
    return model.score(X, y)

if __name__ == "__main__":
    from distributed import Client, LocalCluster

    chance = np.random.RandomState(0)
    X = chance.normal(size=(200, 3))
    y = (X[:, 0] + chance.normal(size=200) > 0).astype(int)
    model = LogisticRegression().fit(X, y)
    perdure.dump(model, "here.perdure", X=X, y=y, cv=4, scoring=["accuracy"], strict=True)
    config = getattr(joblib, "parallel_config", joblib.parallel_backend)
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        with Client(cluster), config("dask"):
            perdure.dump(
                model, "there.perdure", X=X, y=y, cv=4, scoring={"accuracy": "accuracy", "own": scorer}, strict=True
            )
    print(os.getpid())
"""


def test_scores_of_a_local_cluster(tmp_path):
    pytest.importorskip("distributed")
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "who").mkdir()
    command = [sys.executable, "script.py", str(tmp_path / "who")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    workers = set(os.listdir(tmp_path / "who"))
    assert workers
    assert done.stdout.split()[-1] not in workers
    here, there = (perdure.open(tmp_path / f"{name}.perdure").record.scores for name in ("here", "there"))
    assert there.metrics["test_accuracy"].folds == here.metrics["test_accuracy"].folds
    assert there.metrics["test_own"].folds == here.metrics["test_accuracy"].folds
    assert there.folds == here.folds
    assert there.scorers == {"test_accuracy": "accuracy", "test_own": "function"}
