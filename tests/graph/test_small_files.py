"""What compiled code reads, looks at and builds of small files is what Python does, or is left to Python."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import perdure
from perdure._model_file import ModelFile
from perdure.arrays.codecs import zstd
from perdure.arrays.dtypes import check_spec
from perdure.arrays.source import MemorySource
from perdure.arrays.store import ArrayStore
from perdure.build.builder import Builder, build
from perdure.container.archive import Archive, Member, archive_chunks
from perdure.container.file import Container
from perdure.container.manifest import Manifest
from perdure.errors import PerdureError
from perdure.graph import nodes
from perdure.graph.limits import Limits
from perdure.graph.native import native_reader
from perdure.graph.nodes import Array, Def, Dict, Graph, List, Object, Ref, Scalar, Tuple
from perdure.graph.structure import ROOT, definitions, inner_of
from perdure.validate.census import _NUMBERS, _TEXTS, CONSTANTS, _is_fine, _slots, _stands
from zoo.registry import all_cases

pytestmark = pytest.mark.skipif(native_reader.library is None, reason="the compiled reader was not built")

LIMITS = Limits()
RELEASES = sorted((Path(__file__).parents[1] / "fixtures" / "perdure").glob("*.zip"))
DIGEST = "sha256:" + 32 * "0f"


def without(function: Any, *args: Any) -> Any:
    """Return what Python alone makes of it, or its refusal."""
    return _read(False, function, *args)


def with_compiled(function: Any, *args: Any) -> Any:
    return _read(True, function, *args)


def _read(compiled: bool, function: Any, *args: Any) -> Any:
    before = native_reader.active
    native_reader.active = compiled
    try:
        return function(*args)
    except PerdureError as error:
        return type(error), str(error)
    finally:
        native_reader.active = before


def assert_alike(function: Any, *args: Any) -> None:
    assert with_compiled(function, *args) == without(function, *args)


# --- the archive ----------------------------------------------------------------------------------


def places(data: bytes, limits: Limits = LIMITS) -> dict[str, tuple[int, int, int]]:
    return Archive(MemorySource(memoryview(data)), limits)._places


def archive(*names: str) -> bytes:
    members = [Member.of(name, bytes(range(i * 7 % 256)) * (i + 1)) for i, name in enumerate(names)]
    return b"".join(bytes(chunk) for chunk in archive_chunks(members))


ARCHIVES = [
    archive(),
    archive("perdure.json", "graph.json"),
    archive("perdure.json", "graph.json.zst", "arrays.safetensors", "code.py", "record/a-b_c.json", "x"),
    archive("arrays.safetensors", "a/b/c", "a.b", "a..b"),
]


@pytest.mark.parametrize("data", ARCHIVES)
def test_archives(data):
    assert native_reader.places(memoryview(data), 10) == without(places, data)


@pytest.mark.parametrize("data", ARCHIVES)
def test_archives_with_any_byte_changed(data):
    for at in range(len(data)):
        for value in {0, 1, 0xFF, data[at] ^ 1, data[at] ^ 0x80, (data[at] + 1) % 256}:
            changed = data[:at] + bytes((value,)) + data[at + 1 :]
            found = native_reader.places(memoryview(changed), 10)
            if found is not None:
                assert found == without(places, changed)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_archives_with_bytes_moved(draw):
    data = bytearray(draw.draw(st.sampled_from(ARCHIVES)))
    for _ in range(draw.draw(st.integers(1, 3))):
        at, size = draw.draw(st.integers(0, len(data))), draw.draw(st.sampled_from((0, 1, 2, 4, 30, 46)))
        data[at : at + size] = draw.draw(st.binary(max_size=4) | st.just(bytes(data[-22:])) | st.just(bytes(data[:60])))
    assert_alike(places, bytes(data))


@pytest.mark.parametrize("name", ["a/", "/a", ".a", "a/.b", "a//b", "a./b", "a.", "b a", "a\\b", "a" * 256, ""])
def test_names_of_members(name):
    data = archive("abc").replace(b"abc", name.encode())
    assert native_reader.places(memoryview(data), 10) is None


def test_too_many_members():
    assert native_reader.places(memoryview(ARCHIVES[2]), 5) is None
    assert_alike(places, ARCHIVES[2], Limits().with_changes(members=5))


# --- the manifest ---------------------------------------------------------------------------------


def manifest(**changed: Any) -> Manifest:
    given_ = {
        "producer": "1.0.0",
        "libraries": {"numpy": "2.0", "pandas": None, "python": "3.13.0"},
        "digest": DIGEST,
        "members": {"arrays.safetensors": (12, DIGEST), "graph.json": (7, DIGEST)},
        "storage": {"0": [7, "shuffle", "zstd"], "10": 0, "2": [0, ["left", 3, "x"]], "3": [5, ["right", 1], "zstd"]},
    }
    return Manifest(**(given_ | changed))


MANIFESTS = [
    manifest(),
    manifest(libraries={}, members={}, storage={}),
    manifest(storage={"0": [], "1": [[]], "2": -5}),
]


@pytest.mark.parametrize("given_", MANIFESTS)
def test_manifests(given_):
    data = given_.to_bytes()
    assert native_reader.manifest(data) is not None
    assert with_compiled(Manifest.parse, data) == without(Manifest.parse, data) == given_


@pytest.mark.parametrize("given_", MANIFESTS)
def test_manifests_with_any_byte_changed(given_):
    data = given_.to_bytes()
    for at in range(len(data)):
        for value in {*b'0a",:[]{}-\\ \x7f\xff', data[at] ^ 0x20}:
            assert_alike(Manifest.parse, data[:at] + bytes((value,)) + data[at + 1 :])
        assert_alike(Manifest.parse, data[:at])
        assert_alike(Manifest.parse, data[:at] + data[at + 1 :])


@pytest.mark.parametrize(
    "data",
    [
        manifest(format=(1, 1)).to_bytes(),
        manifest(format=(2, 0), min_reader=(2, 0)).to_bytes(),
        manifest(producer="x" * 101).to_bytes(),
        manifest(libraries={"x" * 101: "1"}).to_bytes(),
        manifest(libraries={"x": "1" * 101}).to_bytes(),
        manifest(storage={"0": [[[1]]]}).to_bytes(),
        manifest(storage={"0": 2**60}).to_bytes(),
        manifest(storage={"0": "\\"}).to_bytes(),
        manifest().to_bytes().replace(b'"pandas":null,"python"', b'"python":null,"python"'),
        manifest().to_bytes().replace(b'"10":0', b'"10":00'),
        manifest().to_bytes().replace(b'"10":0', b'"10":-0'),
        manifest().to_bytes().replace(b'"10":0', b'"10":0.0'),
        manifest().to_bytes().replace(b'"numpy"', b'""'),
        manifest().to_bytes() + b" ",
        b"",
    ],
)
def test_manifests_that_are_left_to_python(data):
    assert native_reader.manifest(data) is None
    assert_alike(Manifest.parse, data)


# --- frames ---------------------------------------------------------------------------------------

FRAMES = [zstd.compress(bytes(range(256)) * n + bytes(3 * n), 9) for n in (0, 1, 3, 300, 3000)]


@pytest.mark.parametrize("frame", FRAMES)
def test_frames(frame):
    assert native_reader.frame(memoryview(frame)) is not None
    assert_alike(zstd.compressed_size, memoryview(frame))


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_frames_with_bytes_changed(draw):
    frame = bytearray(draw.draw(st.sampled_from(FRAMES)))
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, min(len(frame), 40)))
        frame[at : at + draw.draw(st.integers(0, 2))] = draw.draw(st.binary(max_size=2))
    data = memoryview(bytes(frame))
    found = native_reader.frame(data)
    if found is not None:
        assert found == without(zstd.compressed_size, data)


# --- numbers ---------------------------------------------------------------------------------------


DIGITS = st.text("0123456789", min_size=1, max_size=18)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(["", "-"]), DIGITS, DIGITS)
@example("", "0", "0001")
@example("", "0", "00001")
@example("", "0", "0")
@example("-", "0", "0")
@example("", "9007199254740993", "0")
@example("", "999999999999999", "9")
@example("", "123456789012345", "0")
def test_floats(sign, whole, rest):
    text = f"{sign}{whole}.{rest}"
    value = float(text)
    read = native_reader.read(f'{{"arrays":[],"root":["list",{text}],"types":[]}}'.encode(), LIMITS)
    canonical = repr(value) == text and not (value == 0 and sign)
    assert (read is not None) == canonical
    if read is not None:
        assert read[0].items[0] == value


# --- arrays ---------------------------------------------------------------------------------------


def test_sizes_of_arrays():
    counted = 0
    for path in RELEASES[-2:]:
        with ZipFile(path) as files:
            for name in files.namelist():
                if name.endswith(".perdure"):
                    file = ModelFile(Container(files.read(name)))
                    parsed = file._parsed
                    if parsed.sizes is not None:
                        assert parsed.sizes == [check_spec(spec) for spec in parsed.specs]
                        counted += 1
                    if parsed.built is not None:
                        assert parsed.built == sum(check_spec(parsed.specs[i]) * n for i, n in parsed.uses.items())
    assert counted > 10


# --- building -------------------------------------------------------------------------------------


def rebuilt(data: bytes) -> bytes:
    return perdure.dumps(perdure.loads(data, trusted=["zoo"]))


@pytest.mark.parametrize("case", [case for case in all_cases() if not case.trusted][::41], ids=lambda case: case.name)
def test_models(case):
    data = perdure.dumps(case.make()[0])
    assert with_compiled(rebuilt, data) == without(rebuilt, data)


PLAIN = "sklearn.linear_model._base:LinearRegression"


def built(root: Any, arrays: ArrayStore | None = None) -> Any:
    store = ArrayStore() if arrays is None else arrays
    return build(Graph(root, store), store, frozenset((PLAIN, "sklearn.tree._tree:Tree", "builtins:len")))


def state(**attributes: Any) -> Object:
    node = Object(PLAIN, attributes)
    node.inner = inner_of(node)
    return node


@pytest.mark.parametrize(
    "root",
    [
        None,
        ...,
        2j,
        List((1, Tuple((b"x", "y")), List(()))),
        Dict(
            ((1, 2), ("a", List((1,))), (None, Dict(()))),
        ),
        List((Def(0, List((1,))), Ref(0), Ref(0))),
        Def(0, List((Ref(0),))),
        Scalar("<f8", 1.5),
        List((Scalar("<f8", 1), Scalar("<i8", 7), Scalar("|b1", True), Scalar("<f4", 0.5), Scalar("<i8", True))),
        nodes.Range(0, 3, 1),
        List((nodes.Slice(None, 2, None), nodes.Set((1, 2)), nodes.FrozenSet((Tuple((1,)),)))),
        Dict(((Tuple((1, 2)), 3),)),
    ],
    ids=repr,
)
def test_values(root):
    fast, slow = with_compiled(built, root), without(built, root)
    assert repr(fast) == repr(slow)
    assert type(fast) is type(slow)
    if isinstance(fast, list):
        assert list(map(type, fast)) == list(map(type, slow))


def test_attributes():
    made = with_compiled(built, state(a=1, b=List((1,)), c=state(x=Tuple((2,)))))
    assert list(vars(made)) == ["a", "b", "c"]
    assert vars(made)["b"] == [1]
    assert made.c.x == (2,)
    shared = with_compiled(built, List((Def(0, state(me=Ref(0))), Ref(0))))
    assert shared[0] is shared[1] is shared[0].me


def test_arrays():
    store = ArrayStore()
    store.add(np.arange(3.0))
    root = List((Array(0), Array(0), state(a=Array(0))))
    for made in (with_compiled(built, root, store), without(built, root, store)):
        arrays = [made[0], made[1], made[2].a]
        assert len({id(array) for array in arrays}) == 3
        assert all(array.tolist() == [0, 1, 2] and array.flags.writeable for array in arrays)


def deep(levels: int) -> Any:
    node: Any = List(())
    for _ in range(levels):
        node = List((node,))
    return node


@pytest.mark.parametrize(
    "root",
    [
        Dict((("a", 1), ("a", 2))),
        List((Dict((("a", Dict(((1, 2), (1, 3)))),)),)),
        Dict(((List(()), 1),)),
        Def(0, 5),
        Def(0, Def(1, List(()))),
        Ref(3),
        Def(0, Tuple((Ref(0),))),
        List((state(b=Dict((("k", Ref(9)),))),)),
        state(fit=1),
        List((state(a=List((state(predict=1),))),)),
        Object("sklearn.tree._tree:Tree", {}),
        Object(PLAIN, {}, (1,)),
        Object("other:Type", {}),
        Scalar("<i8", 2**80),
        Scalar("<f8", "x"),
        Scalar("|b1", 7),
        deep(100_000),
    ],
    ids=lambda root: repr(root)[:60] if not isinstance(root, List) else type(root).__name__,
)
def test_what_is_wrong_is_said_alike(root):
    fast, slow = with_compiled(built, root), without(built, root)
    assert repr(fast) == repr(slow)


def test_what_is_handed_over():
    builder = Builder(Graph(None, ArrayStore()), ArrayStore(), frozenset())
    node = List((1,))
    handed = builder._handed()
    assert native_reader.build(node, ROOT, handed) == [1]
    with pytest.raises(TypeError):
        native_reader.build(node, ROOT, handed[:-1])
    for i in range(6):
        with pytest.raises(TypeError):
            native_reader.build(node, ROOT, (*handed[:i], None, *handed[i + 1 :]))
    with pytest.raises(ValueError, match="classes of nodes"):
        native_reader.library.build((), node, ROOT, None, handed)
    with pytest.raises(TypeError, match="classes of nodes"):
        native_reader.library.build((None,) * len(_classes()), node, ROOT, None, handed)


def _classes() -> tuple[Any, ...]:
    from perdure.graph.native import _CLASSES

    return _CLASSES


# --- the census -----------------------------------------------------------------------------------


def looked_at(part: Object, arrays: ArrayStore, defined: dict[int, Any]) -> tuple[bool, bool] | None:
    slots, other = _slots((part.type,))
    if slots is None:
        return None
    fast = native_reader.standing(part, slots, other, _NUMBERS, arrays.spec, _stands, CONSTANTS, defined)
    found = [(part.state[name], slots.get(name, other)) for name in inner_of(part)]
    return fast, all(_is_fine(node, slot, slot is _NUMBERS, arrays.spec, defined) for node, slot in found)


def test_the_census():
    seen = []
    for path in RELEASES:
        with ZipFile(path) as files:
            for name in files.namelist()[::3]:
                if not name.endswith(".perdure"):
                    continue
                graph = ModelFile(Container(io.BytesIO(files.read(name)))).graph
                defined = definitions(graph)
                for part in graph.names().parts or ():
                    pair = looked_at(part, graph.arrays, defined) if type(part) is Object else None
                    if pair is not None:
                        assert pair[0] == pair[1], (path.name, name, part.type)
                        seen.append(pair[0])
    assert seen.count(True) > 100


def empty(name: str) -> Object:
    node = Object(name, {})
    node.inner = []
    return node


def bunch(attributes: dict[str, Any]) -> Object:
    node = Object("sklearn.utils._bunch:Bunch", attributes)
    node.inner = inner_of(node)
    return node


NUMBER_ARRAY, TEXT_ARRAY = Array(0), Array(1)
INSIDE = st.sampled_from(
    [
        *(None, True, 1, 1.5, 2j, "text", b"bytes", ...),
        *(
            NUMBER_ARRAY,
            TEXT_ARRAY,
            Scalar("<f8", 1.0),
            Scalar("<U3", "abc"),
            *map(Ref, range(10)),
            nodes.Range(0, 1, 1),
        ),
        *(nodes.Global("numpy.ma:masked"), nodes.Global("builtins:len"), Object("builtins:complex/1", {}, (1,))),
        state(a=1),
        empty("sklearn.tree._tree:Tree"),
        empty("numpy:strided/1"),
        empty("functools:partial/1"),
        empty("other:Type"),
    ]
)
SHARED = {
    0: List((1,)),
    1: empty("sklearn.linear_model._base:LinearRegression"),
    2: empty("sklearn.tree._tree:Tree"),
    3: bunch({"a": Ref(3)}),
    4: Dict((("a", 1), (2, "b"))),
    5: Dict((("a", List(())),)),
    6: Tuple((1, 2.5, None)),
    7: Tuple(("a",)),
    8: List((1,) * 17),
}
NODES = st.recursive(
    INSIDE,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: List(tuple(items)))
        | st.lists(inner, max_size=3).map(lambda items: Tuple(tuple(items)))
        | st.lists(st.tuples(inner, inner), max_size=3).map(lambda pairs: Dict(tuple(pairs)))
        | inner.map(lambda node: Def(0, node))
        | st.lists(inner, max_size=3).map(lambda items: nodes.Objects((len(items),), "C", tuple(items)))
        | inner.map(lambda node: nodes.Structured(nodes.DType("<f8"), (1,), "C", {"a": node}))
        | st.dictionaries(st.sampled_from("ab"), inner, max_size=2).map(bunch)
    ),
    max_leaves=8,
)


@settings(max_examples=500, deadline=None)
@given(NODES, st.sampled_from(["coef_", "n_features_in_", "steps", "estimator", "unknown", "func", "transformers"]))
def test_the_census_of_anything(node, name):
    store = ArrayStore()
    store.add(np.arange(2.0))
    store.add(np.array(["a"]))
    for kind in (PLAIN, "sklearn.pipeline:Pipeline", "sklearn.calibration:CalibratedClassifierCV"):
        part = Object(kind, {name: node})
        part.inner = inner_of(part)
        fast, slow = looked_at(part, store, SHARED) or (True, True)
        assert type(node) in _TEXTS or fast == slow
