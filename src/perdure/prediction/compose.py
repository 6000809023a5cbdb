"""Pipelines, unions, columns, and targets that are transformed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidError
from .base import Estimator
from .parts import Part
from .rows import Table, count_of
from .sparse import SparseRows

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]


def _is(value: Any, word: str) -> bool:
    return isinstance(value, str) and value == word


def plain(X: Any) -> Any:
    """Return what passes through untouched: of a table the array."""
    return X.to_array() if isinstance(X, Table) else X


class Pipeline(Estimator):
    """One step after the other; what it can be asked is what its last step can be."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        steps = [step[1] for step in part.items("steps")]
        if not steps:
            raise InvalidError("a pipeline has steps", path=f"{part.path}.steps")
        kept = [None if step is None or _is(step, "passthrough") else make(step) for step in steps]
        self.first = [step for step in kept[:-1] if step is not None]
        self.last = kept[-1]
        known = [step for step in kept if step is not None]
        if known:
            self.names, self.n_features, self.takes = known[0].names, known[0].n_features, known[0].takes
        if self.last is not None:
            self.kind = self.last.kind
            if hasattr(self.last, "classes"):
                self.classes = self.last.classes

    def offers(self, method: str) -> bool:
        if method == "transform":
            steps = [*self.first, *([] if self.last is None else [self.last])]
            return all(step.offers("transform") for step in steps)
        return self.last is not None and self.last.offers(method)

    def ask(self, method: str, X: Any) -> Any:
        if not self.offers(method):
            raise AttributeError(f"the pipeline at {self.part.path} has no {method}")
        for step in self.first:
            X = step.ask("transform", X)
        return plain(X) if self.last is None else self.last.ask(method, X)


class FeatureUnion(Estimator):
    """Side by side."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        weights = part.get("transformer_weights") or {}
        self.members: list[tuple[Estimator | None, Any]] = []
        for name, member, *_ in part.items("transformer_list"):
            if not _is(member, "drop"):
                inner = None if _is(member, "passthrough") else make(member)
                self.members.append((inner, weights.get(name)))
        first = next((inner for inner, _ in self.members if inner is not None), None)
        if first is not None:
            self.names = first.names if self.names is None else self.names
            self.n_features = first.n_features if self.n_features is None else self.n_features
            self.takes = first.takes

    def transform(self, X: Any) -> Any:
        if not self.members:
            return np.zeros((count_of(X), 0))
        found = []
        for inner, weight in self.members:
            given = plain(X) if inner is None else inner.ask("transform", X)
            found.append(given if weight is None else _times(given, weight))
        return SparseRows.hstack(found) if any(isinstance(one, SparseRows) for one in found) else np.hstack(found)


def _times(given: Any, weight: Any) -> Any:
    return given.with_data(given.data * weight) if isinstance(given, SparseRows) else given * weight


class ColumnTransformer(Estimator):
    """Each transformer on its columns."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        weights = part.get("transformer_weights") or {}
        places = part["_transformer_to_input_indices"]
        self.sparse = bool(part.get("sparse_output_"))
        self.members: list[tuple[Estimator | None, Matrix, bool, Any]] = []
        for name, member, columns in part.items("transformers_"):
            chosen = np.asarray(places.get(name, []), np.int64).ravel()
            single = isinstance(columns, str | int | np.integer) and not isinstance(columns, bool)
            if _is(member, "drop") or not len(chosen):
                continue
            if self.n_features is not None and not ((chosen >= 0) & (chosen < self.n_features)).all():
                raise InvalidError("a transformer takes a column that does not exist", path=str(part.path))
            inner = None if _is(member, "passthrough") else make(member)
            self.members.append((inner, chosen, single, weights.get(name)))

    def transform(self, X: Any) -> Any:
        if isinstance(X, Table):
            # What no transformer takes need not be there.
            if self.names is not None:
                used = sorted({place for _, chosen, _, _ in self.members for place in chosen.tolist()})
                X = X.pick([self.names[place] for place in used])
                where = {place: i for i, place in enumerate(used)}
            else:
                where = {place: place for place in range(len(X.names))}
                self._check_count(len(X.names))
        else:
            X = np.asarray(X) if not isinstance(X, SparseRows) else X
            if X.ndim != 2:
                raise ValueError(f"rows have two dimensions, not {X.ndim}")
            self._check_count(X.shape[1])
            where = {}
        count = count_of(X)
        if count < 1:
            raise ValueError("there is no row to transform")
        found = []
        for inner, chosen, single, weight in self.members:
            given = self._columns(X, chosen, single, where)
            given = plain(given) if inner is None else inner.ask("transform", given)
            if not isinstance(given, SparseRows):
                given = np.asarray(given)
                given = given.reshape(-1, 1) if given.ndim == 1 and not single else given
            found.append(given if weight is None else _times(given, weight))
        if not found:
            return np.zeros((count, 0))
        if self.sparse:
            return SparseRows.hstack([one if isinstance(one, SparseRows) else _numeric(one) for one in found])
        return np.hstack([one.toarray() if isinstance(one, SparseRows) else one for one in found])

    def _check_count(self, count: int) -> None:
        if self.n_features is not None and count != self.n_features:
            raise ValueError(
                f"X has {count} features, but ColumnTransformer is expecting {self.n_features} features as input"
            )

    @staticmethod
    def _columns(X: Any, chosen: Matrix, single: bool, where: dict[int, int]) -> Any:
        if isinstance(X, Table):
            places = [where[place] for place in chosen.tolist()]
            if single:
                return X.columns[places[0]]
            return Table([X.names[place] for place in places], [X.columns[place] for place in places])
        if isinstance(X, SparseRows):
            return X.take_columns(chosen)
        return X[:, int(chosen[0])] if single else X[:, chosen]


def _numeric(values: Matrix) -> Matrix:
    return values.astype(np.float64) if values.dtype.kind == "O" else values


class TransformedTargetRegressor(Estimator):
    """A regressor whose predictions are transformed back."""

    kind = "regressor"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.inner = make(part["regressor_"])
        self.names = self.inner.names if self.names is None else self.names
        self.transformer = make(part["transformer_"])
        if not callable(getattr(self.transformer, "inverse_transform", None)):
            raise part.refuse(f"the way back of a {self.transformer.part.name}")
        prepare = getattr(self.transformer, "prepare_inverse", None)
        if prepare is not None:
            prepare()
        self.flat = int(part.number("_training_dim")) == 1

    def predict(self, X: Any) -> Matrix:
        found = self.inner.ask("predict", X)
        back: Any = getattr(self.transformer, "inverse_transform")  # noqa: B009
        made = back(found.reshape(-1, 1) if found.ndim == 1 else found)
        return np.asarray(made.squeeze(axis=1) if self.flat and made.ndim == 2 and made.shape[1] == 1 else made)


KNOWN: dict[str, Any] = {
    "sklearn.compose._column_transformer:ColumnTransformer": ColumnTransformer,
    "sklearn.compose._target:TransformedTargetRegressor": TransformedTargetRegressor,
    "sklearn.pipeline:FeatureUnion": FeatureUnion,
    "sklearn.pipeline:Pipeline": Pipeline,
}
