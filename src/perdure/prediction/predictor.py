"""`Predictor`: a model that is asked without scikit-learn."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import IO, Any

import numpy as np

from ..errors import InvalidError, LimitError, UnsupportedError
from ..graph.limits import Limits
from .base import METHODS, Estimator
from .parts import Part
from .rows import as_rows

__all__ = ["Predictor"]

# What numpy and Python raise over a state that does not fit together.
_MISFITS = (LookupError, AttributeError, ArithmeticError, StopIteration, RuntimeError)


class _Method:
    """A method that is there where the model has it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.name = function.__name__
        self.__doc__ = function.__doc__

    def __get__(self, predictor: Predictor | None, owner: type) -> Any:
        if predictor is None:
            return self.function
        if self.name not in predictor.methods:
            raise AttributeError(
                f"a {predictor.type.partition(':')[2]} has no {self.name}; there are {', '.join(predictor.methods)}"
            )
        return self.function.__get__(predictor, owner)


class Predictor:
    """A model that predicts from its file with numpy alone: no scikit-learn, scipy or pandas is imported.

    The file goes through the same doors as in `load`: its names are checked, its state is brought to the layout of
    the newest known scikit-learn, its numbers are validated. What it gives equals what the model gives, to the last
    bit where the arithmetic allows it and else within 1e-12.

    Parameters
    ----------
    src : str, os.PathLike, bytes or binary file-like
        A file that `dump` wrote.
    part : str, optional
        The place of the model in the file, as in Python: ``"['model']"`` of a dict, ``"steps[-1][1]"`` of a pipeline.
    limits : Limits or mapping of str to int, optional
        Changed limits, such as ``{"decoded_bytes": 2**33}``.
    signed_by : str, os.PathLike or bytes, optional
        As in `load`: a public key, without whose signature the file is refused before its graph is read.

    Attributes
    ----------
    methods : tuple of str
        What the model can be asked: of ``predict``, ``predict_proba``, ``predict_log_proba``, ``decision_function``
        and ``transform`` those that it has.
    type : str
        The type of the model, as ``module:qualname``.

    Raises
    ------
    UnsupportedError
        When any part of the model is one that a predictor does not know; by name, with its place.
    PerdureError
        As `load` does.

    Examples
    --------
    >>> import io, perdure
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"])
    >>> predictor = perdure.Predictor(io.BytesIO(perdure.dumps(model)))
    >>> predictor.predict([[0.5], [2.5]])
    array(['no', 'yes'], dtype='<U3')
    >>> predictor.methods
    ('predict', 'predict_proba', 'predict_log_proba', 'decision_function')
    """

    def __init__(
        self,
        src: str | os.PathLike[str] | IO[bytes] | bytes,
        *,
        part: str | None = None,
        limits: Limits | Mapping[str, int] | None = None,
        signed_by: Any = None,
    ) -> None:
        from .loading import opened_part, public_key
        from .registry import Maker

        key = None if signed_by is None else public_key(signed_by)

        def make() -> tuple[Part, Estimator]:
            with opened_part(src, limits, part, key) as found:
                if not isinstance(found, Part):
                    raise UnsupportedError(
                        f"a predictor takes one model, and the file holds a {type(found).__name__}",
                        path="model",
                        fix="say which: perdure.Predictor(path, part=\"['name']\")",
                    )
                return found, Maker()(found)

        self._part, self._model = self._guarded(make, (*_MISFITS, ValueError, TypeError))
        self.type = self._part.type
        self.methods = tuple(name for name in METHODS if self._model.offers(name))
        if not self.methods:
            raise self._part.refuse(f"what to ask a {self._part.name}")

    @property
    def classes_(self) -> Any:
        """The labels of the classes, as the model has them."""
        found = getattr(self._model, "classes", None)
        if found is None:
            raise AttributeError(f"a {self._part.name} has no classes_")
        return found

    @property
    def feature_names_in_(self) -> Any:
        """The names of the columns that the model was fitted with."""
        if self._model.names is None:
            raise AttributeError(f"this {self._part.name} was fitted without the names of columns")
        return np.array(self._model.names, dtype=object)

    @property
    def n_features_in_(self) -> int:
        """The number of columns that the model was fitted with."""
        if self._model.n_features is None:
            raise AttributeError(f"this {self._part.name} does not say its number of columns")
        return int(self._model.n_features)

    @_Method
    def predict(self, X: Any) -> Any:
        """Return the label or the number for each row.

        Parameters
        ----------
        X : array-like, data frame, dict of columns, list of dicts, or texts
            Columns with names are matched by their names.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_outputs)

        Examples
        --------
        >>> import perdure
        >>> from sklearn.linear_model import LinearRegression
        >>> data = perdure.dumps(LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0]))
        >>> perdure.Predictor(data).predict([[2.0]])
        array([5.])
        """
        return self._ask("predict", X)

    @_Method
    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class for each row, in the order of ``classes_``.

        Parameters
        ----------
        X : as in `predict`

        Returns
        -------
        ndarray of shape (n_rows, n_classes), or a list of them
        """
        return self._ask("predict_proba", X)

    @_Method
    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithm of the probability of each class for each row.

        Parameters
        ----------
        X : as in `predict`

        Returns
        -------
        ndarray of shape (n_rows, n_classes), or a list of them
        """
        return self._ask("predict_log_proba", X)

    @_Method
    def decision_function(self, X: Any) -> Any:
        """Return the score of each row, or of each class for it.

        Parameters
        ----------
        X : as in `predict`

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_classes)
        """
        return self._ask("decision_function", X)

    @_Method
    def transform(self, X: Any) -> Any:
        """Return the rows as the model transforms them.

        Parameters
        ----------
        X : as in `predict`

        Returns
        -------
        ndarray of shape (n_rows, n_features_out), or SparseRows where scikit-learn gives a sparse matrix
        """
        return self._ask("transform", X)

    def __repr__(self) -> str:
        return f"<predictor of a {self._part.name}: {', '.join(self.methods)}>"

    def _ask(self, method: str, X: Any) -> Any:
        rows = as_rows(X, self._model.takes)
        return self._guarded(lambda: self._model.ask(method, rows))

    def _guarded(self, make: Callable[[], Any], misfits: tuple[type[Exception], ...] = _MISFITS) -> Any:
        """Return what `make` makes; what does not fit together is the file's fault."""
        try:
            return make()
        except RecursionError:
            raise LimitError("the model nests deeper than this interpreter can follow", path="model") from None
        except misfits as error:
            raise InvalidError(
                f"the state of the model does not fit together ({type(error).__name__}: {error})", path="model"
            ) from None
