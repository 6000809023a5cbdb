"""Cross-validation of a model on its training data: at save time, and again when the scores are checked."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from .folds import digest_of, fold_digests, repeatable, summary_of
from .scores import describe_scores
from .training import Folds, Scores

__all__ = ["TrainingSet", "cross_validated", "scored", "scores_of_search", "split", "with_folds"]

_OWN = "score"
_FUNCTION = "function"
Warn = Callable[[str], None]


@dataclass(frozen=True)
class TrainingSet:
    """The training data as they were handed in.

    Attributes
    ----------
    X, y, sample_weight, groups : object or None
    """

    X: Any = None
    y: Any = None
    sample_weight: Any = None
    groups: Any = None


def split(model: Any, data: TrainingSet, cv: Any) -> tuple[Any, Folds]:
    """Return the splitter that ``cv`` means for a model, and what the record says of its folds.

    Parameters
    ----------
    model : estimator
    data : TrainingSet
    cv : int, splitter or iterable of (train, test)
        As `sklearn.model_selection.cross_validate` takes it.
    """
    from sklearn.base import is_classifier
    from sklearn.model_selection import check_cv

    if data.X is None:
        raise UnsupportedError("there are no rows to split", fix="perdure.dump(model, path, X=X, y=y, cv=5)")
    splitter = repeatable(check_cv(cv, data.y, classifier=is_classifier(model)))
    rows = data.X.shape[0] if hasattr(data.X, "shape") else len(data.X)
    digests = fold_digests(splitter.split(data.X, data.y, data.groups))
    return splitter, summary_of(splitter, int(rows), digests)


def cross_validated(model: Any, data: TrainingSet, *, cv: Any, scoring: Any, warn: Warn) -> Scores:
    """Return the scores of a cross-validation.

    Parameters
    ----------
    model : estimator
    data : TrainingSet
    cv : int, splitter or iterable of (train, test)
    scoring : str, callable, list of str, mapping of str to str or callable, or None
        What is scored; a scorer that is none, or fails, is left out with a warning.
    warn : callable
        Takes what is missing.
    """
    if not hasattr(model, "fit"):
        raise UnsupportedError(f"cv= needs one estimator, not {type(model).__name__}", fix="scores=…")
    estimator, place = (model.best_estimator_, "best_estimator_") if _is_search(model) else (model, None)
    scorers = _usable(estimator, _by_metric(scoring), warn)
    splitter, folds = split(estimator, data, cv)
    found = scored(estimator, data, splitter, scorers)
    lost = [name for name in scorers if not np.isfinite(found[name]).all()]
    for name in lost:
        warn(f"the record lacks the score {name}: it could not be computed on each fold")
    kept = {name: values for name, values in found.items() if name not in lost}
    names = {name: _name(scorer) for name, scorer in scorers.items() if name not in lost}
    if not names:
        raise UnsupportedError("no score could be computed", fix="perdure.annotate(path, X=X, y=y, cv=5)")
    return replace(describe_scores(kept), scorers=names, folds=folds, estimator=place)


def scored(estimator: Any, data: TrainingSet, splitter: Any, scorers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `sklearn.model_selection.cross_validate` gives: a clone is fitted on each fold.

    Parameters
    ----------
    estimator : estimator
        It stays as it is.
    data : TrainingSet
    splitter : splitter
    scorers : mapping of str to (str, callable or None)
        By the name of the metric, ``test_…``; None is the estimator's own method.
    """
    from sklearn import get_config
    from sklearn.model_selection import cross_validate

    routed = bool(get_config().get("enable_metadata_routing"))
    more: dict[str, Any] = {}
    if data.sample_weight is not None:
        last = f"{estimator.steps[-1][0]}__" if hasattr(estimator, "steps") and not routed else ""
        more[f"{last}sample_weight"] = data.sample_weight
    if data.groups is not None and routed:
        more["groups"] = data.groups
    # Renamed in scikit-learn 1.4.
    key = "params" if "params" in inspect.signature(cross_validate).parameters else "fit_params"
    own = list(scorers.values()) == [None]
    with warnings.catch_warnings():
        # A score that is not there is said by name; scikit-learn would say it with a traceback.
        warnings.simplefilter("ignore")
        found = cross_validate(
            estimator,
            data.X,
            data.y,
            groups=None if routed else data.groups,
            cv=splitter,
            scoring=None if own else {name.removeprefix("test_"): scorer for name, scorer in scorers.items()},
            **({key: more} if more else {}),
        )
    return dict(found)


