"""scipy: sparse matrices, interpolators, distributions of search spaces."""

from __future__ import annotations

from .interpolate import BSPLINE, INTERP1D, PIECEWISE
from .sparse import SPARSE
from .stats import FROZEN

__all__ = ["SCIPY"]

SCIPY = (BSPLINE, FROZEN, INTERP1D, PIECEWISE, SPARSE)
