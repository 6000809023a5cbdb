"""graph.json: the same graph gives the same bytes, and nothing but such bytes is read."""

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perdure.arrays.store import ArrayStore
from perdure.errors import FormatError, LimitError, PerdureError
from perdure.graph import canonical
from perdure.graph.limits import Limits
from perdure.graph.nodes import Dict, FrozenSet, Graph, List, Object, Range, Set, Slice, Tuple
from perdure.graph.read import read_graph
from perdure.graph.structure import children
from perdure.graph.write import write_graph

atoms = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.binary(max_size=20)
    | st.complex_numbers()
    | st.just(...)
    | st.text(st.characters(), max_size=20)
)


def hashable(inner):
    return st.lists(inner, max_size=3).map(tuple).map(Tuple)


def containers(inner):
    items = st.lists(inner, max_size=4).map(tuple)
    keys = st.lists(st.text(max_size=5) | st.integers(), max_size=4, unique_by=lambda key: (type(key), key))
    return (
        items.map(List)
        | items.map(Tuple)
        | st.sets(st.integers(), max_size=4).map(lambda s: Set(tuple(s)))
        | st.sets(st.text(max_size=4), max_size=4).map(lambda s: FrozenSet(tuple(s)))
        | keys.flatmap(
            lambda names: st.lists(inner, min_size=len(names), max_size=len(names)).map(
                lambda values: Dict(tuple(zip(names, values, strict=True)))
            )
        )
        | st.tuples(inner, inner, inner).map(lambda parts: Slice(*parts))
        # A range of more numbers is refused.
        | st.builds(
            lambda start, length, step: Range(start, start + length * step, step),
            st.integers(),
            st.integers(-(2**21), 2**21),
            st.integers().filter(bool),
        )
        | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=4).map(lambda s: Object("pkg.mod:Type", s))
    )


nodes = st.recursive(atoms, containers, max_leaves=20)


def written(root) -> bytes:
    return write_graph(Graph(root, ArrayStore())).data


def same(left, right) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return struct.pack("<d", left) == struct.pack("<d", right)
    if isinstance(left, complex):
        return same(left.real, right.real) and same(left.imag, right.imag)
    if isinstance(left, (Set, FrozenSet)):
        return set(left.items) == set(right.items)
    inside, others = list(children(left)), list(children(right))
    if inside or others:
        if isinstance(left, Object):
            inside, others = sorted(inside, key=lambda pair: pair[0]), sorted(others, key=lambda pair: pair[0])
        return len(inside) == len(others) and all(
            a[0] == b[0] and same(a[1], b[1]) for a, b in zip(inside, others, strict=True)
        )
    if isinstance(left, Range):
        return (left.start, left.stop, left.step) == (right.start, right.stop, right.step)
    return isinstance(left, (List, Tuple, Dict, Object)) or left == right


@given(nodes)
def test_what_is_written_is_read_and_written_the_same(root):
    data = written(root)
    parsed = read_graph(data, Limits())
    assert same(root, parsed.root)
    assert written(parsed.root) == data


