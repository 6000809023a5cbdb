"""The store: whatever the memory layout, the content is the values' bytes and comes back as they were."""

import hashlib
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from arrays.strategies import arrays, little_bytes
from perdure.arrays.store import ArrayStore
from perdure.errors import FormatError, InvalidError, UnsupportedError
from perdure.graph.nodes import ArraySpec


def assert_same(found, expected, order):
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    assert found.tobytes(order) == expected.tobytes(order)


def assert_owned(array, order):
    assert array.flags.writeable
    assert array.__array_interface__["data"][0] % 64 == 0
    assert array.flags.f_contiguous if order == "F" else array.flags.c_contiguous


@given(arrays())
def test_any_array_comes_back_from_memory_and_from_its_content(array):
    store = ArrayStore()
    index = store.add(array)
    spec = store.spec(index)
    assert spec.order == ("F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C")
    content = store.content(index)
    assert content == little_bytes(array, spec.order) == b"".join(store.chunks(index))
    assert store.nbytes(index) == len(content)
    assert store.digest(index) == hashlib.sha256(content).digest()
    copy = store.add_content(spec, content)
    for number in (index, copy):
        assert_same(store.view(number), array, spec.order)
        assert not store.view(number).flags.writeable
        assert_same(store.array(number), array, spec.order)
        assert_owned(store.array(number), spec.order)
    assert store.content(copy) == content
    assert store.same(index, copy)


@pytest.mark.parametrize("array", [
    np.arange(300_000, dtype="<i8").reshape(500, 600)[:, ::2],
    np.arange(300_000, dtype=">f4").reshape(500, 600),
    np.asfortranarray(np.arange(300_000.0).reshape(500, 600))[::2],
    np.arange(300_000, dtype="<i8").view("<M8[s]").reshape(50, 60, 100).transpose(1, 2, 0),
    np.arange(300_000).astype("<U6").reshape(3, 100_000)[:, ::-1],
    np.zeros((100_000,), [("a", "<f8"), ("b", "<i4")])["a"],
    np.broadcast_to(np.float64(1.5), (1000, 300)),
], ids=str)  # fmt: skip
def test_large_arrays_are_streamed_in_pieces(array):
    store = ArrayStore()
    index = store.add(array)
    pieces = [bytes(piece) for piece in store.chunks(index)]
    assert max(map(len, pieces)) <= 1 << 18
    assert b"".join(pieces) == little_bytes(array, store.spec(index).order)


def test_a_contiguous_array_is_streamed_without_a_copy():
    array = np.arange(1e5)
    (piece,) = _chunks(array)
    assert np.shares_memory(np.frombuffer(piece, np.uint8), array)
    (piece,) = _chunks(np.asfortranarray(array.reshape(100, 1000)))
    assert len(piece) == 800_000


def _chunks(array):
    store = ArrayStore()
    return list(store.chunks(store.add(array)))


def test_indices_of_memory_are_64_bits_in_the_file():
    store = ArrayStore()
    index = store.add(np.array([1, -2, 3], np.int32), "intp")
    assert store.spec(index) == ArraySpec("intp", (3,))
    assert store.content(index) == np.array([1, -2, 3], "<i8").tobytes()
    assert store.view(index).dtype == np.intp
    assert store.array(index).dtype == np.intp
    with pytest.raises(UnsupportedError):
        store.add(np.array([1.0]), "intp")
    with pytest.raises(UnsupportedError):
        store.add(np.array([1]), "int")


def test_an_index_beyond_the_machine_is_refused(monkeypatch):
    from perdure.arrays import dtypes

    # As a 32-bit machine sees it.
    monkeypatch.setitem(dtypes._DTYPES, "intp", np.dtype(np.int32))
    from perdure.arrays import content

    for cache in (content.little, content.is_direct, dtypes.stored):
        cache.cache_clear()
    try:
        fine = content.as_array(ArraySpec("intp", (2,)), np.array([5, -(2**31)], "<i8").tobytes())
        assert fine.dtype == np.int32
        assert fine.tolist() == [5, -(2**31)]
        with pytest.raises(InvalidError, match="32 bits"):
            content.as_array(ArraySpec("intp", (1,)), np.array([2**31], "<i8").tobytes())
    finally:
        for cache in (content.little, content.is_direct, dtypes.stored):
            cache.cache_clear()


