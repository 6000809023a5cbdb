"""Structural codecs: trees walked node by node against what the codecs make, golden files, and files that lie."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrays.forests import TREE, forest, forests
from perdure.arrays.native import native, use_native
from perdure.arrays.region import read_region, write_region
from perdure.arrays.store import ArrayStore
from perdure.arrays.structural.children import bits_of, leaves_of_bits
from perdure.arrays.structural.hints import Hint
from perdure.arrays.structural.registry import CODECS
from perdure.arrays.structural.trees import Trees
from perdure.errors import FormatError, InvalidError
from perdure.graph.limits import Limits

GOLDEN = Path(__file__).parent / "golden"
#: Codec → the array that it makes, and those that it needs.
MADE = {
    "preorder": ("left_child",),
    "left": ("left_child",),
    "right": ("right_child",),
    "splits": ("threshold",),
    "sums": ("n_node_samples",),
    "converted": ("weighted_n_node_samples", "whole_weights"),
    "majority": ("missing_go_to_left", "n_node_samples"),
    "fractions": ("values", "weighted_n_node_samples"),
    "gini": ("impurity", "values", "weighted_n_node_samples"),
    "means": ("mean", "weighted_n_node_samples"),
    "variances": ("variance", "mean", "weighted_n_node_samples"),
    "thresholds": ("num_threshold", "bin_feature", "bin", "categorical"),
    "depths": ("depth",),
    "mapped": ("path_length", "n_node_samples"),
}
#: Codec → arrays that are no columns of nodes.
TABLES = {"thresholds": ("ends",)}
FIELDS = {
    name: (codec, *inputs)
    for codec, (name, *inputs) in MADE.items()
    if name in (*TREE, "values") and codec not in ("left", "converted")
} | {
    "feature": ("splits",),
    "weighted_n_node_samples": ("sums",),
}


@pytest.fixture(params=[False, True], ids=["numpy", "native"], autouse=True)
def way(request):
    """Each test once with numpy alone, and once with the compiled decoder where it is there."""
    before = native.active
    if use_native(request.param) is not request.param:
        pytest.skip("the compiled decoder was not built")
    yield
    use_native(before)


def rows(array):
    return np.ascontiguousarray(array.reshape(len(array), -1))


def columns_of(made):
    found, _ = made.arrays()
    weights = found["weighted_n_node_samples"]
    # As a regressor has them: by sums over the samples, so that a split is not exactly what its children make it.
    rng = np.random.default_rng(len(weights))
    total, squares = (found["n_node_samples"] * rng.normal(3, 0.1, len(weights)) for _ in range(2))
    for node in reversed(range(len(weights))):
        if (left := found["left_child"][node]) != -1:
            start = made.offsets[np.searchsorted(made.offsets, node, side="right") - 1]
            right = found["right_child"][node]
            for sums in (total, squares):
                sums[node] = sums[start + left] + sums[start + right]
    mean = total / weights
    leaf = found["left_child"] == -1
    depth = np.zeros(len(leaf), "<u4")
    for start, stop in pairwise(made.offsets):
        for node in np.flatnonzero(~leaf[start:stop]):
            for side in ("left_child", "right_child"):
                depth[start + found[side][start + node]] = depth[start + node] + 1
    # Five bins have four ends; beyond the last one there is none.
    ends = rng.normal(size=(40, 4))
    bins, categorical = rng.integers(0, 5, len(leaf)).astype("u1"), (rng.random(len(leaf)) < 0.2).astype("u1")
    threshold = np.zeros(len(leaf))
    for node in np.flatnonzero(~leaf & (categorical == 0)):
        threshold[node] = ends[found["feature"][node], bins[node]] if bins[node] < 4 else np.inf
    return found | {
        "depth": depth,
        "path_length": np.log(found["n_node_samples"]),
        "ends": ends,
        "bin": bins,
        "bin_feature": np.where(leaf, 0, found["feature"]),
        "categorical": categorical,
        "num_threshold": threshold,
        "whole_weights": weights.astype(np.int64),
        "mean": mean.reshape(-1, 1, 1),
        "variance": np.abs(squares / weights - mean * mean),
    }


def decoded(codec, kept, trees, inputs, like):
    out = np.empty_like(like)
    for part in trees:
        codec.decode(part, kept.of(part), codec.given(part, inputs), out[part.rows])
    return out


@pytest.mark.parametrize("name", MADE)
@given(made=forests())
def test_codecs_make_what_a_walk_over_the_nodes_makes(name, made):
    columns, trees, codec = columns_of(made), made.trees(), CODECS[name]
    values, *inputs = (rows(columns[column]) for column in MADE[name])
    inputs += [columns[table] for table in TABLES.get(name, ())]
    assert trees.preorder
    kept = codec.encode(values, trees, inputs)
    assert kept is not None
    if name != "preorder":
        kept = codec.read(np.frombuffer(kept.content(), np.uint8), values.shape[1], trees)
    assert decoded(codec, kept, trees, inputs, values).tobytes() == values.tobytes()


@given(forests())
def test_depths_are_those_of_a_walk(made):
    columns, offsets = made.arrays()
    depths = []
    for start in offsets[:-1]:
        depth, below = 0, [(start, 0)]
        while below:
            node, level = below.pop()
            depth = max(depth, level)
            if columns["left_child"][node] != -1:
                below += [(start + columns[side][node], level + 1) for side in ("left_child", "right_child")]
        depths.append(depth)
    assert made.trees().depths.tolist() == depths


@given(st.lists(st.integers(0, 1), min_size=1, max_size=12), st.data())
def test_what_is_no_preorder_is_seen(leaf, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(leaf)), max_size=3)))
    offsets = [0, *cuts, len(leaf)]
    trees = Trees(np.array(leaf, np.uint8), np.array(offsets, np.int64))
    good = True
    for start, stop in pairwise(offsets):
        wanted, at = 1, start
        while wanted and at < stop:
            wanted += -1 if leaf[at] else 1
            at += 1
        good = good and start < stop == at and not wanted
    assert trees.preorder is good


def one_tree(left, right):
    """Return the depth of a tree of these children, by the book; None where they make none."""
    depths = [0] + [None] * (len(left) - 1)
    for node, children in enumerate(zip(left, right, strict=True)):
        if depths[node] is None or (-1 in children and children != (-1, -1)):
            return None
        for child in children if children != (-1, -1) else ():
            if not node < child < len(left) or depths[child] is not None:
                return None
            depths[child] = depths[node] + 1
    return max(depths)


@given(forests(), st.data())
def test_compiled_code_walks_over_children_as_one_does(made, data):
    if not native.active:
        return
    columns, offsets = made.arrays()
    left, right = columns["left_child"], columns["right_child"]
    for _ in range(data.draw(st.integers(0, 2))):
        side = data.draw(st.sampled_from((left, right)))
        side[data.draw(st.integers(0, len(side) - 1))] = data.draw(
            st.integers(-3, 12) | st.sampled_from((2**62, -(2**63)))
        )
    feature, most = columns["feature"], np.array([data.draw(st.sampled_from((40, 40, 40, 7, 0)))], np.int64)
    if data.draw(st.booleans()):
        feature[data.draw(st.integers(0, len(feature) - 1))] = data.draw(st.sampled_from((-1, 40, 2**62, -(2**63))))
    found = np.zeros(len(offsets) - 1, np.int64)
    good = native.walk(left, right, offsets, found, feature, most)
    expected = [one_tree(left[a:b].tolist(), right[a:b].tolist()) for a, b in pairwise(offsets)]
    used = feature[left != -1]
    assert good is (None not in expected and bool(((used >= 0) & (used < most)).all()))
    assert not good or found.tolist() == expected


# --- golden files ---------------------------------------------------------------------------------


def test_every_structural_codec_has_its_golden_file():
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(CODECS) == set(MADE)


@pytest.mark.parametrize("name", MADE)
def test_codecs_match_their_golden_files(name):
    for case in json.loads((GOLDEN / f"{name}.json").read_text()):
        trees = Trees(np.array(case["leaf"], np.uint8), np.array(case["offsets"], np.int64))
        codec, content = CODECS[name], np.frombuffer(bytes.fromhex(case["kept"]), np.uint8)
        values = np.array(case["values"], case["dtype"]).reshape(len(trees.leaf), -1)
        inputs = [np.array(array, dtype).reshape(len(trees.leaf), -1) for dtype, array in case["inputs"]]
        inputs += [np.array(array, dtype) for dtype, array in case.get("tables", ())]
        if name == "preorder":
            assert leaves_of_bits(content, len(trees.leaf)).tolist() == case["leaf"]
            content = content[:0]
        kept = codec.read(content, values.shape[1], trees)
        assert decoded(codec, kept, trees, inputs, values).tobytes() == values.tobytes()
        again = codec.encode(values, trees, inputs)
        assert (bits_of(trees.leaf) if name == "preorder" else again.content()).hex() == case["kept"]


# --- in a region ----------------------------------------------------------------------------------


def written(columns, offsets, compression="auto", **changed):
    """Return the region of a forest, and what belongs to it."""
    store, names = ArrayStore(), [*TREE, "values"]
    for name in names:
        store.add({**columns, **changed}[name])
    cuts = store.add(offsets)
    hints = {}
    for name, (codec, *inputs) in FIELDS.items():
        own = None if codec == "preorder" else names.index("left_child")
        hints[names.index(name)] = [Hint(codec, own, cuts, tuple(map(names.index, inputs)))]
    pairs = [(number, number) for number in range(cuts + 1)]
    stored = [pair for pair in pairs if store.nbytes(pair[0]) >= 256]
    made = write_region(store, stored, compression=compression, hints=hints, numbers=dict(pairs))
    inline = {number: store.content(number) for number, _ in pairs if (number, number) not in stored}
    return made, [store.spec(number) for number, _ in pairs], inline, store


LARGE = forest(7, 60, 9)


def all_of(made, specs, inline, storage):
    """Read every array of a region."""
    back = read(made, specs, inline, storage)
    for number in range(len(specs)):
        back.content(number)


def read(made, specs, inline, storage=None, **limits):
    data = memoryview(b"".join(made.chunks()))
    return read_region(data, specs, made.storage if storage is None else storage, Limits(**limits), inline=inline)


def test_a_forest_is_kept_as_little_and_comes_back_the_same():
    columns, offsets = LARGE.arrays()
    made, specs, inline, store = written(columns, offsets)
    assert {row[1][0] for row in made.storage.values() if type(row[1]) is list} == {
        codec for codec, *_ in FIELDS.values()
    }
    assert made.size < 0.15 * sum(store.nbytes(number) for number in range(len(specs)))
    back = read(made, specs, inline)
    for number, spec in enumerate(specs):
        assert back.content(number) == store.content(number)
        assert back.view(number).dtype.str == spec.dtype
        assert back.digest(number) == store.digest(number)
        # The second one is made anew, and nobody else's.
        first, second = back.array(number), back.array(number)
        assert first.tobytes() == second.tobytes() == store.content(number)
        assert not np.shares_memory(first, second)
        assert first.flags.writeable


def test_the_same_forest_is_the_same_bytes():
    regions = [written(*forest(3, 30, 8).arrays())[0] for _ in range(2)]
    assert regions[0].sha256 == regions[1].sha256
    assert regions[0].storage == regions[1].storage


def test_the_raw_profile_has_no_array_made_from_others():
    made, *_ = written(*LARGE.arrays(), compression=None)
    assert made.storage == {}


@pytest.mark.parametrize("name", [*TREE, "values"])
def test_one_value_that_does_not_follow_is_kept_all_the_same(name):
    columns, offsets = LARGE.arrays()
    for place in (0, 17, -1):
        changed = columns[name].copy()
        flat = changed.reshape(-1).view(np.uint8)
        flat[place * changed.itemsize if place >= 0 else -changed.itemsize] ^= 1
        made, specs, inline, store = written(columns, offsets, **{name: changed})
        back = read(made, specs, inline)
        for number in range(len(specs)):
            assert back.content(number) == store.content(number)


def test_two_of_the_same_bytes_and_different_dtypes_are_no_secret():
    columns, offsets = LARGE.arrays()
    changed = columns["n_node_samples"].view("<f8")
    made, specs, inline, store = written(columns, offsets, impurity=changed)
    back = read(made, specs, inline)
    assert all(back.content(number) == store.content(number) for number in range(len(specs)))


# --- bins ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["stack", "rows", "list"])
def test_the_ends_of_bins_stand_in_one_array_or_in_many(form):
    columns, trees, codec = columns_of(LARGE), LARGE.trees(), CODECS["thresholds"]
    values, *inputs = (rows(columns[column]) for column in MADE["thresholds"])
    ends = columns["ends"]
    tables = {"stack": [ends], "rows": [ends.reshape(-1), np.arange(41) * 4], "list": list(ends)}[form]
    kept = codec.encode(values, trees, [*inputs, *tables])
    assert decoded(codec, kept, trees, [*inputs, *tables], values).tobytes() == values.tobytes()
    # Of a feature less than there are, nothing can be made.
    fewer = {"stack": [ends[:30]], "rows": [ends[:30].reshape(-1), np.arange(31) * 4], "list": list(ends[:30])}[form]
    assert codec.encode(values, trees, [*inputs, *fewer]) is None
    with pytest.raises(FormatError, match="no bins"):
        decoded(codec, kept, trees, [*inputs, *fewer], values)


@pytest.mark.parametrize("cuts", [[0, 4], [4, 160], [0, 8, 4, 160], [-1, 160], [0, 161]])
def test_bins_that_are_not_cut_into_features_are_refused(cuts):
    columns, trees, codec = columns_of(LARGE), LARGE.trees(), CODECS["thresholds"]
    values, *inputs = (rows(columns[column]) for column in MADE["thresholds"])
    tables = [columns["ends"].reshape(-1), np.array(cuts)]
    with pytest.raises(InvalidError, match="offsets"):
        decoded(codec, codec.encode(values, trees, [*inputs, columns["ends"]]), trees, [*inputs, *tables], values)


def test_what_stands_for_another_number_is_kept_once():
    columns, trees, codec = columns_of(LARGE), LARGE.trees(), CODECS["mapped"]
    values, keys = (rows(columns[column]) for column in MADE["mapped"])
    kept = codec.encode(values, trees, [keys])
    assert len(kept.content()) == 16 * len(np.unique(keys))
    pairs = np.frombuffer(kept.content(), "<i8").reshape(2, -1)
    for wrong in (pairs[:, ::-1], pairs[:, :0], np.repeat(pairs, 2, axis=1)):
        with pytest.raises(FormatError, match="rise"):
            codec.read(np.frombuffer(wrong.tobytes(), np.uint8), 1, trees)
    with pytest.raises(FormatError, match="pairs"):
        codec.read(np.zeros(24, np.uint8), 1, trees)
    fewer = codec.read(np.frombuffer(pairs[:, 1:].tobytes(), np.uint8), 1, trees)
    with pytest.raises(FormatError, match="stands for"):
        decoded(codec, fewer, trees, [keys], values)


def test_depths_that_begin_anywhere():
    columns, trees, codec = columns_of(LARGE), LARGE.trees(), CODECS["depths"]
    for dtype, first in (("<i8", 1), ("<f8", 1), ("<u4", 0), ("<i4", -5)):
        values = rows((columns["depth"].astype("<i8") + first).astype(dtype))
        kept = codec.encode(values, trees, [])
        assert decoded(codec, kept, trees, [], values).tobytes() == values.tobytes()
    assert codec.encode(rows(np.full(len(trees.leaf), np.nan)), trees, []) is None
    assert codec.encode(rows(np.full(len(trees.leaf), 2**40)), trees, []) is None


# --- files that lie -------------------------------------------------------------------------------

NUMBER = {name: number for number, name in enumerate([*TREE, "values", "offsets"])}
LEFT, CUTS = NUMBER["left_child"], NUMBER["offsets"]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("right_child", ["wrong", LEFT, CUTS]),
        ("right_child", []),
        ("right_child", [None, LEFT]),
        ("right_child", [["right"], LEFT]),
        ("right_child", ["right"]),
        ("right_child", ["right", LEFT, CUTS, CUTS]),
        ("right_child", ["right", "0", CUTS]),
        ("right_child", ["right", True, CUTS]),
        ("right_child", ["right", -1, CUTS]),
        ("right_child", ["right", 10_000, CUTS]),
        ("right_child", ["right", NUMBER["right_child"], CUTS]),
        ("right_child", ["right", NUMBER["threshold"], CUTS]),
        ("right_child", ["right", NUMBER["values"], CUTS]),
        ("right_child", ["right", CUTS, CUTS]),
        ("right_child", ["right", LEFT, NUMBER["n_node_samples"]]),
        ("right_child", ["right", LEFT, NUMBER["threshold"]]),
        ("right_child", ["right", LEFT]),
        ("impurity", ["gini", LEFT, CUTS, NUMBER["impurity"], NUMBER["weighted_n_node_samples"]]),
        ("impurity", ["gini", LEFT, CUTS, NUMBER["values"], CUTS]),
        ("weighted_n_node_samples", ["converted", LEFT, CUTS, NUMBER["values"]]),
        ("missing_go_to_left", ["majority", LEFT, CUTS, NUMBER["impurity"]]),
        ("left_child", ["preorder"]),
        ("left_child", ["left", NUMBER["right_child"], CUTS]),
    ],
)
def test_what_no_codec_can_make_is_refused(name, how):
    made, specs, inline, _ = written(*LARGE.arrays())
    storage = dict(made.storage)
    row = storage[str(NUMBER[name])]
    storage[str(NUMBER[name])] = [row[0], how, *row[2:]]
    with pytest.raises(FormatError) as caught:
        all_of(made, specs, inline, storage)
    assert len(str(caught.value)) < 300


def test_arrays_that_are_made_of_each_other_without_end_are_refused():
    count = 400
    store = ArrayStore()
    for _ in range(count):
        store.add(np.full(1001, -1))
    specs = [store.spec(number) for number in range(count)]
    storage = {str(number): [0, ["left", (number + 1) % count]] for number in range(count - 1)}
    raw = write_region(store, [(count - 1, count - 1)], compression=None)
    with pytest.raises(FormatError, match="without an end"):
        read(raw, specs, {}, storage)


def kept_of(*leaves):
    """A region whose one array keeps these bytes as the bits of its leaves."""
    store = ArrayStore()
    store.add(np.arange(64))
    spec = store.spec(0)
    content = np.array(leaves, np.uint8)
    holder = ArrayStore()
    holder.add(content)
    region = write_region(holder, [(0, 0)], compression=None)
    return region, spec, len(content)


@pytest.mark.parametrize("leaf", [[0] * 64, [1] * 64, [0, 1, 1] * 21 + [1], [1, 0] * 32])
def test_bits_that_are_no_trees_are_refused(leaf):
    region, spec, size = kept_of(*np.packbits(leaf).tolist())
    back = read(region, [spec], {}, {"0": [size, ["preorder"]]})
    with pytest.raises(FormatError, match="preorder"):
        back.view(0)


@pytest.mark.parametrize("size", [1, 7, 9, 200])
def test_bits_of_another_number_are_refused(size):
    region, spec, size = kept_of(*([255] * size))
    back = read(region, [spec], {}, {"0": [size, ["preorder"]]})
    with pytest.raises(FormatError, match="bytes"):
        back.view(0)


@pytest.mark.parametrize("name", ["n_node_samples", "values"])
def test_kept_bytes_of_another_number_are_refused(name):
    made, specs, inline, _ = written(*LARGE.arrays())
    number, feature = NUMBER[name], NUMBER["feature"]
    storage = dict(made.storage)
    # Each says that it is made the way of the other one.
    one, other = storage[str(number)], storage[str(feature)]
    storage[str(number)], storage[str(feature)] = [one[0], other[1], *one[2:]], [other[0], one[1], *other[2:]]
    with pytest.raises(FormatError):
        all_of(made, specs, inline, storage)


def test_floats_are_not_kept_as_fewer_bytes():
    codec, trees = CODECS["splits"], LARGE.trees()
    kept = codec.read(np.zeros(8 + 2 * trees.n_splits, np.uint8), 1, trees)
    with pytest.raises(FormatError, match="floats"):
        decoded(codec, kept, trees, [], np.zeros((len(trees.leaf), 1)))


def test_the_limits_count_what_is_made():
    from perdure.errors import LimitError

    made, specs, inline, _ = written(*LARGE.arrays())
    with pytest.raises(LimitError):
        read(made, specs, inline, decoded_bytes=1000)
