"""verify and the fingerprint of the data: what is the same from anywhere, and what has changed by name."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

import perdure
from cli.running import run
from perdure.container.writing import append_sections
from perdure.record.record import RECORD
from perdure.record.training import Column, Table

HEX = "0123456789abcdef" * 4
CHANCE = np.random.RandomState(0)
X = pd.DataFrame(CHANCE.normal(size=(100, 3)), columns=["length", "width", "mass"])
Y = pd.Series((X["length"] + CHANCE.normal(size=100) > 0).astype(int), name="kind")


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X.assign(kind=Y).to_csv("train.csv", index=False)
    weights = np.ones(100)
    perdure.dump(LogisticRegression().fit(X, Y), "model.perdure", X=X, y=Y, sample_weight=weights, data="train.csv")
    return "model.perdure"


def data_findings(path: str, **given: object) -> list[tuple[str, str]]:
    return [(finding.status, finding.message) for finding in perdure.verify(path, **given).of("data")]


def test_the_record_says_what_the_data_were(path):
    with perdure.open(path) as file:
        data = file.record.data
    assert data.X.shape == (100, 3)
    assert [(column.name, column.kind, column.missing) for column in data.X.columns] == [
        ("length", "number", 0),
        ("width", "number", 0),
        ("mass", "number", 0),
    ]
    assert data.y.columns[0].name == "kind"
    assert data.sample_weight.shape == (100,)
    assert data.groups is None
    assert data.references[0].reference == "train.csv"


def test_inspect_shows_what_the_data_were(path):
    shown = run("inspect", path).stdout
    assert re.search(r"^X +pandas.DataFrame of 100 × 3  values sha256 [0-9a-f]{16}…$", shown, re.MULTILINE)
    assert re.search(r"^weights +numpy.ndarray of 100  ", shown, re.MULTILINE)


@pytest.mark.parametrize(
    "given", [X, X.to_numpy(), np.asfortranarray(X), X.to_numpy().tolist()], ids=["a", "b", "c", "d"]
)
def test_the_same_values_from_anywhere(path, given):
    found = data_findings(path, X=given, y=Y.tolist(), sample_weight=[1] * 100)
    assert [status for status, _ in found] == ["ok", "ok", "ok"]
    assert "X: the same values as when the model was saved (100" in found[0][1]


def changed_cell() -> pd.DataFrame:
    changed = X.copy()
    changed.iloc[70, 1] = np.nextafter(changed.iloc[70, 1], 9)
    return changed


CHANGES = {
    "one cell": (changed_cell(), "changed in 'width'; rows 64 to 95"),
    "swapped": (X[["width", "length", "mass"]], "columns swapped: 'length', 'width'"),
    "swapped under their names": (
        X.assign(length=X["mass"], mass=X["length"]),
        "columns swapped: 'length', 'mass'",
    ),
    "renamed": (X.rename(columns={"mass": "weight"}), "columns renamed: 'mass' → 'weight'"),
    "reordered": (X.iloc[::-1], "the same rows in another order"),
    "fewer rows": (X.iloc[:-1], "100 rows then, 99 now"),
    "fewer columns": (X[["length"]], "3 columns then, 1 now"),
    "text": (X.assign(mass="heavy"), "kind of 'mass': number then, text now"),
    "strange": (X.assign(mass=[object()] * 100), "has no canonical form"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_has_changed_is_said(path, name):
    changed, said = CHANGES[name]
    report = perdure.verify(path, X=changed, y=Y)
    (failed,) = report.failed
    assert failed.check == "data"
    assert failed.details["role"] == "X"
    assert said in failed.message
    assert report.to_dict()["ok"] is False


def test_a_file_with_other_bytes_and_the_same_values(path):
    X.assign(kind=Y).to_csv("train.csv", index=False, sep=",", quoting=1)
    found = data_findings(path, data="train.csv")
    assert found[0] == ("note", "train.csv: other bytes than recorded, for the same values")
    assert [status for status, _ in found[1:]] == ["ok", "ok", "note"]
    changed_cell().assign(kind=Y).to_csv("train.csv", index=False)
    assert [text for status, text in data_findings(path, data="train.csv") if status == "failed"] == [
        "X: changed in 'width'; rows 64 to 95"
    ]
    X[["mass", "length", "width"]].assign(kind=Y).to_csv("train.csv", index=False)
    assert "columns swapped" in data_findings(path, data="train.csv")[0][1]
    Path("train.csv").write_text("a,b\n1,2\n")
    assert "has no column" in data_findings(path, data="train.csv")[-1][1]


def test_texts_as_data(tmp_path):
    texts = ["the old tree", "a leaf", "the leaf"]
    path = str(tmp_path / "model.perdure")
    perdure.dump(CountVectorizer().fit(texts), path, X=texts)
    assert perdure.verify(path, X=np.array(texts, dtype=object)).ok
    assert not perdure.verify(path, X=[*texts[:2], "the leaves"]).ok


def test_what_has_no_fingerprint_costs_no_model(tmp_path):
    path = str(tmp_path / "model.perdure")
    with pytest.warns(perdure.PerdureWarning, match="lacks the fingerprint of groups"):
        perdure.dump(LogisticRegression().fit(X, Y), path, X=X, groups=[object()] * 100)
    assert perdure.verify(path, X=X).ok
    perdure.annotate(path, groups=np.arange(100), X=X)
    assert perdure.verify(path, X=X, groups=list(range(100))).ok


HOSTILE = [
    Table(container="x", values=HEX),
    Table(container="x", shape=(-1, 10**18), values=HEX, block_rows=0, blocks=("0" * 16,)),
    Table(container="x", shape=(100,), values=HEX, unordered=HEX, block_rows=32, blocks=("0" * 16,) * 4),
    Table(
        container="x",
        shape=(100, 3),
        columns=(Column(name="\x1b[31m", dtype="f8", kind="text", missing=-1, sha256=HEX),) * 3,
        values=HEX,
        schema=HEX,
        block_rows=-32,
        blocks=("0" * 16,) * 4,
    ),
]


@pytest.mark.parametrize("table", HOSTILE, ids=range(len(HOSTILE)))
def test_a_record_that_lies_is_a_finding(path, table):
    with perdure.open(path) as file:
        record = file.record
    lying = replace(record, data=replace(record.data, X=table))
    append_sections(path, {RECORD: lying.to_bytes()})
    report = perdure.verify(path, X=X, y=Y)
    assert [finding.details["role"] for finding in report.failed] == ["X"]
    assert "\x1b" not in str(report)
