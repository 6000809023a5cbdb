"""scipy: sparse matrices, interpolators, distributions of search spaces."""

from __future__ import annotations

from .interpolate import BSPLINE, GRID, INTERP1D, PIECEWISE
from .sparse import SPARSE
from .stats import FROZEN

__all__ = ["SCIPY"]

SCIPY = (BSPLINE, FROZEN, GRID, INTERP1D, PIECEWISE, SPARSE)
