"""Texts of pandas that pyarrow kept: Arrow's layout of strings, read without pyarrow.

Source: https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-layout. pandas 3 keeps text so wherever
pyarrow is installed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....graph.structure import Path
from ..translate import Translator
from ..values import Call, Name
from .base import attributes, misfit, plain_int

__all__ = ["arrow_texts"]

_WHAT = "a column of text that pyarrow kept"
_OFFSETS = {"string": "<i4", "large_string": "<i8", "utf8": "<i4", "large_utf8": "<i8"}


def arrow_texts(t: Translator, call: Call, path: Path) -> tuple[list[str | None], Any]:
    """Return the texts of an array of pandas around one of pyarrow, None where one is missing, and its dtype."""
    given = attributes(t, call, _WHAT, path)
    # Its attributes have been called _data and _pa_array.
    array = given.get("_pa_array", given.get("_data"))
    if type(array) is not Call:
        raise misfit(_WHAT, call, path)
    if _is(array, "chunked_array"):
        chunks: Any = array.args[0] if array.args else None
        if type(chunks) not in (list, tuple) or not all(type(chunk) is Call for chunk in chunks):
            raise misfit(_WHAT, array, path)
    else:
        chunks = [array]
    texts: list[str | None] = []
    for chunk in chunks:
        texts.extend(_texts(t, chunk, path))
    return texts, given.get("_dtype")


def _is(call: Any, name: str) -> bool:
    """Say whether this is a call of a function of pyarrow."""
    return type(call) is Call and type(call.func) is Name and str(call.func) == f"pyarrow.lib:{name}"


def _texts(t: Translator, chunk: Call, path: Path) -> list[str | None]:
    parts = chunk.args[0] if _is(chunk, "_restore_array") and len(chunk.args) == 1 else None
    if type(parts) is not tuple or len(parts) != 7 or type(parts[4]) is not list or len(parts[4]) != 3:
        raise misfit(_WHAT, chunk, path)
    kind, length, start = parts[0], *(plain_int(parts[i], _WHAT, chunk, path) for i in (1, 3))
    alias = kind.args[0] if _is(kind, "type_for_alias") and len(kind.args) == 1 else None
    valid, offsets, data = (_bytes(t, buffer, chunk, path) for buffer in parts[4])
    if alias not in _OFFSETS or length < 0 or start < 0:
        raise misfit(_WHAT, chunk, path)
    if not length:
        return []
    form = np.dtype(_OFFSETS[alias])
    end = start + length
    if offsets is None or len(offsets) < (end + 1) * form.itemsize or (valid is not None and len(valid) * 8 < end):
        raise misfit(_WHAT, chunk, path)
    bounds = np.frombuffer(offsets, form, end + 1)[start:]
    text = b"" if data is None else data
    if bounds[0] < 0 or (np.diff(bounds) < 0).any() or bounds[-1] > len(text):
        raise misfit(_WHAT, chunk, path)
    places = bounds.tolist()
    there = [True] * length
    if valid is not None:
        there = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")[start:end].astype(bool).tolist()
    try:
        return [str(text[places[i] : places[i + 1]], "utf-8") if present else None for i, present in enumerate(there)]
    except UnicodeDecodeError:
        raise misfit(_WHAT, chunk, path) from None


def _bytes(t: Translator, buffer: Any, chunk: Call, path: Path) -> Any:
    """Return the bytes of a buffer; None where there is none."""
    if buffer is None:
        return None
    if not _is(buffer, "py_buffer") or len(buffer.args) != 1:
        raise misfit(_WHAT, chunk, path)
    return t.bytes(buffer.args[0])
