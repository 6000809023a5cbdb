"""Texts that pyarrow kept for pandas, as pandas 3 does wherever pyarrow is installed: read without calling pyarrow."""

from __future__ import annotations

import pickle
import struct

import numpy as np
import pandas as pd
import pytest

import perdure
from perdure.graph.limits import Limits
from perdure.graph.structure import walk
from perdure.legacy import read as read_legacy

WORDS = ["x", "", "yä", None, "zzz"]


class Part:
    """A call that a pickle asks for, and what it puts into the result."""

    def __init__(self, name, *args, module="pyarrow.lib", state=None):
        self.name, self.args, self.module, self.state = name, args, module, state


def written(value) -> bytes:
    """The opcodes of a value, none of it imported."""
    if value is None:
        return b"N"
    if isinstance(value, bool):
        return b"\x88" if value else b"\x89"
    if isinstance(value, int):
        return b"I%d\n" % value
    if isinstance(value, float):
        return b"G" + struct.pack(">d", value)
    if isinstance(value, str):
        return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
    if isinstance(value, bytes):
        return b"B" + struct.pack("<I", len(value)) + value
    if isinstance(value, tuple):
        return b"(" + b"".join(map(written, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(written, value)) + b"e"
    if isinstance(value, dict):
        return b"}(" + b"".join(written(key) + written(item) for key, item in value.items()) + b"u"
    made = b"c%s\n%s\n" % (value.module.encode(), value.name.encode()) + written(value.args) + b"R"
    return made if value.state is None else made + written(value.state) + b"b"


def buffers(words, form="<i8"):
    data = b"".join((word or "").encode() for word in words)
    ends = np.cumsum([0, *(len((word or "").encode()) for word in words)]).astype(form).tobytes()
    valid = np.packbits([word is not None for word in words], bitorder="little").tobytes()
    return [Part("py_buffer", valid), Part("py_buffer", ends), Part("py_buffer", data)]


def array(words, *, kind="large_string", length=None, start=0, given=None):
    count = len(words) if length is None else length
    given = buffers(words, "<i4" if kind == "string" else "<i8") if given is None else given
    return Part("_restore_array", (Part("type_for_alias", kind), count, 0, start, given, [], None))


def column(inner) -> bytes:
    """The pickle of an array of pandas around one of pyarrow, in a list."""
    state = {"_pa_array": inner, "_dtype": Part("StringDtype", "pyarrow", float("nan"), module="pandas"), "_cache": {}}
    made = (
        b"ccopyreg\n_reconstructor\n(cpandas.arrays\nArrowStringArray\ncbuiltins\nobject\nNtR" + written(state) + b"b"
    )
    return b"\x80\x04](" + made + b"e."


def read(inner):
    found = read_legacy(column(inner), "pickle", Limits())
    assert not found.dropped
    texts = [node for _, node in walk(found.graph) if getattr(node, "type", "") == "pandas.arrays:StringArray/1"]
    return list(texts[0].state["items"].items)


@pytest.mark.parametrize("kind", ["string", "large_string"])
@pytest.mark.parametrize("words", [WORDS, ["a"] * 3, [None] * 9])
def test_texts_are_read_from_the_layout(kind, words):
    assert (read(array(words, kind=kind))) == words


def test_a_part_of_an_array_and_several():
    assert (read(array(WORDS, length=2, start=2))) == WORDS[2:4]
    chunked = Part("chunked_array", [array(["a", "b"]), array(["c"])], Part("type_for_alias", "large_string"))
    assert (read(chunked)) == ["a", "b", "c"]


GOOD = buffers(WORDS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"length": 10**12},
        {"length": -1},
        {"start": -1},
        {"start": 4},
        {"kind": "list<int8>"},
        {"given": [GOOD[0], GOOD[1]]},
        {"given": [None, None, GOOD[2]]},
        {"given": [GOOD[0], Part("py_buffer", struct.pack("<6q", 0, 5, 1, 2, 3, 4)), GOOD[2]]},
        {"given": [GOOD[0], Part("py_buffer", struct.pack("<6q", 0, 1, 2, 3, 4, 2**60)), GOOD[2]]},
        {"given": [GOOD[0], Part("py_buffer", struct.pack("<6q", -8, 1, 2, 3, 4, 5)), GOOD[2]]},
        {"given": [Part("py_buffer", b""), GOOD[1], GOOD[2]]},
        {"given": [GOOD[0], GOOD[1], Part("py_buffer", b"\xff" * 9)]},
        {"given": [GOOD[0], GOOD[1], Part("system", "x", module="os_like")]},
        {"given": [GOOD[0], GOOD[1], Part("py_buffer", 7)]},
    ],
)
def test_a_layout_that_lies_is_refused(wrong):
    with pytest.raises(perdure.PerdureError):
        read(array(WORDS, **wrong))


def test_calls_of_pyarrow_elsewhere_are_refused():
    data = b"\x80\x04](" + written(Part("py_buffer", b"x")) + b"e."
    with pytest.raises(perdure.UntrustedError, match="pyarrow"):
        perdure.loads(data)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", ["str", "string[pyarrow]"])
def test_real_columns(protocol, dtype):
    pytest.importorskip("pyarrow")
    series = pd.Series([word or "w" for word in WORDS] if dtype == "str" else WORDS, dtype=dtype)
    table = pd.DataFrame({"a": series, "b": range(len(series))})
    both = pd.concat([series, series])
    for value in (series, series[1:3], pd.Index(series), both):
        again = perdure.loads(pickle.dumps(value, protocol))
        assert again.dtype == value.dtype
        assert again.equals(value)
    again = perdure.loads(pickle.dumps(table, protocol))
    assert again.equals(table)
    assert (again.dtypes == table.dtypes).all()
