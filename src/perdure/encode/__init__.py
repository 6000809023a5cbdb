"""Estimator to graph: identity, cycles, columns."""

from __future__ import annotations

from .encoder import encode

__all__ = ["encode"]
