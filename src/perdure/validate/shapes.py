"""Shapes of what models have learnt, from a table: no array is wider than the features, classes or parts it is for.

Most of these are read by numpy, which looks itself; but an array of another shape can be broadcast into one
that fills the memory.
"""

from __future__ import annotations

import json
import os
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..arrays.content import AnyArray
from ..graph.nodes import Object
from .engine import rule, surely
from .members import Members, Mixed
from .reading import Reader
from .sparse import is_sparse, sparse_shape

__all__: list[str] = []


class _Row(NamedTuple):
    """One attribute: its shapes, each a letter an axis.

    F is ``n_features_in_``, C the number of ``classes_``, R one for two classes and C for more; other
    letters are any length, the same one wherever an object has the letter; ``_`` is any length.
    """

    name: str
    shapes: tuple[tuple[str, ...], ...]
    lists: bool


@cache
def _table() -> dict[str, tuple[_Row, ...]]:
    found: dict[str, tuple[_Row, ...]] = {}
    # Not by importlib.resources, which imports more than all else here.
    with open(os.path.join(os.path.dirname(__file__), "shapes.json"), encoding="utf-8") as file:
        groups = json.load(file)
    for group in groups:
        rows = tuple(
            _Row(name, tuple(tuple(shape.split(",")) for shape in shapes), name in group.get("lists", ()))
            for name, shapes in group["attributes"].items()
        )
        for name in group["types"]:
            found[name] = (*found.get(name, ()), *rows)
    return found


@rule(*_table())
def learnt(models: Members) -> None:
    """The shapes of attributes."""
    rows = _rows(models.types)
    known = _known(models)
    for row in rows:
        if row.name in models:
            shapes = _shapes(models, row)
            if shapes is not None:
                _compare(models, row, shapes, known)


@lru_cache(maxsize=1 << 12)
def _rows(types: tuple[str, ...]) -> tuple[_Row, ...]:
    return tuple(row for name in types for row in _table().get(name, ()))


@surely(learnt)
def _fits(reader: Reader, part: Object) -> bool:
    """Whether the arrays of one model surely have their shapes: in plain integers, without its other cases."""
    bases = reader.graph.bases
    rows = _rows((part.type, *bases.get(part.type, ()))) if bases else _rows((part.type,))
    state, shape = part.state, reader.shape
    known: dict[str, int] = {}
    features = state.get("n_features_in_")
    if features is not None:
        if type(features) is not int or features < 0:
            return False
        known["F"] = features
    if "classes_" in state:
        classes = shape(state["classes_"])
        if classes is not None and len(classes) == 1:
            known["C"] = classes[0]
            known["R"] = 1 if classes[0] == 2 else classes[0]
    for name, shapes, _ in rows:
        value = state.get(name)
        if value is None:
            continue
        found = shape(value)
        if found is None:
            # A number has no shape.
            if reader.number(value) is not None:
                continue
            return False
        fitting = shapes if len(shapes) == 1 else [letters for letters in shapes if len(letters) == len(found)]
        if len(fitting) > 1:
            if not any(_agrees(letters, found, known) for letters in fitting):
                return False
            continue
        if not fitting or len(fitting[0]) != len(found):
            return False
        for letter, length in zip(fitting[0], found, strict=True):
            if letter == "_":
                continue
            if known.setdefault(letter, length) != length or (letter in "RT" and length < 1):
                return False
    return True


def _agrees(letters: tuple[str, ...], found: tuple[int, ...], known: dict[str, int]) -> bool:
    """Whether a shape is one of those that the letters mean, as far as they are known."""
    return all(
        known.get(letter, length) == length and (letter not in "RT" or length >= 1)
        for letter, length in zip(letters, found, strict=True)
    )


