"""Clusters, hierarchies, decompositions, one-vs-rest, random states, splines and polynomials."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import cluster, decomposition
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer

import perdure
from attacks import models
from attacks.craft import FORMS, Graph, put
from perdure.errors import InvalidError
from perdure.graph.nodes import Dict, List, Tuple

MODELS = {
    "KMeans": lambda: cluster.KMeans(3, n_init=1, random_state=0).fit(models.X),
    "MiniBatchKMeans": lambda: cluster.MiniBatchKMeans(3, n_init=1, random_state=0).fit(models.X),
    "BisectingKMeans": lambda: cluster.BisectingKMeans(4, random_state=0).fit(models.X),
    "Birch": lambda: cluster.Birch(n_clusters=3).fit(models.X),
    "AgglomerativeClustering": lambda: cluster.AgglomerativeClustering(3).fit(models.X),
    "FeatureAgglomeration": lambda: cluster.FeatureAgglomeration(2).fit(models.X),
    "NMF": lambda: decomposition.NMF(2, max_iter=5, tol=1.0).fit(np.abs(models.X)),
    "MiniBatchNMF": lambda: decomposition.MiniBatchNMF(2, max_iter=5).fit(np.abs(models.X)),
    "OneVsRestClassifier": lambda: OneVsRestClassifier(LogisticRegression()).fit(
        models.X, np.c_[models.X[:, 0] > 0, np.ones(len(models.X), bool)].astype(int)
    ),
    "PolynomialFeatures": lambda: PolynomialFeatures(3).fit(models.X),
    "SplineTransformer": lambda: SplineTransformer().fit(models.X),
}
ROWS = {
    "narrow centres": ("KMeans", "cluster_centers_", lambda a: a[:, :1], "cluster_centers_"),
    "wide centres": ("KMeans", "cluster_centers_", lambda a: np.hstack([a, a]), "cluster_centers_"),
    "no centres": ("KMeans", "cluster_centers_", lambda a: a[:0], "cluster_centers_"),
    "centres as integers": ("KMeans", "cluster_centers_", lambda a: a.astype(int), "cluster_centers_"),
    "threads without end": ("KMeans", "_n_threads", 10**6, "_n_threads"),
    "no threads": ("KMeans", "_n_threads", 0, "_n_threads"),
    "negative threads": ("MiniBatchKMeans", "_n_threads", -4, "_n_threads"),
    "few counts": ("MiniBatchKMeans", "_counts", lambda a: a[:1], "_counts"),
    "features": ("MiniBatchKMeans", "n_features_in_", 2, ""),
    "narrow centre of a tree": ("BisectingKMeans", "_X_mean", lambda a: a[:1], "_X_mean"),
    "centres of subclusters": ("Birch", "subcluster_centers_", lambda a: a[:, :1], "subcluster_centers_"),
    "few norms of subclusters": ("Birch", "_subcluster_norms", lambda a: a[:1], "_subcluster_norms"),
    "merges of what is not there": ("AgglomerativeClustering", "children_", put((0, 0), 10**6), "children_"),
    "merges of negatives": ("AgglomerativeClustering", "children_", put((0, 0), -1), "children_"),
    "merges of three": ("AgglomerativeClustering", "children_", lambda a: np.ones((2, 3), int), "children_"),
    "labels of no cluster": ("AgglomerativeClustering", "labels_", put(0, 2**40), "labels_"),
    "labels of features": ("FeatureAgglomeration", "labels_", put(0, 2**40), "labels_"),
    "few labels of features": ("FeatureAgglomeration", "labels_", lambda a: a[:2], "labels_"),
    "components without end": ("NMF", "_n_components", 2**32, "_n_components"),
    "components of batches without end": ("MiniBatchNMF", "_n_components", 2**32, "_n_components"),
    "many answers for a row": ("OneVsRestClassifier", "y_", lambda a: np.zeros(80, int), "y_"),
    "columns without end": ("PolynomialFeatures", "_n_out_full", 10**12, "_n_out_full"),
    "few columns": ("PolynomialFeatures", "n_output_features_", 2, "n_output_features_"),
    "a degree without end": ("PolynomialFeatures", "_max_degree", 10**9, "_max_degree"),
    "twice interactions only": ("PolynomialFeatures", "interaction_only", 2, "interaction_only"),
    "a negative degree": ("PolynomialFeatures", "_min_degree", -1, "_min_degree"),
    "columns of splines": ("SplineTransformer", "n_features_out_", 10**9, "n_features_out_"),
    "a huge bias": ("SplineTransformer", "include_bias", 2**200, "include_bias"),
    "a spline less": ("SplineTransformer", "bsplines_", lambda n: List(n.items[:-1]), "bsplines_"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ROWS)
def test_a_model_with_one_lie_is_refused(name, form):
    kind, attribute, change, place = ROWS[name]
    # What is changed is the model, but for the classifier within that has no name of its own.
    holder = f":{'_ConstantPredictor' if attribute == 'y_' else kind}"
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(MODELS[kind]()).change(holder, attribute, change).bytes(form))
    assert place in caught.value.path


def test_the_centres_in_a_bisecting_tree_are_as_wide_as_the_rows():
    graph = Graph(MODELS["BisectingKMeans"]())

    def change(node):
        groups = []
        for group in node.items:
            pairs = []
            for key, value in group.pairs:
                if key == "attributes":
                    value = Dict(
                        tuple(
                            (
                                name,
                                List(tuple(graph.array(np.ones(1)) for _ in items.items))
                                if name == "center"
                                else items,
                            )
                            for name, items in value.pairs
                        )
                    )
                pairs.append((key, value))
            groups.append(Dict(tuple(pairs)))
        return List(tuple(groups))

    with pytest.raises(InvalidError) as caught:
        perdure.loads(graph.change("_BisectingTree", "nodes", change).bytes())
    assert "center" in caught.value.path


@pytest.mark.parametrize(
    ("field", "value"), [("left_node", 10**9), ("left_node", -1), ("right_node", 10**9), ("right_node", -(2**40))]
)
def test_a_hierarchy_joins_what_is_there(field, value):
    if not hasattr(cluster, "HDBSCAN"):
        pytest.skip("this release has no HDBSCAN")
    model = cluster.HDBSCAN(min_cluster_size=5).fit(models.X)
    data = Graph(model).change("HDBSCAN", f"_single_linkage_tree_.{field}", put(3, value)).bytes()
    with pytest.raises(InvalidError) as caught:
        perdure.loads(data)
    assert caught.value.path == f"model._single_linkage_tree_[{field!r}][3]"


SPLINES = {
    "a degree below zero": ("k", -1),
    "a degree beyond the knots": ("k", 99),
    "few coefficients": ("c", lambda a: a[:2]),
    "few knots": ("t", lambda a: a[:3]),
    "knots that fall": ("t", lambda a: a[::-1].copy()),
    "knots that are no numbers": ("t", put(3, np.nan)),
    "knots of single precision": ("t", lambda a: a.astype("f4")),
    "an axis that is none": ("axis", 5),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SPLINES)
def test_a_spline_with_one_lie_is_refused(name, form):
    attribute, change = SPLINES[name]
    with pytest.raises(InvalidError):
        perdure.loads(Graph(MODELS["SplineTransformer"]()).change("BSpline/1", attribute, change, 2).bytes(form))


# --- random states ------------------------------------------------------------------------------


def _inside(key, value):
    def change(node):
        if any(name == key for name, _ in node.pairs):
            return Dict(tuple((name, value if name == key else item) for name, item in node.pairs))
        return Dict(tuple((name, change(item) if isinstance(item, Dict) else item) for name, item in node.pairs))

    return change


@pytest.mark.parametrize("value", [625, -1, 2**30, -(2**31), "0", 1.5, None])
def test_the_position_of_a_random_state_is_within(value):
    state = np.random.RandomState(0)
    with pytest.raises(InvalidError, match="pos"):
        perdure.loads(Graph(state).change("RandomState/1", "state", _inside("pos", value)).bytes())


def test_the_key_of_a_random_state_is_whole():
    graph = Graph(np.random.RandomState(0))
    key = graph.array(np.zeros(3, np.uint32))
    with pytest.raises(InvalidError, match="624"):
        perdure.loads(graph.change("RandomState/1", "state", _inside("key", key)).bytes())


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("Philox", "buffer_pos", -1),
        ("Philox", "buffer_pos", 2**31 - 1),
        ("MT19937", "pos", 10**6),
        ("MT19937", "bit_generator", "PCG64"),
        ("PCG64", "bit_generator", "MT19937"),
        ("SFC64", "bit_generator", "anything"),
    ],
)
def test_bit_generators_hold_what_they_may(kind, key, value):
    generator = np.random.Generator(getattr(np.random, kind)(0))
    with pytest.raises(InvalidError):
        perdure.loads(Graph(generator).change(f"{kind}/1", "state", _inside(key, value)).bytes())


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("pool_size", 10**9),
        ("pool_size", 0),
        pytest.param("entropy", 1 << 100_000, id="entropy-large"),
        ("n_children_spawned", -1),
        ("spawn_key", Tuple(tuple(range(5000)))),
    ],
)
def test_seeds_are_mixed_in_time(attribute, value):
    with pytest.raises(InvalidError):
        perdure.loads(Graph(np.random.default_rng(0)).change("SeedSequence/1", attribute, value).bytes())
