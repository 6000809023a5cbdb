"""Arrays, sparse matrices, frames and texts as JSON, which needs no library of any release to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse

from zoo.outputs import Raised, aligned


def to_neutral(value: Any) -> Any:
    """A value as JSON; an exception by its kind."""
    if isinstance(value, Raised):
        return {"raised": value.kind}
    if scipy.sparse.issparse(value):
        rows = value.tocsr()
        rows.sort_indices()
        return {
            "sparse": [int(length) for length in rows.shape],
            "data": to_neutral(rows.data),
            "indices": [int(index) for index in rows.indices],
            "indptr": [int(index) for index in rows.indptr],
        }
    if isinstance(value, pd.DataFrame):
        return {"frame": [[str(name), to_neutral(column(value, i))] for i, name in enumerate(value.columns)]}
    if isinstance(value, np.ndarray):
        kind = "object" if value.dtype.hasobject else value.dtype.str
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        return {
            "array": kind,
            "order": order,
            "shape": list(value.shape),
            "values": [plain(item) for item in value.ravel().tolist()],
        }
    if isinstance(value, (list, tuple)):
        return {"list": [to_neutral(item) for item in value]}
    return {"plain": plain(value)}


def column(frame: pd.DataFrame, position: int) -> Any:
    """The values of a column: numbers as such, anything else as objects."""
    values = frame.iloc[:, position]
    return values.to_numpy() if values.dtype.kind in "biuf" else np.array(values.astype(object), dtype=object)


def plain(value: Any) -> Any:
    """A number, text or None as it is."""
    if value is None or value is pd.NA or isinstance(value, (bool, int, float, str)):
        return None if value is pd.NA else value
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no neutral form")


def from_neutral(value: Mapping[str, Any]) -> Any:
    """The value again; arrays as they lie in memory when models are asked."""
    if "raised" in value:
        return Raised(value["raised"], "")
    if "sparse" in value:
        parts = (
            from_neutral(value["data"]),
            np.array(value["indices"], np.int32),
            np.array(value["indptr"], np.int32),
        )
        return aligned(scipy.sparse.csr_matrix(parts, shape=tuple(value["sparse"])))
    if "frame" in value:
        return pd.DataFrame(
            {name: pd.Series(from_neutral(part), dtype=dtype_of(part)) for name, part in value["frame"]}
        )
    if "array" in value:
        if value["array"] == "object":
            flat = np.empty(len(value["values"]), dtype=object)
            flat[:] = value["values"]
        else:
            flat = np.array(value["values"], dtype=value["array"])
        return aligned(np.asarray(flat.reshape(value["shape"]), order=value["order"]))
    if "list" in value:
        return [from_neutral(item) for item in value["list"]]
    return value["plain"]


def dtype_of(part: Mapping[str, Any]) -> Any:
    """The dtype of a column, which pandas would otherwise choose by its release."""
    return object if part["array"] == "object" else part["array"]


def differences(expected: Any, found: Any, float32: bool) -> str:
    """In which way two values differ beyond what counts as equal between releases; an empty text where they do not."""
    if isinstance(expected, list):
        if not isinstance(found, (list, tuple)) or len(found) != len(expected):
            return "another number of parts"
        return next((text for a, b in zip(expected, found, strict=True) if (text := differences(a, b, float32))), "")
    if isinstance(found, pd.DataFrame):
        found = found.to_numpy()
    if isinstance(expected, pd.DataFrame):
        expected = expected.to_numpy()
    if scipy.sparse.issparse(expected) != scipy.sparse.issparse(found):
        return "sparse and dense"
    if scipy.sparse.issparse(expected):
        expected, found = expected.toarray(), found.toarray()
    expected, found = np.asarray(expected), np.asarray(found)
    if expected.shape != found.shape:
        return f"shape {found.shape} instead of {expected.shape}"
    if expected.dtype.kind == "f" and found.dtype.kind == "f":
        rtol = 2e-6 if float32 or np.float32 in (expected.dtype, found.dtype) else 1e-7
        scale = np.abs(expected[np.isfinite(expected)]).max(initial=0.0)
        with np.errstate(invalid="ignore"):
            off = np.abs(found - expected) > rtol * np.abs(expected) + (rtol * 1e-5) * max(scale, 1.0)
        off |= np.isnan(expected) != np.isnan(found)
        off |= np.isinf(expected) & (expected != found)
        return (
            f"{off.sum()} of {off.size} numbers, by up to {np.nanmax(np.abs(found - expected)):.3g}"
            if off.any()
            else ""
        )
    same = [
        a == b or (a != a and b != b) for a, b in zip(expected.ravel().tolist(), found.ravel().tolist(), strict=True)
    ]
    return "" if all(same) else f"{len(same) - sum(same)} of {len(same)} values"
