"""Universal Binary JSON as xgboost writes it, read strictly: sizes within the bytes, no key twice, nothing behind it.

Source: https://ubjson.org/type-reference, and the markers of ``UBJReader`` in xgboost's src/common/json.cc.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from ...errors import InvalidError

__all__ = ["read_ubjson"]

_NUMBERS = {"i": ">b", "U": ">B", "I": ">h", "l": ">i", "L": ">q", "d": ">f", "D": ">d"}
_TYPED = {"i": "|i1", "U": "|u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
_PLAIN = {"Z": None, "T": True, "F": False}
_DEEPEST = 32


def read_ubjson(data: bytes) -> Any:
    r"""Return what the bytes hold: dicts, lists, texts, numbers, and arrays where one type stands for all.

    Parameters
    ----------
    data : bytes

    Raises
    ------
    InvalidError
        When they are none, or not as xgboost writes them.

    Examples
    --------
    >>> from perdure.converters.packs.ubjson import read_ubjson
    >>> read_ubjson(b"{L\0\0\0\0\0\0\0\1ni\5}")
    {'n': 5}
    """
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise reader.wrong("goes on behind its end")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def wrong(self, what: str) -> InvalidError:
        return InvalidError(f"the model of xgboost is no UBJSON: it {what} at byte {self.at:,}")

    def taken(self, count: int) -> bytes:
        if not 0 <= count <= len(self.data) - self.at:
            raise self.wrong("ends early, or has a size that it cannot have,")
        self.at += count
        return self.data[self.at - count : self.at]

    def marker(self) -> str:
        return self.taken(1).decode("latin-1")

    def length(self) -> int:
        if self.marker() != "L":
            raise self.wrong("has no length")
        (count,) = struct.unpack(">q", self.taken(8))
        return int(count)

    def text(self) -> str:
        return self.taken(self.length()).decode("utf-8", "surrogateescape")

    def value(self, depth: int) -> Any:
        mark = self.marker()
        if mark in _NUMBERS:
            form = _NUMBERS[mark]
            return struct.unpack(form, self.taken(struct.calcsize(form)))[0]
        if mark in _PLAIN:
            return _PLAIN[mark]
        if mark == "S":
            return self.text()
        if depth == _DEEPEST:
            raise self.wrong("is too deep")
        if mark == "{":
            return self.members(depth + 1)
        if mark == "[":
            return self.array(depth + 1)
        raise self.wrong(f"has the marker {mark!r}")

    def members(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self.data[self.at : self.at + 1] != b"}":
            name = self.text()
            if name in found:
                raise self.wrong(f"has {name!r:.40} twice")
            found[name] = self.value(depth)
        self.at += 1
        return found

    def array(self, depth: int) -> Any:
        head = self.data[self.at : self.at + 1]
        if head == b"$":
            self.at += 1
            kind = self.marker()
            if kind not in _TYPED or self.marker() != "#":
                raise self.wrong(f"has an array of {kind!r}")
            dtype = np.dtype(_TYPED[kind])
            count = self.length()
            return np.frombuffer(self.taken(count * dtype.itemsize), dtype)
        if head == b"#":
            self.at += 1
            count = self.length()
            # Each takes a byte at least.
            if not 0 <= count <= len(self.data) - self.at:
                raise self.wrong("says that an array is longer than what is left,")
            return [self.value(depth) for _ in range(count)]
        found = []
        while self.data[self.at : self.at + 1] != b"]":
            found.append(self.value(depth))
        self.at += 1
        return found
