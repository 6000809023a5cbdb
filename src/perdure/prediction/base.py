"""What all predictors have in common: an estimator of numpy around the attributes of one that was fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidError
from .parts import ABSENT, Part
from .rows import matrix

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["METHODS", "Classifier", "Estimator", "Regressor", "dense", "responses"]

Matrix = np.ndarray[Any, Any]
#: What a model can be asked.
METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform")
_SPARSE = "scipy.sparse:"


class Estimator:
    """One fitted estimator.

    Parameters
    ----------
    part : Part
    make : Maker
        Makes the estimators inside.

    Attributes
    ----------
    names : list or None
        Of the columns it was fitted with.
    n_features : int or None
    takes : {"table", "texts", "dicts"}
        What it is asked with.
    """

    kind = "transformer"
    takes = "table"

    def __init__(self, part: Part, make: Maker) -> None:
        self.part = part
        self.hidden: set[str] = set()
        names = part.get("feature_names_in_")
        self.names: list[Any] | None = None if names is None else list(names)
        count = part.get("n_features_in_")
        self.n_features: int | None = int(count) if isinstance(count, int | np.integer) else None

    def offers(self, method: str) -> bool:
        """Say whether the model has a method."""
        return method not in self.hidden and callable(getattr(self, method, None))

    def rows(self, X: Any, **how: Any) -> Any:
        """Return what was given as an array that the estimator can believe; see `perdure.prediction.rows.matrix`."""
        return matrix(X, names=self.names, n_features=self.n_features, owner=self.part.name, **how)

    def ask(self, method: str, X: Any) -> Any:
        """Return what a method gives."""
        if not self.offers(method):
            raise AttributeError(f"the {self.part.name} at {self.part.path} has no {method}")
        return getattr(self, method)(X)


class Regressor(Estimator):
    """One that predicts numbers."""

    kind = "regressor"


class Classifier(Estimator):
    """One that predicts labels.

    Attributes
    ----------
    classes : ndarray or list of them
    """

    kind = "classifier"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.classes: Any = part["classes_"]

    def labels(self, indices: Matrix) -> Matrix:
        """Return the classes of these numbers."""
        if not isinstance(self.classes, np.ndarray):
            raise InvalidError("the classes are one array of labels", path=f"{self.part.path}.classes_")
        return np.asarray(self.classes.take(indices, axis=0))


def dense(part: Part, name: str) -> Matrix:
    """Return an attribute that is a matrix of numbers, dense or of scipy's sparse forms, as a dense one."""
    found = part.get(name, ABSENT)
    if isinstance(found, Part) and found.type.startswith(_SPARSE):
        from .sparse import SparseRows

        shape = tuple(int(length) for length in found["shape"])
        layout = found.type.removeprefix(_SPARSE)[:3]
        if layout not in ("csr", "csc") or len(shape) != 2:
            raise found.refuse(f"sparse matrices of the form {layout}")
        if shape[0] * shape[1] > 1 << 31:
            raise found.refuse("sparse matrices of this size")
        turned = shape if layout == "csr" else shape[::-1]
        made = SparseRows(found.array("data"), found.array("indices", "iu"), found.array("indptr", "iu"), turned)
        return made.toarray() if layout == "csr" else made.toarray().T
    return part.array(name)


def responses(estimator: Any, X: Any, methods: Sequence[str], positive: Any = ABSENT) -> tuple[Matrix, str]:
    """Return what the first method gives that the estimator has, and its name: of two classes, that of the second.

    Parameters
    ----------
    estimator : Estimator
    X : object
    methods : sequence of str
    positive : object, optional
        The class that counts, where it is not the second.
    """
    method = next((name for name in methods if estimator.offers(name)), None)
    if method is None:
        raise estimator.part.refuse(f"what takes {' or '.join(methods)} of a {estimator.part.name}")
    found = estimator.ask(method, X)
    if estimator.kind != "classifier" or isinstance(found, list):
        return found, method
    classes = estimator.classes
    if method == "predict_proba" and found.shape[1] == 2 and len(classes) == 2:
        column = 1 if positive is ABSENT else int(np.flatnonzero(classes == positive)[0])
        return found[:, column], method
    if method == "decision_function" and positive is not ABSENT and positive == classes[0]:
        return -found, method
    return found, method
