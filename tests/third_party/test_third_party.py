"""Other libraries' estimators: saved here, loaded in a fresh process, the same to the bit, for a reader who names them."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import perdure
from third_party.models import CASES, outputs

CHILD = """
import pickle, sys, warnings
warnings.simplefilter("ignore")
import perdure
from third_party.models import outputs
path, library = sys.argv[1:]
given = pickle.load(open(path, "rb"))
found = {}
for name, (library, data, rows) in given.items():
    model = perdure.loads(data, trusted=[library])
    found[name] = outputs(model, rows), perdure.dumps(model) == data
pickle.dump(found, sys.stdout.buffer)
"""


@pytest.fixture(scope="module")
def made():
    found = {}
    for name, (library, make) in CASES.items():
        model, rows = make()
        found[name] = library, perdure.dumps(model), rows, outputs(model, rows)
    return found


@pytest.fixture(scope="module")
def loaded(made, tmp_path_factory):
    path = tmp_path_factory.mktemp("third") / "given.pkl"
    path.write_bytes(pickle.dumps({name: row[:3] for name, row in made.items()}))
    tests = str(Path(__file__).parents[1])
    around = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [tests, os.environ.get("PYTHONPATH")]))}
    done = subprocess.run([sys.executable, "-c", CHILD, path, ""], capture_output=True, timeout=600, env=around)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return pickle.loads(done.stdout)


@pytest.mark.parametrize("name", list(CASES))
def test_a_fresh_process_predicts_the_same(name, made, loaded):
    outputs_there, same_bytes = loaded[name]
    assert outputs_there.keys() == made[name][3].keys()
    assert outputs_there
    for method, expected in made[name][3].items():
        found = outputs_there[method]
        assert found.dtype == expected.dtype, method
        assert np.array_equal(found, expected, equal_nan=found.dtype.kind == "f"), method
    # CatBoost writes when and where a model was read into it.
    assert same_bytes or made[name][0] == "catboost"


@pytest.mark.parametrize("name", list(CASES))
def test_nothing_of_a_library_loads_unnamed(name, made):
    library, data, _, _ = made[name]
    with pytest.raises(perdure.UntrustedError) as caught:
        perdure.loads(data)
    assert {item.library for item in caught.value.untrusted} == {library}
    assert f'trusted=["{library}"]' in caught.value.fix
    with pytest.raises(perdure.UntrustedError):
        perdure.loads(data, trusted=["sklearn"])


NATIVE = [name for name in CASES if CASES[name][0] in ("xgboost", "lightgbm", "catboost") and "searched" not in name]


@pytest.mark.parametrize("name", NATIVE)
def test_a_form_is_the_librarys_own_and_no_pickle(name, made):
    with perdure.open(io.BytesIO(made[name][1])) as file:
        texts = [value for value in walk_values(file.graph) if isinstance(value, (bytes, str)) and len(value) > 500]
    assert texts
    for text in texts:
        head = text[:5] if isinstance(text, bytes) else text[:5].encode()
        assert head.startswith((b"{", b"tree\n", b"CBM1")), head


def walk_values(graph):
    from perdure.graph.structure import walk

    for _, node in walk(graph):
        yield from getattr(node, "state", {}).values()


@pytest.mark.parametrize("name", ["XGBClassifier", "LGBMClassifier"])
@pytest.mark.parametrize("change", ["cut", "other", "empty", "wrong type"])
def test_a_damaged_model_is_refused(name, change, made):
    from attacks.craft import Graph

    library, data, _, _ = made[name]
    kind = f"{library}:Booster/1"
    new = {"cut": lambda m: m[: len(m) // 2], "other": lambda m: m[:0] + (b"x" if isinstance(m, bytes) else "x")}
    new |= {"empty": lambda m: m[:0], "wrong type": lambda m: 5}
    model = perdure.loads(data, trusted=[library])
    crafted = Graph(model).change(kind, "model", new[change]).bytes()
    with pytest.raises(perdure.PerdureError):
        perdure.loads(crafted, trusted=[library])


def test_a_quantile_forest_whose_leaves_lie_is_refused(made):
    from attacks.craft import Graph

    model = perdure.loads(made["RandomForestQuantileRegressor"][1], trusted=["quantile_forest"])

    def lie(array):
        array.flat[0] = 10**9
        return array

    crafted = Graph(model).change("quantile_forest:QuantileForest/1", "y_train_leaves", lie).bytes()
    with pytest.raises(perdure.InvalidError, match="beyond the training targets"):
        perdure.loads(crafted, trusted=["quantile_forest"])


LIES = {
    "a child beyond the splits": (r"left_child=(-?\d+)", "left_child=999"),
    "a child that is its parent": (r"right_child=-?\d+", "right_child=0"),
    "a feature that is not there": (r"split_feature=\d+", "split_feature=77"),
    "more leaves than it has": (r"num_leaves=\d+", "num_leaves=400"),
    "leaves beyond number": (r"num_leaves=\d+", "num_leaves=2147483647"),
    "no leaf values": (r"leaf_value=", "leaf_valu="),
    "a number that is none": (r"leaf_value=-?", "leaf_value=x"),
    "a category beyond its words": (r"cat_boundaries=0 \d+", "cat_boundaries=0 9999"),
    "a size that is not the tree's": (r"tree_sizes=\d+", "tree_sizes=1"),
    "classes that it has no trees for": (r"num_class=\d+", "num_class=1000000"),
    "fewer features than are used": (r"max_feature_idx=\d+", "max_feature_idx=-1"),
    "a line of its own": (r"shrinkage=", "x=1\nshrinkage="),
    "one line twice": (r"num_cat=", "num_cat=7\nnum_cat="),
}


@pytest.mark.parametrize("lie", list(LIES))
def test_a_text_of_lightgbm_that_lies_is_refused(lie, made):
    """Each of these ended the process, or read what was not there, before the text was looked at."""
    import re

    from perdure.converters.packs.lightgbm_text import check_model

    name = "LGBMRegressor, many categories" if "categor" in lie else "LGBMClassifier"
    text = perdure.loads(made[name][1], trusted=["lightgbm"]).booster_.model_to_string()
    check_model(text)
    changed = re.sub(*LIES[lie], text, count=1)
    assert changed != text
    head, _, rest = changed.partition("\n\n")
    if "size" not in lie:
        # The sizes are those of the changed text, so that what is inside has to be seen.
        blocks = re.split(r"(?=Tree=\d+\n)", rest.partition("end of trees\n")[0])[1:]
        sizes = " ".join(str(len(block.encode())) for block in blocks)
        changed = re.sub(r"tree_sizes=.*", f"tree_sizes={sizes}", head) + "\n\n" + rest
    with pytest.raises(perdure.InvalidError):
        check_model(changed)


@pytest.mark.parametrize("name", ["XGBClassifier", "LGBMClassifier", "EasyEnsembleClassifier", "OneHotEncoder"])
def test_old_pickles_too(name):
    library, make = CASES[name]
    model, rows = make()
    again = perdure.loads(pickle.dumps(model), trusted=[library])
    for method, expected in outputs(model, rows).items():
        assert np.array_equal(outputs(again, rows)[method], expected)
