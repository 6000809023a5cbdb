"""What the features are called that an estimator within a pipeline got: the names of columns, followed through transformers.

As scikit-learn's ``get_feature_names_out`` has them, from what the file holds alone; where a transformer is not known
here, what comes behind it has no names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..graph.nodes import Array, Dict, DictOf, List, ListOf, Object, Objects, Ref, Scalar, Slice, Texts, Tuple
from ..graph.structure import definitions
from .looking import node_of

if TYPE_CHECKING:
    from .looking import View

__all__ = ["Names", "feature_names"]

Names: TypeAlias = list[str] | None

# Of one name, and of all names that are made on the way.
_LETTERS = 120
_MOST = 200_000
_DEPTH = 24
_ONE_TO_ONE = frozenset(
    f"sklearn.preprocessing._data:{name}"
    for name in (
        "Binarizer",
        "MaxAbsScaler",
        "MinMaxScaler",
        "Normalizer",
        "PowerTransformer",
        "QuantileTransformer",
        "RobustScaler",
        "StandardScaler",
    )
) | {"sklearn.preprocessing._encoders:OrdinalEncoder", "sklearn.feature_extraction.text:TfidfTransformer"}
_NUMBERED = {
    "sklearn.decomposition._pca:PCA": "pca",
    "sklearn.decomposition._truncated_svd:TruncatedSVD": "truncatedsvd",
}
_SEARCHES = ("best_estimator_", "estimator_")


class _TooMany(Exception):
    """More names than a page needs."""


class _Follower:
    def __init__(self, view: View) -> None:
        self.view = view
        self.defined = definitions(view.file.graph)
        self.left = _MOST
        self.found: dict[int, list[str]] = {}

    # --- the graph as values ---

    def node(self, node: Any) -> Any:
        node = node_of(node)
        seen = 0
        while isinstance(node, Ref) and seen < _DEPTH:
            node = node_of(self.defined.get(node.key))
            seen += 1
        return node

    def get(self, node: Object, name: str) -> Any:
        return self.node(node.state.get(name))

    def items(self, node: Any) -> Sequence[Any]:
        node = self.node(node)
        if isinstance(node, (List, Tuple)):
            self.spend(len(node.items))
        return [self.node(item) for item in node.items] if isinstance(node, (List, Tuple)) else ()

    def values(self, node: Any) -> list[Any] | None:
        """Return plain values of a list or an array; None for anything else."""
        node = self.node(node)
        if isinstance(node, (List, Tuple, Objects)):
            self.spend(len(node.items))
            return [self.plain(item) for item in node.items]
        if isinstance(node, ListOf):
            node = node_of(node.items)
        if isinstance(node, Texts):
            return self.view.texts(node)
        if isinstance(node, Array):
            return self.view.words_of(node.index)
        return None

    def plain(self, node: Any) -> Any:
        node = self.node(node)
        return node.value if isinstance(node, Scalar) else node

    def spend(self, count: int) -> None:
        """Count a step, or names: however often a file refers to one thing, there is an end."""
        self.left -= count
        if self.left < 0:
            raise _TooMany

    def taken(self, names: Names) -> Names:
        self.spend(len(names or ()))
        return names

    # --- following ---

    def visit(self, node: Any, names: Names, depth: int) -> Names:
        """Note what an estimator and those within it got; return what it gives, None where that is not known."""
        node = self.node(node)
        self.spend(1)
        if not isinstance(node, Object) or depth > _DEPTH:
            return None
        own = self.values(node.state.get("feature_names_in_"))
        if own is not None and all(isinstance(name, str) for name in own):
            names = self.taken([name[:_LETTERS] for name in own])
        if names is None:
            count = self.plain(node.state.get("n_features_in_"))
            names = (
                self.taken([f"x{i}" for i in range(count)]) if type(count) is int and 0 < count <= self.left else None
            )
        if names is not None:
            self.found[id(node)] = names
        if "steps" in node.state:
            return self.steps(node, names, depth)
        for key in _SEARCHES:
            if key in node.state:
                return self.visit(node.state[key], names, depth + 1)
        if "estimators_" in node.state:
            for item in self.items(node.state["estimators_"]):
                self.visit(item, names, depth + 1)
            return None
        make = _MAKERS.get(node.type)
        if node.type in _ONE_TO_ONE:
            return names
        if node.type in _NUMBERED:
            return self.numbered(node, _NUMBERED[node.type])
        return None if make is None else make(self, node, names, depth)

    def steps(self, node: Object, names: Names, depth: int) -> Names:
        for item in self.items(node.state["steps"]):
            pair = self.items(item)
            if len(pair) != 2:
                return None
            if pair[1] is not None and pair[1] != "passthrough":
                names = self.visit(pair[1], names, depth + 1)
        return names

    def columns(self, node: Object, names: Names, depth: int) -> Names:
        found: list[str] = []
        known = True
        for item in self.items(node.state.get("transformers_")):
            triple = self.items(item)
            if len(triple) != 3 or type(triple[0]) is not str:
                return None
            chosen = None if names is None else self.chosen(triple[2], names)
            if triple[1] == "drop":
                continue
            given = chosen if triple[1] == "passthrough" else self.visit(triple[1], chosen, depth + 1)
            # Each is followed, also where the names of all cannot be said.
            known = known and given is not None
            found += self.prefixed(node, triple[0], given or [])
        return found if known else None

    def union(self, node: Object, names: Names, depth: int) -> Names:
        found: list[str] = []
        known = True
        for item in self.items(node.state.get("transformer_list")):
            pair = self.items(item)
            if len(pair) != 2 or type(pair[0]) is not str:
                return None
            if pair[1] == "drop":
                continue
            given = names if pair[1] == "passthrough" else self.visit(pair[1], names, depth + 1)
            known = known and given is not None
            found += self.prefixed(node, pair[0], given or [])
        return found if known else None

    def prefixed(self, node: Object, name: str, names: list[str]) -> list[str]:
        self.taken(names)
        if self.get(node, "verbose_feature_names_out") is False:
            return names
        return [f"{name[:_LETTERS]}__{one}"[:_LETTERS] for one in names]

    def chosen(self, columns: Any, names: list[str]) -> Names:
        """Return the names of columns as a column transformer selects them."""
        columns = self.plain(columns)
        if isinstance(columns, Slice):
            ends = [self.plain(end) for end in (columns.start, columns.stop, columns.step)]
            whole = all(end is None or (type(end) is int and abs(end) <= _MOST) for end in ends) and ends[2] != 0
            return self.taken(names[slice(*ends)]) if whole else None
        values = [columns] if isinstance(columns, (str, int)) else self.values(columns)
        if values is None:
            return None
        if values and all(isinstance(value, (bool, np.bool_)) for value in values):
            return self.taken([name for name, take in zip(names, values, strict=False) if take])
        found: list[str] = []
        for value in values:
            if isinstance(value, str):
                found.append(value[:_LETTERS])
            elif isinstance(value, int) and -len(names) <= value < len(names):
                found.append(names[value])
            else:
                return None
        return self.taken(found)

    # --- transformers ---

    def imputed(self, node: Object, names: Names, depth: int) -> Names:
        filled = self.values(node.state.get("statistics_"))
        odd = filled is None or any(value is None or value != value for value in filled)
        return None if odd or self.get(node, "add_indicator") is not False else names

    def function(self, node: Object, names: Names, depth: int) -> Names:
        said = self.get(node, "feature_names_out")
        return names if said == "one-to-one" else None

    def one_hot(self, node: Object, names: Names, depth: int) -> Names:
        if names is None or self.get(node, "min_frequency") is not None or self.get(node, "max_categories") is not None:
            return None
        categories = node_of(node.state.get("categories_"))
        lists = [self.values(item) for item in self.items(categories)]
        dropped = node.state.get("drop_idx_")
        without = [None] * len(lists) if dropped is None else self.values(dropped)
        if len(lists) != len(names) or without is None or len(without) != len(lists):
            return None
        found: list[str] = []
        for name, values, out in zip(names, lists, without, strict=True):
            if values is None:
                return None
            self.spend(len(values))
            found += [f"{name}_{str(value)[:_LETTERS]}"[:_LETTERS] for i, value in enumerate(values) if i != out]
        return found

    def words(self, node: Object, names: Names, depth: int) -> Names:
        pairs = self.pairs(node.state.get("vocabulary_"))
        if pairs is None or sorted(number for _, number in pairs) != list(range(len(pairs))):
            return None
        return self.taken([word[:_LETTERS] for word, _ in sorted(pairs, key=lambda pair: pair[1])])

    def pairs(self, node: Any) -> list[tuple[str, int]] | None:
        node = self.node(node)
        if isinstance(node, Dict):
            found = [(self.plain(key), self.plain(value)) for key, value in node.pairs[: self.left]]
        elif isinstance(node, DictOf):
            keys, values = self.values(ListOf(node.keys)), self.view.column(node.values)
            if keys is None or values is None or len(keys) != len(values):
                return None
            found = list(zip(keys, values, strict=True))
        else:
            return None
        return found if all(type(key) is str and type(value) is int for key, value in found) else None

    def numbered(self, node: Object, name: str) -> Names:
        components = self.node(node.state.get("components_"))
        shape = self.view.arrays.spec(components.index).shape if isinstance(components, Array) else ()
        return self.taken([f"{name}{i}" for i in range(min(shape[0], _MOST + 1))]) if len(shape) == 2 else None


_Maker: TypeAlias = Callable[[_Follower, Object, Names, int], Names]
_MAKERS: Mapping[str, _Maker] = {
    "sklearn.compose._column_transformer:ColumnTransformer": _Follower.columns,
    "sklearn.pipeline:FeatureUnion": _Follower.union,
    "sklearn.impute._base:SimpleImputer": _Follower.imputed,
    "sklearn.preprocessing._function_transformer:FunctionTransformer": _Follower.function,
    "sklearn.preprocessing._encoders:OneHotEncoder": _Follower.one_hot,
    "sklearn.feature_extraction.text:CountVectorizer": _Follower.words,
    "sklearn.feature_extraction.text:TfidfVectorizer": _Follower.words,
}


def feature_names(view: View) -> dict[int, list[str]]:
    """Return the names of the features that estimators got, by the ``id`` of their node in the graph."""
    follower = _Follower(view)
    root = follower.node(view.file.graph.root)
    roots = [root]
    if isinstance(root, Dict):
        roots = [follower.node(value) for _, value in root.pairs[:_DEPTH]]
    elif isinstance(root, (List, Tuple)):
        roots = [follower.node(item) for item in root.items[:_DEPTH]]
    try:
        for one in roots:
            follower.visit(one, None, 0)
    except _TooMany:
        # What was found until then is right.
        return follower.found
    return follower.found
