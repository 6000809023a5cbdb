"""Attribute smuggling: what a state holds takes the place of what the class does.

``__class__``, a method under its own name, a property, a slot, an entry that stands twice: a reader that fills
``__dict__`` from a file lets each of them in.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import perdure
from attacks.craft import FORMS, Graph, file_of, file_of_json
from attacks.models import XR, YR, X, Y
from attacks.published.refusals import refused
from perdure.errors import FormatError, InvalidError, UntrustedError
from perdure.graph.nodes import Dict, Global, List, Object

RIDGE = "sklearn.linear_model._ridge:Ridge"
#: A function that the tables offer as a value, so that trust has nothing to say.
FUNCTION = Global("sklearn.metrics._regression:r2_score")
#: A place that the state of the class does not have is told of first, where a function or a model stands in it.
REFUSED = (InvalidError, UntrustedError)
DUNDERS = [
    "__class__", "__dict__", "__doc__", "__module__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__",
    "__getattr__", "__getattribute__", "__call__", "__del__", "__iter__", "__len__", "__array__", "__array_interface__",
    "__array_ufunc__", "__array_function__", "__float__", "__sklearn_clone__", "__sklearn_tags__", "__sklearn_is_fitted__",
    "__weakref__", "__init_subclass__", "__anything__",
]  # fmt: skip
METHODS = ["predict", "fit", "score", "get_params", "set_params", "_more_tags", "_validate_params", "_repr_html_", "_decision_function"]  # fmt: skip


def place(error):
    """Return the place of a refusal."""
    return error.path or error.untrusted[0].paths[0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", [FUNCTION, 1.0, List(())], ids=["a function", "a number", "a list"])
@pytest.mark.parametrize("name", ["__class__", "predict", "_decision_function"])
def test_one_of_many_is_enough_to_refuse(tmp_path, payload, name, value, form):
    graph = Graph([Ridge(alpha=i).fit(XR, YR) for i in range(5)])
    for i in range(5):
        graph.change(":Ridge", name, value, index=i)
    found = refused(tmp_path, graph.bytes(form), REFUSED)
    assert place(found).endswith(f".{name}")


@pytest.mark.parametrize("name", DUNDERS)
def test_a_dunder_is_no_attribute(tmp_path, payload, name):
    data = Graph(make_pipeline(StandardScaler(), Ridge()).fit(XR, YR)).change(":Ridge", name, FUNCTION).bytes()
    refused(tmp_path, data, REFUSED, f"model.steps[1][1].{name}")


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_not_replaced(tmp_path, payload, name):
    if not hasattr(Ridge, name):
        pytest.skip("this release has no such method")
    data = Graph(Ridge().fit(XR, YR)).change(":Ridge", name, FUNCTION).bytes()
    refused(tmp_path, data, REFUSED, f"model.{name}")
    # Nor for a reader who says that a function may stand there, nor by what is only data.
    refused(tmp_path, data, InvalidError, f"model.{name}", trusted=[f"attribute={name}"])
    data = Graph(Ridge().fit(XR, YR)).change(":Ridge", name, 1.0).bytes()
    refused(tmp_path, data, InvalidError, f"model.{name}")


@pytest.mark.parametrize(
    ("make", "kind", "name"),
    [
        (lambda: RandomForestClassifier(4, random_state=0).fit(X, Y), "RandomForestClassifier", "feature_importances_"),
        (lambda: RandomForestClassifier(4, random_state=0).fit(X, Y), "DecisionTreeClassifier", "feature_importances_"),
        (lambda: SVC().fit(X, Y), ":SVC", "coef_"),
        (lambda: SVC().fit(X, Y), ":SVC", "n_support_"),
        (lambda: make_pipeline(StandardScaler()).fit(X), ":Pipeline", "named_steps"),
        (lambda: make_pipeline(StandardScaler()).fit(X), ":Pipeline", "n_features_in_"),
    ],
)
def test_a_property_is_not_replaced(tmp_path, payload, make, kind, name):
    data = Graph(make()).change(kind, name, 1.0).bytes()
    found = refused(tmp_path, data, InvalidError)
    assert found.path.endswith(f".{name}")


def test_a_hidden_function_is_still_a_name(tmp_path, payload):
    """In an attribute that nothing reads, in a dict, as a key, among the parameters: trust sees every place."""
    for node, at in [
        (Object(RIDGE, {"note": Global("posix:system")}), "model[0].note"),
        (Object(RIDGE, {"note": Dict((("a", Global("posix:system")),))}), "model[0].note['a']"),
        (Dict(((Global("posix:system"), 1),)), "model[0].keys[0]"),
        (Object(RIDGE, {"note": Object("hostile_payload:Model", {})}), "model[0].note"),
    ]:
        found = refused(tmp_path, file_of(List((node,))), UntrustedError)
        assert found.untrusted[0].name in ("posix:system", "hostile_payload:Model")
        assert at.split(".keys")[0] in found.untrusted[0].paths[0]


TWICE = {
    "an attribute": '["object",0,{"alpha":1.0,"alpha":2.0}]',
    "an attribute, escaped": '["object",0,{"alpha":1.0,"\\u0061lpha":2.0}]',
    "attributes out of order": '["object",0,{"solver":"auto","alpha":1.0}]',
    "a key of a dict": '{"a":1,"a":2}',
    "a key of a dict of other keys": '["dict",1,"a",1,"b"]',
    "a state that is a list": '["object",0,["list",["tuple","alpha",1.0]]]',
    "a state that is shared": '["object",0,["def",0,{"alpha":1.0}]]',
    "a state that is no state": '["object",0,1]',
    "a third part": '["object",0,{},{"alpha":1.0}]',
    "two versions": '["object",0,{},"1.0","2.0"]',
    "a number for a name": '["object",0,{1:2}]',
}


@pytest.mark.parametrize("case", TWICE)
def test_what_stands_twice_or_elsewhere_is_refused(tmp_path, payload, case):
    data = file_of_json(TWICE[case], f'["{RIDGE}"]')
    refused(tmp_path, data, FormatError)


def test_a_file_of_one_attribute_each_is_fine():
    assert perdure.loads(file_of_json('["object",0,{"alpha":1.0}]', f'["{RIDGE}"]')).alpha == 1.0


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a[0]", "1", "\x00", "\n", "'", "é", "x" * 300, "\ud800"])
def test_names_that_are_no_names_reach_nothing(name):
    """An attribute of an odd name is refused or kept as it is; it never breaks out of the place that a message names."""
    model = Ridge().fit(XR, YR)
    data = Graph(model).change(":Ridge", name, 3.0).bytes()
    try:
        made = perdure.loads(data)
    except perdure.PerdureError as error:
        said = error
    else:
        assert vars(made)[name] == 3.0
        assert np.array_equal(made.predict(XR), model.predict(XR))
        return
    assert str(said).isprintable() or "\n" in str(said)


def test_an_estimator_in_the_place_of_a_scorer(tmp_path, payload):
    data = Graph(SelectKBest(k=2).fit(X, Y)).change("SelectKBest", "score_func", Global("posix:system")).bytes()
    refused(tmp_path, data, UntrustedError, "model.score_func")
