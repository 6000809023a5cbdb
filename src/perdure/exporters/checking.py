"""The check before hand-over: rows made for the purpose go through the estimator and through the target's own runtime."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..errors import ExportError
from ..record.probe.asking import settled, settled_rows
from ..record.references import reason_of
from .comparing import Difference, compared, dense, undecided
from .rows import LARGE, Rows, RowSource

__all__ = ["Answer", "Comparison", "Discrepancy", "Target", "check"]

_FORMS: tuple[Callable[[Any], Any], ...] = (
    lambda values: values,
    np.abs,
    # For those that want counts, and those that want 0 and 1.
    lambda values: np.floor(np.abs(values) * 3) % 4,
    lambda values: np.floor(np.abs(values) * 3) % 2,
    # For those that were fitted in 32 bits and compute in nothing else.
    lambda values: values.astype(np.float32),
)
_SURE = ("predict_proba", "decision_function")


class Answer(Protocol):
    """One output of an exported file: its name, and what of the estimator it is."""

    @property
    def name(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def part(self) -> int | None: ...
    @property
    def columns(self) -> tuple[int, int] | None: ...


class Target(Protocol):
    """An exported file in the runtime of its world.

    `run` returns the outputs for rows by name, `margins` how far each row is from being labelled otherwise, where the
    file knows, `unsettled` the rows whose answer is an accident of rounding, and `part` the part of the model from which on the rows go wrong.
    """

    runtime: str
    single: bool

    @property
    def answers(self) -> Sequence[Answer]: ...
    @property
    def inputs(self) -> dict[str, str]: ...
    @property
    def outputs(self) -> dict[str, str]: ...
    @property
    def unused(self) -> tuple[str, ...]: ...
    def to_bytes(self, metadata: Mapping[str, str]) -> bytes: ...
    def run(self, rows: Rows) -> Mapping[str, Any]: ...
    def margins(self, rows: Rows) -> Mapping[str, Any]: ...
    def unsettled(self, rows: Rows) -> Any: ...
    def part(self, rows: Rows) -> str | None: ...


@dataclass(frozen=True)
class Discrepancy:
    """Rows for which an output differs.

    Attributes
    ----------
    output, method : str
    rows : str
        What the rows were made for.
    count, of : int
        How many of them differ.
    row : str
        The worst row.
    expected, got : str
        The estimator's answer to it, and the exported file's.
    part : str or None
        The part of the model from which on they differ.
    """

    output: str
    method: str
    rows: str
    count: int
    of: int
    row: str
    expected: str
    got: str
    part: str | None = None

    def __str__(self) -> str:
        return (
            f"{self.output} ({self.method}) differs in {self.count:,} of {self.of:,} rows ({self.rows}): "
            f"{self.expected} by the estimator, {self.got} by the exported file\n    for {self.row}"
        )


@dataclass(frozen=True)
class Comparison:
    """What the check before hand-over found.

    Attributes
    ----------
    runtime : str
    tolerance : float
    rows : dict of str to int
        How many rows were compared, by what they are for.
    refused : dict of str to str
        Rows that the estimator itself refuses, and why.
    largest : dict of str to float
        The largest difference of each output, relative.
    undecided : int
        Rows that differ where the best two scores are nearer than the tolerance, where two neighbors are equally
        near, or that are so large that the estimator itself answers otherwise when they are moved by a part in 1e13.
    discrepancies : tuple of Discrepancy
    seconds : float
    """

    runtime: str
    tolerance: float
    rows: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    largest: dict[str, float] = field(default_factory=dict)
    undecided: int = 0
    discrepancies: tuple[Discrepancy, ...] = ()
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether nothing differs by more than it may."""
        return not self.discrepancies

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "agrees": self.ok,
            "runtime": self.runtime,
            "tolerance": self.tolerance,
            "rows": self.rows,
            "refused_by_the_estimator": self.refused,
            "largest_difference": {name: _plain(value) for name, value in self.largest.items()},
            "undecided_labels": self.undecided,
            "discrepancies": [vars(item) for item in self.discrepancies],
        }


def _plain(value: float) -> float | str:
    return value if np.isfinite(value) else repr(value)


def check(
    estimator: Any, target: Target, *, tolerance: float, count: int, seed: int = 0, given: Rows | None = None
) -> Comparison:
    """Compare an exported file with its estimator.

    Parameters
    ----------
    estimator : object
    target : Target
    tolerance : float
    count : int
        Of the ordinary rows.
    seed : int
    given : Rows, optional
        Rows of the caller's own, compared as well.

    Raises
    ------
    ExportError
        When the estimator answers none of the rows, so that nothing can be said.
    """
    started = time.monotonic()
    found = Comparison(target.runtime, tolerance)
    source = given.source if given is not None else RowSource(estimator, single=target.single)
    discrepancies: list[Discrepancy] = []
    excused = 0
    with settled():
        for rows in _all_rows(estimator, target, source, count, seed, given):
            try:
                expected = _asked(estimator, rows, {answer.method for answer in target.answers})
            except Exception as error:  # noqa: BLE001 - what the estimator refuses has no right answer
                found.refused[rows.why] = reason_of(error)
                continue
            wrong, differing = _compare_group(estimator, target, rows, expected, found)
            excused += differing
            discrepancies += wrong
            found.rows[rows.why] = found.rows.get(rows.why, 0) + len(rows)
    if not found.rows:
        reasons = "; ".join(sorted(set(found.refused.values())))
        raise ExportError(
            f"the estimator answers none of the rows made for it, so nothing can be said of the export: {reasons}",
            path="model",
            fix="perdure.export(..., X=X[:1000]) compares rows of your own",
        )
    return Comparison(
        found.runtime,
        tolerance,
        found.rows,
        found.refused,
        found.largest,
        excused,
        tuple(discrepancies),
        round(time.monotonic() - started, 3),
    )


