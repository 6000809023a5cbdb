"""References to data: their own versions, and what is taken of what lies behind a URL."""

from __future__ import annotations

import base64
import hashlib
import http.server
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

import perdure
from perdure.errors import PerdureWarning, UnsupportedError
from perdure.record.versions import version_of, version_of_url

CONTENT = b"a,b\n1,2\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("train.csv").write_bytes(CONTENT)
    return tmp_path


def reference(data, **more):
    perdure.dump(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), "m.perdure", data=data, **more)
    with perdure.open("m.perdure") as file:
        (found,) = file.record.data.references
    return found


def git(*words: str) -> str:
    names = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *names, *words], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("url", "told", "version"),
    [
        ("s3://bucket/x?versionId=abc", None, ("abc", "s3")),
        ("https://b.s3.amazonaws.com/x?versionId=abc&y=1", {"ETag": '"e"'}, ("abc", "s3")),
        ("gs://bucket/x#1234", None, ("1234", "gcs")),
        ("abfs://c/x?snapshot=2026-01-31T00:00:00Z", None, ("2026-01-31T00:00:00Z", "azure")),
        ("s3://lake/table?versionAsOf=12", None, ("12", "delta")),
        ("s3://bucket/x", {"VersionId": "v", "ETag": '"e"'}, ("v", "s3")),
        ("s3://bucket/x", {"VersionId": "null", "ETag": '"e"'}, ("e", "etag")),
        ("gs://bucket/x", {"generation": 17}, ("17", "gcs")),
        ("https://host/x", {"etag": ""}, None),
        ("s3://bucket/x", None, None),
    ],
)
def test_versions_of_urls(url, told, version):
    assert version_of_url(url, told) == version


def test_the_commit_of_a_file_that_git_knows(here):
    assert reference("train.csv").version is None
    git("init", "-q")
    assert version_of("train.csv") is None
    git("add", "train.csv")
    assert version_of("train.csv") is None
    git("commit", "-q", "-m", "first")
    first = git("rev-parse", "HEAD")
    Path("other").write_text("x")
    git("add", "other")
    git("commit", "-q", "-m", "second")
    found = reference("train.csv", strict=True)
    assert (found.version, found.versioned_by) == (first, "git")
    assert found.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert f"train.csv (git {first}): the same as when" in str(perdure.verify("m.perdure"))
    Path("train.csv").write_bytes(CONTENT + b"3,4\n")
    assert reference("train.csv").version is None


def test_the_file_of_dvc(here):
    digest = hashlib.md5(CONTENT).hexdigest()
    Path("train.csv.dvc").write_text(
        f"deps:\n- md5: {'0' * 32}\n  path: raw.csv\nouts:\n- md5: {digest}\n  size: 8\n  hash: md5\n  path: train.csv\n"
    )
    found = reference("train.csv", strict=True)
    assert (found.version, found.versioned_by) == (digest, "dvc")
    # The data themselves may be elsewhere.
    Path("train.csv").unlink()
    assert version_of("train.csv") == version_of("train.csv.dvc") == (digest, "dvc")
    found = reference("train.csv", strict=True)
    assert (found.version, found.sha256) == (digest, None)
    Path("train.csv").write_bytes(b"other")
    with pytest.raises(UnsupportedError, match=r"not the file of train\.csv\.dvc"):
        version_of("train.csv")
    with pytest.warns(PerdureWarning, match="the version of the data train.csv"):
        found = reference("train.csv")
    assert (found.version, found.size) == (None, 5)


def test_a_folder_of_dvc(here):
    Path("images").mkdir()
    Path("images.dvc").write_text(f"outs:\n- md5: {'a' * 32}.dir\n  nfiles: 3\n  path: images\n")
    assert reference("images/", strict=True).version == "a" * 32 + ".dir"


