"""Scalars as JSON that any reader gets right: big integers, special floats, bytes, complex."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Callable
from typing import Any

from ..errors import FormatError
from .nodes import Atom

__all__ = ["ATOM_TAGS", "base64", "read_atom", "unbase64", "write_atom"]

_SAFE = 2**53
_QUIET_NAN = 0x7FF8000000000000


def base64(data: bytes) -> str:
    """Return the bytes as base64 text."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def unbase64(text: Any) -> bytes:
    """Return the bytes of canonical base64 text."""
    if not isinstance(text, str):
        raise FormatError("base64 text expected")
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise FormatError("a base64 text is damaged") from None
    # Only the last letter before the padding has bits to spare: they have to be zero.
    if text[-1:] == "=" and base64(data[len(data) // 3 * 3 :]) != text[-4:]:
        raise FormatError("a base64 text is not canonical")
    return data


def _write_float(value: float) -> Any:
    if value - value == 0.0:
        # -0.0 is legal JSON, but many readers lose its sign.
        return value if value or str(value)[0] != "-" else ["float", "-0.0"]
    if value != value:
        bits = struct.unpack("<Q", struct.pack("<d", value))[0]
        return ["float", "nan" if bits == _QUIET_NAN else f"nan:{bits:016x}"]
    return ["float", "inf" if value > 0 else "-inf"]


def write_atom(value: Any) -> Any:
    """Return a plain scalar as JSON data."""
    kind = type(value)
    if kind is float:
        return _write_float(value)
    if kind is int:
        return value if -_SAFE <= value <= _SAFE else ["int", hex(value)]
    if kind is str:
        return (
            value
            if value.isascii() or not _has_surrogates(value)
            else ["str", base64(value.encode("utf-8", "surrogatepass"))]
        )
    if kind is bytes:
        return ["bytes", base64(value)]
    if kind is complex:
        return ["complex", _write_float(value.real), _write_float(value.imag)]
    if value is ...:
        return ["ellipsis"]
    return value


def _has_surrogates(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


_FLOATS = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf"), "-0.0": -0.0}


def _read_float(raw: list[Any]) -> float:
    (text,) = raw
    if text in _FLOATS:
        return _FLOATS[text]
    if isinstance(text, str) and text.startswith("nan:") and len(text) == 20:
        bits = int(text[4:], 16)
        value: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
        if value != value and bits != _QUIET_NAN and text == f"nan:{bits:016x}":
            return value
    raise FormatError(f"no such special float: {text!r}")


def _read_int(raw: list[Any]) -> int:
    (text,) = raw
    value = int(text, 16)
    if hex(value) != text or -_SAFE <= value <= _SAFE:
        raise FormatError("an integer is not canonical")
    return value


def _read_str(raw: list[Any]) -> str:
    (text,) = raw
    value = unbase64(text).decode("utf-8", "surrogatepass")
    if not _has_surrogates(value):
        raise FormatError("a string is not canonical")
    return value


def _read_bytes(raw: list[Any]) -> bytes:
    (text,) = raw
    return unbase64(text)


def _read_complex(raw: list[Any]) -> complex:
    real, imag = (_part(item) for item in raw)
    return complex(real, imag)


def _part(raw: Any) -> float:
    if type(raw) is float:
        return raw
    if isinstance(raw, list) and raw and raw[0] == "float":
        return _read_float(raw[1:])
    raise FormatError("a complex number has two floats")


def _read_ellipsis(raw: list[Any]) -> Atom:
    if raw:
        raise FormatError("an ellipsis has no parts")
    return ...


ATOM_TAGS: dict[str, Callable[[list[Any]], Atom]] = {
    "float": _read_float,
    "int": _read_int,
    "str": _read_str,
    "bytes": _read_bytes,
    "complex": _read_complex,
    "ellipsis": _read_ellipsis,
}


def read_atom(raw: Any) -> Atom:
    """Return the scalar that a piece of JSON data stands for."""
    if isinstance(raw, list) and raw and isinstance(raw[0], str) and raw[0] in ATOM_TAGS:
        try:
            return ATOM_TAGS[raw[0]](raw[1:])
        except (ValueError, TypeError, struct.error):
            raise FormatError(f"a scalar of kind {raw[0]} is damaged") from None
    if isinstance(raw, (list, dict)):
        raise FormatError("a plain scalar was expected")
    return raw  # type: ignore[no-any-return]