def _asked(estimator: Any, rows: Rows, methods: Any) -> dict[str, Any]:
    native = rows.native()
    return {name: getattr(estimator, name)(settled_rows(native)) for name in sorted(methods)}


def _all_rows(
    estimator: Any, target: Target, source: RowSource, count: int, seed: int, given: Rows | None
) -> Iterator[Rows]:
    if given is not None:
        yield given
    methods = {answer.method for answer in target.answers}
    form: Callable[[Any], Any] | None = None
    for rows in source.groups(count, seed):
        if form is None:
            form = _accepted_form(estimator, rows, methods)
        yield Rows([form(c) if c.dtype.kind == "f" and k is None else c for c, k in _kinds(rows)], source, rows.why)


def _kinds(rows: Rows) -> Iterator[tuple[Any, Any]]:
    known: Sequence[Any] = rows.source.known or [None] * len(rows.columns)
    return ((column, None if k is None else k.categories) for column, k in zip(rows.columns, known, strict=True))


def _accepted_form(estimator: Any, rows: Rows, methods: Any) -> Callable[[Any], Any]:
    """Return how numbers have to be for the estimator to take them, and to answer with numbers."""
    some = rows.taken(slice(0, 20))
    taken: Callable[[Any], Any] | None = None
    for form in _FORMS:
        changed = Rows([form(c) if c.dtype.kind == "f" and k is None else c for c, k in _kinds(some)], rows.source, "")
        try:
            answers = _asked(estimator, changed, methods)
        except Exception:  # noqa: BLE001 - as above
            continue
        if all(_finite(answer) for answer in answers.values()):
            return form
        taken = taken or form
    return taken or _FORMS[0]


def _finite(answer: Any) -> bool:
    parts = answer if isinstance(answer, list) else [answer]
    arrays = [dense(part) for part in parts]
    return all(array.dtype.kind not in "f" or bool(np.isfinite(array).all()) for array in arrays)


def _answer_of(expected: Mapping[str, Any], answer: Answer) -> Any:
    value = expected[answer.method]
    if answer.part is not None:
        value = value[answer.part]
    array = dense(value)
    return array if answer.columns is None else array[:, answer.columns[0] : answer.columns[1]]


def _compare_group(
    estimator: Any, target: Target, rows: Rows, expected: Mapping[str, Any], found: Comparison
) -> tuple[list[Discrepancy], int]:
    got = target.run(rows)
    wrong: list[Discrepancy] = []
    excused = 0
    accidental: Any = None
    for answer in target.answers:
        one = _answer_of(expected, answer)
        limits: Any = {"tolerance": found.tolerance, "single": target.single}
        largest, difference = compared(one, got[answer.name], **limits)
        if difference is not None:
            before = len(difference.rows)
            if accidental is None:
                accidental = target.unsettled(rows) | _moved(estimator, rows, expected, found.tolerance)
            either = accidental
            if answer.method == "predict" and one.dtype.kind != "f":
                either = either | undecided(one, _sureness(estimator, target, rows), found.tolerance)
            largest, difference = compared(one, got[answer.name], **limits, excused=either)
            excused += before - (0 if difference is None else len(difference.rows))
        found.largest[answer.name] = max(found.largest.get(answer.name, 0.0), largest)
        if difference is not None:
            wrong.append(_discrepancy(target, rows, answer, difference))
    return wrong, excused


def _moved(estimator: Any, rows: Rows, expected: Mapping[str, Any], tolerance: float) -> Any:
    """Return the rows, of those far outside, that the estimator answers otherwise when they are moved a little.

    What is left when large numbers cancel each other is the noise of rounding, there and here.
    """
    found = np.zeros(len(rows), bool)
    if rows.why != LARGE:
        return found
    for sign in (1.0, -1.0):
        factor = 1.0 + sign * 1e-13 * np.cos(np.arange(len(rows)))
        moved = Rows([c * factor if c.dtype.kind == "f" else c for c in rows.columns], rows.source, rows.why)
        try:
            answers = _asked(estimator, moved, set(expected))
        except Exception:  # noqa: BLE001 - rows that are refused say nothing
            continue
        for name, value in answers.items():
            pairs = zip(value, expected[name], strict=True) if isinstance(value, list) else [(value, expected[name])]
            for now, then in pairs:
                difference = compared(dense(then), dense(now), tolerance=tolerance / 10, single=False)[1]
                if difference is not None:
                    found[difference.rows] = True
    return found


def _sureness(estimator: Any, target: Target, rows: Rows) -> dict[str, Any]:
    scores = dict(target.margins(rows))
    for name in _SURE:
        if callable(getattr(estimator, name, None)):
            try:
                value = _asked(estimator, rows, {name})[name]
            except Exception:  # noqa: BLE001 - a method that is there and refuses says nothing
                continue
            scores[name] = [dense(part) for part in value] if isinstance(value, list) else dense(value)
    return scores


def _discrepancy(target: Target, rows: Rows, answer: Answer, difference: Difference) -> Discrepancy:
    some = rows.taken(difference.rows[:40])
    return Discrepancy(
        answer.name,
        answer.method,
        rows.why,
        len(difference.rows),
        len(rows),
        rows.described(difference.worst),
        _shown(difference.expected),
        _shown(difference.got),
        target.part(some),
    )


def _shown(value: Any) -> str:
    array = np.asarray(value)
    if array.ndim and array.size > 6:
        return f"[{', '.join(_one(v) for v in array.ravel()[:6])}, …]"
    return f"[{', '.join(_one(v) for v in array.ravel())}]" if array.ndim else _one(array[()])


def _one(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.9g}"
    return repr(value.item() if isinstance(value, np.generic) else value)[:60]
