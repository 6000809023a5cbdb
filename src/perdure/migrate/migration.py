"""What a migration is, and what is told of one that was applied."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

from ..errors import PerdureWarning
from .conditions import Condition
from .operations import Inside, Operation, RenameType, TransformRows
from .releases import Release, release
from .state import State

__all__ = ["Applied", "Fidelity", "Migration", "warn_of_loss"]

Fidelity: TypeAlias = Literal["exact", "equivalent", "lossy"]


@dataclass(frozen=True)
class Migration:
    """One change of a library's states between two releases.

    Attributes
    ----------
    name : str
        Unique among all migrations, such as ``tfidf-idf``.
    types : tuple of str
        Whose objects it changes, as ``module:qualname``.
    since : str
        The first release that needs the new form.
    operations : tuple of Operation
    evidence : str
        Where the change can be looked up.
    when : Condition or None, default=None
        Whether a state is of before the change. By default it is where any operation still has something to do.
    fidelity : {"exact", "equivalent", "lossy"}, default="exact"
        What the outputs are afterwards: the same bits, the same within rounding, or something else.
    meaning : str, default=""
        What changed, in words, where no operation says it: the code of the library, not its states.
    package : str, default="scikit-learn"
        The library whose releases count.
    """

    name: str
    types: tuple[str, ...]
    since: str
    operations: tuple[Operation, ...]
    evidence: str
    when: Condition | None = None
    fidelity: Fidelity = "exact"
    meaning: str = ""
    package: str = "scikit-learn"

    @cached_property
    def by_release(self) -> bool:
        """Whether a state of the release that needs the new form, or of a later one, never needs it."""
        return self.when is not None and self.when.by_release

    @cached_property
    def release(self) -> Release:
        """The first release that needs the new form, as numbers."""
        found = release(self.since)
        assert found is not None
        return found

    def decide(self, state: State) -> bool | None:
        """Say whether the state is of before the change; None when it does not show."""
        if self.when is not None:
            return self.when.decide(state)
        return any(operation.due(state) for operation in self.operations)

    def may_be_due(self, name: str) -> bool:
        """Say whether it has anything to do with objects of a type, when all it does is to give some another name."""
        if self.when is not None or not all(isinstance(operation, RenameType) for operation in self.operations):
            return True
        return any(operation.effect().moves.keys() & {name} for operation in self.operations)

    def rests(self, state: Mapping[str, Any]) -> bool:
        """Say whether one object surely is of after the change, by its plain values."""
        if self.when is not None:
            return self.when.denies(state)
        return all(operation.rests(state) for operation in self.operations)

    @cached_property
    def outlines(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """The attributes that a state of before the change has, and those that it lacks: what is seen at a glance.

        Of each operation apart where any of them may be due.
        """
        if self.when is not None:
            return ((self.when.present, self.when.absent),)
        return tuple(operation.outline for operation in self.operations)

    def backwards(self) -> tuple[Operation, ...] | None:
        """Return the operations that undo it, or None where one of them cannot be undone."""
        found = tuple(operation.inverse() for operation in reversed(self.operations))
        return None if any(operation is None for operation in found) else found  # type: ignore[return-value]

    @cached_property
    def fidelity_back(self) -> Fidelity:
        """What the outputs are after the way back: numbers that are computed again come close, not to the bit."""
        computed = any(isinstance(operation, (Inside, TransformRows)) for operation in self.operations)
        return "equivalent" if computed and self.fidelity == "exact" else self.fidelity

    @property
    def summary(self) -> str:
        """What it does, in words."""
        return "; ".join([self.meaning] * bool(self.meaning) + [operation.describe() for operation in self.operations])

    def describe(self) -> str:
        """Return what it does, and where that can be looked up."""
        return f"{self.package} {self.since}: {self.summary} ({self.evidence})"


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that changed the graph.

    Attributes
    ----------
    name : str
        Of the migration, such as ``tfidf-idf``.
    fidelity : {"exact", "equivalent", "lossy"}
        Whether the model gives the same bits, the same within rounding, or something else.
    paths : tuple of str
        The places in the model.
    description : str
        What was done, and why.
    """

    name: str
    fidelity: Fidelity
    paths: tuple[str, ...]
    description: str


def warn_of_loss(name: str, applied: Sequence[Applied]) -> None:
    """Warn once, with the list, of what makes a model answer otherwise than it did; of nothing else.

    Parameters
    ----------
    name : str
        Of the file.
    applied : sequence of Applied
    """
    lossy = [item for item in applied if item.fidelity == "lossy"]
    if lossy:
        lines = [
            f"    {item.name} at {item.paths[0]}"
            + (f" and {len(item.paths) - 1} more" if len(item.paths) > 1 else "")
            + f": {item.description}"
            for item in lossy
        ]
        text = f"{name} may answer otherwise than the model that was saved:\n" + "\n".join(lines)
        warnings.warn(text, PerdureWarning, stacklevel=4)
