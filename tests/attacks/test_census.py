"""Attributes that no model has: what stands in one is what the census saw there, and plain data anywhere else."""

from __future__ import annotations

import copy
import functools
import operator

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import braycurtis
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import make_scorer, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.tree import DecisionTreeRegressor

import perdure
from attacks import models
from attacks.craft import FORMS, Graph
from attacks.models import XR, YR, X, Y
from perdure.errors import InvalidError, UntrustedError
from zoo.own import CautiousLogistic


@functools.cache
def fitted(kind: str):
    """The model that an attack changes a copy of."""
    makers = {
        "boosting": lambda: GradientBoostingClassifier(n_estimators=2, random_state=0).fit(X, Y),
        "gaussian": lambda: GaussianProcessRegressor(random_state=0).fit(XR[:20], YR[:20]),
        "histogram": lambda: HistGradientBoostingClassifier(max_iter=2, random_state=0).fit(X, Y),
        "logistic": lambda: LogisticRegression().fit(X, Y),
        "network": lambda: MLPRegressor(hidden_layer_sizes=(3,), max_iter=5, random_state=0, tol=1.0).fit(XR, YR),
        "neighbors": lambda: KNeighborsClassifier(algorithm="kd_tree").fit(X, Y),
        "search": lambda: GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, cv=2).fit(XR, YR),
        "stochastic": lambda: SGDClassifier(random_state=0).fit(X, Y),
        "tree": lambda: DecisionTreeRegressor(max_depth=3, random_state=0).fit(XR, YR),
    }
    return makers[kind]()


def objects(*items):
    made = np.empty(len(items), object)
    made[:] = items
    return made


def kd_tree():
    return fitted("neighbors")._tree


def file_of(kind, name, value, form, count):
    """The bytes of a model with that attribute, alone or the last but one of several."""
    several = [copy.copy(fitted(kind)) for _ in range(count)]
    vars(several[-2 if count > 1 else 0])[name] = value
    return Graph(several if count > 1 else several[0]).bytes(form)


#: The model, the attribute, what is put there, the place below the attribute.
MISFITS = {
    "a k-d tree for a decision tree": ("tree", "tree_", kd_tree, ""),
    "a decision tree for a k-d tree": ("neighbors", "_tree", lambda: fitted("tree").tree_, ""),
    "a decision tree for a loss": ("boosting", "_loss", lambda: fitted("tree").tree_, ""),
    "a loss for a decision tree": ("tree", "tree_", lambda: fitted("boosting")._loss, ""),
    "an estimator for a decision tree": ("tree", "tree_", Ridge, ""),
    "a function for a decision tree": ("tree", "tree_", lambda: r2_score, ""),
    "an estimator for a kernel": ("gaussian", "kernel_", Ridge, ""),
    "an estimator for an optimizer": ("network", "_optimizer", StandardScaler, ""),
    "a k-d tree for the trees of boosting": (
        "histogram", "_predictors", lambda: [[kd_tree()] * 3, [kd_tree()] * 3], "[0][0]",
    ),
    "a decision tree for an estimator": ("search", "best_estimator_", lambda: fitted("tree").tree_, ""),
    "a splitter for an estimator": ("search", "best_estimator_", lambda: fitted("gaussian").kernel_, ""),
    "a k-d tree as a parameter": ("tree", "max_depth", kd_tree, ""),
    "a k-d tree in a list as a parameter": ("search", "param_grid", lambda: {"alpha": [kd_tree()]}, "['alpha'][0]"),
    "a k-d tree where nothing is known": ("logistic", "note", lambda: {"a": (1, [kd_tree()])}, "['a'][1][0]"),
    "texts for coefficients": ("logistic", "coef_", lambda: np.array([["a" * 9] * 6] * 3), ""),
    "Python objects for coefficients": ("logistic", "coef_", lambda: objects(*[10**400] * 6), ""),
    "numbers as Python objects for coefficients": ("logistic", "coef_", lambda: objects(*map(float, range(6))), ""),
    "a text for coefficients": ("logistic", "coef_", lambda: "a" * 40, ""),
    "bytes for coefficients": ("logistic", "intercept_", lambda: b"a" * 24, ""),
    "a dict for coefficients": ("logistic", "intercept_", lambda: {"a": 1.0}, ""),
    "a list of texts for coefficients": ("logistic", "intercept_", lambda: [1.0, "a"], "[1]"),
    "dates for coefficients": ("logistic", "intercept_", lambda: np.zeros(3, "M8[D]"), ""),
    "an estimator for coefficients": ("logistic", "coef_", Ridge, ""),
    "a function for coefficients": ("logistic", "coef_", lambda: np.add, ""),
    "what the class keeps": ("logistic", "_parameter_constraints", dict, ""),
    "what the class keeps of its losses": ("stochastic", "loss_functions", lambda: {"hinge": 1}, ""),
    "a text for a number of rows": ("neighbors", "n_samples_fit_", lambda: "a", ""),
}  # fmt: skip


@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", MISFITS)
def test_what_no_model_has_there_is_refused(name, form, count):
    kind, attribute, value, below = MISFITS[name]
    with pytest.raises(InvalidError) as caught:
        perdure.loads(file_of(kind, attribute, value(), form, count))
    owner = f"model[{count - 2}]" if count > 1 else "model"
    assert caught.value.path == f"{owner}.{attribute}{below}"
    assert caught.value.fix is not None


