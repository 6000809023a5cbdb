"""CVE-2024-37065, skops from 0.6: a file names a callable and its arguments, and loading makes the call.

Whoever trusted the file, or a name whose harm is in its arguments, ran what the file said. In perdure no node is a
call: a name is a type that is made empty, or a value that stays one, and each has to be in the tables.
"""

from __future__ import annotations

import pytest

from attacks.craft import file_of
from attacks.published.refusals import refused
from perdure.errors import FormatError, InvalidError, UntrustedError
from perdure.graph.nodes import Dict, Global, List, Object, Tuple

RIDGE = "sklearn.linear_model._ridge:Ridge"


def partial(function, *arguments):
    state = {"args": Tuple(arguments), "func": Global(function), "keywords": Dict(())}
    return Object("functools:partial/1", state)


def calls(marker):
    """Node that would be the call, for each form that a call could take; the name that is refused, and its place."""
    return {
        "operator.call": (Object("operator:call", {}, (Global("os:mkdir"), marker)), "operator:call", "model[0]"),
        "the function as a type": (Object("posix:mkdir", {}, (marker,)), "posix:mkdir", "model[0]"),
        "a process": (Object("subprocess:Popen", {}, (List(("mkdir", marker)),)), "subprocess:Popen", "model[0]"),
        "eval": (Object("builtins:eval", {}, (f"__import__('os').mkdir({marker!r})",)), "builtins:eval", "model[0]"),
        "getattr": (Object("builtins:getattr", {}, (Global("os:path"), "os")), "builtins:getattr", "model[0]"),
        "partial": (partial("posix:mkdir", marker), "posix:mkdir", "model[0].func"),
        "partial of an importer": (partial("importlib:import_module", "this"), "importlib:import_module", "model[0].func"),
        "partial of a reader": (partial("joblib.numpy_pickle:load", marker), "joblib.numpy_pickle:load", "model[0].func"),
        "a compiled function": (partial("numpy:frompyfunc", 1, 1), "numpy:frompyfunc", "model[0].func"),
        "deep in a model": (Object(RIDGE, {"note": partial("posix:mkdir", marker)}), "posix:mkdir", "model[0].note.func"),
    }  # fmt: skip


@pytest.mark.parametrize("name", calls(""))
def test_a_call_is_refused_by_name(tmp_path, payload, name):
    node, wanted, at = calls(payload.marker)[name]
    found = refused(tmp_path, file_of(List((node,))), UntrustedError, at)
    assert wanted in [item.name for item in found.untrusted]


@pytest.mark.parametrize("name", ["operator.call", "the function as a type", "eval", "getattr"])
def test_trusting_the_name_does_not_make_the_call(tmp_path, payload, name):
    """What was trusted is made as a type is made, and a function is none."""
    node, _, _ = calls(payload.marker)[name]
    refused(tmp_path, file_of(List((node,))), InvalidError, "model[0]", trusted=["operator:call", "os:mkdir", "os:path", "posix:mkdir", "builtins:eval", "builtins:getattr"])  # fmt: skip


def test_a_type_of_the_tables_takes_no_arguments_of_the_file(tmp_path, payload):
    refused(tmp_path, file_of(List((Object(RIDGE, {}, (payload.marker,)),))), FormatError, "model[0]")
    node = Object("functools:partial/1", {}, (Global("builtins:str"),))
    refused(tmp_path, file_of(List((node,))), FormatError, "model[0]")


def test_a_partial_of_the_tables_is_made_and_not_called(tmp_path, payload):
    import perdure

    (made,) = perdure.loads(file_of(List((partial("builtins:str", "a"),))))
    assert made() == "a"
