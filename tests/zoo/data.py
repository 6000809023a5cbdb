"""The data that the cases are fitted on: small, made anew on each call, the same in each process.

A name of this module is a function without arguments that gives a ``Data``; the adverbs at the end (``sparse(binary)``)
make another such function of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse

from zoo.outputs import aligned

ROWS, NEW_ROWS, FEATURES = 80, 24, 5


@dataclass
class Data:
    """What ``fit`` gets, and rows that it has not seen: the query, and the second batch of ``partial_fit``."""

    X: Any
    y: Any
    X_new: Any
    y_new: Any
    keywords: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.X, self.y, self.X_new, self.y_new = map(aligned, (self.X, self.y, self.X_new, self.y_new))

    @property
    def arguments(self) -> tuple[Any, ...]:
        return (self.X,) if self.y is None else (self.X, self.y)

    @property
    def query(self) -> dict[str, Any]:
        return {"X": self.X_new, "y": self.y_new}


Source = Callable[[], Data]


def _chance(seed: int = 0) -> np.random.RandomState:
    return np.random.RandomState(seed)


def _rows(seed: int = 0, features: int = FEATURES) -> np.ndarray[Any, Any]:
    return _chance(seed).normal(size=(ROWS + NEW_ROWS, features))


def _split(X: Any, y: Any = None, rows: int = ROWS) -> Data:
    """The first rows to fit, the others new."""
    if y is None:
        return Data(X[:rows], None, X[rows:], None)
    return Data(X[:rows], y[:rows], X[rows:], y[rows:])


def _signal(X: np.ndarray[Any, Any], seed: int = 1) -> np.ndarray[Any, Any]:
    return X @ np.linspace(2, -1, X.shape[1]) + X[:, 0] * X[:, 1] + 0.3 * _chance(seed).normal(size=len(X))


# Numbers and classes


def binary() -> Data:
    X = _rows()
    return _split(X, (_signal(X) > 0).astype(int))


def multiclass() -> Data:
    X = _rows()
    return _split(X, np.digitize(_signal(X), [-1.0, 1.0]))


def strings() -> Data:
    """Three classes named by a fixed-width string array."""
    return _relabelled(multiclass(), np.array(["north", "south", "überall"]))


def object_strings() -> Data:
    return _relabelled(multiclass(), np.array(["north", "south", "überall"], dtype=object))


def binary_strings() -> Data:
    return _relabelled(binary(), np.array(["no", "yes"]))


def booleans() -> Data:
    return _relabelled(binary(), np.array([False, True]))


def float_classes() -> Data:
    return _relabelled(multiclass(), np.array([-1.0, 0.0, 2.0], dtype=np.float32))


def _relabelled(data: Data, names: np.ndarray[Any, Any]) -> Data:
    return replace(data, y=names[data.y], y_new=names[data.y_new])


def one_class() -> Data:
    data = binary()
    return replace(data, y=np.zeros_like(data.y), y_new=np.zeros_like(data.y_new))


def regression() -> Data:
    X = _rows()
    return _split(X, _signal(X))


def constant_target() -> Data:
    data = regression()
    return replace(data, y=np.full_like(data.y, 1.5), y_new=np.full_like(data.y_new, 1.5))


def positive_regression() -> Data:
    X = _rows()
    return _split(X, np.exp(_signal(X) / 4))


def multi_regression() -> Data:
    X = _rows()
    return _split(X, np.column_stack([_signal(X), _signal(X[:, ::-1], 2)]))


def multi_labels() -> Data:
    """Three labels a row, as an indicator matrix."""
    X = _rows()
    return _split(X, np.column_stack([_signal(X, 1) > 0, _signal(X[:, ::-1], 2) > 0, X[:, 2] > 0.5]).astype(int))


def multi_classes() -> Data:
    """Two outputs with classes of their own."""
    X = _rows()
    return _split(X, np.column_stack([np.digitize(_signal(X), [-1.0, 1.0]), (X[:, 1] > 0).astype(int)]))


def string_multi_classes() -> Data:
    data = multi_classes()
    names = np.array(["a", "b", "c"])
    return replace(data, y=names[data.y], y_new=names[data.y_new])


def numbers() -> Data:
    """Rows without a target."""
    return _split(_rows())


def blobs() -> Data:
    """Three groups of rows, apart from each other."""
    X = _rows()[:, :2]
    return _split(X * 0.4 + np.array([[-3.0, 0.0], [0.0, 3.0], [3.0, -1.0]])[np.arange(len(X)) % 3])


def wide() -> Data:
    """More features, of low rank."""
    chance = _chance(3)
    X = chance.normal(size=(ROWS + NEW_ROWS, 3)) @ chance.normal(size=(3, 12))
    return _split(X + 0.1 * chance.normal(size=X.shape))


def wide_two_views() -> Data:
    data = wide()
    return Data(data.X, data.X[:, :3] * 2 + 0.1, data.X_new, data.X_new[:, :3] * 2 + 0.1)


def unlabelled() -> Data:
    """Three classes, where two rows in three have no label (-1)."""
    data = multiclass()
    y = data.y.copy()
    y[np.arange(len(y)) % 3 != 0] = -1
    return replace(data, y=y)


def unlabelled_strings() -> Data:
    """As ``unlabelled``, with names for the classes: an object array of strings and -1."""
    data = object_strings()
    y = data.y.copy()
    y[np.arange(len(y)) % 3 != 0] = -1
    return replace(data, y=y)


def one_column() -> Data:
    x = np.linspace(-3, 3, ROWS + NEW_ROWS)[_chance().permutation(ROWS + NEW_ROWS)]
    return _split(x, x**3 + _chance(1).normal(size=len(x)))


# Counts, categories, what is missing


def counts() -> Data:
    X = _chance().poisson(2.0, size=(ROWS + NEW_ROWS, 6)).astype(float)
    return _split(X, np.digitize(X[:, 0] - X[:, 1], [-0.5, 1.5]))


def nonnegative() -> Data:
    X = np.abs(_rows()) + 0.05
    return _split(X, (X[:, 0] > X[:, 1]).astype(int))


def bits() -> Data:
    X = (_rows(features=6) > 0).astype(float)
    return _split(X, (X.sum(axis=1) > 3).astype(int))


def codes() -> Data:
    """Categories as small integers."""
    X = _chance().randint(0, 4, size=(ROWS + NEW_ROWS, 3))
    return _split(X, ((X[:, 0] + X[:, 1]) % 3 == 0).astype(int))


def category_strings() -> Data:
    """Categories as an object array of strings."""
    data = codes()
    names = np.array(["red", "green", "blue", "größer"], dtype=object)
    return replace(data, X=names[data.X], X_new=names[data.X_new])


def category_strings_missing() -> Data:
    data = category_strings()
    X, X_new = data.X.copy(), data.X_new.copy()
    X[::7, 0], X[::5, 1], X_new[::6, 0] = None, np.nan, None
    return replace(data, X=X, X_new=X_new)


def category_regression() -> Data:
    data = category_strings()
    lengths = np.vectorize(len)
    return replace(data, y=lengths(data.X).sum(axis=1) * 0.5, y_new=lengths(data.X_new).sum(axis=1) * 0.5)


def category_multiclass() -> Data:
    data = category_strings()
    names = np.array(["x", "y", "y", "z"])
    lengths = np.vectorize(len)
    return replace(data, y=names[lengths(data.X)[:, 0] - 3], y_new=names[lengths(data.X_new)[:, 0] - 3])


def mixed_codes() -> Data:
    """Two numeric columns with gaps, and one of category codes."""
    X = _rows(features=3)
    X[:, 2] = _chance(4).randint(0, 6, size=len(X))
    y = X[:, 0] + (X[:, 2] % 2) * 2
    X[::9, 0] = np.nan
    return _split(X, y)


def mixed_codes_binary() -> Data:
    data = mixed_codes()
    return replace(data, y=(data.y > 1).astype(int), y_new=(data.y_new > 1).astype(int))


def _frame() -> pd.DataFrame:
    chance = _chance(5)
    rows = ROWS + NEW_ROWS
    frame = pd.DataFrame(
        {
            "age": chance.uniform(18, 80, rows).round(1),
            "income": chance.lognormal(3, 1, rows),
            "city": chance.choice(["Bern", "Zürich", "Genève"], rows),
            "plan": pd.Categorical(chance.choice(["basic", "plus"], rows), categories=["basic", "plus", "pro"]),
            "visits": chance.poisson(3, rows),
            "member": chance.uniform(size=rows) > 0.5,
        }
    )
    frame.loc[::8, "age"] = np.nan
    frame.loc[::11, "city"] = None
    return frame


def mixed_frame() -> Data:
    """A table as people have them: numbers with gaps, strings with gaps, categories, booleans."""
    frame = _frame()
    return _split(frame, ((frame["visits"] > 2) ^ frame["member"]).astype(int).to_numpy())


def mixed_frame_strings() -> Data:
    data = mixed_frame()
    names = np.array(["leaves", "stays"], dtype=object)
    return replace(data, y=names[data.y], y_new=names[data.y_new])


def mixed_frame_regression() -> Data:
    data = mixed_frame()
    return replace(data, y=np.log(data.X["income"].to_numpy()), y_new=np.log(data.X_new["income"].to_numpy()))


def category_frame() -> Data:
    """Numbers and a column of pandas' category dtype."""
    data = mixed_frame()
    return replace(data, X=data.X[["age", "visits", "plan"]], X_new=data.X_new[["age", "visits", "plan"]])


