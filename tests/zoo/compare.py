"""Bit-for-bit comparison of any two values, in one process or across two.

``digest_tree`` turns a value into a flat dict: the place of each part, such as ``model.steps[1][1].coef_``, and a short
line that says all that has to be equal there: type, dtype, shape, memory order and a hash of the bytes. Only this dict
crosses from one process to the other. ``same`` compares two such dicts, so the comparison has one form.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse
from pandas.api.extensions import ExtensionArray, ExtensionDtype
from scipy.interpolate import BSpline
from scipy.stats._distn_infrastructure import rv_frozen

from zoo.lines import dtype_line, line_of_constant, name_of, numbers_of_few, sha, short
from zoo.outputs import outputs

__all__ = ["differences", "digest_tree", "fitted_state", "outputs", "same"]

#: What has no meaning outside the process, or is not carried by any copy of the object.
PROCESS_BOUND = frozenset(
    {
        "_stop_words_id",  # CountVectorizer: id() of a list, a cache
        "_deprecated_key_to_warnings",  # Bunch: its __setstate__ drops it
    }
)

_SPARSE_PARTS = {
    "bsr": ("data", "indices", "indptr"),
    "coo": ("data", "coords") if hasattr(scipy.sparse.coo_matrix, "coords") else ("data", "row", "col"),
    "csc": ("data", "indices", "indptr"),
    "csr": ("data", "indices", "indptr"),
    "dia": ("data", "offsets"),
    "lil": ("data", "rows"),
}


def digest_tree(value: Any, root: str = "model") -> dict[str, str]:
    """The place of each part of ``value``, with a line that differs wherever the part differs by one bit."""
    walk = _Walk()
    walk.visit(root, value)
    return walk.lines


def fitted_state(model: Any) -> dict[str, str]:
    """Everything that a model holds: parameters, fitted attributes, what C code keeps, and which parts are one."""
    return digest_tree(model)


def differences(
    expected: Mapping[str, str], found: Mapping[str, str], ignore: re.Pattern[str] | None = None
) -> list[str]:
    """Where two digest trees differ, in words; an empty list when they are equal."""
    words = []
    for path in [*expected, *(path for path in found if path not in expected)]:
        before, after = expected.get(path, "absent"), found.get(path, "absent")
        if not _alike(before, after) and not (ignore and ignore.search(path)):
            words.append(f"{path}: expected {before}, found {after}")
    return words


def _alike(before: str, after: str) -> bool:
    """Equal, or an array with gaps between its numbers that has come back without: no copy of it has any."""
    if " strided " not in before:
        return before == after
    return after in (before.replace(" strided ", f" {order} ") for order in ("strided", "C", "F"))


def same(expected: Any, found: Any) -> list[str]:
    """Where two values differ, in words; an empty list when they are equal bit for bit."""
    return differences(digest_tree(expected), digest_tree(found))


def _key(key: Any) -> str:
    """A key of a dict, so that ``1``, ``True``, ``1.0`` and ``numpy.int64(1)`` are told apart."""
    if type(key) in (str, int):
        return short(key)
    lines = digest_tree(key, "key")
    return lines["key"] if len(lines) == 1 else f"{lines['key']} {sha(repr(list(lines.items())))}"


def _identity(value: Any) -> Any:
    """Two arrays that show the same memory in the same way count as one: what is written to one, both hold."""
    if type(value) is np.ndarray and value.nbytes:
        return (value.__array_interface__["data"][0], value.shape, value.strides, value.dtype.str)
    return id(value)


class _Walk:
    """One pass over a value. Mutable parts are remembered, so that a shared part and a cycle are told by their place."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}
        self._places: dict[Any, str] = {}
        self._kept: list[Any] = []  # ids stay unique only while the objects live

    def visit(self, path: str, value: Any) -> None:
        line = line_of_constant(value)
        if line is not None:
            self.lines[path] = line
            return
        if isinstance(value, (np.dtype, ExtensionDtype)):
            self._dtype_object(path, value)
            return
        if isinstance(value, (tuple, frozenset)):  # immutable: whether two are one says nothing
            self._items(path, value)
            return
        identity = _identity(value)
        if identity in self._places:
            self.lines[path] = f"the object at {self._places[identity]}"
            return
        self._places[identity] = path
        self._kept.append(value)
        for kinds, visit in self._visitors:
            if isinstance(value, kinds):
                visit(self, path, value)
                return
        self._instance(path, value)

    # Containers

    def _items(self, path: str, value: Any) -> None:
        name = name_of(type(value))
        if isinstance(value, (set, frozenset)):
            lines = sorted(sha(repr(sorted(digest_tree(item, "item").items()))) for item in value)
            self.lines[path] = f"{name} of {len(lines)} {sha(' '.join(lines))}"
        else:
            self.lines[path] = f"{name} of {len(value)}"
            for index, item in enumerate(value):
                self.visit(f"{path}[{index}]", item)
        if type(value) not in (tuple, frozenset, list, set):
            self._attributes(path, value)

    def _dict(self, path: str, value: dict[Any, Any]) -> None:
        keys = [_key(key) for key in value]
        self.lines[path] = f"{name_of(type(value))} of {len(keys)} in order {sha(' '.join(keys))}"
        for key, (_, item) in zip(keys, value.items(), strict=True):
            self.visit(f"{path}[{key}]", item)
        if type(value) is not dict:
            self.visit(f"{path}<default>", getattr(value, "default_factory", None))
            self._attributes(path, value)

    # Instances

    def _attributes(self, path: str, value: Any) -> None:
        state = dict(getattr(value, "__dict__", {}))
        for name, held in list(state.items()):
            # HistGradientBoosting replaces a method for a while and puts the class's own back onto the instance.
            own = isinstance(held, types.MethodType) and held.__self__ is value
            if own and held.__func__ is getattr(type(value), str(name), None):
                del state[name]
        for kind in type(value).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            for slot in [slots] if isinstance(slots, str) else slots:
                if slot not in ("__dict__", "__weakref__") and hasattr(value, slot):
                    state[slot] = getattr(value, slot)
        self._state(path, state)

    def _state(self, path: str, state: Any) -> None:
        if isinstance(state, dict) and all(isinstance(key, str) for key in state):
            for key in sorted(state.keys() - PROCESS_BOUND):  # the order of attributes is no part of a model
                self.visit(f"{path}.{key}", state[key])
        elif state is not None:
            self.visit(f"{path}<state>", state)

    def _instance(self, path: str, value: Any) -> None:
        """An object of a class written in Python by its attributes, any other by what it gives to be copied."""
        kind = type(value)
        of = next(
            (f" {base.__repr__(value)}" for base in (int, float, complex, str, bytes) if isinstance(value, base)), ""
        )
        self.lines[path] = name_of(kind) + of
        plain = kind.__reduce_ex__ is object.__reduce_ex__ and kind.__reduce__ is object.__reduce__
        if plain and hasattr(value, "__dict__"):
            self._attributes(path, value)
            return
        reduced = value.__reduce_ex__(4)
        if isinstance(reduced, str):
            self.lines[path] = f"{name_of(kind)} {reduced}"
            return
        made_by, arguments, state, items, pairs, *_ = (*reduced, None, None, None, None)
        if hasattr(kind, "get_tree_stats"):  # a KD or ball tree counts how often it was asked
            state = (*state[:7], *state[11:])
        self.visit(f"{path}<made by>", made_by)
        self.visit(f"{path}<arguments>", tuple(arguments))
        self._state(path, state)
        for index, item in enumerate(items or ()):
            self.visit(f"{path}[{index}]", item)
        for index, pair in enumerate(pairs or ()):
            self.visit(f"{path}<pair {index}>", pair)

    def _method(self, path: str, value: Any) -> None:
        self.lines[path] = f"method {value.__name__}"
        self.visit(f"{path}<of>", value.__self__)

    def _frozen_distribution(self, path: str, value: Any) -> None:
        # Its random state is left out: by default that is numpy's global one, and the searches hand in their own.
        self.lines[path] = name_of(type(value))
        self.visit(f"{path}.dist", type(value.dist))
        for part in ("args", "kwds", "a", "b"):
            self.visit(f"{path}.{part}", getattr(value, part))

    # numpy

    def _array(self, path: str, value: np.ndarray[Any, Any]) -> None:
        if isinstance(value, np.ma.MaskedArray):
            self.lines[path] = f"{name_of(type(value))} hardmask={value.hardmask}"
            self.visit(f"{path}.data", value.data)
            self.visit(f"{path}.mask", np.ma.getmaskarray(value))  # no mask and a mask of nothing are one
            fill = value.view().fill_value  # of a view, since asking fills a cache; as str or numpy.str_ it is one
            self.visit(f"{path}.fill_value", fill.item() if isinstance(fill, np.generic) else fill)
            return
        order = "C" if value.flags.c_contiguous else "F" if value.flags.f_contiguous else "strided"
        head = f"{name_of(type(value))} {dtype_line(value.dtype)} {value.shape} {order}"
        if value.dtype.names is not None:  # field by field: padding between them is nobody's
            self.lines[path] = head
            for field in value.dtype.names:
                self.visit(f"{path}[{field!r}]", np.ascontiguousarray(value[field]).reshape(value[field].shape))
        elif value.dtype.hasobject or value.dtype.kind == "T":
            self.lines[path] = head
            for index, item in enumerate(value.ravel(order="C").tolist()):
                self.visit(f"{path}[{index}]", item)
        else:
            self.lines[path] = f"{head} {sha(value.tobytes())}{numbers_of_few(value)}"

    def _record(self, path: str, value: np.void) -> None:
        self.lines[path] = name_of(type(value))
        self._array(f"{path}<fields>", np.array(value))

    def _dtype_object(self, path: str, value: Any) -> None:
        self.lines[path] = f"{name_of(type(value))} {dtype_line(value)}"
        if isinstance(value, pd.CategoricalDtype):
            self.visit(f"{path}.categories", value.categories)
            self.visit(f"{path}.ordered", value.ordered)

    def _random(self, path: str, value: Any) -> None:
        self.lines[path] = name_of(type(value))
        if isinstance(value, np.random.RandomState):
            self.visit(f"{path}.state", value.get_state(legacy=False))
        elif isinstance(value, np.random.Generator):
            self.visit(f"{path}.bit_generator", value.bit_generator)
        elif isinstance(value, np.random.SeedSequence):
            self.visit(f"{path}.state", value.state)
        else:
            self.visit(f"{path}.state", value.state)
            self.visit(f"{path}.seed_seq", getattr(value, "seed_seq", getattr(value, "_seed_seq", None)))

    # scipy and pandas

    def _spline(self, path: str, value: BSpline) -> None:
        self.lines[path] = name_of(type(value))
        for part in ("t", "c", "k", "extrapolate", "axis"):  # where it keeps them differs between releases
            self.visit(f"{path}.{part}", getattr(value, part))

    def _sparse(self, path: str, value: Any) -> None:
        self.lines[path] = f"{name_of(type(value))} {value.format} {value.shape} {dtype_line(value.dtype)}"
        if value.format == "dok":
            self.visit(f"{path}.items", dict(value.items()))
        for part in _SPARSE_PARTS.get(value.format, ()):
            self.visit(f"{path}.{part}", getattr(value, part))

    def _frame(self, path: str, value: pd.DataFrame) -> None:
        self.lines[path] = f"{name_of(type(value))} {value.shape}"
        self._index(f"{path}.index", value.index)
        self._index(f"{path}.columns", value.columns)
        self.visit(f"{path}.attrs", value.attrs)
        for position in range(value.shape[1]):
            self._values(f"{path}.column[{position}]", value.iloc[:, position])

    def _series(self, path: str, value: pd.Series[Any]) -> None:
        self.lines[path] = f"{name_of(type(value))} {value.shape}"
        self.visit(f"{path}.name", value.name)
        self._index(f"{path}.index", value.index)
        self.visit(f"{path}.attrs", value.attrs)
        self._values(path, value)

    def _index(self, path: str, value: pd.Index[Any]) -> None:
        self.lines[path] = f"{name_of(type(value))} {value.shape}"
        self.visit(f"{path}.names", tuple(value.names))
        if isinstance(value, pd.MultiIndex):
            for level, (labels, codes) in enumerate(zip(value.levels, value.codes, strict=True)):
                self._index(f"{path}.levels[{level}]", labels)
                self.visit(f"{path}.codes[{level}]", np.array(codes))
        elif isinstance(value, pd.RangeIndex):
            self.visit(f"{path}.range", range(value.start, value.stop, value.step))
        else:
            self.visit(f"{path}.freq", getattr(value, "freqstr", None))
            self._values(path, value)

    def _values(self, path: str, holder: Any) -> None:
        self.visit(f"{path}.dtype", holder.dtype)
        self._extension(path, holder.array)

    def _extension(self, path: str, value: Any) -> None:
        if isinstance(value, pd.Categorical):
            self.visit(f"{path}.codes", np.array(value.codes))
        elif hasattr(value, "_mask") and hasattr(value, "_data"):  # nullable numbers
            self.visit(f"{path}.data", np.array(value._data))
            self.visit(f"{path}.mask", np.array(value._mask))
        elif isinstance(getattr(value, "_ndarray", None), np.ndarray) and value._ndarray.dtype != object:
            self.visit(f"{path}.data", value._ndarray.copy())
        else:
            for position, item in enumerate(value):
                self.visit(f"{path}[{position}]", item)

    def _extension_array(self, path: str, value: ExtensionArray) -> None:
        self.lines[path] = f"{name_of(type(value))} {len(value)}"
        self.visit(f"{path}.dtype", value.dtype)
        self._extension(path, value)

    _visitors: tuple[tuple[Any, Callable[[_Walk, str, Any], None]], ...] = (
        ((scipy.sparse.spmatrix, getattr(scipy.sparse, "sparray", ())), _sparse),  # before dict, which some are
        ((list, set), _items),
        (dict, _dict),
        (np.ndarray, _array),
        (np.void, _record),
        ((np.random.RandomState, np.random.Generator, np.random.BitGenerator, np.random.SeedSequence), _random),
        (rv_frozen, _frozen_distribution),
        (BSpline, _spline),
        (pd.DataFrame, _frame),
        (pd.Series, _series),
        (pd.Index, _index),
        (ExtensionArray, _extension_array),
        (types.MethodType, _method),
    )
