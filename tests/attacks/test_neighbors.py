"""Neighbours: nodes, indices and metrics of trees, points and labels of estimators."""

from __future__ import annotations

import numpy as np
import pytest

import perdure
from attacks import models
from attacks.craft import FORMS, GONE, Graph, put
from perdure.errors import InvalidError
from perdure.graph.nodes import Dict, Object

KD, BALL = "_kd_tree:KDTree", "_ball_tree:BallTree"
MODEL = "KNeighborsClassifier"

TREES = {
    "start of a range": ("node_data.idx_start", put(1, 10**9), "node_data['idx_start']"),
    "negative start": ("node_data.idx_start", put(1, -5), "node_data['idx_start']"),
    "end of a range": ("node_data.idx_end", put(2, 10**12), "node_data['idx_end']"),
    "leaves that are none": ("node_data.is_leaf", lambda a: np.zeros_like(a), "node_data['is_leaf']"),
    "a leaf too early": ("node_data.is_leaf", put(0, 1), "node_data['is_leaf']"),
    "few nodes": ("node_data", lambda a: a[:2], "node_data"),
    "no nodes": ("node_data", lambda a: a[:0], "node_data"),
    "index out of range": ("idx_array", put(3, 10**9), "idx_array"),
    "index negative": ("idx_array", put(3, -1), "idx_array"),
    "index twice": ("idx_array", lambda a: np.zeros_like(a), "idx_array"),
    "too few indices": ("idx_array", lambda a: a[:-1], "idx_array"),
    "indices as floats": ("idx_array", lambda a: a.astype(float), "idx_array"),
    "few bounds": ("node_bounds", lambda a: a[:, :1], "node_bounds"),
    "narrow bounds": ("node_bounds", lambda a: a[:, :, :1], "node_bounds"),
    "bounds of another sort of tree": ("node_bounds", lambda a: np.concatenate([a, a, a]), "node_bounds"),
    "levels": ("n_levels", 3, "n_levels"),
    "nodes": ("n_nodes", 10**6, "n_nodes"),
    "leaf size zero": ("leaf_size", 0, "leaf_size"),
    "another leaf size": ("leaf_size", 1, ""),
    "calls beyond an int": ("n_calls", 2**40, "n_calls"),
    "no points": ("data", lambda a: a[:0], "data"),
    "fewer points": ("data", lambda a: a[:5], ""),
    "wider points": ("data", lambda a: np.hstack([a, a]), ""),
    "points of one dimension": ("data", lambda a: a[0], "data"),
    "nothing for points": ("data", None, "data"),
    "few weights": ("sample_weight", np.ones(3), "sample_weight"),
    "no metric": ("dist_metric", None, "dist_metric"),
    "a metric that is none": ("dist_metric", Object("sklearn.linear_model._ridge:Ridge", {}), ""),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("algorithm", ["kd_tree", "ball_tree"])
@pytest.mark.parametrize("name", TREES)
def test_a_tree_with_one_lie_is_refused(name, algorithm, form):
    attribute, change, place = TREES[name]
    graph = Graph(models.neighbors(algorithm))
    if isinstance(change, np.ndarray):
        change = graph.array(change)
    data = graph.change(KD if algorithm == "kd_tree" else BALL, attribute, change).bytes(form)
    with pytest.raises(InvalidError) as caught:
        perdure.loads(data)
    assert "_tree" in caught.value.path
    assert place in caught.value.path


def _vector(array):
    return np.ones(2)


METRICS = {
    "weights of another length": ("minkowski", {"p": 3, "metric_params": {"w": np.ones(6)}}, "vec", _vector),
    "scales of another length": ("seuclidean", {"metric_params": {"V": np.ones(6)}}, "vec", _vector),
    "matrix of another size": (
        "mahalanobis",
        {"metric_params": {"VI": np.eye(6)}},
        "mat",
        lambda a: np.eye(2),
    ),
    "matrix that is not square": (
        "mahalanobis",
        {"metric_params": {"VI": np.eye(6)}},
        "mat",
        lambda a: np.ones((6, 2)),
    ),
    "no room to work": ("mahalanobis", {"metric_params": {"VI": np.eye(6)}}, "vec", lambda a: np.zeros(0)),
    "p that is not a number": ("minkowski", {"p": 3, "metric_params": {"w": np.ones(6)}}, "p", float("nan")),
    "p below zero": ("minkowski", {"p": 3, "metric_params": {"w": np.ones(6)}}, "p", -1.0),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", METRICS)
def test_a_metric_with_one_lie_is_refused(name, form):
    metric, options, attribute, change = METRICS[name]
    from sklearn.neighbors import NearestNeighbors

    model = NearestNeighbors(metric=metric, algorithm="ball_tree", **options).fit(models.X)
    kind = next(
        kind
        for kind in ("MinkowskiDistance64", "SEuclideanDistance64", "MahalanobisDistance64", "MinkowskiDistance",
                     "SEuclideanDistance", "MahalanobisDistance")
        if kind == type(_metric(model)).__name__
    )  # fmt: skip
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(model).change(f":{kind}", attribute, change).bytes(form))
    assert "dist_metric" in caught.value.path


def _metric(model):
    return model._tree.__getstate__()[11]


ESTIMATORS = {
    "fewer points": ("brute", "_fit_X", lambda a: a[:5], "n_samples_fit_"),
    "narrow points": ("brute", "_fit_X", lambda a: a[:, :1], "n_features_in_"),
    "more samples": ("brute", "n_samples_fit_", 10**9, "n_samples_fit_"),
    "more features": ("brute", "n_features_in_", 60, "n_features_in_"),
    "label beyond the classes": ("brute", "_y", put(0, 3), "_y"),
    "label negative": ("brute", "_y", put(0, -1), "_y"),
    "few labels": ("brute", "_y", lambda a: a[:3], "_y"),
    "labels as floats": ("brute", "_y", lambda a: a.astype(float), "_y"),
    "few classes": ("brute", "classes_", lambda a: a[:1], "_y"),
    "neighbours without end": ("brute", "n_neighbors", 10**9, "n_neighbors"),
    "no such method": ("brute", "_fit_method", "magic", "_fit_method"),
    "a tree that brute has not": ("kd_tree", "_fit_method", "brute", "_tree"),
    "another tree": ("kd_tree", "_fit_method", "ball_tree", "_tree"),
    "no tree": ("kd_tree", "_tree", None, "_tree"),
    "points of another tree": ("kd_tree", "_fit_X", lambda a: a[:, :2], ""),
    "no points": ("brute", "_fit_X", None, "_fit_X"),
    "radii for a radius": ("brute", "radius", np.ones(1), "radius"),
    "metric of few features": ("brute", "effective_metric_params_", None, "effective_metric_params_"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_with_one_lie_is_refused(name, form):
    algorithm, attribute, change, place = ESTIMATORS[name]
    graph = Graph(models.neighbors(algorithm))
    if isinstance(change, np.ndarray):
        change = graph.array(change)
    if attribute == "effective_metric_params_":
        change = Dict((("VI", graph.array(np.eye(2))),))
    with pytest.raises(InvalidError) as caught:
        perdure.loads(graph.change(MODEL, attribute, change).bytes(form))
    assert place in caught.value.path


@pytest.mark.parametrize("change", [GONE, None])
def test_a_density_without_its_tree_is_refused(change):
    graph = Graph(models.density()).change("KernelDensity", "tree_", change)
    if change is GONE:
        # Not fitted then, which is healthy.
        assert not hasattr(perdure.loads(graph.bytes()), "tree_")
        return
    with pytest.raises(InvalidError):
        perdure.loads(graph.bytes())


def test_a_density_of_other_features_is_refused():
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(models.density()).change("KernelDensity", "n_features_in_", 2).bytes())
    assert caught.value.path == "model.tree_"
