"""Decision trees, forests and boosting: children, features, counts, and what stands around them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn import ensemble

import perdure
from attacks import models
from attacks.craft import FORMS, GONE, Graph, put
from perdure.errors import InvalidError
from perdure.graph.nodes import DType, List, Object, Structured
from perdure.graph.structure import rebuild
from perdure.validate.binary import depths, splits_of
from perdure.validate.reading import Pieces

TREE = "_tree:Tree"
CLASSIFIER = "_classes:DecisionTreeClassifier"


def _split(array):
    """The last split that has a left child to spare, by the values of left_child."""
    return int(np.flatnonzero(array >= 0)[2])


def far(array):
    array[_split(array)] = len(array)


def huge(array):
    array[_split(array)] = 2**62


def negative(array):
    array[_split(array)] = -7


def to_itself(array):
    array[_split(array)] = _split(array)


def back(array):
    array[_split(array)] = 0


def shared(array):
    splits = np.flatnonzero(array >= 0)
    array[splits[1]] = array[splits[2]]


def as_floats(array):
    return array.astype(np.float64)


ROWS = {
    "left child out of range": (TREE, "nodes.left_child", far, "nodes['left_child']"),
    "left child beyond all numbers": (TREE, "nodes.left_child", huge, "nodes['left_child']"),
    "left child negative": (TREE, "nodes.left_child", negative, "nodes['left_child']"),
    "right child out of range": (TREE, "nodes.right_child", far, "nodes['right_child']"),
    "a cycle of one": (TREE, "nodes.left_child", to_itself, "nodes['left_child']"),
    "a cycle through the root": (TREE, "nodes.right_child", back, "nodes['right_child']"),
    "two parents": (TREE, "nodes.right_child", shared, "nodes"),
    "no right child": (TREE, "nodes.right_child", lambda a: np.where(np.arange(len(a)) == _split(a), -1, a), "nodes"),
    "no left child": (TREE, "nodes.left_child", lambda a: np.where(np.arange(len(a)) == _split(a), -1, a), "nodes"),
    "children as floats": (TREE, "nodes.left_child", as_floats, "nodes['left_child']"),
    "feature that does not exist": (TREE, "nodes.feature", put(0, 6), "nodes['feature'][0]"),
    "feature far away": (TREE, "nodes.feature", put(0, 2**40), "nodes['feature'][0]"),
    "feature negative": (TREE, "nodes.feature", put(0, -3), "nodes['feature'][0]"),
    "no nodes": (TREE, "nodes", lambda a: a[:0], "nodes"),
    "fewer nodes than values": (TREE, "nodes", lambda a: a[:-1], ""),
    "depth too small": (TREE, "max_depth", 1, "max_depth"),
    "depth too large": (TREE, "max_depth", 10**6, "max_depth"),
    "depth that is no number": (TREE, "max_depth", "deep", "max_depth"),
    "more features than the estimator": (TREE, "n_features", 60, ""),
    "no features": (TREE, "n_features", 0, "n_features"),
    "outputs": (TREE, "n_outputs", 2, ""),
    "outputs without end": (TREE, "n_outputs", 2**61, ""),
    "no number of classes": (TREE, "n_classes", lambda a: a[:0], "n_classes"),
    "classes below one": (TREE, "n_classes", put(0, 0), "n_classes"),
    "more classes than values": (TREE, "n_classes", put(0, 9), ""),
    "values of another shape": (TREE, "values", lambda a: a[:, :, :1], "values"),
    "values of two dimensions": (TREE, "values", lambda a: a[:, 0], ""),
    "estimator of more features": (CLASSIFIER, "n_features_in_", 60, ""),
    "estimator without features": (CLASSIFIER, "n_features_in_", GONE, ""),
    "estimator of more outputs": (CLASSIFIER, "n_outputs_", 2, ""),
    "estimator of more classes": (CLASSIFIER, "n_classes_", 4, ""),
    "no tree in the estimator": (CLASSIFIER, "tree_", None, "tree_"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ROWS)
def test_a_forest_with_one_hostile_tree_is_refused(name, form):
    kind, attribute, change, place = ROWS[name]
    data = Graph(models.forest()).change(kind, attribute, change, index=3).bytes(form)
    with pytest.raises(InvalidError) as caught:
        perdure.loads(data)
    assert "estimators_" in caught.value.path
    assert place in caught.value.path


@pytest.mark.parametrize("form", FORMS)
def test_a_field_is_of_the_dtype_that_is_told(form):
    """numpy would make flags of the children, and each of them the first node."""

    def lie(node):
        if isinstance(node, Structured):
            fields = [
                (name, DType("|b1") if name == "left_child" else dtype, *more)
                for name, dtype, *more in node.dtype.fields
            ]
            return replace(node, dtype=replace(node.dtype, fields=tuple(fields)))
        return rebuild(node, lie)

    graph = Graph(models.forest())
    graph.root = lie(graph.root)
    with pytest.raises(InvalidError, match="the field 'left_child'") as caught:
        perdure.loads(graph.bytes(form))
    assert "nodes" in caught.value.path


@pytest.mark.parametrize("form", FORMS)
def test_the_error_names_the_tree_and_the_node(form):
    data = Graph(models.forest()).change(TREE, "nodes.feature", put(0, 99), index=3).bytes(form)
    with pytest.raises(InvalidError, match="feature that does not exist") as caught:
        perdure.loads(data)
    assert caught.value.path == "model.estimators_[3].tree_.nodes['feature'][0]"


def test_directions_for_missing_values_are_two():
    graph = Graph(models.forest())
    tree = next(e.tree_ for e in models.forest().estimators_)
    if "missing_go_to_left" not in tree.__getstate__()["nodes"].dtype.names:
        pytest.skip("this release has no missing values in trees")
    data = graph.change(TREE, "nodes.missing_go_to_left", put(0, 7)).bytes()
    with pytest.raises(InvalidError, match="neither 0 nor 1"):
        perdure.loads(data)


@pytest.mark.parametrize("kind", ["BaggingClassifier", "AdaBoostClassifier", "RandomForestClassifier"])
def test_an_ensemble_has_as_many_classes_as_there_are(kind):
    model = getattr(ensemble, kind)(n_estimators=4, random_state=0).fit(models.X, models.Y)
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(model).change(f":{kind}", "n_classes_", 10**9).bytes())
    assert caught.value.path == "model.n_classes_"


@pytest.mark.parametrize("form", FORMS)
def test_forests_of_several_outputs_have_the_classes_of_each(form):
    both = np.column_stack([models.Y, models.Y > 0])
    model = ensemble.RandomForestClassifier(5, random_state=0).fit(models.X, both)
    assert np.array_equal(perdure.loads(Graph(model).bytes(form)).predict(models.X), model.predict(models.X))
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(model).change(":RandomForestClassifier", "n_classes_", List((3, 10**9))).bytes(form))
    assert caught.value.path == "model.n_classes_"


def test_a_long_chain_is_measured_in_time():
    # One split below the other, a hundred thousand deep: the depth is true, and found without walking it.
    count = 100_000
    left, right = np.full(2 * count + 1, -1), np.full(2 * count + 1, -1)
    left[0 : 2 * count : 2], right[0 : 2 * count : 2] = np.arange(1, 2 * count, 2), np.arange(2, 2 * count + 1, 2)
    nodes = Pieces(left, np.array([0, len(left)]), np.zeros(1, np.int64))
    splits = splits_of(nodes, left == -1)
    assert depths(splits, left[splits.at], right[splits.at]).tolist() == [count]


def test_only_trees_stand_where_trees_are_expected():
    other = Object("sklearn.neighbors._kd_tree:KDTree", {})
    data = Graph(models.forest()).change(CLASSIFIER, "tree_", other, index=2).bytes("plain")
    with pytest.raises(InvalidError):
        perdure.loads(data)


BOOSTING = "_gb:GradientBoostingClassifier"
REGRESSOR = "_classes:DecisionTreeRegressor"


def _wider(node):
    from dataclasses import replace

    stages, width = node.shape
    return replace(node, shape=(stages // 2, width * 2))


BOOSTED = {
    "estimators_ wider than the classes": (BOOSTING, "estimators_", _wider, "estimators_"),
    "a class more": (BOOSTING, "classes_", lambda a: np.arange(4), ""),
    "two classes": (BOOSTING, "classes_", lambda a: np.arange(2), ""),
    "another number of trees in a stage": (BOOSTING, "n_trees_per_iteration_", 1, "n_trees_per_iteration_"),
    "another number of features": (BOOSTING, "n_features_in_", 60, ""),
    "a tree of two outputs": (REGRESSOR, "n_outputs_", 2, ""),
    "a tree of other features": (TREE, "n_features", 5, ""),
    "a loss of one row": ("HalfMultinomialLoss", "is_multiclass", False, "_loss"),
    "a first guess of other classes": ("DummyClassifier", "classes_", lambda a: a[:2], ""),
    "a first guess of one column": ("DummyClassifier", "class_prior_", lambda a: a[:1], ""),
    "no first guess": (BOOSTING, "init_", None, "init_"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", BOOSTED)
def test_boosting_with_one_lie_is_refused(name, form):
    kind, attribute, change, place = BOOSTED[name]
    model = models.boosting()
    state = vars(model)
    if attribute in ("n_trees_per_iteration_",) and attribute not in state:
        pytest.skip("this release has no such attribute")
    if kind == "HalfMultinomialLoss" and type(state["_loss"]).__name__ != kind:
        pytest.skip("this release has other losses")
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(model).change(kind, attribute, change).bytes(form))
    assert place in caught.value.path


def test_a_first_guess_that_cannot_be_checked_is_asked_for():
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    model = GradientBoostingRegressor(n_estimators=2, init=make_pipeline(Ridge())).fit(models.XR, models.YR)
    data = perdure.dumps(model)
    with pytest.raises(perdure.UntrustedError) as caught:
        perdure.loads(data)
    (item,) = caught.value.untrusted
    assert item.name == "init_=sklearn.pipeline:Pipeline"
    assert item.paths == ("model.init_",)
    loaded = perdure.loads(data, trusted=[item.name])
    assert np.array_equal(loaded.predict(models.XR), model.predict(models.XR))
