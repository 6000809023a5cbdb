"""The same model is the same bytes, in any process, with any hash seed; compression does not change what it is."""

import hashlib
import io
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import BallTree, KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import perdure

X, y = load_iris(return_X_y=True)
TABLE = np.array([["a", 1.0], ["b", 2.0], ["a", 3.0], ["c", 4.0]] * 10, dtype=object)


def columns():
    steps = make_column_transformer((OneHotEncoder(), [0]), (StandardScaler(), [1]))
    return make_pipeline(steps, RandomForestClassifier(6, random_state=0)).fit(TABLE, [0, 1, 0, 1] * 10)


MODELS = {
    "linear": lambda: LogisticRegression(max_iter=500).fit(X, y),
    "forest": lambda: RandomForestClassifier(12, random_state=0).fit(X, y),
    "boosting": lambda: HistGradientBoostingClassifier(max_iter=6, random_state=0).fit(X, y),
    "neighbors": lambda: KNeighborsClassifier(algorithm="ball_tree").fit(X, y),
    "pipeline": columns,
    "text": lambda: TfidfVectorizer(stop_words="english").fit([f"word{i} more of this" for i in range(100)]),
    "sets": lambda: {"model": LogisticRegression(), "names": {"b", "a", "c", "d"}, "more": frozenset((3, 1, ("x", 2)))},
}

SCRIPT = """
import hashlib, sys
sys.path[:0] = PATH
import test_canonical_bytes as t, perdure
for name, make in t.MODELS.items():
    print(name, hashlib.sha256(perdure.dumps(make())).hexdigest())
"""


def bytes_of_process(seed: str) -> dict[str, str]:
    script = SCRIPT.replace("PATH", repr([os.path.dirname(__file__), *filter(None, sys.path)]))
    environment = dict(os.environ, PYTHONHASHSEED=seed)
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


def test_three_processes_with_other_hash_seeds_write_the_same_bytes():
    here = {name: hashlib.sha256(perdure.dumps(make())).hexdigest() for name, make in MODELS.items()}
    for seed in ("0", "1", "4242"):
        assert bytes_of_process(seed) == here


@pytest.mark.parametrize("name", MODELS)
def test_saving_what_was_loaded_gives_the_same_bytes(name):
    data = perdure.dumps(MODELS[name]())
    assert perdure.dumps(perdure.loads(data)) == data


@pytest.mark.parametrize("name", MODELS)
def test_compression_does_not_change_the_digest(name):
    model = MODELS[name]()
    files = [perdure.dumps(model, compression=compression) for compression in ("auto", None, 1, 19)]
    digests = set()
    for data in files:
        with perdure.open(io.BytesIO(data)) as file:
            assert file.damaged() == []
            digests.add(file.digest)
    assert len(digests) == 1


@pytest.mark.parametrize("algorithm", ["kd_tree", "ball_tree"])
def test_a_model_that_was_asked_is_the_same_bytes(algorithm):
    model = KNeighborsClassifier(algorithm=algorithm).fit(X, y)
    data = perdure.dumps(model)
    model.predict(X)
    model.kneighbors_graph(X)
    assert model._tree.get_n_calls() > 0
    assert perdure.dumps(model) == data


def test_a_loaded_tree_begins_to_count_anew():
    tree = BallTree(X)
    tree.query(X, 3)
    again = perdure.loads(perdure.dumps(tree))
    assert again.get_n_calls() == 0
    assert again.get_tree_stats() == (0, 0, 0)
    tree.reset_n_calls()
    for asked in (tree, again):
        asked.query(X[:20], 3)
    assert again.get_n_calls() == tree.get_n_calls() > 0
    assert again.get_tree_stats() == tree.get_tree_stats()
