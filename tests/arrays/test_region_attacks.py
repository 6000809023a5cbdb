"""Regions that lie: about sizes, places, shapes, codecs. None is read, and nothing is allocated for them."""

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perdure.arrays.region import read_region, write_region
from perdure.arrays.store import ArrayStore
from perdure.errors import FormatError, LimitError, PerdureError
from perdure.graph.limits import Limits
from perdure.graph.nodes import ArraySpec

NOISE = np.frombuffer(np.random.default_rng(0).bytes(8 * 40), np.float64)


def region():
    """Two raw arrays, two coded ones, and one equal to a raw, one equal to a coded one."""
    store = ArrayStore()
    arrays = [NOISE[:33], NOISE[:35], np.arange(200), np.arange(300, 900), NOISE[:33].copy(), np.arange(200).copy()]
    for array in arrays:
        store.add(array)
    made = write_region(store, [(number, number) for number in range(6)], compression="auto")
    assert {name: type(row) for name, row in made.storage.items()} == {"2": list, "3": list, "4": int, "5": int}
    return b"".join(made.chunks()), made.storage, [store.spec(number) for number in range(6)]


DATA, STORAGE, SPECS = region()
HEADER_END = 8 + int.from_bytes(DATA[:8], "little")
HEADER = json.loads(DATA[8:HEADER_END])


def read(data=DATA, storage=STORAGE, specs=SPECS, inline=None, **limits):
    region = None if data is None else memoryview(data)
    store = read_region(region, specs, storage, Limits(**limits), inline=inline or {})
    return [store.array(number) for number in range(len(store))]


def test_the_region_is_fine_as_it_is():
    found = read()
    assert np.array_equal(found[4].view("<i8"), NOISE[:33].view("<i8"))
    assert np.array_equal(found[5], np.arange(200))


def with_header(change):
    """The region with another header, the data as they were."""
    header = json.loads(json.dumps(HEADER))
    text = change(header)
    if text is None:
        text = json.dumps(header, sort_keys=True, separators=(",", ":"))
    text = text.encode()
    text += b" " * (-(len(text) + 8) % 64)
    return len(text).to_bytes(8, "little") + text + DATA[HEADER_END:]


def setter(name, key, value):
    def change(header):
        header[name][key] = value

    return change


def renamed(old, new):
    def change(header):
        header[new] = header.pop(old)

    return change


def text(replace, by):
    return lambda header: json.dumps(header, sort_keys=True, separators=(",", ":")).replace(replace, by, 1)


