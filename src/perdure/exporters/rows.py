"""Rows made to tell an export from its estimator: where it decides, where it has gaps, and far outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..errors import ExportError, PerdureError
from ..record.probe.columns import UNSEEN, Column
from ..record.probe.documents import is_vectorizer, rows_without_table, words_of
from ..record.probe.rows import learned_columns
from ..record.probe.structure import input_estimator

__all__ = ["LARGE", "Feature", "Rows", "RowSource", "features_of"]

# What rows with numbers far outside are called.
LARGE = "large numbers"
_LARGE = (1e3, -1e3, 1e6, -1e6, 1e10, -1e10, 1e30, -1e30)
_SMALL = (0.0, -0.0, 1e-3, -1e-3, 1e-10, -1e-10, 1e-30, -1e-30)
_ODD_TEXTS = (
    "",
    " ",
    "ÄÖÜ größer",
    "naïve café",
    "UPPER lower",
    "a",
    "x_y-z",
    "tab\tand\nline",
    "123 4.5",
    "日本語 テキスト",
)
_PIECES = (" ", " ", " ", ", ", "-", "\n", ". ", "  ", "!")


@dataclass(frozen=True)
class Feature:
    """What goes into an exported model under one name: one column of a frame, or all columns of an array.

    Attributes
    ----------
    name : str
    kind : {"number", "text"}
    width : int
    place : int
        The first of its columns.
    flat : bool
        Whether it has one dimension.
    """

    name: str
    kind: Literal["number", "text"]
    width: int
    place: int
    flat: bool = False


@dataclass(eq=False)
class Rows:
    """Some rows, by column.

    Attributes
    ----------
    columns : list of ndarray
    source : RowSource
    why : str
        What they are for.
    """

    columns: list[np.ndarray[Any, Any]]
    source: RowSource
    why: str

    def __len__(self) -> int:
        return len(self.columns[0])

    def feature(self, feature: Feature) -> Any:
        """Return what goes in under one name."""
        if feature.width == 1:
            return self.columns[feature.place]
        return np.column_stack(self.columns[feature.place : feature.place + feature.width])

    def taken(self, which: Any) -> Rows:
        """Return some of the rows."""
        return Rows([column[which] for column in self.columns], self.source, self.why)

    def described(self, row: int, most: int = 8) -> str:
        """Return one row in words."""
        names = self.source.names or [str(place) for place in range(len(self.columns))]
        shown = [f"{name}={column[row]!r:.40}" for name, column in list(zip(names, self.columns, strict=True))[:most]]
        more = len(self.columns) - most
        return ", ".join(shown) + (f" and {more} more" if more > 0 else "")

    def native(self) -> Any:
        """Return the rows as the estimator takes them."""
        return self.source.native(self.columns)


class RowSource:
    """Rows for one estimator, made of what its fitted state says of its features.

    Parameters
    ----------
    estimator : object
    single : bool
        Whether all numbers are such as 32 bits hold.
    """

    def __init__(self, estimator: Any, *, single: bool) -> None:
        self.single = single
        self.names: list[str] | None = None
        self.form: Literal["frame", "array", "objects", "texts", "labels"] = "array"
        first = input_estimator(estimator)
        self._texts = is_vectorizer(first)
        self.known: list[Column] = []
        if self._texts:
            self.form = "texts"
            self._words = words_of(first) or ["word"]
            return
        try:
            other = rows_without_table(first)
            if other is not None:
                form = next(other)
                self._labels = np.asarray(form) if isinstance(form, np.ndarray) else np.empty(0, "V1")
                if self._labels.dtype.kind not in "OUSiufb" or self._labels.ndim != 1:
                    raise ExportError("it takes neither a table nor texts", path="model")
                self.form = "labels"
                return
            self.known = learned_columns(estimator)
        except ExportError:
            raise
        except (PerdureError, ValueError) as error:
            raise ExportError(f"what rows it takes is not known: {error}", path="model") from None
        if not all(column.watched for column in self.known):
            raise ExportError(f"it takes {len(self.known):,} features, too many for a graph", path="model")
        names = getattr(estimator, "feature_names_in_", None)
        if names is not None and len(names) == len(self.known):
            self.names = [str(name) for name in names]
            self.form = "frame"
        elif not all(column.numeric for column in self.known):
            self.form = "objects"

    # --- forms ---

    def native(self, columns: Sequence[Any]) -> Any:
        """Return columns as the estimator takes them."""
        if self.form == "texts":
            return columns[0].tolist()
        if self.form == "labels":
            return columns[0]
        if self.form == "array":
            return np.ascontiguousarray(np.column_stack(columns))
        if self.form == "objects":
            made = np.empty((len(columns[0]), len(columns)), object)
            for place, column in enumerate(columns):
                made[:, place] = column.tolist()
            return made
        return _frame(self.names or [], self.known, columns)

    # --- rows ---

    def groups(self, count: int, seed: int) -> Iterator[Rows]:
        """Yield rows by what they are for; those that hold what a model may refuse stand apart.

        Parameters
        ----------
        count : int
            Of the ordinary rows; the others are fewer.
        seed : int
        """
        chance = np.random.default_rng(seed)
        if self.form == "texts":
            yield self._of("texts", [_array(self._documents(chance, count))])
            return
        if self.form == "labels":
            yield self._of("labels", [self._labels[chance.integers(0, len(self._labels), count)]])
            return
        ordinary = [self._ordinary(column, chance, count) for column in self.known]
        yield self._of("ordinary rows", ordinary)
        near = [self._near(column, chance, max(count // 2, 1)) for column in self.known]
        if any(column.sides for column in self.known):
            yield self._of("thresholds and a step beside", near)
        numeric = [place for place, column in enumerate(self.known) if column.numeric and column.categories is None]
        for why, values in ((LARGE, _LARGE), ("small numbers", _SMALL)):
            if numeric:
                rows = [column[: max(count // 8, 1)].copy() for column in ordinary]
                which = chance.integers(0, len(numeric), len(rows[0]))
                for row, place in enumerate(which):
                    rows[numeric[place]][row] = values[row % len(values)]
                yield self._of(why, rows)
        if any(column.missing for column in self.known):
            yield self._of("missing values", self._with(ordinary, chance, count, missing=True, unseen=False))
        if any(column.unseen for column in self.known):
            yield self._of("unseen categories", self._with(ordinary, chance, count, missing=False, unseen=True))
            empty = [column[: max(count // 8, 1)].copy() for column in ordinary]
            for place, column in enumerate(self.known):
                if not column.numeric and column.unseen:
                    empty[place][chance.random(len(empty[place])) < 0.5] = ""
            if any(not column.numeric and column.unseen for column in self.known):
                yield self._of("empty texts", empty)

    def _of(self, why: str, columns: list[Any]) -> Rows:
        if self.single:
            columns = [_narrowed(column) for column in columns]
        return Rows(columns, self, why)

    def _ordinary(self, column: Column, chance: Any, count: int) -> Any:
        if column.words is not None:
            return _array(self._documents(chance, count, column.words))
        if column.categories is not None:
            known = [value for value in column.categories if not _is_missing(value)] or [0.0 if column.numeric else ""]
            picked = [known[k] for k in chance.integers(0, len(known), count)]
            return np.array(picked, np.float64) if column.numeric else _array(picked)
        numbers = np.array([*column.numbers, *(number for pair in column.sides for number in pair)], np.float64)
        numbers = numbers[np.isfinite(numbers) & (np.abs(numbers) < 1e25)]
        if not len(numbers):
            return chance.normal(size=count)
        low, high = np.quantile(numbers, [0.02, 0.98])
        width = high - low or max(abs(float(low)), 1.0)
        spread = chance.uniform(low - 0.1 * width, high + 0.1 * width, count)
        # Some are whole numbers, some are what the state itself suggests.
        whole = chance.random(count) < 0.1
        spread[whole] = np.round(spread[whole])
        given = chance.random(count) < 0.1
        spread[given] = chance.choice(numbers, int(given.sum()))
        return spread

    def _near(self, column: Column, chance: Any, count: int) -> Any:
        made = self._ordinary(column, chance, count)
        if column.sides and column.categories is None and column.words is None:
            sides = np.array([number for pair in column.sides for number in pair], np.float64)
            sides = sides[np.isfinite(sides)]
            if len(sides):
                chosen = chance.random(count) < 0.7
                made[chosen] = chance.choice(sides, int(chosen.sum()))
        return made

    def _with(self, ordinary: Sequence[Any], chance: Any, count: int, *, missing: bool, unseen: bool) -> list[Any]:
        rows = [column[: max(count // 3, 1)].copy() for column in ordinary]
        for column, values in zip(self.known, rows, strict=True):
            where = chance.random(len(values)) < 0.25
            if missing and column.missing:
                nothing = None if any(value is None for value in column.categories or ()) else np.nan
                values[where] = np.nan if column.numeric else nothing
            if unseen and column.unseen and column.words is None:
                known = [value for value in column.categories or () if not _is_missing(value)]
                values[where] = (max(known, default=0) + 1) if column.numeric else UNSEEN
        return rows

    def _documents(self, chance: Any, count: int, words: Sequence[str] | None = None) -> list[str]:
        known = list(words if words is not None else self._words) or ["word"]
        made = []
        for row in range(count):
            if row < len(_ODD_TEXTS):
                made.append(_ODD_TEXTS[row])
                continue
            parts = []
            for _ in range(int(chance.integers(0, 12))):
                word = known[int(chance.integers(0, len(known)))] if chance.random() < 0.85 else _word(chance)
                parts.append(word.upper() if chance.random() < 0.1 else word)
                parts.append(_PIECES[int(chance.integers(0, len(_PIECES)))])
            made.append("".join(parts))
        return made


def _word(chance: Any) -> str:
    return "".join(chr(97 + int(k)) for k in chance.integers(0, 26, int(chance.integers(1, 8))))


def _array(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    made = np.empty(len(values), object)
    made[:] = list(values)
    return made


def _narrowed(column: Any) -> Any:
    """Return numbers rounded to what 32 bits hold, in 64."""
    if column.dtype.kind != "f":
        return column
    with np.errstate(over="ignore"):
        narrow = column.astype(np.float32).astype(np.float64)
    return np.where(np.isinf(narrow) & np.isfinite(column), np.sign(column) * 3e38, narrow)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _frame(names: Sequence[str], known: Sequence[Column], columns: Sequence[Any]) -> Any:
    try:
        import pandas as pd
    except ImportError:
        return np.column_stack(columns)
    made = {}
    for place, (column, values) in enumerate(zip(known, columns, strict=True)):
        if column.dtype == "category":
            kinds = [value for value in column.categories or () if not _is_missing(value)]
            made[place] = pd.Series(pd.Categorical(values.tolist(), categories=kinds))
        else:
            made[place] = pd.Series(values, dtype=object if values.dtype == object else None)
    whole = pd.DataFrame(made)
    whole.columns = pd.Index(list(names), dtype=object)
    return whole


def features_of(source: RowSource) -> tuple[Feature, ...]:
    """Return what goes into an exported model: one input for each column of a frame, else one for all."""
    if source.form == "texts":
        return (Feature("X", "text", 1, 0, flat=True),)
    if source.form == "labels":
        kind: Literal["number", "text"] = "number" if source._labels.dtype.kind in "iufb" else "text"
        return (Feature("X", kind, 1, 0, flat=True),)
    kinds: list[Literal["number", "text"]] = ["number" if column.numeric else "text" for column in source.known]
    if source.form == "array" or (source.form == "objects" and len(set(kinds)) == 1):
        return (Feature("X", kinds[0], len(kinds), 0),)
    names = source.names or [f"x{place}" for place in range(len(kinds))]
    return tuple(Feature(name, kind, 1, place) for place, (name, kind) in enumerate(zip(names, kinds, strict=True)))
