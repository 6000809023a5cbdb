"""Which migrations a graph needs, and their order."""

from __future__ import annotations

from collections.abc import Mapping

from ..arrays.store import ArrayStore
from ..errors import MigrationError
from ..graph.nodes import Graph
from .migration import Applied
from .releases import minor, release

__all__ = ["NEWEST", "migrate"]

# The newest release that the rules know.
NEWEST = (1, 9)


def migrate(
    graph: Graph, arrays: ArrayStore, running: Mapping[str, str | None], *, allow_newer: bool = False
) -> tuple[Graph, list[Applied]]:
    """Bring a graph to the running releases.

    Parameters
    ----------
    graph : Graph
        Its ``libraries`` say what it was made with.
    arrays : ArrayStore
        Its arrays; new ones are added.
    running : mapping of str to (str or None)
        The releases of this process, by the same names.
    allow_newer : bool, default=False
        Whether to try a graph that is newer than the rules know.

    Returns
    -------
    graph : Graph
    applied : list of Applied
        What was done, in order.

    Raises
    ------
    MigrationError
        When there is no way from the graph's releases to the running ones.
    """
    stored = release(graph.libraries.get("scikit-learn"))
    now = release(running.get("scikit-learn"))
    if stored is None or now is None or stored == now:
        return graph, []
    if minor(stored) > NEWEST and minor(stored) > minor(now) and not allow_newer:
        raise MigrationError(
            f"the model was made with scikit-learn {graph.libraries['scikit-learn']}, newer than this perdure knows "
            f"(up to {NEWEST[0]}.{NEWEST[1]}) and newer than the running {running['scikit-learn']}",
            fix="update perdure or scikit-learn, or try it all the same: perdure.load(..., allow_newer=True)",
        )
    return graph, []
