"""Scores, data, source, author, license and notes that come later."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from ..container.file import Container
from ..container.writing import appended, write_file
from ..errors import UnsupportedError

__all__ = ["annotate"]


def annotate(
    path: str | os.PathLike[str],
    *,
    X: Any = None,
    y: Any = None,
    sample_weight: Any = None,
    groups: Any = None,
    cv: Any = None,
    scoring: Any = None,
    scores: Any = None,
    data: Any = None,
    embed_data: bool = False,
    source: Any = None,
    author: str | None = None,
    license: str | None = None,
    notes: str | None = None,
    strict: bool = False,
    trusted: Iterable[object] = (),
) -> None:
    """Add scores, a data reference, source, author, license or notes to the record of a file.

    The model in it stays as it is, bit for bit, and so does its digest. What is given takes the place of what the
    record had under the same name: a score of that name, source of that file or function, the data, the notes.

    Parameters
    ----------
    path : str or os.PathLike
        A file that `perdure.dump` wrote; it is replaced whole or not at all.
    X, y, sample_weight, groups : array-like, optional
        The training data: for their fingerprint, and for ``cv``.
    cv, scoring : object, optional
        As in `perdure.dump`: the model of the file is loaded, and a clone of it cross-validated now.
    scores : mapping of str to array-like, optional
        What `sklearn.model_selection.cross_validate` returned.
    data : str, os.PathLike, a list of them, or a mapping, optional
        A reference to the training data: a path or a URL. Size and sha256 are taken of what can be read, and its own
        version where it has one: of S3, git, DVC, Delta Lake …; ``{url: version}`` says it.
    embed_data : bool, default=False
        Keep X, y, the weights and the groups in the file, as Parquet (needs ``perdure[parquet]``). Without it no row
        enters the file.
    source : path, function, class, module, "auto" or a list of them, optional
        What made the model; its text goes into the file, as with `perdure.dump`.
    author, license : str, optional
        Who made the model; under which terms it may be used.
    notes : str, optional
        Anything worth knowing.
    strict : bool, default=False
        Raise where a part fails, instead of warning. Then the file stays as it was.
    trusted : iterable of str or class, default=()
        As in `perdure.load`, where the model has to be loaded.

    Returns
    -------
    None

    Raises
    ------
    FileNotFoundError
        As `open` does.
    FormatError
        When it is not a perdure file, or is damaged.
    UnsupportedError
        When there is nothing to add; with ``strict=True`` also when a part fails.

    Examples
    --------
    >>> import os, perdure, tempfile
    >>> from sklearn.linear_model import LinearRegression
    >>> path = os.path.join(tempfile.mkdtemp(), "model.perdure")
    >>> model = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])
    >>> _ = perdure.dump(model, path)
    >>> perdure.annotate(path, scores={"test_score": [0.5, 1.0]}, notes="two folds")
    >>> with perdure.open(path) as file:
    ...     print(file.record.scores.metrics["test_score"].mean, file.record.notes)
    0.75 two folds
    """
    from dataclasses import replace

    from .._model_file import ModelFile
    from .collecting import Collector, stamp
    from .record import RECORD, Record
    from .scoring import TrainingSet

    given = (X, y, cv, scoring, scores, data, source, author, license, notes)
    if all(item is None for item in given):
        raise UnsupportedError("there is nothing to add", fix='perdure.annotate(path, notes="…")')
    with Container(path) as container:
        known = container.section(RECORD) if RECORD in container.sections else None
        before = Record() if known is None else Record.parse(known)
        sections: dict[str, bytes] = {}
        collector = Collector(strict=strict)
        said = {"author": author, "license": license, "notes": notes}
        after = collector.add(before, sections, data=data, source=source, said=said)
        training = TrainingSet(X, y, sample_weight, groups)
        after = collector.add_training(after, training, sections, embed_data=embed_data)
        if cv is not None or scoring is not None or scores is not None:
            model = ModelFile(container).load(trusted=trusted) if cv is not None or scoring is not None else None
            after = collector.add_scores(after, model, training, scores=scores, cv=cv, scoring=scoring)
        if after == before and not sections:
            return
        sections[RECORD] = replace(after, annotated=(*before.annotated, stamp())).to_bytes()
        write_file(path, appended(container, sections), release=container.close)
