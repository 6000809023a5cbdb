"""The compiled reader of graphs makes the nodes that the one in Python makes, or leaves the bytes to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import perdure
from perdure.arrays.native import use_native
from perdure.container.file import Container
from perdure.errors import PerdureError
from perdure.graph import canonical
from perdure.graph.limits import Limits
from perdure.graph.native import native_reader
from perdure.graph.read import read_graph
from zoo.registry import all_cases

pytestmark = pytest.mark.skipif(native_reader.library is None, reason="the compiled reader was not built")

TESTS = Path(__file__).parents[1]
RELEASES = sorted((TESTS / "fixtures" / "perdure").glob("*.zip"))
FOUND = sorted((TESTS / "fuzz" / "found").glob("*.perdure"))
LIMITS = Limits()


def seen(value: Any) -> Any:
    """Return everything that can be told of a value, types and orders among it."""
    slots = getattr(type(value), "__slots__", None)
    if slots is not None:
        return type(value), [seen(getattr(value, name)) for name in slots]
    if isinstance(value, dict):
        return dict, [(seen(name), seen(item)) for name, item in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value), [seen(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return type(value), sorted(map(repr, value))
    return type(value), hex(value) if type(value) is int else repr(value)


def read(data: bytes, native: bool, limits: Limits = LIMITS) -> Any:
    before = native_reader.active
    native_reader.active = native
    try:
        found = read_graph(data, limits)
        # What it has found out beside the graph: test_small_files.py holds it against what else finds it out.
        found.sizes = found.built = None
        return seen(found)
    except PerdureError as error:
        return type(error), str(error)
    finally:
        native_reader.active = before


def is_read(data: bytes) -> bool:
    """Say whether the compiled reader reads it by itself."""
    return native_reader.read(data, LIMITS) is not None


def assert_alike(data: bytes, limits: Limits = LIMITS) -> None:
    assert read(data, True, limits) == read(data, False, limits)


def graph(root: Any, arrays: Any = (), types: Any = ()) -> bytes:
    return canonical.dumps({"arrays": list(arrays), "root": root, "types": list(types)})


@pytest.mark.parametrize("case", list(all_cases())[::23], ids=lambda case: case.name)
def test_models(case):
    data = Container(perdure.dumps(case.make()[0])).graph()
    assert_alike(data)


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_files_of_older_releases(path):
    with ZipFile(path) as files:
        graphs = [Container(files.read(name)).graph() for name in files.namelist() if name.endswith(".perdure")]
    for data in graphs:
        assert_alike(data)
    # Nearly all of them are read by the compiled reader, not only alike.
    assert sum(map(is_read, graphs)) > 0.9 * len(graphs) > 0


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_files_that_fuzzing_found(path):
    assert_alike(Container(path).graph())


NODES = {
    "list": ["list", 1, ["tuple"], ["list", None, True, False, 1.5, -7, "a"]],
    "special numbers": [
        "list",
        *(["float", text] for text in ("nan", "inf", "-inf", "-0.0")),
        0.0,
        1e16,
        1.5e-07,
        5e-324,
    ],
    "integers": [
        "list",
        0,
        -1,
        2**53,
        -(2**53),
        ["int", "0x20000000000001"],
        ["int", "-0x20000000000001"],
        ["int", hex(3**70)],
    ],
    "bytes": ["list", ["bytes", ""], ["bytes", "AA=="], ["bytes", "AAA="], ["bytes", "AAAA"]],
    "texts": ["list", "", "caf\u00e9", '"\\/\b\f\n\r\t\x00\x1f\x7f', "\u20ac\uffff", "(?u)\\b\\w\\w+\\b"],
    "dict": {"b": 1, "a": {"caf\u00e9": ["list"]}, "": None},
    "dict of others": ["dict", 1, "a", "caf\u00e9", 2, ["tuple", 1], None],
    "slice": ["slice", None, 3, ["list"]],
    "ranges": ["list", ["range", 0, 10, 1], ["range", 9, -1, -3]],
    "scalars": ["list", ["scalar", "<f8", 1.5], ["scalar", "|b1", True], ["scalar", "<f4", ["float", "nan"]]],
    "dtypes": ["list", ["dtype", "<f8"], ["dtype", {"aligned": True, "fields": [["a", "<i4", [2], 0]], "itemsize": 8}]],
    "nested dtype": [
        "dtype",
        {"fields": [["a", {"fields": [["b", "|b1", [], 0]], "itemsize": 1}, [], 0]], "itemsize": 1},
    ],
    "objects": ["objects", [2, 1], "F", "a", None],
    "shared": ["list", ["def", 0, ["list", ["def", 1, {}], ["ref", 0]]], ["ref", 1]],
}


@pytest.mark.parametrize("root", NODES.values(), ids=NODES)
def test_nodes(root):
    data = graph(root)
    assert is_read(data)
    assert_alike(data)


ARRAYS = [["<f8", [1], "AAAAAAAAAAA="], ["<i8", [2, 3], "F"], ["|u1", [0], ""], ["<i8", [1], "F", "AAAAAAAAAAA="]]
TYPES = ["a.b:C", "d:E.F/12", ["own:G", "a.b:C", "d:E.F/12"]]
TABLED = {
    "all of it": [
        "list",
        ["object", 0, {"a": 1.5, "b": ["array", 0], "c": {}}],
        ["object", 1, {}, ["tuple", 1]],
        ["object", 1, {"x": None}, None, "1.2"],
        ["global", 2],
        ["list-of", ["numbers", 1]],
        ["tuple-of", ["texts", 2, 1]],
        ["dict-of", ["scalars", 1], ["each", "a", ["list"]]],
        ["objects-of", [2, 2], "C", ["rows", 1, 1]],
        ["structured", {"fields": [["a", "<f8", [], 0]], "itemsize": 8}, [1], "C", {"a": ["array", 0]}],
        [
            "list-of",
            [
                "batch",
                0,
                2,
                {"a": ["array", 3], "b": 2},
                {
                    "c": ["stack", 1],
                    "d": ["lists", ["numbers", 1], 2],
                    "e": ["fields", {"fields": [["x", "<i8", [], 0]], "itemsize": 8}, {"x": ["rows", 1, 1]}],
                },
                "1.3.1",
            ],
        ],
    ],
}


def test_tables():
    data = graph(TABLED["all of it"], ARRAYS, TYPES)
    assert is_read(data)
    assert_alike(data)


# Each is refused, or read, by the reader in Python alone.
LEFT = {
    "a set": graph(["set", 1, 2]),
    "half of a pair": graph(["list", ["str", "7aCA"]]),
    "a pair": graph("\U0001f600"),
    "a key twice": b'{"arrays":[],"root":{"a":1,"a":2},"types":[]}',
    "an attribute twice": b'{"arrays":[],"root":["object",0,{"a":1,"a":2}],"types":["a:B"]}',
    "attributes in disorder": b'{"arrays":[],"root":["object",0,{"b":1,"a":2}],"types":["a:B"]}',
    "a space": b'{"arrays":[],"root":["list", 1],"types":[]}',
    "another float": b'{"arrays":[],"root":["list",1.50],"types":[]}',
    "another exponent": b'{"arrays":[],"root":["list",1e5],"types":[]}',
    "another integer": b'{"arrays":[],"root":["list",01],"types":[]}',
    "minus zero": b'{"arrays":[],"root":["list",-0],"types":[]}',
    "minus zero as a float": b'{"arrays":[],"root":["list",-0.0],"types":[]}',
    "a plain big integer": b'{"arrays":[],"root":["list",9007199254740993],"types":[]}',
    "a small integer as a big one": graph(["list", ["int", "0x20"]]),
    "an integer of the border as a big one": graph(["list", ["int", "0x20000000000000"]]),
    "another escape": b'{"arrays":[],"root":"\\u0041","types":[]}',
    "a long escape": b'{"arrays":[],"root":"\\u000a","types":[]}',
    "a capital escape": b'{"arrays":[],"root":"\\u00E9","types":[]}',
    "a slash escape": b'{"arrays":[],"root":"\\/","types":[]}',
    "an open escape": b'{"arrays":[],"root":"\\',
    "a raw byte": b'{"arrays":[],"root":"\xc3\xa9","types":[]}',
    "bytes behind": graph(None) + b" ",
    "more": graph(None)[:-1],
    "another key": b'{"arrays":[],"root":null,"types":[],"x":1}',
    "base64 that is not canonical": graph(["bytes", "AB=="]),
    "base64 with space": graph(["bytes", "AA =="]),
    "base64 of three": graph(["bytes", "AAA"]),
    "base64 of padding": graph(["bytes", "===="]),
    "a type twice": graph(["list", ["global", 0], ["global", 1]], types=["a:B", "a:B"]),
    "a type that is no name": graph(["global", 0], types=["a:B.<locals>.C"]),
    "a type with two colons": graph(["global", 0], types=["a:B:C"]),
    "a type without a version": graph(["global", 0], types=["a:B/"]),
    "a type of other letters": graph(["global", 0], types=["a:\u00e9"]),
    "a type that nothing uses": graph(None, types=["a:B"]),
    "an array that nothing uses": graph(None, ARRAYS),
    "types by another order": graph(["list", ["global", 1], ["global", 0]], types=["a:B", "a:C"]),
    "a number that is true": graph(["object", True, {}], types=["a:B"]),
    "a reference ahead": graph(["list", ["ref", 0]]),
    "text keys of a dict": graph(["dict", "a", 1]),
    "a dict without a value": graph(["dict", 1]),
    "an unknown tag": graph(["lists", 1]),
    "a column as a node": graph(["numbers", 0], ARRAYS[:1]),
    "a long range": graph(["range", 0, 2**40, 1]),
    "a range without a step": graph(["range", 0, 1, 0]),
    "33 dimensions": graph(["objects", [0] * 33, "C"]),
    "a negative length": graph(["objects", [-1], "C"]),
    "a dtype of a field twice": graph(["dtype", {"fields": [["a", "|b1", [], 0]] * 2, "itemsize": 1}]),
    "deep": graph(json.loads('["list",' * 120 + "1" + "]" * 120)),
}


@pytest.mark.parametrize("data", LEFT.values(), ids=LEFT)
def test_what_is_left_to_python(data):
    assert not is_read(data)
    assert_alike(data)


@pytest.mark.parametrize(
    "limit", [{"depth": 4}, {"depth": 0}, {"nodes": 3}, {"arrays": 2}, {"strings_bytes": 20}], ids=str
)
def test_limits(limit):
    for root in [["list"], *NODES.values()]:
        assert_alike(graph(root), Limits().with_changes(**limit))
    assert_alike(graph(TABLED["all of it"], ARRAYS, TYPES), Limits().with_changes(**limit))


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: value or str(value)[0] != "-"),
    lambda inner: (
        st.lists(inner, max_size=5).map(lambda items: ["list", *items])
        | st.lists(inner, max_size=5).map(lambda items: ["tuple", *items])
        | st.dictionaries(TEXTS, inner, max_size=5)
        | st.dictionaries(TEXTS, inner, max_size=5).map(lambda state: ["object", 0, dict(sorted(state.items()))])
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_any_values(root):
    assert_alike(graph(root, types=["a:B"]))
    assert_alike(graph(["list", ["object", 0, {}], root], types=["a:B"]))


SEEDS = [graph(root) for root in NODES.values()] + [graph(TABLED["all of it"], ARRAYS, TYPES)]
PIECES = [
    b'"',
    b"\\",
    b",",
    b"[",
    b"]",
    b"{",
    b"}",
    b":",
    b"0",
    b"1",
    b"-",
    b"e",
    b".",
    b"null",
    b"true",
    b'"a"',
    b"\\u00e9",
]


@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_changed_bytes(draw):
    data = bytearray(draw.draw(st.sampled_from(SEEDS)))
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(data)))
        size = draw.draw(st.sampled_from((0, 0, 1, 1, 2, 5)))
        other = draw.draw(st.integers(0, len(data)))
        piece = draw.draw(st.sampled_from(PIECES) | st.binary(max_size=2) | st.just(bytes(data[other : other + 6])))
        data[at : at + size] = piece
    assert_alike(bytes(data))


@pytest.mark.parametrize("root", [NODES["texts"], TABLED["all of it"]], ids=["texts", "tables"])
def test_every_length_and_every_byte(root):
    data = graph(root, ARRAYS, TYPES) if root is TABLED["all of it"] else graph(root)
    for at in range(len(data)):
        for changed in (
            data[:at],
            data[:at] + data[at + 1 :],
            data[:at] + b'"' + data[at + 1 :],
            data[:at] + b"]" + data[at:],
        ):
            if is_read(changed):
                assert_alike(changed)


def test_the_switch():
    before = native_reader.active
    try:
        use_native(False)
        assert not native_reader.active
        use_native(True)
        assert native_reader.active
    finally:
        use_native(before)
