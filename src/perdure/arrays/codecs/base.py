"""What a codec is."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bytes", "Codec"]

Bytes: TypeAlias = NDArray[np.uint8]


class Codec(Protocol):
    """Bytes to as many bytes, by blocks; what makes them fewer is zstd, at the end of every chain.

    Attributes
    ----------
    name : str
        As the file says it.
    """

    name: str

    def encode(self, data: Bytes, itemsize: int, out: Bytes) -> None:
        """Write the coded form of ``data``, little-endian values of ``itemsize`` bytes, into ``out``."""

    def decode(self, data: Bytes, itemsize: int, out: Bytes) -> None:
        """Write the values back into ``out``; ``data`` may be anything of the right length."""
