"""verify: what it says of a whole file, and of each way in which one can be wrong."""

from __future__ import annotations

import io
import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

import perdure
from perdure.container.writing import append_sections
from perdure.errors import PerdureWarning
from perdure.record import reading
from perdure.record.probe import replaying, storing
from perdure.record.record import RECORD
from perdure.verification import environment as drift
from perdure.verification.report import Finding, Report
from zoo.own import NamedScaler

X = np.random.RandomState(0).normal(size=(60, 3))
Y = (X @ [2.0, -1.0, 0.5] > 0).astype(int)


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("train.csv").write_text("a,b\n1,2\n")
    Path("train.py").write_text("model.fit(X, y)\n")
    perdure.dump(LogisticRegression().fit(X, Y), "model.perdure", data="train.csv", source="train.py")
    return "model.perdure"


def statuses(report: Report) -> dict[str, str]:
    return {finding.check: finding.status for finding in report.findings}


def with_model(path: str, model: object) -> None:
    """Put another model into a file, with the right digests of all it holds, and leave the record as it is."""
    with perdure.open(path) as file:
        kept = {name: file.section(name) for name in file.sections}
    Path(path).write_bytes(perdure.dumps(model))
    append_sections(path, kept)


def with_record(path: str, **changes: object) -> None:
    with perdure.open(path) as file:
        record = file.record
    append_sections(path, {RECORD: replace(record, **changes).to_bytes()})


# --- whole files ------------------------------------------------------------------------------------------


def test_a_whole_file_is_verified(path):
    report = perdure.verify(path)
    assert report.ok
    assert statuses(report) == dict.fromkeys(["integrity", "source", "environment", "model", "probe", "data"], "ok")
    assert report.digest == perdure.open(path).digest
    assert "bit for bit" in report.of("probe")[0].message
    assert report.of("probe")[0].details["outputs"]["predict"]["verdict"] == "equal"


def test_any_way_to_name_a_file(path):
    assert perdure.verify(Path(path)).ok
    with open(path, "rb") as file:
        assert perdure.verify(file).ok
    assert perdure.verify(io.BytesIO(Path(path).read_bytes())).ok


def test_a_file_without_a_record_has_nothing_but_its_digests(path):
    Path(path).write_bytes(perdure.dumps(LogisticRegression().fit(X, Y)))
    report = perdure.verify(path)
    assert report.ok
    assert statuses(report) == {"integrity": "ok", "record": "note", "model": "ok"}


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        perdure.verify(tmp_path / "gone.perdure")


