"""Healthy models pass, however the graph holds them: alone, in batches alike, in batches that differ."""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import ensemble, linear_model, neighbors, svm, tree
from sklearn.datasets import make_classification, make_regression
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier

from perdure.arrays.store import ArrayStore
from perdure.encode import encode
from perdure.graph.nodes import Batch, Graph, Object
from perdure.graph.structure import walk
from perdure.trust.tables import tables
from perdure.validate import validate
from perdure.validate.engine import _RULES, EVERY
from zoo.registry import sample


def passes(model, own=frozenset()):
    encoded = encode(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return validate(encoded.graph, encoded.arrays, trusted=encoded.own | own)


def data(seed, classes=3, features=5, samples=80):
    return make_classification(
        samples, features, n_informative=4, n_redundant=0, n_classes=classes, n_clusters_per_class=1, random_state=seed
    )


def numbers(seed, features=5, samples=80):
    X, y = make_regression(samples, features, random_state=seed)
    return X, np.abs(y) + 1


GROWTHS = [{}, {"max_leaf_nodes": 9}, {"max_depth": 1}, {"max_depth": 3, "ccp_alpha": 0.01}, {"min_samples_leaf": 40}]


@pytest.mark.parametrize("growth", GROWTHS, ids=str)
@pytest.mark.parametrize("criterion", ["gini", "entropy", "log_loss"])
@pytest.mark.parametrize("kind", ["RandomForestClassifier", "ExtraTreesClassifier"])
def test_forests_of_classifiers(kind, criterion, growth):
    model = getattr(ensemble, kind)(6, criterion=criterion, random_state=0, **growth).fit(*data(0))
    passes(model)


@pytest.mark.parametrize("growth", GROWTHS, ids=str)
@pytest.mark.parametrize("criterion", ["squared_error", "friedman_mse", "absolute_error", "poisson"])
@pytest.mark.parametrize("kind", ["RandomForestRegressor", "ExtraTreesRegressor"])
def test_forests_of_regressors(kind, criterion, growth):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = getattr(ensemble, kind)(6, criterion=criterion, random_state=0, **growth).fit(*numbers(0))
    passes(model)


def test_a_tree_that_is_one_leaf():
    X = np.ones((5, 2))
    passes(tree.DecisionTreeClassifier().fit(X, [0, 1, 0, 1, 0]))
    passes(ensemble.RandomForestClassifier(5).fit(X, [1, 1, 1, 1, 1]))
    passes(ensemble.GradientBoostingRegressor(n_estimators=5).fit(X, np.ones(5)))
    passes(ensemble.HistGradientBoostingRegressor(max_iter=3).fit(np.ones((50, 2)), np.ones(50)))


def test_trees_deeper_than_what_is_walked_level_by_level():
    X = np.arange(600.0)[:, None]
    y = np.cumsum(np.arange(600) % 7) + 0.1
    model = tree.DecisionTreeRegressor(random_state=0).fit(X, y)
    chain = tree.DecisionTreeRegressor().fit(X, np.exp2(np.arange(600.0) % 600 / 1.3))
    assert chain.get_depth() > 256
    passes([model, chain])


@pytest.mark.parametrize("algorithm", ["kd_tree", "ball_tree", "brute"])
@pytest.mark.parametrize("leaf_size", [1, 2, 3, 30])
@pytest.mark.parametrize("samples", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 257])
def test_trees_of_neighbours_of_every_size(samples, leaf_size, algorithm):
    X = np.random.RandomState(0).rand(samples, 3)
    passes(neighbors.NearestNeighbors(algorithm=algorithm, leaf_size=leaf_size).fit(X))


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        ("minkowski", {"p": 3}),
        ("minkowski", {"p": 3, "metric_params": {"w": np.arange(1.0, 6.0)}}),
        ("chebyshev", {}),
        ("manhattan", {}),
        ("canberra", {}),
        ("seuclidean", {"metric_params": {"V": np.arange(1.0, 6.0)}}),
        ("mahalanobis", {"metric_params": {"VI": np.eye(5)}}),
        ("hamming", {}),
    ],
)
@pytest.mark.parametrize("algorithm", ["ball_tree", "brute"])
def test_metrics(metric, options, algorithm):
    passes(neighbors.NearestNeighbors(metric=metric, algorithm=algorithm, **options).fit(data(0)[0]))


