"""Files of pickle, joblib and skops, read to the graph without running them."""

from __future__ import annotations

from .reading import Read, read

__all__ = ["Read", "read"]
