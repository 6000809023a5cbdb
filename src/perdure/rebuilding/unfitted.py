"""An estimator without what it has learned, taken from the graph: nothing fitted is validated or built."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..graph.nodes import Batch, Def, Each, FrozenSet, Graph, List, ListOf, Lists, Object, Ref, Set, Tuple, TupleOf
from ..graph.structure import definitions, rebuild
from ..reporting.defaults import parameters_of

__all__ = ["unfitted"]

# What `sklearn.base.clone` looks into for estimators, and their columns; anything else it copies as it is.
_LISTS = (List, Tuple, Set, FrozenSet, ListOf, TupleOf, Lists, Each)
# What a clone takes along beside the parameters.
_SETTINGS = ("_metadata_request", "_sklearn_output_config")
# Its clone is itself, with the fitted estimator in it.
_FROZEN = "sklearn.frozen._frozen:FrozenEstimator"


def unfitted(graph: Graph) -> Graph:
    """Return the graph of a clone: of each estimator the parameters alone, as `sklearn.base.clone` would take them.

    Parameters
    ----------
    graph : Graph
        Of an estimator.
    """
    return replace(graph, root=_Clone(graph).of(graph.root))


class _Clone:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.defined = definitions(graph)
        self.seen: set[int] = set()

    def of(self, node: Any) -> Any:
        """Return a parameter as a clone has it."""
        if isinstance(node, (Def, Ref)):
            return self.shared(node, self.of)
        if isinstance(node, (Object, Batch)) and self.is_estimator(node.type):
            names = parameters_of(node.type)

            def kept(state: Any) -> dict[str, Any]:
                return {name: self.of(value) for name, value in state.items() if _is_parameter(name, names)}

            if isinstance(node, Object):
                args = None if node.args is None else tuple(map(self.whole, node.args))
                return Object(node.type, kept(node.state), args, node.version)
            return Batch(node.type, node.count, kept(node.constants), kept(node.columns), node.version)
        return rebuild(node, self.of if isinstance(node, _LISTS) else self.whole)

    def whole(self, node: Any) -> Any:
        """Return a value as it is."""
        if isinstance(node, (Def, Ref)):
            return self.shared(node, self.whole)
        return rebuild(node, self.whole)

    def shared(self, node: Any, visit: Any) -> Any:
        # Its first place may have been in what is left out.
        if node.key in self.seen:
            return Ref(node.key)
        self.seen.add(node.key)
        return Def(node.key, visit(self.defined[node.key]))

    def is_estimator(self, name: str) -> bool:
        if name == _FROZEN:
            return False
        # Of others a file does not say what they are: they go on whole, and scikit-learn's clone empties them.
        own = any(base.startswith("sklearn.") for base in self.graph.bases.get(name, ()))
        return own or parameters_of(name) is not None


def _is_parameter(name: str, names: frozenset[str] | None) -> bool:
    if name in _SETTINGS:
        return True
    # Of a class that no census knows: as scikit-learn asks it of all.
    return name in names if names is not None else not (name.startswith("_") or name.endswith("_"))
