"""A probe is made: rows, and what the model says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...errors import PerdureError, UnsupportedError
from ..estimators import estimators_in
from ..record import ProbeSample, ProbeSummary
from ..references import reason_of
from .asking import ask, methods_of, settled, settled_rows
from .rows import derived_rows
from .storing import MAX_ROWS, Sample, count_rows, write_samples

__all__ = ["make_probe"]

# Of a root with more estimators, these are asked.
_MOST = 8


def make_probe(model: Any, given: Any, warn: Callable[[str], None]) -> tuple[ProbeSummary | None, Mapping[str, bytes]]:
    """Ask a model about sample rows; it stays as it is.

    Parameters
    ----------
    model : object
        The root value.
    given : object
        Rows to ask about; None derives them from the fitted state.
    warn : callable
        Told when rows that were given are not kept.

    Returns
    -------
    summary : ProbeSummary or None
        None for a root without an estimator.
    sections : mapping of str to bytes
    """
    estimators = estimators_in(model)
    if not estimators:
        if given is not None:
            warn("there is no estimator to ask about the rows of probe=")
        return None, {}
    described, samples = [], []
    with settled():
        for place, (path, estimator) in enumerate(estimators):
            if place >= _MOST and given is None:
                described.append(_none(path, f"only the first {_MOST} estimators are asked"))
                continue
            try:
                sample, missing = _sample(path, estimator, given)
            except Exception as error:  # noqa: BLE001 - an estimator's own code may raise anything; the record says it
                described.append(_none(path, reason_of(error)))
                continue
            samples.append(sample)
            described.append(
                ProbeSample(path=path, rows=sample.count, outputs=tuple(sorted(sample.outputs)), missing=missing)
            )
        sections, storage = _written(samples, described)
    if given is not None and not samples:
        warn(f"the rows of probe= are not kept: {described[0].missing['rows']}")
        return make_probe(model, None, warn)
    origin = "derived" if given is None else "given"
    return ProbeSummary(origin=origin, samples=tuple(described), storage=storage), sections


def _written(samples: list[Sample], described: list[ProbeSample]) -> tuple[Mapping[str, bytes], Mapping[str, object]]:
    """Write the samples; those that a file cannot hold are taken out, and the reason is said instead."""
    if not samples:
        return {}, {}
    try:
        return write_samples(samples)
    except PerdureError as error:
        if len(samples) == 1:
            refused = {samples[0].path: error}
        else:
            refused = {}
            for sample in samples:
                try:
                    write_samples([sample])
                except PerdureError as reason:
                    refused[sample.path] = reason
            if not refused:
                raise
    for place, item in enumerate(described):
        if item.path in refused:
            described[place] = _none(item.path, reason_of(refused[item.path]))
    samples[:] = [sample for sample in samples if sample.path not in refused]
    return _written(samples, described)


def _none(path: str, reason: str) -> ProbeSample:
    return ProbeSample(path=path, rows=0, missing={"rows": reason})


def _sample(path: str, estimator: Any, given: Any) -> tuple[Sample, dict[str, str]]:
    if not methods_of(estimator):
        raise UnsupportedError("it has no prediction method")
    if given is not None:
        if count_rows(given) > MAX_ROWS:
            raise UnsupportedError(
                f"{count_rows(given):,} rows are given; a probe keeps up to {MAX_ROWS:,}", fix="probe=X_test[:100]"
            )
        candidates = iter((given,))
    else:
        candidates = derived_rows(estimator)
    reason = "no rows could be derived"
    for candidate in candidates:
        rows = settled_rows(candidate)
        outputs, missing = ask(estimator, rows)
        if outputs:
            return Sample(path, rows, outputs), missing
        reason = f"the rows were refused: {next(iter(missing.values()))}"
    raise UnsupportedError(reason)
