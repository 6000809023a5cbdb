"""The outline of a graph: every kind of node and column, as JSON and as a line of the tree."""

from __future__ import annotations

import json

import numpy as np
import pytest

import perdure
from cli.crafted import save
from cli.running import run, run_json
from perdure.arrays.store import ArrayStore
from perdure.graph.nodes import (
    Array,
    Batch,
    Dict,
    DictOf,
    DType,
    Each,
    Fields,
    FrozenSet,
    Global,
    List,
    ListOf,
    Lists,
    Numbers,
    Object,
    Objects,
    ObjectsOf,
    Range,
    Rows,
    Scalar,
    Scalars,
    Set,
    Slice,
    Stack,
    Structured,
    Texts,
    Tuple,
    TupleOf,
)
from perdure.reporting.text import clean, dtype_text, size_text

SCALER = "sklearn.preprocessing._data:StandardScaler"
PAIR = DType("", (("a", DType("<i8"), (), 0), ("b", DType("<f8"), (), 8)), 16)


def numbers(store, *values):
    return store.add(np.array(values))


def offsets(store, *values):
    return store.add(np.array(values, np.int64))


# Name → how to make the node, some of its JSON, a piece of its line.
CASES = {
    "none": (lambda s: None, {"kind": "value", "type": "NoneType", "value": None, "text": "None"}, "x=None"),
    "bool": (lambda s: True, {"kind": "value", "type": "bool", "value": True, "text": "True"}, "x=True"),
    "int": (lambda s: 7, {"type": "int", "value": 7, "text": "7"}, "x=7"),
    "big": (lambda s: 2**80, {"type": "int", "value": None, "text": str(2**80)}, f"x={2**80}"),
    "huge": (lambda s: 10**5000, {"value": None, "text": "an integer of 16,610 bits"}, "x=an integer of 16,610 bits"),
    "float": (lambda s: 0.1, {"type": "float", "value": 0.1, "text": "0.1"}, "x=0.1"),
    "nan": (lambda s: float("nan"), {"type": "float", "value": None, "text": "nan"}, "x=nan"),
    "complex": (lambda s: 1 + 2j, {"type": "complex", "value": None, "text": "(1+2j)"}, "x=(1+2j)"),
    "str": (lambda s: "it's", {"type": "str", "value": "it's", "text": '"it\'s"'}, 'x="it\'s"'),
    "bytes": (lambda s: b"\x00a", {"type": "bytes", "value": None, "text": "b'\\x00a'"}, "x=b'\\x00a'"),
    "ellipsis": (lambda s: ..., {"type": "ellipsis", "text": "Ellipsis"}, "x=Ellipsis"),
    "slice": (lambda s: Slice(1, None, 2), {"type": "slice", "text": "slice(1, None, 2)"}, "x=slice(1, None, 2)"),
    "range": (lambda s: Range(0, 9, 2), {"type": "range", "text": "range(0, 9, 2)"}, "x=range(0, 9, 2)"),
    "scalar": (lambda s: Scalar("<f4", 0.5), {"type": "<f4", "value": 0.5, "text": "float32(0.5)"}, "x=float32(0.5)"),
    "dtype": (lambda s: DType("<f8"), {"type": "dtype", "text": "dtype('<f8')"}, "x=dtype('<f8')"),
    "dtype of fields": (lambda s: PAIR, {"type": "dtype", "text": "dtype of 2 fields"}, "x=dtype of 2 fields"),
    "global": (lambda s: Global("numpy:log"), {"kind": "global", "type": "numpy:log", "trusted": True}, "x=numpy.log"),
    "strange global": (
        lambda s: Global("m:f"),
        {"kind": "global", "type": "m:f", "trusted": False},
        "x  f  m  not trusted",
    ),
    "list": (lambda s: List((1, "a")), {"kind": "list", "length": 2, "left_out": 0}, "x=[1, 'a']"),
    "tuple of one": (lambda s: Tuple((1,)), {"kind": "tuple", "length": 1}, "x=(1,)"),
    "set": (lambda s: Set((1,)), {"kind": "set", "length": 1}, "x={1}"),
    "frozenset": (lambda s: FrozenSet((1,)), {"kind": "frozenset", "length": 1}, "x=frozenset({1})"),
    "dict": (
        lambda s: Dict(((1, "a"), (Tuple((1, 2)), "b"))),
        {"kind": "dict", "length": 2},
        "x={1: 'a', (1, 2): 'b'}",
    ),
    "array": (
        lambda s: Array(s.add(np.arange(3.0))),
        {"kind": "array", "dtype": "<f8", "shape": [3], "order": "C", "bytes": 24, "values": [0.0, 1.0, 2.0]},
        "x  float64 (3,)  24 B  [0, 1, 2]",
    ),
    "array in Fortran order": (
        lambda s: Array(s.add(np.asfortranarray(np.ones((2, 3), ">i4")))),
        {"dtype": ">i4", "shape": [2, 3], "order": "F", "bytes": 24, "values": None},
        "x  int32 (big-endian) (2, 3)  24 B",
    ),
    "array of dates": (
        lambda s: Array(s.add(np.array(["2026-01-31"], "M8[D]"))),
        {"dtype": "<M8[D]", "values": None},
        "x  <M8[D] (1,)  8 B",
    ),
    "array that is not finite": (
        lambda s: Array(s.add(np.array([np.inf, np.nan, -0.0]))),
        {"values": ["inf", "nan", -0.0]},
        "x  float64 (3,)  24 B  [inf, nan, -0]",
    ),
    "array of texts": (
        lambda s: Array(s.add(np.array(["a", "it's"]))),
        {"dtype": "<U4", "values": ["a", "it's"]},
        """x  <U4 (2,)  32 B  ['a', "it's"]""",
    ),
    "long array": (
        lambda s: Array(s.add(np.arange(20, dtype=np.int16))),
        {"values": [0, 1, 2, 3, 4, 5, 6, 7]},
        "x  int16 (20,)  40 B  [0, 1, 2, 3, 4, 5, 6, 7, …]",
    ),
    "structured": (
        lambda s: Structured(PAIR, (2,), "C", {"a": Array(numbers(s, 1, 2)), "b": Array(numbers(s, 1.0, 2.0))}),
        {"kind": "structured", "shape": [2], "count": None, "bytes": 32},
        "x  structured (2,)  32 B  a int64, b float64",
    ),
    "objects": (
        lambda s: Objects((2,), "C", ("yes", "no")),
        {"kind": "objects", "shape": [2], "length": 2},
        "x  object (2,)  ['yes', 'no']",
    ),
    "object": (
        lambda s: Object(SCALER, {"copy": True, "mean_": Array(numbers(s, 1.5))}, None, "1.2.2"),
        {"kind": "object", "type": SCALER, "version": "1.2.2", "trusted": True, "count": None, "bytes": 8},
        "x  StandardScaler  sklearn.preprocessing._data  of release 1.2.2  8 B",
    ),
    "arguments": (
        lambda s: Object("functools:partial/1", {}, (Global("numpy:log"),)),
        {"kind": "object", "arguments": [{"kind": "global", "type": "numpy:log", "trusted": True}]},
        "x  partial/1  functools",
    ),
    "list of numbers": (
        lambda s: ListOf(Numbers(numbers(s, *range(40)))),
        {"kind": "list", "length": 40, "bytes": 320},
        "x  40 × int  320 B  [0, 1, 2, 3, 4, 5, 6, 7, …]",
    ),
    "tuple of scalars": (
        lambda s: TupleOf(Scalars(s.add(np.array([1, 2], np.uint8)))),
        {"kind": "tuple", "length": 2},
        "x  2 × |u1  2 B  [1, 2]",
    ),
    "list of texts": (
        lambda s: ListOf(Texts(s.add(np.frombuffer("aéb".encode(), np.uint8)), offsets(s, 0, 1, 3, 4))),
        {"kind": "list", "length": 3},
        "x  3 × str  36 B  ['a', 'é', 'b']",
    ),
    "objects of texts": (
        lambda s: ObjectsOf((1, 2), "C", Texts(s.add(np.frombuffer(b"ab", np.uint8)), offsets(s, 0, 1, 2))),
        {"kind": "objects", "shape": [1, 2], "length": 2},
        "x  object (1, 2)  26 B  ['a', 'b']",
    ),
    "list of rows": (
        lambda s: ListOf(Rows(numbers(s, 1.0, 2.0, 3.0), offsets(s, 0, 1, 3))),
        {"kind": "list", "length": 2},
        "x  2 × float64 (…,)  48 B",
    ),
    "list of a stack": (
        lambda s: ListOf(Stack(s.add(np.ones((2, 3))))),
        {"kind": "list", "length": 2},
        "x  2 × float64 (3,)  48 B",
    ),
    "list of fields": (
        lambda s: ListOf(
            Fields(
                PAIR,
                {
                    "a": Rows(numbers(s, 1, 2, 3), offsets(s, 0, 1, 3)),
                    "b": Rows(numbers(s, 1.0, 2.0, 3.0), offsets(s, 0, 1, 3)),
                },
            )
        ),
        {"kind": "list", "length": 2},
        "x  2 × structured (…,)  96 B  a int64, b float64",
    ),
    "list of lists": (
        lambda s: ListOf(Lists(Numbers(numbers(s, 1, 2, 3)), offsets(s, 0, 1, 3))),
        {"kind": "list", "length": 2},
        "x  3 × int  24 B  in 2 lists  [1, 2, 3]",
    ),
    "list of each": (
        lambda s: ListOf(Each((1, "a"))),
        {"kind": "list", "length": 2},
        "x  2 × each of 2",
    ),
    "list of a batch": (
        lambda s: ListOf(Batch(SCALER, 4, {"copy": True}, {"n": Numbers(numbers(s, 1, 2, 3, 4))})),
        {"kind": "list", "length": 4},
        "x  4 × StandardScaler  sklearn.preprocessing._data  32 B",
    ),
    "dict of columns": (
        lambda s: DictOf(Texts(s.add(np.frombuffer(b"ab", np.uint8)), offsets(s, 0, 1, 2)), Numbers(numbers(s, 1, 2))),
        {"kind": "dict", "length": 2, "pairs": []},
        "x  dict of 2  42 B",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_node(name, tmp_path):
    make, expected, line = CASES[name]
    store = ArrayStore()
    path = save(tmp_path / "m.perdure", Object("their:Thing", {"x": make(store)}), store)
    found = run_json("inspect", path)["model"]["attributes"]["x"]
    assert {key: found[key] for key in expected} == expected
    shown = [
        text.lstrip("├─└│ ").removeprefix("attributes  ")
        for text in run("inspect", path, COLUMNS="300").stdout.splitlines()
    ]
    assert line in shown


def test_the_columns_of_a_dict(tmp_path):
    store = ArrayStore()
    root = CASES["dict of columns"][0](store)
    columns = run_json("inspect", save(tmp_path / "m.perdure", root, store))["model"]["columns"]
    assert columns["keys"]["values"] == ["a", "b"]
    assert columns["values"]["values"] == [1, 2]


def test_offsets_that_lie(tmp_path):
    """Columns of texts are looked at before anybody has checked their offsets."""
    store = ArrayStore()
    root = ListOf(Texts(store.add(np.frombuffer(b"\xff\xfe" * 4, np.uint8)), offsets(store, -5, 2**62, 3, -(2**63), 8)))
    found = run_json("inspect", save(tmp_path / "m.perdure", root, store))["model"]
    assert found["items"][0]["count"] == 4


@pytest.mark.parametrize("name", ["logistic_file", "forest_file", "pipeline_file"])
def test_depth_and_items_only_ever_take_away(name, request):
    from perdure.reporting.outline import outline

    with perdure.open(request.getfixturevalue(name)) as file:
        whole = json.dumps(outline(file.graph, file.arrays).to_dict())
        sizes = [len(json.dumps(outline(file.graph, file.arrays, depth=depth).to_dict())) for depth in range(9)]
        few = outline(file.graph, file.arrays, parts=3)
    assert sizes == sorted(sizes)
    assert sizes[-1] == len(whole)
    assert few.left_out > 0
    assert len(json.dumps(few.to_dict())) < len(whole)


# -- texts ------------------------------------------------------------------------------------------------------------


def test_nothing_unprintable_is_left():
    for code in range(0x110000):
        shown = clean(f"a{chr(code)}b")
        assert shown.isprintable()
        assert shown == f"a{chr(code)}b" or shown.isascii()


def test_clean_cuts_before_it_escapes():
    assert clean("\x00" * 10**7, 10) == "\\x00\\x00\\…"
    assert clean("x" * 10, 10) == "x" * 10
    assert clean("x" * 11, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("dtype", "shown"),
    [
        ("|b1", "bool"),
        ("|u1", "uint8"),
        (">c16", "complex128 (big-endian)"),
        ("<M8[ns]", "<M8[ns]"),
        ("|S3", "|S3"),
        ("", ""),
        ("<f", "<f"),
        ("<f999", "<f999"),
    ],
)
def test_dtypes(dtype, shown):
    assert dtype_text(dtype) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (10**12, "1.0 TB"),
        (10**21, "1,000.0 EB"),
    ],
)
def test_sizes(count, shown):
    assert size_text(count) == shown
