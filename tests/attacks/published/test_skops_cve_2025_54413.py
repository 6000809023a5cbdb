"""CVE-2025-54413, skops up to 0.11: a node of a method reaches any field of an object through dots.

The name of a method was taken from the file and looked up on an object as it was, so that one name after the other
led from a model to what runs code. In perdure the methods that may be values are a short list, and no name has dots.
"""

from __future__ import annotations

import pytest

from attacks.craft import Graph, file_of
from attacks.models import XR, YR
from attacks.published.refusals import refused
from perdure.errors import InvalidError, PerdureError, UntrustedError
from perdure.graph.nodes import Dict, Global, List, Object, Tuple

RIDGE = "sklearn.linear_model._ridge:Ridge"
NAMES = [
    "__class__",
    "__init__",
    "__init__.__globals__",
    "__init__.__globals__.__getitem__",
    "__reduce__",
    "__reduce_ex__",
    "__setstate__",
    "__getattribute__",
    "__sklearn_clone__",
    "predict.__func__",
    "predict.__self__.fit",
    "fit",
    "partial_fit",
    "set_params",
    "_validate_params",
    "coef_.tofile",
    "coef_.dump",
    "",
    ".",
    "predict ",
    "ｐredict",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_method_that_is_no_prediction_is_refused(tmp_path, payload, name):
    node = Object("types:MethodType/1", {"name": name, "self": Object(RIDGE, {"alpha": 1.0})})
    refused(tmp_path, file_of(List((node,))), InvalidError, "model[0]")


@pytest.mark.parametrize("name", ["os.system", "fit", "__init__.__globals__"])
def test_the_same_in_a_model_that_calls_it(tmp_path, payload, name):
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import FunctionTransformer

    graph = Graph(FunctionTransformer(Ridge().fit(XR, YR).predict))
    refused(tmp_path, graph.change("MethodType/1", "name", name).bytes(), InvalidError, "model.func")


@pytest.mark.parametrize(
    ("owner", "error"),
    [
        (List(()), InvalidError),
        (Dict(()), InvalidError),
        ("text", InvalidError),
        (None, InvalidError),
        (Global("builtins:str"), InvalidError),
        (Global("posix:system"), UntrustedError),
        (Object("hostile_payload:Model", {}), UntrustedError),
        (Object("functools:partial/1", {"args": Tuple(()), "func": Global("builtins:str"), "keywords": Dict(())}), InvalidError),
    ],
)  # fmt: skip
def test_the_owner_of_a_method_is_an_estimator(tmp_path, payload, owner, error):
    node = Object("types:MethodType/1", {"name": "predict", "self": owner})
    refused(tmp_path, file_of(List((node,))), error)


@pytest.mark.parametrize("name", ["__class__", "a.__init__.__globals__", "__globals__", "_private"])
def test_getters_of_attributes_reach_public_names_only(tmp_path, payload, name):
    node = Object("operator:attrgetter/1", {"names": Tuple((name,))})
    refused(tmp_path, file_of(List((node,))), InvalidError, "model[0]")


@pytest.mark.parametrize(
    "name", ["to_csv", "tofile", "dump", "to_pickle", "__reduce__", "format", "query", "eval", "apply"]
)
def test_callers_of_methods_call_what_is_harmless(tmp_path, payload, name):
    node = Object("operator:methodcaller/1", {"args": Tuple((payload.marker,)), "keywords": Dict(()), "name": name})
    refused(tmp_path, file_of(List((node,))), InvalidError, "model[0]")


def test_a_state_that_has_another_form_is_refused(tmp_path, payload):
    for state in ({}, {"name": "predict"}, {"func": "predict", "obj": None}, {"name": 3, "self": None}):
        node = Object("types:MethodType/1", state)
        refused(tmp_path, file_of(List((node,))), refusal(node))


def refusal(node):
    """Return the class of the error, which is the same for each way in."""
    import perdure

    with pytest.raises(PerdureError) as caught:
        perdure.loads(file_of(List((node,))))
    return type(caught.value)
