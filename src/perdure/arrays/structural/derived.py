"""Arrays that are made from others when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from ...errors import FormatError
from ...graph.nodes import ArraySpec
from ..codecs import chain as codecs
from ..codecs import zstd
from ..content import AnyArray, little
from ..dtypes import parse
from ..entries import Entry
from ..memory import aligned
from ..source import Source
from ..stored import Stored
from .base import Kept, StructuralCodec
from .children import Preorder, leaves_of_bits
from .flowing import LARGE, Flowing
from .registry import CODECS
from .splits import Splits
from .trees import Part, Trees

__all__ = ["Derived", "Recipe", "Shapes", "check_recipes", "read_recipe"]

# How many arrays may be made one from another.
_DEEPEST = 8
# Of a shorter frame the content is not looked at: it is decoded at once.
_FRAME = 1 << 16


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which codec makes an array, and from which ones, by number.

    Attributes
    ----------
    codec : StructuralCodec
    leaf : int
        The array that says which nodes are leaves; for ``preorder`` the array itself.
    offsets : int or None
        The array of the n + 1 offsets of the trees; None where each row of the array is one, or all of it.
    inputs : tuple of int
    tables : tuple of int
    """

    codec: StructuralCodec
    leaf: int
    offsets: int | None
    inputs: tuple[int, ...]
    tables: tuple[int, ...] = ()

    @property
    def sources(self) -> list[int]:
        """All of them but the array itself, as the file has them."""
        own = [] if isinstance(self.codec, Preorder) else [self.leaf]
        return [*own, *(() if self.offsets is None else (self.offsets,)), *self.inputs, *self.tables]


def read_recipe(number: int, row: Sequence[object], specs: Sequence[ArraySpec]) -> Recipe:
    """Return the recipe of an array as the file has it: the name of a codec, and the numbers of arrays.

    Raises
    ------
    FormatError
        When there is no such codec, or it cannot make such an array from such arrays.
    """
    name, *sources = row
    codec = CODECS.get(name) if isinstance(name, str) else None
    numbers = [source for source in sources if type(source) is int and 0 <= source < len(specs)]
    if codec is None or len(numbers) != len(sources):
        raise FormatError(f"array {number} is made in a way that does not exist: {str(list(row))[:80]}")
    leaf = number if isinstance(codec, Preorder) else numbers.pop(0) if numbers else -1
    # Where there are tables, their number says nothing of whether there are offsets: the leaves do.
    with_offsets = len(specs[leaf].shape) == 1 if codec.tables else len(numbers) - codec.inputs
    if leaf < 0 or with_offsets not in (0, 1) or len(numbers) < codec.inputs + with_offsets:
        raise FormatError(f"array {number} is made by {codec.name} of another number of arrays")
    offsets = numbers.pop(0) if with_offsets else None
    recipe = Recipe(codec, leaf, offsets, tuple(numbers[: codec.inputs]), tuple(numbers[codec.inputs :]))
    shape = specs[leaf].shape
    good = len(shape) == 1 if with_offsets else len(shape) in (1, 2)
    good = good and all(shape) and parse(specs[leaf].dtype).kind in "iu"
    for spec in (specs[number], *(specs[at] for at in recipe.inputs)):
        good = good and spec.order == "C" and all(spec.shape) and spec.shape[: len(shape)] == shape
    if not good or not codec.fits(specs[number], [specs[at] for at in (*recipe.inputs, *recipe.tables)], shape):
        raise FormatError(f"array {number} cannot be made by {codec.name} of arrays of these shapes and dtypes")
    return recipe


def check_recipes(recipes: Mapping[int, Recipe], equal: Mapping[int, int]) -> None:
    """Raise FormatError when an array is made of itself, or of too many others one from another."""
    left = dict(recipes)
    for _ in range(_DEEPEST):
        done = [
            number for number, recipe in left.items() if not any(equal.get(at, at) in left for at in recipe.sources)
        ]
        for number in done:
            del left[number]
    if left:
        raise FormatError(f"array {min(left)} is made of arrays that are made of others, without an end")


