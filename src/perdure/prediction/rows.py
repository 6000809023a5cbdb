"""What a predictor is asked with: arrays, data frames of any library, dicts of columns, lists of dicts, texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .sparse import SparseRows

__all__ = ["FLOATS", "Table", "as_rows", "check_finite", "column_array", "count_of", "matrix"]

Matrix = np.ndarray[Any, Any]
#: The dtypes that scikit-learn computes in, the first where another was given.
FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


def column_array(values: Any) -> Matrix:
    """Return a column as an array of one dimension; what a library has for a missing value is a NaN or None."""
    found = np.asarray(values)
    if found.dtype.kind in "US" and not hasattr(values, "dtype"):
        # A list of texts: as objects, so that the longest does not decide.
        found = np.asarray(values, dtype=object)
    if found.ndim != 1:
        raise ValueError(f"a column has one dimension, not {found.ndim}")
    if found.dtype.kind == "O":
        missing = np.fromiter((type(value).__name__ in ("NAType", "NaTType") for value in found), bool, len(found))
        if missing.any():
            found = found.copy()
            found[missing] = np.nan
        if getattr(getattr(values, "dtype", None), "kind", "O") in "iufb" and missing.any():
            found = found.astype(np.float64)
    return found


class Table:
    """Columns with names.

    Parameters
    ----------
    names : sequence of hashable
    columns : sequence of ndarray of one length
    """

    __slots__ = ("columns", "names")

    def __init__(self, names: Sequence[Any], columns: Sequence[Matrix]) -> None:
        if len({len(column) for column in columns}) > 1:
            raise ValueError(
                "the columns differ in length: " + str({str(n): len(c) for n, c in zip(names, columns, strict=True)})
            )
        self.names = list(names)
        self.columns = list(columns)
        if len(set(map(str, self.names))) != len(self.names):
            raise ValueError("two columns have one name")

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows and of columns."""
        return len(self), len(self.columns)

    def pick(self, names: Sequence[Any]) -> Table:
        """Return the columns of these names, in their order.

        Raises
        ------
        ValueError
            With the names that are not there.
        """
        places = {name: i for i, name in enumerate(self.names)}
        missing = [name for name in names if name not in places]
        if missing:
            raise ValueError(
                f"columns are missing: {', '.join(map(repr, missing[:10]))}; there are {self.names[:20]!r}"
            )
        return Table(names, [self.columns[places[name]] for name in names])

    def to_array(self) -> Matrix:
        """Return the columns as one array: of numbers where all are, else of objects."""
        if not self.columns:
            return np.empty((0, 0))
        if all(column.dtype.kind in "fiub" for column in self.columns):
            made = np.empty(self.shape, np.result_type(*(column.dtype for column in self.columns)))
        else:
            made = np.empty(self.shape, object)
        for i, column in enumerate(self.columns):
            made[:, i] = column
        return made


def as_rows(X: Any, takes: str = "table") -> Any:
    """Return what was given as an array, a `Table`, `SparseRows`, or a list of what the model takes.

    Parameters
    ----------
    X : object
    takes : {"table", "texts", "dicts"}
        What the model is asked with.
    """
    if isinstance(X, Table | SparseRows):
        return X
    if takes == "texts":
        if isinstance(X, str | bytes):
            raise ValueError("texts are asked for as a list, not as one text")
        return list(X)
    if takes == "dicts" and not hasattr(X, "columns"):
        return [X] if isinstance(X, Mapping) else list(X)
    if isinstance(X, Mapping):
        return Table(list(X), [column_array(values) for values in X.values()])
    if hasattr(X, "tocsr"):
        return SparseRows.of(X)
    if isinstance(X, np.ndarray):
        names = X.dtype.names
        return np.asarray(X) if names is None else Table(names, [column_array(X[name]) for name in names])
    names = getattr(X, "column_names", None)
    if names is None:
        names = getattr(X, "columns", None)
    if names is not None and hasattr(X, "__getitem__") and not callable(names):
        return Table(list(names), [column_array(X[name]) for name in names])
    if isinstance(X, str | bytes) or not hasattr(X, "__len__"):
        raise ValueError(f"rows are an array, a data frame, or a dict of columns, not a {type(X).__name__}")
    if len(X) and isinstance(X[0], Mapping):
        return _of_dicts(X)
    found = np.asarray(X)
    return np.asarray(X, dtype=object) if found.dtype.kind in "US" and not hasattr(X, "dtype") else found


