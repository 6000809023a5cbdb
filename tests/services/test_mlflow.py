"""MLflow with a real store: logged, registered, loaded by alias, and served by its own server."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import perdure
import perdure.mlflow as flavor

X, y = load_iris(return_X_y=True, as_frame=True)
forest = RandomForestClassifier(20, random_state=0).fit(X, y)
PAGE = Path(__file__).parents[2] / "docs" / "mlflow.md"


@pytest.fixture(scope="module")
def tracking(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.create_experiment("tests", artifact_location=(folder / "artifacts").as_uri())
    mlflow.set_experiment("tests")
    with mlflow.start_run():
        flavor.log_model(
            forest,
            "forest",
            registered_model_name="forest",
            input_example=X[:3],
            predict_method="predict_proba",
            X=X,
            y=y,
            cv=3,
        )
    mlflow.MlflowClient().set_registered_model_alias("forest", "champion", 1)
    return "models:/forest@champion"


@pytest.fixture(scope="module")
def folder(tracking):
    return Path(mlflow.artifacts.download_artifacts(artifact_uri=tracking))


def test_loaded_by_alias(tracking):
    again = flavor.load_model(tracking)
    assert isinstance(again, RandomForestClassifier)
    assert np.array_equal(again.predict_proba(X), forest.predict_proba(X))
    assert np.array_equal(mlflow.pyfunc.load_model(tracking).predict(X), forest.predict_proba(X))


def test_the_record_goes_along(folder):
    with perdure.open(folder / "data" / "model.perdure") as file:
        assert file.record.environment is not None
        recorded = {f"{item.name}=={item.version}" for item in file.record.environment.distributions}
        assert file.record.environment.python.startswith("3.")
    report = perdure.verify(folder / "data" / "model.perdure", X=X, y=y)
    assert report.ok, str(report)
    required = set((folder / "requirements.txt").read_text().split())
    assert recorded < required
    assert required - recorded == {f"mlflow=={mlflow.__version__}", f"perdure=={perdure.__version__}"}


def test_signature_and_example(folder):
    info = mlflow.models.get_model_info(str(folder))
    assert info.signature.inputs.input_names() == list(X.columns)
    assert "trusted" not in (folder / "MLmodel").read_text()
    example = mlflow.models.Model.load(str(folder)).load_input_example(str(folder))
    pd.testing.assert_frame_equal(example, X[:3])


@pytest.fixture(scope="module")
def served(folder):
    """A server of MLflow's own in a process of its own."""
    for _ in range(5):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(folder), "--env-manager", "local"]
        command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        bin_folder = os.path.dirname(sys.executable)
        around = {**os.environ, "PATH": bin_folder + os.pathsep + os.environ["PATH"]}
        process = subprocess.Popen(command, env=around, start_new_session=True)
        try:
            if answers(process, port):
                yield f"http://127.0.0.1:{port}/invocations"
                return
            # Somebody else took the port meanwhile.
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                print("the server had ended")
            process.wait()
    pytest.fail("the server of MLflow did not start")


def answers(process, port) -> bool:
    end = time.monotonic() + 500
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=20) as found:
                if found.status == 200:
                    return process.poll() is None
        except OSError:
            time.sleep(0.3)
    return False


