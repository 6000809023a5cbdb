"""Files behind URLs: what is fetched, what is said when a transfer fails, what is kept here to be mapped."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import perdure
from perdure.cli.program import program
from perdure.remote import filesystem_of
from perdure.remote.urls import shown_url
from remote.counted import Counted

URL = "counted://bucket/models/m.perdure"
PLACE = "bucket/models/m.perdure"
LOOKING = 300_000
random = np.random.default_rng(0)
X = random.random((600, 2000))
y = random.integers(0, 3, 600)
# Some 10 MB that cannot be compressed, and a step that is small.
large = make_pipeline(StandardScaler(), KNeighborsClassifier(algorithm="brute")).fit(X, y)
small = LogisticRegression(max_iter=50).fit(X[:, :3], y)


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    Counted.clear()
    monkeypatch.setenv("PERDURE_CACHE", str(tmp_path / "cache"))
    yield Counted
    Counted.clear()


@pytest.fixture(scope="module")
def data():
    made = perdure.dumps(large), perdure.dumps(large, compression=None)
    assert min(map(len, made)) > 5_000_000
    return made


def each_byte_once() -> bool:
    return all(left[1] <= right[0] for left, right in pairwise(sorted(Counted.asked)))


# -- what is fetched --------------------------------------------------------------------------------------------------


def test_dump_and_load(store):
    assert perdure.dump(large, URL) == [URL]
    assert perdure.load(URL).predict(X[:20]).tolist() == large.predict(X[:20]).tolist()
    assert each_byte_once()


@pytest.mark.parametrize("which", [0, 1], ids=["compressed", "raw"])
def test_looking_fetches_manifest_and_graph(store, data, which):
    store.files[PLACE] = data[which]
    with perdure.open(URL) as file:
        assert file.types
        assert file.untrusted == ()
        assert file.sizes["model"] > 5_000_000
        assert file.record is None
        assert file.digest.startswith("sha256:")
    assert 0 < store.fetched() < LOOKING
    assert each_byte_once()


def test_perdure_inspect_of_a_url(store, capsys):
    perdure.dump(large, URL, notes="of a bucket")
    store.asked.clear()
    program.main(["inspect", URL], standalone_mode=False)
    assert "KNeighborsClassifier" in capsys.readouterr().out
    assert 0 < store.fetched() < LOOKING


@pytest.mark.parametrize("which", [0, 1], ids=["compressed", "raw"])
def test_a_part_costs_what_the_part_costs(store, data, which):
    store.files[PLACE] = data[which]
    with perdure.open(URL) as file:
        scaler = file.load("steps[0][1]")
    assert np.array_equal(scaler.transform(X[:5]), large[0].transform(X[:5]))
    assert 0 < store.fetched() < LOOKING
    assert each_byte_once()


def test_a_whole_load_asks_for_large_pieces(store, data):
    store.files[PLACE] = data[1]
    again = perdure.load(URL)
    assert np.array_equal(again.predict_proba(X[:20]), large.predict_proba(X[:20]))
    assert each_byte_once()
    assert store.fetched() == len(data[1])
    # The end, the heads of the members, and the rest.
    assert len(store.asked) < 12


def test_looking_first_and_then_loading_fetches_nothing_twice(store, data):
    store.files[PLACE] = data[0]
    with perdure.open(URL) as file:
        assert file.outline.bytes > 5_000_000
        assert np.array_equal(file.load("steps[0][1]").mean_, large[0].mean_)
        again = file.load()
        assert file.load("steps[0][1]").mean_.tolist() == large[0].mean_.tolist()
    assert np.array_equal(again.predict_proba(X[:20]), large.predict_proba(X[:20]))
    assert each_byte_once()
    assert store.fetched() == len(data[0])


def test_a_small_file_is_one_request(store):
    store.files[PLACE] = perdure.dumps(small)
    assert np.array_equal(perdure.load(URL).coef_, small.coef_)
    assert len(store.asked) == 1


def test_a_store_that_answers_otherwise_later_is_not_asked_again(store, data):
    store.files[PLACE] = data[1]
    answered: set[int] = set()

    def once(path, start, end):
        fresh = not answered & set(range(start // 32768, -(-end // 32768)))
        answered.update(range(start // 32768, -(-end // 32768)))
        return store.files[path][start:end] if fresh else b"\xff" * (end - start)

    store.failing = once
    with perdure.open(URL) as file:
        assert file.outline.bytes
        again = file.load()
    assert np.array_equal(again.predict(X[:20]), large.predict(X[:20]))


def test_a_forest_of_which_one_tree_is_wanted(store):
    forest = RandomForestClassifier(150, random_state=0).fit(X[:, :20], y)
    store.files[PLACE] = perdure.dumps(forest, compression=None)
    with perdure.open(URL) as file:
        tree = file.load("estimators_[7]")
    assert np.array_equal(tree.predict_proba(X[:30, :20]), forest.estimators_[7].predict_proba(X[:30, :20]))
    assert store.fetched() < len(store.files[PLACE])


def test_verify_and_scan_see_what_is_damaged(store, data, capsys):
    perdure.dump(large, URL)
    assert perdure.verify(URL).ok
    program.main(["scan", "counted://bucket/models"], standalone_mode=False)
    assert "1 file, none would be refused" in capsys.readouterr().out
    changed = bytearray(store.files[PLACE])
    changed[len(changed) // 2] ^= 1
    store.files[PLACE] = bytes(changed)
    report = perdure.verify(URL)
    assert not report.ok
    assert [finding.status for finding in report.of("integrity")] == ["failed"]
    with pytest.raises(perdure.FormatError, match="damaged"):
        perdure.load(URL)
    with pytest.raises(SystemExit) as left:
        program.main(["scan", URL], standalone_mode=True)
    assert left.value.code == 1
    # Who looks only at the graph is not told: no more than that was read.
    with perdure.open(URL) as file:
        assert file.types


def test_signed_files(store, tmp_path):
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "key.pem").write_bytes(key.private_bytes(*form))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    perdure.dump(large, tmp_path / "m.perdure")
    perdure.sign(tmp_path / "m.perdure", tmp_path / "key.pem")
    store.files[PLACE] = (tmp_path / "m.perdure").read_bytes()
    again = perdure.load(URL, signed_by=public)
    assert np.array_equal(again.predict(X[:20]), large.predict(X[:20]))
    assert each_byte_once()
    perdure.dump(large, URL)
    with pytest.raises(perdure.VerificationError):
        perdure.load(URL, signed_by=public)


def test_a_pickle_behind_a_url(store):
    store.files["bucket/old.pkl"] = pickle.dumps(large)
    for mmap in (False, True):
        again = perdure.load("counted://bucket/old.pkl", mmap=mmap)
        assert np.array_equal(again.predict(X[:20]), large.predict(X[:20]))


# -- a copy to be mapped ----------------------------------------------------------------------------------------------


def test_a_mapped_file_is_kept_here_once(store, data, tmp_path):
    store.files[PLACE] = data[1]
    again = perdure.load(URL, mmap=True)
    assert not again[0].mean_.flags.writeable
    assert np.array_equal(again.predict(X[:20]), large.predict(X[:20]))
    assert each_byte_once()
    (copy,) = os.listdir(tmp_path / "cache")
    assert (tmp_path / "cache" / copy).read_bytes() == data[1]
    store.asked.clear()
    store.files["bucket/the same elsewhere"] = data[1]
    for url in (URL, "counted://bucket/the same elsewhere"):
        with perdure.open(url, mmap=True) as file:
            assert np.array_equal(file.load().predict(X[:20]), large.predict(X[:20]))
    assert store.fetched() < 2 * LOOKING
    assert os.listdir(tmp_path / "cache") == [copy]
    if os.name == "posix":
        assert (tmp_path / "cache").stat().st_mode & 0o77 == 0


def test_another_file_of_the_same_size_is_another_copy(store, data, tmp_path):
    other = make_pipeline(StandardScaler(), KNeighborsClassifier(algorithm="brute")).fit(X[::-1], y[::-1])
    for model in (large, other):
        store.files[PLACE] = perdure.dumps(model, compression=None)
        again = perdure.load(URL, mmap=True)
        assert np.array_equal(again.predict_proba(X[:20]), model.predict_proba(X[:20]))
    copies = [path.stat().st_size for path in (tmp_path / "cache").iterdir()]
    assert len(copies) == 2
    assert len(set(copies)) == 1


def test_what_is_damaged_never_becomes_a_copy(store, data, tmp_path):
    changed = bytearray(data[1])
    changed[len(changed) // 2] ^= 1
    store.files[PLACE] = bytes(changed)
    with pytest.raises(perdure.FormatError, match=r"counted://bucket/models/m\.perdure is damaged"):
        perdure.load(URL, mmap=True)
    assert os.listdir(tmp_path / "cache") == []


def test_a_transfer_that_breaks_leaves_no_copy(store, data, tmp_path):
    store.files[PLACE] = data[1]

    def breaking(path, start, end):
        if end - start > 1_000_000:
            raise ConnectionResetError("gone")
        return store.files[path][start:end]

    store.failing = breaking
    with pytest.raises(perdure.StorageError, match="gone"):
        perdure.load(URL, mmap=True)
    assert os.listdir(tmp_path / "cache") == []
    store.failing = None
    assert np.array_equal(perdure.load(URL, mmap=True).predict(X[:20]), large.predict(X[:20]))


# -- when something is wrong ------------------------------------------------------------------------------------------


def raising(error):
    def fail(path, start, end):
        raise error

    return fail


class OfSomeDriver(Exception):
    """Drivers raise classes of their own."""


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        (raising(ConnectionResetError("reset by peer")), "reset by peer"),
        (raising(OfSomeDriver("503 slow down")), "503 slow down"),
        (raising(PermissionError("403")), "storage_options"),
        (lambda path, start, end: b"", "ended after 0 of"),
        (lambda path, start, end: Counted.files[path][start : end - 1000], "the transfer ended after"),
    ],
    ids=["reset", "driver", "refused", "nothing", "short"],
)
def test_a_transfer_that_fails_names_the_url(store, data, failing, said):
    store.files[PLACE] = data[0]
    store.failing = failing
    if said == "the transfer ended after":
        served = {"count": 0}

        def short(path, start, end):
            served["count"] += 1
            return failing(path, start, end) if served["count"] == 1 else b""

        store.failing = short
    with pytest.raises(perdure.StorageError) as caught:
        perdure.load(URL)
    assert URL in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.fix


def test_a_transfer_that_breaks_in_the_middle_builds_nothing(store, data):
    store.files[PLACE] = data[0]
    with perdure.open(URL) as file:
        assert file.types
        store.failing = raising(TimeoutError("too slow"))
        with pytest.raises(perdure.StorageError, match="too slow"):
            file.load()
        store.failing = None
        assert np.array_equal(file.load().predict(X[:20]), large.predict(X[:20]))


def test_what_is_not_there_is_a_missing_file(store):
    with pytest.raises(FileNotFoundError) as caught:
        perdure.load("counted://bucket/none.perdure")
    assert caught.value.filename == "counted://bucket/none.perdure"


def test_more_than_the_limit_is_not_fetched(store, data):
    store.files[PLACE] = data[0]
    with pytest.raises(perdure.LimitError):
        perdure.load(URL, limits={"file_bytes": 1_000_000})
    assert store.asked == []


@pytest.mark.parametrize(
    ("putting", "said"),
    [(lambda data: data[:1000], "1,000 bytes arrived of"), (lambda data: 1 / 0, "division by zero")],
    ids=["short", "error"],
)
def test_a_save_that_fails_says_so(store, putting, said):
    store.putting = putting
    with pytest.raises(perdure.StorageError, match=said) as caught:
        perdure.dump(small, URL)
    assert URL in str(caught.value)
    if PLACE in store.files:
        with pytest.raises(perdure.FormatError):
            perdure.load(URL)


def test_options_go_to_the_driver(store, tmp_path):
    options = {"key": "me", "endpoint_url": "http://127.0.0.1:1"}
    perdure.dump(small, URL, storage_options=options)
    perdure.load(URL, storage_options=options)
    perdure.open(URL, storage_options=options).close()
    assert store.options == [options] * 3
    for call in (perdure.load, perdure.open, lambda place, **more: perdure.dump(small, place, **more)):
        with pytest.raises(perdure.UnsupportedError, match="storage_options are for URLs"):
            call(tmp_path / "m.perdure", storage_options=options)
    with pytest.raises(perdure.UnsupportedError, match="cannot be opened"):
        perdure.load("memory://m.perdure", storage_options={1: 2})


def test_secrets_of_a_url_are_not_shown(store):
    secret = "counted://me:hunter2@bucket/m.perdure?X-Amz-Signature=abcdef"
    assert shown_url(secret) == "counted://bucket/m.perdure"
    with pytest.raises(FileNotFoundError) as caught:
        perdure.load(secret)
    assert "hunter2" not in str(caught.value)
    assert "abcdef" not in str(caught.value)


DRIVERS = [("s3", "s3fs", "s3"), ("hf", "huggingface_hub", "hf"), ("https", "aiohttp", "http")]


@pytest.mark.parametrize(("scheme", "library", "extra"), DRIVERS)
def test_a_driver_that_is_not_installed_is_named(scheme, library, extra):
    code = f"""
