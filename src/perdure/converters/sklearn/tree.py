"""Trees: `Tree` of scikit-learn's Cython code, a node a column."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ...arrays.native import native
from ...errors import InvalidError
from ..base import Converter, Marked

__all__ = ["CRITERION", "TREE"]

_INTP = frozenset(("left_child", "right_child", "feature", "n_node_samples"))


def _to_state(tree: Any) -> dict[str, Any]:
    state = tree.__getstate__()
    return {
        "max_depth": int(state["max_depth"]),
        "n_classes": Marked(tree.n_classes),
        "n_features": int(tree.n_features),
        "n_outputs": int(tree.n_outputs),
        "nodes": Marked(state["nodes"], _INTP),
        "values": state["values"],
    }


# Of less memory the pages are mostly there.
_LARGE = 1 << 17
# The first tree of a process often teaches the C library where to put the next.
_TRIES = 3
_NAMES = ("max_depth", "n_classes", "n_features", "n_outputs", "nodes", "values")


def _from_state(cls: Any, state: dict[str, Any]) -> Any:
    return next(_from_states(cls, [tuple(state[name] for name in _NAMES)]))


def _from_states(cls: Any, rows: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    dtype, heap = sys.modules[cls.__module__].NODE_DTYPE, _Heap()
    for max_depth, n_classes, n_features, n_outputs, nodes, values in rows:
        # Padding bytes are not kept in the file, so the running release's own dtype is filled by field.
        if nodes.dtype is not dtype and nodes.dtype != dtype:
            filled = np.zeros(nodes.shape, dtype)
            for name in dtype.names:
                filled[name] = nodes[name]
            nodes = filled
        tree = cls(n_features, n_classes.astype(np.intp, copy=False), n_outputs)
        size = nodes.nbytes + values.nbytes
        pages = heap.ask(size) if size > _LARGE else 0
        tree.__setstate__({"max_depth": max_depth, "node_count": len(nodes), "nodes": nodes, "values": values})
        if pages:
            heap.look(pages, size, tree)
        yield tree


class _Heap:
    """Pages for what `Tree.__setstate__` is about to allocate, asked for together: each by itself costs twice as much.

    What the C library does with them is its own affair: where trees do not come to lie there, none are asked for.
    """

    def __init__(self) -> None:
        self._left = _TRIES if native.active else 0
        self._sure = False

    def ask(self, nbytes: int) -> int:
        """Have the pages of so many bytes; return where, or 0."""
        return native.library.prefault(nbytes) if self._sure or self._left else 0

    def look(self, pages: int, nbytes: int, tree: Any) -> None:
        """See whether a tree lies there, until that is known."""
        if not self._sure:
            at = tree.__getstate__()["nodes"].__array_interface__["data"][0]
            self._sure = pages <= at < pages + nbytes
            self._left -= 1


TREE = Converter("tree", _to_state, _from_state, copies=True, names=_NAMES, from_states=_from_states)

# A criterion that was handed in as a parameter: what it is made from, never a state of its own.
_LARGEST = 1 << 24


def _criterion_state(criterion: Any) -> dict[str, Any]:
    n_outputs, sizes = criterion.__reduce__()[1]
    if isinstance(sizes, np.ndarray):
        return {"n_classes": Marked(sizes), "n_outputs": int(n_outputs)}
    return {"n_outputs": int(n_outputs), "n_samples": int(sizes)}


def _criterion(cls: Any, state: dict[str, Any]) -> Any:
    n_outputs = state["n_outputs"]
    if type(n_outputs) is not int or not 1 <= n_outputs <= _LARGEST:
        raise InvalidError("a criterion has at least one output")
    if "n_classes" in state:
        n_classes = state["n_classes"].astype(np.intp)
        if n_classes.shape != (n_outputs,) or n_classes.min() < 1 or n_outputs * int(n_classes.max()) > _LARGEST:
            raise InvalidError("a criterion has a number of classes for each output")
        return cls(n_outputs, n_classes)
    if type(state["n_samples"]) is not int or not 0 <= state["n_samples"] * n_outputs <= 1 << 40:
        raise InvalidError("a criterion has a number of samples")
    return cls(n_outputs, state["n_samples"])


CRITERION = Converter("criterion", _criterion_state, _criterion)
