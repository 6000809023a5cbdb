"""Values that break things: boundaries of numbers, strange texts, names from the tables."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import numpy as np

from perdure.graph.scalars import read_atom, write_atom
from perdure.trust.tables import tables

__all__ = ["atom", "dressed", "dtype", "element", "name", "number", "text"]

_INTS = (-1, 0, 1, 2, 3, 7, 8, 100, 255, 256, 1000, 1024, 1025, 65536, 2**31 - 1, 2**31, 2**32, 2**53, 2**62, 2**63 - 1)
_FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-300, 5e-324, 1e-12, 1e300, -1e300, float("nan"), float("inf"), -float("inf"))
_SHORT = (0, 1, 2, 5, 63, 64, 65, 1025, 10**6, 2**31 - 1)
_TEXTS = (
    "", "x", "auto", "None", "none", "nan", "l1", "l2", "elasticnet", "euclidean", "minkowski", "manhattan", "cosine",
    "haversine", "mahalanobis", "seuclidean", "precomputed", "hamming", "jaccard", "chebyshev", "canberra", "rbf",
    "linear", "poly", "sigmoid", "ball_tree", "kd_tree", "brute", "uniform", "distance", "mean", "median",
    "most_frequent", "constant", "drop", "passthrough", "ignore", "error", "infrequent_if_exist", "use_encoded_value",
    "word", "char", "char_wb", "content", "filename", "file", "utf-8", "ascii", "utf-16", "strict", "replace", "default",
    "pandas", "polars", "onehot", "onehot-dense", "ordinal", "quantile", "kmeans", "full", "tied", "diag", "spherical",
    "gaussian", "tophat", "epanechnikov", "lars", "lasso_cd", "lasso_lars", "omp", "threshold", "cd", "mu", "batch",
    "online", "raise", "predict", "predict_proba", "decision_function", "hard", "soft", "multinomial", "ovr", "ovo",
    "squared_error", "log_loss", "exponential", "hinge", "modified_huber", "huber", "best", "random", "sqrt", "log2",
    "arpack", "randomized", "deprecated", "relu", "tanh", "logistic", "identity", "softmax", "zero", "periodic",
    "continue", "extrapolate", "include", "csr", "dense", "warn", "legacy", "é", "\u202e", "\x00", "\ud800", "a" * 300,
    "../../etc/passwd", "(a+)+$", "__class__", "__dict__", "predict", "os:system", "<U7", "O", "|V8", "🐍",
)  # fmt: skip
_DTYPES = (
    "<f8", "<f4", "<f2", ">f8", "<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1", "|b1", "<c16", "<c8", "intp",
    "<U1", "<U7", "|S3", "<M8[ns]", "<m8[s]", "<f16", "|O", "|V8", "<U0", ">i8", ">f4",
)  # fmt: skip


def number(rng: random.Random, old: Any, near: int = 0) -> Any:
    """Return another number in the place of one, as Python's."""
    if isinstance(old, bool):
        return rng.choice((not old, 0, 1, 2))
    choice = rng.random()
    if choice < 0.4 and isinstance(old, (int, float)):
        return rng.choice((old + 1, old - 1, old * 2, -old, old // 2 if old == old and abs(old) < 1e300 else 0))
    if choice < 0.5 and near:
        return rng.choice((near, near - 1, near + 1, -near))
    if isinstance(old, float) and choice < 0.9:
        return rng.choice((*_FLOATS, rng.uniform(-10, 10), rng.random(), 10 ** rng.uniform(-20, 20)))
    return rng.choice(
        (*_INTS, *(-value for value in _INTS), rng.randrange(-20, 200), *_FLOATS, 2**64, -(2**63), 2**100)
    )


def text(rng: random.Random) -> str:
    """Return a text: an option of some estimator, or a strange one."""
    return rng.choice(_TEXTS)


def dtype(rng: random.Random) -> str:
    """Return the name of a dtype, of those that a file may hold and of others."""
    return rng.choice(_DTYPES)


@cache
def _names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    ways = tables().ways
    estimators = tuple(sorted(name for name in ways if name.startswith("sklearn.")))
    return tuple(sorted(ways)), estimators


def name(rng: random.Random) -> str:
    """Return the name of a type or a function, mostly of the tables."""
    every, own = _names()
    choice = rng.random()
    if choice < 0.1:
        return rng.choice(
            ("os:system", "builtins:eval", "sklearn:__builtins__", "sklearn.svm._classes:SVC.fit", ":", "а:b")
        )
    return rng.choice(own if choice < 0.7 else every)


def atom(rng: random.Random, old: Any) -> Any:
    """Return a plain value in the place of another, as it stands in a graph."""
    choice = rng.random()
    if choice < 0.7:
        if isinstance(old, str):
            return write_atom(text(rng))
        if isinstance(old, (bool, int, float)):
            return write_atom(number(rng, old))
        if isinstance(old, list) and old and old[0] == "float":
            return write_atom(number(rng, 0.5))
    return write_atom(
        rng.choice((None, True, False, number(rng, 1), number(rng, 0.5), text(rng), b"\x00\xff", 1 + 2j, ...))
    )


def dressed(rng: random.Random, old: Any) -> Any:
    """Return a plain value in another dress, as a node: of numpy's, of the standard library's, a range, a slice."""
    value = read_atom(old) if isinstance(old, list) else old
    if isinstance(value, str):
        return ["scalar", f"<U{max(1, len(value))}", value] if rng.random() < 0.8 else ["bytes", ""]
    if not isinstance(value, (bool, int, float)):
        return ["range", 0, rng.choice((0, 3, 2**24, 2**30, 2**53 - 1)), 1]
    number_ = value if isinstance(value, int) and abs(value) < 2**31 and rng.random() < 0.5 else rng.choice(_SHORT)
    return rng.choice(
        (
            ["scalar", rng.choice(("<i8", "<i4", "<u1", "<f4")), number_ % 100],
            ["scalar", "<f8", float(number_)],
            ["object", "decimal:Decimal/1", {"text": str(number_)}],
            ["object", "fractions:Fraction/1", {"denominator": 1, "numerator": number_}],
            ["range", 0, number_, 1],
            ["slice", 0, number_, None],
            ["list", number_],
            ["tuple", number_, number_],
            write_atom(1 << rng.choice((64, 1_100, 20_000))),
        )
    )


def element(rng: random.Random, values: np.ndarray[Any, Any], at: int) -> None:
    """Change one element of an array, or a run of them, in place."""
    kind, size = values.dtype.kind, values.dtype.itemsize
    with np.errstate(all="ignore"):
        if kind in "iu":
            info = np.iinfo(values.dtype)
            top = int(values.max()) if len(values) else 0
            here, count = int(values[at]), len(values)
            near = (here - 1, here + 1, top - 1, top, top + 1, count - 1, count, rng.randrange(-3, max(top, 0) + 4))
            new = rng.choice((-2, -1, 0, 1, *near, 2**31, 2**62, int(info.max), int(info.min)))
            values[at] = min(max(new, int(info.min)), int(info.max))
        elif kind == "f":
            new = rng.choice((*_FLOATS, rng.uniform(-5, 5), float(values[at]) * -1, float(values[at]) + 1e-9))
            values[at] = new
        elif kind == "b":
            values[at] = not values[at]
        else:
            raw = values.view(np.uint8) if size else values
            if len(raw):
                raw[rng.randrange(len(raw))] = rng.choice((0, 1, 97, 255))
