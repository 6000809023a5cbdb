"""Values of pandas' columns and labels: categories, times, texts, numbers with missing ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....graph.nodes import Global, Node, Object, Scalar
from ....graph.structure import Path
from ..translate import Translator
from ..values import Call, Name
from .base import as_dict, attributes, logical, misfit, only_state, plain_int
from .numpy import array_node, dtype_of, raw_array
from .pandas_arrow import arrow_texts
from .pandas_time import frequency, period_frequency, zone_of

__all__ = ["VALUES", "column_nodes", "is_backed"]

_NULLABLE = ("BooleanArray", "FloatingArray", "IntegerArray")
_INTEGERS = tuple(f"{kind}{bits}Dtype" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64))
_DTYPES = (*_INTEGERS, "Float32Dtype", "Float64Dtype", "BooleanDtype")
_UNITS = {7: "s", 8: "ms", 9: "us", 10: "ns"}


def is_backed(value: Any) -> bool:
    """Say whether this is an array of pandas around one of numpy."""
    return type(value) is Call and type(value.func) is Name and value.func.name == "__pyx_unpickle_NDArrayBacked"


def _backed(t: Translator, call: Call, path: Path) -> tuple[str, Any, Any]:
    """Return class, dtype and array of an array of pandas around one of numpy."""
    what = "a column of pandas"
    state = call.args[2] if len(call.args) == 3 and call.args[2] is not None else only_state(call, what, path)
    if type(call.args[0]) is not Name or type(state) is not tuple or len(state) < 2:
        raise misfit(what, call, path)
    first, second = state[:2]
    # The dtype and the array stand in either order.
    if (
        type(first) is Call
        and first.func is not None
        and getattr(first.func, "name", "") in ("_reconstruct", "_frombuffer")
    ):
        first, second = second, first
    return call.args[0].name, first, second


def backed(t: Translator, call: Call, path: Path) -> Node:
    """Return the node of an array of pandas around one of numpy."""
    nodes = column_nodes(t, call, path)
    if len(nodes) != 1:
        raise misfit("a column of pandas", call, path)
    return nodes[0]


def column_nodes(t: Translator, value: Any, path: Path) -> list[Node]:
    """Return the columns of a block of a table, each as a node: an array of numpy where that holds it as it is."""
    if is_backed(value):
        return _backed_columns(t, value, path)
    if isinstance(value, np.ndarray) or (
        type(value) is Call and getattr(value.func, "name", "") in ("_reconstruct", "_frombuffer")
    ):
        return [array_node(t, row, path) for row in _rows(raw_array(t, value, path))]
    return [t.value(value, path)]


def _rows(array: Any) -> list[Any]:
    """Return the rows of an array of two dimensions, or the one of one dimension."""
    if len(array.shape) == 1:
        return [array]
    if isinstance(array, np.ndarray):
        return [np.ascontiguousarray(row) for row in array]
    rows, length = array.shape
    return [array.part(i * length, length) for i in range(rows)]


def _backed_columns(t: Translator, call: Call, path: Path) -> list[Node]:
    kind, dtype, array = _backed(t, call, path)
    rows = _rows(raw_array(t, array, path))
    if kind in ("DatetimeArray", "TimedeltaArray"):
        zone = _zone_of_dtype(t, dtype, path)
        if zone is None:
            return [array_node(t, row, path) for row in rows]
        return [logical(t, "pandas.arrays:DatetimeArray/1", {"values": row, "zone": zone}, path) for row in rows]
    if kind in ("StringArray", "StringArrayNumpySemantics"):
        return [_strings(t, row, dtype, call, path) for row in rows]
    if kind == "Categorical":
        return [_of_codes(t, row, dtype, call, path) for row in rows]
    if kind == "PeriodArray":
        name = _period_of_dtype(t, dtype, call, path)
        return [logical(t, "pandas.arrays:PeriodArray/1", {"frequency": name, "ordinals": row}, path) for row in rows]
    raise misfit(f"a column of the class {kind}", call, path)


# --- text -----------------------------------------------------------------------------------------------


def _strings(t: Translator, row: Any, dtype: Any, call: Call, path: Path) -> Node:
    items = row.items if not isinstance(row, np.ndarray) else row.tolist()
    return _of_texts(t, [item if type(item) is str else None for item in items], dtype, call, path)


def _of_pyarrow(t: Translator, call: Call, path: Path) -> Node:
    texts, dtype = arrow_texts(t, call, path)
    if dtype is not None:
        return _of_texts(t, texts, dtype, call, path)
    # Before its dtype was an attribute, the class said what stands for a missing text.
    t.kept.append(texts)
    missing = "nan" if call.func.name.endswith("Semantics") else "NA"
    return logical(t, "pandas.arrays:StringArray/1", {"items": texts, "missing": missing, "storage": "pyarrow"}, path)


def _of_texts(t: Translator, texts: list[str | None], dtype: Any, call: Call, path: Path) -> Node:
    t.kept.append(texts)
    return logical(t, "pandas.arrays:StringArray/1", {"items": texts, **_string_state(t, dtype, call, path)}, path)


def _string_state(t: Translator, dtype: Any, call: Call, path: Path) -> dict[str, Any]:
    storage, missing = "python", "NA"
    if type(dtype) is Call:
        given = attributes(t, dtype, "a dtype of text", path) if dtype.states else {}
        storage = given.get("storage", given.get("_storage", dtype.args[0] if dtype.args else "python")) or "python"
        if (len(dtype.args) > 1 and type(dtype.args[1]) is float) or type(given.get("_na_value")) is float:
            missing = "nan"
    if storage not in ("python", "pyarrow"):
        raise misfit("a dtype of text", call, path)
    return {"missing": missing, "storage": storage}


def _string_dtype(t: Translator, call: Call, path: Path) -> Node:
    return logical(t, "pandas:StringDtype/1", _string_state(t, call, call, path), path)


# --- categories -----------------------------------------------------------------------------------------


def _of_codes(t: Translator, codes: Any, dtype: Any, call: Call, path: Path) -> Node:
    if type(dtype) is not Call:
        raise misfit("a categorical", call, path)
    given = attributes(t, dtype, "a dtype of categories", path)
    parts = {"categories": given.get("categories"), "codes": codes, "ordered": bool(given.get("ordered"))}
    return logical(t, "pandas:Categorical/1", parts, path)


def _categorical(t: Translator, call: Call, path: Path) -> Node:
    # Up to pandas 1.2: attributes of its own.
    given = attributes(t, call, "a categorical", path)
    codes = given.get("_codes", given.get("_ndarray"))
    return _of_codes(t, raw_array(t, codes, path), given.get("_dtype"), call, path)


def _categorical_dtype(t: Translator, call: Call, path: Path) -> Node:
    given = attributes(t, call, "a dtype of categories", path)
    parts = {"categories": given.get("categories"), "ordered": given.get("ordered")}
    return logical(t, "pandas:CategoricalDtype/1", parts, path)


# --- numbers with missing ones, intervals, mostly one value -------------------------------------------------


def _nullable(t: Translator, call: Call, path: Path) -> Node:
    given = attributes(t, call, "a column of pandas", path)
    parts = {"data": given.get("_data"), "mask": given.get("_mask")}
    return logical(t, f"pandas.arrays:{call.func.name}/1", parts, path)


def _intervals(t: Translator, call: Call, path: Path) -> Node:
    what = "a column of intervals"
    state = call.args[2] if len(call.args) == 3 and call.args[2] is not None else only_state(call, what, path)
    given = as_dict(state[0] if type(state) is tuple and state else state, what, call, path)
    closed = given.get("_closed")
    if type(given.get("_dtype")) is Call:
        closed = attributes(t, given["_dtype"], what, path).get("closed", closed)
    nodes = {side: _labels(t, given.get(f"_{side}"), path) for side in ("left", "right")}
    return logical(t, "pandas.arrays:IntervalArray/1", {"closed": closed or "right"}, path, nodes=nodes)


def _labels(t: Translator, value: Any, path: Path) -> Node:
    """Return an array as the index that perdure keeps in its place."""
    node = t.value(value, path)
    if type(node) is Object and node.type.startswith("pandas"):
        return node
    return logical(t, "pandas:Index/1", {"name": None}, path, nodes={"values": node})


def _sparse(t: Translator, call: Call, path: Path) -> Node:
    what = "a sparse column"
    given = attributes(t, call, what, path)
    index, dtype = given.get("_sparse_index"), given.get("_dtype")
    if type(index) is not Call or index.func.name != "IntIndex" or len(index.args) != 2 or type(dtype) is not Call:
        raise misfit(what, call, path)
    parts = {
        "fill_value": attributes(t, dtype, what, path).get("_fill_value"),
        "length": plain_int(index.args[0], what, call, path),
        "positions": index.args[1],
        "values": given.get("_sparse_values"),
    }
    return logical(t, "pandas.arrays:SparseArray/1", parts, path)


# --- time -------------------------------------------------------------------------------------------------


def _zone_of_dtype(t: Translator, dtype: Any, path: Path) -> str | None:
    if type(dtype) is Call and type(dtype.func) is Name and dtype.func.name == "DatetimeTZDtype":
        given = attributes(t, dtype, "a dtype of time", path) if dtype.states else {}
        return zone_of(t, given.get("tz", dtype.args[1] if len(dtype.args) > 1 else None), path)
    return None


def _period_of_dtype(t: Translator, dtype: Any, call: Call, path: Path) -> str:
    if type(dtype) is not Call or not dtype.args:
        raise misfit("a dtype of periods", call, path)
    first = dtype.args[0]
    if type(first) is Call:
        return period_frequency(t, first, path)
    return t.text(first, "a frequency").removeprefix("period[").removesuffix("]")


def _dtype(name: str) -> Any:
    def form(t: Translator, call: Call, path: Path) -> Node:
        return logical(t, "pandas.api.types:pandas_dtype/1", {"name": name}, path)

    return form


def _named_dtype(t: Translator, call: Call, path: Path) -> Node:
    kind = call.func.name
    given = attributes(t, call, "a dtype", path) if call.states else {}
    if kind == "PeriodDtype":
        name = f"period[{_period_of_dtype(t, call, call, path)}]"
    elif kind == "DatetimeTZDtype":
        unit = given.get("unit", call.args[0] if call.args else "ns")
        name = f"datetime64[{t.text(unit, 'a unit')}, {_zone_of_dtype(t, call, path)}]"
    else:
        inner = given.get("subtype", given.get("_subtype", given.get("_dtype")))
        plain = dtype_of(t, inner, path).name
        if kind == "IntervalDtype":
            closed = given.get("closed", given.get("_closed"))
            name = f"interval[{plain}, {closed}]" if closed else f"interval[{plain}]"
        else:
            name = f"Sparse[{plain}, {_shown(given.get('_fill_value'))}]"
    return logical(t, "pandas.api.types:pandas_dtype/1", {"name": name}, path)


def _shown(value: Any) -> str:
    return repr(value) if type(value) in (int, float, bool) else "nan"


def _moment(t: Translator, call: Call, path: Path) -> Node:
    what = "a point in time"
    kind = "M8" if "timestamp" in call.func.name else "m8"
    if not call.args:
        raise misfit(what, call, path)
    # The unit comes last, since pandas 2; before that all are nanoseconds.
    last = call.args[-1] if len(call.args) in (2, 4) else 10
    if type(call.args[0]) is not int or last not in _UNITS:
        raise misfit(what, call, path)
    try:
        value = np.int64(call.args[0]).view(f"{kind}[{_UNITS[last]}]")
    except OverflowError:
        raise misfit(what, call, path) from None
    parts: dict[str, Any] = {}
    if kind == "M8" and len(call.args) > 2 and call.args[2] is not None:
        parts["zone"] = zone_of(t, call.args[2], path)
    nodes: dict[str, Node] = {"value": Scalar(value.dtype.str, call.args[0])}
    name = "pandas:Timestamp/1" if kind == "M8" else "pandas:Timedelta/1"
    return logical(t, name, parts, path, nodes=nodes)


def _period(t: Translator, call: Call, path: Path) -> Node:
    if len(call.args) != 3 or type(call.args[1]) is not Call:
        raise misfit("a period", call, path)
    parts = {
        "frequency": period_frequency(t, call.args[1], path),
        "ordinal": plain_int(call.args[2], "a period", call, path),
    }
    return logical(t, "pandas:Period/1", parts, path)


def _interval(t: Translator, call: Call, path: Path) -> Node:
    if len(call.args) != 3:
        raise misfit("an interval", call, path)
    left, right, closed = call.args
    return logical(t, "pandas:Interval/1", {"closed": closed, "left": left, "right": right}, path)


def _offset(t: Translator, call: Call, path: Path) -> Node:
    return logical(t, "pandas:DateOffset/1", {"frequency": frequency(t, call, path)}, path)


VALUES: dict[str, Any] = {
    "__pyx_unpickle_NDArrayBacked": backed,
    "ArrowStringArray": _of_pyarrow,
    "ArrowStringArrayNumpySemantics": _of_pyarrow,
    "Categorical": _categorical,
    "CategoricalDtype": _categorical_dtype,
    "DatetimeTZDtype": _named_dtype,
    "Interval": _interval,
    "IntervalDtype": _named_dtype,
    "Period": _period,
    "PeriodDtype": _named_dtype,
    "SparseArray": _sparse,
    "SparseDtype": _named_dtype,
    "StringDtype": _string_dtype,
    "__nat_unpickle": lambda t, call, path: Global("pandas:NaT"),
    "__pyx_unpickle_IntervalMixin": _intervals,
    "_nat_unpickle": lambda t, call, path: Global("pandas:NaT"),
    "_timedelta_unpickle": _moment,
    "_unpickle_timestamp": _moment,
    "offset": _offset,
}
VALUES.update(dict.fromkeys(_NULLABLE, _nullable))
VALUES.update({name: _dtype(name.removesuffix("Dtype").replace("Boolean", "boolean")) for name in _DTYPES})
