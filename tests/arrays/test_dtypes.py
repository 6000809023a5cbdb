"""The closed list of dtypes: what is on it comes back, what is not is refused by name."""

import numpy as np
import pytest

from perdure.arrays import dtypes
from perdure.arrays.dtypes import MAX_TEXT, check_spec, name_of, parse, stored
from perdure.errors import FormatError, LimitError, UnsupportedError
from perdure.graph.nodes import ArraySpec

STORED = {
    "|b1": ("BOOL", (), 1),
    "|i1": ("I8", (), 1),
    "<i2": ("I16", (), 2),
    "<i4": ("I32", (), 4),
    "<i8": ("I64", (), 8),
    "|u1": ("U8", (), 1),
    "<u2": ("U16", (), 2),
    "<u4": ("U32", (), 4),
    "<u8": ("U64", (), 8),
    "<f2": ("F16", (), 2),
    "<f4": ("F32", (), 4),
    "<f8": ("F64", (), 8),
    ">f8": ("F64", (), 8),
    ">i2": ("I16", (), 2),
    "<c8": ("F32", (2,), 8),
    ">c16": ("F64", (2,), 16),
    "<M8": ("I64", (), 8),
    "<M8[ns]": ("I64", (), 8),
    "<M8[25s]": ("I64", (), 8),
    ">m8[D]": ("I64", (), 8),
    "|S1": ("U8", (1,), 1),
    "|S300": ("U8", (300,), 300),
    "<U1": ("U32", (1,), 4),
    ">U12": ("U32", (12,), 48),
    "intp": ("I64", (), 8),
}


@pytest.mark.parametrize("name", STORED)
def test_each_dtype_is_stored_as_the_table_says(name):
    how = stored(name)
    assert (how.code, how.extra, how.size) == STORED[name]
    dtype = parse(name)
    assert dtype == (np.dtype(np.intp) if name == "intp" else np.dtype(name))
    assert name_of(dtype) == ("<i8" if name == "intp" and dtype.itemsize == 8 else name)
    assert how.component[0] in "<|"


@pytest.mark.parametrize(
    "name",
    [
        "", "f8", "=f8", "<f", "float64", "d", "<f16", "<f12", "<c32", "<c24", "|O", "O", "|V8", "V", "<V8", "i8,f8",
        "<i1", ">b1", "|f8", "<i3", "<i16", "<u0", "b1", "?", "intp ", "uintp", "<intp", " <f8", "<f8 ", "<f8\n",
        "|S0", "|S", "S5", "<S5", "|S05", "|S-1", "|S+1", "|S1_0", "|S\u0661", "<U0", "|U5", "<U", f"<U{MAX_TEXT + 1}",
        "|S99999999999999999999", "<M8[]", "<M8[ns", "<M8[1s]", "<M8[01s]", "<M8[0s]", "<M8[xx]", "<M8[s/2]", "<M4[s]",
        "<M8[generic]", "<M8[99999999999s]", "|M8[s]", "<M8[\u03bcs]", "<m16", "<f8" * 1000, "T", "<f8\0", "(2,)<f8", "<M8[ s]",
    ],
)  # fmt: skip
def test_any_other_name_is_refused(name):
    with pytest.raises(FormatError, match="not a dtype"):
        parse(name)
    with pytest.raises(FormatError):
        check_spec(ArraySpec(name, (3,)))


@pytest.mark.parametrize(
    ("dtype", "words"),
    [
        (np.dtype("O"), "object"),
        (np.dtype("V8"), "V8"),
        (np.dtype([("a", "<f8")]), "one block"),
        (np.dtype("S0"), "fixed strings"),
        (np.dtype(f"U{MAX_TEXT + 1}"), "astype"),
    ],
)
def test_what_no_block_of_numbers_holds_is_refused_when_saving(dtype, words):
    with pytest.raises(UnsupportedError, match=words):
        name_of(dtype)


@pytest.mark.skipif(np.dtype("longdouble").itemsize == 8, reason="long double is double here")
@pytest.mark.parametrize("name", ["longdouble", "clongdouble"])
def test_long_double_is_refused_with_the_way_out(name):
    with pytest.raises(UnsupportedError, match="astype"):
        name_of(np.dtype(name))


def test_a_big_endian_machine_names_its_own_order_alike(monkeypatch):
    monkeypatch.setattr(dtypes, "_BIG", True)
    assert name_of(np.dtype(">f8")) == "<f8"
    assert name_of(np.dtype("<i4")) == ">i4"
    assert name_of(np.dtype("|S3")) == "|S3"
    dtypes._parse.cache_clear()
    assert dtypes._parse("<U4") == np.dtype(">U4")
    assert dtypes._parse("<M8[D]") == np.dtype(">M8[D]")
    assert dtypes._machine("<f8") == np.dtype(">f8")
    dtypes._parse.cache_clear()


@pytest.mark.parametrize(
    ("shape", "nbytes"),
    [((), 8), ((3,), 24), ((0,), 0), ((2, 3), 48), ((5, 0, 7), 0), ((1,) * 32, 8), ((2**60 - 1,), 8 * (2**60 - 1))],
)
def test_sizes_are_computed_in_full(shape, nbytes):
    assert check_spec(ArraySpec("<f8", shape)) == nbytes


@pytest.mark.parametrize(
    "shape",
    [
        (-1,),
        (2, -3),
        (-2, -3),
        (2**60,),
        (2**64,),
        (2**32, 2**32),
        (0, 2**62),
        (2**62, 0),
        (10**4000,),
        (1,) * 33,
        (2**21,) * 3,
    ],
)
def test_shapes_that_no_memory_can_address_are_refused(shape):
    with pytest.raises(FormatError) as caught:
        check_spec(ArraySpec("<f8", shape))
    assert len(str(caught.value)) < 500


def test_a_machine_of_32_bits_says_what_is_too_large_for_it(monkeypatch):
    monkeypatch.setattr(dtypes, "_ADDRESSABLE", (1 << 31) - 1)
    assert check_spec(ArraySpec("<f8", (1 << 27,))) == 1 << 30
    for shape in ((1 << 28,), (0, 1 << 40), (1 << 20, 1 << 20)):
        with pytest.raises(LimitError, match="this machine"):
            check_spec(ArraySpec("<f8", shape))
