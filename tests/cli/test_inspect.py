"""`perdure inspect`: what a file holds, told without building it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import perdure
from cli.crafted import save
from cli.running import run, run_json, run_process
from perdure.arrays.store import ArrayStore
from perdure.graph.nodes import Array, Def, Dict, Global, List, Object, Ref, Tuple
from perdure.reporting.parts import _KEYS

PAGE = Path(__file__).parent.parent.parent / "docs" / "cli.md"


def parts_of(part):
    """Every part within a part of the JSON, itself included."""
    yield part
    for key in ("parameters", "attributes", "fields", "columns"):
        for inner in part.get(key, {}).values():
            yield from parts_of(inner)
    for key in ("items", "pairs", "arguments"):
        for inner in part.get(key, ()):
            yield from parts_of(inner)


# -- what is shown ----------------------------------------------------------------------------------------------------


def test_the_tree_shows_types_parameters_and_arrays(logistic_file):
    shown = run("inspect", logistic_file).stdout
    assert "LogisticRegression  sklearn.linear_model._logistic" in shown
    assert "C=0.5" in shown
    assert "coef_  float64 (1, 3)  24 B" in shown
    assert "n_features_in_=3" in shown
    assert "every name is in perdure's tables" in shown


def test_the_record_is_told(logistic_file):
    shown = run("inspect", logistic_file).stdout
    assert re.search(r"^saved +\d{4}-\d\d-\d\dT", shown, re.MULTILINE)
    assert re.search(r"^scores +test_score  [\d.]+ ± [\d.]+  5 folds: ", shown, re.MULTILINE)
    assert re.search(r"^notes +the first one$", shown, re.MULTILINE)
    assert "fit_time" not in shown


def test_a_forest_is_one_line_for_all_its_trees(forest_file):
    shown = run("inspect", forest_file).stdout
    assert "estimators_  25 × DecisionTreeClassifier" in shown
    assert "tree_  25 × Tree" in shown
    assert len(shown.splitlines()) < 60


def test_a_step_has_its_name_and_its_columns(pipeline_file):
    shown = run("inspect", pipeline_file).stdout
    assert "steps[0] 'columntransformer'  ColumnTransformer" in shown
    assert re.search(r"transformers_\[0\] 'scale'  StandardScaler .*\[0, 1\]", shown)


def test_what_is_not_trusted_is_told_with_its_places(untrusted_file):
    shown = run("inspect", untrusted_file).stdout
    assert "2 names not trusted" in shown
    assert "model[0], model[1].inner" in shown
    assert "not trusted" in next(line for line in shown.splitlines() if "[0]  Thing" in line)
    assert '["their_package.things:Thing", "their_package.things:Other"]' in shown.replace("\n", " ").replace("  ", "")


def test_depth_opens_so_many_objects(pipeline_file):
    flat = run("inspect", pipeline_file, "--depth", "0").stdout
    assert "ColumnTransformer" not in flat
    assert "larger --depth" in flat
    one = run("inspect", pipeline_file, "--depth", "1").stdout
    assert "ColumnTransformer" in one
    assert "StandardScaler" not in one
    assert "StandardScaler" in run("inspect", pipeline_file, "--depth", "2").stdout


# -- JSON -------------------------------------------------------------------------------------------------------------


def test_json_tells_the_arrays_as_they_are(logistic, logistic_file):
    found = run_json("inspect", logistic_file)
    model = found["model"]
    assert found["schema"] == "perdure.inspect/1"
    assert model["type"] == "sklearn.linear_model._logistic:LogisticRegression"
    assert model["parameters"]["C"]["value"] == 0.5
    assert model["parameters"].keys() == logistic.get_params().keys()
    coefficients = model["attributes"]["coef_"]
    assert coefficients["shape"] == list(logistic.coef_.shape)
    assert coefficients["dtype"] == logistic.coef_.dtype.str
    assert coefficients["bytes"] == logistic.coef_.nbytes
    assert model["attributes"]["intercept_"]["values"] == logistic.intercept_.tolist()
    assert found["bytes"] == Path(logistic_file).stat().st_size
    assert found["digest"] == perdure.open(logistic_file).digest
    assert found["record"]["notes"] == "the first one"
    assert len(found["record"]["scores"]["metrics"]["test_score"]["folds"]) == 5


def test_json_says_how_many_stand_in_a_batch(forest_file):
    model = run_json("inspect", forest_file)["model"]
    trees = model["attributes"]["estimators_"]
    assert (trees["kind"], trees["length"]) == ("list", 25)
    assert trees["items"][0]["count"] == 25
    nodes = trees["items"][0]["attributes"]["tree_"]["attributes"]["nodes"]
    assert nodes["count"] == 25
    assert nodes["fields"]["threshold"]["dtype"] == "<f8"


def test_bytes_of_a_forest_are_those_of_its_arrays(forest_file):
    model = run_json("inspect", forest_file)["model"]
    with perdure.open(forest_file) as file:
        assert model["bytes"] == sum(file.arrays.nbytes(index) for index in range(len(file.arrays)))


@pytest.mark.parametrize("name", ["logistic_file", "forest_file", "pipeline_file", "untrusted_file"])
def test_every_part_has_the_keys_that_the_page_lists(name, request):
    rows = re.findall(r"^\| (`.*?) \| (`.*?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {kind: re.findall(r"`(\w+)`", keys) for kinds, keys in rows for kind in re.findall(r"`(\w+)`", kinds)}
    assert listed == {kind: list(keys) for kind, keys in _KEYS.items()}
    for part in parts_of(run_json("inspect", request.getfixturevalue(name))["model"]):
        assert set(part) - {"key"} == {"kind", *listed[part["kind"]]}


def test_json_names_what_is_not_trusted(untrusted_file):
    assert run_json("inspect", untrusted_file)["untrusted"] == [
        {
            "name": "their_package.things:Thing",
            "reason": "not in perdure's tables",
            "paths": ["model[0]", "model[1].inner"],
        },
        {"name": "their_package.things:Other", "reason": "not in perdure's tables", "paths": ["model[1]"]},
    ]


def test_a_shared_value_is_told_once(tmp_path):
    arrays = ArrayStore()
    big = Array(arrays.add(np.zeros(1000)))
    root = List((Def(0, List(("a", "b"))), Ref(0), Def(1, big), Ref(1)))
    first, second, third, fourth = run_json("inspect", save(tmp_path / "m.perdure", root, arrays))["model"]["items"]
    assert (second["kind"], second["to"], second["text"]) == ("reference", "model[0]", "['a', 'b']")
    assert (fourth["kind"], fourth["to"], fourth["text"]) == ("reference", "model[2]", None)
    assert (first["bytes"], third["bytes"]) == (0, 8000)


# -- strings of strangers ---------------------------------------------------------------------------------------------

HOSTILE = {
    "escape": "\x1b[2J\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "csi": "\x9b31mred",
    "line": "one\ntwo\r\nthree\u2028four\x85",
    "direction": "a\u202eb\u2066c",
    "invisible": "a\u200bb\ufeff",
    "surrogate": "\ud800\udfff",
    "null": "a\x00b\x7f",
    "backspace": "safe\b\b\b\bevil",
    "markup": "[bold red]x[/bold red] [link=file:///etc]y[/link] [/]",
    "emoji": ":smiley: :skull:",
    "long": "x" * 100_000,
}


def assert_harmless(shown: str) -> None:
    assert [character for character in shown if character != "\n" and not character.isprintable()] == []
    assert all(len(line) < 1500 for line in shown.splitlines())


def hostile_root(text):
    short = text[:200]
    return Object(
        "their.module:Class",
        {
            short: text,
            "texts": List((text, Tuple((text, text)))),
            "pairs": Dict(((text, text), (Tuple((text,)), 1))),
            "function": Global("mod:function"),
            "inner": Object(
                "sklearn.linear_model._logistic:LogisticRegression", {short: text, "penalty": text}, None, short[:50]
            ),
        },
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_string_of_a_file_is_shown_as_text(name, tmp_path):
    text = HOSTILE[name]
    path = save(tmp_path / "hostile.perdure", hostile_root(text))
    for command in (["inspect", path], ["load-check", path]):
        result = run(*command)
        assert_harmless(result.stdout)
        assert_harmless(result.stderr)
    assert run("inspect", path).exit_code == 0
    found = run_json("inspect", path)
    assert found["model"]["type"].startswith("their.")
    if name in ("markup", "emoji"):
        assert text in run("inspect", path, COLUMNS="500").stdout


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_no_class_can_have_is_refused_before_it_is_shown(name, tmp_path):
    for number, title in enumerate((f"their.{HOSTILE[name]}:Class", f"their:Class{HOSTILE[name]}", HOSTILE[name])):
        path = save(tmp_path / f"{number}.perdure", Object(title, {}))
        result = run("inspect", path)
        if result.exit_code != 0:
            assert result.exit_code == 3
            assert HOSTILE[name] not in result.stdout + result.stderr
        else:
            assert title.replace(":", ".").replace(".", "").isidentifier()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_name_is_shown_as_text(name):
    text = HOSTILE[name][:200].replace("\x00", "\x01").replace("\ud800\udfff", "\udcff")
    result = run("inspect", text + ".perdure")
    assert result.exit_code == 2
    assert_harmless(result.stderr)


@pytest.mark.parametrize(
    "root",
    [
        pytest.param(Object("a:B", {f"x{i}": i for i in range(50_000)}), id="attributes"),
        pytest.param(List(tuple(Object(f"a:B{i}", {}) for i in range(20_000))), id="names"),
        pytest.param(List(tuple(range(100_000))), id="items"),
        pytest.param(
            List((2**60_000, -(2**2000), float("nan"), float("inf"), -0.0, 1 + 2j, b"\x00\xff" * 500, ...)), id="values"
        ),
    ],
)
def test_a_large_graph_is_shown_in_part(root, tmp_path):
    path = save(tmp_path / "large.perdure", root)
    result = run("inspect", path)
    assert result.exit_code == 0
    assert len(result.stdout) < 60_000
    assert_harmless(result.stdout)
    assert len(str(run_json("inspect", path)["model"])) < 100_000


@pytest.mark.parametrize(
    "wrap", [lambda node: List((node,)), lambda node: Object("a:B", {"x": node}), lambda node: Dict((("k", node),))]
)
def test_a_deep_graph_is_shown_in_part(wrap, tmp_path):
    node = List((1,))
    for _ in range(110):
        node = wrap(node)
    path = save(tmp_path / "deep.perdure", node)
    for command in (["inspect", path], ["inspect", path, "--depth", "500"]):
        assert run(*command, COLUMNS="60").exit_code == 0
    assert run_json("inspect", path)["model"]["bytes"] == 0


# -- what is not done -------------------------------------------------------------------------------------------------

HEAVY = ["sklearn", "scipy", "pandas", "joblib"]


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["inspect", "{file}"], ["inspect", "{file}", "--json"]]
)
def test_nothing_heavy_is_imported(arguments, forest_file):
    arguments = [argument.format(file=forest_file) for argument in arguments]
    code = (
        "import sys\nfrom perdure.cli.program import program\n"
        f"program.main({arguments!r}, standalone_mode=False)\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr.strip() == "[]"


def test_nothing_that_a_file_names_is_imported(tmp_path):
    marker = tmp_path / "marker"
    (tmp_path / "their_module.py").write_text(f"open({str(marker)!r}, 'w').close()", encoding="utf-8")
    path = save(tmp_path / "m.perdure", Object("their_module:Thing", {"f": Global("their_module:function")}))
    done = run_process("inspect", path, PYTHONPATH=os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", ""))))
    assert done.returncode == 0
    assert "Thing" in done.stdout
    assert not marker.exists()
