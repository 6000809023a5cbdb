"""A file with a name that is not trusted imports nothing but perdure: seen in a process of its own."""

import json
import subprocess
import sys

import pytest

import perdure
from perdure.arrays.store import ArrayStore
from perdure.container.archive import Member
from perdure.container.manifest import Manifest
from perdure.container.writing import assemble, to_bytes
from perdure.graph.digest import model_digest
from perdure.graph.nodes import Global, Graph, List, Object
from perdure.graph.write import write_graph

SCRIPT = """
import sys, json
import perdure
# What perdure itself needs is imported when it is asked for, or by a first refusal.
perdure.load
def refuse(path):
    try:
        perdure.load(path)
    except perdure.UntrustedError as error:
        return str(error)
    raise SystemExit("loaded")
before = set(sys.modules)
messages = [refuse(path) for path in sys.argv[1:]]
print(json.dumps([sorted(set(sys.modules) - before), messages]))
"""


def file_of(root) -> bytes:
    data = write_graph(Graph(root, ArrayStore())).data
    manifest = Manifest("1.0.0", {"scikit-learn": "1.9.1"}, model_digest(data, []))
    return to_bytes(assemble(manifest, [Member.of("graph.json", data)]))


ROOTS = {
    "type": Object("antigravity:Gravity", {"a": 1}),
    "function": Global("os:system"),
    "module of the user": Object("this:Zen", {}),
    "known and unknown": List(
        (Object("sklearn.linear_model._logistic:LogisticRegression", {}), Global("subprocess:Popen"))
    ),
    "builtin": Global("builtins:eval"),
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untrusted")
    paths = []
    for i, root in enumerate(ROOTS.values()):
        path = folder / f"{i}.perdure"
        path.write_bytes(file_of(root))
        paths.append(str(path))
    done = subprocess.run([sys.executable, "-c", SCRIPT, *paths], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_no_module_but_perdures_own_and_the_standard_library_s_plumbing(outcome):
    imported, _ = outcome
    foreign = [name for name in imported if name.partition(".")[0] not in ("perdure", *sys.stdlib_module_names)]
    assert [name for name in foreign if name.partition(".")[0] != "zstandard"] == []
    for name in ("antigravity", "this", "subprocess", "sklearn", "sklearn.linear_model", "scipy", "pandas"):
        assert name not in imported


def test_the_error_names_everything_with_its_place_and_the_call(outcome):
    _, messages = outcome
    assert 'trusted=["antigravity:Gravity"]' in messages[0]
    assert "model[1]" in messages[3]
    assert "subprocess:Popen" in messages[3]
    assert "LogisticRegression" not in messages[3]


def test_all_refusals_come_at_once():
    data = file_of(List((Object("a.b:C", {"x": Global("os:system")}), Object("a.b:D", {}), Object("a.b:C", {}))))
    with pytest.raises(perdure.UntrustedError) as caught:
        perdure.loads(data)
    names = {item.name: item.paths for item in caught.value.untrusted}
    assert names == {"a.b:C": ("model[0]", "model[2]"), "os:system": ("model[0].x",), "a.b:D": ("model[1]",)}
    assert 'trusted=["a.b:C", "os:system", "a.b:D"]' in str(caught.value)


IMPORTS = """
import sys, json
import numpy
before = set(sys.modules)
import perdure
alone = sorted(set(sys.modules) - before)
perdure.load
known = {*sys.stdlib_module_names, "numpy", "perdure"}
# What an environment puts in through its .pth files was there before.
others = sorted(name for name in set(sys.modules) - before if name.partition(".")[0] not in known)
print(json.dumps([alone, others]))
"""


def test_importing_perdure_imports_the_standard_library_and_numpy_and_next_to_nothing_of_itself():
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    alone, others = json.loads(done.stdout)
    # All else follows when the first public name is asked for.
    assert [name for name in alone if name.startswith("perdure")] == [
        "perdure",
        "perdure._compatibility",
        "perdure._version",
    ]
    assert others == []
