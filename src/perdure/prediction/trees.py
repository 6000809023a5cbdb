"""Decision trees and forests of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidError
from .base import Classifier, Estimator, Regressor
from .parts import Part
from .walking import Walk

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN", "TREES", "takes_missing", "tree_rows", "walk_of"]

Matrix = np.ndarray[Any, Any]
TREES = {
    f"sklearn.tree._classes:{name}": name.endswith("Classifier")
    for name in ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
}
_FLOAT32 = (np.dtype(np.float32),)


def walk_of(
    trees: Sequence[Part],
    n_features: int,
    *,
    values: Sequence[Matrix] | None = None,
    scale: float | None = None,
    features: Sequence[Matrix] | None = None,
    **how: Any,
) -> Walk:
    """Return what walks down trees.

    Parameters
    ----------
    trees : sequence of Part
        Objects of the type `Tree`.
    n_features : int
    values : sequence of ndarray, optional
        What the leaves of each tree give, a row a node; by default their own values.
    scale : float, optional
        What the values are multiplied with.
    features : sequence of ndarray of int, optional
        Which of the features each tree was fitted on.
    **how
        As in `Walk`.
    """
    if not trees:
        raise InvalidError("there is no tree")
    nodes = [tree["nodes"] for tree in trees]
    fields = {
        name: np.concatenate([record[name] for record in nodes])
        for name in ("left_child", "right_child", "feature", "threshold")
    }
    if "missing_go_to_left" in nodes[0]:
        missing = np.concatenate([record["missing_go_to_left"] for record in nodes])
    else:
        missing = np.zeros(len(fields["feature"]), np.uint8)
    counts = [len(record["left_child"]) for record in nodes]
    if features is not None:
        # A tree's own features become those of all.
        at = 0
        for count, chosen in zip(counts, features, strict=True):
            own = fields["feature"][at : at + count]
            inner = fields["left_child"][at : at + count] != -1
            mapped = own.copy()
            mapped[inner] = np.asarray(chosen)[own[inner]]
            fields["feature"][at : at + count] = mapped
            at += count
    if values is None:
        found = np.concatenate([tree["values"].reshape(count, -1) for tree, count in zip(trees, counts, strict=True)])
    else:
        found = np.concatenate([np.asarray(value, np.float64).reshape(len(value), -1) for value in values])
    return Walk(
        counts,
        fields["left_child"],
        fields["right_child"],
        fields["feature"],
        fields["threshold"],
        fields["left_child"] == -1,
        missing,
        n_features,
        values=found if scale is None else scale * found,
        **how,
    )


def takes_missing(part: Part) -> bool:
    """Say whether a tree takes missing values."""
    return not part.name.startswith("ExtraTree") or part.get("splitter", "random") == "random"


class Outputs:
    """How the values of leaves become labels, probabilities or numbers.

    Parameters
    ----------
    part : Part
        A tree or a forest.
    classes : ndarray or list of them, or None
    """

    def __init__(self, part: Part, width: int, classes: Any) -> None:
        self.count = int(part.number("n_outputs_"))
        self.most = width // self.count if self.count else 0
        if self.count < 1 or self.most * self.count != width:
            raise InvalidError("the values of a tree do not have its outputs", path=str(part.path))
        self.classes = classes
        counts = part.get("n_classes_", 1) if classes is not None else 1
        self.counts = [int(number) for number in np.atleast_1d(np.asarray(counts)).ravel()]

    def probas(self, sums: Matrix) -> Any:
        """Return the probabilities, one array for each output."""
        shaped = sums.reshape(len(sums), self.count, self.most)
        if self.count == 1:
            return shaped[:, 0, : self.counts[0]]
        return [shaped[:, k, : self.counts[k]] for k in range(self.count)]

    def labels(self, probas: Any) -> Matrix:
        """Return the most probable class of each output."""
        if self.count == 1:
            return np.asarray(self.classes.take(np.argmax(probas, axis=1), axis=0))
        found = np.empty((len(probas[0]), self.count), self.classes[0].dtype)
        for k, proba in enumerate(probas):
            found[:, k] = self.classes[k].take(np.argmax(proba, axis=1), axis=0)
        return found

    def numbers(self, sums: Matrix) -> Matrix:
        """Return the means."""
        shaped = sums.reshape(len(sums), self.count, self.most)
        return shaped[:, 0, 0] if self.count == 1 else shaped[:, :, 0]


class _OfTrees(Estimator):
    """What trees and forests have in common."""

    def prepare(self, part: Part, trees: Sequence[Part], missing: bool, classes: Any = None) -> None:
        if self.n_features is None:
            raise part.refuse("a tree without the number of its features")
        self.walk = walk_of(trees, self.n_features)
        self.count = len(trees)
        self.missing = missing
        self.outputs = Outputs(part, self.walk.values.shape[1], classes)

    def checked(self, X: Any) -> Matrix:
        """Return the rows as trees read them."""
        return tree_rows(self, X, self.missing)

    def means(self, X: Any) -> Matrix:
        """Return the mean of the values of the leaves."""
        found = self.walk.add(self.checked(X))
        if self.count != 1:
            found /= self.count
        return found


def tree_rows(estimator: Estimator, X: Any, missing: bool, inf: bool = False) -> Matrix:
    """Return rows in single precision, sparse ones with their zeros."""
    rows = estimator.rows(X, dtypes=_FLOAT32, sparse=True, nan=missing, inf=inf)
    return rows if isinstance(rows, np.ndarray) else rows.toarray()


class _Classifying(_OfTrees, Classifier):
    def predict_proba(self, X: Any) -> Any:
        return self.outputs.probas(self.means(X))

    def predict(self, X: Any) -> Matrix:
        return self.outputs.labels(self.predict_proba(X))

    def predict_log_proba(self, X: Any) -> Any:
        found = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(found) if self.outputs.count == 1 else [np.log(proba) for proba in found]


class _Regressing(_OfTrees, Regressor):
    def predict(self, X: Any) -> Matrix:
        return self.outputs.numbers(self.means(X))


class DecisionTreeClassifier(_Classifying):
    """One tree."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, [part.part("tree_")], takes_missing(part), self.classes)


