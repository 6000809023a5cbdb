"""`perdure card`: what the record says as a model card, and nothing of it as markup."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import perdure
from cli.running import run

X = pd.DataFrame(np.random.RandomState(0).normal(size=(40, 2)), columns=["a", "<img src=x>|`b`"])
Y = (X["a"] > 0).astype(int)


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notes = "good\n---\n[link](http://host) `x` | <b>"
    model = LogisticRegression().fit(X, Y)
    said = {"notes": notes, "author": "A. <b>Person</b>", "license": "apache-2.0"}
    perdure.dump(model, "m.perdure", X=X, y=Y, cv=4, scoring=["accuracy"], data="s3://bucket/x", **said)
    return "m.perdure"


def test_the_card_says_what_the_record_says(path):
    text = run("card", path).stdout
    with perdure.open(path) as file:
        score = file.record.scores.metrics["test_accuracy"]
        assert file.digest in text
        assert file.record.data.X.values in text
    assert f"| `accuracy` | {score.mean:.4g} | {score.std:.2g} | 4 |" in text
    assert "`StratifiedKFold(n_splits=4, shuffle=False)`" in text
    assert "| X | 40 × 2" in text
    assert "| reference | `s3://bucket/x` |" in text
    assert "| author | `A. <b>Person</b>` |" in text
    assert "| license | `apache-2.0` |" in text
    assert run("card", path, "-o", "README.md").exit_code == 0
    assert Path("README.md").read_text(encoding="utf-8") == text == perdure.card(path)


def test_every_value_of_the_front_matter_is_json_and_so_yaml(path):
    _, front, *_ = perdure.card(path).split("---\n")
    values = {}
    for line in front.splitlines():
        key, colon, value = line.strip().removeprefix("- ").partition(": ")
        if line.strip().startswith("- {"):
            metric = json.loads(line.strip().removeprefix("- "))
        elif colon:
            values[key] = json.loads(value)
    assert values["library_name"] == "sklearn"
    assert values["license"] == "apache-2.0"
    assert values["task"] == {"type": "tabular-classification"}
    assert values["dataset"]["name"] == "cross-validation on s3://bucket/x"
    with perdure.open(path) as file:
        assert metric == {"type": "accuracy", "value": file.record.scores.metrics["test_accuracy"].mean}


def test_nothing_of_the_file_is_markup(path):
    text = perdure.card(path)
    for line in text.splitlines():
        outside = "".join(line.split("`")[::2])
        assert "<" not in outside
        assert "](" not in outside
    assert text.count("\n---\n") == 1
    assert "| `<img src=x>¦'b'` | `number` | 0 |" in text


def test_a_file_without_a_record_and_no_file(tmp_path):
    text = perdure.card(io.BytesIO(perdure.dumps(LogisticRegression().fit(X, Y))))
    assert "sklearn.linear_model._logistic:LogisticRegression" in text
    assert "model-index" not in text
    (tmp_path / "x.perdure").write_bytes(b"hello")
    assert run("card", str(tmp_path / "x.perdure")).exit_code == 3


@pytest.mark.parametrize(
    ("said", "license", "name"),
    [
        ("apache-2.0", "apache-2.0", None),
        ("BSD-3-Clause", "bsd-3-clause", None),
        ("GPL-3.0-or-later", "gpl-3.0", None),
        ("MIT License", "mit", None),
        ("ODbL-1.0", "odbl", None),
        ("CC0-1.0", "cc0-1.0", None),
        ("Apache-2.0 OR MIT", "other", "Apache-2.0 OR MIT"),
        ("ours: alone\n---", "other", "ours: alone ---"),
        ("other", "other", "other"),
    ],
)
def test_a_license_is_one_of_hugging_faces_list_or_another_with_its_name(said, license, name):
    file = io.BytesIO()
    perdure.dump(LogisticRegression().fit(X.to_numpy(), Y), file, license=said.replace("\n", " "))
    _, front, *_ = perdure.card(io.BytesIO(file.getvalue())).split("---\n")
    lines = dict(line.partition(": ")[::2] for line in front.splitlines() if line.startswith("license"))
    assert json.loads(lines["license"]) == license
    assert json.loads(lines.get("license_name", "null")) == name
