"""CVE-2025-54412, skops up to 0.11: the name that is checked is not the name that is used.

The node of an operator told the audit one module and took its function from another. In perdure there is one name,
in one field, and what build resolves is the string that trust has seen; here it is dressed up in every way.
"""

from __future__ import annotations

import pytest

import perdure
from attacks.craft import file_of, file_of_json
from attacks.published.refusals import refused
from perdure.errors import FormatError, InvalidError, UntrustedError
from perdure.graph.nodes import Dict, Global, List, Object, Tuple

RIDGE = "sklearn.linear_model._ridge:Ridge"
# A module of the tables stands in front; what Python would find behind it is another.
DRESSED = [
    "sklearn.utils:os.system",
    "sklearn.linear_model._ridge:np.f2py.os.system",
    "sklearn.linear_model._ridge:Ridge.fit.__globals__",
    "sklearn.linear_model._ridge:Ridge.__init__.__builtins__",
    "sklearn.linear_model._ridge:Ridge.mro",
    "sklearn.linear_model:Ridge.__class__",
    "builtins:object.__subclasses__",
    "builtins:str.format",
    "numpy:ufunc.__reduce__",
    "operator:attrgetter",
    "operator:methodcaller",
    "hostile_payload:Model",
    "hostile_payload:act",
    "hostile_payload:Model/1",
    "sklearn.linear_model._ridge:Ridge/1",
    "functools:partial",
    "functools:partial/2",
    "scipy.sparse:csr_matrix",
]


@pytest.mark.parametrize("name", DRESSED)
@pytest.mark.parametrize("kind", ["type", "value"])
def test_what_is_refused_is_the_name_that_stands_there(tmp_path, payload, name, kind):
    node = Object(name, {}) if kind == "type" else Global(name)
    found = refused(tmp_path, file_of(List((1, node))), UntrustedError, "model[1]")
    assert [item.name for item in found.untrusted] == [name]


def test_bases_that_a_file_claims_are_no_passport(tmp_path, payload):
    """A type that the tables do not know says that it derives from one that they know."""
    name = f"{payload.module}:Model"
    data = file_of(List((Object(name, {"alpha": 1.0}),)), bases={name: (RIDGE,)})
    found = refused(tmp_path, data, UntrustedError, "model[0]")
    assert [item.name for item in found.untrusted] == [name]


@pytest.mark.parametrize("node", ['["object",0,{}]', '["global",0]', '["list",["object",0,{}],["global",0]]'])
@pytest.mark.parametrize("name", [RIDGE, "builtins:str", "hostile_payload:Model"])
def test_bases_are_names_like_others(tmp_path, payload, name, node):
    """What stands among the bases of a known type, or of a value, is not let in by it."""
    data = file_of_json(node, f'[["{name}","hostile_payload:act"]]')
    refused(tmp_path, data, UntrustedError, trusted=["hostile_payload:Model"])


def test_bases_that_are_not_true_are_refused_even_when_trusted(tmp_path, payload):
    data = file_of(List((Object("decimal:Context", {"alpha": 1.0}),)), bases={"decimal:Context": (RIDGE,)})
    refused(tmp_path, data, InvalidError, "model[0]", trusted=["decimal:Context"])


@pytest.mark.parametrize(
    "name", ["sklearn.linear_model._ridge.Ridge", "posix", "a:b:c", "a:b/c/1", "os:", ":system", "a b:c"]
)
@pytest.mark.parametrize("kind", ["object", "global"])
def test_a_name_is_a_module_and_what_it_holds(tmp_path, payload, name, kind):
    node = f'["{kind}",0,{{}}]' if kind == "object" else '["global",0]'
    refused(tmp_path, file_of_json(node, f'["{name}"]'), FormatError)


@pytest.mark.parametrize(
    "types",
    [
        f'["{RIDGE}","{RIDGE}"]',
        f'["{RIDGE}","posix:system"]',
        f'[["posix:system",["{RIDGE}"]]]',
        '[{"__class__":"Ridge","__module__":"sklearn.linear_model._ridge"}]',
        "[0]",
        "[null]",
        '[""]',
        "[]",
    ],
    ids=["twice", "one unused", "bases in bases", "a dict", "a number", "null", "empty", "none"],
)  # fmt: skip
def test_a_table_of_types_that_says_two_things_is_refused(tmp_path, payload, types):
    refused(tmp_path, file_of_json('["object",0,{}]', types), FormatError)


def test_a_table_that_says_one_thing_is_read():
    assert type(perdure.loads(file_of_json('["object",0,{}]', f'["{RIDGE}"]'))).__name__ == "Ridge"


def test_an_attribute_cannot_say_what_the_object_is(tmp_path, payload):
    """Names in the state, where skops has them, are attributes like others."""
    state = {"__class__": "system", "__module__": "posix", "__loader__": "OperatorFuncNode"}
    refused(tmp_path, file_of(List((Object(RIDGE, state),))), InvalidError, "model[0].__class__")
    data = file_of(List((Dict((("__class__", "system"), ("__module__", "posix"), ("content", Tuple(("id",))))),)))
    # In a dict they are text, and stay it.
    assert perdure.loads(data) == [{"__class__": "system", "__module__": "posix", "content": ("id",)}]
