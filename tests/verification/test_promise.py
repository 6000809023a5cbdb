"""The promise of the record, from end to end: a script saves, another process proves, and each change is found."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
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
X.assign(label=y).to_csv("train.csv", index=False)
model = LogisticRegression().fit(X, y)
cv = StratifiedKFold(5, shuffle=True, random_state=7)
perdure.dump(
    model, "m.perdure", X=X, y=y, cv=cv, scoring=["accuracy", "roc_auc"], data="train.csv", source="train.py", strict=True
)
"""
VERIFY = ("verify", "m.perdure", "--data", "train.csv", "--rescore", "--json")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("promise")
    (folder / "train.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return {name: (folder / name).read_bytes() for name in ("m.perdure", "train.csv", "train.py")}


@pytest.fixture
def here(saved, tmp_path, monkeypatch):
    for name, content in saved.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)


def test_a_fresh_process_verifies_and_scores_again(here):
    done = subprocess.run([sys.executable, "-m", "perdure", *VERIFY], capture_output=True, text=True, timeout=120)
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


def one_coefficient() -> None:
    model = loaded()
    model.coef_[0, 1] += 1e-3
    with_model("m.perdure", model)


def one_training_row() -> None:
    lines = Path("train.csv").read_text().splitlines()
    cells = lines[41].split(",")
    cells[1] = repr(float(cells[1]) + 0.25)
    lines[41] = ",".join(cells)
    Path("train.csv").write_text("\n".join(lines) + "\n")


def swapped_columns() -> None:
    text = Path("train.csv").read_text()
    assert text.startswith("a,b,c,label")
    Path("train.csv").write_text("b,a" + text[3:])


def another_seed() -> None:
    with perdure.open("m.perdure") as file:
        record = file.record
    folds = replace(record.scores.folds, parameters={**record.scores.folds.parameters, "random_state": 8})
    append_sections("m.perdure", {RECORD: replace(record, scores=replace(record.scores, folds=folds)).to_bytes()})


def scores_that_moved() -> None:
    # What another release would do: the same state, and another fit.
    model = loaded()
    model.set_params(C=1e-9, fit_intercept=False)
    with_model("m.perdure", model)


def one_byte_of_the_source() -> None:
    append_sections("m.perdure", {"record/source/train.py": SCRIPT.replace("shuffle", "Shuffle").encode()})


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
def test_each_change_is_found_by_the_right_check(here, change):
    change()
    result = run(*VERIFY)
    assert result.exit_code == 1
    failed = [item for item in json.loads(result.stdout)["findings"] if item["status"] == "failed"]
    checks, said = CHANGES[change]
    # Scores of other data may move too; they may not hide what moved them.
    assert checks <= {item["check"] for item in failed} <= checks | {"scores"}
    assert any(said in item["message"] for item in failed if item["check"] in checks)


def test_a_flipped_bit_of_the_file_is_found(here):
    one_byte_of_the_file()
    assert run(*VERIFY).exit_code in (1, 4)
    assert not perdure.verify("m.perdure").ok