class Shapes:
    """The trees that the arrays of one file stand for, each found out once.

    Parameters
    ----------
    entry : callable
        Number of an array to its entry.
    specs : sequence of ArraySpec
        Of all arrays, by number.
    """

    def __init__(self, entry: Callable[[int], Entry], specs: Sequence[ArraySpec]) -> None:
        self.entry = entry
        self.specs = specs
        self._known: dict[tuple[int, int | None], Trees] = {}

    def trees(self, leaf: int, offsets: int | None) -> Trees:
        """Return the trees of an array that says which nodes are leaves, cut by another one."""
        key = leaf, offsets
        found = self._known.get(key)
        if found is None:
            entry = self.entry(leaf)
            kept = entry.leaves(offsets) if isinstance(entry, Derived) else None
            found = self._known[key] = Trees(
                _leaf_mask(entry) if kept is None else kept, self._offsets(self.specs[leaf].shape, offsets)
            )
        return found

    def _offsets(self, shape: tuple[int, ...], offsets: int | None) -> AnyArray:
        if offsets is not None:
            return self.entry(offsets).view()
        each = shape[-1]
        return np.arange(0, prod(shape) + 1, each, dtype=np.int64)


def _leaf_mask(entry: Entry) -> AnyArray:
    """Return 1 for each leaf: where signed numbers are −1, and others are not 0."""
    found = np.empty(prod(entry.spec.shape), np.bool_)
    at = 0
    for piece in entry.pieces():
        flat = piece.reshape(-1)
        found[at : at + len(flat)] = flat == -1 if flat.dtype.kind == "i" else flat != 0
        at += len(flat)
    return found.view(np.uint8)