def _of_dicts(rows: Sequence[Mapping[str, Any]]) -> Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = []
    for name in names:
        values = [row.get(name, np.nan) for row in rows]
        columns.append(column_array(values))
    return Table(names, columns)


def count_of(X: Any) -> int:
    """Return how many rows there are."""
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)


def check_finite(X: Matrix, *, nan: bool = False, inf: bool = False, owner: str = "the model") -> None:
    """Raise where there are values that the model does not take."""
    if X.dtype.kind == "f" and not inf:
        with np.errstate(over="ignore", invalid="ignore"):
            # A sum is soon had, and finite where all are.
            if np.isfinite(X.sum()):
                return
        if nan:
            bad = bool(np.isinf(X).any())
        else:
            bad = not np.isfinite(X).all()
        if bad:
            what = "infinity" if nan else "NaN or infinity"
            raise ValueError(f"X contains {what}, or a value too large for {X.dtype}, which {owner} does not take")
    elif X.dtype.kind == "O" and not nan and any(value is None or value != value for value in X.ravel()):
        raise ValueError(f"X contains missing values, which {owner} does not take")


def matrix(
    X: Any,
    *,
    names: Sequence[Any] | None,
    n_features: int | None,
    owner: str,
    dtypes: tuple[np.dtype[Any], ...] | None = FLOATS,
    nan: bool = False,
    inf: bool = False,
    sparse: bool = False,
    order: Any = None,
) -> Any:
    """Return the rows as an array of two dimensions that a model can believe.

    Parameters
    ----------
    X : object
        What `as_rows` gives.
    names : sequence or None
        Of the columns, where the model knows them.
    n_features : int or None
    owner : str
        Whose they are, for messages.
    dtypes : tuple of dtype or None
        What is kept as it is; the first is taken for anything else. None: any.
    nan, inf : bool
        Whether missing values, and any values at all, are taken.
    sparse : bool
        Whether sparse rows are.
    order : {"C", "F"} or None
    """
    if isinstance(X, Table):
        X = (X.pick(names) if names is not None else X).to_array()
    found: Any
    if isinstance(X, SparseRows):
        if not sparse:
            raise ValueError(f"{owner} takes no sparse rows; give it X.toarray()")
        found = X if dtypes is None or X.dtype in dtypes else X.astype(dtypes[0])
        values: Any = found.data
    else:
        found = np.asarray(X)
        if found.ndim != 2:
            raise ValueError(
                f"rows have two dimensions, not {found.ndim}: X.reshape(-1, 1) makes them of one feature, "
                "X.reshape(1, -1) of one row"
            )
        if dtypes is not None and found.dtype not in dtypes:
            found = _numbers(found, dtypes[0], owner)
        if order is not None:
            found = np.asarray(found, order=order)
        values = found
    if found.shape[0] < 1:
        raise ValueError(f"there is no row to ask {owner} with")
    if n_features is not None and found.shape[1] != n_features:
        raise ValueError(f"X has {found.shape[1]} features, but {owner} is expecting {n_features} features as input")
    check_finite(values, nan=nan, inf=inf, owner=owner)
    return found


def _numbers(found: Matrix, dtype: np.dtype[Any], owner: str) -> Matrix:
    if found.dtype.kind in "cmMV":
        raise ValueError(f"X is of dtype {found.dtype}, which {owner} does not take")
    try:
        with np.errstate(over="ignore"):
            return found.astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"X cannot be converted to numbers: {error}") from None
