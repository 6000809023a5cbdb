"""Canonical JSON: the same graph gives the same bytes, in any process.

Reading is strict by reconstruction: what does not come back byte for byte when it is written again
(duplicate keys, white space, NaN, other spellings of a number) is refused. `loads_counted` comes to the same
without writing, for most of what there is.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ..errors import FormatError, LimitError

__all__ = ["differs", "dumps", "loads", "loads_counted"]

# Made once: json.loads would look for an encoding, and for a decoder, at each call.
_decode = json.JSONDecoder().raw_decode
# Escapes, what the writer would have escaped, white space of other sorts, and zeros with a sign.
_DOUBTFUL = (b"\\", b"\x7f", b"\n", b"\t", b"\r", b":-0", b",-0", b"[-0")
# A space that is not inside a text has one of these beside it, or other spaces that have.
_SPACES = (b", ", b": ", b"[ ", b"{ ", b" ,", b" :", b" ]", b" }")


def _shortest(text: str) -> float:
    value = float(text)
    if repr(value) != text:
        raise ValueError(f"{text:.40} is not the form of that number")
    return value


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} stands in it")


_decode_strictly = json.JSONDecoder(parse_float=_shortest, parse_constant=_constant).raw_decode
_encoder = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"), check_circular=False)


def dumps(value: Any, *, sort_keys: bool = False) -> bytes:
    """Return plain JSON data in its one canonical form: compact, ASCII, shortest floats."""
    if sort_keys:
        value = _sorted(value)
    return _encoder.encode(value).encode("ascii")


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_sorted(item) for item in value]
    return value


def loads_counted(data: bytes, what: str) -> tuple[Any, int | None]:
    """Return the data of what is canonical JSON if it has so many keys, or None for the number where it surely is.

    Without white space and escapes, a text is what would be written again if its numbers are and if no object has a
    key twice: then as many keys stand in the text as in the data, for whoever walks them anyway to see.

    Parameters
    ----------
    data : bytes
    what : str
        The name of the member, for the message.

    Raises
    ------
    FormatError, LimitError
        As `loads`.
    """
    for doubtful in _DOUBTFUL + _SPACES if b" " in data else _DOUBTFUL:
        if doubtful in data:
            return loads(data, what), None
    try:
        text = str(data, "ascii")
        value, end = _decode_strictly(text)
    except (ValueError, RecursionError):
        # The other way says what is wrong.
        return loads(data, what), None
    if end != len(text):
        return loads(data, what), None
    return value, data.count(b'":')


def differs(what: str) -> FormatError:
    """Return the error for JSON that is another spelling of what it says."""
    return FormatError(
        f"{what} is not in canonical form (duplicate keys, white space, or another spelling of a number)",
        fix="the file is damaged or was edited by hand: get it again from its origin",
    )


def loads(data: bytes, what: str) -> Any:
    """Return the data of canonical JSON.

    Parameters
    ----------
    data : bytes
    what : str
        The name of the member, for the message.

    Raises
    ------
    FormatError
        When the bytes are not canonical JSON.
    LimitError
        When it nests deeper than the interpreter reads.
    """
    try:
        text = str(data, "ascii")
        value, end = _decode(text)
        # White space and whatever stands behind the value are not written again.
        same = end == len(text) and _encoder.encode(value) == text
    except RecursionError:
        raise LimitError(f"{what} nests too deep") from None
    except ValueError as error:
        raise FormatError(
            f"{what} is not JSON: {error}", fix="the file is damaged: get it again from its origin"
        ) from None
    if not same:
        raise differs(what)
    return value
