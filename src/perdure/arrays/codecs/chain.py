"""Chains of codecs: filters on blocks of 256 KiB, then one zstd frame over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from ...errors import FormatError
from . import zstd
from .base import Bytes, Codec
from .delta import Delta
from .shuffle import Shuffle

__all__ = ["BLOCK", "CHAINS", "check_chain", "decode", "encode", "flow"]

# Each block is filtered by itself, so a large array is coded and decoded without a second copy of it.
BLOCK = 1 << 18

_FILTERS: dict[str, Codec] = {codec.name: codec for codec in (Shuffle(), Delta())}
CHAINS: tuple[tuple[str, ...], ...] = (
    ("zstd",),
    ("shuffle", "zstd"),
    ("delta", "zstd"),
    ("delta", "shuffle", "zstd"),
)


def check_chain(names: Sequence[object], itemsize: int) -> tuple[str, ...]:
    """Return the chain when it is one of those that exist and fits the values; else FormatError.

    Parameters
    ----------
    names : sequence
        As the file has them: any objects.
    itemsize : int
        Bytes of a value.

    Returns
    -------
    tuple of str
    """
    chain = tuple(names)
    if chain not in CHAINS or (itemsize == 1 and chain != ("zstd",)):
        raise FormatError(f"no chain of codecs is {str(list(chain))[:80]} for values of {itemsize} bytes")
    return CHAINS[CHAINS.index(chain)]


def encode(chunks: Iterable[memoryview], size: int, chain: tuple[str, ...], itemsize: int, level: int) -> bytes:
    """Return the coded bytes of an array.

    Parameters
    ----------
    chunks : iterable of memoryview
        Its content, in pieces of any length.
    size : int
        Bytes of the content.
    chain : tuple of str
    itemsize : int
        Bytes of a value (of a component, where a value is several).
    level : int
        Of zstd, 1 to 22.

    Returns
    -------
    bytes

    Examples
    --------
    >>> from perdure.arrays.codecs.chain import encode
    >>> len(encode([memoryview(bytes(1000))], 1000, ("zstd",), 8, 3)) < 30
    True
    """
    blocks = _blocks(chunks)
    filters = [_FILTERS[name] for name in chain[:-1]]
    if filters:
        blocks = _filtered(blocks, filters, itemsize)
    if size <= BLOCK:
        return zstd.compress(b"".join(blocks), level)
    return zstd.compress_blocks(blocks, size, level)


def _blocks(chunks: Iterable[memoryview]) -> Iterator[memoryview]:
    """Cut anew: every block but the last has BLOCK bytes, so the coded bytes do not depend on the pieces."""
    carried: list[memoryview] = []
    held = 0
    for piece in chunks:
        rest = piece
        while held + len(rest) >= BLOCK:
            head, rest = rest[: BLOCK - held], rest[BLOCK - held :]
            yield memoryview(b"".join([*carried, head])) if carried else head
            carried, held = [], 0
        if len(rest):
            carried.append(rest)
            held += len(rest)
    if carried:
        yield memoryview(b"".join(carried)) if len(carried) > 1 else carried[0]


def _filtered(blocks: Iterable[memoryview], filters: Sequence[Codec], itemsize: int) -> Iterator[memoryview]:
    for block in blocks:
        data = np.frombuffer(block, np.uint8)
        for codec in filters:
            out = np.empty_like(data)
            codec.encode(data, itemsize, out)
            data = out
        yield memoryview(data)


def decode(frame: memoryview, out: Bytes, chain: tuple[str, ...], itemsize: int) -> None:
    """Decode an array into memory of exactly its size.

    Parameters
    ----------
    frame : memoryview
        The coded bytes.
    out : ndarray of uint8, 1-d
    chain : tuple of str
        As `check_chain` returns it.
    itemsize : int

    Raises
    ------
    FormatError
        When the bytes are not one frame of exactly that content.
    """
    filters = [_FILTERS[name] for name in reversed(chain[:-1])]
    if len(out) <= BLOCK:
        data = np.frombuffer(zstd.decompress(frame, len(out)), np.uint8)
        _undo(data, out, filters, itemsize)
    elif filters:
        zstd.decompress_into(frame, _unfiltered(out, filters, itemsize), len(out))
    else:
        zstd.decompress_into(frame, [memoryview(out)], len(out))


def flow(read: Callable[[int], bytes], size: int, chain: tuple[str, ...], itemsize: int) -> Iterator[Bytes]:
    """Yield the content of an array in blocks, each decoded when it is asked for, in memory of its own.

    Parameters
    ----------
    read : callable
        Returns the next bytes of the frame, at most so many; none at its end.
    size : int
        Bytes of the content, as the frame declares them: `zstd.compressed_size` has to have looked at it.
    chain : tuple of str
        As `check_chain` returns it.
    itemsize : int

    Raises
    ------
    FormatError
        When the bytes are not one frame of exactly that content.
    """
    filters = [_FILTERS[name] for name in reversed(chain[:-1])]
    for block in zstd.flow(read, size, BLOCK):
        data = np.frombuffer(block, np.uint8)
        if filters:
            out = np.empty_like(data)
            _undo(data, out, filters, itemsize)
            data = out
        yield data


def _unfiltered(out: Bytes, filters: Sequence[Codec], itemsize: int) -> Iterator[memoryview]:
    """Hand out a buffer to be filled; when asked for the next one, decode it to its place."""
    buffer = np.empty(BLOCK, np.uint8)
    for start in range(0, len(out), BLOCK):
        target = out[start : start + BLOCK]
        data = buffer[: len(target)]
        yield memoryview(data)
        _undo(data, target, filters, itemsize)


def _undo(data: Bytes, out: Bytes, filters: Sequence[Codec], itemsize: int) -> None:
    if not filters:
        out[:] = data
        return
    steps = [data, *(np.empty_like(data) for _ in filters[1:]), out]
    for codec, (source, target) in zip(filters, pairwise(steps), strict=True):
        codec.decode(source, itemsize, target)
