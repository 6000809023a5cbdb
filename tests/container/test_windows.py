"""What Windows does otherwise, done here: an open file cannot be replaced, and no folder is opened or synced."""

from __future__ import annotations

import errno
import os
import sys
import warnings

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsClassifier

import perdure
from perdure.container import writing
from perdure.container.file import Container

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc which files are open")

REPLACE = os.replace
#: Beyond what is read in one go, so that the file stays open while it is used.
ROWS = np.random.default_rng(0).random((20_000, 12))


def is_open(path):
    """Whether this process has a file open, or mapped into its memory."""
    place = os.path.realpath(path)
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{number}") == place:
                return True
        except FileNotFoundError:
            continue
    with open("/proc/self/maps", encoding="utf-8") as file:
        return any(line.rstrip("\n").endswith(f" {place}") for line in file)


@pytest.fixture
def windows(monkeypatch):
    """As Windows does it: no rename onto or of an open file, no O_DIRECTORY, no fchmod; each wait is noted."""
    waited = []

    def replace(old, new):
        for path in (old, new):
            if is_open(path):
                raise PermissionError(errno.EACCES, "The process cannot access the file", path)
        REPLACE(old, new)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(writing, "_WINDOWS", True)
    monkeypatch.setattr(writing.time, "sleep", waited.append)
    for name in ("O_DIRECTORY", "fchown", "fchmod"):
        monkeypatch.delattr(os, name)
    return waited


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.perdure"
    model = KNeighborsClassifier(algorithm="brute").fit(ROWS, np.arange(len(ROWS)) % 3)
    perdure.dump(model, path, probe=False)
    assert path.stat().st_size > 1 << 20
    return path


def test_the_check_sees_open_and_mapped_files(path):
    assert not is_open(path)
    with Container(path):
        assert is_open(path)
    assert not is_open(path)
    model = perdure.load(path, mmap=True)
    assert is_open(path)
    del model


def test_a_section_is_added_to_a_large_file(path, windows):
    writing.append_sections(path, {"record/source/notes.txt": b"kept"})
    with Container(path) as container:
        assert container.section("record/source/notes.txt") == b"kept"
        assert container.damaged() == []
    assert windows == []
    assert os.listdir(path.parent) == [path.name]


def test_a_large_file_is_annotated_and_signed(path, windows):
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    perdure.annotate(path, notes="two folds")
    perdure.annotate(path, X=ROWS[:30], y=np.arange(30) % 3, cv=2)
    perdure.sign(path, key)
    perdure.sign(path, key, detached=path.with_suffix(".sig"))
    assert perdure.load(path, signed_by=key.public_key()).n_neighbors == 5
    assert windows == []


def test_a_model_is_saved_over_the_file_that_it_came_from(path, windows):
    for _ in range(2):
        model = perdure.load(path)
        perdure.dump(model, path)
    with perdure.open(path) as file:
        perdure.dump(file.load(), path.with_name("other.perdure"))
    assert windows == []


def test_who_holds_a_map_is_told_to_let_go(path, windows):
    model = perdure.load(path, mmap=True)
    before = path.read_bytes()
    with pytest.raises(PermissionError, match="mmap=True, or save under another name"):
        perdure.dump(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]), path)
    assert windows == list(writing._WAITS)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]
    assert len(model.predict(ROWS[:5])) == 5


def test_who_looks_into_the_file_for_a_moment_is_waited_for(path, windows, monkeypatch):
    with open(path, "rb") as opened:
        monkeypatch.setattr(writing.time, "sleep", lambda seconds: opened.close())
        perdure.dump(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]), path)
    assert perdure.load(path).n_features_in_ == 1


def test_elsewhere_a_refusal_is_one_at_once(path, monkeypatch):
    def refused(old, new):
        raise PermissionError(errno.EPERM, "Operation not permitted", new)

    monkeypatch.setattr(os, "replace", refused)
    monkeypatch.setattr(writing.time, "sleep", None)
    with pytest.raises(PermissionError, match="Operation not permitted"):
        perdure.dump(1, path)
    assert os.listdir(path.parent) == [path.name]


def test_results_of_score_take_their_place(path, tmp_path, windows):
    pytest.importorskip("pyarrow")
    np.savetxt(tmp_path / "rows.csv", ROWS[:50], delimiter=",", header=",".join("abcdefghijkl"), comments="")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        perdure.score(path, str(tmp_path / "rows.csv"), str(tmp_path / "out"), columns=list("abcdefghijkl"))
        again = perdure.score(path, str(tmp_path / "rows.csv"), str(tmp_path / "out"), columns=list("abcdefghijkl"))
    assert again is not None
    assert [name for name in os.listdir(tmp_path / "out") if name.endswith(".partial")] == []
    assert windows == []
    assert perdure.load(path).n_neighbors == 5


@pytest.mark.parametrize("place", ["C:\\models\\m.perdure", "C:/models/m.perdure", "c://m.perdure", "\\\\host\\m", "m"])
def test_a_path_of_windows_is_no_url(place):
    from perdure.remote import is_url

    assert not is_url(place)
