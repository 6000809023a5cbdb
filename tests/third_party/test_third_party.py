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


def test_a_quantile_forest_in_another_order_is_read_in_its_own(made):
    """Found by the fuzzer: its compiled code took the memory for one in C order, and read beyond it."""
    from attacks.craft import Graph

    _, data, rows, expected = made["ExtraTreesQuantileRegressor, two outputs"]
    crafted = Graph(perdure.loads(data, trusted=["quantile_forest"]))
    for name in ("y_train_leaves", "y_train", "y_bound_leaves"):
        crafted = crafted.change("quantile_forest:QuantileForest/1", name, np.asfortranarray)
    again = perdure.loads(crafted.bytes(), trusted=["quantile_forest"])
    assert not again.forest_.__reduce__()[1][1].flags.f_contiguous
    assert np.array_equal(again.predict(rows), expected["predict"])


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
    "another objective than its trees": (r"num_class:3", "num_class:4"),
    "fewer trees a round than classes": (r"num_tree_per_iteration=3", "num_tree_per_iteration=1"),
    "a line among the parameters that is none": (r"\[group_column: \]\n", "num_cat=0\n"),
    "a parameter twice": (r"(\[group_column: \]\n)", r"\1\1"),
    "parameters without an end": (r"end of parameters", "end"),
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


def trees_of(model):
    booster = model["learner"]["gradient_booster"]
    return booster.get("gbtree", booster)["model"]


def element(name, at, new, tree=0):
    def change(model):
        array = trees_of(model)["trees"][tree][name] = np.array(trees_of(model)["trees"][tree][name])
        array[at] = new

    return change


def member(name, new, tree=0):
    return lambda model: trees_of(model)["trees"][tree].__setitem__(name, new)


def said(*path):
    *holders, last, new = path

    def change(model):
        holder = model
        for name in holders:
            holder = holder[name]
        holder[last] = new

    return change


MODEL, TREES = ("learner", "learner_model_param"), ("learner", "gradient_booster", "model")
# Each of these ended the process, filled the memory or read what was not there, before the model was looked at.
LIES_OF_XGBOOST = {
    "a child beyond the nodes": element("left_children", 0, 999),
    "a child that is its parent": element("right_children", 0, 0),
    "two parents": element("right_children", 0, 1),
    "a leaf with a child": element("right_children", -1, 1),
    "a feature that is not there": element("split_indices", 0, 77),
    "a negative feature": element("split_indices", 0, -1),
    "a parent beyond the nodes": element("parents", 1, 2**31 - 2),
    "a root with a parent": element("parents", 0, 1),
    "fewer nodes than it says": said(*TREES, "trees", 0, "tree_param", "num_nodes", "400"),
    "no nodes": said(*TREES, "trees", 0, "tree_param", "num_nodes", "0"),
    "leaves of many outputs": said(*TREES, "trees", 0, "tree_param", "size_leaf_vector", "7"),
    "a weight too few": member("base_weights", np.zeros(1, np.float32)),
    "a threshold too few": member("split_conditions", np.zeros(1, np.float32)),
    "a tree at another place": member("id", 3),
    "a node of no kind": element("split_type", 0, 2),
    "a split by categories without any": element("split_type", 0, 1),
    "trees that are not there": said(*TREES, "gbtree_model_param", "num_trees", "5000"),
    "a tree of an output that is not there": said(*TREES, "tree_info", [9] * 8),
    "rounds beyond the trees": said(*TREES, "iteration_indptr", [0, 7, 99]),
    "rounds that go back": said(*TREES, "iteration_indptr", [0, 9, 3, 8]),
    "trees side by side without number": said(*TREES, "gbtree_model_param", "num_parallel_tree", "100000000"),
    "classes without number": said(*MODEL, "num_class", "100000000"),
    "an objective of more classes": said("learner", "objective", "softmax_multiclass_param", {"num_class": "50"}),
    "more features than it has": said(*MODEL, "num_feature", "2"),
    "a score that is no number": said(*MODEL, "base_score", "x"),
    "names of other features": said("learner", "feature_names", ["a"]),
    "a version of another world": said("version", [0, 0, 0]),
    "a drop of other trees": said(*TREES, "weight_drop", [1.0]),
    "a booster of its own": said("learner", "gradient_booster", "name", "gbforest"),
}
LIES_OF_CATEGORIES = {
    "categories beyond the list": element("categories_sizes", 0, 99),
    "categories before the list": element("categories_segments", 0, -5),
    "a category beyond number": element("categories", 0, 2**31 - 2),
    "a negative category": element("categories", 0, -2),
    "categories of a node that has none": element("categories_nodes", 0, 0),
    "a column of other categories": said(*TREES, "cats", "feature_segments", np.array([0, 9, 9], np.int32)),
    "categories in no order": said(*TREES, "cats", "sorted_idx", np.array([7, 7], np.int32)),
    "texts beyond their end": said(*TREES, "cats", "enc", 0, "offsets", np.array([0, 4, 99], np.int32)),
}


