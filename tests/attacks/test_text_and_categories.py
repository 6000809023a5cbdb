"""Vocabularies, hashes and categories: numbers that become columns of sparse matrices."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.preprocessing import MultiLabelBinarizer, OneHotEncoder, OrdinalEncoder

import perdure
from attacks import models
from attacks.craft import FORMS, Graph
from perdure.errors import InvalidError
from perdure.graph.nodes import Dict, List, Scalar

MANY = [" ".join(f"word{i}" for i in range(60))]


def _number(position, value):
    def change(node):
        pairs = list(node.pairs)
        pairs[position] = (pairs[position][0], value)
        return Dict(tuple(pairs))

    return change


NUMBERS = {
    "beyond the terms": _number(0, 10**6),
    "negative": _number(0, -1),
    "twice": lambda node: Dict(tuple((key, 0) for key, _ in node.pairs)),
    "with a gap": _number(1, 10**9),
    "as a text": _number(0, "0"),
    "as a float": _number(0, 0.0),
    "as a truth value": _number(0, True),
    "as a scalar of numpy": _number(0, Scalar("<i8", 10**6)),
    "a list": List(("the", "cat")),
}
VOCABULARIES = {
    "CountVectorizer": (lambda: CountVectorizer().fit(models.TEXTS), "vocabulary_"),
    "CountVectorizer of many": (lambda: CountVectorizer().fit(MANY), "vocabulary_"),
    "TfidfVectorizer": (lambda: TfidfVectorizer().fit(models.TEXTS), "vocabulary_"),
    "DictVectorizer": (lambda: DictVectorizer().fit([{"a": 1, "b": "c"}, {"d": 2}]), "vocabulary_"),
    "MultiLabelBinarizer": (lambda: _cached(), "_cached_dict"),
}


def _cached():
    model = MultiLabelBinarizer().fit([("a", "b"), ("c",)])
    model.transform([("a",)])
    return model


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("kind", VOCABULARIES)
def test_a_vocabulary_is_a_bijection(kind, name, form):
    make, attribute = VOCABULARIES[kind]
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(make()).change(f":{kind.split()[0]}", attribute, NUMBERS[name]).bytes(form))
    assert caught.value.path == f"model.{attribute}"


def test_weights_are_as_many_as_terms():
    graph = Graph(TfidfVectorizer().fit(models.TEXTS))
    if "idf_" not in vars(TfidfVectorizer().fit(models.TEXTS)._tfidf):
        pytest.skip("this release keeps the weights in a sparse matrix")
    with pytest.raises(InvalidError) as caught:
        perdure.loads(graph.change("TfidfTransformer", "idf_", lambda a: a[:2]).bytes())
    assert "idf_" in caught.value.path


@pytest.mark.parametrize("make", [FeatureHasher, HashingVectorizer])
@pytest.mark.parametrize("value", [0, -1, 2**31, 2.0, None])
def test_hashes_are_divided_by_a_number_above_zero(make, value):
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(make()).change(f":{make.__name__}", "n_features", value).bytes())
    assert caught.value.path == "model.n_features"


def _item(position, value):
    def change(node):
        items = list(node.items)
        items[position] = value
        return List(tuple(items))

    return change


ONE_HOT = {
    "a width too small": ("_n_features_outs", _item(1, 2)),
    "a width too large": ("_n_features_outs", _item(1, 10**9)),
    "a width negative": ("_n_features_outs", _item(0, -3)),
    "a width less": ("_n_features_outs", lambda n: List(n.items[:1])),
    "categories less": ("categories_", lambda n: List(n.items[:1])),
    "features": ("n_features_in_", 9),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ONE_HOT)
def test_widths_follow_from_the_categories(name, form):
    attribute, change = ONE_HOT[name]
    with pytest.raises(InvalidError):
        perdure.loads(Graph(models.one_hot()).change("OneHotEncoder", attribute, change).bytes(form))


def _within(position, array):
    def change(node):
        items = list(node.items)
        items[position] = array(node) if callable(array) else array
        return List(tuple(items))

    return change


@pytest.mark.parametrize(
    ("attribute", "values"),
    [
        ("_default_to_infrequent_mappings", [0, 2, 99, 1]),
        ("_default_to_infrequent_mappings", [0, 2, -1, 1]),
        ("_default_to_infrequent_mappings", [0, 2]),
        ("_infrequent_indices", [1, 99]),
        ("_infrequent_indices", [-1, 2]),
        ("_infrequent_indices", None),
    ],
)
def test_groups_of_rare_categories_are_there(attribute, values):
    graph = Graph(models.grouped())
    value = values if values is None else graph.array(np.array(values))
    with pytest.raises(InvalidError) as caught:
        perdure.loads(graph.change("OneHotEncoder", attribute, _within(0, value)).bytes())
    assert "infrequent" in caught.value.path


@pytest.mark.parametrize("value", [-1, 99, "a", 1.5])
def test_what_is_dropped_is_a_category(value):
    from dataclasses import replace

    with pytest.raises(InvalidError) as caught:
        perdure.loads(
            Graph(models.grouped())
            .change("OneHotEncoder", "_drop_idx_after_grouping", lambda n: replace(n, items=(value,)))
            .bytes()
        )
    assert "_drop_idx_after_grouping" in caught.value.path


def test_numbers_that_do_not_rise_are_asked_for():
    rows = np.array([[1], [2], [3]])
    model = OneHotEncoder(handle_unknown="ignore").fit(rows)
    data = Graph(model).change("OneHotEncoder", "categories_", lambda n: n).bytes()
    assert perdure.loads(data).transform(rows).shape == (3, 3)
    graph = Graph(model)
    unsorted = graph.array(np.array([3, 1, 2]))
    data = graph.change("OneHotEncoder", "categories_", List((unsorted,))).bytes()
    with pytest.raises(perdure.UntrustedError) as caught:
        perdure.loads(data)
    assert [item.name for item in caught.value.untrusted] == ["categories_=unsorted"]
    assert perdure.loads(data, trusted=["categories_=unsorted"]).categories_[0].tolist() == [3, 1, 2]


def test_words_may_stand_in_any_order():
    model = OneHotEncoder(categories=[["low", "mid", "high"]]).fit([["mid"], ["low"], ["high"]])
    loaded = perdure.loads(perdure.dumps(model))
    assert loaded.transform([["high"]]).toarray().tolist() == [[0.0, 0.0, 1.0]]


def test_an_ordinal_encoder_has_categories_for_each_feature():
    model = OrdinalEncoder().fit([["a", 1], ["b", 2]])
    with pytest.raises(InvalidError):
        perdure.loads(Graph(model).change("OrdinalEncoder", "categories_", lambda n: List(n.items[:1])).bytes())