import sys
sys.modules[{library!r}] = None
import perdure
for call in (perdure.load, perdure.open, lambda url: perdure.dump([1], url)):
    try:
        call("{scheme}://someone/some/m.perdure")
    except perdure.MissingExtraError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f'pip install "perdure[{extra}]"') == 3
    assert done.stdout.count(f"{scheme}://someone/some/m.perdure") == 3


def test_a_scheme_that_nobody_knows():
    with pytest.raises(perdure.UnsupportedError, match="nobodys://"):
        filesystem_of("nobodys://bucket/m")


def test_a_url_of_a_local_file_is_replaced_as_a_path_is(tmp_path):
    url = (tmp_path / "m.perdure").as_uri()
    perdure.dump(small, url)
    assert os.listdir(tmp_path) == ["m.perdure"]
    assert np.array_equal(perdure.load(url).coef_, small.coef_)
    assert np.array_equal(perdure.load(tmp_path / "m.perdure").coef_, small.coef_)


def test_the_limits_of_what_is_kept_in_memory(store, data, monkeypatch):
    monkeypatch.setattr("perdure.remote.ranges._IN_MEMORY", 1000)
    store.files[PLACE] = data[0]
    assert np.array_equal(perdure.load(URL).predict(X[:20]), large.predict(X[:20]))
    with perdure.open(URL) as file:
        assert np.array_equal(file.load("steps[0][1]").mean_, large[0].mean_)


def test_what_was_opened_is_closed(store, data):
    store.files[PLACE] = data[0]
    file = perdure.open(URL)
    inner = file._opened
    file.close()
    assert inner.closed
    store.files[PLACE] = b"no model at all"
    with pytest.raises(perdure.FormatError):
        perdure.load(URL)


def test_as_an_open_file(store):
    from perdure.remote import open_url

    store.files["bucket/text"] = bytes(range(256)) * 400
    with open_url("counted://bucket/text") as file:
        assert file.seek(-10, io.SEEK_END) == 102_390
        assert file.read() == bytes(range(246, 256))
        assert file.read() == b""
        assert file.seek(5) == 5
        assert file.read(3) == b"\5\6\7"
        assert file.seek(2, io.SEEK_CUR) == 10
        assert file.tell() == 10
        assert file.seek(0) == 0
        assert file.read() == store.files["bucket/text"]
    assert each_byte_once()
