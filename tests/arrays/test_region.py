"""The region: arrays there and back, as the official reader of safetensors sees them too."""

import json

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from arrays.strategies import arrays
from perdure.arrays import memory
from perdure.arrays.dtypes import stored
from perdure.arrays.region import check_compression, read_region, write_region
from perdure.arrays.source import MemorySource
from perdure.arrays.store import ArrayStore
from perdure.errors import LimitError, UnsupportedError
from perdure.graph.limits import Limits

LARGE = arrays(max_side=40, shapes=hnp.array_shapes(min_dims=1, max_dims=3, min_side=7, max_side=40)).filter(
    lambda array: array.nbytes >= 256
)
COMPRESSIONS = [None, "auto", 1, 9]


class FileLike(MemorySource):
    """Bytes that are read by ranges into memory of the reader's, as from a file."""

    __slots__ = ()
    in_memory = False

    def part(self, start, stop):
        return FileLike(self.read(start, stop))


def write(*given, compression=None, names=()):
    """The bytes and the storage of a region, and the specs, of arrays numbered 0, 1, 2 …."""
    store = ArrayStore()
    for number, array in enumerate(given):
        store.add(array, dict(names).get(number))
    region = write_region(store, [(number, number) for number in range(len(given))], compression=compression)
    data = b"".join(region.chunks())
    assert len(data) == region.size
    # As it comes out of the manifest.
    return data, json.loads(json.dumps(region.storage)), [store.spec(number) for number in range(len(given))]


def read(data, storage, specs, *, source=memoryview, mapped=False, **limits):
    return read_region(source(data), specs, storage, Limits(**limits), inline={}, mapped=mapped)


def same(found, expected, order):
    return (found.dtype, found.shape, found.tobytes(order)) == (expected.dtype, expected.shape, expected.tobytes(order))


@given(st.lists(LARGE, min_size=1, max_size=5), st.sampled_from(COMPRESSIONS))
def test_any_arrays_come_back(given, compression):
    data, storage, specs = write(*given, compression=compression)
    for source in (memoryview, lambda data: FileLike(memoryview(data))):
        store = read(data, storage, specs, source=source)
        assert len(store) == len(given)
        for number, array in enumerate(given):
            order = specs[number].order
            assert same(store.view(number), array, order)
            for _ in range(2):
                owned = store.array(number)
                assert same(owned, array, order)
                assert owned.flags.writeable
                assert owned.__array_interface__["data"][0] % 64 == 0
                if owned.flags.c_contiguous:
                    owned.reshape(-1).view(np.uint8)[:] = 0
                assert same(store.view(number), array, order)
            assert not store.view(number).flags.writeable
        # What was read can be written again, to the same bytes.
        again = write_region(store, [(number, number) for number in range(len(given))], compression=compression)
        assert b"".join(again.chunks()) == data
        assert again.storage == storage


@given(st.lists(LARGE, min_size=1, max_size=4))
def test_the_official_reader_sees_the_same(given):
    data, storage, specs = write(*given)
    seen = safetensors.numpy.load(data)
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert seen.keys() == header.keys()
    for number, array in enumerate(given):
        name = str(storage.get(str(number), number))
        spec, how = specs[number], stored(specs[number].dtype)
        values = array if spec.order == "C" else array.T
        values = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).reshape(values.shape)
        flat = np.frombuffer(values.tobytes(), how.component)
        found = seen[name]
        # Equal contents are stored once, under the first one's dtype and shape.
        if name == str(number):
            assert found.dtype == how.component
            assert found.shape == values.shape + how.extra
        assert found.tobytes() == flat.tobytes()
        start, _ = header[name]["data_offsets"]
        assert (8 + int.from_bytes(data[:8], "little") + start) % 64 == 0


def test_the_layout_byte_by_byte():
    data, storage, _ = write(np.arange(33.0), np.arange(70, dtype="<i4").reshape(7, 10, order="F"))
    header = (
        '{".pad0":{"data_offsets":[264,320],"dtype":"U8","shape":[56]},'
        '"0":{"data_offsets":[0,264],"dtype":"F64","shape":[33]},'
        '"1":{"data_offsets":[320,600],"dtype":"I32","shape":[10,7]}}'
    )
    assert storage == {}
    padding = -(8 + len(header)) % 64
    assert data[:8] == (len(header) + padding).to_bytes(8, "little")
    assert data[8 : 8 + len(header) + padding].decode() == header + " " * padding
    rest = data[8 + len(header) + padding :]
    assert rest == np.arange(33.0).tobytes() + bytes(56) + np.arange(70, dtype="<i4").tobytes()


