"""Arrays, dtypes and scalars of numpy, as every release of it reduces them."""

from __future__ import annotations

import re
from math import prod
from typing import Any

import numpy as np

from ....arrays.dtypes import name_of as dtype_name
from ....errors import FormatError, LimitError, UnsupportedError
from ....graph.audit import check_layout, wide
from ....graph.nodes import Array, DType, Global, Node, Objects, Order, Scalar, Structured
from ....graph.structure import Path
from ..names import value_name
from ..translate import Translator
from ..values import Call, Name, Pairs
from .base import Book, logical, misfit, name_of, only_state

__all__ = ["ARRAYS", "ObjectArray", "array_node", "dtype_of", "raw_array"]

_BOOK = Book()
ARRAYS = _BOOK.forms
_DTYPE = re.compile(
    r"[biufcSUVOmM?][0-9]{0,7}|[biufcmMO]|float(16|32|64)|u?int(8|16|32|64)|bool|object|complex(64|128)"
)
_MAX_DIMS = 32
_DEPTH = 8
_UNITS = frozenset(("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic"))
_VIEWS = {"numpy:matrix": "numpy:matrix/1", "numpy:recarray": "numpy:recarray/1"}

# --- dtypes ---------------------------------------------------------------------------------------


def dtype_of(t: Translator, value: Any, path: Path, depth: int = 0) -> np.dtype[Any]:
    """Return the dtype that a reduced one stands for: mostly one that many arrays share."""
    known = t.dtypes.get(id(value))
    if known is None:
        t.kept.append(value)
        known = t.dtypes[id(value)] = _dtype_of(t, value, path, depth)
    return known


def _dtype_of(t: Translator, value: Any, path: Path, depth: int) -> np.dtype[Any]:
    if type(value) is not Call or depth > _DEPTH:
        raise FormatError("the dtype of an array in the pickle is none", path=str(path))
    args = value.args
    if args and type(args[0]) is Name:
        # A dtype of records is that of their fields.
        code = "V" if args[0].name == "record" else ""
    else:
        code = t.text(args[0] if args else None, "a dtype")
    if str(value.func) != "numpy:dtype" or not _DTYPE.fullmatch(code) or len(value.states) > 1:
        raise misfit("a dtype", value, path)
    state = value.states[0] if value.states else (3, "|", None, None, None, -1, -1, 0)
    if type(state) is not tuple or not 5 <= len(state) <= 9:
        raise misfit("a dtype", value, path)
    if type(state[0]) is int and state[0] >= 1 and len(state) >= 8:
        _, order, subarray, names, fields, itemsize, _, flags = state[:8]
    else:
        raise misfit("a dtype", value, path)
    try:
        if fields is not None:
            return _structured(t, value, (names, fields, itemsize, flags), path, depth)
        if subarray is not None:
            base, shape = subarray
            return np.dtype((dtype_of(t, base, path, depth + 1), _shape(shape, value, path)))
        if code[0] == "V":
            # Of a part of a structured dtype that has no dtype of its own, and of nothing else.
            raise misfit("a dtype", value, path)
        if code[0] in "SU" and type(itemsize) is int and itemsize > 0:
            code = f"{code[0]}{itemsize // (4 if code[0] == 'U' else 1)}"
        made = np.dtype(_unit(t, code, state, value, path))
    except (TypeError, ValueError):
        raise misfit("a dtype", value, path) from None
    order = t.text(order, "the byte order of a dtype")
    if order in ("<", ">"):
        # Said of every machine: that of the writer, which need not be that of this one.
        made = made.newbyteorder("<" if order == "<" else ">")
    return made


def _unit(t: Translator, code: str, state: tuple[Any, ...], value: Call, path: Path) -> str:
    if code[0] not in "mM" or len(state) < 9 or type(state[8]) is not tuple:
        return code
    inner = state[8][1]
    if type(inner) is not tuple or len(inner) < 2 or type(inner[1]) is not int or inner[1] < 1:
        raise misfit("a dtype", value, path)
    unit = inner[0] if type(inner[0]) is str else bytes(t.bytes(inner[0])).decode("latin-1")
    if unit not in _UNITS:
        raise misfit("a dtype", value, path)
    if unit == "generic":
        return code[0] + "8"
    return f"{code[0]}8[{'' if inner[1] == 1 else inner[1]}{unit}]"


