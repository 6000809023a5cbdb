"""diff: two files, loaded and compared in what people ask about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from .._api import open as open_file
from .._model_file import ModelFile
from ..graph.limits import Limits
from ..record.reading import own_patterns, samples_of
from ..record.record import Record
from ..reporting.text import clean
from ..trust.policy import Policy
from .walking import Change, changes

if TYPE_CHECKING:
    from ..record.probe.comparing import Comparison

__all__ = ["Difference", "diff"]

_SHOWN = 10
_SECTIONS = ("parameters", "versions", "attributes", "predictions", "scores")


@dataclass(frozen=True)
class Difference:
    """What `perdure.diff` found.

    Attributes
    ----------
    before, after : str
        The two files.
    same : bool
        Whether both hold the same model, by their digests.
    parameters : tuple of Change
        Parameters of the model and of the models in it.
    versions : tuple of Change
        Releases that the models were made with.
    attributes : tuple of Change
        Fitted attributes, those with the largest relative change first.
    predictions : tuple of Change
        Outputs that differ for the rows of the probes of both files.
    scores : tuple of Change
        Means of scores that both records have.
    notes : tuple of str
        What could not be compared.

    Examples
    --------
    >>> import io, perdure
    >>> from sklearn.linear_model import Ridge
    >>> files = [io.BytesIO(perdure.dumps(Ridge(alpha).fit([[0.0], [1.0]], [1.0, 3.0]))) for alpha in (0.5, 1.5)]
    >>> found = perdure.diff(*files)
    >>> found.same, [str(change) for change in found.parameters]
    (False, ['model.alpha: 0.5 → 1.5'])
    """

    before: str
    after: str
    same: bool
    parameters: tuple[Change, ...] = ()
    versions: tuple[Change, ...] = ()
    attributes: tuple[Change, ...] = ()
    predictions: tuple[Change, ...] = ()
    scores: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as plain data, for JSON."""
        found: dict[str, Any] = {"before": self.before, "after": self.after, "same": self.same}
        for section in _SECTIONS:
            found[section] = [
                {
                    "place": change.place,
                    "before": change.before,
                    "after": change.after,
                    "size": change.size if change.size is None or change.size - change.size == 0 else repr(change.size),
                }
                for change in getattr(self, section)
            ]
        return {**found, "notes": list(self.notes)}

    def rows(self) -> list[tuple[str, str]]:
        """Return the difference as names and lines, every line clean and the longest lists cut."""
        found: list[tuple[str, str]] = []
        for section in _SECTIONS:
            every = getattr(self, section)
            found += [(section, clean(_line(change))) for change in every[:_SHOWN]]
            if len(every) > _SHOWN:
                found.append((section, f"and {len(every) - _SHOWN:,} more"))
        return found + [("note", clean(note)) for note in self.notes]

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        names = f"{self.before} and {self.after}"
        return f"{names} hold " + ("the same model" if self.same else "different models")

    def __str__(self) -> str:
        return "\n".join([clean(self.summary), *(f"  {section:<11}  {line}" for section, line in self.rows())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="text-align:left">{section}</td><td style="text-align:left">{escape(line)}</td></tr>'
            for section, line in self.rows()
        )
        return f"<p><strong>{escape(clean(self.summary))}</strong></p><table><tbody>{rows}</tbody></table>"


def _line(change: Change) -> str:
    relative = "" if change.size is None else f"  ({change.size:.2g} of the largest)"
    return f"{change}{relative}"


def diff(
    a: Any,
    b: Any,
    *,
    trusted: Iterable[object] = (),
    limits: Limits | Mapping[str, int] | None = None,
    allow_newer: bool = False,
) -> Difference:
    """Compare two models: parameters, releases, fitted attributes, predictions on a common probe, and scores.

    Both are loaded, through the same doors as in `load`; a file of an older release is compared as it is now.

    Parameters
    ----------
    a, b : str, os.PathLike or binary file-like
        The one before, and the one after.
    trusted : iterable of str or class, default=()
        Types and functions outside perdure's tables whose code you trust.
    limits : Limits or mapping of str to int, optional
        Changed limits.
    allow_newer : bool, default=False
        Try to load a file of a scikit-learn newer than perdure knows.

    Returns
    -------
    Difference
        ``print(difference)`` shows a table.

    Raises
    ------
    PerdureError
        As `load` does, when one of them cannot be loaded.

    Examples
    --------
    >>> import io, perdure
    >>> from sklearn.preprocessing import StandardScaler
    >>> files = [io.BytesIO(perdure.dumps(StandardScaler().fit(rows))) for rows in ([[0.0], [2.0]], [[0.0], [4.0]])]
    >>> [str(change) for change in perdure.diff(*files).attributes][:1]
    ['model.var_[0]: 1 → 4']
    """
    trusted = tuple(trusted) if not isinstance(trusted, str) else trusted
    with open_file(a, limits=limits) as before, open_file(b, limits=limits) as after:
        models = [file.build(trusted=trusted, allow_newer=allow_newer)[0] for file in (before, after)]
        parameters, attributes = changes(models[0], models[1], "model")
        notes: list[str] = []
        return Difference(
            before=before.name,
            after=after.name,
            same=before.digest == after.digest,
            parameters=tuple(parameters),
            versions=tuple(_versions(before, after)),
            attributes=tuple(sorted(attributes, key=lambda change: -(1.0 if change.size is None else change.size))),
            predictions=tuple(_predictions((before, after), models, trusted, notes)),
            scores=tuple(_scores(before.record, after.record)),
            notes=tuple(notes),
        )


def _versions(before: ModelFile, after: ModelFile) -> list[Change]:
    pair = []
    for file in (before, after):
        record = file.record
        environment = record.environment if record is not None else None
        known = {} if environment is None else {item.name: item.version for item in environment.distributions}
        pair.append({**known, **{name: version for name, version in file.libraries.items() if version is not None}})
    old, new = pair
    names = sorted({*old, *new} if before.record is not None and after.record is not None else old.keys() & new.keys())
    return [Change(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def _predictions(
    files: tuple[ModelFile, ModelFile], models: list[Any], trusted: Iterable[object], notes: list[str]
) -> list[Change]:
    from ..record.probe.asking import ask, settled
    from ..record.probe.comparing import compare_outputs

    if any(own_patterns(file.graph, Policy.of(trusted).trusted) for file in files):
        notes.append("predictions were not compared: a model has a regular expression of its own")
        return []
    found: dict[str, Change] = {}
    asked = 0
    for file in files:
        record = file.record
        for sample in samples_of(file, record) if record is not None else ():
            if sample.path != "model" or not sample.count:
                continue
            with settled():
                (then, _), (now, missing) = (ask(model, sample.rows) for model in models)
            if not then or not now:
                notes.append(f"the rows of the probe of {file.name} do not suit both models: {_reason(missing)}")
                continue
            asked += 1
            for comparison in compare_outputs(then, now, missing):
                if comparison.verdict != "equal" and comparison.output not in found:
                    found[comparison.output] = _change(comparison)
    if not asked and not notes:
        notes.append("predictions were not compared: neither file has a probe of its model")
    return list(found.values())


def _reason(missing: Mapping[str, str]) -> str:
    return next(iter(missing.values()), "the one before refuses them")


def _change(found: Comparison) -> Change:
    if found.row is None:
        return Change(found.output, None, found.detail)
    place = f"row {found.row}" + (f", column {found.column}" if found.column is not None else "")
    return Change(f"{found.output} ({found.verdict}), {place}", _plain(found.then), _plain(found.now))


def _plain(value: Any) -> Any:
    plain = isinstance(value, (bool, int, str)) or (isinstance(value, float) and value - value == 0)
    return value if plain else repr(value)


def _scores(before: Record | None, after: Record | None) -> list[Change]:
    if before is None or after is None or before.scores is None or after.scores is None:
        return []
    old, new = before.scores.metrics, after.scores.metrics
    names = [name for name in old if name in new and not name.endswith("_time")]
    return [
        Change(name, _plain(old[name].mean), _plain(new[name].mean))
        for name in names
        if old[name].mean != new[name].mean
    ]
