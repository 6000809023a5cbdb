"""What each opcode of protocols 0 to 5 does to the stack of the symbolic machine."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from struct import Struct
from typing import Any

from .machine import Machine, damaged
from .values import Buffer, Call, Extension, Members, Name, Pairs, Persistent

__all__ = ["OPCODES", "STOP", "is_opcode"]

STOP = ord(".")
_NEWEST = 5
_INT, _UNSIGNED, _LONG, _FLOAT = Struct("<i"), Struct("<I"), Struct("<Q"), Struct(">d")

# --- numbers ------------------------------------------------------------------------------------


def _number(machine: Machine, kind: Callable[[str], Any]) -> Any:
    at = machine.at
    text = machine.line()
    try:
        return kind(text.decode("ascii"))
    except ValueError:
        # Python itself reads no number of more than some thousand digits from text.
        raise damaged(at, f"{text[:40]!r} is no number") from None


def _int(machine: Machine) -> None:
    at = machine.at
    value = _number(machine, str)
    if value in ("00", "01"):
        machine.stack.append(value == "01")
    else:
        machine.at = at
        machine.stack.append(_number(machine, int))


def _long(machine: Machine) -> None:
    machine.stack.append(_number(machine, lambda text: int(text.removesuffix("L"))))


def _float(machine: Machine) -> None:
    machine.stack.append(_number(machine, float))


def _binint(machine: Machine) -> None:
    machine.stack.append(_INT.unpack(machine.take(4))[0])


def _binint1(machine: Machine) -> None:
    machine.stack.append(machine.take(1)[0])


def _binint2(machine: Machine) -> None:
    machine.stack.append(int.from_bytes(machine.take(2), "little"))


def _binfloat(machine: Machine) -> None:
    machine.stack.append(_FLOAT.unpack(machine.take(8))[0])


def _long1(machine: Machine) -> None:
    machine.stack.append(int.from_bytes(machine.take(machine.take(1)[0]), "little", signed=True))


def _long4(machine: Machine) -> None:
    size = _INT.unpack(machine.take(4))[0]
    machine.limits.check("string_bytes", size, "bytes of one integer")
    machine.stack.append(int.from_bytes(machine.take(size), "little", signed=True))


# --- text and bytes -------------------------------------------------------------------------------


def _size4(machine: Machine) -> int:
    return int(_UNSIGNED.unpack(machine.take(4))[0])


def _size8(machine: Machine) -> int:
    return int(_LONG.unpack(machine.take(8))[0])


def _text(machine: Machine, size: int) -> None:
    machine.limits.check("string_bytes", size, "bytes of one string")
    machine.stack.append(str(machine.take(size), "utf-8", "surrogatepass"))


def _unicode(machine: Machine) -> None:
    machine.stack.append(machine.line().decode("raw-unicode-escape", "surrogatepass"))


def _string(machine: Machine) -> None:
    at = machine.at
    line = machine.line().strip()
    if len(line) < 2 or line[:1] not in (b"'", b'"') or line[:1] != line[-1:]:
        raise damaged(at, "a string is not in quotes")
    try:
        value, _ = codecs.escape_decode(line[1:-1])
    except ValueError:
        raise damaged(at, "a string has an escape that there is not") from None
    machine.text2(value)


def _binstring(machine: Machine) -> None:
    size = _INT.unpack(machine.take(4))[0]
    machine.text2(machine.take(size))


def _short_binstring(machine: Machine) -> None:
    machine.text2(machine.take(machine.take(1)[0]))


def _bytes(machine: Machine, size: int) -> None:
    # The arrays of models are such bytes, so they are no copy: a view of the file.
    machine.stack.append(machine.take(size))


def _bytearray(machine: Machine) -> None:
    at = machine.at - 1
    machine.call(Name("builtins", "bytearray", at), (machine.take(_size8(machine)),), at)


# --- containers -----------------------------------------------------------------------------------


def _tuple(machine: Machine, count: int) -> None:
    stack = machine.stack
    if len(stack) < count:
        raise IndexError
    items = tuple(stack[-count:])
    stack[-count:] = [items]


def _marked_tuple(machine: Machine) -> None:
    items = machine.pop_mark()
    machine.make(tuple(items))


def _marked_list(machine: Machine) -> None:
    items = machine.pop_mark()
    machine.make(items)


def _even(machine: Machine, items: list[Any]) -> list[Any]:
    if len(items) % 2:
        raise damaged(machine.at - 1, "a key of a dict has no value")
    return items


def _marked_dict(machine: Machine) -> None:
    items = _even(machine, machine.pop_mark())
    machine.make(Pairs(items))


def _frozenset(machine: Machine) -> None:
    items = machine.pop_mark()
    machine.make(Members(items, frozen=True))


def _add(machine: Machine, items: list[Any]) -> None:
    target = machine.stack[-1]
    kind = type(target)
    if kind is list:
        target.extend(items)
    elif kind is Call:
        target.items.extend(items)
    else:
        raise damaged(machine.at - 1, "items are appended to what is no list")


def _append(machine: Machine) -> None:
    _add(machine, [machine.stack.pop()])


def _appends(machine: Machine) -> None:
    _add(machine, machine.pop_mark())


def _set(machine: Machine, items: list[Any]) -> None:
    target = machine.stack[-1]
    if type(target) is Pairs or type(target) is Call:
        target.pairs.extend(items)
    else:
        raise damaged(machine.at - 1, "keys are set in what is no dict")


def _setitem(machine: Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    _set(machine, [key, value])


def _setitems(machine: Machine) -> None:
    _set(machine, _even(machine, machine.pop_mark()))


def _additems(machine: Machine) -> None:
    items = machine.pop_mark()
    target = machine.stack[-1]
    if type(target) is Call or (type(target) is Members and not target.frozen):
        target.items.extend(items)
    else:
        raise damaged(machine.at - 1, "items are added to what is no set")


# --- the stack and the memo -----------------------------------------------------------------------


def _mark(machine: Machine) -> None:
    machine.marks.append(machine.stack)
    machine.stack = []


def _pop(machine: Machine) -> None:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.pop_mark()


def _pop_mark(machine: Machine) -> None:
    machine.pop_mark()


def _index(machine: Machine) -> int:
    return int(_number(machine, int))


def _memoize(machine: Machine) -> None:
    machine.remember(len(machine.memo))


# --- names, calls, states -------------------------------------------------------------------------


def _utf8(line: bytes, at: int) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise damaged(at, "the name of a class or function is no text") from None


def _global(machine: Machine) -> None:
    at = machine.at - 1
    module, name = _utf8(machine.line(), at), _utf8(machine.line(), at)
    machine.stack.append(machine.name(module, name, at))


def _stack_global(machine: Machine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(machine.name(module, name, machine.at - 1))


def _reduce(machine: Machine) -> None:
    args, func = machine.stack.pop(), machine.stack.pop()
    machine.call(func, args, machine.at - 1)


def _newobj(machine: Machine) -> None:
    args, func = machine.stack.pop(), machine.stack.pop()
    machine.call(func, args, machine.at - 1, new=True)


def _newobj_ex(machine: Machine) -> None:
    keywords, args, func = machine.stack.pop(), machine.stack.pop(), machine.stack.pop()
    if type(keywords) is not Pairs:
        raise damaged(machine.at - 1, "the keywords of a call are no dict")
    machine.call(func, args, machine.at - 1, new=True, keywords=keywords)


def _inst(machine: Machine) -> None:
    at = machine.at - 1
    module, name = _utf8(machine.line(), at), _utf8(machine.line(), at)
    args = tuple(machine.pop_mark())
    # A class of Python 2 that takes no arguments was made without a call.
    machine.call(machine.name(module, name, at), args, at, new=not args)


def _obj(machine: Machine) -> None:
    func, *args = machine.pop_mark() or [None]
    machine.call(func, tuple(args), machine.at - 1, new=not args)


def _build(machine: Machine) -> None:
    state = machine.stack.pop()
    machine.build(state, machine.at - 1)


def _extension(machine: Machine, size: int) -> None:
    at = machine.at - 1
    machine.stack.append(Extension(int.from_bytes(machine.take(size), "little", signed=size == 4), at))


def _persid(machine: Machine) -> None:
    at = machine.at - 1
    machine.stack.append(Persistent(_utf8(machine.line(), at), at))


def _binpersid(machine: Machine) -> None:
    machine.stack.append(Persistent(machine.stack.pop(), machine.at - 1))


def _proto(machine: Machine) -> None:
    number = machine.take(1)[0]
    if number > _NEWEST:
        raise damaged(machine.at - 2, f"protocol {number} is newer than any known")
    machine.protocol = number


def _frame(machine: Machine) -> None:
    at = machine.at - 1
    size = _size8(machine)
    if size > machine.end - machine.at:
        raise damaged(at, f"a frame of {size:,} bytes is to follow, {machine.end - machine.at:,} do")


def _next_buffer(machine: Machine) -> None:
    machine.stack.append(Buffer(machine.at - 1))


def _readonly_buffer(machine: Machine) -> None:
    if type(machine.stack[-1]) is not Buffer:
        raise damaged(machine.at - 1, "what is no buffer is made read-only")


def _unknown(machine: Machine) -> None:
    at = machine.at - 1
    raise damaged(at, f"there is no opcode {machine.data[at]:#04x}")


_KNOWN: dict[bytes, Callable[[Machine], None]] = {
    b"(": _mark,
    b"0": _pop,
    b"1": _pop_mark,
    b"2": lambda m: m.stack.append(m.stack[-1]),
    b"F": _float,
    b"I": _int,
    b"J": _binint,
    b"K": _binint1,
    b"L": _long,
    b"M": _binint2,
    b"N": lambda m: m.stack.append(None),
    b"P": _persid,
    b"Q": _binpersid,
    b"R": _reduce,
    b"S": _string,
    b"T": _binstring,
    b"U": _short_binstring,
    b"V": _unicode,
    b"X": lambda m: _text(m, _size4(m)),
    b"a": _append,
    b"b": _build,
    b"c": _global,
    b"d": _marked_dict,
    b"}": lambda m: m.make(Pairs([])),
    b"e": _appends,
    b"g": lambda m: m.stack.append(m.memo[_index(m)]),
    b"h": lambda m: m.stack.append(m.memo[m.take(1)[0]]),
    b"i": _inst,
    b"j": lambda m: m.stack.append(m.memo[_size4(m)]),
    b"l": _marked_list,
    b"]": lambda m: m.make([]),
    b"o": _obj,
    b"p": lambda m: m.remember(_index(m)),
    b"q": lambda m: m.remember(m.take(1)[0]),
    b"r": lambda m: m.remember(_size4(m)),
    b"s": _setitem,
    b"t": _marked_tuple,
    b")": lambda m: m.stack.append(()),
    b"u": _setitems,
    b"G": _binfloat,
    b"\x80": _proto,
    b"\x81": _newobj,
    b"\x82": lambda m: _extension(m, 1),
    b"\x83": lambda m: _extension(m, 2),
    b"\x84": lambda m: _extension(m, 4),
    b"\x85": lambda m: _tuple(m, 1),
    b"\x86": lambda m: _tuple(m, 2),
    b"\x87": lambda m: _tuple(m, 3),
    b"\x88": lambda m: m.stack.append(True),
    b"\x89": lambda m: m.stack.append(False),
    b"\x8a": _long1,
    b"\x8b": _long4,
    b"B": lambda m: _bytes(m, _size4(m)),
    b"C": lambda m: _bytes(m, m.take(1)[0]),
    b"\x8c": lambda m: _text(m, m.take(1)[0]),
    b"\x8d": lambda m: _text(m, _size8(m)),
    b"\x8e": lambda m: _bytes(m, _size8(m)),
    b"\x8f": lambda m: m.make(Members([], frozen=False)),
    b"\x90": _additems,
    b"\x91": _frozenset,
    b"\x92": _newobj_ex,
    b"\x93": _stack_global,
    b"\x94": _memoize,
    b"\x95": _frame,
    b"\x96": _bytearray,
    b"\x97": _next_buffer,
    b"\x98": _readonly_buffer,
}
OPCODES: list[Callable[[Machine], None]] = [_unknown] * 256
for _code, _step in _KNOWN.items():
    OPCODES[_code[0]] = _step


def is_opcode(code: int) -> bool:
    """Say whether a pickle may begin with a byte."""
    return OPCODES[code] is not _unknown
