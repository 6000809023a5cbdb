"""`progress=`: steps in their order, from nothing to the whole, and what it raises stops the work."""

import io
import os
import pickle

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import perdure
from perdure.arrays.progress import Meter

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(3000, 8))
y = X[:, 0] + RANDOM.normal(size=3000) > 0


class Heard:
    """What was told, by step."""

    def __init__(self):
        self.steps = {}
        self.last = ""

    def __call__(self, step, done, total):
        assert step == self.last or step not in self.steps, "a step came back"
        self.last = step
        self.steps.setdefault(step, []).append((done, total))

    def check(self, *names):
        assert tuple(self.steps) == names
        for told in self.steps.values():
            counts = [done for done, _ in told]
            assert counts == sorted(set(counts))
            assert len({total for _, total in told}) == 1
            assert counts[0] == 0
            assert counts[-1] == told[0][1]
            assert len(told) < 110


@pytest.fixture(scope="module")
def forest():
    return RandomForestClassifier(60, random_state=0).fit(X, y)


@pytest.mark.parametrize("compression", ["auto", None], ids=["compressed", "raw"])
def test_steps_of_a_forest(forest, tmp_path, compression):
    path, heard = tmp_path / "forest.perdure", Heard()
    perdure.dump(forest, path, compression=compression, progress=heard)
    heard.check("encoding", "compressing", "writing", "recording")
    assert heard.steps["writing"][0][1] == pytest.approx(os.path.getsize(path), rel=0.1)
    assert len(heard.steps["compressing"]) > 4
    heard = Heard()
    model = perdure.load(path, progress=heard)
    heard.check("reading", "building")
    # Not nothing, and then all at once.
    assert len(heard.steps["building"]) > 5
    assert np.array_equal(model.predict_proba(X), forest.predict_proba(X))


def test_the_file_is_the_same_with_it_and_without(forest):
    heard = Heard()
    data = perdure.dumps(forest, progress=heard)
    heard.check("encoding", "compressing")
    assert data == perdure.dumps(forest)
    heard = Heard()
    assert perdure.loads(data, progress=heard).n_estimators == 60
    heard.check("reading", "building")


def test_a_file_is_loaded_twice(forest, tmp_path):
    perdure.dump(forest, tmp_path / "forest.perdure")
    with perdure.open(tmp_path / "forest.perdure") as file:
        for steps in (("reading", "building"), ("building",)):
            heard = Heard()
            file.load(progress=heard)
            heard.check(*steps)
        heard = Heard()
        file.load("estimators_[3]", progress=heard)
        heard.check("building")


def test_mapped_and_tiny_models(tmp_path):
    for model in (StandardScaler().fit(X), LogisticRegression().fit(X, y)):
        perdure.dump(model, tmp_path / "model.perdure", compression=None)
        heard = Heard()
        perdure.load(tmp_path / "model.perdure", mmap=True, progress=heard)
        heard.check("reading", "building")


def test_what_it_raises_stops_the_work(forest, tmp_path):
    path = tmp_path / "forest.perdure"
    path.write_bytes(b"what was there")

    def stop_at(name):
        def progress(step, done, total):
            if step == name and done:
                raise KeyboardInterrupt

        return progress

    def stop_before_the_record(step, done, total):
        if step == "recording":
            raise KeyboardInterrupt

    for step in ("encoding", "compressing", "writing", "recording"):
        with pytest.raises(KeyboardInterrupt):
            perdure.dump(forest, path, progress=stop_at(step), strict=True)
        assert path.read_bytes() == b"what was there"
        assert os.listdir(tmp_path) == [path.name]
    for step in ("encoding", "compressing", "writing"):
        with pytest.raises(KeyboardInterrupt):
            perdure.dump(forest, path, progress=stop_at(step))
        assert path.read_bytes() == b"what was there"
        assert os.listdir(tmp_path) == [path.name]
    with pytest.raises(KeyboardInterrupt):
        perdure.dump(forest, path, progress=stop_before_the_record)
    # By then the model is there, and it stays.
    assert path.read_bytes() == perdure.dumps(forest)
    assert os.listdir(tmp_path) == [path.name]
    perdure.dump(forest, path)
    for step in ("reading", "building"):
        with pytest.raises(KeyboardInterrupt):
            perdure.load(path, progress=stop_at(step))


def test_old_files(forest, tmp_path):
    old, new = tmp_path / "forest.pkl", tmp_path / "forest.perdure"
    old.write_bytes(pickle.dumps(forest))
    heard = Heard()
    perdure.convert(old, new, progress=heard)
    heard.check("reading", "checking", "compressing", "writing")
    heard = Heard()
    perdure.load(old, progress=heard)
    heard.check("reading", "building")
    heard = Heard()
    assert perdure.verify(new, progress=heard).ok
    heard.check("reading", "checking digests", "building") if "reading" in heard.steps else heard.check(
        "checking digests", "building"
    )
    heard = Heard()
    assert len(perdure.check(tmp_path, progress=heard)) == 2
    heard.check("checking")
    assert heard.steps["checking"][-1] == (2, 2)


def test_a_file_object(tmp_path):
    heard = Heard()
    file = io.BytesIO()
    perdure.dump(StandardScaler().fit(X), file, progress=heard)
    heard.check("encoding", "compressing", "recording", "writing")
    file.seek(0)
    heard = Heard()
    perdure.load(file, progress=heard)
    heard.check("reading", "building")


def test_a_meter_never_says_more_than_the_whole():
    told = []
    meter = Meter(lambda *said: told.append(said))
    with meter.step("x", 1000):
        for _ in range(5):
            meter.add_of("a", 300, 600)
        meter.add(10**6)
    assert told == [("x", 0, 1000), ("x", 300, 1000), ("x", 600, 1000), ("x", 1000, 1000)]
    with pytest.raises(ZeroDivisionError), meter.step("y", 3):
        meter.add(1 // 0)
    assert told[-1] == ("y", 0, 3)
