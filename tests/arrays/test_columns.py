"""Reading columns: offsets and bytes of a file are not believed."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perdure.arrays.columns import check_offsets, decode_texts, rows
from perdure.arrays.native import native, use_native
from perdure.arrays.store import ArrayStore
from perdure.errors import InvalidError

# Lone surrogates are strings to Python, so they are to us.
TEXTS = st.lists(st.text(st.characters(codec=None, categories=None)), max_size=30)


@pytest.fixture(params=[False, True], ids=["numpy", "native"], autouse=True)
def way(request):
    """Each test once with numpy alone, and once with the compiled decoder where it is there."""
    before = native.active
    if use_native(request.param) is not request.param:
        pytest.skip("the compiled decoder was not built")
    yield
    use_native(before)


@given(TEXTS)
def test_strings_come_back(values):
    store = ArrayStore()
    data, offsets = store.texts(values)
    assert store.spec(data).dtype == "|u1"
    assert store.spec(offsets).dtype == "<i8"
    assert store.spec(offsets).shape == (len(values) + 1,)
    assert store.content(data) == b"".join(value.encode("utf-8", "surrogatepass") for value in values)
    assert decode_texts(store.view(data), store.view(offsets)) == values


@given(st.binary(max_size=12), st.lists(st.integers(-2, 14), min_size=1, max_size=5))
def test_any_bytes_and_offsets_are_strings_or_an_error(data, offsets):
    array, cuts = np.frombuffer(data, np.uint8), np.array(offsets, np.int64)
    try:
        values = decode_texts(array, cuts)
    except InvalidError:
        return
    # What was accepted is what we would have written.
    assert [value.encode("utf-8", "surrogatepass") for value in values] == [data[a:b] for a, b in pairwise(offsets)]


@pytest.mark.parametrize(
    "offsets",
    [[], [1, 5], [0, 4], [0, 6], [0, 3, 2, 5], [0, -1, 5], [0, 6, 5], [-1, 5], [5], [0]],
)
def test_offsets_that_do_not_cut_are_refused(offsets):
    with pytest.raises(InvalidError):
        check_offsets(np.array(offsets, np.int64), 5)


@pytest.mark.parametrize("offsets", [np.zeros((1, 1), np.int64), np.zeros(1), np.zeros(1, np.int32), np.int64(0)])
def test_offsets_are_one_row_of_64_bit_integers(offsets):
    with pytest.raises(InvalidError, match="64-bit"):
        check_offsets(np.asarray(offsets), 0)


@pytest.mark.parametrize("data", [np.zeros(3, np.int8), np.zeros((1, 3), np.uint8), np.zeros((), np.uint8)])
def test_strings_are_one_row_of_bytes(data):
    with pytest.raises(InvalidError, match="row of bytes"):
        decode_texts(data, np.array([0, 3]))


def test_a_character_is_not_cut_in_two():
    data = np.frombuffer("aé".encode(), np.uint8)
    with pytest.raises(InvalidError, match="in two"):
        decode_texts(data, np.array([0, 2, 3]))


def test_rows_are_views():
    array = np.arange(10.0).reshape(5, 2)
    pieces = rows(array, np.array([0, 2, 2, 5]))
    assert [piece.shape for piece in pieces] == [(2, 2), (0, 2), (3, 2)]
    assert all(np.shares_memory(piece, array) for piece in pieces if piece.size)
    with pytest.raises(InvalidError):
        rows(np.float64(3)[...], np.array([0, 1]))
    with pytest.raises(InvalidError):
        rows(array, np.array([0, 6]))
