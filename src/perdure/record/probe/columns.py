"""One feature of a probe: the values that the fitted state suggests for it, and how they are spread over the rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["ROWS", "SPREAD", "UNSEEN", "WIDE", "Column", "arranged", "blank", "documents", "watched"]

ROWS = 16
# Irregular fractions of a range, neither its ends nor its middle among them: rows that lie as far from two
# centres, or on a boundary, would fall to one side here and to the other elsewhere.
SPREAD = tuple(sorted((0.37 + k * 0.6180339887498949) % 1 for k in range(ROWS)))
UNSEEN = "perdure: unseen"
# A wider table is very wide: only so many of its columns are looked at, the others stay 0.
WIDE = 2048
_WATCHED = 256


@dataclass(eq=False, slots=True)
class Column:
    """What one feature of the probe may hold.

    Attributes
    ----------
    numbers : list of float
        Suggested numbers.
    sides : list of (float, float)
        Numbers on either side of thresholds.
    categories : list or None
        Known categories, where it is a categorical feature.
    words : list of str or None
        Known words, where it is a column of text.
    unseen : bool
        Whether a category that is not known may stand there.
    missing : bool
        Whether a missing value may stand there.
    dtype : str or None
        ``category`` where pandas has to be told the categories.
    exact : bool
        Whether the number is compared as it stands in the rows, and not after a computation.
    watched : bool
        False for the one that stands for all columns of a very wide table that no rule looks at.
    """

    numbers: list[float] = field(default_factory=list)
    sides: list[tuple[float, float]] = field(default_factory=list)
    categories: list[Any] | None = None
    words: list[str] | None = None
    unseen: bool = False
    missing: bool = False
    dtype: str | None = None
    exact: bool = True
    watched: bool = True

    @property
    def numeric(self) -> bool:
        """Whether numbers stand in this column."""
        known = self.categories
        return self.words is None and (known is None or all(isinstance(value, (bool, int, float)) for value in known))

    def add_threshold(self, threshold: float, *, single: bool) -> None:
        """Suggest two numbers that fall to either side of a threshold, as near to it as is safe.

        Parameters
        ----------
        threshold : float
        single : bool
            Whether the numbers are cast to 32 bits before they are compared, as trees do.
        """
        if not math.isfinite(threshold):
            return
        if not self.exact:
            # Behind a computation the last bits are not ours to choose.
            step = 1e-6 * max(abs(threshold), 1e-3)
            self.sides.append((threshold - step, threshold + step))
        elif single:
            with np.errstate(over="ignore"):
                below = np.float32(threshold)
            if float(below) > threshold:
                below = np.nextafter(below, np.float32(-np.inf))
            self.sides.append((float(below), float(np.nextafter(below, np.float32(np.inf)))))
        else:
            self.sides.append((threshold, math.nextafter(threshold, math.inf)))

    def add_range(self, low: float, high: float) -> None:
        """Suggest numbers between two ends and a little beyond them, but not the ends."""
        if not (math.isfinite(low) and math.isfinite(high) and math.isfinite(high - low)):
            return
        if high - low <= 1e-9 * max(abs(low), abs(high)):
            half = max(abs(low) / 2, 1.0)
            low, high = low - half, high + half
        width = 1.2 * (high - low)
        self.numbers.extend(low - 0.1 * (high - low) + fraction * width for fraction in SPREAD)

    def add_scale(self, centre: float, scale: float) -> None:
        """Suggest numbers around a centre."""
        if math.isfinite(centre) and math.isfinite(scale):
            self.add_range(centre - 2 * abs(scale or 1.0), centre + 2 * abs(scale or 1.0))

    def add_categories(self, values: Iterable[Any]) -> None:
        """Suggest categories, the missing one among them where it is known."""
        known = self.categories if self.categories is not None else []
        self.categories = known + [value for value in values if not any(_same(value, other) for other in known)]

    def values(self, *, missing: bool, unseen: bool) -> list[Any]:
        """Return one value for each row, in no order.

        Parameters
        ----------
        missing, unseen : bool
            Whether such values may stand among them, where the column allows them.
        """
        if self.words is not None:
            return documents(self.words)
        special: list[Any] = []
        if self.categories is not None:
            known = _chosen(self.categories, ROWS - 2)
            if unseen and self.unseen:
                special.append(self._unseen())
            if missing and self.missing and not any(map(_is_missing, known)):
                special.append(math.nan)
        else:
            known = self._numbers(ROWS - (1 if missing and self.missing else 0))
            if missing and self.missing:
                special.append(math.nan)
        room = ROWS - len(special)
        return [known[i % len(known)] for i in range(room)] + special

    def _unseen(self) -> Any:
        numbers = [value for value in self.categories or () if isinstance(value, (int, float)) and value == value]
        if not self.numeric or not numbers:
            return UNSEEN
        return type(numbers[0])(max(numbers) + 1)

    def _numbers(self, room: int) -> list[float]:
        near = [number for pair in _chosen(sorted(set(self.sides)), room // 2) for number in pair]
        others = self.numbers
        if not others:
            filler = Column()
            if near:
                # All thresholds may lie close together: the range goes well beyond them.
                middle, half = (near[0] + near[-1]) / 2, (near[-1] - near[0]) / 2
                filler.add_scale(middle, max(half, abs(middle) / 4) or 1.0)
            else:
                filler.add_scale(0.0, 1.0)
            others = filler.numbers
        return near + _chosen(sorted(set(others)), room - len(near))


def documents(words: Sequence[str]) -> list[str]:
    """Return short texts made of words, an empty one and one with nothing known in it among them."""
    chosen = _chosen(words, 6 * (ROWS - 2)) or ["perdure"]
    # Where as many words divide the step, each text would be of one word, whose weight a norm makes 1.
    step = ROWS - 2 if (ROWS - 2) % len(chosen) else 1
    texts = [" ".join(chosen[(i + k * step) % len(chosen)] for k in range(1 + i % 6)) for i in range(ROWS - 2)]
    return [*texts, UNSEEN, ""]


def blank(width: int) -> list[Column]:
    """Return columns that nothing is known of; of a very wide table only some are looked at, the others are one."""
    if width <= WIDE:
        return [Column() for _ in range(width)]
    columns = [Column(watched=False)] * width
    for k in range(_WATCHED):
        columns[k * width // _WATCHED] = Column()
    return columns


def watched(columns: Sequence[Column]) -> Iterator[tuple[int, Column]]:
    """Yield the columns that are looked at, with their places."""
    for place, column in enumerate(columns):
        if column.watched:
            yield place, column


def arranged(values: Sequence[Any], place: int) -> list[Any]:
    """Return the values of a column in an order of its own, so that rows mix them."""
    return [values[(row * (2 * place + 1) + place // 8) % ROWS] for row in range(ROWS)]


def _chosen(values: Sequence[Any], room: int) -> list[Any]:
    """Return at most so many of the values, from first to last."""
    if len(values) <= max(room, 0):
        return list(values)
    return [values[k * len(values) // room] for k in range(room)]


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _same(left: Any, right: Any) -> bool:
    return (_is_missing(left) and _is_missing(right)) or (type(left) is type(right) and bool(left == right))
