"""Texts: words are cut out by a pattern, counted, and weighed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import ExportError
from ..graph import Tensor
from ..registry import Conversion, Results, converts
from ..tables import Table

__all__ = ["LOCALE"]

# onnxruntime's StringNormalizer takes the locale "en_US" unless told otherwise, which many hosts and most containers do
# not have; this one comes with glibc from 2.35 on, and with Debian and Ubuntu before.
LOCALE = "C.UTF-8"
_WORD = r"(?u)\b\w\w+\b"
# What Python calls a word: RE2's \w knows ASCII only.
_WORDS = r"[\p{L}\p{N}_]{2,}"


def _tokens(model: Any, texts: Tensor, c: Conversion) -> Tensor:
    """Return rows × tokens, filled up with the pad value."""
    graph = c.graph
    if model.lowercase:
        texts = graph.add(
            "StringNormalizer", [texts], "text", case_change_action="LOWER", is_case_sensitive=1, locale=LOCALE
        )
    if model.analyzer == "char":
        return graph.add(
            "Tokenizer", [texts], "text", "com.microsoft", mark=0, mincharnum=1, pad_value="", separators=[""]
        )
    return graph.add(
        "Tokenizer",
        [texts],
        "text",
        "com.microsoft",
        mark=0,
        mincharnum=1,
        pad_value="",
        tokenexp=_expression(model, c),
    )


def _expression(model: Any, c: Conversion) -> str:
    pattern = model.token_pattern
    if pattern == _WORD:
        return _WORDS
    if pattern in (r"(?u)\b\w+\b", r"\b\w+\b", r"\w+", r"(?u)\w+"):
        return r"[\p{L}\p{N}_]+"
    if pattern in (r"\S+", r"[^\s]+"):
        return r"[^\s]+"
    raise c.refuse(f"token_pattern={pattern!r} has no converter", fix="use the default pattern, or r'(?u)\\b\\w+\\b'")


def _check_analysis(model: Any, c: Conversion) -> None:
    if callable(model.analyzer) or model.preprocessor is not None or model.tokenizer is not None:
        raise c.refuse("an analyzer, preprocessor or tokenizer of one's own has no converter")
    if model.strip_accents is not None:
        raise c.refuse("strip_accents has no converter")
    if model.analyzer not in ("word", "char"):
        raise c.refuse(f"analyzer={model.analyzer!r} has no converter")
    if getattr(model, "input", "content") != "content":
        raise c.refuse("it reads files")


def _counts(model: Any, table: Table, c: Conversion) -> Tensor:
    _check_analysis(model, c)
    column = table.blocks[0].tensor
    if len(table.blocks) != 1 or column.kind != "text":
        raise ExportError("texts are needed")
    texts = column.reshape(-1)
    vocabulary = sorted(model.vocabulary_.items(), key=lambda item: item[1])
    least, most = model.ngram_range
    stops = model.get_stop_words() if model.analyzer == "word" else None
    if stops and most > 1:
        raise c.refuse("stop words with n-grams of several words have no converter")
    tokens = _tokens(model, texts, c)
    by_length: dict[int, list[tuple[tuple[str, ...], int]]] = {}
    for term, place in vocabulary:
        if stops and term in stops:
            continue
        if model.analyzer == "word":
            words = tuple(term.split(" "))
        else:
            words = tuple(term)
        if least <= len(words) <= most:
            by_length.setdefault(len(words), []).append((words, int(place)))
    if model.analyzer == "char" and any(" " in term for term, _ in vocabulary):
        # scikit-learn makes one blank of several.
        raise c.refuse("characters with blanks among them have no converter")
    counts: list[int] = []
    pool: list[str] = []
    places: list[int] = []
    weights: list[float] = []
    for length in range(1, max(by_length, default=1) + 1):
        counts.append(len(pool))
        for words, place in by_length.get(length, ()):
            pool += list(words)
            places.append(place)
            weights.append(1.0)
    if not places:
        raise c.refuse("its vocabulary is empty")
    found = c.graph.add(
        "TfIdfVectorizer",
        [tokens],
        "float32",
        mode="TF",
        max_gram_length=most,
        min_gram_length=least,
        max_skip_count=0,
        ngram_counts=counts,
        ngram_indexes=places,
        pool_strings=pool,
        weights=weights,
    ).number()
    # Columns of the last words of the vocabulary may have none of their own.
    width = len(vocabulary)
    if max(places) + 1 < width:
        empty = c.graph.repeated(np.zeros(width - max(places) - 1), found)
        found = c.graph.concat([found, empty])
    return (found > 0.0).number() if model.binary else found


@converts("CountVectorizer")
def _count(model: Any, table: Table, c: Conversion) -> Results:
    return {"transform": Table.of(_counts(model, table, c), len(model.vocabulary_))}


def _weighed(model: Any, counts: Tensor, c: Conversion) -> Tensor:
    """Return counts as a fitted TfidfTransformer weighs them."""
    graph = c.graph
    value = counts
    if model.sublinear_tf:
        there = value > 0.0
        value = graph.where(there, graph.where(there, value, 1.0).log() + 1.0, value)
    if model.use_idf:
        value = value * np.asarray(model.idf_, np.float64)
    if model.norm is not None:
        size = abs(value).sum(1, keep=True) if model.norm == "l1" else (value * value).sum(1, keep=True).sqrt()
        if model.norm == "max":
            size = abs(value).max(1, keep=True)
        value = value / graph.where(size.equals(0.0), 1.0, size)
    return value


@converts("TfidfTransformer")
def _tfidf(model: Any, table: Table, c: Conversion) -> Results:
    return {"transform": Table.of(_weighed(model, table.numbers(), c), table.width)}


@converts("TfidfVectorizer")
def _tfidf_vectorizer(model: Any, table: Table, c: Conversion) -> Results:
    counts = _counts(model, table, c)
    return {"transform": Table.of(_weighed(model._tfidf, counts, c), len(model.vocabulary_))}
