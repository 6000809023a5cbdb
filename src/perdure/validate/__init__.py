"""The third door: numbers. Every index, length, shape and parameter that native code believes is checked here."""

from __future__ import annotations

from . import trees
from .engine import validate

__all__ = ["trees", "validate"]
