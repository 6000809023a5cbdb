"""The promise of the record, from end to end: a script saves, another process proves, and each change is found."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sklearn.linear_model import LogisticRegression

import perdure
from cli.running import run
from perdure.container.writing import append_sections
from perdure.record.record import RECORD
from verification.test_verify import with_model

SCRIPT = """
import numpy as np, pandas as pd, perdure
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

chance = np.random.RandomState(0)
X = pd.DataFrame(chance.normal(size=(120, 3)), columns=["a", "b", "c"])
y = pd.Series((X["a"] - X["b"] + chance.normal(size=120) > 0).astype(int), name="label")
WRITE
model = LogisticRegression().fit(X, y)
cv = StratifiedKFold(5, shuffle=True, random_state=7)
perdure.dump(
    model, "m.perdure", X=X, y=y, cv=cv, scoring=["accuracy", "roc_auc"], data="DATA", source="auto", strict=True
)
"""
WRITES = {
    "train.csv": 'X.assign(label=y).to_csv("train.csv", index=False)',
    "train.parquet": 'X.assign(label=y).to_parquet("train.parquet", index=False)',
}


@pytest.fixture(scope="module", params=WRITES)
def saved(request, tmp_path_factory):
    if request.param == "train.parquet":
        pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("promise")
    (folder / "train.py").write_text(SCRIPT.replace("WRITE", WRITES[request.param]).replace("DATA", request.param))
    done = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return {name: (folder / name).read_bytes() for name in ("m.perdure", request.param, "train.py")}


@pytest.fixture
def data(saved):
    return Path(next(name for name in saved if name in WRITES))


@pytest.fixture
def asked(data):
    return ("verify", "m.perdure", "--data", str(data), "--rescore", "--json")


@pytest.fixture
def here(saved, tmp_path, monkeypatch):
    for name, content in saved.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)


def test_a_fresh_process_verifies_and_scores_again(here, asked):
    done = subprocess.run([sys.executable, "-m", "perdure", *asked], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["ok"] is True
    assert {item["check"] for item in found["findings"] if item["status"] == "ok"} >= {
        "integrity",
        "source",
        "model",
        "probe",
        "data",
        "scores",
    }
    verdicts = [item["details"]["verdict"] for item in found["findings"] if item["check"] == "scores"]
    assert verdicts == ["the same", "the same"]


def loaded() -> LogisticRegression:
    return perdure.load("m.perdure")


def one_coefficient(data: Path) -> None:
    model = loaded()
    model.coef_[0, 1] += 1e-3
    with_model("m.perdure", model)


def read(data: Path) -> pd.DataFrame:
    return pd.read_parquet(data) if data.suffix == ".parquet" else pd.read_csv(data, dtype=object)


def write(frame: pd.DataFrame, data: Path) -> None:
    """Write a table; of CSV each number as it was written."""
    frame.to_parquet(data, index=False) if data.suffix == ".parquet" else frame.to_csv(data, index=False)


def one_training_row(data: Path) -> None:
    frame = read(data)
    frame.loc[40, "b"] = repr(float(frame.loc[40, "b"]) + 0.25) if data.suffix == ".csv" else frame.loc[40, "b"] + 0.25
    write(frame, data)


def swapped_columns(data: Path) -> None:
    frame = read(data)
    assert list(frame.columns) == ["a", "b", "c", "label"]
    write(frame.set_axis(["b", "a", "c", "label"], axis=1), data)


def another_seed(data: Path) -> None:
    with perdure.open("m.perdure") as file:
        record = file.record
    folds = replace(record.scores.folds, parameters={**record.scores.folds.parameters, "random_state": 8})
    append_sections("m.perdure", {RECORD: replace(record, scores=replace(record.scores, folds=folds)).to_bytes()})


def scores_that_moved(data: Path) -> None:
    # What another release would do: the same state, and another fit.
    model = loaded()
    model.set_params(C=1e-9, fit_intercept=False)
    with_model("m.perdure", model)


def one_byte_of_the_source(data: Path) -> None:
    with perdure.open("m.perdure") as file:
        content = file.section("record/source/train.py")
    append_sections("m.perdure", {"record/source/train.py": content.replace(b"shuffle", b"Shuffle")})


def one_byte_of_the_file() -> None:
    data = bytearray(Path("m.perdure").read_bytes())
    data[len(data) // 2] ^= 1
    Path("m.perdure").write_bytes(data)


CHANGES = {
    one_coefficient: ({"probe"}, "does not predict as it did"),
    one_training_row: ({"data"}, "changed in 'b'; rows 32 to 63"),
    swapped_columns: ({"data"}, "columns swapped: 'a', 'b'"),
    another_seed: ({"scores"}, "another splitter or seed"),
    scores_that_moved: ({"scores"}, "out of range"),
    one_byte_of_the_source: ({"source"}, "train.py"),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_each_change_is_found_by_the_right_check(here, change, data, asked):
    change(data)
    result = run(*asked)
    assert result.exit_code == 1
    failed = [item for item in json.loads(result.stdout)["findings"] if item["status"] == "failed"]
    checks, said = CHANGES[change]
    # Scores of other data may move too; they may not hide what moved them.
    assert checks <= {item["check"] for item in failed} <= checks | {"scores"}
    assert any(said in item["message"] for item in failed if item["check"] in checks)


def test_a_wrong_key_is_found(here, asked):
    right, wrong = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    perdure.sign("m.perdure", right)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    for name, key in (("right.pem", right), ("wrong.pem", wrong)):
        Path(name).write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, form))
    assert run(*asked, "--signed-by", "right.pem").exit_code == 0
    result = run(*asked, "--signed-by", "wrong.pem")
    assert result.exit_code == 1
    failed = [item for item in json.loads(result.stdout)["findings"] if item["status"] == "failed"]
    assert [item["check"] for item in failed] == ["signature"]
    assert "not made with this key" in failed[0]["message"]
    # Nothing else of such a file is looked at.
    assert len(json.loads(result.stdout)["findings"]) == 1


def test_a_flipped_bit_of_the_file_is_found(here, asked):
    one_byte_of_the_file()
    assert run(*asked).exit_code in (1, 4)
    assert not perdure.verify("m.perdure").ok
