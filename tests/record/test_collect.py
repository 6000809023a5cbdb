"""What dump and annotate put into a file, and what happens when a part of it fails."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate

import perdure
from cli.running import run
from perdure.errors import FormatError, PerdureWarning, UnsupportedError
from perdure.record import collecting
from perdure.record.probe.making import make_probe
from perdure.record.record import RECORD


@pytest.fixture
def model(two_classes):
    return LogisticRegression().fit(*two_classes)


@pytest.fixture
def path(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.csv").write_text("a,b\n")
    (tmp_path / "train.py").write_text("print('fit')\n")
    perdure.dump(model, "model.perdure")
    return "model.perdure"


def record_of(path: str) -> perdure.Record:
    with perdure.open(path) as file:
        return file.record


# --- dump -----------------------------------------------------------------------------------------------


def test_a_plain_dump_records_where_it_comes_from(path):
    record = record_of(path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record.saved.at)
    assert record.saved.perdure == perdure.__version__
    assert {item.name for item in record.environment.distributions} >= {"numpy", "scikit-learn"}
    assert record.estimators[0].classes == (0, 1)
    assert record.probe.samples[0].rows == 16
    assert record.scores is record.data is record.notes is None


def test_dumps_records_nothing(model):
    file = perdure.open(io.BytesIO(perdure.dumps(model)))
    assert file.record is None
    assert file.sections == ()


def test_the_model_in_the_file_is_that_of_dumps(path, model):
    with perdure.open(path) as file:
        assert file.digest == perdure.open(io.BytesIO(perdure.dumps(model))).digest


def test_all_that_is_handed_in_is_recorded(path, model, two_classes):
    scores = cross_validate(model, *two_classes, cv=3)
    perdure.dump(model, path, scores=scores, data="train.csv", source=["train.py", cross_validate], notes="good")
    record = record_of(path)
    assert list(record.scores.metrics["test_score"].folds) == scores["test_score"].tolist()
    assert (record.data.references[0].reference, record.data.references[0].size) == ("train.csv", 4)
    assert [text.of for text in record.source.texts] == [
        "sklearn.model_selection._validation:cross_validate",
        "train.py",
    ]
    assert record.notes == "good"
    with perdure.open(path) as file:
        assert file.section("record/source/train.py") == b"print('fit')\n"


def test_several_places_of_data(path, model):
    perdure.dump(model, path, data=["train.csv", Path("train.py"), "s3://bucket/x"])
    references = record_of(path).data.references
    assert [item.reference for item in references] == ["train.csv", "train.py", "s3://bucket/x"]
    assert [item.size for item in references] == [4, 13, None]


FAILS = {
    "scores": ({"scores": "good"}, "the record lacks the scores"),
    "data": ({"data": 3}, "the record lacks the data"),
    "data that are gone": ({"data": "gone.csv"}, "lacks size and sha256 of the data: gone.csv"),
    "source": ({"source": 3}, "the record lacks the source"),
    "source that is gone": ({"source": ["gone.py"]}, "the record lacks the source gone.py"),
    "notes": ({"notes": 3}, "the record lacks the notes"),
    "too long notes": ({"notes": "a" * (1 << 21)}, "the record lacks the notes"),
    "probe": ({"probe": "x"}, "the rows of probe= are not kept"),
}


@pytest.mark.parametrize("name", FAILS)
def test_a_part_that_fails_is_said_and_costs_nothing_else(name, path, model):
    arguments, said = FAILS[name]
    with pytest.warns(PerdureWarning, match=re.escape(said)) as caught:
        perdure.dump(model, path, **arguments)
    assert {os.path.basename(item.filename) for item in caught} == {"test_collect.py"}
    record = record_of(path)
    assert record.probe is not None
    assert record.environment is not None
    assert np.array_equal(perdure.load(path).coef_, model.coef_)
    assert perdure.verify(path).ok


@pytest.mark.parametrize("name", FAILS)
def test_a_part_that_fails_is_an_error_where_that_is_wanted(name, path, model):
    arguments, said = FAILS[name]
    before = Path(path).read_bytes()
    with pytest.raises(UnsupportedError, match=re.escape(said)):
        perdure.dump(model, path, strict=True, **arguments)
    assert Path(path).read_bytes() == before


@pytest.mark.parametrize("part", ["_environment", "_estimators", "_probe", "_source"])
def test_whatever_is_raised_inside_costs_no_model(part, path, model, monkeypatch):
    def broken(*arguments, **more):
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(collecting, part, broken)
    if part == "_source":
        monkeypatch.undo()
        monkeypatch.chdir(Path(path).parent)
        monkeypatch.setattr("perdure.record.origin.running_git", broken)
    with pytest.warns(PerdureWarning, match="the record lacks .*ZeroDivisionError: inside"):
        perdure.dump(model, "other.perdure")
    assert record_of("other.perdure").saved is not None
    assert np.array_equal(perdure.load("other.perdure").coef_, model.coef_)


# --- annotate -------------------------------------------------------------------------------------------


def test_annotate_adds_and_leaves_the_model_as_it_is(path, two_classes):
    def members():
        with perdure.open(path) as file:
            names = [name for name in file.container.archive.names if name.startswith(("graph", "record/probe"))]
            assert len(names) == 2
            return file.digest, [bytes(file.container.archive.read(name)) for name in names]

    before = members()
    first = record_of(path)
    perdure.annotate(path, scores={"test_score": [0.5, 1.0]}, notes="first")
    perdure.annotate(path, scores={"auc": [0.75]}, data="train.csv", source="train.py", notes="second")
    record = record_of(path)
    assert members() == before
    assert sorted(record.scores.metrics) == ["auc", "test_score"]
    assert record.notes == "second"
    assert record.data.references[0].size == 4
    assert record.source.texts[0].name == "train.py"
    assert len(record.annotated) == 2
    assert (record.saved, record.environment, record.probe) == (first.saved, first.environment, first.probe)
    assert perdure.verify(path).ok


def test_annotate_takes_the_newer_of_two(path):
    perdure.annotate(path, source="train.py", scores={"test_score": [0.5]})
    Path("train.py").write_text("print('fit better')\n")
    perdure.annotate(path, source="train.py", scores={"test_score": [0.75]})
    record = record_of(path)
    assert [text.name for text in record.source.texts] == ["train.py"]
    assert record.scores.metrics["test_score"].folds == (0.75,)
    with perdure.open(path) as file:
        assert file.section("record/source/train.py") == b"print('fit better')\n"
    assert perdure.verify(path).ok


def test_annotate_gives_a_record_to_a_file_without_one(path, model):
    Path(path).write_bytes(perdure.dumps(model))
    perdure.annotate(path, notes="found on a disk")
    record = record_of(path)
    assert (record.saved, record.notes, len(record.annotated)) == (None, "found on a disk", 1)


def test_annotate_keeps_what_a_newer_perdure_wrote(path):
    from perdure.container.writing import append_sections
    from perdure.graph import canonical

    raw = canonical.loads(bytes(perdure.open(path).section(RECORD)), RECORD)
    raw["of_later"] = {"parent": "sha256:0"}
    append_sections(path, {RECORD: canonical.dumps(raw, sort_keys=True)})
    perdure.annotate(path, notes="later")
    assert record_of(path).more == {"of_later": {"parent": "sha256:0"}}


def test_annotate_warns_of_what_fails_and_adds_the_rest(path):
    with pytest.warns(PerdureWarning, match=r"gone\.py") as caught:
        perdure.annotate(path, source=["gone.py", "train.py"], notes="x")
    assert os.path.basename(caught[0].filename) == "test_collect.py"
    assert [text.name for text in record_of(path).source.texts] == ["train.py"]


def test_annotate_that_fails_leaves_the_file(path):
    before = Path(path).read_bytes()
    with pytest.raises(UnsupportedError, match="gone"):
        perdure.annotate(path, source=["gone.py"], notes="x", strict=True)
    with pytest.raises(UnsupportedError, match="nothing to add"):
        perdure.annotate(path)
    with pytest.warns(PerdureWarning, match="scores"):
        perdure.annotate(path, scores="good")
    assert Path(path).read_bytes() == before
    with pytest.raises(FileNotFoundError):
        perdure.annotate("gone.perdure", notes="x")
    Path("text.txt").write_text("hello")
    with pytest.raises(FormatError):
        perdure.annotate("text.txt", notes="x")


class Lost(LogisticRegression):
    """Says in its error where something lies."""

    def decision_function(self, X):
        raise FileNotFoundError(os.path.expanduser("~/secret/weights.bin"))


def test_no_home_folder_enters_the_file(two_classes, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    Path("train.csv").write_text("1")
    file = io.BytesIO()
    own = LogisticRegression().fit(*two_classes)
    own.__class__ = Lost
    made, _ = make_probe(own, None, pytest.fail)
    assert "~/secret/weights.bin" in str(made)
    perdure.dump(LogisticRegression().fit(*two_classes), file, data=tmp_path / "train.csv", notes="home")
    assert perdure.open(io.BytesIO(file.getvalue())).record.data.references[0].reference == "~/train.csv"
    assert str(tmp_path).encode() not in file.getvalue()
    assert str(tmp_path) not in str(made)


def test_nothing_is_warned_of_in_a_plain_dump(model, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        perdure.dump(model, tmp_path / "m.perdure")


# --- the model is on the disk before its record is made -------------------------------------------------------------

DIES_IN_A_SCORER = """
import os, signal, perdure
from sklearn.linear_model import LogisticRegression

