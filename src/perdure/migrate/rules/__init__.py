"""The migrations, one module a release of the library they belong to."""

from __future__ import annotations

from . import (
    sklearn_0_18,
    sklearn_0_20,
    sklearn_0_21,
    sklearn_0_22,
    sklearn_0_23,
    sklearn_0_24,
    sklearn_1_0,
    sklearn_1_1,
    sklearn_1_2,
    sklearn_1_3,
    sklearn_1_4,
    sklearn_1_5,
    sklearn_1_6,
    sklearn_1_7,
    sklearn_1_8,
    sklearn_1_9,
)
from .attributes_before_1_2 import ATTRIBUTES
from .parameters_before_1_2 import PARAMETERS

__all__ = ["MIGRATIONS", "NEWEST"]

#: The newest scikit-learn whose changes these are.
NEWEST = "1.9"

MIGRATIONS = (
    *sklearn_0_18.MIGRATIONS,
    *sklearn_0_20.MIGRATIONS,
    *sklearn_0_21.MIGRATIONS,
    *sklearn_0_22.MIGRATIONS,
    *sklearn_0_23.MIGRATIONS,
    *sklearn_0_24.MIGRATIONS,
    *sklearn_1_0.MIGRATIONS,
    *sklearn_1_1.MIGRATIONS,
    *sklearn_1_2.MIGRATIONS,
    *PARAMETERS,
    *ATTRIBUTES,
    *sklearn_1_3.MIGRATIONS,
    *sklearn_1_4.MIGRATIONS,
    *sklearn_1_5.MIGRATIONS,
    *sklearn_1_6.MIGRATIONS,
    *sklearn_1_7.MIGRATIONS,
    *sklearn_1_8.MIGRATIONS,
    *sklearn_1_9.MIGRATIONS,
)
