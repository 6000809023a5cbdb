"""What Python's own types reduce to."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from ....graph.nodes import Dict, FrozenSet, Node, Object, Range, Set, Slice
from ....graph.structure import Path
from ..names import type_name
from ..translate import Translator
from ..values import Call, Members, Name, Pairs
from .base import Book, as_dict, logical, misfit, only_state, plain_int

__all__ = ["PYTHON"]

_BOOK = Book()
PYTHON = _BOOK.forms

# --- values -----------------------------------------------------------------------------------------


@_BOOK.form("builtins:complex", value=True)
def _complex(t: Translator, call: Call, path: Path) -> Node:
    if len(call.args) != 2 or not all(type(part) in (int, float) for part in call.args):
        raise misfit("a complex number", call, path)
    return complex(*call.args)


@_BOOK.form("builtins:range", "builtins:xrange", value=True)
def _range(t: Translator, call: Call, path: Path) -> Node:
    if len(call.args) != 3 or not all(type(part) is int for part in call.args) or not call.args[2]:
        raise misfit("a range", call, path)
    return Range(*call.args)


@_BOOK.form("builtins:slice", value=True)
def _slice(t: Translator, call: Call, path: Path) -> Node:
    if len(call.args) != 3:
        raise misfit("a slice", call, path)
    return Slice(*(t.value(part, path) for part in call.args))


@_BOOK.form("builtins:set")
def _set(t: Translator, call: Call, path: Path) -> Node:
    items = call.args[0] if call.args else []
    if type(items) is Members:
        items = items.items
    if type(items) is not list or call.states:
        raise misfit("a set", call, path)
    return Set(t.hashed_all([*items, *call.items], path))


@_BOOK.form("builtins:frozenset", value=True)
def _frozenset(t: Translator, call: Call, path: Path) -> Node:
    items = call.args[0] if call.args else []
    if type(items) is not list or call.states:
        raise misfit("a frozenset", call, path)
    return FrozenSet(t.hashed_all(items, path))


@_BOOK.form("_codecs:encode", "builtins:bytes", value=True)
def _bytes(t: Translator, call: Call, path: Path) -> Node:
    return bytes(t.bytes(call))


@_BOOK.form("builtins:bytearray")
def _bytearray(t: Translator, call: Call, path: Path) -> Node:
    # Protocol 2 writes the text and that it is latin-1.
    if len(call.args) == 2 and type(call.args[0]) is str:
        data = call.args[0].encode("latin-1", "replace")
    else:
        data = bytes(t.bytes(call.args[0])) if call.args else b""
    return logical(t, "builtins:bytearray/1", {"data": data}, path)


@_BOOK.form("builtins:getattr")
def _getattr(t: Translator, call: Call, path: Path) -> Node:
    if len(call.args) != 2:
        return t.refused(call, path)
    owner, name = call.args[0], t.text(call.args[1], "the name of an attribute")
    if type(owner) is Name:
        # A member of an Enum by its name, or what is nested in a class.
        known = type_name(owner.module, owner.name)
        t.types.add(known)
        return Object(known, {"name": name})
    return logical(t, "types:MethodType/1", {"name": name, "self": owner}, path)


@_BOOK.form("re:_compile", value=True)
def _pattern(t: Translator, call: Call, path: Path) -> Node:
    if len(call.args) != 2:
        raise misfit("a regular expression", call, path)
    return logical(t, "re:Pattern/1", {"flags": call.args[1], "pattern": call.args[0]}, path)


@_BOOK.form("re:RegexFlag", value=True)
def _regex_flag(t: Translator, call: Call, path: Path) -> Node:
    # Up to Python 3.10 by value.
    value = call.args[0] if call.args else None
    if type(value) is not int or not 0 <= value < 512:
        raise misfit("a flag of regular expressions", call, path)
    names = [flag.name for flag in re.RegexFlag if flag.value and value & flag.value and flag.name]
    if not names:
        raise misfit("a flag of regular expressions", call, path)
    return logical(t, "re:RegexFlag", {"name": names[0] if len(names) == 1 else tuple(names)}, path)


# --- collections --------------------------------------------------------------------------------------


def _items(t: Translator, call: Call, path: Path, given: int) -> Dict:
    """Return what a dict of another class holds: what it was made with, then what was set."""
    pairs: list[Any] = []
    if len(call.args) > given:
        first = call.args[given]
        if type(first) is Pairs:
            pairs += first.pairs
        elif type(first) is list and all(type(pair) in (list, tuple) and len(pair) == 2 for pair in first):
            # OrderedDict of Python 2 is made of a list of pairs.
            pairs += [part for pair in first for part in pair]
        else:
            raise misfit("a dict", call, path)
    return t.dict_of([*pairs, *call.pairs], path)


@_BOOK.form("collections:OrderedDict", "collections:Counter")
def _ordered(t: Translator, call: Call, path: Path) -> Node:
    if call.items or any(state is not None and not (type(state) is Pairs and not state.pairs) for state in call.states):
        raise misfit("a dict", call, path)
    return logical(t, f"collections:{call.func.name}/1", {}, path, nodes={"items": _items(t, call, path, 0)})


@_BOOK.form("collections:defaultdict")
def _defaultdict(t: Translator, call: Call, path: Path) -> Node:
    factory = call.args[0] if call.args else None
    return logical(
        t, "collections:defaultdict/1", {"factory": factory}, path, nodes={"items": _items(t, call, path, 1)}
    )


@_BOOK.form("collections:deque")
def _deque(t: Translator, call: Call, path: Path) -> Node:
    first = call.args[0] if call.args else ()
    if type(first) not in (tuple, list) or len(call.args) > 2:
        raise misfit("a deque", call, path)
    items = [*first, *call.items]
    t.kept.append(items)
    return logical(
        t,
        "collections:deque/1",
        {"items": items, "maxlen": call.args[1] if len(call.args) > 1 else None},
        path,
    )


@_BOOK.form("types:MappingProxyType", "builtins:mappingproxy")
def _proxy(t: Translator, call: Call, path: Path) -> Node:
    return logical(t, "types:MappingProxyType/1", {"items": call.args[0] if call.args else None}, path)


@_BOOK.form("array:_array_reconstructor")
def _array(t: Translator, call: Call, path: Path) -> Node:
    import numpy as np

    if len(call.args) != 4 or type(call.args[2]) is not int:
        raise misfit("an array.array", call, path)
    code, data = t.text(call.args[1], "a type code"), t.bytes(call.args[3])
    kinds = {0: "u1", 1: "i1", 2: "<u2", 3: ">u2", 4: "<i2", 5: ">i2", 6: "<u4", 7: ">u4", 8: "<i4", 9: ">i4",
             10: "<u8", 11: ">u8", 12: "<i8", 13: ">i8", 14: "<f4", 15: ">f4", 16: "<f8", 17: ">f8"}  # fmt: skip
    if call.args[2] not in kinds or code not in tuple("bBhHiIlLqQfd"):
        raise misfit("an array.array", call, path)
    dtype = np.dtype(kinds[call.args[2]])
    if len(data) % dtype.itemsize:
        raise misfit("an array.array", call, path)
    values = np.frombuffer(data, dtype).astype(np.dtype(code))
    return logical(t, "array:array/1", {"items": values, "typecode": code}, path)


# --- functions ------------------------------------------------------------------------------------------


@_BOOK.form("functools:partial")
def _partial(t: Translator, call: Call, path: Path) -> Node:
    state = only_state(call, "a partial function", path)
    if type(state) is not tuple or len(state) != 4:
        raise misfit("a partial function", call, path)
    func, args, keywords, attributes = state
    parts = {"args": args, "func": func, "keywords": keywords if keywords is not None else Pairs([])}
    if type(attributes) is Pairs and attributes.pairs:
        parts["attributes"] = attributes
    return logical(t, "functools:partial/1", parts, path)


@_BOOK.form("operator:itemgetter", "_operator:itemgetter")
def _itemgetter(t: Translator, call: Call, path: Path) -> Node:
    return logical(t, "operator:itemgetter/1", {"items": call.args}, path)


@_BOOK.form("operator:attrgetter", "_operator:attrgetter")
def _attrgetter(t: Translator, call: Call, path: Path) -> Node:
    return logical(t, "operator:attrgetter/1", {"names": call.args}, path)


@_BOOK.form("operator:methodcaller", "_operator:methodcaller")
def _methodcaller(t: Translator, call: Call, path: Path) -> Node:
    if not call.args:
        raise misfit("a methodcaller", call, path)
    return logical(
        t, "operator:methodcaller/1", {"args": call.args[1:], "keywords": Pairs([]), "name": call.args[0]}, path
    )


# --- dates and exact numbers ------------------------------------------------------------------------------


def _packed(t: Translator, call: Call, size: int, path: Path) -> bytes:
    data = bytes(t.bytes(call.args[0])) if call.args else b""
    if len(data) != size:
        raise misfit("a date", call, path)
    return data


@_BOOK.form("datetime:date", value=True)
def _date(t: Translator, call: Call, path: Path) -> Node:
    data = _packed(t, call, 4, path)
    return _moment(t, call, "date", lambda: date(data[0] << 8 | data[1], data[2], data[3]), 0, path)


@_BOOK.form("datetime:datetime", value=True)
def _datetime(t: Translator, call: Call, path: Path) -> Node:
    data = _packed(t, call, 10, path)
    micro = data[7] << 16 | data[8] << 8 | data[9]
    year, month = data[0] << 8 | data[1], data[2] & 0x7F
    return _moment(
        t,
        call,
        "datetime",
        lambda: datetime(year, month, data[3], data[4], data[5], data[6], micro),
        data[2] >> 7,
        path,
    )


@_BOOK.form("datetime:time", value=True)
def _time(t: Translator, call: Call, path: Path) -> Node:
    data = _packed(t, call, 6, path)
    micro = data[3] << 16 | data[4] << 8 | data[5]
    return _moment(t, call, "time", lambda: time(data[0] & 0x7F, data[1], data[2], micro), data[0] >> 7, path)


def _moment(t: Translator, call: Call, name: str, make: Any, fold: int, path: Path) -> Node:
    try:
        state: dict[str, Any] = {"iso": make().isoformat()}
    except ValueError:
        raise misfit("a date", call, path) from None
    if len(call.args) > 1 and call.args[1] is not None:
        state["zone"] = call.args[1]
    if fold:
        state["fold"] = 1
    return logical(t, f"datetime:{name}/1", state, path)


@_BOOK.form("datetime:timedelta", value=True)
def _timedelta(t: Translator, call: Call, path: Path) -> Node:
    if len(call.args) != 3:
        raise misfit("a duration", call, path)
    days, seconds, micro = (plain_int(part, "a duration", call, path) for part in call.args)
    return logical(t, "datetime:timedelta/1", {"days": days, "microseconds": micro, "seconds": seconds}, path)


@_BOOK.form("datetime:timezone", value=True)
def _timezone(t: Translator, call: Call, path: Path) -> Node:
    if len(call.args) not in (1, 2):
        raise misfit("a time zone", call, path)
    name = call.args[1] if len(call.args) == 2 else None
    return logical(t, "datetime:timezone/1", {"name": name, "offset": call.args[0]}, path)


@_BOOK.form("zoneinfo:ZoneInfo._unpickle", value=True)
def _zone(t: Translator, call: Call, path: Path) -> Node:
    if not call.args:
        raise misfit("a time zone", call, path)
    return logical(t, "zoneinfo:ZoneInfo/1", {"key": call.args[0]}, path)


@_BOOK.form("decimal:Decimal", value=True)
def _decimal(t: Translator, call: Call, path: Path) -> Node:
    return logical(t, "decimal:Decimal/1", {"text": t.text(call.args[0] if call.args else None, "a number")}, path)


@_BOOK.form("fractions:Fraction", value=True)
def _fraction(t: Translator, call: Call, path: Path) -> Node:
    args = call.args
    if len(args) == 1 and type(args[0]) is str:
        parts = args[0].partition("/")
        try:
            args = (int(parts[0]), int(parts[2] or "1"))
        except ValueError:
            raise misfit("a fraction", call, path) from None
    if len(args) != 2:
        raise misfit("a fraction", call, path)
    above, below = (plain_int(part, "a fraction", call, path) for part in args)
    return logical(t, "fractions:Fraction/1", {"denominator": below, "numerator": above}, path)


@_BOOK.form("uuid:UUID", value=True)
def _uuid(t: Translator, call: Call, path: Path) -> Node:
    state = as_dict(only_state(call, "a UUID", path), "a UUID", call, path)
    return logical(t, "uuid:UUID/1", {"int": state.get("int")}, path)


def _path(name: str) -> Any:
    def form(t: Translator, call: Call, path: Path) -> Node:
        parts = [t.text(part, "a path") for part in call.args]
        windows = call.func.name.endswith("WindowsPath")
        text = ("\\" if windows else "/").join(parts) if parts else "."
        # The root is a part of its own.
        text = text.replace("//", "/", 1) if text.startswith("//") and not windows else text
        return logical(t, name, {"path": text.replace("\\\\", "\\", 1) if windows else text}, path)

    return form


for _module in ("pathlib", "pathlib._local"):
    _BOOK.form(f"{_module}:PosixPath", f"{_module}:WindowsPath", value=True)(_path("pathlib:Path/1"))
    _BOOK.form(f"{_module}:PurePosixPath", value=True)(_path("pathlib:PurePosixPath/1"))
    _BOOK.form(f"{_module}:PureWindowsPath", value=True)(_path("pathlib:PureWindowsPath/1"))
