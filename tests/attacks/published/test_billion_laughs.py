"""Billion laughs, YAML's and XML's oldest: a hundred bytes that stand for a billion values.

A value that is made of itself twice, again and again. What references lead to is counted before anything is built,
in time that grows with the file and not with what it stands for.
"""

from __future__ import annotations

import pandas as pd
import pytest

import perdure
from attacks.craft import file_of, file_of_json
from attacks.published.refusals import refused
from perdure.errors import FormatError, InvalidError, LimitError, PerdureError
from perdure.graph.nodes import Batch, Def, Dict, Each, Global, List, ListOf, Object, Objects, Range, Ref, Slice, Tuple

RIDGE = "sklearn.linear_model._ridge:Ridge"
STR = Global("builtins:str")


def laughs(levels, twice, inner="ha"):
    """A value that holds itself twice, so many times over; ``twice`` makes one of two."""
    node = Def(levels, List((inner,)))
    for level in range(levels - 1, -1, -1):
        node = Def(level, twice(node, Ref(level + 1)))
    return node


def of_four(a, b):
    """A batch of estimators, all of them with the same thing inside."""
    return ListOf(Batch(RIDGE, 4, {"alpha": Tuple((a, b))}, {}))


HOLDERS = {
    "lists": lambda a, b: List((a, b)),
    "tuples": lambda a, b: Tuple((a, b)),
    "values of dicts": lambda a, b: Dict((("a", a), ("b", b))),
    "arrays of objects": lambda a, b: Objects((2,), "C", (a, b)),
    "attributes": lambda a, b: Object(RIDGE, {"alpha": a, "solver": b}),
    "slices": lambda a, b: Slice(a, b, None),
    "columns": lambda a, b: ListOf(Each((a, b, b, b))),
    "arguments": lambda a, b: Object("functools:partial/1", {"args": Tuple((a, b)), "func": STR, "keywords": Dict(())}),
    "batches": of_four,
}


@pytest.mark.parametrize("levels", [30, 60])
@pytest.mark.parametrize("holder", HOLDERS)
def test_what_doubles_is_refused(tmp_path, holder, levels):
    """Sixty levels of four stand for more values than any memory holds: only counting can have been done."""
    data = file_of(laughs(levels, HOLDERS[holder]))
    assert len(data) < 20_000
    found = refused(tmp_path, data, LimitError)
    assert "references" in str(found) or "limit" in str(found)


@pytest.mark.parametrize("holder", ["lists", "values of dicts", "attributes"])
def test_as_many_laughs_as_people_share_are_fine(holder):
    assert perdure.loads(file_of(laughs(3, HOLDERS[holder]))) is not None


def test_constants_of_batches_in_batches_multiply(tmp_path):
    """Without a single reference: four estimators, each with a batch of four, each with one of four."""
    node = 1.0
    for _ in range(20):
        node = ListOf(Batch(RIDGE, 4, {"alpha": node}, {}))
    refused(tmp_path, file_of(node), LimitError)
    node = 1.0
    for _ in range(3):
        node = ListOf(Batch(RIDGE, 4, {"alpha": node}, {}))
    made = perdure.loads(file_of(node))
    assert [len(made), len(made[0].alpha), len(made[0].alpha[0].alpha)] == [4, 4, 4]


@pytest.mark.parametrize("count", [2**62, 2**31, 10**9, -1])
def test_a_batch_that_says_it_is_long_is_not_believed(tmp_path, count):
    data = file_of(ListOf(Batch(RIDGE, count, {"alpha": 1.0}, {})))
    error = FormatError if count < 0 else LimitError
    refused(tmp_path, data, error)


@pytest.mark.parametrize("holder", ["lists", "values of dicts", "attributes", "arguments"])
def test_what_holds_itself_ends(tmp_path, holder):
    """A cycle is met once; where nothing can be made of it, it is refused."""
    data = file_of(Def(0, HOLDERS[holder](Ref(0), Ref(0))))
    try:
        made = perdure.loads(data)
    except PerdureError:
        return
    assert made is not None


def test_the_index_of_a_large_table_is_fine(tmp_path):
    index = pd.RangeIndex(10**7)
    assert perdure.loads(perdure.dumps([index]))[0].equals(index)
    data = file_of(List((Object("pandas:RangeIndex/1", {"name": None, "range": Range(0, 2**40, 1)}),)))
    refused(tmp_path, data, LimitError, match="numbers in one range")


def test_a_set_has_no_room_for_references(tmp_path):
    refused(tmp_path, file_of_json('["set",["def",0,["tuple","ha"]],["ref",0]]'), FormatError)
    assert perdure.loads(file_of_json('["set",["tuple","ha"]]')) == {("ha",)}


@pytest.mark.parametrize("depth", [300, 5_000, 100_000])
@pytest.mark.parametrize(
    ("opening", "closing"), [('["list",', "]"), ('{"a":', "}"), ('["def",{n},', "]"), ('["tuple",["list",', "]]")]
)
def test_depth_is_limited(tmp_path, depth, opening, closing):
    """What nests deeper than the interpreter follows: a limit, not its end."""
    text = "".join(opening.replace("{n}", str(n)) for n in range(depth)) + "1" + closing * depth
    path = tmp_path / "deep.perdure"
    path.write_bytes(file_of_json(text))
    with pytest.raises((LimitError, FormatError)):
        perdure.load(path)


@pytest.mark.parametrize("digits", [5_000, 200_000])
def test_numbers_of_thousands_of_digits_are_refused(tmp_path, digits):
    """Quadratic blow-up: to read a decimal number takes the square of its length."""
    for text in ("9" * digits, "-" + "9" * digits, "1e" + "9" * digits, "0." + "9" * digits):
        with pytest.raises(FormatError):
            perdure.loads(file_of_json(f'["list",{text}]'))


@pytest.mark.parametrize("name", ["n_jobs", "_n_jobs", "n_threads", "other"])
@pytest.mark.parametrize("value", [1 << 20_000, -(1 << 20_000)], ids=["above", "below"])
def test_numbers_that_cannot_be_printed_are_told_of(tmp_path, name, value):
    """In base sixteen a number of any length is read at once; Python refuses to print it in base ten."""
    for node, at in (
        (Dict(((name, value),)), f"model[0][{name!r}]"),
        (Object(RIDGE, {name: value}), f"model[0].{name}"),
        (ListOf(Batch(RIDGE, 4, {name: value}, {})), f"model[0][0].{name}"),
    ):
        data = file_of(List((node,)))
        if name == "other":
            assert perdure.loads(data) is not None
        else:
            refused(tmp_path, data, InvalidError, at)