def test_a_file_of_a_pipeline_of_dvc(here):
    digest = hashlib.md5(CONTENT).hexdigest()
    Path("data").mkdir()
    Path("data/made.csv").write_bytes(CONTENT)
    Path("dvc.lock").write_text(
        "schema: '2.0'\nstages:\n  make:\n    cmd: python make.py\n    deps:\n    - path: raw.csv\n      hash: md5\n"
        f"      md5: {'0' * 32}\n      size: 3\n    outs:\n    - path: data/made.csv\n      hash: md5\n      md5: {digest}\n"
    )
    assert version_of("data/made.csv") == (digest, "dvc")
    assert version_of("train.csv") is None
    Path("data/made.csv").write_bytes(b"other")
    assert version_of("data/made.csv") is None


def test_tables_that_keep_their_versions(here):
    for name in ("delta", "iceberg"):
        Path(name).mkdir()
    log = Path("delta/_delta_log")
    log.mkdir()
    for number in (0, 9, 10):
        (log / f"{number:020}.json").write_text("{}")
    (log / "00000000000000000010.checkpoint.parquet").write_bytes(b"")
    found = reference("delta", strict=True)
    assert (found.version, found.versioned_by) == ("10", "delta")
    assert "delta: version 10, as when the model was saved" in str(perdure.verify("m.perdure"))
    (log / f"{11:020}.json").write_text("{}")
    report = perdure.verify("m.perdure")
    assert report.ok
    assert "delta: version 10 then, 11 now" in str(report)
    Path("iceberg/metadata").mkdir()
    Path("iceberg/metadata/version-hint.text").write_text("7\n")
    assert version_of("iceberg") == ("7", "iceberg")


def test_the_version_that_somebody_says(here):
    found = reference({"train.csv": "of May"}, strict=True)
    assert (found.version, found.versioned_by, found.size) == ("of May", "given", len(CONTENT))
    with pytest.warns(PerdureWarning, match="s3://lake/table"):
        found = reference({"s3://lake/table": 12})
    assert (found.version, found.versioned_by) == ("12", "given")
    for wrong in (None, 1.5, "", "two\nlines"):
        with pytest.warns(PerdureWarning, match="the version of the data train.csv"):
            assert reference({"train.csv": wrong}).size == len(CONTENT)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        if self.path.startswith("/gone"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("ETag", '"abc"')
        if "s3" in self.path:
            self.send_header("x-amz-version-id", "v7")
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *arguments):
        """Nothing is printed."""


@pytest.fixture
def server():
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.asked = []
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_what_lies_behind_a_url_is_read_once(here, server):
    place = f"127.0.0.1:{server.server_port}"
    found = reference(f"http://me:secret@{place}/train.csv?token=hidden", strict=True)
    assert found.reference == f"http://{place}/train.csv"
    assert (found.size, found.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert (found.version, found.versioned_by) == ("abc", "etag")
    assert server.asked == [("/train.csv?token=hidden", "Basic " + base64.b64encode(b"me:secret").decode())]
    assert reference(f"http://{place}/s3", strict=True).version == "v7"
    data = Path("m.perdure").read_bytes()
    assert b"secret" not in data
    # Verification asks nobody; a copy is compared.
    before = len(server.asked)
    assert perdure.verify("m.perdure").ok
    assert perdure.verify("m.perdure", data="train.csv").ok
    assert len(server.asked) == before


def test_what_cannot_be_reached_is_said_and_costs_nothing(here, server):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/train.csv"
        gone = f"http://127.0.0.1:{server.server_port}/gone.csv"
        for url in (nobody, gone, "odd://host/x", "s3://bucket/train.csv"):
            with pytest.warns(PerdureWarning, match=r"lacks size and sha256 of the data") as caught:
                found = reference(url)
            assert url in str(caught[0].message)
            assert (found.reference, found.sha256) == (url, None)
            assert perdure.load("m.perdure").predict([[1.0]]).tolist() == [1]
    # Later, when it is there.
    perdure.annotate("m.perdure", data=f"http://127.0.0.1:{server.server_port}/train.csv", strict=True)
    with perdure.open("m.perdure") as file:
        assert file.record.data.references[0].size == len(CONTENT)


def test_file_systems_of_fsspec(here):
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://data/train.csv", "wb") as file:
        file.write(CONTENT)
    found = reference("memory://data/train.csv", strict=True)
    assert (found.size, found.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert reference(f"file://{here}/train.csv", strict=True).size == len(CONTENT)
