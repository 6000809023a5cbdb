"""UBJSON as xgboost writes it, so that a model can be changed between reading and writing."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

_KINDS = {"|i1": "i", "|u1": "U", ">i2": "I", ">i4": "l", ">i8": "L", ">f4": "d", ">f8": "D"}


def write_ubjson(value: Any) -> bytes:
    """Return the bytes of a value."""
    if isinstance(value, dict):
        members = b"".join(_text(name) + write_ubjson(item) for name, item in value.items())
        return b"{" + members + b"}"
    if isinstance(value, np.ndarray):
        big = value.astype(value.dtype.newbyteorder(">"))
        kind = _KINDS[big.dtype.str]
        return b"[$" + kind.encode() + b"#L" + struct.pack(">q", len(big)) + big.tobytes()
    if isinstance(value, list):
        return b"[#L" + struct.pack(">q", len(value)) + b"".join(map(write_ubjson, value))
    if isinstance(value, str):
        return b"S" + _text(value)
    if isinstance(value, bool):
        return b"T" if value else b"F"
    if isinstance(value, int):
        return b"L" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"d" + struct.pack(">f", value)
    assert value is None
    return b"Z"


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    return b"L" + struct.pack(">q", len(data)) + data
