"""Frequencies and time zones by the names that pandas finds them by again."""

from __future__ import annotations

from typing import Any

from ....errors import FormatError, UnsupportedError
from ....graph.structure import Path
from ..parts import attribute_name
from ..translate import Translator
from ..values import Call, Name
from .base import attributes, misfit

__all__ = ["frequency", "is_offset", "period_frequency", "zone_of"]

# Offsets by class: the name of the frequency, and that of periods of this length.
_NAMES = {
    "Day": ("D", "D"),
    "Hour": ("h", "h"),
    "Minute": ("min", "min"),
    "Second": ("s", "s"),
    "Milli": ("ms", "ms"),
    "Micro": ("us", "us"),
    "Nano": ("ns", "ns"),
    "BusinessDay": ("B", "B"),
    "BDay": ("B", "B"),
    "MonthEnd": ("ME", "M"),
    "MonthBegin": ("MS", "M"),
    "BusinessMonthEnd": ("BME", ""),
    "BMonthEnd": ("BME", ""),
    "BusinessMonthBegin": ("BMS", ""),
    "BMonthBegin": ("BMS", ""),
}
_ANCHORED = {
    "QuarterEnd": ("QE", "Q"),
    "QuarterBegin": ("QS", "Q"),
    "BQuarterEnd": ("BQE", ""),
    "BQuarterBegin": ("BQS", ""),
    "YearEnd": ("YE", "Y"),
    "YearBegin": ("YS", "Y"),
    "BYearEnd": ("BYE", ""),
    "BYearBegin": ("BYS", ""),
}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def is_offset(name: str) -> bool:
    """Say whether this is a class of offsets whose frequency has a name."""
    return name in _NAMES or name in _ANCHORED or name == "Week"


def _parts(t: Translator, call: Call, path: Path) -> tuple[str, int]:
    """Return the name of an offset and of its periods, joined by a bar, and how many of them."""
    what = "an offset"
    kind = call.func.name
    given = attributes(t, call, what, path) if call.states else {}
    count = given.get("n", call.args[0] if call.args else 1)
    if type(count) is not int or given.get("normalize") or True in call.args[1:2] or given.get("offset"):
        raise UnsupportedError(f"an offset of the class {kind} has no name for what it does", path=str(path))
    if kind in _NAMES:
        return "|".join(_NAMES[kind]), count
    number = next((given[key] for key in ("month", "startingMonth", "weekday") if key in given), None)
    if number is None:
        number = call.args[2] if len(call.args) > 2 else None
    if kind == "Week":
        if number is None:
            return "W|W", count
        if type(number) is not int or not 0 <= number < 7:
            raise misfit(what, call, path)
        return f"W-{_DAYS[number]}|W-{_DAYS[number]}", count
    if type(number) is not int or not 1 <= number <= 12:
        raise misfit(what, call, path)
    name, period = _ANCHORED[kind]
    return f"{name}-{_MONTHS[number - 1]}|{period}-{_MONTHS[number - 1]}", count


def frequency(t: Translator, call: Call, path: Path) -> str:
    """Return the name of an offset."""
    names, count = _parts(t, call, path)
    name = names.partition("|")[0]
    return name if count == 1 else f"{count}{name}"


def period_frequency(t: Translator, call: Call, path: Path) -> str:
    """Return the name of the periods that are as long as an offset."""
    if type(call.func) is not Name or not is_offset(call.func.name):
        raise misfit("a period", call, path)
    names, count = _parts(t, call, path)
    name = names.partition("|")[2]
    if not name or name.startswith("-"):
        raise misfit("a period", call, path)
    return name if count == 1 else f"{count}{name}"


def zone_of(t: Translator, zone: Any, path: Path) -> str:
    """Return the name of a time zone."""
    if type(zone) is str:
        return zone
    if type(zone) is Call and type(zone.func) is Call:
        zone.func = attribute_name(zone.func) or zone.func
    if type(zone) is Call and type(zone.func) is Name:
        module, name = zone.func.module.partition(".")[0], zone.func.name
        if (module, name) in (("pytz", "_UTC"), ("dateutil", "tzutc")):
            return "UTC"
        if (module, name) in (("pytz", "_p"), ("zoneinfo", "ZoneInfo._unpickle")) and zone.args:
            return t.text(zone.args[0], "a time zone")
        if (module, name) == ("pytz", "_FixedOffset") and zone.args and type(zone.args[0]) is int:
            return _fixed(zone.args[0])
        if (module, name) == ("datetime", "timezone") and zone.args and type(zone.args[0]) is Call:
            parts = zone.args[0].args
            if len(parts) == 3 and all(type(part) is int for part in parts):
                minutes, seconds = divmod(parts[0] * 86_400 + parts[1], 60)
                if not seconds and not parts[2]:
                    return _fixed(minutes)
    raise FormatError("a time zone in the pickle is none that has a name", path=str(path))


def _fixed(minutes: int) -> str:
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"
