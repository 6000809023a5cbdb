"""The training data in the file: only on request, as Parquet, and the same values when they come out again."""

from __future__ import annotations

import datetime
import io
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

import perdure
from cli.running import run, run_json
from perdure.container.writing import append_sections
from perdure.errors import FormatError, LimitError, MissingExtraError, PerdureWarning
from perdure.record import embedding
from perdure.record.fingerprint import fingerprint
from perdure.record.record import RECORD

pyarrow = pytest.importorskip("pyarrow")

MOMENT = datetime.datetime(2026, 1, 31, 12, 30, 0, 250)
FRAME = pd.DataFrame(
    {
        "whole": [1, 2, 3],
        "gap": pd.Series([1, None, 3], dtype="Int64"),
        "float": [0.1, None, -0.0],
        "text": ["a", None, "é"],
        "category": pd.Categorical(["x", "y", "x"], categories=["y", "x"], ordered=True),
        "flag": [True, False, True],
        "time": [MOMENT, None, MOMENT],
    }
)
KINDS = {
    "float64": np.random.default_rng(0).normal(size=(20, 3)),
    "float32": np.random.default_rng(0).normal(size=(20, 3)).astype("f4"),
    "big-endian": np.arange(12, dtype=">i4").reshape(4, 3),
    "bool": np.array([True, False, True]),
    "one column": np.arange(5.0)[:, None],
    "uint8": np.arange(5, dtype="u1"),
    "fortran": np.asfortranarray(np.arange(12.0).reshape(4, 3)),
    "texts": np.array([["a", "bcd"], ["é", ""]]),
    "objects": np.array([["a", 1.5], [None, 2.5]], dtype=object),
    "times": np.array([MOMENT], dtype="M8[us]"),
    "list": [[1.5, 2.0], [3.0, 4.0]],
    "list of texts": ["a", "b"],
    "frame": FRAME,
    "frame without names": pd.DataFrame([[1, 2.5], [3, 4.5]]),
    "series": pd.Series([1, 2, 3], name="label"),
    "series without a name": pd.Series(["a", "b", None]),
    "arrow": pyarrow.table({"a": [1, None, 3], "b": ["x", "y", None]}),
    "arrow column": pyarrow.chunked_array([[1, 2], [3]]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_they_come_back_as_they_were(kind):
    given = KINDS[kind]
    table = fingerprint(given)
    embedded, data = embedding.embed("X", given, table)
    assert data[:4] == data[-4:] == b"PAR1"
    again = embedding._restored(data, embedded, table)
    assert fingerprint(again).values == table.values
    assert fingerprint(again).schema == table.schema
    if isinstance(given, np.ndarray):
        assert type(again) is np.ndarray
        assert (again.dtype, again.shape) == (given.dtype, given.shape)
    elif isinstance(given, pd.DataFrame):
        pd.testing.assert_frame_equal(again, given)
    elif isinstance(given, pd.Series):
        pd.testing.assert_series_equal(again, given)


def test_those_of_polars():
    polars = pytest.importorskip("polars")
    for given in (polars.DataFrame({"a": [1, None], "b": ["x", "y"]}), polars.Series("label", [1, 2])):
        table = fingerprint(given)
        again = embedding._restored(*reversed(embedding.embed("X", given, table)), table)
        assert again.equals(given)


REFUSED = {
    "sparse": (sparse.csr_matrix(np.eye(3)), "sparse matrix"),
    "mixed": (pd.DataFrame({"a": np.array([1, "x", None], dtype=object)}), "canonical form|Parquet"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_does_not_fit_is_said_and_costs_nothing(kind, tmp_path):
    given, said = REFUSED[kind]
    model = LogisticRegression().fit(np.eye(3), [0, 1, 1])
    with pytest.warns(PerdureWarning, match=said):
        perdure.dump(model, tmp_path / "m.perdure", X=given, y=[0, 1, 1], embed_data=True)
    with perdure.open(tmp_path / "m.perdure") as file:
        assert [item.role for item in file.record.data.embedded] == ["y"]
    assert perdure.verify(tmp_path / "m.perdure").ok


def test_without_data_there_is_nothing_to_keep(tmp_path):
    with pytest.warns(PerdureWarning, match=r"there are none\n.*X=X, y=y"):
        perdure.dump(LogisticRegression(), tmp_path / "m.perdure", embed_data=True)


@pytest.fixture
def saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chance = np.random.RandomState(0)
    X = pd.DataFrame(chance.normal(size=(90, 3)), columns=["a", "b", "c"])
    y = pd.Series((X["a"] + chance.normal(size=90) > 0).astype(int), name="label")
    model = LogisticRegression().fit(X, y)
    perdure.dump(model, "m.perdure", X=X, y=y, cv=3, scoring=["accuracy"], embed_data=True, strict=True)
    return X, y


def test_by_default_no_row_enters_the_file(saved):
    X, y = saved
    perdure.dump(perdure.load("m.perdure"), "plain.perdure", X=X, y=y, cv=3)
    with perdure.open("plain.perdure") as file:
        assert not [name for name in file.sections if name.startswith(embedding.DATA)]
        assert file.record.data.embedded == ()


def test_verify_and_rebuild_use_them(saved):
    X, y = saved
    with perdure.open("m.perdure") as file:
        assert [name for name in file.sections if "data" in name] == ["record/data/X.parquet", "record/data/y.parquet"]
        again = embedding.read_embedded(file.section, file.record.data)
    pd.testing.assert_frame_equal(again["X"], X)
    pd.testing.assert_series_equal(again["y"], y)
    report = perdure.verify("m.perdure", rescore=True)
    assert report.ok, str(report)
    assert [item.details["verdict"] for item in report.of("scores")] == ["the same"]
    assert "in the file, as recorded" in str(perdure.verify("m.perdure"))
    report = perdure.rebuild("m.perdure", "new.perdure", isolated=False)
    assert report.ok
    assert report.summary == "new.perdure: rebuilt"
    assert perdure.verify("new.perdure", rescore=True).ok
    assert run("verify", "m.perdure", "--rescore").exit_code == 0
    assert run("rebuild", "m.perdure", "--no-isolation", "-o", "third.perdure").exit_code == 0


def test_annotate_adds_them_and_takes_newer_ones(saved):
    X, y = saved
    perdure.dump(perdure.load("m.perdure"), "plain.perdure", X=X, y=y)
    perdure.annotate("plain.perdure", X=X, y=y, embed_data=True)
    assert perdure.verify("plain.perdure").ok
    with perdure.open("plain.perdure") as file:
        assert [item.role for item in file.record.data.embedded] == ["X", "y"]
    # Other data: what the file holds of the old ones is no longer what it speaks of.
    perdure.annotate("plain.perdure", X=X[::-1])
    with perdure.open("plain.perdure") as file:
        assert [item.role for item in file.record.data.embedded] == ["y"]


def test_perdure_record_writes_them_out(saved, tmp_path):
    Path("train.py").write_text("print(1)\n")
    perdure.annotate("m.perdure", source="train.py", data={"s3://lake/table": 12})
    found = run_json("record", "m.perdure", "-o", "out")
    assert found["written"] == [
        os.path.join("out", "data", "X.parquet"),
        os.path.join("out", "data", "y.parquet"),
        os.path.join("out", "source", "train.py"),
    ]
    assert Path("out/source/train.py").read_text() == "print(1)\n"
    pd.testing.assert_frame_equal(pd.read_parquet("out/data/X.parquet"), saved[0])
    with perdure.open("m.perdure") as file:
        assert found["source_digest"] == file.record.source.digest
    # What is there is not replaced.
    assert run("record", "m.perdure", "-o", "out").exit_code == 2


def changed(content: bytes, **more) -> None:
    from hashlib import sha256

    with perdure.open("m.perdure") as file:
        record = file.record
    X, y = record.data.embedded
    X = replace(X, sha256=sha256(content).hexdigest(), size=len(content), **more)
    record = replace(record, data=replace(record.data, embedded=(X, y)))
    append_sections("m.perdure", {RECORD: record.to_bytes(), "record/data/X.parquet": content})


def parquet(table) -> bytes:
    sink = io.BytesIO()
    import pyarrow.parquet

    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue()


HOSTILE = {
    "no Parquet": b"PAR1" + b"\xff" * 100 + b"PAR1",
    "empty": b"",
    "other rows": parquet(pyarrow.table({"a": [1.0], "b": [1.0], "c": [1.0]})),
    "other columns": parquet(pyarrow.table({"a": [1.0] * 90})),
    "lists": parquet(pyarrow.table({name: [[1.0]] * 90 for name in "abc"})),
    "other values": parquet(pyarrow.table({name: [1.0] * 90 for name in "abc"})),
    "texts": parquet(pyarrow.table({name: ["x"] * 90 for name in "abc"})),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_file_of_somebody_is_no_way_in(saved, kind):
    changed(HOSTILE[kind])
    report = perdure.verify("m.perdure", rescore=True)
    assert not report.ok
    assert {item.check for item in report.failed} <= {"data", "scores"}
    with pytest.raises(perdure.PerdureError):
        perdure.rebuild("m.perdure", "new.perdure", isolated=False)
    # Loading never looks at them.
    perdure.load("m.perdure")


def test_damage_of_any_kind_is_an_error_of_ours():
    import random

    frame = FRAME[["whole", "float", "text", "category"]]
    table = fingerprint(frame)
    embedded, data = embedding.embed("X", frame, table)
    chance, outcomes = random.Random(0), set()
    for _ in range(400):
        mutant = bytearray(data)
        for _ in range(chance.choice([1, 2, 4])):
            place = chance.randrange(len(mutant))
            mutant[place] = chance.choice([mutant[place] ^ 1 << chance.randrange(8), 0, 127, 128, 255])
        try:
            embedding._restored(bytes(mutant), embedded, table)
            outcomes.add("read")
        except (FormatError, LimitError) as error:
            outcomes.add(type(error).__name__)
    assert "FormatError" in outcomes


def test_a_dtype_of_somebody_allocates_nothing(saved):
    content = parquet(pyarrow.table({name: [1.0] * 90 for name in "abc"}))
    for dtype in ("<U999999999", "V1000000000", "f8,f8", "O", "S99"):
        changed(content, dtype=dtype)
        assert not perdure.verify("m.perdure", rescore=True).ok


def test_a_few_bytes_do_not_stand_for_all_memory(saved, monkeypatch):
    with perdure.open("m.perdure") as file:
        monkeypatch.setattr(embedding, "_LIMITS", embedding._LIMITS.with_changes(decoded_bytes=1000))
        with pytest.raises(LimitError, match="bytes of X"):
            embedding.read_embedded(file.section, file.record.data)


def test_one_changed_byte_is_found(saved):
    with perdure.open("m.perdure") as file:
        content = bytearray(file.section("record/data/X.parquet"))
    content[len(content) // 2] ^= 1
    append_sections("m.perdure", {"record/data/X.parquet": bytes(content)})
    report = perdure.verify("m.perdure")
    assert "X: what the file holds is not what it recorded" in str(report)
    with perdure.open("m.perdure") as file, pytest.raises(FormatError):
        embedding.read_embedded(file.section, file.record.data)


def test_without_pyarrow_the_error_says_what_to_install(saved, monkeypatch):
    import sys

    X, y = saved
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.warns(PerdureWarning, match=r"perdure\[parquet\]"):
        perdure.dump(perdure.load("m.perdure"), "plain.perdure", X=X, y=y, embed_data=True)
    assert "perdure[parquet]" in str(perdure.verify("m.perdure", rescore=True))
    with perdure.open("m.perdure") as file, pytest.raises(MissingExtraError):
        embedding.read_embedded(file.section, file.record.data)
