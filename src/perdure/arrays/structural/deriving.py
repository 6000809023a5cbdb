"""Finding out, when a file is written, which arrays can be made from others: each attempt is checked bit for bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from ...errors import FormatError
from ..content import AnyArray, little
from ..entries import Entry
from ..progress import Meter
from ..store import ArrayStore
from .base import Kept, StructuralCodec
from .children import Preorder, bits_of
from .derived import Recipe, Shapes, check_recipes, read_recipe
from .hints import Hint
from .trees import Part, Trees

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

    Attributes
    ----------
    equal : mapping of int to int
        Arrays that are stored once for two.
    """

    def __init__(self, store: ArrayStore, numbers: Mapping[int, int], hints: Mapping[int, Sequence[Hint]]) -> None:
        specs = [store.spec(numbers[number]) for number in range(len(numbers))]
        self.shapes = Shapes(lambda number: store.entry(numbers[number]), specs)
        self.hints = hints
        self.equal: Mapping[int, int] = {}
        self.recipes: dict[int, Recipe] = {}
        self._found: dict[int, tuple[Hint, Kept]] = {}

    # --- all columns of some trees at a time ---

    def survey(self, meter: Meter) -> None:
        """Try the first way for each column, of some trees after the others: what they have lies in the caches then.

        The digests of all that is looked at are found out on the way.
        """
        together: dict[tuple[int, int | None], list[_Column]] = {}
        for number, ways in self.hints.items():
            spec = self.shapes.specs[number]
            if prod(spec.shape) < SMALLEST or spec.order != "C":
                continue
            for hint in ways:
                recipe = self._recipe(number, hint)
                if recipe is not None and not (recipe.codec.preorder and not self._trees(recipe).preorder):
                    column = _Column(number, self.shapes.entry(number), hint, recipe)
                    together.setdefault((recipe.leaf, recipe.offsets), []).append(column)
                    break
        for (leaf, offsets), columns in together.items():
            self._survey(self.shapes.trees(leaf, offsets), columns, meter)

    def _survey(self, trees: Trees, columns: list[_Column], meter: Meter) -> None:
        count = len(trees.leaf)
        tables = {at: self.shapes.entry(at).view() for column in columns for at in column.recipe.tables}
        for part in trees:
            some = Trees(part.leaf, part.offsets)
            made: dict[int, AnyArray] = {}

            def rows(number: int, part: Part = part, made: dict[int, AnyArray] = made) -> AnyArray:
                if number not in made:
                    entry = self.shapes.entry(number)
                    width = prod(entry.spec.shape) // count
                    made[number] = np.empty((len(part), width), little(entry.spec.dtype))
                    entry.fill(part, made[number])
                return made[number]

            for column in columns:
                values, recipe = rows(column.number), column.recipe
                column.digest.update(values)
                meter.add(values.nbytes)
                if column.kept is not None:
                    given = [*map(rows, recipe.inputs), *(tables[at] for at in recipe.tables)]
                    column.add(_encoded(recipe.codec, values, some, given))
        for column in columns:
            column.entry.known(column.digest.digest())
            kept = None if column.kept is None else column.recipe.codec.merged(column.kept)
            if kept is not None:
                self._found[column.number] = column.hint, kept

    # --- one column ---

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

    def _recipe(self, number: int, hint: Hint) -> Recipe | None:
        """Return the recipe of a hint; None where the reader would refuse it."""
        row = [hint.codec, *(at for at in (hint.leaf, hint.offsets) if at is not None), *hint.inputs, *hint.tables]
        try:
            recipe = read_recipe(number, row, self.shapes.specs)
            check_recipes({**self.recipes, number: recipe}, self.equal)
        except FormatError:
            return None
        return recipe

    def _trees(self, recipe: Recipe) -> Trees:
        return self.shapes.trees(recipe.leaf, recipe.offsets)

    def _attempt(self, number: int, entry: Entry, hint: Hint) -> tuple[Recipe, bytes, int] | None:
        recipe = self._recipe(number, hint)
        if recipe is None:
            return None
        codec, trees = recipe.codec, self._trees(recipe)
        if codec.preorder and not trees.preorder:
            return None
        found = self._found.get(number)
        if found is not None and found[0] == hint:
            kept: Kept | None = found[1]
        else:
            count = len(trees.leaf)
            sources = [self.shapes.entry(at) for at in recipe.inputs]
            given = [_rows(source, prod(source.spec.shape) // count) for source in sources]
            given += [self.shapes.entry(at).view() for at in recipe.tables]
            kept = _encoded(codec, _rows(entry, prod(entry.spec.shape) // count), trees, given)
        if kept is None:
            return None
        content = bits_of(trees.leaf) if isinstance(codec, Preorder) else kept.content()
        return recipe, content, max(kept.leaves.itemsize, kept.splits.itemsize, codec.itemsize)


class _Column:
    """A column that is looked at, some trees after the others."""

    def __init__(self, number: int, entry: Entry, hint: Hint, recipe: Recipe) -> None:
        from hashlib import sha256

        self.number = number
        self.entry = entry
        self.hint = hint
        self.recipe = recipe
        self.digest = sha256()
        #: What is kept of each part; None once the codec has turned out not to be for it.
        self.kept: list[Kept] | None = []

    def add(self, kept: Kept | None) -> None:
        if kept is None:
            self.kept = None
        elif self.kept is not None:
            self.kept.append(kept)


def _rows(entry: Entry, width: int) -> AnyArray:
    """Return the values of an array, little-endian, a row for each ``width`` of them."""
    view = entry.view()
    return np.ascontiguousarray(view, little(entry.spec.dtype)).reshape(-1, width)


def _encoded(codec: StructuralCodec, values: AnyArray, trees: Trees, inputs: Sequence[AnyArray]) -> Kept | None:
    """Return what is kept of an array, when the codec makes exactly these values again."""
    kept = codec.encode(values, trees, inputs)
    if kept is None:
        return None
    for part in trees:
        made = np.empty((len(part), values.shape[1]), values.dtype)
        codec.decode(part, kept.of(part), codec.given(part, inputs), made)
        # As bytes: -0.0 and the payload of a NaN count.
        if made.tobytes() != values[part.rows].tobytes():
            return None
    return kept