@pytest.mark.parametrize(
    ("spec", "content"),
    [
        (ArraySpec("|b1", (3,)), b"\0\1\2"),
        (ArraySpec("|b1", (2, 2), "F"), b"\0\1\1\xff"),
        (ArraySpec("<U1", (1,)), (0x110000).to_bytes(4, "little")),
        (ArraySpec(">U1", (2, 1), "F"), bytes(4) + b"\xff\xff\xff\xff"),
    ],
)
def test_bytes_that_are_no_values_are_refused(spec, content):
    store = ArrayStore()
    index = store.add_content(spec, content)
    with pytest.raises(FormatError, match="an array of the file holds"):
        store.view(index)
    with pytest.raises(FormatError):
        store.array(index)


def test_what_could_not_be_loaded_is_not_saved():
    with pytest.raises(UnsupportedError, match="booleans"):
        ArrayStore().add(np.array([7], np.uint8).view(np.bool_))
    with pytest.raises(UnsupportedError, match="strings"):
        ArrayStore().add(np.array([0x110000, 1, 2, 3], np.uint32).view("U1")[::2])


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (np.arange(3), np.arange(3), True),
        (np.arange(3), np.arange(3)[::-1][::-1], True),
        (np.arange(3), np.arange(3.0), False),
        (np.array([0.0]), np.array([-0.0]), False),
        (np.array([np.nan]), np.array([np.nan]), True),
        (np.ones((2, 3)), np.ones((3, 2)), False),
        (np.ones((2, 3)), np.asfortranarray(np.ones((2, 3))), False),
        (np.arange(1e5), np.arange(1e5), True),
        (np.arange(1e5), np.where(np.arange(1e5) == 70_000, -1, np.arange(1e5)), False),
    ],
)
def test_same_means_the_same_bytes(left, right, same):
    store = ArrayStore()
    a, b = store.add(left), store.add(right)
    assert store.same(a, b) is same
    assert store.same(b, a) is same
    assert store.same(a, a)


@given(st.data())
def test_joining_is_numpy_s_own(data):
    names = ["<f8", ">i4", "|b1", "|S3", "<c8", "<M8[D]"]
    name = data.draw(st.sampled_from(names))
    rest = (
        data.draw(hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3)) if data.draw(st.booleans()) else ()
    )
    same = data.draw(st.booleans())
    lengths = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=5))
    shapes = [(lengths[0] if same else length, *rest) for length in lengths]
    pieces = [data.draw(arrays([name], shapes=st.just(shape))) for shape in shapes]
    store = ArrayStore()
    indices = [store.add(piece) for piece in pieces]
    joined = store.concatenate(indices)
    expected = np.concatenate(pieces)
    check_joined(store, joined, expected)
    # Joined arrays can be joined again.
    check_joined(store, store.concatenate([joined, joined]), np.concatenate([expected, expected]))
    if same:
        check_joined(store, store.stack(indices), np.stack(pieces))


@given(st.data())
def test_parts_of_what_is_joined_are_those_of_the_whole(data):
    lengths = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=6).filter(any))
    width = data.draw(st.integers(1, 3))
    pieces = [data.draw(hnp.arrays("<f8", (length, width, 1))) for length in lengths]
    # As the fields of structured arrays are: with gaps between their values.
    pieces = [np.repeat(piece, 2, axis=0)[::2] for piece in pieces]
    store, expected = ArrayStore(), np.concatenate(pieces)
    joined = store.concatenate([store.add(piece) for piece in pieces])
    held = store.view(joined) if data.draw(st.booleans()) else None
    numbers = np.array(data.draw(st.lists(st.integers(0, len(expected) - 1), max_size=8)), np.int64)
    assert_same(store.take(joined, numbers), expected[numbers], "C")
    start = data.draw(st.integers(0, len(expected)))
    stop = data.draw(st.integers(start, len(expected)))
    out = np.zeros((stop - start, width))
    store.entry(joined).fill(SimpleNamespace(rows=slice(start, stop)), out)
    assert_same(out, expected.reshape(-1, width)[start:stop], "C")
    del held


