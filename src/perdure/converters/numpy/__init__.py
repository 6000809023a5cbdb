"""numpy: what is more than an array of plain numbers."""

from __future__ import annotations

from .arrays import MASKED, MATRIX, RECARRAY, STRING_ARRAY, STRING_DTYPE, VOID
from .random import BIT_GENERATOR, GENERATOR, RANDOM_STATE, SEED_SEQUENCE
from .strided import STRIDED

__all__ = ["NUMPY"]

NUMPY = (
    BIT_GENERATOR, GENERATOR, MASKED, MATRIX, RANDOM_STATE, RECARRAY, SEED_SEQUENCE, STRING_ARRAY, STRING_DTYPE,
    STRIDED, VOID,
)  # fmt: skip
