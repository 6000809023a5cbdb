"""Canonical JSON: the same graph gives the same bytes, in any process.

Reading is strict by reconstruction: what does not come back byte for byte when it is written again
(duplicate keys, white space, NaN, other spellings of a number) is refused.
"""

from __future__ import annotations

import json
from typing import Any

from ..errors import FormatError, LimitError

__all__ = ["dumps", "loads"]

# Made once: json.loads would look for an encoding, and for a decoder, at each call.
_decode = json.JSONDecoder().raw_decode
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
        raise FormatError(
            f"{what} is not in canonical form (duplicate keys, white space, or another spelling of a number)",
            fix="the file is damaged or was edited by hand: get it again from its origin",
        )
    return value
