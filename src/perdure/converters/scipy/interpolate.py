"""Interpolators of scipy by their knots and coefficients, never by scipy's own layout, which changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError, UnsupportedError
from ..base import Converter

__all__ = ["BSPLINE", "GRID", "INTERP1D", "PIECEWISE"]


def _extrapolate(value: Any) -> Any:
    if value not in (None, True, False, "periodic"):
        raise InvalidError(f"extrapolate={value!r:.40} is none of True, False and 'periodic'")
    return value


def _axis(value: Any, c: Any) -> int:
    if type(value) is not int or not 0 <= value < c.ndim:
        raise InvalidError("the axis of an interpolator is not one of its coefficients")
    return value


def _bspline_state(value: Any) -> dict[str, Any]:
    return {
        "axis": int(value.axis),
        "c": np.asarray(value.c),
        "extrapolate": value.extrapolate,
        "k": int(value.k),
        "t": np.asarray(value.t),
    }


def _bspline(cls: Any, state: dict[str, Any]) -> Any:
    t, c, k = state["t"], state["c"], state["k"]
    # scipy's C code believes all of this.
    if (
        type(k) is not int
        or not 0 <= k < 1024
        or t.ndim != 1
        or c.ndim < 1
        or t.dtype != np.float64
        or c.dtype.kind not in "fc"
    ):
        raise InvalidError("a B-spline is a row of knots, coefficients and a degree")
    if len(t) < 2 * k + 2 or len(c) < len(t) - k - 1 or not np.isfinite(t).all() or (np.diff(t) < 0).any():
        raise InvalidError("the knots of a B-spline do not fit its coefficients and degree")
    if t[k] == t[len(t) - k - 1]:
        raise InvalidError("a B-spline has an empty base interval")
    return cls.construct_fast(t, c, k, extrapolate=_extrapolate(state["extrapolate"]), axis=_axis(state["axis"], c))


BSPLINE = Converter("b-spline", _bspline_state, _bspline)


def _piecewise_state(value: Any) -> dict[str, Any]:
    return {
        "axis": int(value.axis),
        "c": np.asarray(value.c),
        "extrapolate": value.extrapolate,
        "x": np.asarray(value.x),
    }


def _piecewise(cls: Any, state: dict[str, Any]) -> Any:
    c, x = state["c"], state["x"]
    if c.ndim < 2 or x.ndim != 1 or len(x) < 2 or c.shape[1] != len(x) - 1 or not len(c):
        raise InvalidError("the breakpoints of a piecewise polynomial do not fit its coefficients")
    steps = np.diff(x)
    if (
        x.dtype != np.float64
        or c.dtype not in (np.float64, np.complex128)
        or not ((steps > 0).all() or (steps < 0).all())
    ):
        raise InvalidError("a piecewise polynomial has floats, and breakpoints in order")
    axis = state["axis"]
    if type(axis) is not int or not 0 <= axis < c.ndim - 1:
        raise InvalidError("the axis of an interpolator is not one of its coefficients")
    return cls.construct_fast(c, x, _extrapolate(state["extrapolate"]), axis)


PIECEWISE = Converter("piecewise-polynomial", _piecewise_state, _piecewise)


# The other kinds are splines, which have a form of their own.
_KINDS = ("linear", "nearest", "nearest-up", "previous", "next")


def _interp1d_state(value: Any) -> dict[str, Any]:
    kind = value._kind
    if kind not in _KINDS:
        raise UnsupportedError(
            f"an interp1d of kind {kind!r} cannot be saved",
            fix="use scipy.interpolate.make_interp_spline, whose BSpline can",
        )
    return {
        "axis": int(value.axis),
        "bounds_error": bool(value.bounds_error),
        "copy": value.copy,
        "fill_value": value.fill_value,
        "kind": kind,
        "x": np.asarray(value.x),
        "y": np.asarray(value.y),
    }


def _interp1d(cls: Any, state: dict[str, Any]) -> Any:
    if state["kind"] not in _KINDS:
        raise InvalidError(f"there is no interp1d of kind {state['kind']!r:.40}")
    return cls(
        state["x"],
        state["y"],
        kind=state["kind"],
        axis=state["axis"],
        copy=state["copy"],
        bounds_error=state["bounds_error"],
        fill_value=state["fill_value"],
        assume_sorted=True,
    )


INTERP1D = Converter("interp1d", _interp1d_state, _interp1d)


def _grid_state(value: Any) -> dict[str, Any]:
    return {
        "bounds_error": bool(value.bounds_error),
        "fill_value": value.fill_value,
        "grid": tuple(np.asarray(points) for points in value.grid),
        "method": value.method,
        "values": np.asarray(value.values),
    }


def _grid(cls: Any, state: dict[str, Any]) -> Any:
    # scipy checks that the grid is in order and fits the values.
    return cls(state["grid"], state["values"], state["method"], state["bounds_error"], state["fill_value"])


GRID = Converter("grid-interpolator", _grid_state, _grid)