def _structured(t: Translator, value: Call, parts: tuple[Any, ...], path: Path, depth: int) -> np.dtype[Any]:
    names, fields, itemsize, flags = parts
    if type(names) is not tuple or type(fields) is not Pairs or type(itemsize) is not int or len(names) > 10_000:
        raise misfit("a dtype", value, path)
    found = {}
    for i in range(0, len(fields.pairs), 2):
        key = t.text(fields.pairs[i], "the name of a field")
        place = fields.pairs[i + 1]
        if type(place) is not tuple or len(place) < 2 or type(place[1]) is not int or place[1] < 0:
            raise misfit("a dtype", value, path)
        found[key] = (dtype_of(t, place[0], path, depth + 1), place[1])
    keys = [t.text(name, "the name of a field") for name in names]
    if not 0 < itemsize < 1 << 20 or any(key not in found for key in keys):
        raise misfit("a dtype", value, path)
    aligned = type(flags) is int and bool(flags & 0x80)
    spec = {
        "names": keys,
        "formats": [found[key][0] for key in keys],
        "offsets": [found[key][1] for key in keys],
        "itemsize": itemsize,
    }
    try:
        made = np.dtype(spec, align=aligned)  # type: ignore[call-overload]
    except ValueError:
        made = np.dtype(spec)  # type: ignore[call-overload]
    if made.hasobject:
        raise UnsupportedError("a structured array that holds Python objects is not read", path=str(path))
    check_layout(dtype_node(made, frozenset(), path))
    return made  # type: ignore[no-any-return]


def dtype_node(dtype: np.dtype[Any], intp: frozenset[str] | None, path: Path) -> DType:
    """Return the node of a dtype; fields named in `intp` are indices."""
    if dtype.names is None:
        if dtype.kind == "O":
            return DType("|O")
        try:
            return DType("intp" if intp is None else dtype_name(dtype))
        except UnsupportedError as error:
            raise FormatError(error.problem, path=str(path)) from None
    fields = []
    for name in dtype.names:
        inner, offset = dtype.fields[name][:2]  # type: ignore[index]
        base, shape = (inner.base, inner.shape) if inner.shape else (inner, ())
        node = dtype_node(base, None if intp and name in intp else frozenset(), path)
        fields.append((name, node, tuple(shape), int(offset)))
    made = DType("", tuple(fields), int(dtype.itemsize), bool(dtype.isalignedstruct))
    # What a machine of 32 bits wrote, indices of 4 bytes, is laid out as those of 8 are.
    narrow = intp and any(dtype.fields[name][0].base.itemsize < 8 for name in intp if name in dtype.fields)  # type: ignore[index,operator]
    return wide(made) if narrow else made


@_BOOK.form("numpy:dtype", value=True)
def _dtype(t: Translator, call: Call, path: Path) -> Node:
    return dtype_node(dtype_of(t, call, path), frozenset(), path)


# --- arrays ---------------------------------------------------------------------------------------


def _shape(value: Any, call: Call, path: Path) -> tuple[int, ...]:
    if type(value) is int:
        value = (value,)
    if (
        type(value) is not tuple
        or len(value) > _MAX_DIMS
        or not all(type(n) is int and 0 <= n < 1 << 62 for n in value)
    ):
        raise misfit("the shape of an array", call, path)
    return value


def _filled(
    t: Translator, data: Any, dtype: np.dtype[Any], shape: tuple[int, ...], order: Order, call: Call, path: Path
) -> Any:
    """Return the array of some bytes, which stay where they are."""
    data = memoryview(t.bytes(data))
    if prod(shape) * dtype.itemsize != len(data):
        raise FormatError(
            f"an array of {dtype} and shape {shape} in the pickle has {len(data):,} bytes (byte {call.at:,})",
            path=str(path),
        )
    spend(t, len(data))
    if not len(data):
        return np.empty(shape, dtype.newbyteorder("="), order=order)
    made = np.ndarray(shape, dtype, data, order=order)
    # As pickle does: arrays come in the byte order of the machine.
    return made if dtype.isnative else made.astype(dtype.newbyteorder("="), order="K")


def spend(t: Translator, nbytes: int) -> None:
    """Count the bytes of an array; LimitError where they are too many."""
    t.decoded += nbytes
    t.limits.check("decoded_bytes", t.decoded, "bytes of arrays")
    if t.decoded > t.available:
        # One piece of the file may be named many times.
        raise LimitError("the arrays of the pickle have more bytes than the file")


def raw_array(t: Translator, value: Any, path: Path) -> Any:
    """Return the array that a reduced one stands for; of Python objects as a pair of what `array_node` needs."""
    if isinstance(value, (np.ndarray, ObjectArray)):
        return value
    if type(value) is not Call or type(value.func) is not Name:
        raise FormatError("an array was expected in the pickle", path=str(path))
    name = value.func.name
    if name == "_frombuffer":
        return _from_buffer(t, value, path)
    if name != "_reconstruct":
        raise FormatError("an array was expected in the pickle", path=str(path))
    return _from_state(t, value, only_state(value, "an array", path), path)