@pytest.mark.parametrize("make", [np.asarray, sp.csr_matrix], ids=["dense", "sparse"])
@pytest.mark.parametrize("kernel", ["linear", "poly", "rbf", "sigmoid"])
@pytest.mark.parametrize("kind", ["SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM"])
def test_machines(kind, kernel, make):
    X, y = data(0)
    model = getattr(svm, kind)(kernel=kernel)
    passes(model.fit(make(X)) if kind == "OneClassSVM" else model.fit(make(X), y))


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("make", [np.asarray, sp.csr_matrix], ids=["dense", "sparse"])
def test_many_machines_in_one(classes, make):
    X, y = make_classification(100, 6, n_informative=6, n_redundant=0, n_classes=classes, random_state=0)
    passes(OneVsOneClassifier(svm.SVC()).fit(make(X), y))
    passes(OneVsRestClassifier(svm.SVC()).fit(make(X), y))
    passes(OneVsRestClassifier(ensemble.RandomForestClassifier(5)).fit(make(X), y))


#: Makers of models of one type that differ in everything that a batch can hold in more than one way.
DIFFERING = {
    "trees of other features": lambda i: tree.DecisionTreeClassifier().fit(*data(i, features=4 + i % 3)),
    "trees of other classes": lambda i: tree.DecisionTreeClassifier().fit(*data(i, classes=2 + i % 3)),
    "forests": lambda i: ensemble.RandomForestClassifier(4 + i, random_state=i).fit(*data(i, classes=2 + i % 2)),
    "boostings": lambda i: ensemble.GradientBoostingClassifier(n_estimators=2 + i).fit(*data(i, classes=2 + i % 2)),
    "histograms": lambda i: ensemble.HistGradientBoostingClassifier(max_iter=2 + i % 2).fit(
        *data(i, classes=2 + i % 2)
    ),
    "neighbours": lambda i: neighbors.KNeighborsClassifier(algorithm=("kd_tree", "brute", "ball_tree")[i % 3]).fit(
        *data(i, samples=60 + i)
    ),
    "machines": lambda i: svm.SVC().fit(*data(i, classes=2 + i % 3)),
    "sparse and dense machines": lambda i: svm.SVC().fit((np.asarray, sp.csr_matrix)[i % 2](data(i)[0]), data(i)[1]),
    "linear models": lambda i: linear_model.LogisticRegression().fit(*data(i, classes=2 + i % 2, features=4 + i % 2)),
    "sparse linear models": lambda i: linear_model.LogisticRegression().fit(*data(i)).sparsify(),
    "words": lambda i: CountVectorizer().fit([" ".join(f"word{j}" for j in range(3 + 40 * i))]),
    "fitted and not": lambda i: linear_model.Ridge() if i % 2 else linear_model.Ridge().fit(*numbers(i)),
}


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("name", DIFFERING)
def test_batches_of_what_differs(name, count):
    passes([DIFFERING[name](i) for i in range(count)])


@pytest.mark.parametrize("case", sample(), ids=lambda case: case.name)
def test_five_of_each_in_a_batch(case):
    model, _ = case.make()
    with case.settings():
        copies = [copy.deepcopy(model) for _ in range(5)]
    encoded = encode(copies)
    asked = []
    assert validate(encoded.graph, encoded.arrays, trusted=encoded.own, asked=asked) is encoded.graph


def test_every_rule_is_for_a_type_that_the_tables_know():
    known = tables().ways
    assert [name for name in _RULES if name != EVERY and name not in known] == []


def test_a_graph_without_caches_stays_the_same():
    graph = passes(linear_model.Ridge())
    assert isinstance(graph, Graph)


def test_a_user_s_subclass_meets_the_rules_of_its_base():
    from perdure.errors import InvalidError
    from zoo.own import CautiousLogistic

    model = CautiousLogistic().fit(*data(0))
    model.coef_ = np.ones((3, 99))
    encoded = encode(model)
    assert encoded.graph.bases
    with pytest.raises(InvalidError, match="coef_"):
        validate(encoded.graph, encoded.arrays, trusted=encoded.own)


def test_a_thousand_trees_are_one_look():
    small = tree.DecisionTreeClassifier(max_depth=2).fit(*data(0))
    encoded = encode([copy.deepcopy(small) for _ in range(1000)])
    parts = [part for _, part in walk(encoded.graph) if isinstance(part, (Object, Batch))]
    assert len(parts) < 10
    validate(encoded.graph, encoded.arrays)


def test_an_empty_model_passes():
    assert validate(Graph(None, ArrayStore()), ArrayStore()).root is None
