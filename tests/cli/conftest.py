"""The files that the tests of the command line look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import perdure
from cli.crafted import save
from perdure.arrays.store import ArrayStore
from perdure.graph.nodes import Array, List, Object

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
y = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def logistic():
    return LogisticRegression(C=0.5).fit(X, y)


@pytest.fixture(scope="session")
def logistic_file(folder, logistic):
    path = str(folder / "logistic.perdure")
    scores = cross_validate(LogisticRegression(C=0.5), X, y, cv=5)
    perdure.dump(logistic, path, scores=scores, notes="the first one")
    return path


@pytest.fixture(scope="session")
def forest_file(folder):
    path = str(folder / "forest.perdure")
    perdure.dump(RandomForestClassifier(25, max_depth=3, random_state=0).fit(X, y), path)
    return path


@pytest.fixture(scope="session")
def pipeline_file(folder):
    path = str(folder / "pipeline.perdure")
    columns = ColumnTransformer([("scale", StandardScaler(), [0, 1]), ("encode", OneHotEncoder(), [2])])
    data = np.column_stack([X[:, :2], (X[:, 2] > 0).astype(float)])
    perdure.dump(make_pipeline(columns, LogisticRegression()).fit(data, y), path)
    return path


@pytest.fixture(scope="session")
def untrusted_file(folder):
    """A file with two names that perdure does not know, one of them at two places."""
    thing = Object("their_package.things:Thing", {"size": 3})
    other = Object("their_package.things:Other", {"inner": Object("their_package.things:Thing", {"size": 4})})
    return save(folder / "untrusted.perdure", List((thing, other)))


@pytest.fixture(scope="session")
def damaged_file(folder, logistic_file):
    data = bytearray(Path(logistic_file).read_bytes())
    data[data.index(b"graph.json", data.index(b"PK\x03\x04", 1)) + 40] ^= 1
    path = folder / "damaged.perdure"
    path.write_bytes(data)
    return str(path)


@pytest.fixture(scope="session")
def pickle_file(folder):
    path = folder / "model.pkl"
    # It ends before its STOP.
    path.write_bytes(b"\x80\x04K\x01")
    return str(path)


@pytest.fixture(scope="session")
def limits_file(folder):
    """A file whose batches ask for more objects than the limits allow."""
    from perdure.graph.nodes import Batch, ListOf

    inner = Batch("sklearn.preprocessing._data:StandardScaler", 4_000_000, {"copy": True}, {})
    return save(folder / "limits.perdure", List((ListOf(inner), ListOf(inner))))


@pytest.fixture(scope="session")
def invalid_file(folder):
    """A tree whose child lies outside of its nodes, with every digest correct."""
    return _forged_tree(folder / "invalid.perdure")


def _forged_tree(path):
    from sklearn.tree import DecisionTreeClassifier

    from perdure._writing import prepare
    from perdure.graph.nodes import Structured
    from perdure.graph.structure import rewrite

    ready = prepare(DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y), compression=None)
    arrays: ArrayStore = ready.graph.arrays

    def forge(part):
        if isinstance(part, Structured) and "left_child" in part.fields:
            children = np.array(arrays.array(part.fields["left_child"].index))
            children[0] = 1_000_000
            return Structured(
                part.dtype,
                part.shape,
                part.order,
                {**part.fields, "left_child": Array(arrays.add(children, "intp"))},
            )
        return part

    return save(path, rewrite(ready.graph.root, forge), arrays, libraries=ready.graph.libraries)
