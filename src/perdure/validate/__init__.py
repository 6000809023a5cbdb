"""The third door: numbers. Every index, length, shape and parameter that native code believes is checked here."""

from __future__ import annotations

from . import gradient_boosting, hist_gradient_boosting, metrics, neighbors, sparse, svm, trees
from .engine import validate

__all__ = ["gradient_boosting", "hist_gradient_boosting", "metrics", "neighbors", "sparse", "svm", "trees", "validate"]
