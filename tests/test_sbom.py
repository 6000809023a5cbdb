"""Bills of materials: valid by the official schema, and the same for the same file."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import perdure
from cli.running import run
from perdure.container.writing import append_sections
from perdure.record.record import RECORD, Record


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sbom")
    X, y = load_iris(return_X_y=True)
    (folder / "train.csv").write_text("a,b\n1,2\n")
    model = LogisticRegression(max_iter=500).fit(X, y)
    place = folder / "iris.perdure"
    said = {"author": "A. Nobody", "license": "Apache-2.0", "notes": "first\nline"}
    perdure.dump(model, place, X=X, y=y, cv=3, data=str(folder / "train.csv"), **said)
    return place


def check(bill: dict) -> None:
    """Hold a bill against the schema of CycloneDX, which cyclonedx-python-lib has."""
    pytest.importorskip("cyclonedx")
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill))
    assert problem is None, problem


def test_the_bill_of_a_recorded_model_is_valid(path):
    bill = perdure.sbom(path)
    check(bill)
    model = bill["metadata"]["component"]
    assert model["name"] == "iris.perdure"
    assert model["authors"] == [{"name": "A. Nobody"}]
    assert model["licenses"] == [{"license": {"name": "Apache-2.0"}}]
    metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert [row["type"] for row in metrics] == ["score"]
    assert float(metrics[0]["value"]) == perdure.open(path).record.scores.metrics["test_score"].mean
    libraries = {item["name"]: item["version"] for item in bill["components"] if item["type"] == "library"}
    import numpy
    import sklearn

    assert libraries["scikit-learn"] == sklearn.__version__
    assert libraries["numpy"] == numpy.__version__
    (data,) = [item for item in bill["components"] if item["type"] == "data"]
    assert re.fullmatch("[0-9a-f]{64}", data["hashes"][0]["content"])
    assert perdure.sbom(path) == bill


def test_the_bill_of_bytes_without_a_record_is_valid(tmp_path):
    place = tmp_path / "m.perdure"
    place.write_bytes(perdure.dumps({"threshold": 1}))
    bill = perdure.sbom(place)
    check(bill)
    assert {item["name"] for item in bill["components"]} >= {"numpy", "scikit-learn"}


HOSTILE = ["\u202eevil", "<script>", "a" * 299, 'x"\n- y: z', "\x1b[31m"]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_record_says_the_bill_is_valid(text, path, tmp_path):
    from dataclasses import replace

    place = shutil.copy(path, tmp_path / "m.perdure")
    with perdure.open(place) as file:
        record = file.record
    distributions = tuple(
        replace(item, name=re.sub(r"[^ -~]", "?", text)[:90], version="1") for item in record.environment.distributions
    )
    changed = replace(
        record, author=text, license=text, environment=replace(record.environment, distributions=distributions)
    )
    try:
        data = changed.to_bytes()
        Record.parse(data)
    except perdure.PerdureError:
        pytest.skip("no record says this")
    append_sections(place, {RECORD: data})
    bill = perdure.sbom(place)
    check(bill)
    assert all(character.isprintable() for character in bill["metadata"]["component"]["authors"][0]["name"])


def test_the_command(path, tmp_path):
    done = run("sbom", str(path))
    assert json.loads(done.stdout) == perdure.sbom(path)
    assert run("sbom", str(path), "-o", str(tmp_path / "bom.json")).exit_code == 0
    assert json.loads((tmp_path / "bom.json").read_text()) == perdure.sbom(path)


# --- the lock ---


def with_distribution(path, tmp_path, **changes):
    from dataclasses import replace

    place = shutil.copy(path, tmp_path / "locked.perdure")
    with perdure.open(place) as file:
        record = file.record
    first, *others = record.environment.distributions
    environment = replace(record.environment, distributions=(replace(first, **changes), *others))
    append_sections(place, {RECORD: replace(record, environment=environment).to_bytes()})
    return place


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "-r /etc/passwd"}, "which no index has"),
        ({"name": "a @ https://example.org/x.whl"}, "which no index has"),
        ({"version": "1; import os"}, "which no index has"),
        ({"direct_url": "git+https://example.org/x@abc"}, "from no index"),
    ],
)
def test_a_lock_names_releases_and_nothing_that_acts(changes, problem, path, tmp_path, monkeypatch):
    monkeypatch.setattr("perdure.rebuilding.locking.run_uv", lambda *given: pytest.fail("uv was asked"))
    try:
        place = with_distribution(path, tmp_path, **changes)
    except perdure.PerdureError:
        pytest.skip("no record says this")
    with pytest.raises(perdure.UnsupportedError, match=problem):
        perdure.lock(place)


@pytest.mark.parametrize("python", ["2.7", "3", "3.13; x", "--help", ""])
def test_a_lock_is_for_a_python(python, path):
    with pytest.raises(perdure.UnsupportedError, match="no Python"):
        perdure.lock(path, python=python)


def test_without_uv_its_name_is_told(path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(perdure.PerdureError):
        perdure.lock(path)


@pytest.mark.slow
def test_uv_locks_the_recorded_releases(path, tmp_path):
    import tomllib

    assert run("lock", str(path), "-o", str(tmp_path / "pylock.toml")).exit_code == 0
    locked = tomllib.loads(Path(tmp_path / "pylock.toml").read_text())
    found = {item["name"]: item["version"] for item in locked["packages"]}
    with perdure.open(path) as file:
        recorded = {item.name: item.version for item in file.record.environment.distributions}
    assert found == recorded
    assert all(item["wheels"] for item in locked["packages"])
