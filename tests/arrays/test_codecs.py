"""Codecs: each against its golden file, chains there and back, and frames that lie."""

from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from perdure.arrays.codecs import chain, zstd
from perdure.arrays.codecs.delta import Delta
from perdure.arrays.codecs.shuffle import Shuffle
from perdure.errors import FormatError

GOLDEN = Path(__file__).parent / "golden"
FILTERS = {"shuffle": Shuffle(), "delta": Delta()}


def golden(name):
    lines = (GOLDEN / f"{name}.txt").read_text().splitlines()
    rows = [(int(size), bytes.fromhex(plain), bytes.fromhex(coded)) for size, plain, coded in map(str.split, lines)]
    assert rows
    return rows


def test_every_codec_has_its_golden_file():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {name for names in chain.CHAINS for name in names}


@pytest.mark.parametrize(
    ("name", "itemsize", "plain", "coded"), [(name, *row) for name in FILTERS for row in golden(name)]
)
def test_filters_match_their_golden_files(name, itemsize, plain, coded):
    for method, source, expected in (("encode", plain, coded), ("decode", coded, plain)):
        out = np.empty(len(source), np.uint8)
        getattr(FILTERS[name], method)(np.frombuffer(source, np.uint8), itemsize, out)
        assert out.tobytes().hex() == expected.hex()


@pytest.mark.parametrize(("itemsize", "plain", "coded"), golden("zstd"))
def test_frames_of_the_golden_file_are_read(itemsize, plain, coded):
    # zstd may find another frame for the same content in another release: only reading is promised.
    assert zstd.decompress(memoryview(coded), len(plain)) == plain
    assert zstd.compressed_size(memoryview(coded)) == len(plain)


SIZES = st.sampled_from([1, 7, 32, 1000, chain.BLOCK // 8, chain.BLOCK // 8 + 1, chain.BLOCK // 4 + 13])


@given(st.sampled_from(chain.CHAINS), st.sampled_from([1, 2, 4, 8]), SIZES, st.integers(0, 2**32 - 1), st.data())
def test_chains_there_and_back(names, itemsize, count, seed, data):
    rng = np.random.default_rng(seed)
    plain = np.sort(rng.integers(0, 1 << 16, count).astype(f"<u{itemsize}")).tobytes()
    if itemsize == 1:
        names = ("zstd",)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(plain)), max_size=4)))
    pieces = [memoryview(plain)[a:b] for a, b in zip([0, *cuts], [*cuts, len(plain)], strict=True)]
    coded = chain.encode(pieces, len(plain), names, itemsize, 3)
    # The pieces in which a content is handed over leave no trace in the file.
    assert coded == chain.encode([memoryview(plain)], len(plain), names, itemsize, 3)
    out = np.empty(len(plain), np.uint8)
    chain.decode(memoryview(coded), out, chain.check_chain(list(names), itemsize), itemsize)
    assert out.tobytes() == plain
    # The frame by itself is plain zstd.
    assert len(zstandard.ZstdDecompressor().decompress(coded)) == len(plain)


@pytest.mark.parametrize(
    "names",
    [[], ["shuffle"], ["zstd", "zstd"], ["zstd", "shuffle"], ["shuffle", "delta", "zstd"], ["gzip"], [None], [["zstd"]],
     ["zstd", 3], ["shuffle", "shuffle", "zstd"], [{}], ["Zstd"], ["zstd"] * 10_000],
)  # fmt: skip
def test_other_chains_are_refused(names):
    with pytest.raises(FormatError, match="chain") as caught:
        chain.check_chain(names, 8)
    assert len(str(caught.value)) < 200


def test_single_bytes_have_no_planes():
    assert chain.check_chain(["zstd"], 1) == ("zstd",)
    with pytest.raises(FormatError):
        chain.check_chain(["shuffle", "zstd"], 1)


CONTENT = bytes(range(256)) * 40
FRAME = zstandard.ZstdCompressor(level=3).compress(CONTENT)


def raw_frame(window=4, block=0, more=0):
    """A frame made by hand: a window of 2 ** (10 + window) bytes, the size, and one block that is not compressed."""
    header = b"\xc0" + bytes([window << 3]) + len(CONTENT).to_bytes(8, "little")
    return FRAME[:4] + header + (1 | block << 1 | (len(CONTENT) + more) << 3).to_bytes(3, "little") + CONTENT


