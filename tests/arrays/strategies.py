"""Arrays of every logical dtype, shape and memory layout, for hypothesis."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from perdure.arrays.dtypes import parse

NUMBERS = [
    "|b1",
    "|i1",
    "|u1",
    *(o + c for o in "<>" for c in ("i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")),
]
OTHERS = ["<M8[ns]", ">M8[D]", "<m8[25s]", "<M8", "|S1", "|S7", "<U1", "<U5", ">U3"]
NAMES = [*NUMBERS, *OTHERS]


def _elements(dtype):
    if dtype.kind == "b":
        return st.integers(0, 1)
    if dtype.kind == "U":
        return st.integers(0, 0x10FFFF)
    return st.integers(0, 255)


@st.composite
def arrays(draw, names=NAMES, max_side=6, shapes=None):
    """An array with random bytes (any NaN, any NaT), C- or F-ordered, sliced or not."""
    dtype = parse(draw(st.sampled_from(names)))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=max_side) if shapes is None else shapes)
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    step = draw(st.sampled_from([1, 2]))
    wide = (*shape[:-1], shape[-1] * step) if shape else ()
    count = int(np.prod(wide, dtype=int))
    if dtype.kind == "b":
        flat = rng.integers(0, 2, count).astype(dtype)
    elif dtype.kind == "U":
        points = rng.integers(0, 0x110000, count * dtype.itemsize // 4)
        flat = points.astype(dtype.byteorder + "u4").view(dtype)
    else:
        flat = np.frombuffer(rng.bytes(count * dtype.itemsize), dtype)
    array = flat.reshape(wide)
    if draw(st.booleans()):
        array = np.asfortranarray(array)
    if shape and step == 2:
        array = array[..., ::2]
    if shape and draw(st.booleans()):
        array = array[::-1]
    return array


def little_bytes(array, order):
    """The content of an array, the plain way: value by value, byte by byte."""
    items = array.flatten(order)
    size = array.dtype.itemsize
    raw = items.tobytes()
    unit = {"c": size // 2, "U": 4, "S": 1, "b": 1}.get(array.dtype.kind, size)
    if array.dtype.str[0] == ">":
        raw = b"".join(raw[at : at + unit][::-1] for at in range(0, len(raw), unit))
    return raw
