"""The Palmer penguins: where the file lies and how it is read."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from ..errors import MissingExtraError

if TYPE_CHECKING:
    from pandas import DataFrame, Series
    from sklearn.utils import Bunch

_TARGET = "species"
_READ = {
    "bill_length_mm": float,
    "bill_depth_mm": float,
    "flipper_length_mm": float,
    "body_mass_g": float,
    "year": int,
}


@overload
def load_penguins(*, return_X_y: Literal[False] = ..., as_frame: bool = ...) -> Bunch: ...
@overload
def load_penguins(*, return_X_y: Literal[True], as_frame: Literal[True] = ...) -> tuple[DataFrame, Series]: ...
@overload
def load_penguins(
    *, return_X_y: Literal[True], as_frame: Literal[False]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]: ...


def load_penguins(*, return_X_y: bool = False, as_frame: bool = True) -> Any:
    """Load the Palmer penguins: 344 rows of strings, numbers and missing values.

    The task is to tell the species (Adelie, Chinstrap or Gentoo) from the island, four measurements, the sex and the
    year. The data are in the public domain (CC0); their origin is told in ``README.md`` beside the file.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=True
        Return a pandas DataFrame and a Series, which needs pandas. With False, numpy arrays of dtype object.

    Returns
    -------
    penguins : sklearn.utils.Bunch or tuple
        With ``return_X_y=False`` a Bunch with the attributes

        data : DataFrame or ndarray of shape (344, 7)
            ``island`` and ``sex`` are strings; ``bill_length_mm``, ``bill_depth_mm``, ``flipper_length_mm``
            (millimetres) and ``body_mass_g`` (grams) are floats, ``year`` is an integer. Missing values are NaN.
        target : Series or ndarray of shape (344,)
            The species, as strings.
        feature_names : list of str
            The names of the 7 columns.
        target_names : list of str
            The three species.
        filename : str
            Where the CSV file lies.
        DESCR : str
            Origin, licence and citation.

        With ``return_X_y=True`` the tuple ``(data, target)``.

    Raises
    ------
    MissingExtraError
        If ``as_frame=True`` and pandas is not installed.

    Examples
    --------
    >>> from perdure.datasets import load_penguins
    >>> X, y = load_penguins(return_X_y=True)
    >>> X.shape
    (344, 7)
    >>> int(X["body_mass_g"].isna().sum()), int(X["sex"].isna().sum())
    (2, 11)
    >>> sorted(set(y))
    ['Adelie', 'Chinstrap', 'Gentoo']
    """
    folder = files("perdure.datasets")
    names, *rows = csv.reader(folder.joinpath("penguins.csv").read_text(encoding="utf-8").splitlines())
    columns = {
        name: [float("nan") if value == "NA" else _READ.get(name, str)(value) for value in values]
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
    species = columns.pop(_TARGET)
    data, target = _frame(columns, species) if as_frame else _arrays(columns, species)
    if return_X_y:
        return data, target

    from sklearn.utils import Bunch

    return Bunch(
        data=data,
        target=target,
        feature_names=list(columns),
        target_names=sorted(set(species)),
        filename=str(folder.joinpath("penguins.csv")),
        DESCR=folder.joinpath("README.md").read_text(encoding="utf-8"),
    )


def _frame(columns: dict[str, list[Any]], species: list[Any]) -> tuple[DataFrame, Series]:
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError(
            "load_penguins() returns a pandas DataFrame, and pandas is not installed",
            fix='pip install "perdure[pandas]", or ask for numpy arrays: load_penguins(as_frame=False)',
        ) from error
    return pd.DataFrame(columns), pd.Series(species, name=_TARGET)


def _arrays(columns: dict[str, list[Any]], species: list[Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    data = np.array([list(row) for row in zip(*columns.values(), strict=True)], dtype=object)
    return data, np.array(species, dtype=object)