def test_the_frame_made_by_hand_is_fine_otherwise():
    assert zstd.decompress(memoryview(raw_frame()), len(CONTENT)) == CONTENT


def frames():
    from zstandard import ZstdCompressor as Compressor

    skippable = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"abcd"
    dictionary = zstandard.train_dictionary(
        1024, [f"some words {n} and words {n * n}".encode() * 3 for n in range(200)]
    )
    return {
        "empty": b"",
        "magic": FRAME[:4],
        "cut": FRAME[:-1],
        "cut to its header": FRAME[:8],
        "a byte more": FRAME + b"\0",
        "two": FRAME + FRAME,
        "skippable after": FRAME + skippable,
        "skippable before": skippable + FRAME,
        "skippable only": skippable,
        "another content": Compressor().compress(CONTENT + b"x"),
        "no size": Compressor(write_content_size=False).compress(CONTENT),
        "dictionary": Compressor(dict_data=dictionary).compress(CONTENT),
        "not zstd": b"x" * 50,
        "window of 256 MiB": raw_frame(window=18),
        "reserved block": raw_frame(block=3),
        "lying block": raw_frame(more=1),
        "magicless": FRAME[4:],
    }


@pytest.mark.parametrize("name", frames())
@pytest.mark.parametrize("size", [len(CONTENT), 5, 9, 10 * chain.BLOCK])
def test_a_frame_that_is_not_exactly_the_content_is_refused(name, size):
    frame = memoryview(frames()[name])
    with pytest.raises(FormatError):
        zstd.decompress(frame, size)
    out = np.zeros(size, np.uint8)
    with pytest.raises(FormatError):
        chain.decode(frame, out, ("zstd",), 1)


def test_the_error_names_what_is_wrong():
    for name, words in (("dictionary", "dictionary"), ("window of 256 MiB", "window"), ("no size", "how large")):
        with pytest.raises(FormatError, match=words):
            zstd.decompress(memoryview(frames()[name]), len(CONTENT))


def test_large_frames_are_checked_as_well():
    plain = np.random.default_rng(0).integers(0, 9, 3 * chain.BLOCK).astype(np.uint8).tobytes()
    frame = chain.encode([memoryview(plain)], len(plain), ("shuffle", "zstd"), 8, 3)
    out = np.empty(len(plain), np.uint8)
    chain.decode(memoryview(frame), out, ("shuffle", "zstd"), 8)
    assert out.tobytes() == plain
    for at in range(0, len(frame), len(frame) // 50):
        broken = bytearray(frame)
        broken[at] ^= 0x55
        # Literals have no check of their own (the archive's CRC-32 covers them): other bytes or an error, never more.
        try:
            chain.decode(memoryview(broken), out, ("shuffle", "zstd"), 8)
        except FormatError:
            continue
    for broken in (frame[:-1], frame + b"\0"):
        with pytest.raises(FormatError):
            chain.decode(memoryview(broken), out, ("shuffle", "zstd"), 8)
    # A frame that declares less or more than it holds.
    assert frame[5:9] == len(plain).to_bytes(4, "little")
    for size in (len(plain) - 8, len(plain) + 8, chain.BLOCK):
        lying = frame[:5] + size.to_bytes(4, "little") + frame[9:]
        for names in (("zstd",), ("shuffle", "zstd")):
            with pytest.raises(FormatError):
                chain.decode(memoryview(lying), np.empty(size, np.uint8), names, 8)


@given(st.binary(max_size=64), st.integers(0, 300))
def test_no_bytes_crash_the_reader_of_frames(data, size):
    for frame in (data, b"\x28\xb5\x2f\xfd" + data):
        try:
            content = zstd.decompress(memoryview(frame), size)
        except FormatError:
            continue
        assert len(content) == size


def test_a_frame_with_a_checksum_is_read():
    frame = zstandard.ZstdCompressor(write_checksum=True).compress(CONTENT)
    assert zstd.decompress(memoryview(frame), len(CONTENT)) == CONTENT
    with pytest.raises(FormatError):
        zstd.decompress(memoryview(frame[:-1] + bytes([frame[-1] ^ 1])), len(CONTENT))
