"""What is known of the columns of trees without making them: it holds by the way they are made."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...graph.nodes import Rows, Stack
from ..content import AnyArray
from ..store import ArrayStore
from .derived import Derived
from .trees import Trees

__all__ = ["are_fractions", "cut_alike", "is_made", "largest_of_splits", "whole_trees"]


def cut_alike(arrays: ArrayStore, column: Any, trees: Trees) -> bool:
    """Say whether a column of arrays is cut into the nodes of these trees."""
    if not isinstance(column, (Rows, Stack)):
        return False
    shape = arrays.spec(column.array).shape
    if isinstance(column, Rows):
        return len(trees.leaf) == shape[0] and np.array_equal(arrays.view(column.offsets), trees.offsets)
    count, each = shape[:2] if len(shape) > 1 else (0, 0)
    return np.array_equal(np.arange(count + 1) * each, trees.offsets)


def is_made(arrays: ArrayStore, column: Any, codec: str, trees: Trees) -> bool:
    """Say whether a column of arrays is made by a codec, of these trees and cut into them."""
    entry = arrays.entry(column.array) if isinstance(column, (Rows, Stack)) else None
    return (
        isinstance(entry, Derived)
        and entry.recipe.codec.name == codec
        and entry.trees is trees
        and cut_alike(arrays, column, trees)
    )


def are_fractions(arrays: ArrayStore, column: Any) -> bool:
    """Say whether the values of nodes are made as fractions of a whole: they sum to 1 then."""
    entry = arrays.entry(column.array) if isinstance(column, (Rows, Stack)) else None
    return isinstance(entry, Derived) and entry.recipe.codec.name == "fractions"


def whole_trees(arrays: ArrayStore, left: Any, right: Any) -> Trees | None:
    """Return the trees of two columns of children that are made from nothing but leaves in preorder; None for others.

    Each split has its children after it, each node but the first of a tree has one parent, and a leaf has no child.
    """
    entry = arrays.entry(left.array) if isinstance(left, (Rows, Stack)) else None
    if not isinstance(entry, Derived) or entry.recipe.codec.name != "preorder":
        return None
    trees = entry.trees
    return trees if cut_alike(arrays, left, trees) and is_made(arrays, right, "right", trees) else None


def largest_of_splits(arrays: ArrayStore, column: Any, trees: Trees) -> int | None:
    """Return the largest number of the splits of a column of integers, none of which is negative; None if it is unknown."""
    if not is_made(arrays, column, "splits", trees):
        return None
    entry = arrays.entry(column.array)
    assert isinstance(entry, Derived)
    values: AnyArray = entry.kept().splits
    largest = int(values.max(initial=0))
    return largest if largest < 1 << 31 else None
