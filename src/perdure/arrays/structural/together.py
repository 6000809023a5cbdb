"""All columns of decision trees at once, by compiled code: each node is written once, and not a column after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from ..content import AnyArray
from ..entries import Entry
from ..native import native
from .base import Kept
from .derived import Derived
from .trees import Part

__all__ = ["Fill", "together"]

#: Makes the nodes and the values of some trees.
Fill: TypeAlias = Callable[[Part, AnyArray, AnyArray], None]

# As the compiled code counts them.
_PLACES = (
    "left_child",
    "right_child",
    "feature",
    "threshold",
    "impurity",
    "n_node_samples",
    "weighted_n_node_samples",
    "missing_go_to_left",
)
_OPTIONAL = frozenset(("impurity", "missing_go_to_left"))
_NO_COUNTS = np.empty(0, np.uint8)
_NO_FLOATS = np.empty(0, np.uint64)
_NO_SHARES = np.empty((0, 0), np.uint8)


def together(fields: Mapping[str, Entry], values: Entry, dtype: np.dtype[np.void]) -> Fill | None:
    """Return what makes the nodes and the values of some trees; None where that has to be done a column after the other.

    Parameters
    ----------
    fields : mapping of str to Entry
        The columns of the nodes.
    values : Entry
    dtype : numpy.dtype
        Of a node: the columns have the dtypes of its fields.

    Returns
    -------
    callable or None
        Of a part of the trees, its nodes and its values, shape (n, width), both to be filled.
    """
    left = fields.get("left_child")
    if not native.active or not isinstance(left, Derived) or not set(_PLACES) - _OPTIONAL <= fields.keys():
        return None
    if any(
        dtype[name].str not in ("<i8", "<f8") for name in _PLACES if name in fields and name != "missing_go_to_left"
    ):
        return None
    made = _Made(left, fields, values)
    if not made.fits:
        return None
    offsets: Any = dtype.fields
    places = np.array([offsets[name][1] if name in made.fields else -1 for name in _PLACES], np.int64)
    rest = [(name, entry) for name, entry in fields.items() if name not in made.fields]

    def fill(part: Part, nodes: AnyArray, out: AnyArray) -> None:
        # Part by part there may be no other thing to be made: then none of it is.
        made.into(part, nodes, places, out)
        for name, entry in rest:
            entry.fill(part, nodes[name][:, np.newaxis])
        if not made.values:
            values.fill(part, out)

    return fill


class _Made:
    """Which columns are made at once, and of what.

    Attributes
    ----------
    fits : bool
        Whether those are among them without which there is nothing to be made.
    fields : dict of str to Entry
    values : bool
        Whether the values are.
    """

    def __init__(self, left: Derived, fields: Mapping[str, Entry], values: Entry) -> None:
        self.left = left
        self.fields: dict[str, Derived] = {}
        self.values = False
        weighted, samples = fields["weighted_n_node_samples"], fields["n_node_samples"]
        # Name → codec, and the arrays that it is made of.
        plan: dict[str, tuple[tuple[str, tuple[Entry, ...]], ...]] = {
            "left_child": (("preorder", ()),),
            "right_child": (("right", ()),),
            "feature": (("splits", ()),),
            "threshold": (("splits", ()),),
            "n_node_samples": (("sums", ()),),
            "weighted_n_node_samples": (("converted", (samples,)), ("sums", ())),
            "missing_go_to_left": (("majority", (samples,)),),
        }
        for name, ways in plan.items():
            if name in fields and any(self._is_made(fields[name], *way) for way in ways):
                self.fields[name] = fields[name]  # type: ignore[assignment]
        self.fits = set(_PLACES) - _OPTIONAL <= self.fields.keys()
        if not self.fits or self.fields["threshold"].kept().width != 8:
            self.fits = False
            return
        impurity = fields.get("impurity")
        if self._is_made(values, "fractions", (weighted,)):
            self.values, made_by = True, "gini"
        elif self._is_made(values, "means", (weighted,)) and values.nbytes == 8 * len(self.left.trees.leaf):
            self.values, made_by = _floats(values), "variances"
        with_it = self.values and impurity is not None and self._is_made(impurity, made_by, (values, weighted))
        if with_it and (made_by == "gini" or _floats(impurity)):
            self.fields["impurity"] = impurity  # type: ignore[assignment]
        self.constants = np.concatenate([self.fields[name].kept().constant for name in ("feature", "threshold")]).view(
            np.uint64
        )
        self.of_values = values
        # Nothing may be kept of what follows from others: whoever makes a column by itself refuses that too.
        for made in (*self.fields.values(), *((values,) if self.values else ())):
            made.kept()
        self.by_classes = made_by == "gini" if self.values else False

    def _is_made(self, entry: Entry, codec: str, inputs: tuple[Entry, ...]) -> bool:
        """Whether a column is made by a codec of the same trees, and of these others."""
        if not isinstance(entry, Derived) or entry.recipe.codec.name != codec:
            return False
        recipe, own = entry.recipe, self.left.recipe
        given = [entry.source_entry(at) for at in recipe.inputs]
        return (
            entry.trees is self.left.trees
            and (recipe.leaf, recipe.offsets) == (own.leaf, own.offsets)
            and len(given) == len(inputs)
            and all(a is b for a, b in zip(given, inputs, strict=True))
        )

    def into(self, part: Part, nodes: AnyArray, places: AnyArray, out: AnyArray) -> None:
        """Make them for a part of the trees."""
        kept = {name: self.fields[name].kept().of(part) for name in ("feature", "threshold", "n_node_samples")}
        weights = self.fields["weighted_n_node_samples"]
        counts = weights.kept().of(part).leaves[0] if weights.recipe.codec.name == "sums" else _NO_COUNTS
        shares, means, misses, variances, apart = _NO_SHARES, _NO_FLOATS, _NO_FLOATS, _NO_FLOATS, _NO_FLOATS
        if self.values:
            values: Kept = self.of_values.kept().of(part)  # type: ignore[attr-defined]
            if self.by_classes:
                shares = values.leaves
            else:
                means, misses = values.leaves[0], values.splits[0]
                if "impurity" in self.fields:
                    impurity = self.fields["impurity"].kept().of(part)
                    variances, apart = impurity.leaves[0], impurity.splits[0]
        native.forest(
            part.leaf,
            part.offsets,
            nodes.view(np.uint8).reshape(len(part), nodes.dtype.itemsize),
            places,
            self.constants,
            kept["feature"].splits[0],
            kept["threshold"].splits[0],
            kept["n_node_samples"].leaves[0],
            counts,
            out,
            shares,
            means,
            misses,
            variances,
            apart,
        )
        for name, entry in self.fields.items():
            entry.told(len(part) * nodes.dtype[name].itemsize)
        if self.values:
            self.of_values.told(out.nbytes)  # type: ignore[attr-defined]


def _floats(entry: Entry | None) -> bool:
    """Whether what is kept of a column are floats of 8 bytes."""
    assert isinstance(entry, Derived)
    kept = entry.kept()
    return kept.leaves.itemsize == 8 and kept.splits.itemsize == 8
