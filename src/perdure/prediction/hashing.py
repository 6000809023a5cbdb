"""MurmurHash3 of 32 bits, as scikit-learn hashes terms with."""

from __future__ import annotations

import struct

__all__ = ["murmur"]

_FIRST, _SECOND, _ALL = 0xCC9E2D51, 0x1B873593, 0xFFFFFFFF


def murmur(data: bytes, seed: int = 0) -> int:
    """Return the hash as a signed number.

    Examples
    --------
    >>> from perdure.prediction.hashing import murmur
    >>> murmur(b"foo"), murmur(b"")
    (-156908512, 0)
    """
    whole = len(data) // 4
    h = seed
    for k in struct.unpack_from(f"<{whole}I", data):
        k = k * _FIRST & _ALL
        k = (k << 15 | k >> 17) * _SECOND & _ALL
        h ^= k
        h = ((h << 13 | h >> 19) * 5 + 0xE6546B64) & _ALL
    rest = data[4 * whole :]
    if rest:
        k = int.from_bytes(rest, "little") * _FIRST & _ALL
        h ^= (k << 15 | k >> 17) * _SECOND & _ALL
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & _ALL
    h = (h ^ h >> 13) * 0xC2B2AE35 & _ALL
    h ^= h >> 16
    return h - (1 << 32) if h >= 1 << 31 else h
