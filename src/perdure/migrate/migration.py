"""What a migration is, and what is told of one that was applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Applied", "Fidelity"]

Fidelity: TypeAlias = Literal["exact", "equivalent", "lossy"]


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
