"""Columns by name: a data frame is put in the order of the fit, and one that lacks a column is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from .errors import UnsupportedError, quoted

__all__ = ["EnforcedColumns", "bare", "enforced", "pick", "plain"]

#: The methods whose first argument is a table with the columns of the fit.
_ASKED = frozenset(
    (
        "apply",
        "decision_function",
        "decision_path",
        "kneighbors",
        "kneighbors_graph",
        "partial_fit",
        "predict",
        "predict_joint_log_proba",
        "predict_log_proba",
        "predict_proba",
        "radius_neighbors",
        "radius_neighbors_graph",
        "score",
        "score_samples",
        "staged_decision_function",
        "staged_predict",
        "staged_predict_proba",
        "staged_score",
        "transform",
    )
)
_SHOWN = 20


def _names(X: Any) -> list[Any] | None:
    """Return the names of the columns of a data frame of any library; None for what has none."""
    if isinstance(X, np.ndarray) or not hasattr(X, "__getitem__"):
        return None
    names = getattr(X, "column_names", None)
    if names is None:
        names = getattr(X, "columns", None)
    return None if names is None or callable(names) else list(names)


def pick(X: Any, names: Sequence[str], owner: str) -> Any:
    """Return the columns of a data frame by name, in the order that is wanted; what has no names as it is.

    Parameters
    ----------
    X : data frame of pandas, polars or another library, Arrow table, or anything else
    names : sequence of str
    owner : str
        What wants them, for the message.

    Raises
    ------
    UnsupportedError
        With the columns that are not there, and those that are there twice.
    """
    there = _names(X)
    wanted = list(names)
    if there is None or there == wanted:
        return X
    lacking = [name for name in wanted if name not in there]
    twice = [name for name in wanted if there.count(name) > 1]
    if lacking or twice:
        problems = [f"it has no column {', '.join(quoted(name) for name in lacking[:_SHOWN])}"] if lacking else []
        problems += [f"it has two columns {', '.join(quoted(name) for name in twice[:_SHOWN])}"] if twice else []
        shown = ", ".join(quoted(str(name)) for name in there[:_SHOWN])
        raise UnsupportedError(
            f"the data frame does not fit {owner}: {' and '.join(problems)}",
            fix=f"give it all columns of the fit, in any order; this one has {shown or 'none'}",
        )
    if hasattr(X, "iloc") or not hasattr(X, "select"):
        return X[wanted]
    return X.select(wanted)


def plain(X: Any) -> Any:
    """Return the columns of a data frame as an array, for a model that was fitted on one."""
    if _names(X) is None:
        return X
    if hasattr(X, "to_pandas") and hasattr(X, "column_names"):
        return np.column_stack([np.asarray(X.column(name)) for name in X.column_names])
    return X.to_numpy() if hasattr(X, "to_numpy") else np.asarray(X)


class EnforcedColumns:
    """A fitted estimator whose data frames are matched by the names of their columns.

    `perdure.load(..., enforce_columns=True)` gives one. Columns in another order are put in that of the fit, one that
    is missing is refused by its name, and one that the estimator does not know is left out. Arrays, which have no
    names, are passed through. Everything else is the estimator's: its methods, attributes, parameters and tags.

    Parameters
    ----------
    estimator : estimator
        It stays as it is; an instance of its class is this, and not what is around it.
    columns : sequence of str, optional
        The columns in the order of the fit, for an estimator that was fitted on an array: it is asked with arrays then.

    Examples
    --------
    >>> import pandas, perdure
    >>> from sklearn.linear_model import LinearRegression
    >>> X = pandas.DataFrame({"a": [0.0, 1.0, 2.0], "b": [1.0, 0.0, 5.0]})
    >>> model = perdure.EnforcedColumns(LinearRegression().fit(X, [0.0, 1.0, 2.0]))
    >>> model.predict(X[["b", "a"]]).round(6).tolist()
    [0.0, 1.0, 2.0]
    >>> model.predict(X[["a"]])
    Traceback (most recent call last):
        ...
    perdure.errors.UnsupportedError: the data frame does not fit LinearRegression: it has no column "b"
      what to do: give it all columns of the fit, in any order; this one has "a"
    """

    def __init__(self, estimator: Any, columns: Sequence[str] | None = None) -> None:
        self.estimator = estimator
        self.columns = columns

    def __getattr__(self, name: str) -> Any:
        # What copying and pickling look for is not the estimator's, and is looked for before there is one.
        if "estimator" not in self.__dict__ or (name.startswith("__") and name != "__sklearn_tags__"):
            raise AttributeError(f"{type(self).__name__} has no {name}")
        found = getattr(self.estimator, name)
        if name in _ASKED and callable(found):
            return self._asked(found)
        return self._fitting(found) if name == "fit" else found

    def _asked(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def asked(X: Any, *rest: Any, **more: Any) -> Any:
            return self._self(method(self._picked(X), *rest, **more))

        @wraps(method)
        def maybe(*rest: Any, **more: Any) -> Any:
            if rest or "X" in more:
                return asked(*rest, **more)
            # Neighbors are asked without rows as well.
            return self._self(method(**more))

        return maybe

    def _fitting(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def fit(*rest: Any, **more: Any) -> Any:
            return self._self(method(*rest, **more))

        return fit

    def _self(self, found: Any) -> Any:
        return self if found is self.estimator else found

    def _picked(self, X: Any) -> Any:
        owner = type(self.estimator).__name__
        own = getattr(self.estimator, "feature_names_in_", None)
        if own is not None:
            return pick(X, list(own), owner)
        return X if self.columns is None else plain(pick(X, list(self.columns), owner))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, those of the estimator as ``estimator__name``."""
        found = {"estimator": self.estimator, "columns": self.columns}
        inner = self.estimator.get_params() if deep and hasattr(self.estimator, "get_params") else {}
        return {**found, **{f"estimator__{name}": value for name, value in inner.items()}}

    def set_params(self, **params: Any) -> EnforcedColumns:
        """Set parameters by the names that `get_params` gives."""
        inner = {}
        for name, value in params.items():
            if name in ("estimator", "columns"):
                setattr(self, name, value)
            elif name.startswith("estimator__"):
                inner[name.removeprefix("estimator__")] = value
            else:
                raise UnsupportedError(
                    f"EnforcedColumns has no parameter {quoted(name)}",
                    fix=f"those of the estimator are called estimator__{name}",
                )
        if inner:
            self.estimator.set_params(**inner)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import check_is_fitted

        try:
            check_is_fitted(self.estimator)
        except NotFittedError:
            return False
        return True

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *(name for name in dir(self.estimator) if not name.startswith("__"))})

    def __repr__(self) -> str:
        return f"EnforcedColumns({self.estimator!r})"


def enforced(model: Any, record: Any) -> EnforcedColumns:
    """Return a model whose data frames are matched by name.

    Parameters
    ----------
    model : estimator
    record : Record or None
        Says the columns where the model itself does not.

    Raises
    ------
    UnsupportedError
        When it is no estimator, or nobody knows its columns.
    """
    from .scoring.columns import features_of

    if not any(hasattr(model, name) for name in ("predict", "transform", "fit")):
        raise UnsupportedError(
            f"the columns of one model can be enforced, and the file holds a {type(model).__name__}",
            fix='perdure.EnforcedColumns(perdure.load(path)["name"])',
        )
    names = features_of(
        model, record, None, fix='name them in their order: perdure.EnforcedColumns(model, columns=["a", "b"])'
    )
    return EnforcedColumns(model, None if hasattr(model, "feature_names_in_") else tuple(names))


def bare(model: Any) -> Any:
    """Return the estimator inside, which is what a file keeps."""
    return model.estimator if type(model) is EnforcedColumns else model
