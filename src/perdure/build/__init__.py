"""Graph to estimator: the last door, and the only one that imports by name."""

from __future__ import annotations

from .builder import build

__all__ = ["build"]
