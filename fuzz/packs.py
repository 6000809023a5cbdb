"""Models of other libraries as a corpus, and changes of what their own readers get: UBJSON, text, flat buffers."""

from __future__ import annotations

import base64
import random
import re
import struct
import warnings
from collections.abc import Callable
from typing import Any

import perdure

from .corpus import Kind, hundred, tests_on_path

__all__ = ["changed_native", "pack_kinds"]

#: Libraries whose compiled code gets what the file says: their models come up more often.
_WEIGHT = {"xgboost": 4, "lightgbm": 4, "catboost": 4, "quantile_forest": 4, "imblearn": 2}
#: A quantile forest holds its training targets, a model that was stopped early its many trees.
_MOST_BYTES = 40_000
_LONG = 200
_ARRAY = re.compile(rb"\[\$([UiIlLdD])#(?:([Ui])(.)|I(..)|l(.{4})|L(.{8}))", re.DOTALL)
_TYPES = {b"U": "B", b"i": "b", b"I": ">h", b"l": ">i", b"L": ">q", b"d": ">f", b"D": ">d"}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_INTEGERS = (-1, 0, 1, 2, 3, 5, 7, 31, 127, 255, 256, 1000, 65535, 2**24, 2**31 - 2, 2**31 - 1, 2**31, -(2**31), 2**62)
_FLOATS = (0.0, -1.0, 1.0, 1e300, -1e300, 1e-300, float("nan"), float("inf"), -float("inf"), 2.0**31, 77.0)


def pack_kinds(wanted: str = "", at_most: int | None = None) -> list[Kind]:
    """Return the models of tests/third_party, fitted now, whose readers name the library.

    Parameters
    ----------
    wanted : str, default=""
        Beginnings of names, or names of libraries, with commas; all without one.
    at_most : int, optional
        No more models than this.
    """
    tests_on_path()
    from third_party.models import CASES

    beginnings = tuple(filter(None, wanted.split(",")))
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, (library, make) in CASES.items():
            if beginnings and not name.startswith(beginnings) and library not in beginnings:
                continue
            model, rows = make()
            data = perdure.dumps(model)
            if len(data) <= _MOST_BYTES:
                found.append(Kind(name, data, hundred(rows), _WEIGHT.get(library, 1), (library,)))
    return found if at_most is None else found[:: max(1, len(found) // at_most)][:at_most]


def changed_native(rng: random.Random, value: Any, bent: Callable[..., tuple[bytes, str]]) -> tuple[Any, str] | None:
    """Return an atom of a graph, what a library's own reader gets, with something changed; None where it is no such.

    Parameters
    ----------
    rng : random.Random
    value : str or list
        A text, or bytes in base64 with their tag.
    bent : callable
        Changes bytes blindly.
    """
    if isinstance(value, str) and len(value) > _LONG:
        return _text(rng, value)
    if not (isinstance(value, list) and len(value) == 2 and value[0] == "bytes" and len(value[1]) > _LONG):
        return None
    data = base64.b64decode(value[1])
    if data.startswith(b"{") and rng.random() < 0.75:
        made, how = _ubjson(rng, data)
    else:
        made, how = bent(rng, data, data)
    return ["bytes", base64.b64encode(made).decode()], how


def _ubjson(rng: random.Random, data: bytes) -> tuple[bytes, str]:
    changed = bytearray(data)
    how = []
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        arrays = [found for found in _ARRAY.finditer(data) if _count(found)]
        texts = list(re.finditer(rb"SL(.{8})(-?[0-9.E\[\]-]+)", data, re.DOTALL))
        if arrays and (rng.random() < 0.75 or not texts):
            found = rng.choice(arrays)
            form = _TYPES[found[1]]
            size = struct.calcsize(form)
            at = found.end() + size * rng.randrange(_count(found))
            if at + size > len(changed):
                continue
            if form[-1] in "fd":
                new: Any = rng.choice((*_FLOATS, rng.uniform(-5, 5)))
                new = new if form == ">d" or abs(new) < 3e38 or new != new else float("inf")
            else:
                bits = 8 * size
                new = rng.choice((*_INTEGERS, rng.randrange(0, 20)))
                new = new % (1 << bits) if form == "B" else (new + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
            changed[at : at + size] = struct.pack(form, new)
            key = data[max(0, found.start() - 18) : found.start()].decode("ascii", "replace")
            how.append(f"{key!r}[{(at - found.end()) // size}] = {new}")
        elif texts:
            # Numbers that are texts: num_nodes, base_score, num_class …
            found = rng.choice(texts)
            start, end = found.span(2)
            digits = str(rng.choice((*_INTEGERS, 0.5))).encode()
            new_text = digits[: end - start].rjust(end - start, b"0")
            changed[start:end] = new_text
            key = data[max(0, found.start() - 18) : found.start()].decode("ascii", "replace")
            how.append(f"{key!r} = {new_text!r}")
    return bytes(changed), "; ".join(how)


def _count(found: re.Match[bytes]) -> int:
    digits = next(group for group in found.groups()[2:] if group is not None)
    return int.from_bytes(digits, "big")


def _text(rng: random.Random, text: str) -> tuple[str, str]:
    lines = text.split("\n")
    how = []
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(lines))
        way = rng.randrange(10)
        if way == 0:
            del lines[at]
            how.append(f"line {at} left out")
        elif way == 1:
            lines.insert(at, rng.choice(lines))
            how.append(f"line {at} repeated")
        else:
            numbers = list(_NUMBER.finditer(lines[at]))
            if numbers:
                found = rng.choice(numbers)
                new = str(rng.choice((*_INTEGERS, *_FLOATS, rng.randrange(0, 20), "", "x", "1 1")))
                lines[at] = lines[at][: found.start()] + new + lines[at][found.end() :]
                how.append(f"line {at}: {lines[at][:40]!r} has {new}")
        if not lines:
            return "", "emptied"
    return _sized("\n".join(lines)) if rng.random() < 0.9 else "\n".join(lines), "; ".join(how)


def _sized(text: str) -> str:
    """Return the text of a LightGBM model with the sizes of its trees made right, so that what is inside is seen."""
    head, found, rest = text.partition("\n\n")
    if not found or "tree_sizes=" not in head:
        return text
    blocks = re.split(r"(?=Tree=\d+\n)", rest.partition("end of trees\n")[0])[1:]
    sizes = " ".join(str(len(block.encode())) for block in blocks)
    return re.sub(r"tree_sizes=.*", f"tree_sizes={sizes}", head) + "\n\n" + rest