def ask(url, payload):
    request = urllib.request.Request(url, json.dumps(payload).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def test_the_server_answers_as_the_model_does(served):
    turned = X[X.columns[::-1]]
    for frame in (X, turned):
        payload = {"dataframe_split": json.loads(frame.to_json(orient="split", index=False, double_precision=15))}
        assert np.array_equal(np.array(ask(served, payload)["predictions"]), forest.predict_proba(X))
    with pytest.raises(urllib.error.HTTPError):
        ask(served, {"dataframe_records": [{"nothing": 1.0}]})


def test_a_file_goes_along_as_it_is(tmp_path):
    perdure.dump(forest, tmp_path / "m.perdure", notes="mine", X=X, y=y)
    flavor.save_model(tmp_path / "m.perdure", tmp_path / "folder")
    assert (tmp_path / "folder" / "data" / "model.perdure").read_bytes() == (tmp_path / "m.perdure").read_bytes()
    assert np.array_equal(flavor.load_model(str(tmp_path / "folder")).predict_proba(X), forest.predict_proba(X))
    with pytest.raises(perdure.UnsupportedError, match="taken as it is"):
        flavor.save_model(tmp_path / "m.perdure", tmp_path / "other", notes="more")


def test_a_model_of_arrays_gets_an_array(tmp_path, recwarn):
    model = LogisticRegression(max_iter=500).fit(X.to_numpy(), y)
    flavor.save_model(model, tmp_path / "folder", input_example=X[:2])
    found = mlflow.pyfunc.load_model(str(tmp_path / "folder")).predict(X)
    assert np.array_equal(found, model.predict(X.to_numpy()))
    assert [item for item in recwarn if "feature names" in str(item.message)] == []


def test_trust_comes_from_the_reader(tmp_path, monkeypatch):
    model = make_pipeline(FunctionTransformer(json.dumps, validate=False), StandardScaler())
    flavor.save_model(model, tmp_path / "folder", predict_method="transform")
    text = (tmp_path / "folder" / "MLmodel").read_text()
    # Nothing that the folder says makes it trusted.
    changed = text.replace("predict_method: transform", 'predict_method: transform\n      trusted: ["json:dumps"]')
    assert changed != text
    (tmp_path / "folder" / "MLmodel").write_text(changed)
    place = str(tmp_path / "folder")
    for read in (flavor.load_model, mlflow.pyfunc.load_model):
        with pytest.raises(perdure.UntrustedError):
            read(place)
    assert flavor.load_model(place, trusted=[json.dumps]).steps[0][1].func is json.dumps
    monkeypatch.setenv("PERDURE_MLFLOW_TRUSTED", " json:dumps , another:name ")
    assert mlflow.pyfunc.load_model(place).metadata.flavors["perdure"]["data"] == "data/model.perdure"


def test_signed_by_of_the_environment(tmp_path, monkeypatch):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    for name in ("mine", "other"):
        key = ec.generate_private_key(ec.SECP256R1())
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (tmp_path / f"{name}.pem").write_bytes(key.private_bytes(*form))
        public = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        (tmp_path / f"{name}.pub").write_bytes(key.public_key().public_bytes(*public))
    perdure.dump(forest, tmp_path / "m.perdure")
    perdure.sign(tmp_path / "m.perdure", tmp_path / "mine.pem")
    flavor.save_model(tmp_path / "m.perdure", tmp_path / "folder")
    place = str(tmp_path / "folder")
    monkeypatch.setenv("PERDURE_MLFLOW_SIGNED_BY", str(tmp_path / "mine.pub"))
    assert np.array_equal(mlflow.pyfunc.load_model(place).predict(X), forest.predict(X))
    monkeypatch.setenv("PERDURE_MLFLOW_SIGNED_BY", str(tmp_path / "other.pub"))
    with pytest.raises(perdure.VerificationError):
        mlflow.pyfunc.load_model(place)
    with pytest.raises(perdure.VerificationError):
        flavor.load_model(place, signed_by=tmp_path / "other.pub")


def test_what_a_folder_may_ask_a_model(tmp_path):
    with pytest.raises(perdure.UnsupportedError, match="cannot be asked"):
        flavor.save_model(forest, tmp_path / "a", predict_method="set_params")
    with pytest.raises(perdure.UnsupportedError, match="no method transform"):
        flavor.save_model(forest, tmp_path / "b", predict_method="transform")
    flavor.save_model(forest, tmp_path / "folder")
    text = (tmp_path / "folder" / "MLmodel").read_text()
    (tmp_path / "folder" / "MLmodel").write_text(text.replace("predict_method: predict", "predict_method: __init__"))
    with pytest.raises(perdure.UnsupportedError, match="__init__"):
        mlflow.pyfunc.load_model(str(tmp_path / "folder"))
    shutil.rmtree(tmp_path / "folder" / "data")
    with pytest.raises(perdure.UnsupportedError, match="was not logged with"):
        flavor.load_model(str(tmp_path / "folder"))


def test_the_page(tmp_path):
    blocks = re.findall(r"^```py\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert blocks
    (tmp_path / "page.py").write_text("\n".join(blocks), encoding="utf-8")
    # Of the tests before: a run of theirs is none of this store.
    around = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    done = subprocess.run(
        [sys.executable, "page.py"], cwd=tmp_path, capture_output=True, text=True, timeout=500, env=around
    )
    assert done.returncode == 0, done.stderr