# Text, dicts, images, labels

_WORDS = [
    "model",
    "saves",
    "loads",
    "tree",
    "forest",
    "leaf",
    "über",
    "straße",
    "data",
    "café",
    "predicts",
    "the",
    "and",
    "of",
    "a",
    "lasting",
    "2024",
]


def texts() -> Data:
    chance = _chance(6)
    documents = [" ".join(chance.choice(_WORDS, size=chance.randint(3, 12))) for _ in range(60)]
    y = np.array([int("tree" in text) for text in documents])
    return Data(documents[:45], y[:45], documents[45:], y[45:])


def dicts() -> Data:
    chance = _chance(7)
    rows = [
        {
            "city": str(chance.choice(["Bern", "Basel"])),
            "rooms": float(chance.randint(1, 6)),
            f"tag{chance.randint(3)}": 1,
        }
        for _ in range(40)
    ]
    return Data(rows[:30], None, rows[30:], None)


def tokens() -> Data:
    """Lists of strings, for the hashing trick."""
    data = texts()
    return Data([text.split() for text in data.X], None, [text.split() for text in data.X_new], None)


def images() -> Data:
    return _split(_chance(8).uniform(size=(6, 8, 8)), rows=4)


def labels() -> Data:
    return Data(strings().y, None, strings().y_new, None)