@pytest.mark.parametrize("lie", [*LIES_OF_XGBOOST, *LIES_OF_CATEGORIES])
def test_a_model_of_xgboost_that_lies_is_refused(lie):
    from perdure.converters.packs.ubjson import read_ubjson
    from perdure.converters.packs.xgboost_model import check_booster
    from third_party.ubjson import write_ubjson

    many = lie in LIES_OF_CATEGORIES
    booster = CASES["XGBRegressor, categories" if many else "XGBClassifier"][1]()[0].get_booster()
    raw = bytes(booster.save_raw("ubj"))
    model = read_ubjson(raw)
    trees = trees_of(model)["trees"]
    if many:
        # The first tree that splits by a category comes first.
        at = next(i for i, tree in enumerate(trees) if len(tree["categories"]))
        trees[0], trees[at] = {**trees[at], "id": 0}, {**trees[0], "id": at}
    check_booster(write_ubjson(model))
    (LIES_OF_CATEGORIES if many else LIES_OF_XGBOOST)[lie](model)
    with pytest.raises(perdure.InvalidError):
        check_booster(write_ubjson(model))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{}x",
        b"[#L" + b"\x7f" * 8,
        b"[$dL#L" + b"\x7f" * 8,
        b"[$d#L" + b"\x7f" * 8,
        b"[$S#L" + bytes(8),
        b"[$l#L" + b"\xff" * 8,
        b"{L" + b"\xff" * 8,
        b"{i\x01a",
        b"{" + 2 * (b"L" + bytes(7) + b"\x01aZ") + b"}",
        b"[" * 100_000,
        b"N",
    ],
)
def test_bytes_that_are_no_ubjson_are_refused(data):
    from perdure.converters.packs.ubjson import read_ubjson

    with pytest.raises(perdure.InvalidError, match="no UBJSON"):
        read_ubjson(data)


def test_a_model_of_xgboost_that_lies_is_refused_in_a_file(made):
    from attacks.craft import Graph
    from perdure.converters.packs.ubjson import read_ubjson
    from third_party.ubjson import write_ubjson

    def lie(data):
        model = read_ubjson(data)
        element("left_children", 0, 999)(model)
        return write_ubjson(model)

    crafted = Graph(perdure.loads(made["XGBClassifier"][1], trusted=["xgboost"]))
    crafted = crafted.change("xgboost:Booster/1", "model", lie).bytes()
    with pytest.raises(perdure.InvalidError, match="leads out of itself") as caught:
        perdure.loads(crafted, trusted=["xgboost"])
    assert caught.value.path == "model._Booster"


@pytest.mark.parametrize("new", [b"", b"CBM1", b"x" * 300, 5, None])
def test_what_catboost_itself_refuses_is_an_error_of_perdure(new, made):
    """CatBoost's own exceptions derive from none of perdure's. That it crashes over others, docs/third_party.md says."""
    from attacks.craft import Graph

    crafted = Graph(perdure.loads(made["CatBoostClassifier"][1], trusted=["catboost"]))
    crafted = crafted.change("catboost.core:CatBoostClassifier", "__model", lambda _: new).bytes()
    with pytest.raises(perdure.InvalidError, match="CatBoostClassifier"):
        perdure.loads(crafted, trusted=["catboost"])


@pytest.mark.parametrize("name", ["XGBClassifier", "LGBMClassifier", "EasyEnsembleClassifier", "OneHotEncoder"])
def test_old_pickles_too(name):
    library, make = CASES[name]
    model, rows = make()
    again = perdure.loads(pickle.dumps(model), trusted=[library])
    for method, expected in outputs(model, rows).items():
        assert np.array_equal(outputs(again, rows)[method], expected)
