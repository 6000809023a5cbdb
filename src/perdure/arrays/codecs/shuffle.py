"""``shuffle``: the first bytes of all values, then the second bytes, and so on."""

from __future__ import annotations

from .base import Bytes

__all__ = ["Shuffle"]


class Shuffle:
    """Byte planes: values of like size share their high bytes, which then stand together."""

    name = "shuffle"

    def encode(self, data: Bytes, itemsize: int, out: Bytes) -> None:
        values, planes = data.reshape(-1, itemsize), out.reshape(itemsize, -1)
        # A plane at a time is three times as fast as one transposed copy.
        for plane in range(itemsize):
            planes[plane] = values[:, plane]

    def decode(self, data: Bytes, itemsize: int, out: Bytes) -> None:
        planes, values = data.reshape(itemsize, -1), out.reshape(-1, itemsize)
        for plane in range(itemsize):
            values[:, plane] = planes[plane]
