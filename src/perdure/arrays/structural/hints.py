"""Which arrays of a graph may be made from which others: the nodes of trees, by the names of their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...graph.nodes import Array, Batch, Fields, Graph, Object, Rows, Stack, Structured
from ...graph.structure import parts

__all__ = ["Hint", "hints"]


class Hint(NamedTuple):
    """One thing to try, in numbers of arrays.

    Attributes
    ----------
    codec : str
    leaf : int or None
        The array that says which nodes are leaves; None for itself.
    offsets : int or None
        The array of the offsets of the trees.
    inputs : tuple of int
    """

    codec: str
    leaf: int | None
    offsets: int | None
    inputs: tuple[int, ...] = ()


# Field → codecs to try, each with the fields that it needs besides; * is the field that says which nodes are leaves.
_Plan = Mapping[str, tuple[tuple[str, ...], ...]]
_TREE: _Plan = {
    "left_child": (("preorder",),),
    "right_child": (("right",),),
    "feature": (("splits",),),
    "threshold": (("splits",),),
    "n_node_samples": (("sums",),),
    "weighted_n_node_samples": (("converted", "n_node_samples"), ("sums",)),
    "missing_go_to_left": (("majority", "n_node_samples"),),
    "impurity": (
        ("gini", "values", "weighted_n_node_samples"),
        ("variances", "values", "weighted_n_node_samples"),
    ),
    "values": (("fractions", "weighted_n_node_samples"), ("sums",), ("means", "weighted_n_node_samples")),
}
_HISTOGRAM: _Plan = {
    "left": (("left",),),
    "right": (("right",),),
    "count": (("sums",),),
    "feature_idx": (("splits",),),
    "num_threshold": (("splits",),),
    "gain": (("splits",),),
    "bin_threshold": (("splits",),),
}
_PLANS = {"left_child": _TREE, "is_leaf": _HISTOGRAM}


def hints(graph: Graph, numbers: Mapping[int, int]) -> dict[int, list[Hint]]:
    """Return what to try for the arrays of a graph.

    Parameters
    ----------
    graph : Graph
    numbers : mapping of int to int
        The number in the file of each of its arrays.

    Returns
    -------
    dict of int to list of Hint
        By number in the file.
    """
    found: dict[int, list[Hint]] = {}
    for node in parts(graph):
        if isinstance(node, Batch):
            state: Mapping[str, Any] = node.columns
        elif isinstance(node, Object):
            state = node.state
        else:
            continue
        nodes = state.get("nodes")
        if isinstance(nodes, (Fields, Structured)):
            for leaf, plan in _PLANS.items():
                if leaf in nodes.fields:
                    values = {"values": state["values"]} if "values" in state else {}
                    _add(found, {**nodes.fields, **values}, leaf, plan, numbers)
    return found


def _add(
    found: dict[int, list[Hint]], columns: Mapping[str, Any], leaf: str, plan: _Plan, numbers: Mapping[int, int]
) -> None:
    arrays = {name: numbers[index] for name, index in _arrays(columns)}
    if leaf not in arrays:
        return
    first = columns[leaf]
    offsets = numbers[first.offsets] if isinstance(first, Rows) else None
    for name, ways in plan.items():
        for codec, *inputs in ways:
            if name in arrays and all(other in arrays for other in inputs):
                own = None if name == leaf else arrays[leaf]
                found.setdefault(arrays[name], []).append(Hint(codec, own, offsets, tuple(arrays[of] for of in inputs)))


def _arrays(columns: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, column in columns.items():
        if isinstance(column, Array):
            yield name, column.index
        elif isinstance(column, (Rows, Stack)):
            yield name, column.array
