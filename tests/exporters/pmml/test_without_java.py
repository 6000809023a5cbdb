"""What of PMML needs no Java: who is missing, which road is taken, names, and the XML around a model."""

from __future__ import annotations

import io
import os
import sys
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import perdure
from perdure.errors import ExportError, MissingExtraError, UnsupportedError
from perdure.exporters.pmml import exporting, working
from perdure.exporters.pmml.document import described, mended, probabilities
from perdure.exporters.pmml.java import find_java
from perdure.exporters.pmml.target import Output, PmmlTarget
from perdure.exporters.pmml.worker import _let_trees_be_exact
from perdure.exporters.pmml.working import Refused, pins, said_of
from perdure.exporters.rows import RowSource

X = np.random.RandomState(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)
MODEL = LogisticRegression().fit(X, Y)
DOCUMENT = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
	<Header>
		<Application name="x"/>
	</Header>
	<DataDictionary><DataField name="city" optype="categorical" dataType="string"/></DataDictionary>
	<RegressionModel functionName="classification">
		<MiningSchema>
			<MiningField name="y" usageType="target"/>
			<MiningField name="city"/>
			<MiningField name="age"/>
		</MiningSchema>
		<Output>
			<OutputField name="probability(no)" feature="probability" value="no"/>
			<OutputField name="probability(yes)" feature="probability" value="yes"/>
			<OutputField name="other" feature="transformedValue"/>
		</Output>
		<LocalTransformations>
			<DerivedField name="normalizer(a)"><Apply function="/"><FieldRef field="a"/><FieldRef field="norm(l2)"/></Apply></DerivedField>
			<DerivedField name="words"><TextIndex textField="city" x-wordRE="(?u)\\b\\w\\w+\\b"/></DerivedField>
			<DerivedField name="scaled(a)"><Apply function="/"><FieldRef field="a"/><Constant>2</Constant></Apply></DerivedField>
		</LocalTransformations>
		<RegressionModel functionName="regression" normalizationMethod="logit">
			<Output><OutputField name="decisionFunction(no)"/></Output>
		</RegressionModel>
	</RegressionModel>
</PMML>
"""


def fake_java(folder, said, code=0):
    """A program that stands for a Java."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "java"
    lines = "".join(f"echo '{line}' >&2\n" for line in said.splitlines())
    program.write_text(f"#!/bin/sh\n{lines}exit {code}\n")
    program.chmod(0o755)
    return program


posix = pytest.mark.skipif(os.name == "nt", reason="the programs that stand for Java are shell scripts")


# --- Java --------------------------------------------------------------------------------------------------------------


def test_no_java_is_said_with_how_to_install_one(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtraError, match="Java 11 or newer") as caught:
        perdure.export(MODEL, io.BytesIO(), format="pmml")
    assert "apt-get install default-jre-headless" in caught.value.fix


def test_a_java_home_without_java_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MissingExtraError, match=tmp_path.name):
        find_java(11)


@posix
@pytest.mark.parametrize(
    ("said", "release"),
    [
        ('    java.home = /usr/lib/jvm/seventeen\nopenjdk version "17.0.15" 2025-04-15', 17),
        ('    java.home = /opt/java 25\njava version "25" 2025-09-16 LTS', 25),
    ],
)
def test_a_java_says_its_home_and_its_release(monkeypatch, tmp_path, said, release):
    fake_java(tmp_path, said)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    found = find_java(11)
    assert (found.home, found.release) == (said.splitlines()[0].partition("= ")[2], release)


@posix
def test_an_old_java_is_refused(monkeypatch, tmp_path):
    fake_java(tmp_path, '    java.home = /usr\nopenjdk version "1.8.0_412"')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MissingExtraError, match="is Java 8"):
        find_java(11)


@posix
def test_a_java_that_fails_is_quoted(monkeypatch, tmp_path):
    fake_java(tmp_path, "no libjvm here", code=1)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MissingExtraError, match="no libjvm here"):
        find_java(11)


@posix
def test_without_uv_the_isolated_road_says_what_to_install(monkeypatch, tmp_path):
    fake_java(tmp_path, '    java.home = /usr\nopenjdk version "17.0.15"')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(exporting, "has_direct_road", lambda: False)
    with pytest.raises(MissingExtraError, match="uv") as caught:
        perdure.export(MODEL, io.BytesIO(), format="pmml")
    assert "pip install uv" in caught.value.fix


# --- which road --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("running", "installed", "direct"),
    [
        ("1.2.2", "0.133.1", True),
        ("1.9.0", "0.133.1", True),
        ("1.9.1", "0.133.1", False),
        ("1.10.0", "0.133.1", False),
        # What a later one accepts is asked of it.
        ("1.10.0", "0.140.0", True),
        ("1.9.0", None, False),
    ],
)
def test_the_road_follows_from_what_is_installed(monkeypatch, running, installed, direct):
    def version(name):
        if installed is None:
            raise working.PackageNotFoundError(name)
        return installed

    monkeypatch.setattr(sklearn, "__version__", running)
    monkeypatch.setattr(working, "version", version)
    monkeypatch.setattr(working, "pins", lambda: {"accepted": {"sklearn2pmml": "0.133.1", "scikit-learn": "1.9.0"}})
    assert working.has_direct_road() is direct


def test_the_pins_say_what_they_accept():
    known = dict(line.split(";")[0].strip().split("==") for line in pins()["requirements"])
    assert {name: known[name] for name in pins()["accepted"]} == pins()["accepted"]


def test_a_refused_release_is_told_from_other_refusals():
    assert Refused("SkLearnException: Scikit-Learn version '1.9.1' is not supported", kind="python").is_of_release
    assert not Refused("Python class x.Y is not supported", kind="python").is_of_release