@pytest.mark.parametrize("bits", [0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000001, 0x7FF0000000000001])
def test_nan_keeps_its_bits(bits):
    value = struct.unpack("<d", struct.pack("<Q", bits))[0]
    assert math.isnan(value)
    assert same(read_graph(written(value), Limits()).root, value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="ascii"), max_size=6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=12,
    ),
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(' "-0,:[]{}.e1\\n\x7f')), max_size=2),
)
def test_what_is_read_without_writing_is_what_would_be_written(value, edits):
    text = json.dumps(value, separators=(",", ":"))
    for at, letter in edits:
        text = text[:at] + letter + text[at:]
    data = text.encode()

    def keys(value):
        inside = [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
        return (len(value) if isinstance(value, dict) else 0) + sum(map(keys, inside))

    try:
        read, told = canonical.loads_counted(data, "x")
        fine = told is None or told == keys(read)
    except PerdureError:
        fine = False
    try:
        expected = canonical.loads(data, "x")
    except PerdureError:
        assert not fine
    else:
        assert fine
        assert canonical.dumps(read) == canonical.dumps(expected)


GRAPH = '{"arrays":[],"root":ROOT,"types":[]}'


@pytest.mark.parametrize(
    "root",
    [
        '["list",1, 2]',
        '{"a":1,"a":2}',
        "NaN",
        "Infinity",
        "1.50",
        "1E5",
        "-0.0",
        "9007199254740993",
        '["int","0x1"]',
        '["float","NaN"]',
        '["float","nan:7ff8000000000000"]',
        '["float","nan:7FF8000000000001"]',
        '["bytes","AA=="  ]',
        '["bytes","AB=="]',
        '["str","YQ=="]',
        '"\\u0061"',
        '["dict","a",1]',
        '["dict",1]',
        '["set",2,1]',
        '["set",1,1]',
        '["def",0,["list"]]X',
        '["def",1,["list"]]',
        '["ref",0]',
        '["array",0]',
        '["object",0,{}]',
        '["nothing"]',
        "[]",
        "[1]",
        '["range",1,2]',
        '["range",1,2,0.5]',
        '["list-of",["list"]]',
        '["batch",0,1,{},{}]',
        '["complex",1,2]',
        '["slice"]',
        '["structured","<f8",[1],"C",{}]',
    ],
)
def test_anything_else_is_refused(root):
    with pytest.raises(FormatError):
        read_graph(GRAPH.replace("ROOT", root).encode(), Limits())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"null",
        b'{"root":1,"arrays":[],"types":[]}',
        b'{"arrays":[],"root":1,"types":["a:b"]}',
        b'{"arrays":[["<f8",[1],"AAAAAAAAAAA="]],"root":1,"types":[]}',
        b'{"arrays":[],"root":["object",0,{"b":1,"a":2}],"types":["a:b"]}',
        b'{"arrays":[],"root":["list",["object",1,{}],["object",0,{}]],"types":["a:b","c:d"]}',
        b'{"arrays":[["<f8",[-1]]],"root":["array",0],"types":[]}',
        b'{"arrays":[["<f8",[1.0]]],"root":["array",0],"types":[]}',
        b'{"arrays":[["<f8",[1],"C"]],"root":["array",0],"types":[]}',
        b'{"arrays":[["<f8",[1],"F","AAAAAAAAAAA=",1]],"root":["array",0],"types":[]}',
        b'{"arrays":[],"root":["object",0,{}],"types":["a:b","a:b"]}',
        b'{"arrays":[],"root":["object",0,{}],"types":[["a:b"]]}',
        b'{"arrays":[],"root":["object",0,{}],"types":[7]}',
        b'{"arrays":[],"root":["object",0,{}],"types":["a.b"]}',
        b'{"arrays":[],"root":["object",0,{}],"types":["a:b\\"]), evil(\\""]}',
        b'{"arrays":[],"root":["object",0,{}],"types":["a:b c"]}',
        b'{"arrays":[],"root":["object",0,{}],"types":["a..b:c"]}',
        b'{"arrays":[],"root":["object",0,{}],"types":["a:b/x"]}',
        b"\xff\xfe",
    ],
)
def test_a_graph_of_another_form_is_refused(data):
    with pytest.raises(FormatError):
        read_graph(data, Limits())


def test_depth_is_limited():
    deep = '["list",' * 300 + "1" + "]" * 300
    with pytest.raises(LimitError, match="depth|deep"):
        read_graph(GRAPH.replace("ROOT", deep).encode(), Limits())
    bottomless = '["list",' * 100_000 + "1" + "]" * 100_000
    with pytest.raises(LimitError):
        read_graph(GRAPH.replace("ROOT", bottomless).encode(), Limits())


def test_nodes_are_counted_before_anything_is_built():
    many = '["list"' + ",1" * 1000 + "]"
    with pytest.raises(LimitError, match="nodes"):
        read_graph(GRAPH.replace("ROOT", many).encode(), Limits(nodes=500))


def test_any_json_reader_gets_the_numbers_right():
    root = List((2**53, -(2**53), 0.1, 1e300, 5e-324, 1.0))
    raw = json.loads(written(root), parse_int=float)["root"]
    assert raw[1:] == [float(2**53), -float(2**53), 0.1, 1e300, 5e-324, 1.0]


def test_canonical_json_is_ascii_and_compact():
    assert canonical.dumps({"b": "é", "a": [1, 2.0]}, sort_keys=True) == b'{"a":[1,2.0],"b":"\\u00e9"}'


def test_a_text_that_begins_with_a_colon_is_no_key():
    root = List((":)", Dict(((":x", ":"), ("a:b", '":'), (": ", 1.0)))))
    data = written(root)
    assert written(read_graph(data, Limits()).root) == data