def test_coded_arrays_stand_behind_the_raw_ones():
    noise = np.frombuffer(np.random.default_rng(0).bytes(512), np.float64)
    data, storage, specs = write(np.zeros(100), noise, np.arange(400), compression="auto")
    assert storage.keys() == {"0", "2"}
    size, *chain = storage["2"]
    assert chain[0] == "delta"
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert header["1"]["data_offsets"][0] == 0
    assert header["2"] == {
        "data_offsets": [512 + storage["0"][0], 512 + storage["0"][0] + size],
        "dtype": "U8",
        "shape": [size],
    }
    store = read(data, storage, specs)
    assert [store.shared(number) for number in range(3)] == [False, True, False]


def test_without_compression_all_is_raw():
    _, storage, _ = write(np.zeros(1000), np.arange(1000), compression=None)
    assert storage == {}


def test_compression_is_kept_where_it_saves_enough():
    rng = np.random.default_rng(0)
    normal = rng.normal(size=100_000)
    # The exponents of normal numbers save an eighth: too little to give up a memory map.
    _, storage, _ = write(normal, compression="auto")
    assert storage == {}
    data, storage, specs = write(normal, compression=3)
    assert storage["0"][0] < 0.95 * normal.nbytes
    assert np.array_equal(read(data, storage, specs).array(0), normal)
    # Small ones are judged whole, with the row that they cost in the manifest.
    _, storage, _ = write(rng.integers(0, 255, 300).astype(np.uint8), compression="auto")
    assert storage == {}


@pytest.mark.parametrize("array", [
    np.arange(1_000_000),
    np.repeat(np.random.default_rng(0).normal(size=1000), 1000).reshape(1000, 1000),
    np.asfortranarray(np.random.default_rng(0).integers(0, 5, (1000, 700))),
    np.random.default_rng(0).integers(0, 2, 900_000).astype(bool),
    np.random.default_rng(0).integers(0, 90, (3000, 200))[:, ::2].astype(">i4"),
    np.array(["left", "right"] * 60_000),
], ids=str)  # fmt: skip
def test_large_arrays_are_judged_by_a_part(array):
    data, storage, specs = write(array, compression="auto")
    assert len(data) < 0.5 * array.nbytes
    for source in (memoryview, lambda data: FileLike(memoryview(data))):
        found = read(data, storage, specs, source=source).array(0)
        assert same(found, array, specs[0].order)


def test_equal_contents_are_stored_once():
    values = np.random.default_rng(0).normal(size=(20, 30))
    other = values.copy()
    data, storage, specs = write(values, other, other.view("<i8"), values.T, values.reshape(-1), values + 1)
    assert storage == {"1": 0, "2": 0, "3": 0, "4": 0}
    store = read(data, storage, specs)
    for number, array in enumerate((values, other, other.view("<i8"), values.T, values.reshape(-1), values + 1)):
        assert same(store.array(number), array, specs[number].order)


def test_equal_contents_of_other_dtypes_are_decoded_by_the_first_ones_size():
    pairs = np.repeat(np.arange(3000, dtype="<i4"), 2)
    data, storage, specs = write(pairs, pairs.view("<i8"), compression="auto")
    assert storage["1"] == 0
    assert storage["0"][1] in ("delta", "shuffle")
    store = read(data, storage, specs)
    assert np.array_equal(store.array(1), pairs.view("<i8"))


def test_indices_of_memory_are_64_bits():
    data, storage, specs = write(np.arange(100, dtype=np.intp), names={0: "intp"})
    assert safetensors.numpy.load(data)["0"].dtype == np.int64
    assert read(data, storage, specs).array(0).dtype == np.intp


def test_joined_pieces_are_the_array_itself():
    whole = np.random.default_rng(0).integers(0, 50, 200_000)
    store = ArrayStore()
    pieces = [store.add(whole[start : start + 100]) for start in range(0, len(whole), 100)]
    joined, plain = store.concatenate(pieces), store.add(whole)
    regions = [write_region(store, [(0, index)], compression="auto") for index in (joined, plain)]
    assert regions[0].size < whole.nbytes / 3
    found = read(b"".join(regions[0].chunks()), regions[0].storage, [store.spec(joined)])
    assert np.array_equal(found.array(0), whole)


def test_a_region_without_arrays_is_none():
    region = write_region(ArrayStore(), [])
    assert (region.size, list(region.chunks()), region.storage) == (0, [], {})
    store = read_region(None, [], {}, Limits(), inline={})
    assert len(store) == 0


