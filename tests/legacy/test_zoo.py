"""Every model of the zoo, pickled: read without running it, it is the model that pickle itself gives back."""

from __future__ import annotations

import io
import lzma
import pickle
import sys
import warnings
from typing import Any

import joblib
import numpy as np
import pytest

import perdure
from perdure.graph.write import write_graph
from zoo.compare import differences, digest_tree
from zoo.registry import all_cases

CASES = all_cases()
#: What migrations add to models that need not have it.
ADDED = {"n_features_in_"}
#: One of each kind of state, in all protocols.
EACH = (
    "Birch", "BisectingKMeans", "GradientBoostingClassifier", "GridSearchCV", "HistGradientBoostingClassifier",
    "IsotonicRegression", "IterativeImputer", "KNeighborsClassifier-ball_tree", "NearestNeighbors-own-metric",
    "Pipeline-own-steps", "RandomForestClassifier", "RandomizedSearchCV-distributions", "SGDClassifier-modified_huber",
    "SplineTransformer", "SVC", "TfidfVectorizer", "TweedieRegressor", "dict-arrays", "dict-builtins",
    "dict-functions", "dict-pandas", "dict-random-states", "dict-scipy", "dict-standard-library",
)  # fmt: skip


def pairs() -> list[Any]:
    """Each case with one protocol, and some with all of them."""
    found = [
        (case, protocol)
        for case in CASES
        for protocol in (range(6) if case.name in EACH else (len(case.name) % 6,))
        # Classes with slots have no older form.
        if protocol > 1 or ("own-code" not in case.tags and case.name != "dict-scipy")
    ]
    return [pytest.param(*pair, id=f"{pair[0].name}-{pair[1]}") for pair in found]


def told_apart(expected: Any, found: Any) -> list[str]:
    before, after = digest_tree(expected), digest_tree(found)
    # Arrays in the byte order of another machine come in that of this one, matrices of joblib as such.
    # Of a generator, pickles of numpy 1 say nothing of its seed, so that pickle makes up another each time.
    said = ("big-endian", "numpy:matrix", "found str 'passthrough'", ".seed_seq.")
    return [
        line
        for line in differences(before, after)
        if line.partition(":")[0].rpartition(".")[2] not in ADDED and not any(word in line for word in said)
    ]


@pytest.mark.parametrize(("case", "protocol"), pairs())
def test_a_pickled_model_is_the_model_that_pickle_gives_back(case, protocol):
    with case.settings():
        model, _ = case.make()
        data = pickle.dumps(model, protocol)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            again = perdure.loads(data, trusted=case.trusted)
        assert told_apart(pickle.loads(data), again) == []


@pytest.mark.parametrize(
    "name",
    [
        "GaussianNB",
        "RandomForestClassifier",
        "GradientBoostingClassifier",
        "NuSVC",
        "Birch",
        "LocalOutlierFactor",
    ],
)
@pytest.mark.parametrize("protocol", range(6))
def test_its_graph_is_the_one_that_perdure_writes(name, protocol):
    case = next(case for case in CASES if case.name == name)
    with case.settings():
        model, _ = case.make()
        old = perdure.open(io.BytesIO(pickle.dumps(model, protocol)))
        new = perdure.open(io.BytesIO(perdure.dumps(model)))
        assert write_graph(old.graph).data == write_graph(new.graph).data
        assert old.digest == new.digest


# lz4 closes what it writes twice.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3), ("lz4", 3)])
@pytest.mark.parametrize("name", ["RandomForestClassifier", "GradientBoostingClassifier", "dict-arrays", "dict-scipy"])
def test_a_model_of_joblib(tmp_path, name, compress):
    case = next(case for case in CASES if case.name == name)
    with case.settings():
        model, _ = case.make()
        joblib.dump(model, tmp_path / "model", compress=compress)
        assert told_apart(joblib.load(tmp_path / "model"), perdure.load(tmp_path / "model", trusted=case.trusted)) == []


def test_a_file_of_lz4_says_what_it_needs(monkeypatch, tmp_path):
    joblib.dump(np.arange(3.0), tmp_path / "model", compress=("lz4", 3))
    monkeypatch.setitem(sys.modules, "lz4.frame", None)
    with pytest.raises(perdure.MissingExtraError, match=r"perdure\[lz4\]"):
        perdure.load(tmp_path / "model")


@pytest.mark.parametrize("preset", [0, 9, 9 | lzma.PRESET_EXTREME])
@pytest.mark.parametrize("form", [lzma.FORMAT_ALONE, lzma.FORMAT_XZ])
def test_every_preset_of_lzma_is_read(form, preset):
    data = lzma.compress(pickle.dumps(np.arange(3.0)), form, preset=preset)
    assert perdure.loads(data).tolist() == [0.0, 1.0, 2.0]


def test_a_window_that_takes_the_memory_is_refused():
    data = bytearray(lzma.compress(pickle.dumps(np.arange(3.0)), lzma.FORMAT_ALONE))
    data[1:5] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(perdure.FormatError, match="[Mm]emory"):
        perdure.loads(bytes(data))


def test_a_file_that_is_open_and_one_in_memory():
    data = pickle.dumps({"model": np.arange(3.0)})
    file = io.BytesIO(b"before" + data)
    file.seek(6)
    assert perdure.load(file)["model"].tolist() == [0.0, 1.0, 2.0]
    assert perdure.loads(bytearray(data))["model"].flags.writeable


def test_an_open_pickle_says_what_it_holds():
    case = next(case for case in CASES if case.name == "LogisticRegression")
    model, _ = case.make()
    with perdure.open(io.BytesIO(pickle.dumps(model))) as file:
        assert file.types == ("sklearn.linear_model._logistic:LogisticRegression",)
        assert file.untrusted == ()
        assert file.params["max_iter"] == model.max_iter
        assert file.libraries["scikit-learn"] is not None
        assert file.record is None
        assert file.migrations == []
        assert file.outline.type == "sklearn.linear_model._logistic:LogisticRegression"
        assert np.array_equal(file.load().coef_, model.coef_)
    with pytest.raises(perdure.FormatError, match="is a pickle"):
        _ = file.manifest
