"""The record of a plain dump: every part that works, and a warning for each that does not."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from .._version import __version__
from ..errors import LimitError, PerdureError, PerdureWarning, UnsupportedError
from ..graph.nodes import Graph
from ..trust.policy import names_used
from .record import RECORD, LeftOut, ProbeSummary, Record, Source, Stamp
from .references import is_url
from .scoring import TrainingSet
from .training import Data, DataReference, Embedded, Scores, Table

__all__ = ["Collector", "collect", "fingerprint_of", "outside", "stamp", "warn_of_secrets"]

T = TypeVar("T")

_MOST_NOTES = 1 << 20
_MOST_LINE = 1000
_SHOWN = 10
NOTHING = TrainingSet()


def collect(
    model: Any,
    graph: Graph,
    *,
    training: TrainingSet = NOTHING,
    cv: Any = None,
    scoring: Any = None,
    scores: Any = None,
    data: Any = None,
    embed_data: bool = False,
    source: Any = None,
    author: str | None = None,
    license: str | None = None,
    notes: str | None = None,
    probe: Any = None,
    strict: bool = False,
) -> dict[str, bytes]:
    """Return the sections that say where a model comes from.

    Parameters
    ----------
    model : object
        The value that is saved.
    graph : Graph
        The same as data.
    training : TrainingSet, optional
        The training data.
    cv, scoring : object, optional
        How the model is cross-validated, or how the scores were made.
    scores : mapping of str to array-like, optional
        What `sklearn.model_selection.cross_validate` returned.
    data : str, os.PathLike, a list of them or a mapping of them to versions, optional
        Where the training data are.
    embed_data : bool, default=False
        Keep them in the file.
    source : path, function, class, module, "auto" or a list of them, optional
        What is kept as text.
    author, license, notes : str, optional
    probe : object, optional
        Rows to ask the model about. By default they are derived from its fitted state; False: none.
    strict : bool, default=False
        Raise where a part fails, instead of a `PerdureWarning`.

    Returns
    -------
    dict of str to bytes
        Section to bytes: ``record.json`` and what stands beside it.
    """
    collector = Collector(strict=strict)
    part = collector.part
    sections: dict[str, bytes] = {}
    record = Record(
        saved=stamp(),
        environment=part("the environment", lambda: _environment(model, graph)),
        estimators=part("the estimators", lambda: _estimators(model)) or (),
        source=_source(collector),
    )
    said = {"author": author, "license": license, "notes": notes}
    record = collector.add(record, sections, data=data, source=source, said=said)
    record = collector.add_training(record, training, sections, embed_data=embed_data)
    record = collector.add_scores(record, model, training, scores=scores, cv=cv, scoring=scoring)
    if probe is not False:
        made = part("the probe", lambda: _probe(model, probe, collector.warn))
        if made is not None:
            record = replace(record, probe=made[0])
            sections.update(made[1])
    written = part("everything", record.to_bytes)
    if written is None:
        return {}
    return {RECORD: written, **sections}


def stamp() -> Stamp:
    """Return the present moment in UTC, and this perdure."""
    return Stamp(at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), perdure=__version__)


class Collector:
    """Takes the parts of a record, and says what is missing.

    Parameters
    ----------
    strict : bool
        Raise where a part fails, instead of a `PerdureWarning`.
    """

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict

    def part(self, what: str, make: Callable[[], T]) -> T | None:
        """Return what ``make`` makes; None, with a warning, when it fails: a record never costs a model."""
        try:
            return make()
        except Exception as error:  # noqa: BLE001 - whatever fails is said, and the model is saved all the same
            reason = error.problem if isinstance(error, PerdureError) else f"{type(error).__name__}: {error}"
            fix = error.fix if isinstance(error, PerdureError) else None
            self.warn(f"the record lacks {what}: {reason}", fix, error)
            return None

    def warn(self, problem: str, fix: str | None = None, cause: Exception | None = None) -> None:
        """Warn of something that is missing; raise when strict."""
        if self.strict:
            raise UnsupportedError(problem, fix=fix) from cause
        # Attributed to whoever called dump: the frames between are perdure's own.
        warnings.warn(
            problem if fix is None else f"{problem}\n  what to do: {fix}", PerdureWarning, stacklevel=outside()
        )

    def add(
        self, record: Record, sections: dict[str, bytes], *, data: Any, source: Any, said: Mapping[str, Any]
    ) -> Record:
        """Return the record with what a person has handed in; texts of source join the sections."""
        if data is not None:
            found = self.part("the data", lambda: self._data(data))
            if found is not None:
                record = replace(record, data=replace(record.data or Data(), references=found.references))
        if source is not None:
            record = replace(record, source=self._texts(record.source or Source(), source, sections))
        texts: dict[str, Any] = {
            name: self.part(f"the {name}", partial(self._said, name, given))
            for name, given in said.items()
            if given is not None
        }
        return replace(record, **{name: text for name, text in texts.items() if text is not None})

    def _said(self, name: str, given: Any) -> str:
        from .source import cleaned

        text, left = cleaned(_text(name, given), code=False)
        self._warn_of_secrets(f"the {name}", left)
        return text

    def add_training(
        self, record: Record, training: TrainingSet, sections: dict[str, bytes], *, embed_data: bool
    ) -> Record:
        """Return the record with what X, y, the weights and the groups are; the data themselves where that is wanted."""
        tables = {
            role: self.part(f"the fingerprint of {role}", partial(fingerprint_of, given))
            for role, given in vars(training).items()
            if given is not None
        }
        made: dict[str, Any] = {role: table for role, table in tables.items() if table is not None}
        if embed_data and not made:
            self.warn("the record lacks the data themselves: there are none", "embed_data=True, X=X, y=y")
        if not made:
            return record
        data = replace(record.data or Data(), **made)
        kept = {item.role: item for item in data.embedded if item.role not in made}
        if embed_data:
            kept |= self._embedded(training, made, sections)
        return replace(record, data=replace(data, embedded=tuple(kept[role] for role in sorted(kept))))

    def _embedded(
        self, training: TrainingSet, tables: Mapping[str, Table], sections: dict[str, bytes]
    ) -> dict[str, Embedded]:
        from .embedding import DATA, embed

        found = {}
        for role, table in tables.items():
            made = self.part(f"the data of {role}", partial(embed, role, getattr(training, role), table))
            if made is not None:
                found[role], sections[DATA + made[0].name] = made
        return found

    def add_scores(
        self, record: Record, model: Any, training: TrainingSet, *, scores: Any, cv: Any, scoring: Any
    ) -> Record:
        """Return the record with scores that were handed in, are computed now, or that a search has."""
        from .scores import describe_scores
        from .scoring import cross_validated, scores_of_search, with_folds

        made: Scores | None = None
        if scores is not None:
            made = self.part("the scores", lambda: describe_scores(scores))
            if made is not None:
                plain, asked = made, {"cv": cv, "scoring": scoring}
                made = self.part("the folds", lambda: with_folds(plain, scores, model, training, **asked)) or plain
        elif cv is not None or scoring is not None:
            ways = {"cv": cv, "scoring": scoring, "warn": self.warn}
            made = self.part("the scores", lambda: cross_validated(model, training, **ways))
        elif hasattr(model, "cv_results_"):
            made = self.part("the scores of the search", lambda: scores_of_search(model, training))
        return replace(record, scores=_merged(record.scores, made))

    def _data(self, data: Any) -> Data:
        from .references import as_reference, describe

        if isinstance(data, (str, os.PathLike)) or not isinstance(data, (list, tuple, Mapping)):
            data = [data]
        references = []
        for place in data:
            name = as_reference(place)
            found = self.part(f"size and sha256 of the data {name}", partial(describe, place))
            found = self._versioned(found or DataReference(reference=name), place, data)
            if found.sha256 is None and found.version is None and not is_url(name):
                self.warn(f"the record lacks size and sha256 of the data: {name} is no file here")
            references.append(found)
        return Data(references=tuple(references))

    def _versioned(self, found: DataReference, place: Any, data: Any) -> DataReference:
        from .versions import version_of

        if isinstance(data, Mapping):
            version = self.part(f"the version of the data {found.reference}", partial(_version, data[place]))
            return found if version is None else replace(found, version=version, versioned_by="given")
        if found.version is not None:
            return found
        told = self.part(f"the version of the data {found.reference}", partial(version_of, os.fspath(place)))
        return found if told is None else replace(found, version=told[0][:_MOST_LINE], versioned_by=told[1])

    def _texts(self, known: Source, source: Any, sections: dict[str, bytes]) -> Source:
        from .source import FOLDER, kept, pieces_of

        texts = {text.name: text for text in known.texts}
        earlier = {(text.kind, text.of): text.name for text in known.texts}
        for what, make in self.part("the source", lambda: list(pieces_of(source))) or ():
            piece = self.part(what, make)
            made = None if piece is None else self.part(what, partial(kept, piece, texts))
            if made is None:
                continue
            text, content = made
            # What was captured before is captured anew, under its old name.
            name = earlier.get((text.kind, text.of), text.name)
            texts[name] = replace(text, name=name)
            sections[FOLDER + name] = content
            self._warn_of_secrets(text.of, text.left_out)
        return replace(known, texts=tuple(texts[name] for name in sorted(texts)))

    def _warn_of_secrets(self, of: str, left_out: Sequence[LeftOut]) -> None:
        from .source import HOME

        places = [
            f"line {item.line}{f' of cell {item.cell}' if item.cell is not None else ''} ({item.what})"
            for item in left_out
            if item.what != HOME
        ]
        if places:
            more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
            self.warn(
                f"the record lacks what looks like a secret in {of}: {', '.join(places[:_SHOWN])}{more}",
                'keep secrets out of texts: os.environ["NAME"]; one that others have seen has to be made anew',
            )


def fingerprint_of(given: Any) -> Table:
    """Return what the record says of a part of the training data."""
    from .fingerprint import fingerprint

    return fingerprint(given)


def warn_of_secrets(code: str) -> None:
    """Warn of what looks like a secret in code that goes into a file as it is: it would not be the same without."""
    from .secrets import secrets_in

    lines = [f"line {code.count(chr(10), 0, start) + 1} ({what})" for start, _, what in secrets_in(code)]
    if lines:
        more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
        warnings.warn(
            f"what looks like a secret is in the code that goes into the file: {', '.join(lines[:_SHOWN])}{more}\n"
            '  what to do: keep secrets out of code: os.environ["NAME"]',
            PerdureWarning,
            stacklevel=outside(),
        )


def outside() -> int:
    """Return the stacklevel of the first frame outside of perdure, seen from the caller of this function."""
    level, frame = 0, sys._getframe(1)
    package = __name__.partition(".")[0]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame = frame.f_back
        level += 1
    return level + 1


def _environment(model: Any, graph: Graph) -> Any:
    from .environment import modules_of, running_environment
    from .estimators import estimators_in

    modules = modules_of(names_used(graph))
    if any(getattr(estimator, "feature_names_in_", None) is not None for _, estimator in estimators_in(model)):
        modules |= {"pandas"} & sys.modules.keys()
    return running_environment(modules)


def _estimators(model: Any) -> Any:
    from .estimators import estimators_in, summary

    return tuple(summary(path, estimator) for path, estimator in estimators_in(model))


def _source(collector: Collector) -> Source | None:
    from .origin import running_git, running_script

    git = collector.part("the state of the git repository", running_git)
    script = collector.part("the running script", running_script)
    return None if git is None and script is None else Source(git=git, script=script)


def _merged(known: Scores | None, new: Scores | None) -> Scores | None:
    if known is None or new is None:
        return new or known
    metrics = {**known.metrics, **new.metrics}
    if new.folds is None or known.folds is None or (known.folds, known.estimator) == (new.folds, new.estimator):
        kept = {name: scorer for name, scorer in known.scorers.items() if name not in new.metrics}
        by_folds = known if new.folds is None else new
        return replace(by_folds, metrics=metrics, scorers={**kept, **new.scorers})
    # Scores of other folds stay as numbers; those that can be computed again are of the new folds.
    return replace(new, metrics=metrics)


def _version(given: Any) -> str:
    if not isinstance(given, (str, int)) or isinstance(given, bool):
        raise UnsupportedError(f"a version is a text or a number, not {type(given).__name__}", fix='data={path: "12"}')
    return _text("version", str(given))


def _text(name: str, given: Any) -> str:
    if not isinstance(given, str) or not given:
        raise UnsupportedError(f"the {name} is text, not {type(given).__name__}", fix=f'{name}="…"')
    most = _MOST_NOTES if name == "notes" else _MOST_LINE
    if len(given) > most:
        raise LimitError(f"the {name} has {len(given):,} characters; no more than {most:,} are kept")
    if name != "notes" and not given.isprintable():
        raise UnsupportedError(f"the {name} is one line of text")
    return given


def _probe(model: Any, given: Any, warn: Callable[[str], None]) -> tuple[ProbeSummary | None, Mapping[str, bytes]]:
    from .probe.making import make_probe

    return make_probe(model, given, warn)
