"""Votes: labels that are counted with a row of zeros as long as the largest of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..arrays.content import AnyArray
from ..graph.nodes import Array, Batch, Object, Rows, Stack
from ..graph.structure import children
from .engine import rule
from .members import Members
from .reading import Part, Reader

__all__: list[str] = []

# Labels are numbers of classes, but a classifier within may be fitted on some of them only, or be anybody's.
_LARGEST = 1 << 20


@rule("sklearn.ensemble._voting:VotingClassifier")
def votes(models: Members) -> None:
    """What the voters call the classes, wherever in them it stands: numbers of classes."""
    for model in models:
        for labels in _labels(model.reader, model.value("estimators_", None)):
            model.require(
                labels.dtype.kind not in "iu" or not labels.size or labels.max() <= _LARGEST,
                "the voters know classes that the model has not",
                ".estimators_",
            )


def _labels(reader: Reader, root: Any) -> Iterator[AnyArray]:
    """Yield every array that is the classes of something below a node."""
    waiting, seen = [root], set()
    while waiting:
        node = reader.resolve(waiting.pop())
        # One object of a batch: all of them are below the same kind of model.
        node = node.family.part if isinstance(node, Part) else node
        if id(node) in seen:
            continue
        seen.add(id(node))
        held: Any = None
        if isinstance(node, Object):
            held = reader.array(node.state.get("classes_"))
        elif isinstance(node, Batch):
            held = node.constants.get("classes_", node.columns.get("classes_"))
            number = held.array if isinstance(held, (Rows, Stack)) else None
            held = reader.arrays.view(number) if number is not None else reader.array(held)
        if held is not None:
            yield held
        if not isinstance(node, Array):
            waiting += [part for _, part in children(node)]
