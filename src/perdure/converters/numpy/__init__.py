"""numpy: what is more than an array of plain numbers."""

from __future__ import annotations

from .arrays import FLIPPED, MASKED, MATRIX, RECARRAY, STRING_ARRAY, STRING_DTYPE, VOID
from .random import BIT_GENERATOR, GENERATOR, RANDOM_STATE, SEED_SEQUENCE

__all__ = ["NUMPY"]

NUMPY = (
    BIT_GENERATOR, FLIPPED, GENERATOR, MASKED, MATRIX, RANDOM_STATE, RECARRAY, SEED_SEQUENCE, STRING_ARRAY, STRING_DTYPE,
    VOID,
)  # fmt: skip
