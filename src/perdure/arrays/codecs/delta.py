"""``delta``: each value less the one before it, as unsigned integers that wrap around."""

from __future__ import annotations

import numpy as np

from .base import Bytes

__all__ = ["Delta"]


class Delta:
    """Differences: offsets, sorted indices and counters become small numbers."""

    name = "delta"

    def encode(self, data: Bytes, itemsize: int, out: Bytes) -> None:
        values, differences = data.view(f"<u{itemsize}"), out.view(f"<u{itemsize}")
        differences[:1] = values[:1]
        np.subtract(values[1:], values[:-1], out=differences[1:])

    def decode(self, data: Bytes, itemsize: int, out: Bytes) -> None:
        unsigned = np.dtype(f"<u{itemsize}")
        np.cumsum(data.view(unsigned), dtype=unsigned, out=out.view(unsigned))
