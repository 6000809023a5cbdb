"""What the flavor of MLflow does without MLflow: it says what is missing, and its loader trusts as its process does."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

import perdure
from perdure.mlflow import _load_pyfunc

X = np.arange(40.0).reshape(20, 2) % 7
y = np.arange(20) % 2


def test_without_mlflow_the_extra_is_named():
    code = """
import sys
sys.modules["mlflow"] = None
import perdure.mlflow as flavor
for call in (lambda: flavor.save_model(1, "x"), lambda: flavor.log_model(1, "x"), lambda: flavor.load_model("x")):
    try:
        call()
    except flavor.MissingExtraError as error:
        print(error.fix)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n") == ['pip install "perdure[mlflow]"'] * 3 + [""]


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_the_loader_asks_as_it_is_told(method, tmp_path):
    model = LogisticRegression().fit(X, y)
    perdure.dump(model, tmp_path / "m.perdure")
    found = _load_pyfunc(str(tmp_path / "m.perdure"), {"predict_method": method}).predict(X)
    assert np.array_equal(found, getattr(model, method)(X))
    with pytest.raises(perdure.UnsupportedError, match="set_params"):
        _load_pyfunc(str(tmp_path / "m.perdure"), {"predict_method": "set_params"})


def test_the_loader_trusts_what_the_environment_of_its_process_says(tmp_path, monkeypatch):
    perdure.dump(FunctionTransformer(subprocess.list2cmdline), tmp_path / "m.perdure")
    with pytest.raises(perdure.UntrustedError):
        _load_pyfunc(str(tmp_path / "m.perdure"), {"predict_method": "transform", "trusted": ["subprocess"]})
    monkeypatch.setenv("PERDURE_MLFLOW_TRUSTED", "another:name, subprocess:list2cmdline")
    served = _load_pyfunc(str(tmp_path / "m.perdure"), {"predict_method": "transform"})
    assert served.model.func is subprocess.list2cmdline
