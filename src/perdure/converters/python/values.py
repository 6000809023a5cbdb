"""Values of the standard library: dates, exact numbers, members of an Enum, paths, regular expressions."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import functools
import operator
import re
import uuid
from typing import Any

from ...errors import InvalidError, UnsupportedError
from ..base import Converter

__all__ = ["DATETIME", "DECIMAL", "ENUM", "FRACTION", "PATH", "PATTERN", "TIMEDELTA", "TIMEZONE", "UUID_"]

# --- dates --------------------------------------------------------------------------------------


def _datetime_state(value: Any) -> dict[str, Any]:
    zone = getattr(value, "tzinfo", None)
    # ISO 8601 keeps all but the zone's name.
    state = {"iso": (value.replace(tzinfo=None) if zone is not None else value).isoformat()}
    if zone is not None:
        state["zone"] = zone
    if getattr(value, "fold", 0):
        state["fold"] = value.fold
    return state


def _datetime(cls: Any, state: dict[str, Any]) -> Any:
    made = cls.fromisoformat(state["iso"])
    changes = {name: state[key] for key, name in (("zone", "tzinfo"), ("fold", "fold")) if key in state}
    return made.replace(**changes) if changes else made


def _timezone_state(value: Any) -> dict[str, Any]:
    if type(value) is datetime.timezone:
        offset = value.utcoffset(None)
        name = value.tzname(None)
        return {"name": None if name == datetime.timezone(offset).tzname(None) else name, "offset": offset}
    if value.key is None:
        raise UnsupportedError("a time zone without a key cannot be saved", fix='use zoneinfo.ZoneInfo("Area/City")')
    return {"key": value.key}


def _timezone(cls: Any, state: dict[str, Any]) -> Any:
    if "key" in state:
        return cls(state["key"])
    name, offset = state["name"], state["offset"]
    return cls(offset) if name is None else cls(offset, name)


DATETIME = Converter("datetime", _datetime_state, _datetime)
TIMEZONE = Converter("timezone", _timezone_state, _timezone)
TIMEDELTA = Converter(
    "timedelta",
    lambda value: {"days": value.days, "microseconds": value.microseconds, "seconds": value.seconds},
    lambda cls, state: cls(state["days"], state["seconds"], state["microseconds"]),
)

# --- exact numbers --------------------------------------------------------------------------------


def _decimal(cls: Any, state: dict[str, Any]) -> Any:
    try:
        return decimal.Decimal(state["text"])
    except decimal.InvalidOperation:
        raise InvalidError("a decimal number is damaged") from None


def _fraction(cls: Any, state: dict[str, Any]) -> Any:
    if not state["denominator"] or type(state["numerator"]) is not int or type(state["denominator"]) is not int:
        raise InvalidError("a fraction is damaged")
    return fractions.Fraction(state["numerator"], state["denominator"])


DECIMAL = Converter("decimal", lambda value: {"text": str(value)}, _decimal)
FRACTION = Converter(
    "fraction", lambda value: {"denominator": value.denominator, "numerator": value.numerator}, _fraction
)
UUID_ = Converter("uuid", lambda value: {"int": value.int}, lambda cls, state: uuid.UUID(int=state["int"]))

# --- members of an Enum ---------------------------------------------------------------------------


def _enum_state(member: Any) -> dict[str, Any]:
    cls = type(member)
    if cls.__members__.get(member.name) is member:
        return {"name": member.name}
    parts = [] if not isinstance(member, enum.Flag) else [part.name for part in cls if part in member and part.value]
    if parts and functools.reduce(operator.or_, (cls[name] for name in parts)) == member:
        return {"name": tuple(parts)}
    raise UnsupportedError(
        f"{member!r} is not made of members of {cls.__name__}, so it cannot be saved",
        fix="use members of the Enum by their names",
    )


def _enum(cls: Any, state: dict[str, Any]) -> Any:
    names = state["name"]
    members = cls.__members__
    for name in [names] if isinstance(names, str) else names:
        if name not in members:
            raise InvalidError(f"{cls.__name__} has no member named {name!r:.60}")
    if isinstance(names, str):
        return members[names]
    return functools.reduce(operator.or_, (members[name] for name in names))


ENUM = Converter("enum", _enum_state, _enum)

# --- paths and regular expressions ----------------------------------------------------------------

PATH = Converter("path", lambda value: {"path": str(value)}, lambda cls, state: cls(_text(state["path"])))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidError("a text was expected")
    return value


def _pattern(cls: Any, state: dict[str, Any]) -> Any:
    if not isinstance(state["pattern"], (str, bytes)) or type(state["flags"]) is not int:
        raise InvalidError("a regular expression is a text and its flags")
    try:
        return re.compile(state["pattern"], state["flags"])
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidError(f"a regular expression is damaged ({error})") from None


PATTERN = Converter("pattern", lambda value: {"flags": int(value.flags), "pattern": value.pattern}, _pattern)
