"""One classifier for each class: what they answer is made into indices of a sparse matrix, without a look."""

from __future__ import annotations

from .engine import rule
from .members import Members

__all__: list[str] = []


@rule("sklearn.multiclass:_ConstantPredictor")
def constant(models: Members) -> None:
    """The one answer of a class that all rows had, or none: it is repeated for each row."""
    for model in models:
        if "y_" in model:
            answer = model.reader.array(model.value("y_"))
            model.require(answer is not None and answer.size == 1, "there is more than one answer for a row", ".y_")
