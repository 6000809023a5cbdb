"""Finding out, when a file is written, which arrays can be made from others: each attempt is checked bit for bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from ...errors import FormatError
from ..content import AnyArray, little
from ..store import ArrayStore, Entry
from .base import Kept, StructuralCodec
from .children import Preorder, bits_of
from .derived import Recipe, Shapes, check_recipes, read_recipe
from .hints import Hint
from .trees import Trees

__all__ = ["SMALLEST", "Deriver"]

# Arrays of trees with fewer nodes are not worth the rows in the manifest.
SMALLEST = 1 << 10


class Deriver:
    """Derives the arrays of one file.

    Parameters
    ----------
    store : ArrayStore
    numbers : mapping of int to int
        The number in the file of each array, and its number in the store.
    hints : mapping of int to sequence of Hint
        What to try for an array, the best first.
    equal : mapping of int to int
        Arrays that are stored once for two.
    """

    def __init__(
        self,
        store: ArrayStore,
        numbers: Mapping[int, int],
        hints: Mapping[int, Sequence[Hint]],
        equal: Mapping[int, int],
    ) -> None:
        specs = [store.spec(numbers[number]) for number in range(len(numbers))]
        self.shapes = Shapes(lambda number: store.entry(numbers[number]), specs)
        self.hints = hints
        self.equal = equal
        self.recipes: dict[int, Recipe] = {}

    def derive(self, number: int, entry: Entry) -> tuple[Recipe, bytes, int] | None:
        """Return how an array is made from others, what is kept of it and the bytes of a value; None if it cannot be."""
        specs = self.shapes.specs
        if number not in self.hints or prod(entry.spec.shape) < SMALLEST:
            return None
        if any(first == number and specs[other] != specs[number] for other, first in self.equal.items()):
            # What is stored once for two of different dtypes is stored as bytes.
            return None
        for hint in self.hints[number]:
            made = self._attempt(number, entry, hint)
            if made is not None:
                self.recipes[number] = made[0]
                return made
        return None

    def _attempt(self, number: int, entry: Entry, hint: Hint) -> tuple[Recipe, bytes, int] | None:
        shapes = self.shapes
        row = [hint.codec, *(at for at in (hint.leaf, hint.offsets) if at is not None), *hint.inputs, *hint.tables]
        try:
            recipe = read_recipe(number, row, shapes.specs)
            check_recipes({**self.recipes, number: recipe}, self.equal)
        except FormatError:
            # The reader would refuse it.
            return None
        codec, inputs = recipe.codec, [shapes.entry(at) for at in recipe.inputs]
        trees = shapes.trees(recipe.leaf, recipe.offsets)
        if codec.preorder and not trees.preorder:
            return None
        count = len(trees.leaf)
        values = _rows(entry, prod(entry.spec.shape) // count)
        given = [_rows(source, prod(source.spec.shape) // count) for source in inputs]
        given += [shapes.entry(at).view() for at in recipe.tables]
        kept = codec.encode(values, trees, given)
        if kept is None or not _same(codec, values, kept, trees, given):
            return None
        content = bits_of(trees.leaf) if isinstance(codec, Preorder) else kept.content()
        return recipe, content, max(kept.leaves.itemsize, kept.splits.itemsize, codec.itemsize)


def _rows(entry: Entry, width: int) -> AnyArray:
    """Return the values of an array, little-endian, a row for each ``width`` of them."""
    view = entry.view()
    return np.ascontiguousarray(view, little(entry.spec.dtype)).reshape(-1, width)


def _same(codec: StructuralCodec, values: AnyArray, kept: Kept, trees: Trees, inputs: Sequence[AnyArray]) -> bool:
    """Say whether the codec makes exactly these values again."""
    for part in trees:
        made = np.empty((len(part), values.shape[1]), values.dtype)
        codec.decode(part, kept.of(part), codec.given(part, inputs), made)
        # As bytes: -0.0 and the payload of a NaN count.
        if made.tobytes() != values[part.rows].tobytes():
            return False
    return True
