"""What a record says of the training data and of the scores on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from .parts import Part
from .words import FileName, Hex, Line, Word

__all__ = ["Column", "Data", "DataReference", "Embedded", "Folds", "Score", "Scores", "Table"]


@dataclass(frozen=True, kw_only=True)
class DataReference(Part):
    """Where the training data are.

    Attributes
    ----------
    reference : str
        A path or a URL, without credentials; a home folder stands as ``~``.
    size : int or None
        In bytes, where it could be read.
    sha256 : str or None
    version : str or None
        Its own version, where it has one.
    versioned_by : str or None
        Who names it so: ``s3``, ``gcs``, ``azure``, ``git`` (the last commit of an unchanged file), ``dvc``,
        ``delta``, ``iceberg``, ``etag``, or ``given`` by the person who saved the model.
    """

    reference: Line
    size: int | None = None
    sha256: Hex | None = None
    version: Line | None = None
    versioned_by: Word | None = None


@dataclass(frozen=True, kw_only=True)
class Column(Part):
    """A column of the training data.

    Attributes
    ----------
    name : str or None
        None where it has none, as in numpy.
    dtype : str
        In the words of the library that held it.
    kind : str
        What counts in the fingerprint: ``number``, ``boolean``, ``text``, ``time``, ….
    missing : int
        How many values are missing.
    sha256 : str
        Of the values and the kind.
    """

    name: str | None = None
    dtype: Word
    kind: Word
    missing: int
    sha256: Hex


@dataclass(frozen=True, kw_only=True)
class Table(Part):
    """What X, y, the weights or the groups were: no value of them, and their fingerprint.

    Attributes
    ----------
    container : str
        Such as ``numpy.ndarray``.
    shape : tuple of int
    columns : tuple of Column
        Empty for a sparse matrix, and for more than 2,000 columns.
    values : str or None
        The digest of the values. None where they have no canonical form.
    schema : str or None
        The digest of names and kinds. None where there are no names.
    unordered : str or None
        The digest of the rows in any order.
    block_rows : int or None
        How many rows a block has.
    blocks : tuple of str
        The start of the digest of each block, to name where rows have changed.
    """

    container: Word
    shape: tuple[int, ...] = ()
    columns: tuple[Column, ...] = ()
    values: Hex | None = None
    schema: Hex | None = None
    unordered: Hex | None = None
    block_rows: int | None = None
    blocks: tuple[Annotated[str, re.compile("[0-9a-f]{16}")], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Embedded(Part):
    """A part of the training data that the file holds itself, as ``record/data/<name>``.

    Attributes
    ----------
    role : str
        ``X``, ``y``, ``sample_weight`` or ``groups``.
    name : str
        Of a file of Parquet.
    dtype : str or None
        Of what was an array of numpy.
    size : int
        In bytes.
    sha256 : str
    """

    role: Annotated[str, re.compile("X|y|sample_weight|groups")]
    name: FileName
    dtype: Word | None = None
    size: int
    sha256: Hex


@dataclass(frozen=True, kw_only=True)
class Data(Part):
    """The training data.

    Attributes
    ----------
    references : tuple of DataReference
    embedded : tuple of Embedded
        What the file holds of them: nothing, unless somebody asked for it.
    X, y, sample_weight, groups : Table or None
        What was handed to `perdure.dump`.
    """

    references: tuple[DataReference, ...] = ()
    embedded: tuple[Embedded, ...] = ()
    X: Table | None = None
    y: Table | None = None
    sample_weight: Table | None = None
    groups: Table | None = None


@dataclass(frozen=True, kw_only=True)
class Score(Part):
    """One score of a cross-validation.

    Attributes
    ----------
    folds : tuple of float
        One a fold.
    mean, std : float
        Their mean and standard deviation (of the population, as ``numpy.std`` gives it).
    """

    folds: tuple[float, ...]
    mean: float
    std: float


@dataclass(frozen=True, kw_only=True)
class Folds(Part):
    """How the rows were split, so that the same folds can be drawn again.

    Attributes
    ----------
    splitter : str
        The name of the splitter in `sklearn.model_selection`; ``given`` when it was none of these.
    parameters : mapping of str to bool, int, float or str
        Its parameters, those that are None left out. A splitter that shuffles always has an integer ``random_state``.
    rows : int
        How many rows were split.
    digests : tuple of str
        One sha256 a fold, over the row numbers of its training and its test part.
    """

    splitter: Word
    parameters: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    rows: int
    digests: tuple[Hex, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Scores(Part):
    """What a cross-validation gave.

    Attributes
    ----------
    metrics : mapping of str to Score
        As `sklearn.model_selection.cross_validate` names them: ``test_score``, ``fit_time`` ….
    scorers : mapping of str to str
        The scorer of each metric that can be computed again: its name in `sklearn.metrics`, ``score`` for the
        estimator's own method, or ``function`` for one that has to be given again.
    folds : Folds or None
        None when nobody said how the rows were split.
    estimator : str or None
        ``best_estimator_`` when a search scored its best candidate; None for the model itself.
    """

    metrics: Mapping[str, Score] = field(default_factory=dict)
    scorers: Mapping[str, Word] = field(default_factory=dict)
    folds: Folds | None = None
    estimator: Annotated[str, re.compile("best_estimator_")] | None = None