def test_hashes_are_those_of_the_bytes():
    import hashlib
    import zlib

    store = ArrayStore()
    store.add(np.arange(100.0))
    region = write_region(store, [(0, 0)])
    data = b"".join(region.chunks())
    assert region.sha256 == hashlib.sha256(data).hexdigest()
    assert region.crc32 == zlib.crc32(data)
    assert b"".join(region.chunks()) == data


def in_place(data):
    """The bytes in memory as a map has them: at a multiple of 64."""
    place = memory.aligned((len(data),), np.dtype(np.uint8), "C")
    place[:] = np.frombuffer(data, np.uint8)
    return place


def test_arrays_of_a_map_stay_there_and_are_read_only():
    values = np.random.default_rng(0).normal(size=(64, 3))
    data, storage, specs = write(np.arange(100, dtype=np.int32), values, np.zeros(100), compression="auto")
    assert storage.keys() == {"0", "2"}
    place = in_place(data)
    store = read(memoryview(place).toreadonly(), storage, specs, mapped=True)
    for array in (store.view(1), store.array(1)):
        assert np.shares_memory(array, place)
        assert array.__array_interface__["data"][0] % 64 == 0
        assert not array.flags.writeable
        assert np.array_equal(array, values)
    # What is compressed cannot stay in the map.
    assert [store.kept(number) for number in range(3)] == [False, True, False]
    assert store.array(2).flags.writeable
    # Without a map, the same region gives arrays of its own.
    store = read(memoryview(place).toreadonly(), storage, specs)
    assert np.shares_memory(store.view(1), place)
    assert not np.shares_memory(store.array(1), place)
    assert store.array(1).flags.writeable


@pytest.mark.parametrize(
    "array",
    [np.arange(100), np.arange(100, dtype="<i4"), np.arange(256, dtype="u1"), np.ones(256, bool), np.array(["ab"] * 64),
     np.arange(64).astype("<M8[s]")],
    ids=str,
)  # fmt: skip
def test_what_may_be_an_index_is_copied_out_of_a_map_once(array):
    data, storage, specs = write(array)
    place = in_place(data)
    store = read(memoryview(place), storage, specs, mapped=True)
    assert not store.kept(0)
    view = store.view(0)
    assert not np.shares_memory(view, place)
    # The map changes after the validation: what was looked at is what is used.
    place[:] = 255
    assert np.array_equal(store.array(0), array)
    assert np.array_equal(view, array)


@pytest.mark.parametrize("compression", ["fast", 0, 23, -1, True, 2.5, b"auto", "zstd"])
def test_other_compressions_are_refused(compression):
    with pytest.raises(UnsupportedError, match="is not offered"):
        check_compression(compression)


# --- limits: nothing is allocated before they are checked ---


def test_the_number_of_arrays_is_limited():
    data, storage, specs = write(np.zeros(100), np.ones(100))
    with pytest.raises(LimitError, match="the limit arrays is 1"):
        read(data, storage, specs, arrays=1)


def test_the_decoded_size_is_limited():
    data, storage, specs = write(np.zeros(1_000_000), compression="auto")
    assert len(data) < 10_000
    with pytest.raises(LimitError, match=r"8,000,000 bytes of arrays.*decoded_bytes"):
        read(data, storage, specs, decoded_bytes=7_999_999)
    assert read(data, storage, specs, decoded_bytes=8_000_000).array(0).shape == (1_000_000,)


def test_equal_contents_count_each():
    data, storage, specs = write(np.ones(1000), np.ones(1000), compression="auto")
    with pytest.raises(LimitError):
        read(data, storage, specs, decoded_bytes=15_999)


def test_more_memory_than_is_free_is_not_asked_for(monkeypatch):
    data, storage, specs = write(np.zeros(10_000_000), compression="auto")
    monkeypatch.setattr(memory, "free_memory", lambda: 79_999_999)
    with pytest.raises(LimitError, match="79,999,999 are free"):
        read(data, storage, specs)
    monkeypatch.setattr(memory, "free_memory", lambda: 80_000_000)
    assert len(read(data, storage, specs)) == 1
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    assert len(read(data, storage, specs)) == 1


def test_what_stays_mapped_needs_no_memory(monkeypatch):
    raw, nothing, raw_specs = write(np.arange(10_000_000.0))
    coded, storage, specs = write(np.zeros(10_000_000), compression="auto")
    monkeypatch.setattr(memory, "free_memory", lambda: 1000)
    assert len(read(raw, nothing, raw_specs, mapped=True)) == 1
    with pytest.raises(LimitError):
        read(coded, storage, specs, mapped=True)


def test_free_memory_is_known_here():
    free = memory.free_memory()
    assert free is None or free > 1 << 20