def _from_state(t: Translator, value: Call, state: Any, path: Path) -> Any:
    if type(state) is not tuple or len(state) not in (4, 5):
        raise misfit("an array", value, path)
    shape, dtype, fortran, data = state[-4:]
    if _is_string_dtype(dtype):
        return _object_array(data, _shape(shape, value, path), "C", value, path)
    made = dtype_of(t, dtype, path)
    order: Order = "F" if fortran else "C"
    if made.kind == "O":
        return _object_array(data, _shape(shape, value, path), order, value, path)
    if made.subdtype is not None:
        raise misfit("an array", value, path)
    return _filled(t, data, made, _shape(shape, value, path), order, value, path)


def _object_array(data: Any, shape: tuple[int, ...], order: Order, value: Call, path: Path) -> Any:
    if type(data) is not list or prod(shape) != len(data):
        raise misfit("an array of objects", value, path)
    return ObjectArray(shape, order if len(shape) > 1 and prod(shape) > 1 and max(shape) < prod(shape) else "C", data)


def _is_string_dtype(dtype: Any) -> bool:
    return type(dtype) is Call and type(dtype.func) is Name and dtype.func.name == "_convert_to_stringdtype_kwargs"


class ObjectArray:
    """An array of Python objects, its items in C order."""

    __slots__ = ("items", "order", "shape")

    def __init__(self, shape: tuple[int, ...], order: Order, items: list[Any]) -> None:
        self.shape = shape
        self.order = order
        self.items = items

    def part(self, start: int, length: int) -> ObjectArray:
        """Return some of the items as an array of one dimension."""
        return ObjectArray((length,), "C", self.items[start : start + length])


def _from_buffer(t: Translator, value: Call, path: Path) -> Any:
    """Return an array of protocol 5: bytes, dtype, shape, order, and for another order than C and F the axes."""
    if len(value.args) not in (4, 5):
        raise misfit("an array", value, path)
    data, dtype, shape, order = value.args[:4]
    axes = value.args[4] if len(value.args) == 5 else None
    shape = _shape(shape, value, path)
    made = _filled(t, data, dtype_of(t, dtype, path), shape, "F" if order == "F" else "C", value, path)
    if order != "K" or axes is None:
        return made
    if type(axes) is not tuple or sorted(map(str, axes)) != sorted(map(str, range(len(shape)))):
        raise misfit("an array", value, path)
    return made.transpose(axes)


def array_node(t: Translator, value: Any, path: Path, intp: frozenset[str] | None = frozenset()) -> Node:
    """Return the node of an array.

    Parameters
    ----------
    t : Translator
    value : ndarray
        Or what `raw_array` returns for an array of Python objects.
    path : Path
    intp : frozenset of str or None, default=frozenset()
        The fields that are indices; None: the array itself.
    """
    if isinstance(value, ObjectArray):
        return Objects(value.shape, value.order, t.all(value.items, path))
    if value.dtype.names is not None:
        fields: dict[str, Node] = {}
        for name in value.dtype.names:
            inner: frozenset[str] | None = None if intp and name in intp else frozenset()
            fields[name] = array_node(t, value[name], Path(path, f"[{name!r}]"), inner)
        node = _shared_node(t, value.dtype, intp, path)
        return Structured(node, value.shape, "F" if _column_major(value) else "C", fields)
    if t.python2 and value.dtype.kind == "S":
        value = _as_text(value)
    try:
        return Array(t.arrays.add(value, "intp" if intp is None else None))
    except UnsupportedError as error:
        raise FormatError(error.problem, path=str(path)) from None


def _shared_node(t: Translator, dtype: np.dtype[Any], intp: frozenset[str] | None, path: Path) -> DType:
    key = (dtype, dtype.isalignedstruct, intp)
    found = t.structured.get(key)
    if found is None:
        found = t.structured[key] = dtype_node(dtype, intp, path)
    return found


def _as_text(value: Any) -> Any:
    """Return an array of Python 2's ``str`` as text."""
    try:
        return np.char.decode(value, "utf-8")
    except UnicodeDecodeError:
        return np.char.decode(value, "latin-1")


def _column_major(value: Any) -> bool:
    return bool(value.flags.f_contiguous and not value.flags.c_contiguous)