def test_verification_does_not_warn(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        perdure.verify(path)


# --- a changed model ----------------------------------------------------------------------------------------


def test_one_changed_coefficient_is_found_by_the_probe_though_all_digests_are_right(path):
    model = LogisticRegression().fit(X, Y)
    model.coef_[0, 1] += 1e-3
    with_model(path, model)
    report = perdure.verify(path)
    assert not report.ok
    assert statuses(report)["integrity"] == "ok"
    (found,) = report.failed
    assert found.check == "probe"
    worst = found.details["outputs"]["decision_function"]
    assert worst["verdict"] == "different"
    assert worst["row"] is not None
    assert worst["then"] != worst["now"]
    assert f"row {worst['row']}" in found.message


def test_one_changed_threshold_is_found_by_the_probe(path):
    model = RandomForestClassifier(4, random_state=0).fit(X, Y)
    perdure.dump(model, path)
    tree = model.estimators_[2].tree_
    changed = int(np.argmax(tree.feature))
    tree.threshold[changed] = np.nextafter(np.float32(tree.threshold[changed]), np.float32(np.inf)) + 1e-3
    with_model(path, model)
    report = perdure.verify(path)
    assert [finding.check for finding in report.failed] == ["probe"]


def test_a_changed_byte_is_found_by_the_digests(path):
    model = LogisticRegression().fit(X, Y)
    data = bytearray(Path(path).read_bytes())
    data[data.index(b"graph.json", data.index(b"PK\x03\x04", 1)) + 40] ^= 1
    Path(path).write_bytes(data)
    report = perdure.verify(path)
    assert not report.ok
    assert report.findings[0].check == "integrity"
    assert "graph.json" in report.findings[0].message
    assert model.coef_.shape == (1, 3)


@pytest.mark.parametrize("share", [0.01, 0.2, 0.4, 0.6, 0.8, 0.99])
def test_a_flipped_bit_anywhere_is_a_finding(path, share):
    data = bytearray(Path(path).read_bytes())
    data[int(share * len(data))] ^= 4
    Path(path).write_bytes(data)
    report = perdure.verify(path)
    assert not report.ok
    assert report.of("integrity")[0].status == "failed"
    json.dumps(report.to_dict())


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\3\4", b"\x80\x04."])
def test_what_is_no_file_of_perdure_is_a_finding(path, data):
    Path(path).write_bytes(data)
    report = perdure.verify(path)
    assert statuses(report) == {"integrity": "failed"}
    assert report.digest is None


# --- a changed record, source, data -------------------------------------------------------------------------


def test_a_changed_byte_of_the_source_is_found_by_the_record(path):
    append_sections(path, {"record/source/train.py": b"model.fit(x, y)\n"})
    report = perdure.verify(path)
    assert [finding.check for finding in report.failed] == ["source"]
    assert report.failed[0].details == {"changed": ["train.py"]}


def test_changed_data_are_found(path):
    Path("train.csv").write_text("a,b\n1,3\n")
    report = perdure.verify(path)
    assert [finding.check for finding in report.failed] == ["data"]
    assert "same size, other bytes" in report.failed[0].message
    Path("train.csv").write_text("a,b\n1,2\n3,4\n")
    assert "8 bytes then, 12 now" in perdure.verify(path).failed[0].message


def test_data_that_are_not_here_are_a_note(path):
    Path("train.csv").unlink()
    report = perdure.verify(path)
    assert report.ok
    assert report.of("data")[0].status == "note"


def test_data_are_found_beside_the_file(path, monkeypatch):
    (Path.cwd() / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    assert perdure.verify(Path("..") / path).of("data")[0].status == "ok"


def test_data_may_be_given(path):
    Path("copy.csv").write_bytes(Path("train.csv").read_bytes())
    Path("train.csv").unlink()
    assert perdure.verify(path, data="copy.csv").of("data")[0].status == "ok"
    Path("copy.csv").write_text("other")
    assert [finding.check for finding in perdure.verify(path, data=Path("copy.csv")).failed] == ["data"]
    assert [finding.check for finding in perdure.verify(path, data="gone.csv").failed] == ["data"]
    with_record(path, data=None)
    assert "no digest" in perdure.verify(path, data="copy.csv").failed[0].message


def test_a_url_is_not_asked(path):
    perdure.annotate(path, data="https://127.0.0.1:1/train.csv")
    report = perdure.verify(path)
    assert report.ok
    assert "without a digest" in report.of("data")[0].message


@pytest.mark.parametrize("record", [b"{}", b"[]", b'{"notes": 1}', b'{"saved":1}', b"\xff"])
def test_a_record_that_is_none_is_a_finding(path, record):
    append_sections(path, {RECORD: record})
    report = perdure.verify(path)
    assert report.ok is (record == b"{}")
    assert statuses(report)["integrity"] == "ok"
    if record != b"{}":
        assert [finding.check for finding in report.failed] == ["record"]


def test_a_probe_that_is_none_is_a_finding(path):
    for name, content in [(storing.GRAPH, b"{}"), (storing.GRAPH, b""), (storing.ARRAYS, b"0" * 100)]:
        perdure.dump(LogisticRegression().fit(X, Y), path)
        append_sections(path, {name: content})
        report = perdure.verify(path)
        assert [finding.check for finding in report.failed] == ["probe"], str(report)


# --- trust, chance, patterns --------------------------------------------------------------------------------


def test_an_untrusted_type_is_a_finding(path):
    perdure.dump(NamedScaler().fit(X), path)
    report = perdure.verify(path)
    assert [finding.check for finding in report.failed] == ["model"]
    assert "zoo.own:NamedScaler" in report.failed[0].message
    assert report.of("probe") == ()
    assert perdure.verify(path, trusted=[NamedScaler]).of("probe")[0].status == "ok"
    assert perdure.verify(path, trusted=iter([NamedScaler])).ok


def test_chance_that_a_model_holds_gives_the_same_answers(path):
    chance = np.random.RandomState(3)
    perdure.dump(DummyClassifier(strategy="uniform", random_state=chance).fit(X, Y), path)
    assert "bit for bit" in perdure.verify(path).of("probe")[0].message


def test_a_pattern_of_somebodys_own_is_asked_only_when_trusted(path):
    pattern = "[a-z]{2,}"
    perdure.dump(CountVectorizer(token_pattern=pattern).fit(["the old tree", "a leaf"]), path)
    report = perdure.verify(path)
    assert report.of("probe")[0].status == "note"
    assert pattern in report.of("probe")[0].message
    assert perdure.verify(path, trusted=[f"token_pattern={pattern}"]).of("probe")[0].status == "ok"


# --- drift --------------------------------------------------------------------------------------------------


def environment_then(path: str, **changes: object) -> None:
    with perdure.open(path) as file:
        then = file.record.environment
    distributions = tuple(
        replace(item, version=str(changes.pop(item.name, item.version))) for item in then.distributions
    )
    with_record(path, environment=replace(then, distributions=distributions, **changes))


@pytest.mark.parametrize(
    ("changes", "said", "matters"),
    [
        ({"joblib": "0.1"}, "joblib 0.1 then", False),
        ({"python": "3.9.0"}, "Python 3.9.0 then", False),
        ({"system": "Plan 9"}, "Plan 9 then", False),
        ({"machine": "s390x", "byteorder": "big"}, "s390x (64 bits, big-endian) then", True),
    ],
)
def test_what_differs_is_said(path, changes, said, matters):
    environment_then(path, **changes)
    report = perdure.verify(path)
    assert report.ok
    (found,) = report.of("environment")
    assert found.status == "note"
    assert said in found.message
    assert bool(found.details["matters"]) is matters


@pytest.mark.parametrize(("version", "matters"), [("1.0.99", True), ("{minor}.99", False)])
def test_a_minor_release_of_a_numeric_library_matters(path, version, matters):
    import scipy

    stored = version.format(minor=".".join(scipy.__version__.split(".")[:2]))
    with perdure.open(path) as file:
        libraries = {**file.libraries, "scipy": stored}
        (found,) = drift.environment_findings(file.record.environment, libraries)
    assert [text.split(" then")[0] for text in found.details["matters"]] == ([f"scipy {stored}"] if matters else [])
    assert bool(found.details["little"]) is not matters


# --- at load ------------------------------------------------------------------------------------------------


def elsewhere(monkeypatch):
    monkeypatch.setattr(reading, "running_machine", lambda: ("s390x", "big", 64))


def test_the_probe_is_not_asked_where_nothing_differs(path, monkeypatch):
    monkeypatch.setattr(replaying, "replay", lambda *a, **k: pytest.fail("asked"))
    perdure.load(path)


def test_the_probe_is_asked_on_another_machine(path, monkeypatch):
    elsewhere(monkeypatch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        perdure.load(path)
    model = LogisticRegression().fit(X, Y)
    model.coef_ *= 1.01
    with_model(path, model)
    with pytest.warns(PerdureWarning, match=r"(?s)does not predict as it did.*s390x.*decision_function") as caught:
        loaded = perdure.load(path)
    assert Path(caught[0].filename).name == "test_verify.py"
    assert np.array_equal(loaded.coef_, model.coef_)


def test_the_probe_is_asked_under_another_release(path, monkeypatch):
    asked = []
    monkeypatch.setattr(replaying, "replay", lambda model, samples: asked.append(len(samples)) or [])
    now = reading.running_libraries()
    monkeypatch.setattr(reading, "running_libraries", lambda: {**now, "numpy": "9.9"})
    perdure.load(path)
    assert asked == [1]


def test_the_probe_is_asked_after_a_migration(path, monkeypatch):
    asked = []
    monkeypatch.setattr(replaying, "replay", lambda model, samples: asked.append(len(samples)) or [])
    with perdure.open(path) as file:
        reading.replay_if_needed(file, None, ["a migration"])
    assert asked == [1]


def test_a_probe_that_cannot_be_read_costs_no_model(path, monkeypatch):
    elsewhere(monkeypatch)
    append_sections(path, {storing.GRAPH: b"{}"})
    with pytest.warns(PerdureWarning, match="cannot be asked"):
        perdure.load(path)
    append_sections(path, {RECORD: b"[]"})
    with pytest.warns(PerdureWarning, match="cannot be asked"):
        perdure.load(path)


def test_a_model_that_holds_chance_is_as_it_was_saved_though_its_probe_was_asked(path, monkeypatch):
    chance = np.random.RandomState(3)
    model = DummyClassifier(strategy="uniform", random_state=chance).fit(X, Y)
    perdure.dump(model, path)
    elsewhere(monkeypatch)
    assert np.array_equal(perdure.load(path).predict(X), model.predict(X))


def test_a_loaded_model_saves_the_same_bytes_after_its_probe_was_asked(path, monkeypatch):
    elsewhere(monkeypatch)
    model = LogisticRegression().fit(X, Y)
    assert perdure.dumps(perdure.load(path)) == perdure.dumps(model)


# --- the report -----------------------------------------------------------------------------------------------


def test_a_report_as_text_and_html_is_harmless():
    report = Report(
        "<b>\x1b[31m.perdure",
        None,
        (Finding("probe", "failed", "<script>alert(1)</script>\nsecond\x07 line"), Finding("data", "ok", "fine")),
    )
    text, html = str(report), report._repr_html_()
    assert "\x1b" not in text
    assert "\x07" not in text
    assert text.splitlines()[0].endswith("1 check failed")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert not report.ok


def test_a_report_is_plain_data(path):
    raw = json.loads(json.dumps(perdure.verify(path).to_dict()))
    assert raw["ok"] is True
    assert {finding["check"] for finding in raw["findings"]} >= {"integrity", "probe", "environment"}


def test_a_report_of_a_hostile_name_is_one_line_a_finding(path):
    with perdure.open(path) as file:
        graph = file.section(storing.GRAPH)
    append_sections(path, {storing.GRAPH: graph.replace(b'"model"', b'"mo\\u202edel"')})
    assert "\u202e" not in str(perdure.verify(path))
