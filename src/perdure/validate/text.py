"""Text and hashing: the numbers of a vocabulary become column indices of sparse matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph.nodes import Dict, DictOf, Numbers, Scalars
from .engine import rule
from .members import Members

__all__ = ["VECTORIZERS"]

_MODULE = "sklearn.feature_extraction"
VECTORIZERS = (f"{_MODULE}.text:CountVectorizer", f"{_MODULE}.text:TfidfVectorizer")


@rule(*VECTORIZERS)
def vocabularies(models: Members) -> None:
    """The terms of a vocabulary are numbered without gaps."""
    for model in models:
        count = _bijection(model, "vocabulary_")
        transformer = model.value("_tfidf", None)
        if count is None or transformer is None:
            continue
        inner = model.members(transformer, "._tfidf")
        if inner is not None and "idf_" in inner:
            shape = inner.shapes("idf_")
            ok = shape is not None and tuple(shape[0]) == (count,)
            model.require(ok, "there is not one weight for each term", "._tfidf.idf_")


@rule(f"{_MODULE}._dict_vectorizer:DictVectorizer")
def features(models: Members) -> None:
    """The names of features are numbered without gaps."""
    for model in models:
        count = _bijection(model, "vocabulary_")
        if count is not None and "feature_names_" in model:
            names = model.reader.items(model.value("feature_names_"))
            model.require(names is not None and len(names) == count, "there are other names", ".feature_names_")


@rule("sklearn.preprocessing._label:MultiLabelBinarizer")
def labels(models: Members) -> None:
    """The classes that are kept by number."""
    for model in models:
        count = _bijection(model, "_cached_dict")
        if count is not None and "classes_" in model:
            shape = model.shapes("classes_")
            ok = shape is not None and tuple(shape[0]) == (count,)
            model.require(ok, "there are other classes", "._cached_dict")


def _bijection(model: Members, name: str) -> int | None:
    """Return how many terms a dict numbers, None where there is none; raise unless it numbers them from 0 on."""
    if name not in model:
        return None
    value: Any = model.value(name)
    if value is None:
        return None
    if isinstance(value, DictOf) and isinstance(value.values, (Numbers, Scalars)):
        numbers = model.reader.arrays.view(value.values.array)
    elif isinstance(value, (Dict, DictOf)):
        read = [model.reader.integer(number) for _, number in model.reader.pairs(value) or ()]
        if any(number is None or not 0 <= number < len(read) for number in read):
            model.fail("the terms are not numbered from 0 on", 0, f".{name}")
        numbers = np.array(read, np.int64)
    else:
        model.fail("a dict of terms is expected", 0, f".{name}")
    seen = np.zeros(len(numbers), np.bool_)
    ok = numbers.dtype.kind in "iu" and (not len(numbers) or (numbers.min() >= 0 and numbers.max() < len(numbers)))
    if ok:
        seen[numbers] = True
    model.require(bool(ok and seen.all()), "the terms are not numbered from 0 on, each once", f".{name}")
    return len(numbers)


@rule(f"{_MODULE}._hash:FeatureHasher", f"{_MODULE}.text:HashingVectorizer")
def hashers(models: Members) -> None:
    """A hash is divided by the number of features, which compiled code does not compare with 0."""
    models.integers("n_features", 1, 2**31 - 1)


@rule(f"{_MODULE}.text:TfidfTransformer")
def weights(models: Members) -> None:
    """Weights of terms: one for each feature."""
    if "idf_" in models and "n_features_in_" in models:
        shapes = models.shapes("idf_")
        if shapes is None or shapes.shape[1] != 1:
            models.fail("weights are a row", 0, ".idf_")
        models.require(
            shapes[:, 0] == models.integers("n_features_in_"), "there is not one weight for each term", ".idf_"
        )