def test_a_model_that_cannot_go_back_is_refused_by_name():
    found = SimpleNamespace(versions={"scikit-learn": "1.9.0", "sklearn2pmml": "0.133.1"})
    error = Refused("made with scikit-learn 2.0", kind="MigrationError", path="model.steps[0][1]")
    said = exporting._refusal(MODEL, error, found)
    assert "accepts scikit-learn up to 1.9.0" in said.problem
    assert (said.path, "model.onnx" in said.fix) == ("model.steps[0][1]", True)


def test_what_java_says_is_shown_without_its_traces():
    error = Refused(
        "org.jpmml.sklearn.SkLearnException: org.jpmml.sklearn.SkLearnException: Failed to convert the estimator\n"
        "Context:\n\tsklearn.x.Y\nStack trace:\n\tat sklearn.Y.encode(Y.java:1)\nUnsupportedLabelException: Expected one label",
        kind="python",
    )
    assert said_of(error) == "Failed to convert the estimator; sklearn.x.Y; Expected one label"


# --- arguments ---------------------------------------------------------------------------------------------------------


def test_what_only_transforms_has_no_form_in_pmml():
    with pytest.raises(ExportError, match="only transforms"):
        perdure.export(StandardScaler().fit(X), io.BytesIO(), format="pmml")


def test_a_format_that_nobody_writes_is_refused():
    with pytest.raises(UnsupportedError, match="h5"):
        perdure.export(MODEL, io.BytesIO(), format="h5")


# --- names -------------------------------------------------------------------------------------------------------------


def record_of(tmp_path, X, y, model):
    perdure.dump(model, tmp_path / "m.perdure", X=X, y=y)
    return perdure.open(tmp_path / "m.perdure").record


def test_fields_and_target_come_from_the_record_where_the_estimator_has_none(tmp_path):
    frame, target = pd.DataFrame(X, columns=["age", "income", "size"]), pd.Series(Y, name="bought")
    record = record_of(tmp_path, frame, target, MODEL)
    source = RowSource(MODEL, single=False)
    assert exporting._names(source, record) == ["age", "income", "size"]
    assert exporting._targets(MODEL, record) == ["bought"]
    assert exporting._names(source, None) == ["x1", "x2", "x3"]
    assert exporting._targets(MODEL, None) == ["y"]


def test_the_estimators_own_names_go_first(tmp_path):
    frame = pd.DataFrame(X, columns=["a", "b", "y"])
    model = LogisticRegression().fit(frame, Y)
    assert exporting._names(RowSource(model, single=False), None) == ["a", "b", "y"]
    assert exporting._free("y", ["a", "b", "y"]) == "y_"


def test_several_targets_are_counted():
    assert exporting._targets(LinearRegression().fit(X, X[:, :2]), None) == ["y1", "y2"]
    assert exporting._targets(make_pipeline(StandardScaler(), LinearRegression()).fit(X, X[:, :2]), None) == [
        "y1",
        "y2",
    ]
    assert exporting._targets(LogisticRegression().fit(X, Y + (X[:, 1] > 0)), None) == ["y"]


# --- the document ------------------------------------------------------------------------------------------------------


def test_unknown_categories_are_taken_only_where_the_estimator_takes_them():
    root = ET.fromstring(mended(DOCUMENT, {"city"}, sure=True))
    fields = {
        f.get("name"): f.get("invalidValueTreatment") for f in root.iter("{http://www.dmg.org/PMML-4_4}MiningField")
    }
    assert fields == {"y": None, "city": "asIs", "age": None}


def test_only_a_division_by_a_norm_gives_nought_for_nought():
    root = ET.fromstring(mended(DOCUMENT, set(), sure=True))
    found = [apply.get("defaultValue") for apply in root.iter("{http://www.dmg.org/PMML-4_4}Apply")]
    assert found == ["0", None]


def test_words_are_of_letters_of_all_scripts():
    assert b'x-wordRE="(?U)' in mended(DOCUMENT, set(), sure=True)


def test_scores_are_left_as_they_are_where_no_probabilities_are_asked_for():
    assert b'normalizationMethod="logit"' in mended(DOCUMENT, set(), sure=True)
    assert b'normalizationMethod="logit"' not in mended(DOCUMENT, set(), sure=False)


def test_the_header_says_what_was_compared():
    said = {"perdure.comparison": '{"rows": "a < b & \\"c\\""}', "perdure.model": "sha256:1"}
    header = ET.fromstring(described(DOCUMENT, said))[0]
    assert [(e.tag.rpartition("}")[2], e.get("value")) for e in header] == [
        ("Extension", said["perdure.comparison"]),
        ("Extension", "sha256:1"),
        ("Application", None),
    ]
    assert described(DOCUMENT, {}).count(b"ns0") == 0


def test_probabilities_come_in_the_order_of_the_classes():
    assert probabilities(DOCUMENT) == ["probability(no)", "probability(yes)"]


def test_trees_anywhere_in_a_model_are_asked_for_default_children():
    tree = DecisionTreeClassifier().fit(X, Y)
    model = make_pipeline(StandardScaler(), tree).fit(X, Y)
    _let_trees_be_exact(model)
    assert vars(model[-1])["pmml_options_"]["allow_missing"] is True
    assert not hasattr(model[0], "pmml_options_")


def test_labels_that_are_texts_stay_texts_whatever_the_classes_are():
    target = object.__new__(PmmlTarget)
    # A list of classes, as of several targets.
    target.estimator = SimpleNamespace(classes_=[np.array(["a", "c"]), np.array(["b"])])
    assert target._array(Output("y", "predict"), ["c", None, "b"]).tolist() == ["c", None, "b"]
    assert target._array(Output("cluster", "predict"), ["2", "0"]).tolist() == [2.0, 0.0]
