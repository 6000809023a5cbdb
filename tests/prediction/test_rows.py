"""What a predictor may be asked with, and what it says where it may not."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

import perdure
from perdure.errors import PerdureError, UnsupportedError, UntrustedError
from perdure.prediction.sparse import SparseRows

FRAME = pd.DataFrame({"size": [1.0, 2.5, 3.0, 4.5], "kind": ["a", "b", "a", "c"], "count": [3, 1, 2, 5]})
Y = [0, 1, 0, 1]


@pytest.fixture(scope="module")
def model():
    columns = make_column_transformer((StandardScaler(), ["size", "count"]), (OneHotEncoder(), ["kind"]))
    return make_pipeline(columns, LogisticRegression()).fit(FRAME, Y)


@pytest.fixture(scope="module")
def predictor(model):
    return perdure.Predictor(perdure.dumps(model))


class Frame:
    """As much of a data frame as any library's has."""

    def __init__(self, data):
        self.data = data
        self.columns = list(data)

    def __getitem__(self, name):
        return self.data[name]


class Arrow(Frame):
    """Of Arrow, whose ``columns`` are no names."""

    def __init__(self, data):
        super().__init__(data)
        self.column_names, self.columns = self.columns, None


COLUMNS = {name: FRAME[name].tolist() for name in ("kind", "count", "size")}
ASKED = {
    "a data frame": FRAME,
    "columns in another order": FRAME[["kind", "size", "count"]],
    "a column too many": FRAME.assign(more=1),
    "a dict of columns": COLUMNS,
    "a dict of arrays": {name: np.array(values) for name, values in COLUMNS.items()},
    "a list of dicts": FRAME.to_dict("records"),
    "another library's frame": Frame(COLUMNS),
    "a table of Arrow": Arrow(COLUMNS),
    "a structured array": FRAME.to_records(index=False).astype([("size", "f8"), ("kind", "U1"), ("count", "i8")]),
    "pandas' own strings and integers": FRAME.astype({"kind": "string", "count": "Int64"}),
    "categories": FRAME.astype({"kind": "category"}),
    "an array of objects": FRAME.to_numpy(dtype=object),
}


@pytest.mark.parametrize("rows", ASKED.values(), ids=ASKED)
def test_columns_are_matched_by_name(model, predictor, rows):
    found = predictor.predict_proba(np.asarray(rows) if type(rows) is np.recarray else rows)
    np.testing.assert_allclose(found, model.predict_proba(FRAME), rtol=0, atol=1e-15)


def test_what_the_model_says_of_itself(model, predictor):
    assert predictor.classes_.tolist() == [0, 1]
    assert predictor.feature_names_in_.tolist() == ["size", "kind", "count"]
    assert predictor.n_features_in_ == 3
    assert predictor.methods == ("predict", "predict_proba", "predict_log_proba", "decision_function")
    assert predictor.type == "sklearn.pipeline:Pipeline"
    assert "Pipeline" in repr(predictor)
    assert not hasattr(predictor, "transform")
    with pytest.raises(AttributeError, match="has no transform; there are predict"):
        _ = predictor.transform


def test_a_missing_column_is_named(predictor):
    with pytest.raises(ValueError, match="columns are missing: 'kind'"):
        predictor.predict(FRAME[["size", "count"]])


def test_an_unknown_category_is_named(predictor):
    with pytest.raises(ValueError, match="column 0 holds categories that were not there in the fit: .'z'"):
        predictor.predict(FRAME.assign(kind="z"))


HOSTILE = {
    "too wide": np.zeros((2, 5)),
    "too narrow": np.zeros((2, 1)),
    "no rows": np.zeros((0, 2)),
    "one dimension": np.zeros(2),
    "three dimensions": np.zeros((2, 2, 2)),
    "missing": np.array([[np.nan, 1.0]]),
    "infinite": np.array([[np.inf, 1.0]]),
    "text": np.array([["a", "b"]], dtype=object),
    "complex": np.zeros((2, 2), complex),
    "dates": np.zeros((2, 2), "M8[s]"),
    "ragged": [[1.0, 2.0], [3.0]],
    "a text": "12",
    "a number": 12,
    "None": None,
    "columns of differing length": {"a": [1.0], "b": [1.0, 2.0]},
    "objects of all kinds": np.array([[{}, 1]], dtype=object),
}


