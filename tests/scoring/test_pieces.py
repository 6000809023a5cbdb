"""Large Parquet files by pieces: the same result, whole or not at all, and no piece twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas
import pyarrow
import pyarrow.parquet
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import perdure
from perdure.scoring import pieces

ROWS = 5_050


def frame(rows=ROWS):
    random = np.random.default_rng(3)
    return pandas.DataFrame({"a": random.normal(size=rows), "b": random.normal(size=rows), "id": np.arange(rows)})


@pytest.fixture
def small(monkeypatch):
    """Pieces of a thousand rows."""
    monkeypatch.setattr(pieces, "ROWS", 1_000)


@pytest.fixture
def files(tmp_path):
    X = frame()[["a", "b"]]
    model = make_pipeline(StandardScaler(), RandomForestClassifier(3, max_depth=3, random_state=0))
    labels = np.where(X["a"] > X["b"], "up", "down")
    perdure.dump(model.fit(X, labels), tmp_path / "m.perdure", X=X, y=labels, compression=None)
    table = pyarrow.Table.from_pandas(frame(), preserve_index=False)
    pyarrow.parquet.write_table(table, tmp_path / "large.parquet", row_group_size=500)
    pyarrow.parquet.write_table(table, tmp_path / "plain.parquet")
    return model, tmp_path


def read(path):
    if path.suffix == ".csv":
        return pandas.read_csv(path)
    return pyarrow.parquet.ParquetFile(path).read().to_pandas()


@pytest.mark.parametrize(
    ("groups", "wanted"),
    [
        ([], []),
        ([5_000], []),
        ([999, 1], []),
        ([1_000, 999], []),
        ([1_000, 1_000], [(0, 1, 1_000), (1, 2, 1_000)]),
        ([400, 600, 1_500, 0, 3, 0], [(0, 2, 1_000), (2, 6, 1_503)]),
        ([0, 0, 1_000, 0, 5_000], [(0, 3, 1_000), (3, 5, 5_000)]),
    ],
)
def test_pieces_are_whole_row_groups_and_all_of_them(small, groups, wanted):
    from perdure.scoring.places import Part

    made = pieces.pieces_of(Part("/in/x.parquet", "x.parquet", 600, "1"), "/out/x.parquet", groups)
    assert [(*piece.part.groups, piece.rows) for piece in made] == wanted
    assert len({piece.target for piece in made}) == len(made)
    assert sum(piece.part.size for piece in made) <= 600


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_the_result_is_that_of_the_file_at_once(small, files, method, ending):
    _, folder = files
    told = []
    done = perdure.score(
        folder / "m.perdure",
        folder / "large.parquet",
        folder / f"out{ending}",
        method=method,
        keep=["id"],
        progress=lambda *step: told.append(step),
    )
    assert (done.rows, done.new_rows) == (ROWS, ROWS)
    assert told[-1][1] == told[-1][2]
    whole = folder / f"whole{ending}"
    perdure.score(folder / "m.perdure", folder / "plain.parquet", whole, method=method, keep=["id"])
    pandas.testing.assert_frame_equal(read(folder / f"out{ending}"), read(whole))
    assert [path.name for path in folder.rglob("*.pieces")] == []


def test_pieces_that_are_there_are_not_scored_again(small, files, monkeypatch):
    model, folder = files
    asked = (folder / "m.perdure", folder / "large.parquet", folder / "out")
    from perdure.scoring import engines

    scored = []

    def run(job, part, *more):
        scored.append(part.groups)
        if len(scored) == 3:
            raise KeyboardInterrupt
        return real(job, part, *more)

    real = engines.run
    monkeypatch.setattr(engines, "run", run)
    with pytest.raises(KeyboardInterrupt):
        perdure.score(*asked, keep=["id"])
    assert not (folder / "out" / "large.parquet").exists()
    done = perdure.score(*asked, keep=["id"])
    # The one that was interrupted is the only one that was begun twice.
    assert scored == [(0, 2), (2, 4), (4, 6), (4, 6), (6, 8), (8, 11)]
    assert (done.rows, done.new_rows) == (ROWS, ROWS - 2_000)
    found = read(folder / "out" / "large.parquet")
    assert found["id"].tolist() == list(range(ROWS))
    assert found["prediction"].tolist() == model.predict(frame()[["a", "b"]]).tolist()
    again = perdure.score(*asked, keep=["id"])
    assert (again.parts[0].skipped, again.new_rows) == (True, 0)
    # Another question is another result, of all rows.
    assert perdure.score(*asked, extra="ignore").new_rows == ROWS


def test_a_piece_that_cannot_be_scored_leaves_no_result(small, files, monkeypatch):
    _, folder = files
    bad = frame().assign(a=lambda table: table["a"].where(table["id"] != 4_200, np.inf))
    table = pyarrow.Table.from_pandas(bad, preserve_index=False)
    pyarrow.parquet.write_table(table, folder / "large.parquet", row_group_size=500)
    done = perdure.score(
        folder / "m.perdure", folder / "large.parquet", folder / "out", extra="ignore", on_error="skip"
    )
    assert not done.ok
    assert "infinity" in done.failed[0].reason
    assert (done.rows, done.new_rows) == (0, 4_000)
    assert not (folder / "out" / "large.parquet").exists()
    assert not (folder / "out" / "_perdure" / "large.parquet.json").exists()


def is_json(text):
    try:
        return bool(json.loads(text))
    except ValueError:
        return False


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The address of a scheduler that somebody has started, with two workers."""
    pytest.importorskip("distributed", reason="an environment without the extra test")
    named = tmp_path_factory.mktemp("dask") / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    started = [subprocess.Popen([*command, "--scheduler-file", str(named)])]
    try:
        address = None
        while address is None:
            assert started[0].poll() is None, "the scheduler has not started"
            time.sleep(0.05)
            text = named.read_text() if named.exists() else ""
            # It is written piece by piece.
            address = json.loads(text)["address"] if is_json(text) else None
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
        started += [subprocess.Popen([*worker, "--no-nanny", "--no-dashboard"]) for _ in range(2)]
        yield address
        # They are still there: nobody who has used them has closed them.
        assert all(process.poll() is None for process in started)
    finally:
        for process in started:
            process.send_signal(signal.SIGKILL)
            process.wait()


