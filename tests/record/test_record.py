"""The record as JSON: what goes in comes out, what is not as perdure writes it is refused, what is newer is kept."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perdure import FormatError, LimitError, Record
from perdure.graph import canonical
from perdure.record.record import (
    Distribution,
    Environment,
    EstimatorSummary,
    Git,
    ProbeSample,
    ProbeSummary,
    Script,
    Source,
    SourceText,
    Stamp,
    ThreadPool,
)
from perdure.record.training import Column, Data, DataReference, Folds, Score, Scores, Table

HEX = "0123456789abcdef" * 4
FULL = Record(
    saved=Stamp(at="2026-01-31T12:00:00Z", perdure="1.0.0"),
    annotated=(Stamp(at="2026-02-01T08:30:00Z", perdure="1.0.1"),),
    environment=Environment(
        python="3.13.0",
        implementation="CPython",
        system="Linux",
        release="6.1",
        machine="x86_64",
        byteorder="little",
        bits=64,
        distributions=(
            Distribution(name="numpy", version="2.5.5"),
            Distribution(name="own", version="1", direct_url="git+https://host/own@" + "a" * 40),
        ),
        threadpools=(ThreadPool(user_api="blas", internal_api="openblas", num_threads=2, version="0.3"),),
    ),
    estimators=(
        EstimatorSummary(
            path="model", type="sklearn.svm:SVC", n_features_in=2, feature_names=("a", "ö"), classes=(True, 1, 2.5, "x")
        ),
    ),
    source=Source(
        git=Git(commit="a" * 40, branch="main", dirty=True),
        script=Script(name="train.py", sha256=HEX),
        texts=(SourceText(name="train.py", kind="file", of="train.py", size=3, sha256=HEX),),
    ),
    data=Data(
        X=Table(
            container="pandas.DataFrame",
            shape=(9, 1),
            columns=(Column(name="ünï\n", dtype="Int64", kind="number", missing=2, sha256=HEX),),
            values=HEX,
            block_rows=32,
            blocks=(HEX[:16],),
        ),
        y=Table(container="builtins.list"),
        references=(
            DataReference(reference="s3://bucket/x.parquet"),
            DataReference(reference="~/x", size=1, sha256=HEX),
        ),
    ),
    scores=Scores(
        metrics={"test_score": Score(folds=(1.0, math.inf, -0.0), mean=0.5, std=0.25)},
        scorers={"test_score": "accuracy"},
        folds=Folds(splitter="KFold", parameters={"n_splits": 3, "shuffle": False}, rows=9, digests=(HEX,) * 3),
        estimator="best_estimator_",
    ),
    probe=ProbeSummary(
        origin="derived",
        samples=(ProbeSample(path="model", rows=16, outputs=("predict",), missing={"transform": "no"}),),
        storage={"1": [3, "zstd"], "2": 1},
    ),
    notes="two\nlines, ünïcode and \x1b",
)


def test_a_record_comes_back_as_it_was():
    data = FULL.to_bytes()
    again = Record.parse(data)
    assert again == FULL
    assert again.to_bytes() == data


def test_an_empty_record_is_an_empty_object():
    assert Record().to_bytes() == b"{}"
    assert Record.parse(b"{}") == Record()


def test_scores_that_are_not_numbers_come_back():
    record = Record(scores=Scores(metrics={"s": Score(folds=(math.nan,), mean=math.nan, std=math.nan)}))
    again = Record.parse(record.to_bytes()).scores.metrics["s"]
    assert math.isnan(again.mean)
    assert math.isnan(again.folds[0])


def test_any_json_reader_gets_it_right():
    raw = json.loads(FULL.to_bytes())
    assert raw["estimators"][0]["feature_names"] == ["a", "ö"]
    assert raw["scores"]["metrics"]["test_score"]["folds"] == [1.0, ["float", "inf"], ["float", "-0.0"]]
    assert "direct_url" not in raw["environment"]["distributions"][0]


def test_what_a_newer_perdure_writes_is_kept_at_every_level():
    raw = json.loads(FULL.to_bytes())
    raw["of_later"] = {"parent": [None, {"a": 1.5}]}
    raw["environment"]["blas"] = "new"
    raw["scores"]["splitter"] = {"kind": "KFold", "seed": None}
    raw["data"]["X"]["memory"] = {"order": "F"}
    data = canonical.dumps(raw, sort_keys=True)
    record = Record.parse(data)
    assert record.more == {"of_later": raw["of_later"]}
    assert record.scores.metrics == FULL.scores.metrics
    assert record.to_bytes() == data


def changed(**parts: object) -> bytes:
    raw = json.loads(FULL.to_bytes())
    for path, value in parts.items():
        *way, last = path.split("__")
        place = raw
        for step in way:
            place = place[int(step) if step.isdecimal() else step]
        place[int(last) if last.isdecimal() else last] = value
    return canonical.dumps(raw, sort_keys=True)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("saved", [], r"record\.saved is not an object"),
        ("saved", None, r"record\.saved is not an object"),
        ("saved", {"at": "2026-01-31T12:00:00Z"}, r"record\.saved has no perdure"),
        ("saved__at", "yesterday", r"record\.saved\.at cannot be 'yesterday'"),
        ("saved__at", 5, r"record\.saved\.at is not str"),
        ("estimators", {}, r"record\.estimators is not a list"),
        ("estimators__0__path", "model\x1b[31m", r"record\.estimators\[0\]\.path cannot be"),
        ("estimators__0__n_features_in", True, r"n_features_in is not int"),
        ("estimators__0__n_features_in", 2.0, r"n_features_in is not int"),
        ("estimators__0__classes", [["x"]], "classes"),
        ("source__git__commit", "HEAD", r"git\.commit cannot be"),
        ("source__git__dirty", 1, r"git\.dirty is not bool"),
        ("source__texts__0__name", "../train.py", r"texts\[0\]\.name cannot be"),
        ("source__texts__0__name", ".hidden", r"texts\[0\]\.name cannot be"),
        ("source__texts__0__sha256", HEX.upper(), "sha256 cannot be"),
        ("data__references__1__size", "1", "size is not int"),
        ("scores__metrics__test_score", {"folds": [1], "mean": 1.0, "std": 0.0}, r"folds\[0\] is not float"),
        ("scores__metrics__test_score__mean", ["float", "big"], "mean"),
        ("environment__byteorder", "middle", "byteorder cannot be"),
        ("environment__bits", 2**70, "not as perdure writes it"),
        ("probe__storage", [], "storage is not an object"),
        ("probe__samples__0__missing", {"a": 1}, "missing"),
        ("annotated", [], "not as perdure writes it"),
    ],
)
def test_what_cannot_stand_in_a_record_is_refused_with_its_place(path, value, said):
    with pytest.raises(FormatError, match=said):
        Record.parse(changed(**{path: value}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{ "notes":"a"}',
        b'{"notes":"a","notes":"a"}',
        b'{"scores":{"metrics":{"s":{"folds":[NaN],"mean":1.0,"std":0.0}}}}',
        b'{"saved":{"perdure":"1","at":"2026-01-31T12:00:00Z"}}',
        b'{"notes":null}',
        b"\xff\xfe",
        b'{"notes":"\xc3\xb6"}',
        b"[" * 100_000,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        b'{"more":' + b"[" * 900 + b"]" * 900 + b"}",
    ],
)
def test_other_bytes_are_refused(data):
    try:
        record = Record.parse(data)
    except (FormatError, LimitError):
        return
    assert record.to_bytes() == data


def test_a_record_has_a_limit():
    with pytest.raises(LimitError, match="bytes"):
        Record.parse(b'{"notes":"' + b"a" * (1 << 22) + b'"}')
    with pytest.raises(LimitError, match="bytes"):
        Record(notes="a" * (1 << 22)).to_bytes()


@given(st.data())
def test_changed_bytes_are_refused_or_mean_what_they_say(data):
    original = FULL.to_bytes()
    place = data.draw(st.integers(0, len(original) - 1))
    byte = data.draw(st.integers(0, 255))
    bent = original[:place] + bytes([byte]) + original[place + 1 :]
    try:
        record = Record.parse(bent)
    except (FormatError, LimitError):
        return
    assert record.to_bytes() == bent


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
KEYS = ["saved", "environment", "estimators", "source", "data", "scores", "probe", "notes", "new"]


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(KEYS), values))
def test_any_json_is_read_or_refused(raw):
    try:
        data = canonical.dumps(raw, sort_keys=True)
    except ValueError:
        return  # NaN is no JSON
    try:
        record = Record.parse(data)
    except (FormatError, LimitError):
        return
    assert record.to_bytes() == data
