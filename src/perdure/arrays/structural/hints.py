"""Which arrays of a graph may be made from which others: the nodes of trees, by the names of their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...graph.nodes import (
    Array,
    Batch,
    Def,
    Fields,
    Graph,
    List,
    ListOf,
    Lists,
    Object,
    ObjectsOf,
    Ref,
    Rows,
    Stack,
    Structured,
    TupleOf,
)
from ...graph.structure import definitions, parts, resolve

__all__ = ["Hint", "hints"]

# How many lists are looked through for the trees within them.
_DEEPEST = 4


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
    tables : tuple of int
    """

    codec: str
    leaf: int | None
    offsets: int | None
    inputs: tuple[int, ...] = ()
    tables: tuple[int, ...] = ()


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
    "num_threshold": (("thresholds", "feature_idx", "bin_threshold", "is_categorical"), ("splits",)),
    "gain": (("splits",),),
    "bin_threshold": (("splits",),),
    "depth": (("depths",),),
}
_PLANS = {"left_child": _TREE, "is_leaf": _HISTOGRAM}
# What an isolation forest keeps of its trees beside them, an array for each.
_ISOLATION: _Plan = {
    "_average_path_length_per_tree": (("mapped", "n_node_samples"),),
    "_decision_path_lengths": (("depths",),),
}


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
    holders = [(node, _state(node)) for node in parts(graph) if isinstance(node, (Batch, Object))]
    beside = _Beside(graph, numbers)
    for _, state in holders:
        if "_bin_mapper" in state or "_decision_path_lengths" in state:
            beside.look(state)
    for node, state in holders:
        nodes = state.get("nodes")
        if isinstance(nodes, (Fields, Structured)):
            for leaf, plan in _PLANS.items():
                if leaf in nodes.fields:
                    columns = {**nodes.fields, **({"values": state["values"]} if "values" in state else {})}
                    _add(found, columns, leaf, plan, numbers, beside.tables.get(id(node), ()))
                    more = beside.columns.get(id(node))
                    if more:
                        _add(found, {**columns, **more}, leaf, _ISOLATION, numbers, ())
    return found


def _state(node: Batch | Object) -> Mapping[str, Any]:
    return node.columns if isinstance(node, Batch) else node.state


class _Beside:
    """What estimators hold beside their trees, by the ``id`` of the node of the trees.

    Attributes
    ----------
    tables : dict of int to tuple of int
        The ends of the bins of the features, in numbers of the file.
    columns : dict of int to dict of str to column
        Columns of arrays, one for each tree, a value for each node.
    """

    def __init__(self, graph: Graph, numbers: Mapping[int, int]) -> None:
        self.tables: dict[int, tuple[int, ...]] = {}
        self.columns: dict[int, dict[str, Any]] = {}
        self._numbers = numbers
        self._graph = graph
        self._defined: Mapping[int, Any] | None = None

    def look(self, state: Mapping[str, Any]) -> None:
        """Note what the state of one estimator holds."""
        mapper = self._resolved(state.get("_bin_mapper"))
        if isinstance(mapper, Object):
            trees = self._inner(state.get("_predictors"))
            if isinstance(trees, Batch):
                self.tables[id(trees)] = self._bins(self._resolved(mapper.state.get("bin_thresholds_")))
        trees = self._inner(state.get("estimators_"))
        if isinstance(trees, Batch):
            trees = self._inner(trees.columns.get("tree_"))
        if isinstance(trees, Batch):
            found = {name: self._inner(state.get(name)) for name in _ISOLATION}
            self.columns[id(trees)] = {name: column for name, column in found.items() if column is not None}

    def _resolved(self, node: Any) -> Any:
        if isinstance(node, (Def, Ref)):
            if self._defined is None:
                self._defined = definitions(self._graph)
            return resolve(node, self._defined)
        return node

    def _inner(self, node: Any) -> Any:
        """Return the column that is within lists of lists."""
        for _ in range(_DEEPEST):
            node = self._resolved(node)
            if not isinstance(node, (ListOf, TupleOf, ObjectsOf, Lists)):
                break
            node = node.items
        return node

    def _bins(self, node: Any) -> tuple[int, ...]:
        if isinstance(node, List):
            items = [self._resolved(item) for item in node.items]
            if not all(isinstance(item, Array) for item in items):
                return ()
            return tuple(self._numbers[item.index] for item in items)
        column = self._inner(node)
        if isinstance(column, Stack):
            return (self._numbers[column.array],)
        return (self._numbers[column.array], self._numbers[column.offsets]) if isinstance(column, Rows) else ()


def _add(
    found: dict[int, list[Hint]],
    columns: Mapping[str, Any],
    leaf: str,
    plan: _Plan,
    numbers: Mapping[int, int],
    tables: tuple[int, ...],
) -> None:
    arrays = {name: numbers[index] for name, index in _arrays(columns)}
    if leaf not in arrays:
        return
    first = columns[leaf]
    offsets = numbers[first.offsets] if isinstance(first, Rows) else None
    for name in arrays:
        # Also a column that no other makes is one of nodes.
        found.setdefault(arrays[name], [])
    for name, ways in plan.items():
        for codec, *inputs in ways:
            if name in arrays and all(other in arrays for other in inputs) and (codec != "thresholds" or tables):
                own = None if name == leaf else arrays[leaf]
                given = tuple(arrays[of] for of in inputs)
                found[arrays[name]].append(Hint(codec, own, offsets, given, tables if codec == "thresholds" else ()))


def _arrays(columns: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, column in columns.items():
        if isinstance(column, Array):
            yield name, column.index
        elif isinstance(column, (Rows, Stack)):
            yield name, column.array
