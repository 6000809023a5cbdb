"""Columns by name: what a model wants, what a table has, and what its outputs are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError, quoted
from .tables import arrow

__all__ = ["check_columns", "empty_outputs", "features_of", "frame_of", "kinds_of", "output_arrays", "output_schema"]

_NAME_THEM = 'name them in their order: perdure.score(..., columns=["a", "b"]), perdure score … --columns a,b'
_GROUPS = {
    "number": "number",
    "integer": "number",
    "unsigned": "number",
    "boolean": "number",
    "text": "text",
    "time": "time",
    "time_us": "time",
    "instant": "time",
    "instant_us": "time",
}


def features_of(model: Any, record: Any, columns: Sequence[str] | None, *, fix: str = _NAME_THEM) -> list[str]:
    """Return the names of the columns that a model wants, in the order in which it wants them.

    Raises
    ------
    UnsupportedError
        When neither the model nor its record nor the caller says them.
    """
    known = getattr(model, "feature_names_in_", None)
    if known is not None:
        return [str(name) for name in known]
    count = getattr(model, "n_features_in_", None)
    if columns is not None:
        if count is not None and len(columns) != count:
            raise UnsupportedError(f"the model takes {count} columns, and columns= names {len(columns)}")
        return list(columns)
    table = record.data.X if record is not None and record.data is not None else None
    names = [column.name for column in table.columns] if table is not None else []
    if names and None not in names:
        return [str(name) for name in names]
    raise UnsupportedError(
        "the model does not know the names of its columns: it was fitted on an array",
        fix=fix,
    )


def kinds_of(record: Any) -> dict[str, str]:
    """Return ``number``, ``text`` or ``time`` of each column that the record describes."""
    table = record.data.X if record is not None and record.data is not None else None
    columns = table.columns if table is not None else ()
    return {column.name: _GROUPS[column.kind] for column in columns if column.name and column.kind in _GROUPS}


def _group(kind: Any) -> str:
    types = arrow().types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_null(kind):
        return "nothing"
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_boolean(kind):
        return "number"
    if types.is_string(kind) or types.is_large_string(kind) or str(kind) == "string_view":
        return "text"
    return "time" if types.is_temporal(kind) else "other"


def check_columns(
    source: str, schema: Any, features: Sequence[str], kinds: dict[str, str], keep: Sequence[str], *, extra: str
) -> None:
    """Raise UnsupportedError unless a table has the columns that are wanted: all that is wrong, in one error."""
    names = list(schema.names)
    twice = sorted({name for name in names if names.count(name) > 1})
    lacking = [name for name in dict.fromkeys([*features, *keep]) if name not in names]
    more = [name for name in names if name not in features and name not in keep] if extra == "refuse" else []
    wrong = []
    for name in features:
        if name in names and name not in twice:
            found, wanted = _group(schema.field(name).type), kinds.get(name)
            if found == "other" or (wanted is not None and found not in (wanted, "nothing")):
                wrong.append(f"{quoted(name)} is {schema.field(name).type}, wanted is {wanted or 'number or text'}")
    problems = [f"it has no column {', '.join(map(quoted, lacking[:20]))}"] if lacking else []
    problems += [f"it has two columns {', '.join(map(quoted, twice[:20]))}"] if twice else []
    problems += [f"wrong kind: {'; '.join(wrong[:20])}"] if wrong else []
    problems += [f"the model knows no column {', '.join(map(quoted, more[:20]))}"] if more else []
    if not problems:
        return
    fix = None
    if more and len(problems) == 1:
        fix = f'pass them through, keep={more[:20]!r} (--keep), or leave them out: extra="ignore" (--extra ignore)'
    raise UnsupportedError(f"{source} does not fit the model: {'. '.join(problems)}", fix=fix)


def frame_of(batch: Any, features: Sequence[str], *, named: bool, text_file: bool) -> Any:
    """Return the rows of a batch as the model was fitted: a data frame, or an array where it knows no names."""
    if not named:
        return np.column_stack([batch.column(name).to_numpy(zero_copy_only=False) for name in features])
    frame = batch.select(list(features)).to_pandas()
    if text_file:
        # As pandas reads a text file: what is missing is NaN and not None.
        for name in [name for name, kind in frame.dtypes.items() if kind.kind == "O"]:
            frame[name] = frame[name].where(frame[name].notna(), np.nan)
    return frame


def _output_columns(model: Any, method: str) -> list[str] | None:
    """Return what the columns of an output are called; None where only the output says how many there are."""
    if method == "predict":
        return None
    if method == "transform":
        names = getattr(model, "get_feature_names_out", None)
        return [str(name) for name in names()] if names is not None else None
    classes = getattr(model, "classes_", None)
    if classes is None or isinstance(classes, list):
        return None
    word = {"predict_proba": "probability", "predict_log_proba": "log_probability"}.get(method, "decision")
    return [word] if word == "decision" and len(classes) == 2 else [f"{word}_{label}" for label in classes]


def _word(method: str) -> str:
    return {
        "predict": "prediction",
        "predict_proba": "probability",
        "predict_log_proba": "log_probability",
        "decision_function": "decision",
        "transform": "feature",
    }.get(method, method)


def output_arrays(output: Any, model: Any, method: str) -> dict[str, Any]:
    """Return an output as arrays of one dimension by name.

    Raises
    ------
    UnsupportedError
        When the output is no table.
    """
    word = _word(method)
    if isinstance(output, list):
        classes = model.classes_
        return {
            f"{word}_{place}_{label}": array[:, column]
            for place, array in enumerate(output)
            for column, label in enumerate(classes[place])
        }
    if hasattr(output, "toarray"):
        output = output.toarray()
    array = np.asarray(output)
    names = _output_columns(model, method)
    if array.ndim == 1:
        return {(names or [word])[0]: array}
    if array.ndim != 2:
        raise UnsupportedError(f"{method} of the model gives an array of {array.ndim} dimensions, which is no table")
    if names is None or len(names) != array.shape[1]:
        names = [f"{word}_{place}" for place in range(array.shape[1])]
    return {name: array[:, place] for place, name in enumerate(names)}


def output_schema(kept: Any, arrays: dict[str, Any]) -> Any:
    """Return the schema of a result: the columns that are kept, then the outputs."""
    pa = arrow()
    twice = [name for name in arrays if name in kept.names]
    if twice or len(set(arrays)) != len(arrays):
        raise UnsupportedError(f"two columns of the result would be called {', '.join(map(quoted, twice))}")
    fields = list(kept)
    for name, array in arrays.items():
        # Labels, which come as objects, are text or numbers; the first batch says which.
        fields.append(pa.field(name, pa.array(array).type))
    return pa.schema(fields)


def empty_outputs(model: Any, method: str) -> dict[str, Any]:
    """Return stand-ins with the names and types of an output, for a table without rows."""
    classes = getattr(model, "classes_", None)
    if method == "predict" and classes is not None and not isinstance(classes, list):
        return {_word(method): classes[:1]}
    return {name: np.zeros(1) for name in _output_columns(model, method) or [_word(method)]}
