"""What the sections of a page share: the parts of a model by place, the estimators among them, and their arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.columns import decode_texts
from ..arrays.store import ArrayStore
from ..graph.nodes import Array, Batch, Def, Numbers, Object, Objects, ObjectsOf, Scalars, Texts
from ..graph.write import spec_bytes
from ..reporting.parts import Part

if TYPE_CHECKING:
    from .._model_file import ModelFile

__all__ = ["View", "inner", "is_estimator", "node_of", "short_type", "unwrapped"]

# What is decoded for one page, in all and of one array.
_ALL_BYTES = 64 << 20
_ARRAY_BYTES = 16 << 20
_WORDS = 100_000
_NUMBERS = "biuf"
# Arrays whose values are what counts.
_WRAPPED = frozenset(("numpy:strided/1", "numpy:matrix/1", "numpy:recarray/1"))


@dataclass
class View:
    """One page in the making.

    Attributes
    ----------
    file : ModelFile
    root : Part
        The model.
    left : int
        How many bytes of arrays may be decoded yet.
    """

    file: ModelFile
    root: Part
    left: int = _ALL_BYTES
    places: dict[str, Part] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in walk(self.root):
            self.places.setdefault(part.path, part)

    @property
    def arrays(self) -> ArrayStore:
        """The arrays of the model."""
        return self.file.arrays

    def release(self, part: Part) -> str | None:
        """Return the release of scikit-learn that a part was made with."""
        return part.version or self.file.libraries.get("scikit-learn")

    def same(self, part: Part) -> Part:
        """Return the part that a reference means, or the part itself; a reference where that is not on the page."""
        return self.places.get(part.to, part) if part.to is not None else part

    def numbers(self, node: Any) -> np.ndarray[Any, Any] | None:
        """Return an array of numbers of the model, to look at; None for what is none, or too large for a page."""
        node = node_of(node)
        if not isinstance(node, Array):
            return None
        return self.array(node.index)

    def array(self, index: int) -> np.ndarray[Any, Any] | None:
        """Return an array by its number, as `numbers` does."""
        spec = self.arrays.spec(index)
        size = spec_bytes(spec)
        if size > min(self.left, _ARRAY_BYTES):
            return None
        kind = "i" if spec.dtype == "intp" else spec.dtype[1:2]
        if kind not in _NUMBERS:
            return None
        self.left -= size
        return self.arrays.view(index)

    def words(self, part: Part | None) -> list[str] | None:
        """Return the names of columns or the labels of classes as texts."""
        if part is None:
            return None
        node = node_of(part.node)
        if isinstance(node, ObjectsOf):
            node = node_of(node.items)
        if isinstance(node, Objects) and len(node.shape) == 1:
            return [str(item) for item in node.items if isinstance(item, (str, int, float, bool))]
        if isinstance(node, Texts):
            return self.texts(node)
        values = self.words_of(node.index) if isinstance(node, Array) else None
        return None if values is None else [str(value) for value in values]

    def words_of(self, index: int) -> list[Any] | None:
        """Return a row of numbers or texts, by its number; None for what is none, or too large for a page."""
        spec = self.arrays.spec(index)
        if len(spec.shape) != 1 or spec.shape[0] > _WORDS:
            return None
        if spec.dtype[1:2] == "U" and spec_bytes(spec) <= min(self.left, _ARRAY_BYTES):
            self.left -= spec_bytes(spec)
            return list(self.arrays.view(index).tolist())
        numbers = self.array(index)
        return None if numbers is None else list(numbers.tolist())

    def texts(self, node: Texts) -> list[str] | None:
        """Return texts that are stored by column."""
        size = sum(spec_bytes(self.arrays.spec(index)) for index in (node.data, node.offsets))
        if size > min(self.left, _ARRAY_BYTES):
            return None
        self.left -= size
        return decode_texts(self.arrays.view(node.data), self.arrays.view(node.offsets))

    def column(self, node: Any) -> list[Any] | None:
        """Return the numbers of a column; None for what is none."""
        return self.words_of(node.array) if isinstance(node, (Numbers, Scalars)) else None

    @cached_property
    def features(self) -> dict[int, list[str]]:
        """What the features of an estimator are called, by the ``id`` of its node."""
        from .names import feature_names

        return feature_names(self)


def node_of(node: Any) -> Any:
    """Return what a definition defines, the array in what wraps one, or the node itself."""
    while True:
        if isinstance(node, Def):
            node = node.node
        elif isinstance(node, Object) and node.type in _WRAPPED and "array" in node.state:
            node = node.state["array"]
        else:
            return node


def unwrapped(part: Part) -> Part:
    """Return the array in what wraps one, or the part itself."""
    return (inner(part, "array") or part) if part.type in _WRAPPED else part


def walk(part: Part) -> Iterator[Part]:
    """Yield a part and all within it, outermost first."""
    stack = [part]
    while stack:
        found = stack.pop()
        yield found
        stack += reversed(found.parts)


def is_estimator(part: Part) -> bool:
    """Say whether a part is an estimator, as far as its file tells: something with parameters."""
    return (
        part.kind == "object"
        and isinstance(node_of(part.node), (Object, Batch))
        and (bool(part.parameters) or part.changed is not None)
    )


def inner(part: Part, name: str) -> Part | None:
    """Return an attribute of an object; None where it has none."""
    return next((child for child in part.parts if child.name == f".{name}"), None)


def short_type(part: Part) -> str:
    """Return what a part is, in a word."""
    from ..reporting.text import short_name

    if part.type is not None:
        return short_name(part.type)
    return {"objects": "array of objects", "structured": "structured array", "each": "several"}.get(
        part.kind, part.kind
    )