@_BOOK.form("numpy:_reconstruct", "numpy:_frombuffer")
def _array(t: Translator, call: Call, path: Path) -> Node:
    if call.func.name == "_frombuffer":
        return array_node(t, raw_array(t, call, path), path)
    kind = name_of(call.args[0] if call.args else None, "an array", call, path)
    known = value_name(kind.module, kind.name)
    if known == "numpy:ndarray" or kind.name == "memmap":
        dtype = (
            call.states[0][-3] if call.states and type(call.states[0]) is tuple and len(call.states[0]) > 3 else None
        )
        if _is_string_dtype(dtype):
            values = array_node(t, raw_array(t, call, path), Path(path, ".values"))
            return logical(t, "numpy.strings:array/1", {"dtype": dtype}, path, nodes={"values": values})
        return array_node(t, raw_array(t, call, path), path)
    view = _VIEWS.get(known) or _VIEWS.get(f"numpy:{kind.name}" if kind.module.startswith("numpy.") else "")
    if view is None:
        return t.refused(Call(kind, call.args, call.at), path)
    state = only_state(call, "an array", path)
    # numpy.matrix keeps attributes of its own behind the array's state.
    if type(state) is tuple and len(state) == 2 and type(state[0]) is tuple:
        state = state[0]
    node = array_node(t, _from_state(t, call, state, path), path)
    return logical(t, view, {}, path, nodes={"array": node})


@_BOOK.form("numpy.ma:_mareconstruct")
def _masked(t: Translator, call: Call, path: Path) -> Node:
    state = only_state(call, "a masked array", path)
    if type(state) is not tuple or len(state) != 7:
        raise misfit("a masked array", call, path)
    data = _from_state(t, call, state[:5], path)
    shape, order = _shape(state[1], call, path), "F" if state[3] else "C"
    mask = _filled(t, state[5], np.dtype(bool), shape, order, call, path)  # type: ignore[arg-type]
    nodes: dict[str, Node] = {
        "data": array_node(t, data, Path(path, ".data")),
        "mask": array_node(t, mask, Path(path, ".mask")),
    }
    fill = state[6]
    rest = {} if fill is None else {"fill_value": fill}
    return logical(t, "numpy.ma:MaskedArray/1", rest, path, nodes=nodes)


# --- scalars and functions --------------------------------------------------------------------------


@_BOOK.form("numpy:scalar", value=True)
def _scalar(t: Translator, call: Call, path: Path) -> Node:
    if len(call.args) != 2:
        raise misfit("a number", call, path)
    dtype = dtype_of(t, call.args[0], path)
    if dtype.kind == "O":
        return t.value(call.args[1], path)
    value = _filled(t, call.args[1], dtype, (), "C", call, path)
    if dtype.names is not None:
        record = call.args[0].args and type(call.args[0].args[0]) is Name
        return logical(
            t, "numpy:record/1" if record else "numpy:void/1", {}, path, nodes={"array": array_node(t, value, path)}
        )
    if dtype.kind in "Mm":
        return Scalar(
            dtype_node(dtype, frozenset(), path).name, int(value.astype(dtype.newbyteorder("<")).view("<i8")[()])
        )
    if dtype.kind == "b" and value.view("u1")[()] > 1:
        raise misfit("a number", call, path)
    try:
        found = value[()].item()
    except ValueError:
        raise misfit("a number", call, path) from None
    if t.python2 and dtype.kind == "S":
        return Scalar(f"<U{max(len(found), 1)}", found.decode("utf-8", "replace"))
    if dtype.kind in "SU" and not dtype.itemsize:
        return Scalar(np.dtype((dtype.type, 1)).str, found)
    return Scalar(dtype_node(dtype.newbyteorder("="), frozenset(), path).name, found)


@_BOOK.form("numpy:_ufunc_reconstruct", value=True)
def _ufunc(t: Translator, call: Call, path: Path) -> Node:
    if len(call.args) != 2:
        raise misfit("a function", call, path)
    module, name = (t.text(item, "the name of a function") for item in call.args)
    return Global(value_name(module, name))


@_BOOK.form("numpy:_convert_to_stringdtype_kwargs", value=True)
def _string_dtype(t: Translator, call: Call, path: Path) -> Node:
    # (coerce,) or (coerce, na_object)
    if len(call.args) not in (1, 2) or call.args[0] not in (0, 1):
        raise misfit("a dtype", call, path)
    state = dict(zip(("coerce", "na_object"), (bool(call.args[0]), *call.args[1:]), strict=False))
    return logical(t, "numpy.dtypes:StringDType/1", state, path)