def integer_labels() -> Data:
    return Data(multiclass().y, None, multiclass().y_new, None)


def binary_labels() -> Data:
    return Data(binary_strings().y, None, binary_strings().y_new, None)


def label_sets() -> Data:
    names = np.array(["sea", "sky", "wood"])
    data = multi_labels()
    sets = [tuple(names[row == 1]) for row in np.vstack([data.y, data.y_new])]
    return Data(sets[:ROWS], None, sets[ROWS:], None)


# Distances and kernels


def _distances(X: np.ndarray[Any, Any], Y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.sqrt(((X[:, None, :] - Y[None, :, :]) ** 2).sum(axis=2))


def distances() -> Data:
    data = multiclass()
    return replace(data, X=_distances(data.X, data.X), X_new=_distances(data.X_new, data.X))


def kernel() -> Data:
    data = binary()
    return replace(data, X=data.X @ data.X.T, X_new=data.X_new @ data.X.T)


def places() -> Data:
    """Latitude and longitude in radians."""
    X = _chance(9).uniform([-1.2, -3.0], [1.2, 3.0], size=(ROWS + NEW_ROWS, 2))
    return _split(X, (X[:, 0] > 0).astype(int))


# Adverbs


def _rows_by(source: Source, change: Callable[[Any], Any]) -> Source:
    def changed() -> Data:
        data = source()
        return replace(data, X=change(data.X), X_new=change(data.X_new))

    return changed


def sparse(source: Source, kind: Callable[[Any], Any] = scipy.sparse.csr_matrix) -> Source:
    """The rows as a sparse matrix, a third of the entries zero."""
    return _rows_by(source, lambda X: kind(np.where(np.abs(X) < 0.4, 0, X)))


def float32(source: Source) -> Source:
    return _rows_by(source, lambda X: X.astype(np.float32))


def fortran(source: Source) -> Source:
    return _rows_by(source, np.asfortranarray)


def missing(source: Source) -> Source:
    def with_gaps(X: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        X = X.astype(float)
        X[::4, 0], X[1::5, 2] = np.nan, np.nan
        return X

    return _rows_by(source, with_gaps)


def frame(source: Source) -> Source:
    """The rows as a DataFrame with named columns."""
    return _rows_by(source, lambda X: pd.DataFrame(X, columns=[f"feature {i}" for i in range(X.shape[1])]))


def without_target(source: Source) -> Source:
    return lambda: replace(source(), y=None, y_new=None)


def weighted(source: Source) -> Source:
    """With a ``sample_weight`` for each row of ``fit``."""

    def changed() -> Data:
        data = source()
        return replace(data, keywords={"sample_weight": aligned(_chance(10).uniform(0.2, 2.0, len(data.y)))})

    return changed


def grouped(source: Source) -> Source:
    """With ``groups`` for the splitter of ``fit``."""

    def changed() -> Data:
        data = source()
        return replace(data, keywords={"groups": np.arange(len(data.y)) % 7})

    return changed


def small(source: Source, rows: int = 30) -> Source:
    """Fewer rows, for what is slow."""

    def changed() -> Data:
        data = source()
        y = None if data.y is None else data.y[:rows]
        return replace(data, X=data.X[:rows], y=y)

    return changed