@pytest.mark.parametrize("rows", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("kind", [Ridge, RandomForestRegressor, StandardScaler])
def test_rows_that_cannot_be_are_refused(kind, rows):
    X = np.random.RandomState(0).standard_normal((20, 2))
    made = kind(**({"n_estimators": 3} if kind is RandomForestRegressor else {})).fit(X, X[:, 0])
    predictor = perdure.Predictor(perdure.dumps(made))
    ask = getattr(predictor, predictor.methods[0])
    if rows is HOSTILE["missing"] and kind is not Ridge:
        assert ask(rows).shape[0] == 1
        return
    with pytest.raises((ValueError, PerdureError)):
        ask(rows)


def test_sparse_rows_are_as_good_as_dense_ones():
    X = scipy.sparse.random(40, 6, 0.3, "csr", random_state=0)
    model = Ridge().fit(X, X[:, 0].toarray().ravel())
    predictor = perdure.Predictor(perdure.dumps(model))
    for rows in (X, X.tocsc(), X.tocoo(), SparseRows.of(X)):
        assert (predictor.predict(rows) == model.predict(X)).all()


def test_sparse_output_is_that_of_scipy():
    texts = ["one two two", "three", "", "two one"]
    model = CountVectorizer().fit(texts)
    found = perdure.Predictor(perdure.dumps(model)).transform(texts)
    wanted = model.transform(texts)
    assert (scipy.sparse.csr_matrix((found.data, found.indices, found.indptr), found.shape) != wanted).nnz == 0
    assert (found.toarray() == wanted.toarray()).all()
    assert "4 rows of 3 columns" in repr(found)


class Broken:
    """A sparse matrix whose indices lie."""

    shape = (2, 3)

    def __init__(self, indices, indptr):
        self.data, self.indices, self.indptr = np.ones(len(indices)), np.array(indices), np.array(indptr)

    def tocsr(self):
        return self


@pytest.mark.parametrize(
    ("indices", "indptr"), [([0, 9], [0, 1, 2]), ([0, -1], [0, 1, 2]), ([0, 1], [0, 2, 1]), ([0], [0, 5])]
)
def test_sparse_indices_are_not_believed(indices, indptr):
    model = Ridge().fit(np.eye(3), [1, 2, 3])
    with pytest.raises(ValueError, match="do not fit its shape"):
        perdure.Predictor(perdure.dumps(model)).predict(Broken(indices, indptr))


def double(X):
    return X * 2


REFUSED = {
    "a function of numpy that is more than a function of each value": FunctionTransformer(np.sort),
    "an analyzer of its own": CountVectorizer(analyzer=str.split),
    "a type that it does not know": __import__("sklearn.cluster", fromlist=["DBSCAN"]).DBSCAN(),
}


@pytest.mark.parametrize("part", REFUSED.values(), ids=REFUSED)
def test_what_it_does_not_know_is_refused_by_name_and_place(part):
    model = make_pipeline(StandardScaler(), part)
    if not isinstance(part, CountVectorizer):
        model.fit(FRAME[["size", "count"]])
    else:
        model = make_pipeline(part, StandardScaler(with_mean=False)).fit(["a b", "c"])
    with pytest.raises(UnsupportedError, match="a predictor does not know") as caught:
        perdure.Predictor(perdure.dumps(model))
    assert caught.value.path.startswith("model.steps[")
    assert "perdure.load(...)" in str(caught.value)


def test_own_classes_and_dicts_are_refused():
    with pytest.raises(UnsupportedError, match="takes one model, and the file holds a dict"):
        perdure.Predictor(perdure.dumps({"model": Ridge().fit([[0.0], [1.0]], [0, 1])}))
    for saved, part in (({"model": Ridge().fit([[0.0], [1.0]], [0, 1]), "threshold": 0.3}, "['model']"),):
        assert perdure.Predictor(perdure.dumps(saved), part=part).predict([[1.0]]) == saved["model"].predict([[1.0]])
    piped = make_pipeline(StandardScaler(), Ridge()).fit([[0.0], [1.0]], [0, 1])
    assert perdure.Predictor(perdure.dumps(piped), part="steps[0][1]").transform([[1.0]]) == piped[0].transform([[1.0]])
    with pytest.raises(UnsupportedError):
        perdure.Predictor(perdure.dumps(piped), part="steps[7][1]")
    with pytest.raises(UnsupportedError, match="is not fitted"):
        perdure.Predictor(perdure.dumps(Ridge()))


def test_a_pattern_that_may_never_end_is_nobody_s_word():
    model = CountVectorizer(token_pattern=r"(?:a+)+b").fit(["aab"])
    with pytest.raises(UnsupportedError, match="nobody's word"):
        perdure.Predictor(perdure.dumps(model))


def test_it_reads_what_load_reads(tmp_path):
    import pickle

    model = Ridge().fit([[0.0], [1.0]], [0.0, 2.0])
    path = tmp_path / "m.perdure"
    perdure.dump(model, path)
    for src in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        assert perdure.Predictor(src).predict([[2.0]]) == pytest.approx(model.predict([[2.0]]))
    with pytest.raises(FileNotFoundError):
        perdure.Predictor(tmp_path / "none.perdure")
    with pytest.raises(PerdureError, match=r"one of pickle[\s\S]*perdure.convert"):
        perdure.Predictor(pickle.dumps(model))
    with pytest.raises(PerdureError):
        perdure.Predictor(path.read_bytes()[:-3])
    with pytest.raises(perdure.LimitError):
        perdure.Predictor(
            path, limits={"graph_bytes": 10} if hasattr(perdure.Limits(), "graph_bytes") else {"nodes": 1}
        )


def test_names_that_nobody_knows_are_refused():
    from perdure.arrays.store import ArrayStore
    from perdure.container.manifest import Manifest
    from perdure.container.writing import Member, assemble, to_bytes
    from perdure.graph.digest import model_digest
    from perdure.graph.nodes import Graph, Object
    from perdure.graph.write import write_graph

    data = write_graph(Graph(Object("antigravity:Gravity", {}), ArrayStore())).data
    manifest = Manifest("1.0.0", {"scikit-learn": "1.9.1"}, model_digest(data, []))
    with pytest.raises(UntrustedError, match="antigravity:Gravity"):
        perdure.Predictor(to_bytes(assemble(manifest, [Member.of("graph.json", data)])))


def test_ordinal_numbers_of_missing_values():
    X = pd.DataFrame({"a": ["x", None, "y", np.nan]}, dtype=object)
    model = OrdinalEncoder().fit(X)
    found = perdure.Predictor(perdure.dumps(model)).transform(X)
    np.testing.assert_array_equal(found, model.transform(X))
