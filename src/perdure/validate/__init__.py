"""The third door: numbers. Every index, length, shape and parameter that native code believes is checked here."""

from __future__ import annotations

from . import (  # noqa: F401 - each registers its rules
    acting,
    census,
    clusters,
    decompositions,
    encoders,
    gradient_boosting,
    hist_gradient_boosting,
    metrics,
    multiclass,
    neighbors,
    parameters,
    preprocessing,
    random,
    shapes,
    sparse,
    svm,
    text,
    trees,
    voting,
)
from .door import validate

__all__ = ["validate"]
