"""Which columns each transformer of a column transformer takes, as places: before 1.0 they were kept as they were asked for."""

from __future__ import annotations

from typing import Any

from ...errors import InvalidError
from ...graph.nodes import Dict, List, Node, Slice, Tuple
from ..state import State, items_of

__all__ = ["column_places", "remainder_places"]


def _names_of(state: State) -> list[Any] | None:
    """Return the names of the columns, where they are known."""
    if "feature_names_in_" not in state:
        return None
    node = state.value("feature_names_in_")
    items = items_of(node, state.context)
    return items if items is not None else list(state.context.view(node).tolist())


def _plain(node: Any) -> Any:
    return getattr(node, "value", node)


def _places(node: Any, state: State, count: int, names: list[Any] | None) -> list[int]:
    """Return the places of some columns: a name, a number, a slice, a mask, or several names or numbers."""
    node = state.context.resolve(node)

    def place(one: Any) -> int:
        one = _plain(one)
        if type(one) is str:
            if names is None or one not in names:
                raise InvalidError(f"there is no column {one!r:.60}")
            return names.index(one)
        if type(one) is not int or not -count <= one < count:
            raise InvalidError(f"there is no column {one!r:.60}")
        return one % count

    if isinstance(node, Slice):
        ends = [_plain(end) for end in (node.start, node.stop, node.step)]
        if any(type(end) is str for end in ends):
            if names is None:
                raise InvalidError("columns by name need the names of the columns")
            # By name the last one belongs to it.
            first = 0 if ends[0] is None else names.index(ends[0])
            last = count if ends[1] is None else names.index(ends[1]) + 1
            return list(range(count))[first : last : ends[2]]
        return list(range(count))[slice(*ends)]
    node_plain = _plain(node)
    if type(node_plain) in (str, int):
        return [place(node_plain)]
    items = items_of(node, state.context)
    found: list[Any] = [_plain(item) for item in (items if items is not None else state.context.view(node).tolist())]
    if found and all(type(item) is bool for item in found):
        return [i for i, chosen in enumerate(found) if chosen]
    return [place(item) for item in found]


def column_places(state: State) -> dict[str, Any]:
    """Return the places of the columns of each transformer, by its name, and of the remainder."""
    context = state.context
    count = _plain(state.value("_n_features" if "_n_features" in state else "n_features_in_"))
    if type(count) is not int or not 0 <= count <= 1 << 24:
        raise InvalidError("a column transformer has a number of columns")
    names = _names_of(state)
    found: list[tuple[Node, Node]] = []
    used: set[int] = set()
    asked = items_of(state.value("transformers"), context) or []
    fitted = items_of(state.value("transformers_"), context) or []
    given = items_of(state.value("_columns"), context) if "_columns" in state else None
    for i, item in enumerate(asked):
        name = context.resolve(item).items[0]
        columns = given[i] if given is not None and i < len(given) else context.resolve(fitted[i]).items[2]
        places = _places(columns, state, count, names)
        used.update(places)
        found.append((name, List(tuple(places))))
    rest = [place for place in range(count) if place not in used]
    found.append(("remainder", List(tuple(rest))))
    return {"_transformer_to_input_indices": Dict(tuple(found)), "n_features_in_": count, "_n_features": count}


def remainder_places(state: State) -> dict[str, Any]:
    """Return the remainder with a list of no places, where it had none."""
    items = items_of(state.value("_remainder"), state.context) or []
    return {"_remainder": Tuple((*items[:2], List(())))}
