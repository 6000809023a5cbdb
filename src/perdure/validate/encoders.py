"""Encoders: categories become column indices of sparse matrices, whose width is told apart from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays.content import AnyArray
from .engine import rule
from .members import Members

__all__: list[str] = []


@rule("sklearn.preprocessing._encoders:OneHotEncoder")
def one_hot(encoders: Members) -> None:
    """The widths of the features follow from categories, groups and what is dropped."""
    for encoder in encoders:
        if "categories_" in encoder:
            _one_hot(encoder)


def _one_hot(encoder: Members) -> None:
    sizes = categories(encoder)
    for i, item in enumerate(encoder.reader.items(encoder.value("categories_")) or ()):
        _in_order(encoder, item, f".categories_[{i}]")
    if encoder.value("_infrequent_enabled", False):
        sizes = _grouped(encoder, sizes)
    dropped = encoder.value("_drop_idx_after_grouping", None)
    if dropped is not None:
        sizes = _dropped(encoder, sizes, dropped)
    told = encoder.reader.items(encoder.value("_n_features_outs"))
    widths = [encoder.reader.integer(item) for item in told or ()]
    encoder.require(widths == sizes, "the widths are not those of the categories", "._n_features_outs")
    if "n_features_in_" in encoder:
        encoder.integers("n_features_in_", len(sizes), len(sizes))


def categories(encoder: Members) -> list[int]:
    """Return how many categories each feature has."""
    shapes = [encoder.reader.shape(item) for item in encoder.reader.items(encoder.value("categories_")) or ()]
    for i, shape in enumerate(shapes):
        encoder.require(shape is not None and len(shape) == 1, "categories are a row", f".categories_[{i}]")
    return [shape[0] for shape in shapes if shape]


def _in_order(encoder: Members, item: Any, where: str) -> None:
    """Numbers have to rise: they are found by halving, which leads past the end otherwise."""
    array = encoder.reader.array(item)
    if array is not None:
        values: Any = array if array.dtype.kind in "biufmM" else None
    else:
        numbers = [encoder.reader.number(value) for value in encoder.reader.items(item) or ()]
        values = np.array([number for number in numbers if number is not None], np.float64)
    if values is None or len(values) < 2:
        return
    # Not a number stands at the end, where there is one.
    known = values[:-1] if values.dtype.kind == "f" and np.isnan(values[-1]) else values
    if not (known[:-1] < known[1:]).all():
        encoder.ask("categories_=unsorted", "numbers that do not rise are looked up past their end", where)


def _grouped(encoder: Members, sizes: list[int]) -> list[int]:
    """Return the sizes once rare categories are one."""
    mappings = encoder.reader.items(encoder.value("_default_to_infrequent_mappings"))
    rare = encoder.reader.items(encoder.value("_infrequent_indices"))
    ok = mappings is not None and rare is not None and len(mappings) == len(rare) == len(sizes)
    encoder.require(ok, "there is not one group for each feature", "._infrequent_indices")
    found = []
    for i, (size, mapping, group) in enumerate(zip(sizes, mappings or (), rare or (), strict=True)):
        here = f"._default_to_infrequent_mappings[{i}]"
        if mapping is None and group is None:
            found.append(size)
            continue
        table, indices = _row(encoder, mapping, here), _row(encoder, group, f"._infrequent_indices[{i}]")
        ok = len(indices) >= 1 and indices.min() >= 0 and indices.max() < size
        encoder.require(bool(ok), "a rare category is not one of the categories", f"._infrequent_indices[{i}]")
        width = size - len(indices) + 1
        ok = len(table) == size and table.min() >= 0 and table.max() < width
        encoder.require(bool(ok), "a category is in a group that does not exist", here)
        found.append(width)
    return found


def _row(encoder: Members, value: Any, where: str) -> AnyArray:
    array = encoder.reader.array(value)
    if array is None or array.ndim != 1 or array.dtype.kind not in "iu":
        encoder.fail("a row of integers is expected", 0, where)
    return array


def _dropped(encoder: Members, sizes: list[int], dropped: Any) -> list[int]:
    """Return the sizes without the category that is dropped from each feature."""
    array = encoder.reader.array(dropped)
    items = array.tolist() if array is not None else encoder.reader.items(dropped)
    here = "._drop_idx_after_grouping"
    encoder.require(items is not None and len(items) == len(sizes), "there is not one for each feature", here)
    found = []
    for i, (size, item) in enumerate(zip(sizes, items or (), strict=True)):
        if item is None:
            found.append(size)
            continue
        number = encoder.reader.integer(item)
        encoder.require(
            number is not None and 0 <= number < size, "what is dropped is not one of the categories", f"{here}[{i}]"
        )
        found.append(size - 1)
    return found


@rule("sklearn.preprocessing._encoders:OrdinalEncoder", "sklearn.preprocessing._target_encoder:TargetEncoder")
def ordinal(encoders: Members) -> None:
    """One row of categories for each feature."""
    for encoder in encoders:
        if "categories_" in encoder:
            sizes = categories(encoder)
            if "n_features_in_" in encoder:
                encoder.integers("n_features_in_", len(sizes), len(sizes))
