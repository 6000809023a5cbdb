"""Encoders: categories and labels become numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidError
from .base import Estimator
from .parts import Name, Part
from .rows import Table
from .sparse import SparseRows

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN", "Categories", "numpy_type"]

Matrix = np.ndarray[Any, Any]


def numpy_type(part: Part, value: Any) -> np.dtype[Any]:
    """Return the dtype that a parameter names, as a class of numpy's or as a dtype."""
    if isinstance(value, np.dtype):
        return value
    known = {"builtins:float": np.float64, "builtins:int": np.int64, "builtins:bool": np.bool_}
    if isinstance(value, Name):
        if value in known:
            return np.dtype(known[value])
        name = value.removeprefix("numpy:")
        if name in ("bool_", "object_") or name.rstrip("0123456789") in ("float", "int", "uint"):
            return np.dtype(name.rstrip("_"))
    elif isinstance(value, str) and value in ("float64", "float32", "int64", "int32", "float", "int", "bool"):
        return np.dtype(value)
    raise part.refuse(f"the dtype {value!r:.60}")


class Categories:
    """The categories of one feature, and the number of each.

    Parameters
    ----------
    values : ndarray
        Sorted, as scikit-learn keeps them.
    """

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)
        self.numeric = self.values.dtype.kind in "fiub"
        self.table: dict[Any, int] = {}
        self.nan = -1
        for i, value in enumerate(self.values.tolist()):
            if value != value:
                self.nan = i
            else:
                self.table.setdefault(value, i)

    def __len__(self) -> int:
        return len(self.values)

    def numbers(self, column: Matrix) -> Matrix:
        """Return the number of each value's category, -1 for one that is not known."""
        if self.numeric and column.dtype.kind in "fiub":
            return self._by_search(column)
        get, nan = self.table.get, self.nan
        try:
            found = [nan if value != value else get(value, -1) for value in column.tolist()]
        except (TypeError, ValueError):
            raise ValueError("a category is a text or a number") from None
        return np.array(found, np.int64) if found else np.empty(0, np.int64)

    def _by_search(self, column: Matrix) -> Matrix:
        known = self.values if self.nan < 0 else self.values[:-1]
        if self.nan >= 0 and self.nan != len(self.values) - 1:
            raise InvalidError("missing values are the last of the categories")
        if not len(known):
            found = np.full(len(column), -1, np.int64)
        else:
            found = np.minimum(np.searchsorted(known, column), len(known) - 1)
            found = np.where(known[found] == column, found, -1).astype(np.int64)
        if self.nan >= 0:
            found[np.isnan(column)] = self.nan
        return found


class _Encoder(Estimator):
    """What the encoders of columns have in common."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.categories = [Categories(values) for values in part.items("categories_")]
        self.infrequent = bool(part.get("_infrequent_enabled"))
        count = len(self.categories)
        self.rare = list(part.items("_infrequent_indices")) if self.infrequent else [None] * count
        self.grouped = list(part.items("_default_to_infrequent_mappings")) if self.infrequent else [None] * count

    def columns(self, X: Any) -> list[Matrix]:
        """Return the columns, each as an array."""
        if isinstance(X, Table):
            columns = (X.pick(self.names) if self.names is not None else X).columns
        elif isinstance(X, SparseRows):
            raise ValueError(f"{self.part.name} takes no sparse rows")
        else:
            rows = np.asarray(X)
            if rows.ndim != 2:
                raise ValueError(f"rows have two dimensions, not {rows.ndim}")
            columns = [rows[:, i] for i in range(rows.shape[1])]
        if len(columns) != len(self.categories):
            raise ValueError(
                f"X has {len(columns)} features, but {self.part.name} is expecting {len(self.categories)} features as input"
            )
        if not len(columns[0]):
            raise ValueError(f"there is no row to ask {self.part.name} with")
        for column in columns:
            if column.dtype.kind == "f" and np.isinf(column).any():
                raise ValueError("X contains infinity")
        return columns

    def encoded(self, X: Any, unknown: str, keep: dict[int, int] | None = None) -> tuple[Matrix, Matrix]:
        """Return the number of each category, and whether it is known.

        Parameters
        ----------
        X : object
        unknown : str
            ``handle_unknown`` of the encoder.
        keep : dict of int to int, optional
            By column, a category that is never grouped with others.
        """
        columns = self.columns(X)
        numbers = np.zeros((len(columns[0]), len(columns)), np.int64)
        mask = np.ones(numbers.shape, bool)
        for i, (column, categories) in enumerate(zip(columns, self.categories, strict=True)):
            found = categories.numbers(column)
            known = found >= 0
            if not known.all():
                if unknown == "error":
                    values = list(dict.fromkeys(column[~known].tolist()))[:5]
                    raise ValueError(f"column {i} holds categories that were not there in the fit: {values!r:.200}")
                mask[:, i] = known
            numbers[:, i] = np.where(known, found, 0)
            rare, grouped = self.rare[i], self.grouped[i]
            if rare is not None:
                numbers[~mask[:, i], i] = rare[0]
                if unknown in ("infrequent_if_exist", "warn"):
                    mask[:, i] = True
            if grouped is not None:
                rows = numbers[:, i] != keep[i] if keep and i in keep else slice(None)
                numbers[rows, i] = np.take(grouped, numbers[rows, i])
        return numbers, mask


class OneHotEncoder(_Encoder):
    """A column for each category."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.unknown = part.word("handle_unknown")
        self.sparse = bool(part.get("sparse_output", True))
        self.dtype = numpy_type(part, part["dtype"])
        self.widths = [int(width) for width in part.items("_n_features_outs")]
        drop = part.get("_drop_idx_after_grouping")
        self.drop: Any = None
        if drop is not None:
            lengths = [len(categories) for categories in self.categories]
            self.drop = np.array([n if d is None else int(d) for d, n in zip(drop, lengths, strict=True)], np.int64)
            self.dropped = np.array([-1 if d is None else int(d) for d in drop], np.int64)
        if len(self.widths) != len(self.categories):
            raise InvalidError("there is not one width for each feature", path=str(part.path))

    def transform(self, X: Any) -> Any:
        numbers, mask = self.encoded(X, "infrequent_if_exist" if self.unknown == "warn" else self.unknown)
        if self.drop is not None:
            keep = numbers != self.dropped
            numbers[numbers > self.drop.reshape(1, -1)] -= 1
            mask &= keep
        starts = np.cumsum([0, *self.widths])
        columns = (numbers + starts[:-1]).ravel()[mask.ravel()]
        ends = np.zeros(len(numbers) + 1, np.int64)
        np.cumsum(mask.sum(axis=1), out=ends[1:])
        made = SparseRows(np.ones(len(columns), self.dtype), columns, ends, (len(numbers), int(starts[-1])))
        return made if self.sparse else made.toarray()