SMUGGLED = {
    "an estimator": ("helper", LabelEncoder, ""),
    "an estimator in a list": ("helper", lambda: [1, [LabelEncoder()]], "[1][0]"),
    "an estimator in a dict": ("helper", lambda: {"by": {"name": LabelEncoder()}}, "['by']['name']"),
    "an estimator as one of many Python objects": ("helper", lambda: objects("a", LabelEncoder()), "[1]"),
    "an estimator in a masked array": (
        "helper", lambda: np.ma.MaskedArray(objects("a", LabelEncoder()), [True, False]), ".data[1]",
    ),
    "an estimator among classes": ("classes_", lambda: objects("a", "b", LabelEncoder()), "[2]"),
    "a function": ("helper", lambda: r2_score, ""),
    "a ufunc in a tuple": ("helper", lambda: (np.exp,), "[0]"),
    "a class": ("helper", lambda: np.float32, ""),
    "a partial": ("helper", lambda: functools.partial(r2_score, force_finite=True), ""),
    "an item getter": ("helper", lambda: operator.itemgetter(1), ""),
    "a method": ("helper", lambda: fitted("tree").predict, ""),
    "a scorer": ("helper", lambda: make_scorer(r2_score), ""),
    "a hook that is looked up by name": ("_sklearn_output_config", lambda: {"transform": np.exp}, "['transform']"),
}  # fmt: skip


@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SMUGGLED)
def test_what_acts_is_asked_for_where_plain_data_is(name, form, count):
    attribute, value, below = SMUGGLED[name]
    data = file_of("logistic", attribute, value(), form, count)
    with pytest.raises(UntrustedError) as caught:
        perdure.loads(data)
    (asked,) = caught.value.untrusted
    owner = f"model[{count - 2}]" if count > 1 else "model"
    assert (asked.name, asked.paths) == (f"attribute={attribute}", (f"{owner}.{attribute}{below}",))
    assert f'trusted=["attribute={attribute}"]' in str(caught.value)
    if attribute == "helper":
        loaded = perdure.loads(data, trusted=[f"attribute={attribute}"])
        assert type((loaded[-2] if count > 1 else loaded).helper) is type(value())


def test_a_dump_of_ones_own_asks_for_nothing_and_what_was_saved_is_there():
    model = make_pipeline(StandardScaler(), Ridge()).fit(XR, YR)
    model.labels = LabelEncoder().fit(["a", "b"])
    data = perdure.dumps(model)
    with pytest.raises(UntrustedError, match="save it beside the model, in a dict"):
        perdure.loads(data)
    loaded = perdure.loads(data, trusted=["attribute=labels"])
    assert loaded.labels.transform(["b"]) == [1]


def test_all_places_are_told_at_once():
    model = Ridge().fit(XR, YR)
    model.one, model.two = [LabelEncoder(), LabelEncoder()], r2_score
    with pytest.raises(UntrustedError) as caught:
        perdure.loads(perdure.dumps(model))
    assert {item.name: item.paths for item in caught.value.untrusted} == {
        "attribute=one": ("model.one[0]", "model.one[1]"),
        "attribute=two": ("model.two",),
    }


PLAIN = {
    "a text": "made on a Monday",
    "numbers": [1, 2.0, 3 + 4j, 10**40, True, None],
    "a dict of lists": {"features": ["a", "b"], 3: (1, 2), None: {"x"}},
    "an array": np.arange(6.0).reshape(2, 3),
    "an array of texts": np.array(["a", "bc"]),
    "an array of Python objects": objects("a", None, 1.5),
    "a sparse matrix": sp.csr_matrix(np.eye(3)),
    "a random state": np.random.RandomState(3),
    "a numpy number": np.float32(2),
    "a dtype": np.dtype("f8"),
    "a slice": slice(1, 2),
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_data_may_stand_anywhere(name):
    model = Ridge().fit(XR, YR)
    model.note = PLAIN[name]
    assert type(perdure.loads(perdure.dumps(model)).note) is type(PLAIN[name])
    several = [copy.copy(model) for _ in range(6)]
    several[2].note = "another"
    assert perdure.loads(perdure.dumps(several))[2].note == "another"


def test_a_value_that_holds_itself_is_looked_at_once():
    model = Ridge().fit(XR, YR)
    model.note = [1]
    model.note.append(model.note)
    loaded = perdure.loads(perdure.dumps(model))
    assert loaded.note[1] is loaded.note


def test_what_is_shared_is_seen_at_each_of_its_places():
    model, shared = Ridge(), [LabelEncoder()]
    model.note = shared
    data = perdure.dumps([shared, model])
    with pytest.raises(UntrustedError) as caught:
        perdure.loads(data)
    assert caught.value.untrusted[0].paths == ("model[1].note[0]",)
    loaded, again = perdure.loads(data, trusted=["attribute=note"])
    assert again.note is loaded


@pytest.mark.parametrize("algorithm", ["brute", "ball_tree"])
def test_a_metric_that_the_user_chose_may_be_a_function(algorithm):
    model = KNeighborsClassifier(algorithm=algorithm, metric=braycurtis, metric_params={}).fit(np.abs(X), Y)
    assert perdure.loads(perdure.dumps(model)).effective_metric_ is braycurtis


OWN = ["zoo.own:CautiousLogistic"]


def test_the_readers_own_classes_keep_what_they_like_and_no_more():
    model = CautiousLogistic().fit(models.X, models.Y)
    model.helper, model.function = LabelEncoder(), r2_score
    loaded = perdure.loads(perdure.dumps(model), trusted=OWN)
    assert type(loaded.helper) is LabelEncoder
    assert loaded.function is r2_score
    # But what the base knows is as it is in the base.
    model.intercept_ = objects("a", "b", "c")
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(model).bytes(), trusted=OWN)
    assert caught.value.path == "model.intercept_"


def test_objects_of_the_readers_own_may_stand_in_any_attribute():
    model = Ridge().fit(XR, YR)
    model.note = CautiousLogistic()
    assert type(perdure.loads(perdure.dumps(model), trusted=OWN).note) is CautiousLogistic
