"""Models in a bucket of a real server of S3's protocol, and behind a web server: what is fetched, and what is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import perdure
from services.servers import Pages, s3_server, web_server

LOOKING = 400_000
random = np.random.default_rng(0)
X = random.random((3200, 2000))
y = random.integers(0, 3, 3200)
# 51 MB of numbers that cannot be compressed.
large = make_pipeline(StandardScaler(), KNeighborsClassifier(algorithm="brute")).fit(X, y)
small = LogisticRegression(max_iter=50).fit(pd.DataFrame(X[:, :2], columns=["a", "b"]), y)


@pytest.fixture(scope="module")
def server():
    variables = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    patch = pytest.MonkeyPatch()
    with s3_server() as (address, counting):
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL", address)
        import s3fs

        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem().mkdir("models")
        perdure.dump(large, "s3://models/large.perdure", compression=None, notes="of a bucket")
        yield counting
        patch.undo()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PERDURE_CACHE", str(tmp_path / "cache"))


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "perdure", *arguments], capture_output=True, text=True, timeout=300)


def test_inspect_fetches_manifest_and_graph(server):
    before = server.sent
    done = command("inspect", "--json", "s3://models/large.perdure")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["bytes"] > 50_000_000
    assert found["record"]["notes"] == "of a bucket"
    assert 0 < server.sent - before < LOOKING


def test_open_and_a_part_fetch_what_they_show(server):
    before = server.sent
    with perdure.open("s3://models/large.perdure") as file:
        assert file.untrusted == ()
        assert file.sizes["model"] > 50_000_000
        scaler = file.load("steps[0][1]")
    assert np.array_equal(scaler.mean_, large[0].mean_)
    assert 0 < server.sent - before < LOOKING


def test_load_fetches_the_file_once(server):
    before = server.sent
    again = perdure.load("s3://models/large.perdure")
    assert np.array_equal(again.predict_proba(X[:20]), large.predict_proba(X[:20]))
    assert 50_000_000 < server.sent - before < 52_500_000


def test_mapped_the_file_is_fetched_once_and_then_no_more(server, tmp_path):
    for _ in range(2):
        before = server.sent
        again = perdure.load("s3://models/large.perdure", mmap=True)
        assert np.array_equal(again.predict_proba(X[:20]), large.predict_proba(X[:20]))
        assert not again[0].mean_.flags.writeable
    assert server.sent - before < LOOKING
    assert len(os.listdir(tmp_path / "cache")) == 1


def test_the_commands(server, tmp_path):
    perdure.dump(small, "s3://models/small.perdure")
    assert command("verify", "s3://models/small.perdure").returncode == 0
    done = command("scan", "s3://models/")
    assert done.returncode == 0, done.stderr
    assert "none would be refused" in done.stdout
    frame = pd.DataFrame(X[:50, :2], columns=["a", "b"])
    frame.to_parquet(tmp_path / "rows.parquet")
    done = command("score", "s3://models/small.perdure", str(tmp_path / "rows.parquet"), "-o", str(tmp_path / "scored"))
    assert done.returncode == 0, done.stderr
    scored = pd.read_parquet(tmp_path / "scored" / "rows.parquet")
    assert scored.iloc[:, -1].tolist() == small.predict(frame).tolist()
    done = command("inspect", "s3://models/none.perdure")
    assert done.returncode == 2
    assert "there is no file" in done.stderr


def test_versions(server):
    import s3fs

    filesystem = s3fs.S3FileSystem()
    filesystem.mkdir("kept")
    filesystem.call_s3("put_bucket_versioning", Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    models = [LogisticRegression(C=c).fit(X[:300, :3], y[:300]) for c in (0.1, 10)]
    for model in models:
        perdure.dump(model, "s3://kept/m.perdure")
    listed = filesystem.call_s3("list_object_versions", Bucket="kept", Prefix="m.perdure")["Versions"]
    (old,) = [item["VersionId"] for item in listed if not item["IsLatest"]]
    assert perdure.load("s3://kept/m.perdure").C == 10
    assert perdure.load(f"s3://kept/m.perdure?versionId={old}").C == 0.1


def test_options_in_place_of_the_environment(server, monkeypatch):
    address = os.environ["AWS_ENDPOINT_URL"]
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    options = {"key": "testing", "secret": "testing", "endpoint_url": address}
    perdure.dump(small, "s3://models/by_options.perdure", storage_options=options)
    again = perdure.load("s3://models/by_options.perdure", storage_options=options)
    assert np.array_equal(again.coef_, small.coef_)


def test_what_goes_wrong_names_the_url(server):
    with pytest.raises(FileNotFoundError) as missing:
        perdure.load("s3://models/none.perdure")
    assert missing.value.filename == "s3://models/none.perdure"
    before = perdure.open("s3://models/large.perdure").digest
    server.failing = True
    try:
        with pytest.raises(perdure.StorageError, match=r"s3://models/large\.perdure could not be written") as refused:
            perdure.dump(small, "s3://models/large.perdure")
    finally:
        server.failing = False
    assert "storage_options" in refused.value.fix
    assert perdure.open("s3://models/large.perdure").digest == before
    nowhere = {"key": "a", "secret": "b", "endpoint_url": "http://127.0.0.1:9"}
    with pytest.raises(perdure.StorageError, match=r"s3://models/large\.perdure could not be opened"):
        perdure.load("s3://models/large.perdure", storage_options=nowhere)


@pytest.fixture(scope="module")
def web():
    with web_server() as address:
        Pages.files["/large.perdure"] = perdure.dumps(large, compression=None)
        yield address


@pytest.fixture(autouse=True)
def usual():
    yield
    Pages.ranges, Pages.breaking = True, None


def test_a_web_server_with_ranges(web):
    before = Pages.sent
    with perdure.open(f"{web}/large.perdure") as file:
        assert file.sizes["model"] > 50_000_000
    assert 0 < Pages.sent - before < LOOKING
    before = Pages.sent
    again = perdure.load(f"{web}/large.perdure")
    assert np.array_equal(again.predict(X[:20]), large.predict(X[:20]))
    assert Pages.sent - before == len(Pages.files["/large.perdure"])


def test_a_web_server_without_ranges(web):
    Pages.ranges = False
    again = perdure.load(f"{web}/large.perdure")
    assert np.array_equal(again.predict(X[:20]), large.predict(X[:20]))


@pytest.mark.parametrize("ranges", [True, False])
def test_a_web_server_that_breaks_off(web, ranges, tmp_path):
    Pages.ranges, Pages.breaking = ranges, 10_000
    for mmap in (False, True):
        with pytest.raises(perdure.StorageError, match="/large.perdure") as caught:
            perdure.load(f"{web}/large.perdure", mmap=mmap)
        assert caught.value.fix
    assert not (tmp_path / "cache").exists() or os.listdir(tmp_path / "cache") == []


def test_hugging_face_is_asked_by_its_own_client(web):
    code = """
import perdure
try:
    perdure.load("hf://someone/some-model/m.perdure")
except (perdure.StorageError, FileNotFoundError) as error:
    print(error)
"""
    around = {**os.environ, "HF_ENDPOINT": web, "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1"}
    Pages.asked.clear()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, env=around)
    assert done.returncode == 0, done.stderr
    assert "hf://someone/some-model/m.perdure" in done.stdout
    assert any("someone/some-model" in path for path in Pages.asked)