class OrdinalEncoder(_Encoder):
    """The number of the category."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.unknown = part.word("handle_unknown")
        self.dtype = numpy_type(part, part["dtype"])
        self.value = part.get("unknown_value")
        self.missing = {int(key): int(value) for key, value in (part.get("_missing_indices") or {}).items()}
        self.missing_value = part.get("encoded_missing_value", np.nan)

    def transform(self, X: Any) -> Matrix:
        numbers, mask = self.encoded(X, self.unknown, self.missing)
        made = numbers.astype(self.dtype)
        for column, number in self.missing.items():
            made[numbers[:, column] == number, column] = self.missing_value
        if self.unknown == "use_encoded_value":
            made[~mask] = self.value
        return made


class TargetEncoder(_Encoder):
    """The mean of the target in the category."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.encodings = [np.asarray(one) for one in part.items("encodings_")]
        self.mean = np.atleast_1d(np.asarray(part["target_mean_"]))
        self.each = len(part.items("classes_")) if part.word("target_type_") == "multiclass" else 1
        if len(self.encodings) != self.each * len(self.categories) or len(self.mean) != self.each:
            raise InvalidError("there is not one encoding for each feature and class", path=str(part.path))

    def transform(self, X: Any) -> Matrix:
        numbers, mask = self.encoded(X, "ignore")
        made = np.empty((len(numbers), len(self.encodings)))
        for k, encoding in enumerate(self.encodings):
            feature, place = divmod(k, self.each)
            made[:, k] = np.where(mask[:, feature], encoding[numbers[:, feature]], self.mean[place])
        return made


class LabelEncoder(Estimator):
    """The number of each label."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.classes = part.array("classes_", "fiubUSO")
        self.categories = Categories(self.classes)

    def transform(self, X: Any) -> Matrix:
        found = self.categories.numbers(_labels(X))
        if (found < 0).any():
            raise ValueError("y contains labels that were not there in the fit")
        return found


def _labels(X: Any) -> Matrix:
    found = X.to_array() if isinstance(X, Table) else np.asarray(X)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        raise ValueError(f"labels have one dimension, not {found.ndim}")
    return found


class LabelBinarizer(Estimator):
    """A column for each label."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.classes = part.array("classes_", "fiubUSO")
        self.categories = Categories(self.classes)
        self.low, self.high = int(part.number("neg_label")), int(part.number("pos_label"))
        self.sparse = bool(part.get("sparse_output"))
        self.multilabel = part.word("y_type_").startswith("multilabel")

    def transform(self, X: Any) -> Any:
        if self.multilabel:
            rows = X.to_array() if isinstance(X, Table) else np.asarray(X)
            if rows.ndim != 2 or rows.shape[1] != len(self.classes):
                raise ValueError("labels are a matrix with a column for each class")
            made = np.where(rows != 0, self.high, self.low)
        else:
            labels = _labels(X)
            if not len(labels):
                raise ValueError("y has no samples")
            found = self.categories.numbers(labels)
            made = np.full((len(found), len(self.classes)), self.low)
            rows = np.flatnonzero(found >= 0)
            made[rows, found[rows]] = self.high
            if len(self.classes) == 1:
                made[:] = self.low
            elif len(self.classes) == 2 and len(np.unique(labels)) <= 2:
                made = made[:, 1:]
        return SparseRows.from_dense(made) if self.sparse else made


class MultiLabelBinarizer(Estimator):
    """A column for each label of sets of them."""

    takes = "texts"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.classes = part.array("classes_", "fiubUSO")
        self.table = {label: i for i, label in enumerate(self.classes.tolist())}
        self.sparse = bool(part.get("sparse_output"))

    def transform(self, X: Any) -> Any:
        made = np.zeros((len(X), len(self.table)), np.int64)
        for i, labels in enumerate(X):
            for label in labels:
                place = self.table.get(label)
                if place is not None:
                    made[i, place] = 1
        return SparseRows.from_dense(made) if self.sparse else made


KNOWN: dict[str, Any] = {
    "sklearn.preprocessing._encoders:OneHotEncoder": OneHotEncoder,
    "sklearn.preprocessing._encoders:OrdinalEncoder": OrdinalEncoder,
    "sklearn.preprocessing._label:LabelBinarizer": LabelBinarizer,
    "sklearn.preprocessing._label:LabelEncoder": LabelEncoder,
    "sklearn.preprocessing._label:MultiLabelBinarizer": MultiLabelBinarizer,
    "sklearn.preprocessing._target_encoder:TargetEncoder": TargetEncoder,
}