X, y = [[0.0], [1.0], [2.0], [3.0]] * 3, [0, 0, 1, 1] * 3
model = LogisticRegression().fit(X, y)
with open("expected.perdure", "wb") as file:
    file.write(perdure.dumps(model))

def scorer(model, X, y):
    os.kill(os.getpid(), signal.SIGKILL)

perdure.dump(model, "m.perdure", X=X, y=y, cv=2, scoring={"s": scorer})
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("before", ["nothing", "another model"])
def test_a_killed_process_leaves_the_model(before, tmp_path):
    if before == "another model":
        perdure.dump(LogisticRegression(C=7.0), tmp_path / "m.perdure", notes="old")
    done = subprocess.run(
        [sys.executable, "-c", DIES_IN_A_SCORER], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    # Whole, and the very bytes of dumps: the record is what is missing.
    assert (tmp_path / "m.perdure").read_bytes() == (tmp_path / "expected.perdure").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["expected.perdure", "m.perdure"]
    assert perdure.load(tmp_path / "m.perdure").predict([[3.0]]).tolist() == [1]
    perdure.annotate(tmp_path / "m.perdure", notes="later")
    assert record_of(tmp_path / "m.perdure").notes == "later"


def test_an_interrupt_leaves_the_model(model, tmp_path):
    class Stops(dict):
        def items(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perdure.dump(model, tmp_path / "m.perdure", scores=Stops(test_score=[1.0]))
    assert (tmp_path / "m.perdure").read_bytes() == perdure.dumps(model)


def test_what_is_no_file_is_written_once(model, tmp_path):
    file = io.BytesIO()
    perdure.dump(model, file)
    assert perdure.open(io.BytesIO(file.getvalue())).record is not None
    if not hasattr(os, "mkfifo"):
        return
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    perdure.dump(model, pipe)
    data, _ = reader.communicate(timeout=60)
    assert perdure.open(io.BytesIO(data)).record is not None


# --- who made it ------------------------------------------------------------------------------------------------------


def test_author_and_license(path, model):
    perdure.dump(model, path, author="A. Person", license="apache-2.0")
    assert (record_of(path).author, record_of(path).license) == ("A. Person", "apache-2.0")
    perdure.annotate(path, author="B. Person")
    assert (record_of(path).author, record_of(path).license) == ("B. Person", "apache-2.0")
    shown = run("inspect", path).output
    assert re.search(r"author +B\. Person", shown)
    assert re.search(r"license +apache-2\.0", shown)
    for wrong in (3, "", "two\nlines", "a" * 2000):
        with pytest.warns(PerdureWarning, match="the record lacks the author"):
            perdure.dump(model, path, author=wrong)
        assert record_of(path).author is None
