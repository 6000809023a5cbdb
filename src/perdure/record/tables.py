"""Training data from a file: Parquet, CSV or npz, to what `fit` takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any
from zipfile import BadZipFile

import numpy as np

from ..errors import MissingExtraError, UnsupportedError
from .scoring import TrainingSet

__all__ = ["read_training_set"]

_KINDS = "a Parquet file (.parquet), a table as text (.csv), or numpy arrays X, y, sample_weight, groups (.npz)"


def read_training_set(
    path: str, *, features: Sequence[str] = (), target: str | None = None, usual: str | None = None
) -> TrainingSet:
    """Return the training data that a file holds.

    Parameters
    ----------
    path : str
        A file of one of the kinds ``.parquet``, ``.csv`` and ``.npz``.
    features : sequence of str, default=()
        The columns of X, which stay in the order of the file; by default all but the target, and all but
        ``sample_weight`` and ``groups``.
    target : str, optional
        The column of y; by default the usual one, or the one column that is no feature.
    usual : str, optional
        The column of y if there is such a column.

    Raises
    ------
    UnsupportedError
        When the file is of another kind, is damaged, or lacks a column.
    MissingExtraError
        When what reads this kind is not installed.
    OSError
        When it cannot be read.
    """
    kind = os.path.splitext(path)[1].lower()
    try:
        if kind == ".npz":
            return _arrays(path)
        if kind in (".parquet", ".csv"):
            return _columns(_parquet(path) if kind == ".parquet" else _csv(path), path, features, target, usual)
    except (ValueError, BadZipFile, EOFError) as error:
        raise UnsupportedError(f"{path} cannot be read: {str(error).splitlines()[0][:200]}") from None
    raise UnsupportedError(f"{path} is not {_KINDS}", fix="verify(path, X=X, y=y)")


def _arrays(path: str) -> TrainingSet:
    with np.load(path, allow_pickle=False) as arrays:
        if "X" not in arrays:
            raise UnsupportedError(f"{path} has no array X", fix="numpy.savez(path, X=X, y=y)")
        return TrainingSet(**{name: arrays[name] for name in TrainingSet.__dataclass_fields__ if name in arrays})


def _pandas(path: str) -> Any:
    try:
        import pandas
    except ImportError:
        raise MissingExtraError(f"{path} is read with pandas", fix="pip install 'perdure[pandas]'") from None
    return pandas


def _csv(path: str) -> Any:
    pandas = _pandas(path)
    # From release 3 on each number is read to its last bit by itself.
    exact = {} if int(pandas.__version__.partition(".")[0]) >= 3 else {"float_precision": "round_trip"}
    return pandas.read_csv(path, **exact)


def _parquet(path: str) -> Any:
    _pandas(path)
    try:
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError(f"{path} is read with pyarrow", fix="pip install pyarrow") from None
    # pandas hands Arrow a file of Python: where a thread of Arrow's lets go of it last, at exit, the process aborts.
    return parquet.read_table(path).to_pandas()


def _columns(frame: Any, path: str, features: Sequence[str], target: str | None, usual: str | None) -> TrainingSet:
    names = [str(name) for name in frame.columns]
    if target is None and usual in names:
        target = usual
    lacking = [name for name in (*features, *filter(None, (target,))) if name not in names]
    if lacking:
        raise UnsupportedError(f"{path} has no column {', '.join(lacking[:5])}", fix="verify(path, X=X, y=y)")
    beside = [name for name in ("sample_weight", "groups") if name in names and name not in features]
    rest = [name for name in names if name not in features and name not in beside]
    if target is None and features and len(rest) == 1:
        target = rest[0]
    wanted = [name for name in names if (name in features if features else name in rest) and name != target]
    return TrainingSet(
        frame[wanted], None if target is None else frame[target], **{name: frame[name] for name in beside}
    )