def test_workers_share_one_file(small, files, scheduler):
    model, folder = files
    asked = (folder / "m.perdure", [folder / "large.parquet", folder / "plain.parquet"])
    more = {"method": "predict_proba", "keep": ["id"]}
    done = perdure.score(*asked, folder / "out", engine="dask", scheduler=scheduler, **more)
    assert [part.new_rows for part in done.parts] == [ROWS, ROWS]
    large, plain = (read(folder / "out" / f"{name}.parquet") for name in ("large", "plain"))
    assert large.equals(plain)
    expected = model.predict_proba(frame()[["a", "b"]])
    np.testing.assert_array_equal(large[["probability_down", "probability_up"]].to_numpy(), expected)
    perdure.score(*asked, folder / "here", **more)
    assert read(folder / "here" / "large.parquet").equals(large)
    assert perdure.score(*asked, folder / "out", **more).new_rows == 0


def test_pieces_on_a_cluster_fail_and_go_on(small, files, scheduler):
    _, folder = files
    asked = (folder / "m.perdure", folder / "large.parquet", folder / "out")
    bad = frame().assign(a=lambda table: table["a"].where(table["id"] != 4_200, np.inf))
    table = pyarrow.Table.from_pandas(bad, preserve_index=False)
    pyarrow.parquet.write_table(table, folder / "large.parquet", row_group_size=500)
    failed = perdure.score(*asked, engine="dask", scheduler=scheduler, keep=["id"], on_error="skip")
    assert (failed.rows, failed.new_rows, failed.ok) == (0, 4_000, False)
    assert "infinity" in failed.failed[0].reason
    # The pieces that are there are those of another content of the file, and of no use to it.
    table = pyarrow.Table.from_pandas(frame(), preserve_index=False)
    pyarrow.parquet.write_table(table, folder / "large.parquet", row_group_size=505)
    done = perdure.score(*asked, engine="dask", scheduler=scheduler, keep=["id"])
    assert (done.rows, done.new_rows) == (ROWS, ROWS)
    assert read(folder / "out" / "large.parquet")["id"].tolist() == list(range(ROWS))


def test_the_command_with_a_scheduler(files, scheduler):
    _, folder = files
    command = [sys.executable, "-m", "perdure", "score", str(folder / "m.perdure"), str(folder / "plain.parquet")]
    command += ["-o", str(folder / "out"), "--keep", "id", "--engine", "dask", "--scheduler", scheduler, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["new_rows"] == ROWS


def test_what_was_left_of_a_result_is_removed(files):
    _, folder = files
    (folder / "out").mkdir()
    (folder / "out" / ".plain.parquet.0123456789ab.partial").write_bytes(b"half")
    (folder / "out" / ".other.parquet.0123456789ab.partial").write_bytes(b"another's")
    perdure.score(folder / "m.perdure", folder / "plain.parquet", folder / "out", keep=["id"])
    assert sorted(os.listdir(folder / "out")) == [
        ".other.parquet.0123456789ab.partial",
        "_perdure",
        "plain.parquet",
    ]


def test_who_has_signed_the_model_is_asked_for(files):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def public(key):
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_key().public_bytes(serialization.Encoding.PEM, form)

    _, folder = files
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    perdure.sign(folder / "m.perdure", key)
    asked = (folder / "m.perdure", folder / "plain.parquet", folder / "out")
    with pytest.raises(perdure.VerificationError, match="not signed with this key"):
        perdure.score(*asked, keep=["id"], signed_by=public(other))
    assert perdure.score(*asked, keep=["id"], signed_by=public(key)).ok
