"""`perdure demo`, really run: the first thing that a stranger sees."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

import perdure
from cli.running import run_json, run_process
from perdure.datasets import load_penguins


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "new folder"


@pytest.fixture(scope="module")
def shown(kept):
    done = run_process("demo", "--keep", str(kept), COLUMNS="60", NO_COLOR="1")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_it_says_what_was_seen(shown):
    assert "identical, bit for bit: 344 × 3 probabilities of float64" in " ".join(shown.split())
    first, second = re.findall(r"sha256([0-9a-f]{64})", "".join(shown.split()))
    assert first == second
    assert "HistGradientBoostingClassifier" in shown
    assert "verified: " in " ".join(shown.split())
    assert "refused: " in shown
    for peer in ("perdure.dump(", "pickle.dump(", "joblib.dump("):
        assert re.search(rf"{re.escape(peer)}.*\d ms", " ".join(shown.split()))


def test_it_is_readable_in_a_pipe(shown):
    assert "\x1b" not in shown
    assert "FAILED" not in shown
    assert [line for line in shown.splitlines() if len(line) > 60] == []


def test_it_says_what_to_try_next(shown, kept):
    after = " ".join(shown.partition("Next\n")[2].split())
    for words in ("perdure inspect ", "perdure inspect --json ", "perdure load-check ", "perdure verify "):
        assert f"{words}'" in after
    assert "--keep" not in after


def test_the_file_carries_its_papers(shown, kept):
    record = perdure.open(kept / "penguins.perdure").record
    found = run_json("inspect", str(kept / "penguins.perdure"))
    assert len(record.scores.metrics["test_score"].folds) == 5
    assert min(record.scores.metrics["test_score"].folds) > 0.9
    assert found["libraries"]["scikit-learn"] is not None
    assert found["record"]["data"]["references"][0]["sha256"].startswith("f204db2c753b0937")
    texts = [text["of"] for text in found["record"]["source"]["texts"]]
    assert texts == ["train_penguins.py"]
    if Path(perdure.__file__).parents[2].joinpath(".git").exists():
        assert found["record"]["source"]["script"]["name"].endswith("train_penguins.py")
        assert re.fullmatch("[0-9a-f]{40,64}", found["record"]["source"]["git"]["commit"])


def test_the_kept_file_predicts_what_was_saved(shown, kept):
    import numpy as np

    X, _ = load_penguins(return_X_y=True)
    model = perdure.load(kept / "penguins.perdure")
    assert model.predict_proba(X).tobytes() == np.load(kept / "saved.npy").tobytes()


def test_json_and_nothing_left_behind(tmp_path):
    done = run_process("demo", "--json", TMPDIR=str(tmp_path), TEMP=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["schema"] == "perdure.demo/1"
    assert found["sha256_when_saved"] == found["sha256_when_loaded"]
    assert found["identical"] is True
    assert found["verified"] is True
    assert found["changed_file_refused"] is True
    assert len(found["scores"]) == 5
    assert [Path(row["written_by"]).name.partition(".")[0] for row in found["formats"]] == [
        "perdure",
        "pickle",
        "joblib",
        "joblib",
    ]
    assert all(row["bytes"] > 0 < row["load_seconds"] for row in found["formats"])
    assert os.listdir(tmp_path) == []
