"""Sparse matrices, interpolators and frozen distributions of every scipy."""

from __future__ import annotations

from typing import Any

from ....graph.nodes import Node, Tuple
from ....graph.structure import Path
from ..translate import Translator
from ..values import Call, Name, Pairs
from .base import Book, as_dict, attributes, logical, misfit

__all__ = ["SCIPY"]

_BOOK = Book()
SCIPY = _BOOK.forms

# --- sparse -----------------------------------------------------------------------------------------

_SPARSE = [f"scipy.sparse:{kind}_{how}" for kind in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil") for how in ("matrix", "array")]  # fmt: skip


@_BOOK.form(*_SPARSE)
def _sparse(t: Translator, call: Call, path: Path) -> Node:
    what = "a sparse matrix"
    given = attributes(t, call, what, path)
    kind = call.func.name[:3]
    # scipy 1.3 to 1.6 have shape and dtype as attributes too.
    shape = given.get("_shape", given.get("shape"))
    parts: dict[str, Any] = {}
    nodes: dict[str, Node] = {"shape": _shape(t, shape, call, path)}
    if kind in ("csr", "csc", "bsr"):
        parts = _pick(given, ("data", "indices", "indptr"), call, path)
    elif kind == "coo":
        parts = {"data": given.get("data")}
        coords = given.get("coords", given.get("_coords"))
        if coords is None:
            coords = (given.get("row"), given.get("col"))
            t.kept.append(coords)
        parts["coords"] = coords
    elif kind == "dia":
        parts = _pick(given, ("data", "offsets"), call, path)
    elif kind == "lil":
        parts = _pick(given, ("data", "rows"), call, path)
        parts["dtype"] = given.get("dtype", given.get("_dtype"))
    else:
        items = given.get("_dict")
        pairs = items.pairs if type(items) is Pairs else []
        if not pairs:
            # Up to scipy 1.10 it is a dict itself.
            pairs = call.pairs or (call.args[0].pairs if call.args and type(call.args[0]) is Pairs else [])
        nodes["items"] = t.dict_of(list(pairs), path)
        parts["dtype"] = given.get("dtype", given.get("_dtype"))
    return logical(t, f"scipy.sparse:{call.func.name}/1", parts, path, nodes=nodes)


def _shape(t: Translator, shape: Any, call: Call, path: Path) -> Node:
    node = t.value(shape, path)
    items = getattr(node, "items", None)
    if not isinstance(node, Tuple) or items is None:
        raise misfit("a sparse matrix", call, path)
    return Tuple(tuple(getattr(item, "value", item) for item in items))


def _pick(given: dict[str, Any], names: tuple[str, ...], call: Call, path: Path) -> dict[str, Any]:
    if any(name not in given for name in names):
        raise misfit("a sparse matrix", call, path)
    return {name: given[name] for name in names}


# --- interpolate --------------------------------------------------------------------------------------


def _delegated(t: Translator, call: Call, what: str, path: Path) -> dict[str, Any]:
    """Return the attributes of an interpolator: since scipy 1.18 another one inside has them."""
    if len(call.states) == 1 and type(call.states[0]) is tuple and call.states[0]:
        inner = call.states[0][0]
        if type(inner) is Call:
            return attributes(t, inner, what, path)
    given = attributes(t, call, what, path)
    inner = given.get("_delegate_to")
    return attributes(t, inner, what, path) if type(inner) is Call else given


@_BOOK.form("scipy.interpolate._bsplines:BSpline")
def _bspline(t: Translator, call: Call, path: Path) -> Node:
    given = _delegated(t, call, "a B-spline", path)
    if "_t" in given:
        # From scipy 1.15 on knots and coefficients have private names.
        given.update(t=given["_t"], c=given["_c"])
    names = ("axis", "c", "extrapolate", "k", "t")
    return logical(t, "scipy.interpolate:BSpline/1", {n: given.get(n) for n in names}, path)


def _piecewise(name: str) -> Any:
    def form(t: Translator, call: Call, path: Path) -> Node:
        given = _delegated(t, call, "a piecewise polynomial", path)
        if "_c" in given:
            given.update(c=given["_c"], x=given["_x"])
        names = ("axis", "c", "extrapolate", "x")
        return logical(t, f"scipy.interpolate:{name}/1", {n: given.get(n) for n in names}, path)

    return form


for _name in ("Akima1DInterpolator", "CubicHermiteSpline", "CubicSpline", "PchipInterpolator"):
    _BOOK.form(f"scipy.interpolate._cubic:{_name}")(_piecewise(_name))
for _name in ("BPoly", "PPoly"):
    _BOOK.form(f"scipy.interpolate._interpolate:{_name}", f"scipy.interpolate.interpolate:{_name}")(_piecewise(_name))


@_BOOK.form("scipy.interpolate._interpolate:interp1d", "scipy.interpolate.interpolate:interp1d")
def _interp1d(t: Translator, call: Call, path: Path) -> Node:
    given = attributes(t, call, "an interp1d", path)
    fill = given.get("_fill_value_orig", given.get("fill_value"))
    parts = {
        "axis": given.get("_y_axis", given.get("axis", 0)),
        "bounds_error": given.get("bounds_error", given.get("_bounds_error", False)),
        "copy": given.get("copy", True),
        "fill_value": fill,
        "kind": given.get("_kind"),
        "x": given.get("x"),
    }
    # The attribute y holds the values as they were given; _y has been reshaped.
    parts["y"] = given.get("y", given.get("_y"))
    return logical(t, "scipy.interpolate:interp1d/1", parts, path)


@_BOOK.form("scipy.interpolate._rgi:RegularGridInterpolator")
def _grid(t: Translator, call: Call, path: Path) -> Node:
    given = attributes(t, call, "a grid interpolator", path)
    parts = {
        "bounds_error": given.get("bounds_error"),
        "fill_value": given.get("fill_value"),
        "grid": given.get("grid", given.get("_grid")),
        "method": given.get("method", given.get("_method")),
        "values": given.get("values", given.get("_values")),
    }
    return logical(t, "scipy.interpolate:RegularGridInterpolator/1", parts, path)


# --- stats ----------------------------------------------------------------------------------------------


@_BOOK.form(
    *(
        f"scipy.stats.{module}:{name}"
        for module in ("_distn_infrastructure", "distributions")
        for name in ("rv_frozen", "rv_continuous_frozen", "rv_discrete_frozen")
    )
)
def _frozen(t: Translator, call: Call, path: Path) -> Node:
    given = attributes(t, call, "a frozen distribution", path)
    dist = given.get("dist")
    if type(dist) is not Call or type(dist.func) is not Name:
        raise misfit("a frozen distribution", call, path)
    if len(dist.states) == 1 and type(dist.states[0]) is tuple and dist.states[0]:
        # Up to scipy 1.2 its random state stands beside its attributes.
        inner = as_dict(dist.states[0][0], "a distribution", dist, path)
    else:
        inner = attributes(t, dist, "a distribution", path)
    name = inner.get("name")
    parts = {"args": given.get("args", ()), "distribution": name, "keywords": given.get("kwds")}
    state = inner.get("_random_state", inner.get("random_state"))
    if state is not None and not _is_global(state):
        parts["random_state"] = state
    return logical(t, "scipy.stats:rv_frozen/1", parts, path)


def _is_global(state: Any) -> bool:
    # A distribution that was not seeded draws from numpy's global state, of which the pickle has a copy.
    return (
        type(state) is Call
        and type(state.func) is Name
        and state.func.name in ("__randomstate_ctor", "__RandomState_ctor")
    )
