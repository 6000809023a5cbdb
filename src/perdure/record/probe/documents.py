"""Rows that are no table: texts, dicts, labels, made from vocabularies and classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from .columns import ROWS, UNSEEN, documents

__all__ = ["is_vectorizer", "rows_without_table", "words_of"]

# What stands for words where a vectorizer keeps none: it hashes them.
_WORDS = [f"word{number}" for number in range(60)]
_MOST_LABELS = 4096


def is_vectorizer(estimator: Any) -> bool:
    """Whether an estimator takes texts."""
    return hasattr(estimator, "build_analyzer")


def words_of(vectorizer: Any) -> list[str]:
    """Return the words that a vectorizer knows, in their order; made-up ones where it knows none."""
    known = getattr(vectorizer, "vocabulary_", None)
    if known is None:
        known = getattr(vectorizer, "vocabulary", None)
    if not known:
        return list(_WORDS)
    words = sorted(known, key=known.__getitem__) if isinstance(known, dict) else sorted(known)
    return [word for word in words[:: max(len(words) // 512, 1)] if isinstance(word, str)]


def rows_without_table(estimator: Any) -> Iterator[Any] | None:
    """Return rows for an estimator that takes no table, one form after the other; None for all others."""
    names = {base.__name__ for base in type(estimator).__mro__}
    if is_vectorizer(estimator):
        if getattr(estimator, "input", "content") != "content":
            raise UnsupportedError(f"it reads files (input={estimator.input!r}), and a probe holds none")
        words = words_of(estimator)
        texts = documents(words)
        return iter((texts, [text.split() for text in texts]))
    if "DictVectorizer" in names:
        return iter((_dicts(estimator),))
    if "FeatureHasher" in names:
        return iter((_hashed(getattr(estimator, "input_type", "dict")),))
    if names & {"LabelEncoder", "LabelBinarizer"}:
        return iter((_labels(estimator)[np.arange(ROWS) % len(_labels(estimator))],))
    if "MultiLabelBinarizer" in names:
        known = _labels(estimator).tolist()
        return iter(
            ([tuple(known[(row + k) % len(known)] for k in range(min(row % 4, len(known)))) for row in range(ROWS)],)
        )
    return None


def _labels(estimator: Any) -> np.ndarray[Any, Any]:
    known = getattr(estimator, "classes_", None)
    if known is None or not len(known):
        raise UnsupportedError("it is not fitted")
    return np.asarray(known)[:_MOST_LABELS]


def _dicts(vectorizer: Any) -> list[dict[str, Any]]:
    names = getattr(vectorizer, "feature_names_", None)
    if not names:
        raise UnsupportedError("it is not fitted")
    separator = getattr(vectorizer, "separator", "=")
    names = names[:: max(len(names) // 128, 1)]
    rows: list[dict[str, Any]] = []
    for row in range(ROWS - 1):
        made: dict[str, Any] = {}
        for k in range(1 + row % 4):
            key, found, value = str(names[(row * 3 + k * 5) % len(names)]).partition(separator)
            made[key] = value if found else 0.5 + k
        rows.append(made)
    return [*rows, {UNSEEN: 1.0}]


def _hashed(kind: str) -> list[Any]:
    words = [_WORDS[(row * 3) % 60 : (row * 3) % 60 + 1 + row % 4] for row in range(ROWS)]
    if kind == "string":
        return words
    pairs = [[(word, 0.5 + k) for k, word in enumerate(row)] for row in words]
    return [dict(row) for row in pairs] if kind == "dict" else pairs