class Derived(Stored):
    """An array that is made from others of the same file.

    Parameters
    ----------
    source : Source
        What is kept of it, coded.
    chain : tuple of str
        Its codecs; nothing where it lies there as it is.
    recipe : Recipe
    shapes : Shapes
    spec : ArraySpec
    nbytes : int
    """

    __slots__ = ("_chain", "_kept", "_last", "_shapes", "_width", "recipe")

    def __init__(
        self, source: Source, chain: tuple[str, ...], recipe: Recipe, shapes: Shapes, spec: ArraySpec, nbytes: int
    ) -> None:
        super().__init__(source, spec, nbytes)
        self._chain = chain
        self.recipe = recipe
        self._shapes = shapes
        rows = prod(shapes.specs[recipe.leaf].shape)
        self._width = prod(spec.shape) // rows
        self._kept: Kept | None = None
        self._last: tuple[slice, AnyArray] | None = None

    # --- what is kept ---

    def _bytes(self, most: int) -> AnyArray:
        """Return the bytes that are kept: no more than that."""
        frame = self._source.read(0, self._source.size)
        if not self._chain:
            content = np.frombuffer(frame, np.uint8)
            if len(content) > most:
                raise FormatError(f"{len(content):,} bytes are kept of an array that needs no more than {most:,}")
            # A map may change under us.
            return content.copy()
        size = zstd.compressed_size(frame)
        if size > most:
            raise FormatError(f"{size:,} bytes are kept of an array that needs no more than {most:,}")
        memory = aligned((size,), np.dtype(np.uint8), "C")
        codecs.decode(frame, memory, self._chain, self._kept_width(size))
        return memory

    def _kept_width(self, size: int) -> int:
        if len(self._chain) == 1:
            return 1
        return self.recipe.codec.width(size, self._width, self.trees)

    def leaves(self, offsets: int | None) -> AnyArray | None:
        """Return which nodes are leaves, where it is this array that keeps them, for trees cut like this."""
        if not isinstance(self.recipe.codec, Preorder) or self.recipe.offsets != offsets:
            return None
        count = prod(self.spec.shape)
        return leaves_of_bits(self._bytes((count + 7) // 8), count)

    @property
    def trees(self) -> Trees:
        """The trees that the rows are nodes of."""
        trees = self._shapes.trees(self.recipe.leaf, self.recipe.offsets)
        if self.recipe.codec.preorder and not trees.preorder:
            raise FormatError("nodes that have to be trees in preorder are none")
        return trees

    def kept(self) -> Kept:
        """Return what is kept."""
        if self._kept is None:
            codec, trees = self.recipe.codec, self.trees
            if isinstance(codec, Splits) and self._chain and self._source.size > _FRAME:
                self._kept = self._flowing(codec, trees)
                if self._kept is not None:
                    return self._kept
            none = isinstance(codec, Preorder)
            most = 0 if none else codec.most(self._width, trees)
            content = np.empty(0, np.uint8) if none else self._bytes(most)
            self._kept = codec.read(content, self._width, trees)
        return self._kept

    def _flowing(self, codec: Splits, trees: Trees) -> Kept | None:
        """Return what is kept as it will be decoded, part by part; None where it is as well decoded at once."""
        source, chain = self._source, self._chain
        size = zstd.compressed_size(source.read(0, source.size))
        if not LARGE < size <= codec.most(self._width, trees):
            return None
        width = codec.width(size, self._width, trees)

        def begin() -> Iterator[AnyArray]:
            at = 0

            def read(count: int) -> bytes:
                nonlocal at
                start, at = at, min(at + count, source.size)
                return bytes(source.read(start, at))

            return codecs.flow(read, size, chain, width if len(chain) > 1 else 1)

        return Flowing(begin, trees.n_splits, width)

    # --- what is made of it ---

    def rows(self, part: Part) -> AnyArray:
        """Return the rows of some trees, shape (n, width): of the parts of `trees` the last one is kept."""
        if self._read:
            return self._read[0].reshape(-1, self._width)[part.rows]
        last = self._last
        if last is None or last[0] is not part.rows:
            out = np.empty((len(part), self._width), little(self.spec.dtype))
            self._make(part, out)
            last = self._last = part.rows, out
        return last[1]

    def fill(self, part: Part, out: AnyArray) -> None:
        """Make the rows of some trees in memory that is there, which stays as it is until the next ones are made."""
        if self._read or (self._last is not None and self._last[0] is part.rows):
            out[...] = self.rows(part)
            return
        self._make(part, out)
        self._last = part.rows, out

    def _make(self, part: Part, out: AnyArray) -> None:
        recipe = self.recipe
        inputs = [self._input(self._shapes.entry(at), part) for at in recipe.inputs]
        inputs += [self._shapes.entry(at).view() for at in recipe.tables]
        recipe.codec.decode(part, self.kept().of(part), inputs, out)
        self.told(out.nbytes)

    def told(self, nbytes: int) -> None:
        """Tell the meter that so many bytes were made."""
        self._meter.add_of(self, nbytes, self.nbytes)

    def source_entry(self, number: int) -> Entry:
        """Return one of the arrays that this one is made of, by its number."""
        return self._shapes.entry(number)

    def _input(self, entry: Entry, part: Part) -> AnyArray:
        recipe = self.recipe
        if isinstance(entry, Derived) and (entry.recipe.leaf, entry.recipe.offsets) == (recipe.leaf, recipe.offsets):
            return entry.rows(part)
        view = entry.view()
        return view.reshape(len(self.trees.leaf), -1)[part.rows]

    def _content(self) -> AnyArray:
        memory = aligned((self.nbytes,), np.dtype(np.uint8), "C")
        out = memory.view(little(self.spec.dtype)).reshape(-1, self._width)
        for part in self.trees:
            self._make(part, out[part.rows])
        return memory

    def chunks(self) -> Iterator[memoryview]:
        for part in self.trees:
            yield memoryview(self.rows(part).reshape(-1).view(np.uint8))