def with_folds(scores: Scores, given: Any, model: Any, data: TrainingSet, *, cv: Any, scoring: Any) -> Scores:
    """Return scores that were handed in, with the folds that they were computed on where these are known.

    Parameters
    ----------
    scores : Scores
    given : object
        The same, as `sklearn.model_selection.cross_validate` returned them; ``indices`` in them are the folds.
    model : object
    data : TrainingSet
    cv : int, splitter, iterable or None
    scoring : str, callable, list of str, mapping or None
    """
    indices = given.get("indices") if isinstance(given, Mapping) else None
    folds = None
    if cv is not None:
        if getattr(cv, "random_state", 0) is None and getattr(cv, "shuffle", True):
            raise UnsupportedError("the folds of a splitter without a seed cannot be drawn again", fix="random_state=0")
        _, folds = split(model, data, cv)
    if indices is not None:
        digests = tuple(digest_of(*fold) for fold in zip(indices["train"], indices["test"], strict=True))
        if folds is None:
            rows = len(np.unique(np.concatenate([rows for part in ("train", "test") for rows in indices[part]])))
            folds = Folds(splitter="given", rows=rows, digests=digests)
        elif folds.digests != digests:
            raise UnsupportedError("the folds of cv= are not those of the scores", fix="cv= as in cross_validate")
    if folds is None:
        return scores
    if any(len(score.folds) != len(folds.digests) for score in scores.metrics.values()):
        raise UnsupportedError(f"the scores are not of the {len(folds.digests)} folds that cv= gives")
    names = {name: _name(scorer) for name, scorer in _by_metric(scoring).items() if name in scores.metrics}
    return replace(scores, scorers=names, folds=folds)


def scores_of_search(search: Any, data: TrainingSet) -> Scores | None:
    """Return the scores of the best candidate of a fitted search; None for any other model."""
    if not _is_search(search) or not isinstance(getattr(search, "best_index_", None), (int, np.integer)):
        return None
    results, best, count = search.cv_results_, int(search.best_index_), getattr(search, "n_splits_", 0)
    found: dict[str, list[float]] = {}
    for key in results:
        if key.startswith("split0_test_"):
            name = key.removeprefix("split0_")
            found[name] = [float(results[f"split{fold}_{name}"][best]) for fold in range(count)]
    if not found:
        return None
    scores = replace(describe_scores(found), estimator="best_estimator_")
    scorers = _by_metric(search.scoring)
    # A search names its one scorer "score", whatever it is.
    names = {"test_score": _name(next(iter(scorers.values())))} if len(found) == 1 and len(scorers) == 1 else {}
    names = names or {name: _name(scorer) for name, scorer in scorers.items()}
    if data.X is None or not set(names) >= set(found) or _drawn_once(search.cv):
        return scores
    _, folds = split(search.estimator, data, search.cv)
    if len(folds.digests) != count:
        return scores
    return replace(scores, scorers={name: names[name] for name in found}, folds=folds)


def _is_search(model: Any) -> bool:
    return hasattr(model, "cv_results_") and hasattr(model, "best_estimator_")


def _drawn_once(cv: Any) -> bool:
    """Whether the folds of a search are gone: drawn by chance without a seed, or from a generator."""
    if cv is None or isinstance(cv, (int, np.integer, list, tuple)):
        return False
    seeded = isinstance(getattr(cv, "random_state", 0), (int, np.integer))
    return not hasattr(cv, "split") or not (seeded or not getattr(cv, "shuffle", True))


def _by_metric(scoring: Any) -> dict[str, Any]:
    if scoring is None:
        return {"test_score": None}
    if isinstance(scoring, str):
        return {f"test_{scoring}": scoring}
    if isinstance(scoring, Mapping):
        return {f"test_{name}": scorer for name, scorer in scoring.items()}
    if callable(scoring):
        return {"test_score": scoring}
    return {f"test_{name}": name for name in scoring}


def _usable(estimator: Any, scorers: Mapping[str, Any], warn: Warn) -> dict[str, Any]:
    from sklearn.metrics import check_scoring

    found = {}
    for name, scorer in scorers.items():
        try:
            check_scoring(estimator, scoring=scorer)
        except (TypeError, ValueError) as error:
            warn(f"the record lacks the score {name}: {str(error).splitlines()[0][:200]}")
            continue
        found[name] = scorer
    if not found:
        raise UnsupportedError("there is no scorer that could be used", fix='scoring=["accuracy"]')
    return found


def _name(scorer: Any) -> str:
    return _OWN if scorer is None else scorer if isinstance(scorer, str) else _FUNCTION
