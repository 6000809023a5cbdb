"""What the states of these tests do where nobody looks: the same files, with the door of validation taken out.

Slow, and not part of a usual run: ``pytest -m slow tests/attacks/test_unguarded.py``. Each file is used in a
process of its own, which dies or does not end. A release that learns to look itself makes one of these fail,
and its rule may then be written off in ``docs/threat-model.md``.
"""

from __future__ import annotations

import signal
import subprocess
import sys

import numpy as np
import pytest
import sklearn
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer

import perdure
from attacks import models
from attacks.craft import Graph, put
from perdure.graph.nodes import Dict, List

pytestmark = pytest.mark.slow

_USE = """
import faulthandler, sys, warnings
import numpy as np
import perdure, perdure.validate.door
perdure.validate.validate = lambda graph, arrays, trusted=frozenset(), asked=None: graph
warnings.simplefilter("ignore")
model = perdure.load(sys.argv[1])
X = np.load(sys.argv[2])
for _ in range(3):
    exec(sys.argv[3])
print("survived")
"""
PREDICT = "model.predict(X)"
FAR = 2**40


def _terms(node):
    return Dict(tuple((key, 2**30 + i) for i, (key, _) in enumerate(node.pairs)))


def _all_far(array):
    array[array >= 0] = FAR


def _all_far_histogram(array):
    array[:] = 2**32 - 2


def _counts(array):
    # The sum is looked at; what is summed is not.
    array[:2] += np.array([2**30, -(2**30)], array.dtype)


DEADLY = {
    "a child far away": (models.forest, "_tree:Tree", "nodes.left_child", _all_far, PREDICT),
    "a feature far away": (models.forest, "_tree:Tree", "nodes.feature", put(0, FAR), PREDICT),
    "no right child": (models.forest, "_tree:Tree", "nodes.right_child", put(0, -FAR), PREDICT),
    "a histogram's child": (models.histogram, "TreePredictor", "nodes.left", _all_far_histogram, PREDICT),
    "a histogram's feature": (models.histogram, "TreePredictor", "nodes.feature_idx", put(0, 2**31 - 1), PREDICT),
    "a range of points": (
        lambda: models.neighbors("kd_tree"),
        "_kd_tree:KDTree",
        "node_data.idx_end",
        put(slice(None), FAR),
        PREDICT,
    ),
    "an index of points": (
        lambda: models.neighbors("ball_tree"),
        "_ball_tree:BallTree",
        "idx_array",
        put(slice(None), FAR),
        PREDICT,
    ),
    "labels of neighbours": (
        lambda: models.neighbors("brute", p=1),
        "KNeighborsClassifier",
        "_y",
        put(slice(None), FAR),
        "model.predict_proba(X)",
    ),
    "counts of support vectors": (models.machine, "_classes:SVC", "_n_support", _counts, PREDICT),
    "rows of a kernel": (
        lambda: models.machine(kernel="precomputed"),
        "_classes:SVC",
        "support_",
        put(slice(None), 2**30),
        "model.predict(np.ones((2, 120)))",
    ),
    "a vocabulary": (
        lambda: CountVectorizer().fit(models.TEXTS),
        "CountVectorizer",
        "vocabulary_",
        _terms,
        "model.transform(['the cat sat here']).toarray()",
    ),
    "a width of categories": (
        models.one_hot,
        "OneHotEncoder",
        "_n_features_outs",
        lambda n: List((2**30, *n.items[1:-1], -(2**30))),
        "model.transform([['c', 3]]).toarray()",
    ),
    "a hash divided by nothing": (
        FeatureHasher,
        "FeatureHasher",
        "n_features",
        0,
        "model.transform([{'a': 1}])",
    ),
}
ENDLESS = {
    "a cycle": (models.forest, "_tree:Tree", "nodes.left_child", put(slice(None), 0), PREDICT),
    "a histogram's cycle": (models.histogram, "TreePredictor", "nodes.is_leaf", put(slice(None), 0), PREDICT),
    "a pattern": (
        lambda: CountVectorizer().fit(models.TEXTS),
        "CountVectorizer",
        "token_pattern",
        r"(?:[a-z]+)+\d",
        "model.transform(['a' * 45])",
    ),
}


def _use(tmp_path, row, seconds):
    make, kind, attribute, change, use = row
    path, rows = tmp_path / "hostile.perdure", tmp_path / "rows.npy"
    model = make()
    path.write_bytes(Graph(model).change(kind, attribute, change).bytes())
    width = getattr(model, "n_features_in_", 6)
    np.save(rows, models.X if width == 6 else np.random.RandomState(1).randint(-1, 6, (300, width)).astype(float))
    with pytest.raises(perdure.PerdureError):
        perdure.load(path)
    return subprocess.run(
        [sys.executable, "-c", _USE, str(path), str(rows), use], capture_output=True, text=True, timeout=seconds
    )


@pytest.mark.parametrize("name", DEADLY)
def test_these_kill_the_interpreter(tmp_path, name):
    if name == "labels of neighbours" and sklearn.__version__ < "1.3":
        pytest.skip("this release counts labels in Python")
    done = _use(tmp_path, DEADLY[name], 60)
    assert done.returncode in (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGFPE, -signal.SIGBUS), done.stderr[-500:]


@pytest.mark.parametrize("name", ENDLESS)
def test_these_do_not_end(tmp_path, name):
    with pytest.raises(subprocess.TimeoutExpired):
        _use(tmp_path, ENDLESS[name], 20)
