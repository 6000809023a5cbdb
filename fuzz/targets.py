"""What is fuzzed: each target turns bytes into something, or raises one of the errors that it promises.

A reader of other bytes, or a decoder in another language, joins with one entry in `TARGETS`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import perdure
from perdure.errors import PerdureError

from .corpus import Kind
from .use import calls

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes
    ----------
    load : callable
        Bytes to a value; with ``trusted=`` where the reader of a kind names something.
    use : callable
        A value and a kind of the corpus to named calls.
    promised : tuple of exception classes
        What loading may raise.
    """

    load: Callable[..., Any]
    use: Callable[[Any, Kind], Iterator[tuple[str, Callable[[], Any]]]]
    promised: tuple[type[BaseException], ...] = (PerdureError,)


def _open(data: bytes, trusted: Sequence[str] = ()) -> Any:
    file = perdure.open(io.BytesIO(data), trusted=trusted)
    return [file.types, file.untrusted, file.params, file.libraries, file.outline, file.record, file.migrations]


def _view(data: bytes, trusted: Sequence[str] = ()) -> Any:
    html = perdure.view(io.BytesIO(data))
    # Whatever a mutant says is text.
    assert "<script" not in html
    return len(html)


def _nothing(value: Any, kind: Kind) -> Iterator[tuple[str, Callable[[], Any]]]:
    return iter(())


def _asked(predictor: Any, kind: Kind) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield each method of a predictor, on rows of the model's own kind and on such as it does not expect."""
    for name, rows in _rows(predictor, kind):
        for method in predictor.methods:
            yield f"{method}({name})", lambda m=method, r=rows: getattr(predictor, m)(r)
    for name in ("classes_", "feature_names_in_", "n_features_in_"):
        yield name, lambda n=name: getattr(predictor, n, None)


def _rows(predictor: Any, kind: Kind) -> Iterator[tuple[str, Any]]:
    yield "own", kind.X
    width = getattr(predictor, "n_features_in_", 0)
    if isinstance(width, int) and 0 < width <= _MOST_FEATURES:
        wide = np.random.RandomState(0).standard_normal((40, width)) * 100.0
        yield "as wide as it says", wide
        yield "very large", wide * 1e300
        yield "missing", np.where(wide > 0, np.nan, wide)
        yield "objects", np.where(wide > 0, "a", wide.astype(object))
        yield "one dimension", wide[0]
        yield "no rows", wide[:0]


#: Beyond this a model that asks for so many features is asked with the rows of the healthy one only.
_MOST_FEATURES = 2_000

TARGETS = {
    "load": Target(perdure.loads, calls),
    "open": Target(_open, _nothing),
    "view": Target(_view, _nothing),
    "predictor": Target(perdure.Predictor, _asked),
}
