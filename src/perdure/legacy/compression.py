"""What joblib compresses with, undone in pieces: no file expands to more than it can be worth."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import FormatError, LimitError, MissingExtraError
from ..graph.limits import Limits
from .pickle.opcodes import is_opcode

__all__ = ["COMPRESSED", "decompress"]

_PIECE = 1 << 20
# A file of any size may expand to so much; beyond that, to so many times its size.
_ANY, _TIMES = 256 << 20, 200
# What a decompressor of lzma may take: a header can ask for a window of 4 GiB, and the widest preset has 64 MiB.
_WINDOW = 256 << 20
# Before joblib 0.10: "ZF", then the length in hexadecimal, 19 characters wide, or 20.
_ZF, _ZF_WIDTH = 2, 19


def _lz4() -> Any:
    try:
        from lz4.frame import LZ4FrameDecompressor
    except ImportError:
        raise MissingExtraError(
            "the file is compressed with lz4, which is not installed", fix='pip install "perdure[lz4]"'
        ) from None
    return LZ4FrameDecompressor()


_OPENERS: dict[str, Callable[[], Any]] = {
    "bzip2": bz2.BZ2Decompressor,
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "joblib-old": zlib.decompressobj,
    "joblib-zlib": zlib.decompressobj,
    "lz4": _lz4,
    "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_WINDOW),
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_WINDOW),
}
COMPRESSED = frozenset(_OPENERS)


def decompress(data: memoryview, kind: str, limits: Limits, *, pickled: bool = True) -> memoryview:
    """Return what a compressed file holds.

    Parameters
    ----------
    data : memoryview
    kind : str
        One of `COMPRESSED`.
    limits : Limits
    pickled : bool, default=True
        Whether a pickle has to be inside: what begins otherwise is not expanded any further.

    Raises
    ------
    FormatError
        When it is damaged, or no pickle.
    LimitError
        When it expands beyond measure.
    """
    most = min(_ANY + _TIMES * len(data), limits.decoded_bytes)
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in _pieces(data, kind):
            if pickled and not size and piece and not is_opcode(piece[0]):
                raise FormatError(
                    "the file is compressed, and what is inside is no pickle",
                    fix="decompress it and look at what it is: perdure.load reads models",
                )
            size += len(piece)
            if size > most:
                raise LimitError(
                    f"a file of {len(data):,} bytes expands to more than {most:,}",
                    fix="if you trust its origin, decompress it first (gzip -dk FILE, or python -m zlib), then load it",
                )
            pieces.append(piece)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, RuntimeError) as error:
        raise FormatError(
            f"the compressed file is damaged ({error})", fix="get the file again from its origin"
        ) from None
    return memoryview(pieces[0] if len(pieces) == 1 else b"".join(pieces))


def _pieces(data: memoryview, kind: str) -> Iterator[bytes]:
    """Yield what is inside, at most a mebibyte at a time."""
    if kind == "joblib-old":
        start = _ZF + _ZF_WIDTH
        data = data[start + (bytes(data[start : start + 1]) == b" ") :]
    at = 0
    while at < len(data):
        opened = _OPENERS[kind]()
        given: Any = data[at : at + _PIECE]
        at += len(given)
        zlibs = hasattr(opened, "unconsumed_tail")
        while True:
            piece = opened.decompress(given, _PIECE)
            if piece:
                yield piece
            if opened.eof:
                break
            given = opened.unconsumed_tail if zlibs else b""
            if not len(given) and (zlibs or opened.needs_input):
                if at >= len(data):
                    raise EOFError("it ends too early")
                given = data[at : at + _PIECE]
                at += len(given)
        # gzip, bzip2 and xz files may be several, one after the other.
        at -= len(opened.unused_data or b"")
        if kind not in ("gzip", "bzip2", "xz"):
            break
