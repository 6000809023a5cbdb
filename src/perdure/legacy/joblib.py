"""What joblib puts between the opcodes of a pickle: arrays, and before its release 0.10 the names of files with arrays."""

from __future__ import annotations

import os
import re
import stat
from math import prod
from typing import Any

from ..errors import FormatError
from ..graph.structure import ROOT
from .compression import decompress
from .npy import read_npy, reduced_array
from .pickle.forms.base import attributes, misfit
from .pickle.forms.numpy import dtype_of
from .pickle.machine import Machine, Reader, damaged
from .pickle.translate import Translator
from .pickle.values import Call, Name

__all__ = ["readers"]

_MODULES = (
    "joblib.numpy_pickle",
    "joblib.numpy_pickle_compat",
    "sklearn.externals.joblib.numpy_pickle",
    "sklearn.externals.joblib.numpy_pickle_compat",
)
_FILE = re.compile(r"[^/\\\0]{1,200}\.npy(\.z)?")
_ALIGNMENT = "numpy_array_alignment_bytes"
_MOST_PADDING = 64


def readers(t: Translator, folder: str | None) -> dict[str, Reader]:
    """Return what takes the place of joblib's wrappers when they got their state.

    Parameters
    ----------
    t : Translator
    folder : str or None
        Where the files with arrays lie beside the pickle; None for a pickle that has no place.
    """

    def in_stream(machine: Machine, call: Call) -> Any:
        return _in_stream(t, machine, call)

    def beside(machine: Machine, call: Call) -> Any:
        return _beside(t, machine, call, folder)

    def compressed(machine: Machine, call: Call) -> Any:
        return _compressed(t, call, folder)

    found: dict[str, Reader] = {}
    for module in _MODULES:
        found[f"{module}:NumpyArrayWrapper"] = in_stream
        found[f"{module}:NDArrayWrapper"] = beside
        found[f"{module}:ZNDArrayWrapper"] = compressed
    return found


def _array(call: Call, subclass: Any, state: tuple[Any, ...]) -> Call:
    """Return an array as numpy itself reduces it."""
    made = Call(Name("numpy", "_reconstruct", call.at), (subclass, (0,), b"b"), call.at)
    made.states.append(state)
    return made


def _in_stream(t: Translator, machine: Machine, call: Call) -> Any:
    given = attributes(t, call, "an array of joblib", ROOT)
    dtype = dtype_of(t, given.get("dtype"), ROOT)
    if dtype.hasobject:
        return _nested(machine)
    shape, order = given.get("shape"), given.get("order")
    if type(shape) is not tuple or not all(type(n) is int and 0 <= n < 1 << 62 for n in shape):
        raise misfit("the shape of an array", call, ROOT)
    if given.get(_ALIGNMENT) is not None:
        padding = machine.take(1)[0]
        if padding > _MOST_PADDING:
            raise damaged(machine.at - 1, "an array stands too far behind its description")
        machine.take(padding)
    data = machine.take(prod(shape) * dtype.itemsize)
    return _array(call, given.get("subclass"), (1, shape, given.get("dtype"), t.text(order, "an order") == "F", data))


def _nested(machine: Machine) -> Any:
    """Return the array of Python objects of a pickle that stands in this one."""
    inner = Machine(machine.data, machine.limits, at=machine.at, readers=machine.readers, outer=machine)
    value = inner.run()
    machine.at = inner.at
    machine.python2 |= inner.python2
    if machine.not_ascii is None:
        machine.not_ascii = inner.not_ascii
    return value


# --- before joblib 0.10: arrays in files beside ---------------------------------------------------------


def _beside(t: Translator, machine: Machine, call: Call, folder: str | None) -> Any:
    given = attributes(t, call, "an array of joblib", ROOT)
    data = _content(t, given.get("filename"), folder)
    return _npy(t, machine, call, data, given.get("subclass"))


def _npy(t: Translator, machine: Machine, call: Call, data: memoryview, subclass: Any) -> Any:
    """Return the array of a ``.npy`` file."""
    array, inner = read_npy(data)
    if inner is not None:
        nested = Machine(inner, machine.limits, readers={}, outer=machine)
        value = nested.run()
        machine.python2 |= nested.python2
        return value
    if type(subclass) is Name and subclass.name == "matrix":
        return reduced_array(array, subclass, call.at)
    return array


def _compressed(t: Translator, call: Call, folder: str | None) -> Any:
    given = attributes(t, call, "an array of joblib", ROOT)
    state, args = given.get("state"), given.get("init_args")
    if type(state) is not tuple or type(args) is not tuple or not args:
        raise misfit("an array of joblib", call, ROOT)
    data = decompress(_content(t, given.get("filename"), folder), "joblib-old", t.limits, pickled=False)
    t.available += len(data)
    return _array(call, args[0], (*state, data))


def _content(t: Translator, name: Any, folder: str | None) -> memoryview:
    """Return the bytes of a file beside the pickle: of that very folder, whatever the pickle says."""
    name = t.text(name, "the name of a file")
    if not _FILE.fullmatch(name):
        raise FormatError(f"the pickle asks for a file named {name!r:.80}, which is no name of an array's file")
    if folder is None:
        raise FormatError(
            f"the arrays of the model are in files beside it, such as {name}",
            fix="put all of its files into one folder, and load by path: perdure.load(path)",
        )
    path = os.path.join(folder, name)
    try:
        status = os.lstat(path)
    except OSError:
        raise FormatError(
            f"the model is in several files, and {name} is not beside it",
            fix="copy all files that belong together (NAME, NAME_01.npy, NAME_02.npy, …) into one folder",
        ) from None
    if not stat.S_ISREG(status.st_mode):
        raise FormatError(f"{name} is no file but a link or a device", fix="put the file itself there")
    t.limits.check("file_bytes", status.st_size, "bytes of file")
    t.available += status.st_size
    with open(path, "rb") as file:
        return memoryview(file.read(status.st_size))