def check_joined(store, index, expected):
    assert store.spec(index).shape == expected.shape
    assert store.spec(index).order == "C"
    assert store.content(index) == little_bytes(expected, "C")
    assert_same(store.view(index), expected.astype(store.view(index).dtype), "C")
    assert_owned(store.array(index), "C")
    assert_same(store.array(index), store.view(index), "C")


def test_scalars_stack_to_a_row():
    store = ArrayStore()
    index = store.stack([store.add(np.array(value)) for value in (1.5, 2.5, -0.0, 4.0)])
    assert store.spec(index) == ArraySpec("<f8", (4,))
    assert store.array(index).tolist() == [1.5, 2.5, -0.0, 4.0]


def test_arrays_that_do_not_fit_are_not_joined():
    store = ArrayStore()
    ones, wide, ints = store.add(np.ones((2, 2))), store.add(np.ones((2, 3))), store.add(np.ones((2, 2), int))
    with pytest.raises(UnsupportedError):
        store.concatenate([ones, wide])
    with pytest.raises(UnsupportedError):
        store.concatenate([ones, ints])
    with pytest.raises(UnsupportedError):
        store.stack([ones, wide])


def test_many_small_pieces_are_written_as_few_large_ones():
    store = ArrayStore()
    whole = np.arange(100_000)
    index = store.concatenate([store.add(whole[start : start + 50]) for start in range(0, len(whole), 50)])
    pieces = list(store.chunks(index))
    assert len(pieces) < 10
    assert b"".join(pieces) == whole.astype("<i8").tobytes()


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_integers_come_back(values):
    store = ArrayStore()
    index = store.numbers(values)
    assert store.spec(index) == ArraySpec("<i8", (len(values),))
    assert store.view(index).tolist() == values


@given(hnp.arrays(np.uint64, st.integers(1, 20)))
def test_floats_come_back_bit_for_bit(bits):
    values = bits.view(np.float64).tolist()
    store = ArrayStore()
    index = store.numbers(values)
    assert store.spec(index).dtype == "<f8"
    # A signalling NaN may be quieted when Python makes a float of it; what Python holds is kept.
    assert store.content(index) == np.array(values).tobytes()


def test_booleans_come_back():
    store = ArrayStore()
    index = store.numbers([True, False, True])
    assert store.spec(index) == ArraySpec("|b1", (3,))
    assert store.view(index).tolist() == [True, False, True]
    with pytest.raises(OverflowError):
        store.numbers([2**63])


def test_offsets_are_running_sums():
    store = ArrayStore()
    assert store.view(store.offsets([3, 0, 2])).tolist() == [0, 3, 3, 5]
    assert store.view(store.offsets([])).tolist() == [0]


def test_each_call_of_array_gives_memory_of_its_own():
    store = ArrayStore()
    source = np.arange(300.0)
    for index in (store.add(source), store.add(source[:3]), store.concatenate([0, 1])):
        first, second = store.array(index), store.array(index)
        first[:] = -1
        assert second[1] == 1
        assert store.view(index)[1] == 1
        assert source[1] == 1


def test_small_arrays_do_not_overlap():
    store = ArrayStore()
    made = []
    for n in range(300):
        made.append(store.array(store.add(np.full(n % 130, n, np.int64))))
    assert all((array == n).all() for n, array in enumerate(made))


class Own(np.ndarray):
    pass


def test_an_array_of_a_subclass_is_a_plain_array():
    store = ArrayStore()
    index = store.add(np.array([[1.0, 2.0]]).view(Own))
    assert type(store.view(index)) is np.ndarray
