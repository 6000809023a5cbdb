"""CVE-2025-1550, Keras up to 3.8: a configuration names a module, a function in it and its arguments.

Loading imported the module and made the call, with its safe mode on: an import alone runs code. In perdure no module
that a file names is imported before its name is in the tables, or is trusted by whoever loads.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import perdure
from attacks.craft import Graph, file_of
from attacks.models import XR, YR, X, Y
from attacks.published.refusals import refused
from cli.running import run
from perdure.errors import FormatError, UntrustedError
from perdure.graph.nodes import Dict, Global, List, Object, Tuple

ACT, MODEL = "hostile_payload:act", "hostile_payload:Model"


def transformer(function):
    graph = Graph(make_pipeline(StandardScaler(), FunctionTransformer(np.log1p, kw_args={"where": True})).fit(X))
    return graph.change("FunctionTransformer", "func", function)


@pytest.mark.parametrize(
    "name", [ACT, "os:system", "posix:system", "subprocess:run", "builtins:exec", "antigravity:fly"]
)
def test_a_function_that_a_model_would_call_is_refused_by_name(tmp_path, payload, name):
    found = refused(tmp_path, transformer(Global(name)).bytes(), UntrustedError, "model.steps[1][1].func")
    assert [item.name for item in found.untrusted] == [name]
    assert f'trusted=["{name}"]' in str(found)


@pytest.mark.parametrize(
    ("make", "kind", "attribute"),
    [
        (lambda: KNeighborsClassifier(metric="euclidean").fit(X, Y), "KNeighborsClassifier", "metric"),
        (lambda: KNeighborsClassifier(weights="distance").fit(X, Y), "KNeighborsClassifier", "weights"),
        (lambda: KernelRidge(kernel="rbf").fit(XR, YR), "KernelRidge", "kernel"),
    ],
)
def test_so_is_every_other_parameter_that_is_called(tmp_path, payload, make, kind, attribute):
    data = Graph(make()).change(kind, attribute, Global(ACT)).bytes()
    refused(tmp_path, data, UntrustedError, f"model.{attribute}")


def test_a_layer_of_the_file_with_its_arguments_is_refused(tmp_path, payload):
    layer = Object(MODEL, {"arguments": Tuple((payload.marker,)), "function": Global(ACT)}, (payload.marker,))
    found = refused(tmp_path, file_of(List((layer, layer))), UntrustedError, "model[1]")
    # All that is refused of a file is said at once, with all places.
    assert {item.name: item.paths for item in found.untrusted} == {
        MODEL: ("model[0]", "model[1]"),
        ACT: ("model[0].function", "model[1].function"),
    }


def test_the_configuration_itself_is_text(tmp_path, payload):
    config = {"class_name": "function", "module": payload.module, "config": "act", "registered_name": "function"}
    assert perdure.loads(file_of(Dict(tuple(config.items())))) == config
    refused(tmp_path, b'{"module":"hostile_payload","class_name":"function","config":"act"}', FormatError)


@pytest.mark.parametrize("way", ["inspect", "scan", "verify"])
def test_looking_at_such_a_file_imports_nothing_of_it(tmp_path, payload, way):
    path = tmp_path / "model.perdure"
    path.write_bytes(transformer(Global(ACT)).bytes())
    said = run(way, str(path))
    assert ACT in said.stdout + said.stderr
    assert (said.exit_code != 0) == (way != "inspect")


def test_nothing_at_all_is_imported_for_a_refusal(tmp_path, payload):
    """Not even scikit-learn: in a process of its own."""
    path = tmp_path / "model.perdure"
    path.write_bytes(transformer(Global(ACT)).bytes())
    code = (
        "import sys, perdure\n"
        "before = set(sys.modules)\n"
        "try:\n    perdure.load(sys.argv[1])\n"
        "except perdure.UntrustedError:\n    pass\n"
        "print([name for name in set(sys.modules) - before if not name.startswith(('perdure', '_', 'encodings'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert "sklearn" not in done.stdout
    assert payload.module not in done.stdout


def test_what_is_trusted_is_imported_and_not_called(tmp_path, payload):
    """The one who loads may say yes: then the module acts, and it is theirs."""
    path = tmp_path / "model.perdure"
    path.write_bytes(transformer(Global(ACT)).bytes())
    perdure.load(path, trusted=[ACT])
    assert payload.fired
    payload.disarm()
