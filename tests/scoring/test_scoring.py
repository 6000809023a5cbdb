"""Tables scored by the model of a file: against the model itself, with files that are damaged, and begun again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas
import pyarrow
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import perdure
from perdure.cli.program import program

NAMES = ["a", "b", "city"]


def frame(seed: int, rows: int = 300) -> pandas.DataFrame:
    random = np.random.default_rng(seed)
    return pandas.DataFrame(
        {
            "a": random.normal(size=rows),
            "b": random.integers(0, 9, rows),
            "city": random.choice(["Rome", "Oslo", "Ulm"], rows),
        }
    )


@pytest.fixture(scope="module")
def fitted():
    X = frame(0)
    y = np.where(X["a"] + (X["city"] == "Rome") > 0.4, "yes", "no")
    encoder = make_column_transformer((OneHotEncoder(), ["city"]), (StandardScaler(), ["a", "b"]))
    return make_pipeline(encoder, LogisticRegression()).fit(X, y), X, y


@pytest.fixture
def model(fitted, tmp_path):
    path = tmp_path / "m.perdure"
    perdure.dump(fitted[0], path, X=fitted[1], y=fitted[2])
    return path


def write(table: pandas.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = pyarrow.Table.from_pandas(table, preserve_index=False)
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(made, path)
    elif path.suffix == ".arrow":
        pyarrow.feather.write_feather(made, str(path), compression="uncompressed")
    else:
        pyarrow.parquet.write_table(made, path)


def read(path: Path) -> pandas.DataFrame:
    if path.suffix == ".csv":
        return pyarrow.csv.read_csv(path).to_pandas()
    if path.suffix == ".arrow":
        return pyarrow.feather.read_table(str(path)).to_pandas()
    return pyarrow.parquet.ParquetFile(path).read().to_pandas()


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".arrow"])
@pytest.mark.parametrize("rows", [7, 65536])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_results_are_those_of_the_model(fitted, model, tmp_path, ending, rows, method):
    new = frame(1)
    write(new[["city", "a", "b"]].assign(id=range(300)), tmp_path / "in" / "deep" / f"new{ending}")
    done = perdure.score(model, tmp_path / "in", tmp_path / "out", method=method, keep=["id"], rows=rows)
    found = read(tmp_path / "out" / "deep" / f"new{ending}")
    assert done.ok
    assert done.rows == 300
    assert found["id"].tolist() == list(range(300))
    names = {
        "predict": ["prediction"],
        "predict_proba": ["probability_no", "probability_yes"],
        "decision_function": ["decision"],
    }[method]
    assert list(found) == ["id", *names]
    expected = getattr(fitted[0], method)(new).reshape(300, -1)
    if method == "predict":
        assert found[names].to_numpy().tolist() == expected.tolist()
    else:
        np.testing.assert_allclose(found[names].to_numpy(), expected, rtol=1e-12)


def test_transform_and_one_file(tmp_path):
    X = frame(0)[["a", "b"]]
    perdure.dump(StandardScaler().fit(X), tmp_path / "m.perdure")
    write(X, tmp_path / "new.csv")
    perdure.score(tmp_path / "m.perdure", tmp_path / "new.csv", tmp_path / "out.parquet", method="transform")
    found = read(tmp_path / "out.parquet")
    assert list(found) == ["a", "b"]
    np.testing.assert_allclose(found.to_numpy(), StandardScaler().fit_transform(X), rtol=1e-12)


def test_a_model_without_names_asks_for_them(tmp_path):
    X = frame(0)[["a", "b"]]
    fitted = LinearRegression().fit(X.to_numpy(), X["a"] * 2 + X["b"])
    perdure.dump(fitted, tmp_path / "m.perdure")
    write(X[["b", "a"]], tmp_path / "new.parquet")
    asked = (tmp_path / "m.perdure", tmp_path / "new.parquet", tmp_path / "out.parquet")
    with pytest.raises(perdure.UnsupportedError, match="--columns a,b"):
        perdure.score(*asked)
    with pytest.raises(perdure.UnsupportedError, match="takes 2 columns"):
        perdure.score(*asked, columns=["a"])
    perdure.score(*asked, columns=["a", "b"])
    np.testing.assert_array_equal(read(tmp_path / "out.parquet")["prediction"], fitted.predict(X.to_numpy()))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.drop(columns="city"), 'no column "city"'),
        (lambda table: table.assign(more=1), 'knows no column "more"'),
        (lambda table: table.assign(a="text"), '"a" is .*string, wanted is number'),
        (lambda table: table.assign(city=1.5), '"city" is double, wanted is text'),
        (lambda table: table.assign(a=[[1.0]] * len(table)), '"a" is list'),
    ],
)
def test_columns_are_checked_before_a_row_is_scored(model, tmp_path, change, said):
    write(frame(1), tmp_path / "in" / "1.parquet")
    write(change(frame(2)), tmp_path / "in" / "2.parquet")
    with pytest.raises(perdure.UnsupportedError, match=said) as error:
        perdure.score(model, tmp_path / "in", tmp_path / "out")
    assert "2.parquet" in str(error.value)
    assert not (tmp_path / "out").exists()
    done = perdure.score(model, tmp_path / "in", tmp_path / "out", on_error="skip")
    assert [(part.rows, part.reason is None) for part in done.parts] == [(300, True), (0, False)]
    assert os.listdir(tmp_path / "out" / "_perdure") == ["1.parquet.json"]


def test_an_unwanted_column_can_be_ignored_and_no_name_is_given_twice(model, tmp_path):
    write(frame(1).assign(prediction=1), tmp_path / "1.parquet")
    asked = (model, tmp_path / "1.parquet", tmp_path / "out")
    assert perdure.score(*asked, extra="ignore").rows == 300
    with pytest.raises(perdure.UnsupportedError, match="two columns of the result would be called"):
        perdure.score(*asked, keep=["prediction"])


def test_a_bad_file_does_not_lose_the_rest(model, tmp_path):
    for day in range(4):
        write(frame(day), tmp_path / "in" / f"{day}.parquet")
    (tmp_path / "in" / "1.parquet").write_bytes(b"PAR1 no")
    # An unseen category is found while rows are scored.
    write(frame(2).assign(city="Bonn"), tmp_path / "in" / "2.parquet")
    done = perdure.score(model, tmp_path / "in", tmp_path / "out", on_error="skip")
    assert [part.rows for part in done.parts] == [300, 0, 0, 300]
    assert [os.path.basename(part.source) for part in done.failed] == ["1.parquet", "2.parquet"]
    assert "unknown categories" in done.failed[1].reason
    assert sorted(os.listdir(tmp_path / "out")) == ["0.parquet", "3.parquet", "_perdure"]
    write(frame(1), tmp_path / "in" / "1.parquet")
    with pytest.raises(perdure.UnsupportedError, match=r"2\.parquet cannot be scored.*unknown categories"):
        perdure.score(model, tmp_path / "in", tmp_path / "out")
    again = perdure.score(model, tmp_path / "in", tmp_path / "out", on_error="skip")
    assert [part.skipped for part in again.parts] == [True, True, False, True]


def test_only_what_is_the_same_is_skipped(fitted, model, tmp_path):
    write(frame(1), tmp_path / "in" / "1.parquet")
    write(frame(2), tmp_path / "in" / "2.parquet")

    def skipped(**more):
        return [part.skipped for part in perdure.score(model, tmp_path / "in", tmp_path / "out", **more).parts]

    assert skipped() == [False, False]
    assert skipped() == [True, True]
    write(frame(3, rows=200), tmp_path / "in" / "2.parquet")
    assert skipped() == [True, False]
    assert skipped(method="predict_proba") == [False, False]
    (tmp_path / "out" / "1.parquet").unlink()
    assert skipped(method="predict_proba") == [False, True]
    entry = tmp_path / "out" / "_perdure" / "2.parquet.json"
    entry.write_text("[" * 9, encoding="utf-8")
    assert skipped(method="predict_proba") == [True, False]
    other = LogisticRegression(C=0.1)
    perdure.dump(fitted[0].set_params(logisticregression=other).fit(fitted[1], fitted[2]), model)
    assert skipped(method="predict_proba") == [False, False]


def test_results_never_lie_where_the_input_is(model, tmp_path):
    write(frame(1), tmp_path / "in" / "1.parquet")
    for out in (tmp_path / "in", tmp_path, tmp_path / "in" / "1.parquet"):
        with pytest.raises(perdure.UnsupportedError, match="another place"):
            perdure.score(model, tmp_path / "in", out)
    assert read(tmp_path / "in" / "1.parquet").equals(frame(1))
    with pytest.raises(FileNotFoundError):
        perdure.score(model, tmp_path / "nowhere*.csv", tmp_path / "out")


def test_an_empty_table_has_an_empty_result(model, tmp_path):
    write(frame(1)[:0].astype({"city": object}), tmp_path / "1.parquet")
    assert perdure.score(model, tmp_path / "1.parquet", tmp_path / "out", method="predict_proba", extra="ignore").ok
    assert read(tmp_path / "out" / "1.parquet").shape == (0, 2)


def test_urls(model, tmp_path, fitted):
    import fsspec

    memory = fsspec.filesystem("memory")
    write(frame(1), tmp_path / "1.parquet")
    memory.pipe("/scored/in/1.parquet", (tmp_path / "1.parquet").read_bytes())
    asked = (str(model), "memory://scored/in", "memory://scored/out")
    assert [part.skipped for part in perdure.score(*asked).parts] == [False]
    (tmp_path / "back.parquet").write_bytes(memory.cat("/scored/out/1.parquet"))
    assert read(tmp_path / "back.parquet")["prediction"].tolist() == fitted[0].predict(frame(1)).tolist()
    assert [part.skipped for part in perdure.score(*asked).parts] == [True]


def test_the_command(model, tmp_path):
    from click.testing import CliRunner

    write(frame(1).assign(id=1), tmp_path / "in" / "1.csv")
    (tmp_path / "in" / "2.parquet").write_bytes(b"no")
    arguments = ["score", str(model), str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--keep", "id"]
    assert CliRunner().invoke(program, arguments).exit_code == 6
    done = CliRunner().invoke(program, [*arguments, "--on-error", "skip", "--json"])
    assert done.exit_code == 1
    assert [part["rows"] for part in json.loads(done.stdout)["parts"]] == [300, 0]
    assert "300 rows of 1 files" in CliRunner().invoke(program, [*arguments, "--on-error", "skip"]).stdout


def test_killed_and_begun_again(tmp_path):
    X = frame(0)[["a", "b"]]
    fitted = RandomForestClassifier(20, random_state=0).fit(X, X["a"] > 0)
    perdure.dump(fitted, tmp_path / "m.perdure")
    for day in range(8):
        write(frame(day, rows=10_000)[["a", "b"]], tmp_path / "in" / f"{day}.parquet")
    asked = ["score", str(tmp_path / "m.perdure"), str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    started = subprocess.Popen([sys.executable, "-m", "perdure", *asked, "--method", "predict_proba"])
    entries = tmp_path / "out" / "_perdure"
    deadline = time.monotonic() + 100
    while started.poll() is None and time.monotonic() < deadline and len(list(entries.glob("*.json"))) < 2:
        time.sleep(0.005)
    started.send_signal(signal.SIGKILL)
    started.wait()
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.parquet")}
    finished = len(list(entries.glob("*.json")))
    assert 2 <= finished < 8
    done = perdure.score(tmp_path / "m.perdure", tmp_path / "in", tmp_path / "out", method="predict_proba")
    assert sum(part.skipped for part in done.parts) == finished
    assert done.rows == 80_000
    assert [path.name for path in (tmp_path / "out").glob(".*")] == []
    for part in done.parts:
        if part.skipped:
            assert Path(part.out).stat().st_mtime_ns == before[os.path.basename(part.out)]
        expected = fitted.predict_proba(read(Path(part.source)))
        np.testing.assert_array_equal(read(Path(part.out)).to_numpy(), expected)


def test_on_a_cluster_of_two(fitted, model, tmp_path):
    pytest.importorskip("distributed", reason="an environment without the extra test")
    perdure.dump(fitted[0], model, compression=None, X=fitted[1], y=fitted[2])
    for day in range(4):
        write(frame(day), tmp_path / "in" / f"{day}.parquet")
    write(frame(2).assign(city="Bonn"), tmp_path / "in" / "2.parquet")
    told = []
    done = perdure.score(
        model,
        tmp_path / "in",
        tmp_path / "out",
        engine="dask",
        method="predict_proba",
        on_error="skip",
        progress=lambda *step: told.append(step),
    )
    assert [part.rows for part in done.parts] == [300, 300, 0, 300]
    assert "unknown categories" in done.failed[0].reason
    assert told[-1][1] == told[-1][2] > 1
    here = perdure.score(model, tmp_path / "in", tmp_path / "here", method="predict_proba", on_error="skip")
    for part, other in zip(done.parts, here.parts, strict=True):
        if part.reason is None:
            assert read(Path(part.out)).equals(read(Path(other.out)))
    again = perdure.score(
        model, tmp_path / "in", tmp_path / "out", engine="local", method="predict_proba", on_error="skip"
    )
    assert [part.skipped for part in again.parts] == [True, True, False, True]
