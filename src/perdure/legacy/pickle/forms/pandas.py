"""Tables, columns and labels of every pandas, from its private layouts to perdure's own forms."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import FormatError
from ....graph.nodes import List, Node, Range
from ....graph.structure import Path
from ..translate import Form, Translator
from ..values import Call, Name, Pairs
from .base import as_dict, attributes, logical, misfit, only_state, plain_int
from .numpy import array_node, raw_array
from .pandas_time import is_offset, zone_of
from .pandas_values import VALUES, column_nodes, is_backed

__all__ = ["form_of"]

_MOST_COLUMNS = 10_000_000


def form_of(module: str, name: str) -> Form | None:
    """Return the form of a class or function of pandas, None where there is none."""
    if module.endswith("offsets") and is_offset(name):
        return VALUES["offset"]  # type: ignore[no-any-return]
    return _FORMS.get(name)


# --- labels -------------------------------------------------------------------------------------------


def _index(t: Translator, call: Call, path: Path) -> Node:
    what = "an index"
    if len(call.args) != 2 or type(call.args[0]) is not Name:
        raise misfit(what, call, path)
    kind = call.args[0].name
    given = as_dict(call.args[1], what, call, path)
    name = given.get("name")
    if kind == "RangeIndex":
        bounds = [plain_int(given.get(key), what, call, path) for key in ("start", "stop", "step")]
        if not bounds[2]:
            raise misfit(what, call, path)
        return logical(t, "pandas:RangeIndex/1", {"name": name}, path, nodes={"range": Range(*bounds)})
    if kind == "MultiIndex":
        codes: Any = given.get("codes", given.get("labels"))
        levels: Any = given.get("levels")
        names: Any = given.get("names")
        if type(codes) not in (list, tuple) or type(levels) not in (list, tuple) or type(names) not in (list, tuple):
            raise misfit(what, call, path)
        parts = {"codes": list(codes), "levels": list(levels), "names": tuple(names)}
        t.kept.extend(parts.values())
        return logical(t, "pandas:MultiIndex/1", parts, path)
    if kind in ("DatetimeIndex", "TimedeltaIndex"):
        return _times(t, kind, given, call, path)
    if kind == "IntervalIndex":
        sides: dict[str, Any] = {side: given.get(side) for side in ("left", "right")}
        values: Node = logical(t, "pandas.arrays:IntervalArray/1", {**sides, "closed": given.get("closed")}, path)
    else:
        (values,) = column_nodes(t, given.get("data"), Path(path, ".values")) or (None,)
    return logical(t, "pandas:Index/1", {"name": name}, path, nodes={"values": values})


def _times(t: Translator, kind: str, given: dict[str, Any], call: Call, path: Path) -> Node:
    data: Any = given.get("data")
    parts: dict[str, Any] = {"name": given.get("name")}
    freq, zone = given.get("freq"), given.get("tz")
    if is_backed(data):
        state = data.args[2] if data.args[2] is not None else only_state(data, "an index", path)
        if type(state) is not tuple or len(state) < 2:
            raise misfit("an index", call, path)
        dtype, array = state[:2]
        if getattr(getattr(array, "func", None), "name", "") in ("dtype", "DatetimeTZDtype"):
            dtype, array = array, dtype
        if type(dtype) is Call and getattr(dtype.func, "name", "") == "DatetimeTZDtype":
            zone = attributes(t, dtype, "a dtype of time", path).get("tz") if dtype.states else dtype.args[-1]
        if freq is None and len(state) > 2 and type(state[2]) is Pairs:
            freq = as_dict(state[2], "an index", call, path).get("_freq")
        data = array
    if zone is not None:
        parts["zone"] = zone_of(t, zone, path)
    if type(freq) is Call and is_offset(getattr(freq.func, "name", "")):
        parts["frequency"] = freq
    values = array_node(t, raw_array(t, data, path), Path(path, ".values"))
    return logical(t, f"pandas:{kind}/1", parts, path, nodes={"values": values})


# --- columns and tables ----------------------------------------------------------------------------------


def _blocks(t: Translator, manager: Any, path: Path) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """Return the axes of a manager, and its blocks as pairs of values and places."""
    what = "a table of pandas"
    if type(manager) is not Call:
        raise FormatError(f"{what} in the pickle is damaged", path=str(path))
    if manager.states and type(manager.states[0]) is tuple and manager.states[0]:
        # Of pandas since 0.14: the axes, and blocks as dicts.
        last = manager.states[0][-1]
        extra = as_dict(last, what, manager, path) if type(last) is Pairs else {}
        inner = as_dict(extra.get("0.14.1"), what, manager, path)
        axes, blocks = inner.get("axes"), inner.get("blocks")
        if type(axes) is not list or type(blocks) is not list:
            raise misfit(what, manager, path)
        found = [as_dict(block, what, manager, path) for block in blocks]
        return axes, [(block.get("values"), block.get("mgr_locs")) for block in found]
    if len(manager.args) < 2 or type(manager.args[1]) is not list:
        raise misfit(what, manager, path)
    blocks = manager.args[0]
    found_blocks = []
    for block in blocks if type(blocks) in (tuple, list) else (blocks,):
        if type(block) is not Call or not 2 <= len(block.args) <= 3:
            raise misfit(what, manager, path)
        found_blocks.append((block.args[0], block.args[1]))
    return manager.args[1], found_blocks


def _places(t: Translator, value: Any, count: int, call: Call, path: Path) -> list[int]:
    """Return which columns of a table a block has."""
    what = "a table of pandas"
    if type(value) is Call and str(value.func) == "builtins:slice" and len(value.args) == 3:
        parts = [part for part in value.args if part is not None]
        if all(type(part) is int and -_MOST_COLUMNS <= part <= _MOST_COLUMNS for part in parts):
            return list(range(*slice(*value.args).indices(_MOST_COLUMNS)))[: count + 1]
        raise misfit(what, call, path)
    array = raw_array(t, value, path)
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iu" or array.ndim != 1:
        raise misfit(what, call, path)
    return [int(place) for place in array]


def _common(given: dict[str, Any], index: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {"index": index}
    attrs = given.get("attrs", given.get("_attrs"))
    if type(attrs) is Pairs and attrs.pairs:
        parts["attrs"] = attrs
    return parts


def _frame(t: Translator, call: Call, path: Path) -> Node:
    what = "a table of pandas"
    given = attributes(t, call, what, path)
    axes, blocks = _blocks(t, given.get("_mgr", given.get("_data")), path)
    if len(axes) != 2:
        raise misfit(what, call, path)
    columns: dict[int, Node] = {}
    for values, places in blocks:
        nodes = column_nodes(t, values, Path(path, ".values"))
        found = _places(t, places, len(nodes), call, path)
        if len(found) != len(nodes):
            raise misfit(what, call, path)
        columns.update(zip(found, nodes, strict=True))
    if sorted(columns) != list(range(len(columns))):
        raise misfit(what, call, path)
    values_node = List(tuple(columns[i] for i in range(len(columns))))
    return logical(
        t, "pandas:DataFrame/1", {"columns": axes[0], **_common(given, axes[1])}, path, nodes={"values": values_node}
    )


def _series(t: Translator, call: Call, path: Path) -> Node:
    what = "a column of pandas"
    given = attributes(t, call, what, path)
    axes, blocks = _blocks(t, given.get("_mgr", given.get("_data")), path)
    if len(axes) != 1 or len(blocks) != 1:
        raise misfit(what, call, path)
    nodes = column_nodes(t, blocks[0][0], Path(path, ".values"))
    if len(nodes) != 1:
        raise misfit(what, call, path)
    name = given.get("_name", given.get("name"))
    return logical(t, "pandas:Series/1", {"name": name, **_common(given, axes[0])}, path, nodes={"values": nodes[0]})


_FORMS: dict[str, Form] = {
    **{name: form for name, form in VALUES.items() if name != "offset"},
    "DataFrame": _frame,
    "Series": _series,
    "_new_DatetimeIndex": _index,
    "_new_Index": _index,
    "_new_IntervalIndex": _index,
    "_new_PeriodIndex": _index,
    "_new_TimedeltaIndex": _index,
}