LIES = {
    "overlapping": setter("1", "data_offsets", [0, 280]),
    "overlapping in part": setter("1", "data_offsets", [256, 536]),
    "backwards": setter("1", "data_offsets", [600, 320]),
    "a hole": setter("1", "data_offsets", [328, 608]),
    "negative": setter("0", "data_offsets", [-264, 0]),
    "beyond the end": setter("3", "data_offsets", [0, 1 << 60]),
    "beyond 64 bits": setter("3", "data_offsets", [0, 1 << 70]),
    "huge shape": setter("0", "shape", [1 << 62]),
    "overflowing shape": setter("0", "shape", [1 << 32, 1 << 32, 33]),
    "negative shape": setter("0", "shape", [-1]),
    "another shape": setter("0", "shape", [3, 11]),
    "another dtype": setter("0", "dtype", "I64"),
    "unknown dtype": setter("0", "dtype", "F8_E4M3"),
    "float offsets": setter("0", "data_offsets", [0.0, 264.0]),
    "null": setter("0", "shape", None),
    "a further key": setter("0", "extra", 1),
    "metadata": lambda header: header.__setitem__("__metadata__", {"a": "b"}),
    "one array less": lambda header: header.__delitem__("0"),
    "one array more": lambda header: header.__setitem__("9", {"data_offsets": [0, 0], "dtype": "U8", "shape": [0]}),
    "renamed": renamed("0", "00"),
    "renamed padding": renamed(".pad0", ".pad1"),
    "swapped": lambda header: header.update({"2": header["3"], "3": header["2"]}),
    "duplicate": text('{".pad0"', '{"0":{"data_offsets":[0,264],"dtype":"F64","shape":[33]},".pad0"'),
    "a space": text(":", ": "),
    "another order": lambda header: json.dumps(dict(reversed(header.items())), separators=(",", ":")),
    "an escape": text('"0"', '"\\u0030"'),
    "another number": text("[0,264]", "[0,2.64e2]"),
    "not an object": lambda header: "[" + "1" * 200 + "]",
    "not JSON": lambda header: "{" * 300,
    "empty": lambda header: "",
    "a byte order mark": text("{", "\ufeff{"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_header_that_lies_is_refused(name):
    data = with_header(LIES[name])
    assert data != DATA
    with pytest.raises(FormatError, match=r"arrays\.safetensors"):
        read(data)


def test_the_same_header_made_here_is_accepted():
    assert with_header(lambda header: None) == DATA


@pytest.mark.parametrize("length", [0, 1, HEADER_END - 16, HEADER_END - 7, 1 << 31, (1 << 64) - 1])
def test_a_length_of_the_header_that_lies_is_refused(length):
    with pytest.raises(FormatError):
        read(length.to_bytes(8, "little") + DATA[8:])


@pytest.mark.parametrize(
    "data",
    [b"", DATA[:7], DATA[:8], DATA[:HEADER_END], DATA[:-1], DATA + b"\0", DATA + DATA, b"\0" + DATA, b" " * len(DATA)],
    ids=range(9),
)
def test_other_lengths_are_refused(data):
    with pytest.raises(FormatError):
        read(data)


def test_every_bit_of_header_and_padding_counts():
    padding = [HEADER_END + at for at in range(*HEADER[".pad0"]["data_offsets"])]
    assert padding
    for at in (*range(HEADER_END), *padding):
        for bit in range(8):
            broken = bytearray(DATA)
            broken[at] ^= 1 << bit
            with pytest.raises(FormatError):
                read(bytes(broken))


def without(name):
    return {key: row for key, row in STORAGE.items() if key != name}


SIZE_2, *CHAIN_2 = STORAGE["2"]


@pytest.mark.parametrize(
    "storage",
    [
        {},
        without("2"),
        without("4"),
        STORAGE | {"0": [10, "zstd"]},
        STORAGE | {"6": [10, "zstd"]},
        STORAGE | {"-1": 0},
        STORAGE | {"02": STORAGE["2"]},
        STORAGE | {" 2": STORAGE["2"]},
        STORAGE | {"２": STORAGE["2"]},
        STORAGE | {"²": STORAGE["2"]},
        STORAGE | {"": 0},
        STORAGE | {"1" * 5000: 0},
        STORAGE | {"groups": {}},
        STORAGE | {"2": [SIZE_2 + 1, *CHAIN_2]},
        STORAGE | {"2": [0, *CHAIN_2]},
        STORAGE | {"2": [-1, *CHAIN_2]},
        STORAGE | {"2": [1600, *CHAIN_2]},
        STORAGE | {"2": [1 << 70, *CHAIN_2]},
        STORAGE | {"2": [True, *CHAIN_2]},
        STORAGE | {"2": [float(SIZE_2), *CHAIN_2]},
        STORAGE | {"2": [str(SIZE_2), *CHAIN_2]},
        STORAGE | {"2": [SIZE_2]},
        STORAGE | {"2": []},
        STORAGE | {"2": None},
        STORAGE | {"2": True},
        STORAGE | {"2": "0"},
        STORAGE | {"2": {"from": "forest-0"}},
        STORAGE | {"2": [SIZE_2, "gzip"]},
        STORAGE | {"2": [SIZE_2, "shuffle"]},
        STORAGE | {"2": [SIZE_2, ["zstd"]]},
        STORAGE | {"2": [SIZE_2, "zstd", "zstd"]},
        STORAGE | {"4": 4},
        STORAGE | {"4": 5},
        STORAGE | {"4": -1},
        STORAGE | {"4": 1},
        STORAGE | {"4": 2},
        STORAGE | {"4": False},
        STORAGE | {"4": 0.0},
        STORAGE | {"4": 1 << 70},
        STORAGE | {"0": 4},
        STORAGE | {"5": 4},
    ],
    ids=range(41),
)
def test_a_storage_that_lies_is_refused(storage):
    with pytest.raises(FormatError):
        read(storage=storage)


def test_an_equal_of_an_equal_is_refused():
    store = ArrayStore()
    for _ in range(3):
        store.add(NOISE)
    made = write_region(store, [(number, number) for number in range(3)])
    specs = [store.spec(0)] * 3
    data = b"".join(made.chunks())
    assert made.storage == {"1": 0, "2": 0}
    assert len(read(data, made.storage, specs)) == 3
    with pytest.raises(FormatError, match="cannot be"):
        read(data, {"1": 0, "2": 1}, specs)


@pytest.mark.parametrize(
    ("number", "spec"),
    [
        (0, ArraySpec("<f8", (34,))),
        (0, ArraySpec("<i8", (33,))),
        (0, ArraySpec("<f8", (3, 11))),
        (0, ArraySpec("<f8", (33, 1 << 40))),
        (0, ArraySpec("|O", (33,))),
        (0, ArraySpec("<f8", (-33,))),
        (0, ArraySpec("<f8", (1 << 61,))),
        (0, ArraySpec("<f8", (3,))),
        (2, ArraySpec("<i8", (1 << 30,))),
        (2, ArraySpec("<f8", (200, 1 << 20))),
        (2, ArraySpec("|u1", (1600,))),
        (4, ArraySpec("<f4", (33,))),
    ],
)
def test_a_graph_that_disagrees_is_refused(number, spec):
    specs = [*SPECS]
    specs[number] = spec
    tracemalloc.start()
    try:
        with pytest.raises((FormatError, LimitError)):
            read(specs=specs)
        # Whatever was claimed, nothing was allocated for it.
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_arrays_stand_where_their_size_puts_them():
    small = ArraySpec("<f8", (31,))
    assert len(read(None, {}, [small], {0: bytes(248)})) == 1
    with pytest.raises(FormatError, match="248 bytes and does not stand inline"):
        read(None, {}, [small])
    assert len(read(None, {}, [ArraySpec("<f8", (511,))], {0: bytes(4088)})) == 1
    with pytest.raises(FormatError, match="4,096 bytes and stands inline"):
        read(None, {}, [ArraySpec("<f8", (512,))], {0: bytes(4096)})
    with pytest.raises(FormatError, match="needs 248 bytes and has 247"):
        read(None, {}, [small], {0: bytes(247)})
    with pytest.raises(FormatError):
        read(None, {}, [ArraySpec("<f8", (1 << 61,))], {0: b""})


def test_a_region_that_is_missing_or_spare_is_refused():
    with pytest.raises(FormatError, match=r"no arrays\.safetensors"):
        read(None)
    with pytest.raises(FormatError, match="does not use"):
        read(DATA, {}, [])
    with pytest.raises(FormatError):
        read(b"", {}, [])


def coded(frame, shape=(200,), chain=("zstd",)):
    """A region of one coded array."""
    store = ArrayStore()
    store.add(np.arange(200))
    made = write_region(store, [(0, 0)], compression="auto")
    old = b"".join(made.chunks())
    size = made.storage["0"][0]
    header = json.loads(old[8 : 8 + int.from_bytes(old[:8], "little")])
    assert header == {"0": {"data_offsets": [0, size], "dtype": "U8", "shape": [size]}}
    text = json.dumps(
        {"0": {"data_offsets": [0, len(frame)], "dtype": "U8", "shape": [len(frame)]}}, separators=(",", ":")
    ).encode()
    text += b" " * (-(len(text) + 8) % 64)
    return len(text).to_bytes(8, "little") + text + frame, {"0": [len(frame), *chain]}, [ArraySpec("<i8", shape)]


def test_a_frame_of_another_size_is_refused_before_memory_is_taken():
    import zstandard

    compress = zstandard.ZstdCompressor(level=3).compress
    fine = compress(np.arange(200).tobytes())
    assert np.array_equal(read(*coded(fine))[0], np.arange(200))
    bomb = compress(bytes(1 << 28))
    tracemalloc.start()
    try:
        for frame in (
            compress(bytes(1601)),
            compress(bytes(1599)),
            fine + b"\0",
            fine[:-1],
            fine + compress(b""),
            b"x" * 50,
        ):
            with pytest.raises(FormatError):
                read(*coded(frame))
        with pytest.raises(FormatError):
            read(*coded(bomb[:1000], shape=(1 << 12,)))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_frame_that_saves_nothing_is_refused():
    import zstandard

    content = np.random.default_rng(0).bytes(1600)
    frame = zstandard.ZstdCompressor(level=3).compress(content)
    assert len(frame) > 1600
    with pytest.raises(FormatError, match="size below 1,600"):
        read(*coded(frame))


def test_delta_wraps_around_and_never_fails():
    import zstandard

    content = bytes([255]) * 1600
    frame = zstandard.ZstdCompressor(level=3).compress(content)
    for chain in (("delta", "zstd"), ("shuffle", "zstd"), ("delta", "shuffle", "zstd")):
        (found,) = read(*coded(frame, chain=chain))
        assert found.dtype == np.int64


@given(st.integers(0, len(DATA) - 1), st.binary(min_size=1, max_size=20))
def test_whatever_is_overwritten_nothing_but_our_errors_comes(at, patch):
    broken = bytearray(DATA)
    broken[at : at + len(patch)] = patch[: len(DATA) - at]
    try:
        read(bytes(broken))
    except PerdureError:
        return
