"""The cross-validation of the record, done again on the same folds under the present environment."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import PerdureError, UnsupportedError
from ..record.folds import splitter_from
from ..record.record import Record
from ..record.scoring import TrainingSet, scored, split
from ..record.training import Folds, Score, Scores
from .report import Finding, Status

__all__ = ["Rescoring", "check_scores"]


@dataclass(frozen=True)
class Rescoring:
    """How scores are computed again, and when they count as the same.

    Attributes
    ----------
    data : TrainingSet
    cv : splitter, iterable of (train, test) or None
        Where the record cannot name the splitter.
    scoring : mapping of str to callable
        The functions that scored, by the name of their metric.
    same_within : float
        The scores are the same where no fold differs by more.
    range_within : float
        They are in range where their mean difference is no more than this many standard deviations of the folds.
    """

    data: TrainingSet
    cv: Any = None
    scoring: Any = None
    same_within: float = 1e-9
    range_within: float = 0.5


def check_scores(model: Any, record: Record, asked: Rescoring) -> list[Finding]:
    """Compute the scores of the record again.

    Parameters
    ----------
    model : estimator
        As loaded; a clone of it is fitted on each fold.
    record : Record
    asked : Rescoring
    """
    scores = record.scores
    if scores is None or scores.folds is None or not scores.scorers:
        said = "the record has no scores" if scores is None else "the record does not say how its scores were made"
        return [_failed(f"{said}\n  what to do: perdure.annotate(path, X=X, y=y, cv=5)")]
    try:
        if asked.data.X is None:
            raise UnsupportedError("the training data are needed", fix="data=path, or X=X, y=y")
        if asked.data.sample_weight is None and record.data is not None and record.data.sample_weight is not None:
            raise UnsupportedError("the model was scored with weights", fix="sample_weight=…")
        estimator = model if scores.estimator is None else getattr(model, scores.estimator)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            splitter, now = split(estimator, asked.data, _splitter(scores.folds, asked))
            if (differ := _other_folds(scores.folds, now)) is not None:
                return [_failed(differ, {"folds": len(now.digests), "rows": now.rows})]
            found = scored(estimator, asked.data, splitter, _scorers(scores, asked))
    except Exception as error:  # noqa: BLE001 - whatever fails in an estimator is a finding
        reason = str(error) if isinstance(error, PerdureError) else f"{type(error).__name__}: {error}"
        return [_failed(f"the scores cannot be computed again: {reason[:500]}")]
    with np.errstate(all="ignore"):
        return [_compared(name, scores.metrics.get(name), found.get(name), asked) for name in scores.scorers]


def _failed(message: str, details: Mapping[str, Any] | None = None) -> Finding:
    return Finding("scores", "failed", message, details or {})


def _splitter(folds: Folds, asked: Rescoring) -> Any:
    splitter = asked.cv if asked.cv is not None else splitter_from(folds)
    if splitter is None:
        raise UnsupportedError("the folds were somebody's own", fix="cv= as it was when the model was saved")
    return splitter


def _other_folds(then: Folds, now: Folds) -> str | None:
    if then.rows != now.rows:
        return f"the folds were drawn from {then.rows:,} rows, and there are {now.rows:,} now"
    if then.digests == now.digests:
        return None
    if len(then.digests) != len(now.digests):
        return f"there were {len(then.digests)} folds, and there are {len(now.digests)} now"
    other = [i for i, (old, new) in enumerate(zip(then.digests, now.digests, strict=True)) if old != new]
    return (
        f"{len(other)} of {len(then.digests)} folds are not the ones of the record: another splitter or seed, other "
        f"targets, or rows in another order"
    )


def _scorers(scores: Scores, asked: Rescoring) -> dict[str, Any]:
    given = asked.scoring if isinstance(asked.scoring, Mapping) else {}
    found: dict[str, Any] = {}
    for name, scorer in scores.scorers.items():
        if scorer == "function":
            short = name.removeprefix("test_")
            if short not in given and not callable(asked.scoring):
                raise UnsupportedError(f"{name} was scored by a function", fix=f"scoring={{{short!r}: …}}")
            found[name] = given.get(short, asked.scoring)
        else:
            found[name] = None if scorer == "score" else scorer
    return found


def _compared(name: str, then: Score | None, now: Any, asked: Rescoring) -> Finding:
    if then is None or now is None:
        return _failed(f"{name}: the record names a scorer of it, and has no such score")
    old, new = np.array(then.folds), np.asarray(now, dtype=np.float64)
    if old.shape != new.shape or not (np.isfinite(old).all() and np.isfinite(new).all()):
        return _failed(f"{name}: the scores cannot be compared, {len(old)} folds then and {len(new)} now")
    differences = new - old
    largest, mean = float(np.abs(differences).max()), float(abs(differences.mean()))
    # The spread that the record states could be any number.
    bound = asked.range_within * float(old.std())
    if not math.isfinite(largest + mean + bound):
        return _failed(f"{name}: the scores are too large to be compared")
    verdict = "the same" if largest <= asked.same_within else "in range" if mean <= bound else "out of range"
    status: Status = "failed" if verdict == "out of range" else "ok"
    line = (
        f"{name}: {_spread(old)} then, {_spread(new)} now: {verdict} "
        f"(largest change of a fold {largest:.2g}, of the mean {mean:.2g}, allowed {bound:.2g})"
    )
    if status == "failed":
        line += "\n  by fold: " + ", ".join(f"{a:.4g} → {b:.4g}" for a, b in list(zip(old, new, strict=True))[:20])
    details = {
        "metric": name,
        "verdict": verdict,
        "then": old.tolist(),
        "now": new.tolist(),
        "largest": largest,
        "mean": mean,
        "allowed": bound,
    }
    return Finding("scores", status, line, details)


def _spread(folds: Any) -> str:
    return f"{folds.mean():.3f} ± {folds.std():.3f}"
