"""``zstd``: one frame with its content size, without a dictionary, and nothing after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ...errors import FormatError
from ...graph.native import native_reader

if TYPE_CHECKING:
    import zstandard

__all__ = ["check_frame", "compress", "compressed_size", "decompress", "decompress_into", "flow"]

_MAGIC = b"\x28\xb5\x2f\xfd"
# What level 22 asks for; a frame that wants more is refused.
_MAX_WINDOW = 1 << 27


class _Local(threading.local):
    """One compressor a level and one decompressor, a thread each: they cannot be shared."""

    def __init__(self) -> None:
        self.compressors: dict[int, zstandard.ZstdCompressor] = {}
        self.decompressor: zstandard.ZstdDecompressor | None = None


_local = _Local()


def _compressor(level: int) -> zstandard.ZstdCompressor:
    found = _local.compressors.get(level)
    if found is None:
        # Imported here: a model without large arrays needs no zstd at all.
        import zstandard

        found = zstandard.ZstdCompressor(
            level=level, write_checksum=False, write_content_size=True, write_dict_id=False
        )
        _local.compressors[level] = found
    return found


def _decompressor() -> zstandard.ZstdDecompressor:
    found = _local.decompressor
    if found is None:
        import zstandard

        found = _local.decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    return found


def compress(data: memoryview | bytes, level: int) -> bytes:
    """Return one frame."""
    return _compressor(level).compress(data)


def compress_blocks(blocks: Iterable[memoryview], size: int, level: int) -> bytes:
    """Return one frame of blocks that are ``size`` bytes together, without joining them first."""
    frame = _compressor(level).compressobj(size=size)
    parts = [frame.compress(block) for block in blocks]
    parts.append(frame.flush())
    return b"".join(parts)


def compressed_size(frame: memoryview) -> int:
    """Return the size of the content that a frame declares; FormatError where it declares none.

    The frame is walked from header to header to its last block: it has to end where the bytes end.
    """
    if native_reader.active:
        known = native_reader.frame(frame)
        if known is not None:
            return known
    import zstandard

    if frame[:4] != _MAGIC:
        raise FormatError("compressed data do not begin as a zstd frame does")
    try:
        parameters = zstandard.get_frame_parameters(frame)
        at = zstandard.frame_header_size(frame)
    except zstandard.ZstdError as error:
        raise FormatError(f"the header of a zstd frame is damaged: {error}") from None
    if parameters.content_size in (zstandard.CONTENTSIZE_UNKNOWN, zstandard.CONTENTSIZE_ERROR):
        raise FormatError("a zstd frame does not say how large its content is")
    if parameters.dict_id:
        raise FormatError("a zstd frame asks for a dictionary; a file has none")
    if parameters.window_size > _MAX_WINDOW:
        raise FormatError(f"a zstd frame asks for a window of {parameters.window_size:,} bytes")
    end = len(frame)
    last = 0
    while not last:
        if at + 3 > end:
            raise FormatError("a zstd frame is cut short")
        header = frame[at] | frame[at + 1] << 8 | frame[at + 2] << 16
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        at += 3 + (1 if kind == 1 else size)
    if at + (4 if parameters.has_checksum else 0) != end:
        raise FormatError("a zstd frame does not end where its bytes end")
    return int(parameters.content_size)


def check_frame(frame: memoryview, size: int) -> None:
    """Raise FormatError unless the bytes are one whole frame of so much content."""
    content = compressed_size(frame)
    if content != size:
        raise FormatError(f"compressed data hold {content:,} bytes where {size:,} are expected")


def decompress(frame: memoryview, size: int) -> bytes:
    """Return the content of one frame, which has to be ``size`` bytes."""
    import zstandard

    check_frame(frame, size)
    try:
        content = _decompressor().decompress(frame)
    except zstandard.ZstdError as error:
        raise FormatError(f"compressed data are damaged: {error}") from None
    if len(content) != size:
        raise FormatError(f"compressed data hold {len(content):,} bytes where {size:,} are expected")
    return content


def flow(read: Callable[[int], bytes], size: int, block: int) -> Iterator[memoryview]:
    """Yield the content of one frame in blocks, each in memory of its own, when they are asked for.

    Parameters
    ----------
    read : callable
        Returns the next bytes of the frame, at most so many; none at its end.
    size : int
        Bytes of the content: `compressed_size` has to have looked at the frame.
    block : int
        Bytes of each block but the last.
    """
    import zstandard

    class Frame:
        def read(self, size: int) -> bytes:
            return read(size)

    # One of its own: others are decompressed in between.
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    source: Any = Frame()
    try:
        reader = decompressor.stream_reader(source, read_size=1 << 17, closefd=False)
        for start in range(0, size, block):
            memory = memoryview(bytearray(min(block, size - start)))
            _fill(reader, memory)
            if start + len(memory) == size:
                _ended(reader)
            yield memory
    except zstandard.ZstdError as error:
        raise FormatError(f"compressed data are damaged: {error}") from None


def _fill(reader: zstandard.ZstdDecompressionReader, block: memoryview) -> None:
    filled = 0
    while filled < len(block):
        count = reader.readinto(block[filled:])
        if not count:
            raise FormatError("compressed data end before their time")
        filled += count


def _ended(reader: zstandard.ZstdDecompressionReader) -> None:
    if reader.read(1):
        raise FormatError("compressed data hold more than they declare")


def decompress_into(frame: memoryview, blocks: Iterable[memoryview], size: int) -> None:
    """Fill the blocks, one after the other, with the content of one frame.

    ``blocks`` may be a generator that does its work on a block when asked for the next one.
    """
    import zstandard

    check_frame(frame, size)
    try:
        with _decompressor().stream_reader(frame, read_size=1 << 17, closefd=False) as reader:
            for block in blocks:
                _fill(reader, block)
            _ended(reader)
    except zstandard.ZstdError as error:
        raise FormatError(f"compressed data are damaged: {error}") from None
