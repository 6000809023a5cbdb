"""One line for a value that has no parts: everything in it that has to be equal, and its hash where it is long."""

from __future__ import annotations

import hashlib
import re
import struct
import sys
import types
from collections.abc import Iterable
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
import scipy.special

_SCALARS = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented), range, slice)


def line_of_constant(value: Any) -> str | None:
    """The line of a value without parts, ``None`` for one that has parts."""
    if isinstance(value, np.generic) and not isinstance(value, np.void):
        return f"numpy {type(value).__name__} {dtype_line(value.dtype)} {value.tobytes().hex()} = {short(value.item())}"
    if isinstance(value, Enum):
        return f"member {name_of(type(value))}.{value.name}"
    if type(value) in _SCALARS:
        return f"{type(value).__name__} {_bits(value)}"
    if value is pd.NA or value is pd.NaT:
        return f"pandas {value!r}"
    if isinstance(value, (pd.Timestamp, pd.Timedelta, pd.Period, pd.Interval)):
        return f"pandas {value!r} {getattr(value, 'unit', '')}"
    if isinstance(value, re.Pattern):
        return f"pattern {value.pattern!r} {value.flags}"
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    if isinstance(value, np.ufunc):
        homes = [home.__name__ for home in (np, scipy.special) if getattr(home, value.__name__, None) is value]
        return f"ufunc {homes} {value.__name__}"
    if isinstance(value, type):
        return f"class {name_of(value)}{_found(value)}"
    if callable(value) and hasattr(value, "__qualname__") and not isinstance(value, types.MethodType):
        owner = getattr(value, "__self__", None)  # a method of a compiled object is looked at as a method
        return (
            f"function {name_of(value)}{_found(value)}"
            if owner is None or isinstance(owner, types.ModuleType)
            else None
        )
    return None


def _bits(value: Any) -> str:
    """A built-in scalar in full; a float with its sign of zero and the payload of its NaN."""
    if isinstance(value, float):
        return f"{struct.pack('>d', value).hex()} = {value!r}"
    if isinstance(value, complex):
        return f"{struct.pack('>dd', value.real, value.imag).hex()} = {value!r}"
    if isinstance(value, slice):
        return " ".join(str(line_of_constant(part)) for part in (value.start, value.stop, value.step))
    if isinstance(value, int) and value.bit_length() > 4000:  # longer ones have no decimal form by default
        return hex(value)
    return short(value)


def name_of(value: Any) -> str:
    home = getattr(value, "__module__", None) or value.__objclass__.__module__  # str.lower has no module of its own
    return f"{home}:{value.__qualname__}"


def _found(value: Any) -> str:
    """Nothing for what its name leads to; the hash of its code for what cannot be imported by its name."""
    found: Any = sys.modules.get(name_of(value).partition(":")[0])
    for part in value.__qualname__.split("."):
        found = getattr(found, part, None)
    if found is value:
        return ""
    code = getattr(value, "__code__", None)
    return f" not importable {sha(code.co_code + repr(code.co_consts).encode()) if code else ''}"


def dtype_line(value: Any) -> str:
    if not isinstance(value, np.dtype):
        return repr(value)
    if value.names is None:
        return value.str if value.subdtype is None else repr(value)
    fields = [(name, dtype_line(value.fields[name][0]), value.fields[name][1]) for name in value.names]
    return f"{name_of(value.type)} {fields} {value.itemsize} {value.isalignedstruct}"


def numbers_of_few(value: np.ndarray[Any, Any]) -> str:
    """The numbers of a small array, for the reader of a failed test."""
    return f" = {value.tolist()}" if value.size <= 4 and value.dtype.kind in "biuf" else ""


def short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:60]}… {sha(text)}"


def sha(data: str | bytes | Iterable[int]) -> str:
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else bytes(data)
    return hashlib.sha256(raw).hexdigest()[:24]
