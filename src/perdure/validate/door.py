"""The door itself: sharing, caches, then the rules of every type."""

from __future__ import annotations

from ..arrays.store import ArrayStore
from ..errors import LimitError, Untrusted
from ..graph.nodes import Graph
from .acting import clear_memory
from .engine import run
from .reading import Reader
from .sharing import check_sharing

__all__ = ["validate"]


def validate(
    graph: Graph, arrays: ArrayStore, trusted: frozenset[str] = frozenset(), *, asked: list[Untrusted] | None = None
) -> Graph:
    """Return the graph after checking every number that native code believes.

    Parameters
    ----------
    graph : Graph
        A graph that trust has passed and that migration has brought to the running release.
    arrays : ArrayStore
    trusted : frozenset of str, default=frozenset()
        What the reader trusts, parameters such as ``memory=…`` included.
    asked : list of Untrusted, optional
        Collects the parameters that a reader will have to trust, in place of a refusal: for the writer,
        and for looking at a file without loading it.

    Returns
    -------
    Graph
        Without the caches that nobody trusts; the same otherwise.

    Raises
    ------
    InvalidError
        With the problem and its place in the model.
    UntrustedError
        With all parameters that need to be trusted, and the exact call.

    Warns
    -----
    PerdureWarning
        For each cache that was switched off.
    """
    reader = Reader(graph, arrays, trusted, asked)
    try:
        check_sharing(reader)
        changed = clear_memory(graph, reader)
    except RecursionError:
        raise LimitError("the model nests deeper than this interpreter follows", path="model") from None
    if changed is not graph:
        reader = Reader(changed, arrays, trusted, asked)
    run(reader)
    return changed