class DecisionTreeRegressor(_Regressing):
    """One tree."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, [part.part("tree_")], takes_missing(part))


def _trees_in(part: Part) -> tuple[list[Part], bool]:
    members = part.items("estimators_")
    if not members:
        raise InvalidError("a forest has trees", path=f"{part.path}.estimators_")
    return [member.part("tree_") for member in members], takes_missing(members[0])


class ForestClassifier(_Classifying):
    """The mean of the probabilities of its trees."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, *_trees_in(part), self.classes)


class ForestRegressor(_Regressing):
    """The mean of its trees."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, *_trees_in(part))


class RandomTreesEmbedding(_OfTrees):
    """The leaf of each tree, one-hot."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.prepare(part, *_trees_in(part))
        self.encoder = make(part["one_hot_encoder_"])

    def transform(self, X: Any) -> Any:
        return self.encoder.ask("transform", self.walk.leaves(self.checked(X)))


KNOWN: dict[str, Any] = {
    **{name: DecisionTreeClassifier if classifies else DecisionTreeRegressor for name, classifies in TREES.items()},
    "sklearn.ensemble._forest:ExtraTreesClassifier": ForestClassifier,
    "sklearn.ensemble._forest:ExtraTreesRegressor": ForestRegressor,
    "sklearn.ensemble._forest:RandomForestClassifier": ForestClassifier,
    "sklearn.ensemble._forest:RandomForestRegressor": ForestRegressor,
    "sklearn.ensemble._forest:RandomTreesEmbedding": RandomTreesEmbedding,
}