def _known(models: Members) -> dict[str, AnyArray]:
    """Return the letters whose lengths stand elsewhere."""
    known: dict[str, AnyArray] = {}
    if "n_features_in_" in models:
        known["F"] = models.integers("n_features_in_", 0)
    if "classes_" in models:
        classes = models.shapes("classes_")
        if classes is not None and classes.shape[1] == 1:
            known["C"] = classes[:, 0]
            known["R"] = np.where(classes[:, 0] == 2, 1, classes[:, 0])
    return known


def _shapes(models: Members, row: _Row) -> AnyArray | None:
    """Return the shapes of an attribute, None where it is a number or nothing."""
    found = models.shapes(row.name)
    if found is not None:
        return found
    same, part = models.place(row.name)
    if not same:
        if models.count > 1:
            raise Mixed
        part = models.value(row.name)
    if part is None or models.reader.number(part) is not None:
        return None
    if is_sparse(part):
        shape: Any = sparse_shape(models.reader, part)
        return np.broadcast_to(np.array(shape, np.int64), (models.count, len(shape)))
    models.require(row.lists and models.reader.items(part) is not None, "an array is expected", f".{row.name}")
    return None


def _compare(models: Members, row: _Row, shapes: AnyArray, known: dict[str, AnyArray]) -> None:
    fitting = [shape for shape in row.shapes if len(shape) == shapes.shape[1]]
    good = np.zeros(models.count, np.bool_)
    for shape in fitting:
        fits = np.ones(models.count, np.bool_)
        for axis, letter in enumerate(shape):
            if letter in known:
                fits &= shapes[:, axis] == known[letter]
            if letter in ("R", "T"):
                fits &= shapes[:, axis] >= 1
        good |= fits
    wanted = " or ".join(f"({', '.join(shape)})" for shape in row.shapes)
    models.require(
        good, f"{row.name} has not the shape {wanted}, with F features, C classes and R rows of them", f".{row.name}"
    )
    if len(fitting) == 1:
        for axis, letter in enumerate(fitting[0]):
            if letter != "_":
                known.setdefault(letter, shapes[:, axis])


@rule(
    "sklearn.neural_network._multilayer_perceptron:MLPClassifier",
    "sklearn.neural_network._multilayer_perceptron:MLPRegressor",
)
def layers(models: Members) -> None:
    """Each layer takes what the one before it gives."""
    for model in models:
        if "coefs_" not in model:
            continue
        weights = model.reader.items(model.value("coefs_"))
        biases = model.reader.items(model.value("intercepts_"))
        if weights is None or biases is None or not weights or len(weights) != len(biases):
            model.fail("there is not one row of intercepts for each layer", 0, ".intercepts_")
        model.integers("n_layers_", len(weights) + 1, len(weights) + 1)
        width = model.integer("n_features_in_", 1)
        for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            shape = model.reader.shape(weight)
            if shape is None or len(shape) != 2 or shape[0] != width:
                model.fail("a layer does not take what the one before it gives", 0, f".coefs_[{i}]")
            width = shape[1]
            model.require(
                model.reader.shape(bias) == (width,), "there is not one intercept for each output", f".intercepts_[{i}]"
            )


@rule(
    "sklearn.ensemble._bagging:BaggingClassifier",
    "sklearn.ensemble._forest:ExtraTreesClassifier",
    "sklearn.ensemble._forest:RandomForestClassifier",
    "sklearn.ensemble._weight_boosting:AdaBoostClassifier",
    "sklearn.gaussian_process._gpc:GaussianProcessClassifier",
)
def classes(models: Members) -> None:
    """The number of classes is that of the classes: predictions are made so wide."""
    for model in models:
        if "n_classes_" not in model:
            continue
        reader = model.reader
        told, found = model.value("n_classes_"), model.value("classes_")
        number, shape = reader.integer(told), reader.shape(found)
        # One number, or one for each output.
        numbers = [number] if number is not None else [reader.integer(item) for item in reader.items(told) or ()]
        shapes = [shape] if number is not None else [reader.shape(item) for item in reader.items(found) or ()]
        good = bool(numbers) and shapes == [(item,) for item in numbers]
        model.require(good, "the number of classes is not that of the classes", ".n_classes_")
