"""Texts and dicts become sparse rows: vectorizers and hashers."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidError
from .base import Estimator
from .encoding import numpy_type
from .hashing import murmur
from .parts import Part
from .rows import Table
from .scaling import normalize_sparse
from .sparse import SparseRows

if TYPE_CHECKING:
    from .registry import Maker

__all__ = ["KNOWN"]

Matrix = np.ndarray[Any, Any]
_SPACES = re.compile(r"\s\s+")


@cache
def _english() -> frozenset[str]:
    """Return scikit-learn's English stop words."""
    with open(os.path.join(os.path.dirname(__file__), "stop_words.json"), encoding="utf-8") as file:
        return frozenset(json.load(file)["english"])


def _unicode(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ASCII", "ignore").decode("ASCII")


class Analyzer:
    """Cuts a text into terms, as a vectorizer's parameters say."""

    def __init__(self, part: Part) -> None:
        for name in ("preprocessor", "tokenizer"):
            if part.get(name) is not None:
                raise part.refuse(f"a {name} of its own")
        self.kind = part.get("analyzer")
        if not isinstance(self.kind, str) or self.kind not in ("word", "char", "char_wb"):
            raise part.refuse("an analyzer of its own")
        if part.get("input", "content") != "content":
            raise part.refuse("what reads files")
        accents = part.get("strip_accents")
        known: dict[Any, Callable[[str], str] | None] = {None: None, "ascii": _ascii, "unicode": _unicode}
        if not isinstance(accents, str | None) or accents not in known:
            raise part.refuse("a way of its own to strip accents")
        self.accents = known[accents]
        self.lower = bool(part.get("lowercase"))
        self.least, self.most = (int(size) for size in part["ngram_range"])
        if not -100 <= self.least <= 100 or not -100 <= self.most <= 100:
            raise part.refuse("n-grams of this size")
        self.encoding, self.errors = part.word("encoding", "utf-8"), part.word("decode_error", "strict")
        stop = part.get("stop_words")
        if isinstance(stop, str):
            if stop != "english":
                raise part.refuse(f"the stop words {stop}")
            self.stop: Any = _english()
        else:
            self.stop = None if stop is None else frozenset(stop)
        pattern = part.get("token_pattern")
        self.pattern = re.compile(pattern) if self.kind == "word" and isinstance(pattern, str) else None
        if self.kind == "word" and (self.pattern is None or self.pattern.groups > 1):
            raise part.refuse("words without a pattern")

    def __call__(self, document: Any) -> list[str]:
        if isinstance(document, bytes):
            document = document.decode(self.encoding, self.errors)
        if not isinstance(document, str):
            raise ValueError(f"a text was expected, not a {type(document).__name__}")
        if self.lower:
            document = document.lower()
        if self.accents is not None:
            document = self.accents(document)
        if self.kind == "word":
            assert self.pattern is not None
            return self._words(self.pattern.findall(document))
        text = _SPACES.sub(" ", document)
        return self._characters(text) if self.kind == "char" else self._within_words(text)

    def _words(self, tokens: list[str]) -> list[str]:
        if self.stop is not None:
            tokens = [token for token in tokens if token not in self.stop]
        least, most = self.least, self.most
        if most == 1:
            return tokens
        count = len(tokens)
        found = list(tokens) if least == 1 else []
        for n in range(2 if least == 1 else least, min(most + 1, count + 1)):
            found += [" ".join(tokens[i : i + n]) for i in range(count - n + 1)]
        return found

    def _characters(self, text: str) -> list[str]:
        least, count = self.least, len(text)
        found = list(text) if least == 1 else []
        for n in range(2 if least == 1 else least, min(self.most + 1, count + 1)):
            found += [text[i : i + n] for i in range(count - n + 1)]
        return found

    def _within_words(self, text: str) -> list[str]:
        found = []
        for word in text.split():
            padded = f" {word} "
            for n in range(self.least, self.most + 1):
                found.append(padded[:n])
                offset = 0
                while offset + n < len(padded):
                    offset += 1
                    found.append(padded[offset : offset + n])
                if offset == 0:
                    break
        return found


def _vocabulary(part: Part) -> dict[Any, int]:
    found = part["vocabulary_"]
    if not isinstance(found, dict):
        raise InvalidError("a vocabulary gives each term its number", path=f"{part.path}.vocabulary_")
    numbers = {term: int(number) for term, number in found.items()}
    if any(not 0 <= number < len(numbers) for number in numbers.values()):
        raise InvalidError("a term has a number that is none of the columns", path=f"{part.path}.vocabulary_")
    return numbers


def _documents(X: Any) -> Iterable[Any]:
    if isinstance(X, Table):
        if len(X.columns) != 1:
            raise ValueError("texts are one column")
        return list(X.columns[0].tolist())
    if isinstance(X, np.ndarray):
        if X.ndim != 1:
            raise ValueError(f"texts have one dimension, not {X.ndim}")
        return list(X.tolist())
    if isinstance(X, SparseRows):
        raise ValueError("texts are a list of them")
    return list(X)


class CountVectorizer(Estimator):
    """How often each term is there."""

    takes = "texts"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.analyzer = Analyzer(part)
        self.vocabulary = _vocabulary(part)
        self.binary = bool(part.get("binary"))
        self.dtype = numpy_type(part, part["dtype"])

    def counts(self, X: Any) -> SparseRows:
        """Return the counts, the terms of each text in the order of their numbers."""
        get, analyze = self.vocabulary.get, self.analyzer
        data: list[int] = []
        indices: list[int] = []
        ends = [0]
        for document in _documents(X):
            own: dict[int, int] = {}
            for term in analyze(document):
                number = get(term)
                if number is not None:
                    own[number] = own.get(number, 0) + 1
            ordered = sorted(own)
            indices += ordered
            data += [1] * len(ordered) if self.binary else [own[number] for number in ordered]
            ends.append(len(indices))
        if len(ends) == 1:
            raise ValueError("there is no text")
        shape = (len(ends) - 1, len(self.vocabulary))
        return SparseRows(np.array(data, self.dtype), np.array(indices, np.int64), np.array(ends, np.int64), shape)

    def transform(self, X: Any) -> Any:
        return self.counts(X)


class _Weights:
    """What Tfidf makes of counts."""

    def __init__(self, part: Part, inner: Part) -> None:
        self.idf = inner.array("idf_") if part.get("use_idf", True) else None
        self.sublinear = bool(part.get("sublinear_tf"))
        norm = part.get("norm")
        if not isinstance(norm, str | None) or norm not in (None, "l1", "l2"):
            raise part.refuse(f"the norm {norm!r:.40}")
        self.norm = norm

    def __call__(self, rows: SparseRows) -> SparseRows:
        made = rows if rows.dtype.kind == "f" else rows.astype(np.float64)
        if self.sublinear:
            made = made.with_data(np.log(made.data) + 1.0)
        if self.idf is not None:
            made = made.scaled(self.idf.astype(made.dtype))
        return made if self.norm is None else normalize_sparse(made, self.norm)


class TfidfVectorizer(CountVectorizer):
    """Counts, weighted by how rare a term is."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        inner = part.part("_tfidf")
        self.weights = _Weights(inner, inner)
        if self.weights.idf is not None and self.weights.idf.shape != (len(self.vocabulary),):
            raise InvalidError("there is not one weight for each term", path=f"{part.path}._tfidf")

    def transform(self, X: Any) -> Any:
        return self.weights(self.counts(X))


class TfidfTransformer(Estimator):
    """Counts become weights."""

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.weights = _Weights(part, part)

    def transform(self, X: Any) -> Any:
        rows = self.rows(X, sparse=True)
        return self.weights(rows if isinstance(rows, SparseRows) else SparseRows.from_dense(rows))


class _Hashed:
    """Terms to columns by a hash."""

    def __init__(self, part: Part) -> None:
        self.count = int(part.number("n_features"))
        if not 1 <= self.count < 2**31:
            raise InvalidError("a hash has columns", path=f"{part.path}.n_features")
        self.signed = bool(part.get("alternate_sign", True))
        self.dtype = numpy_type(part, part["dtype"])
        self.known: dict[str, tuple[int, int]] = {}

    def place(self, term: str) -> tuple[int, int]:
        """Return the column of a term, and its sign."""
        found = self.known.get(term)
        if found is None:
            hashed = murmur(term.encode("utf-8"))
            column = (2**31 - (self.count - 1)) % self.count if hashed == -(2**31) else abs(hashed) % self.count
            found = (column, -1 if self.signed and hashed < 0 else 1)
            if len(self.known) < 1 << 18:
                self.known[term] = found
        return found

    def rows(self, documents: Iterable[Iterable[tuple[str, Any]]]) -> SparseRows:
        """Return a row for each list of terms with their values."""
        data: list[Any] = []
        indices: list[int] = []
        ends = [0]
        for document in documents:
            own: dict[int, Any] = {}
            for term, value in document:
                if value == 0:
                    continue
                column, sign = self.place(term)
                own[column] = own.get(column, 0) + sign * value
            ordered = sorted(own)
            indices += ordered
            data += [own[column] for column in ordered]
            ends.append(len(indices))
        if len(ends) == 1:
            raise ValueError("there are no rows")
        shape = (len(ends) - 1, self.count)
        return SparseRows(np.array(data, self.dtype), np.array(indices, np.int64), np.array(ends, np.int64), shape)


class HashingVectorizer(Estimator):
    """How often each term is there, by its hash."""

    takes = "texts"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.analyzer = Analyzer(part)
        self.hashed = _Hashed(part)
        self.binary = bool(part.get("binary"))
        self.norm = part.get("norm")
        if self.norm not in (None, "l1", "l2"):
            raise part.refuse(f"the norm {self.norm!r:.40}")

    def transform(self, X: Any) -> Any:
        made = self.hashed.rows(((term, 1) for term in self.analyzer(text)) for text in _documents(X))
        if self.binary:
            made = made.with_data(np.ones_like(made.data))
        return made if self.norm is None else normalize_sparse(made, self.norm)


class FeatureHasher(Estimator):
    """Dicts, pairs or strings by their hashes."""

    takes = "dicts"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.hashed = _Hashed(part)
        self.input = part.word("input_type")
        if self.input not in ("dict", "pair", "string"):
            raise part.refuse(f"the input {self.input}")

    def transform(self, X: Any) -> Any:
        return self.hashed.rows(self._terms(row) for row in _dicts(X))

    def _terms(self, row: Any) -> Iterable[tuple[str, Any]]:
        if isinstance(row, str):
            raise ValueError("a row is a list of strings, not one string")
        pairs: Any = row.items() if self.input == "dict" else row
        for item in pairs:
            name, value = (item, 1) if self.input == "string" else item
            if isinstance(name, bytes):
                name = name.decode("utf-8")
            if isinstance(value, str):
                name, value = f"{name}={value}", 1
            yield name, value


def _dicts(X: Any) -> Iterable[Any]:
    if isinstance(X, Table):
        return [dict(zip(X.names, row, strict=True)) for row in zip(*(c.tolist() for c in X.columns), strict=True)]
    return list(X)


class DictVectorizer(Estimator):
    """A column for each key of dicts."""

    takes = "dicts"

    def __init__(self, part: Part, make: Maker) -> None:
        super().__init__(part, make)
        self.vocabulary = _vocabulary(part)
        self.separator = part.word("separator")
        self.sparse = bool(part.get("sparse"))
        self.dtype = numpy_type(part, part["dtype"])

    def _terms(self, row: Any) -> Iterable[tuple[Any, Any]]:
        if not isinstance(row, Mapping):
            raise ValueError(f"a row is a dict, not a {type(row).__name__}")
        for name, value in row.items():
            if isinstance(value, str):
                yield f"{name}{self.separator}{value}", 1
            elif isinstance(value, Mapping):
                raise ValueError(f"the value of {name!r:.40} is a dict")
            elif not isinstance(value, np.generic) and isinstance(value, Iterable):
                for one in value:
                    yield f"{name}{self.separator}{one}", 1
            else:
                yield name, np.nan if value is None else value

    def transform(self, X: Any) -> Any:
        rows = _dicts(X)
        found = [[(self.vocabulary[k], v) for k, v in self._terms(row) if k in self.vocabulary] for row in rows]
        if not found:
            raise ValueError("there are no rows")
        ends = np.cumsum([0, *map(len, found)])
        indices = np.array([place for row in found for place, _ in row], np.int64)
        data = np.array([value for row in found for _, value in row], self.dtype)
        made = SparseRows(data, indices, ends, (len(found), len(self.vocabulary)))
        return made if self.sparse else made.toarray()


_TEXT = "sklearn.feature_extraction.text"
KNOWN: dict[str, Any] = {
    "sklearn.feature_extraction._dict_vectorizer:DictVectorizer": DictVectorizer,
    "sklearn.feature_extraction._hash:FeatureHasher": FeatureHasher,
    f"{_TEXT}:CountVectorizer": CountVectorizer,
    f"{_TEXT}:HashingVectorizer": HashingVectorizer,
    f"{_TEXT}:TfidfTransformer": TfidfTransformer,
    f"{_TEXT}:TfidfVectorizer": TfidfVectorizer,
}
