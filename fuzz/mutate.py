"""Mutants of files: bytes changed blindly, or the model changed and everything around it made right again.

Each mutant follows from its seed and its number, so that what was found can be made again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from . import values
from .corpus import Kind
from .members import bent_within
from .packs import changed_native
from .pieces import ATOMS, Content, Pieces, copied, parts_of, put_together, take_apart

__all__ = ["Corpus", "Mutant"]

_SWEEP = 8


@dataclass(frozen=True)
class Mutant:
    """One file to try.

    Attributes
    ----------
    kind : Kind
        Whose file it was.
    data : bytes
    how : tuple of str
        What was done, and to what.
    aware : bool
        Whether digests and headers are right.
    """

    kind: Kind
    data: bytes
    how: tuple[str, ...]
    aware: bool


@dataclass(slots=True)
class Slot:
    """A place of the model that something stands in."""

    holder: Any
    key: Any
    role: str
    path: str
    kept: bool = False

    @property
    def value(self) -> Any:
        return self.holder[self.key]

    @value.setter
    def value(self, new: Any) -> None:
        self.holder[self.key] = new


def slots(root: list[Any]) -> list[Slot]:
    """Return every place of a model, which is the first of a list, the roles as in `perdure`'s own layout."""
    found: list[Slot] = []
    # Not recursive: a mutant may be deep.
    waiting = [Slot(root, 0, "n", "", True)]
    while waiting:
        slot = waiting.pop()
        found.append(slot)
        value = slot.value
        if isinstance(value, dict):
            waiting += [
                Slot(value, name, slot.role.lower() if slot.role in "NC" else "n", f"{slot.path}.{name}")
                for name in value
            ]
        elif tag(value) and tag(value) not in ATOMS:
            owner = (
                f"{slot.path}<{value[1].rpartition(':')[2]}>"
                if value[0] in ("object", "batch") and isinstance(value[1], str)
                else slot.path
            )
            waiting += [Slot(value, i, role, owner) for i, role in parts_of(value)]
    return found


def tag(value: Any) -> str:
    """Return the tag of a node or a column, empty where it has none."""
    return value[0] if isinstance(value, list) and value and isinstance(value[0], str) else ""


def is_atom(value: Any) -> bool:
    """Whether a node is a plain value."""
    return not isinstance(value, (list, dict, Content)) or tag(value) in ATOMS


class Corpus:
    """The files that mutants are made of.

    Parameters
    ----------
    kinds : sequence of Kind
    seed : int
    aware : float, default=0.5
        The share of mutants whose digests are right.
    healthy : bool, default=False
        The models as they are, one after the other, in place of mutants.
    within : bool, default=False
        The files are archives of skops, of which members are changed, checksums right.
    """

    def __init__(
        self, kinds: Sequence[Kind], seed: int, aware: float = 0.5, healthy: bool = False, within: bool = False
    ) -> None:
        self.kinds = list(kinds)
        self.seed = seed
        self.aware = aware
        self.healthy = healthy
        self.within = within
        self._pieces: dict[str, Pieces] = {}
        self._turns = [kind for kind in kinds for _ in range(kind.weight)]
        random.Random(seed).shuffle(self._turns)

    def pieces(self, kind: Kind) -> Pieces:
        """Return the pieces of a kind, not to be changed."""
        if kind.name not in self._pieces:
            self._pieces[kind.name] = take_apart(kind.data)
        return self._pieces[kind.name]

    @cached_property
    def places(self) -> list[tuple[Kind, str]]:
        """Each place of a plain value that there is, in the first model that has it."""
        found: dict[str, Kind] = {}
        for kind in self.kinds:
            for slot in slots([self.pieces(kind).root]):
                if slot.role == "n" and is_atom(slot.value):
                    found.setdefault(slot.path, kind)
        places = [(kind, path) for path, kind in found.items()]
        random.Random(self.seed).shuffle(places)
        return places

    def mutant(self, number: int) -> Mutant:
        """Return the mutant of a number, always the same."""
        if self.healthy:
            kind = self.kinds[number]
            return Mutant(kind, kind.data, ("healthy",), True)
        rng = random.Random(f"{self.seed}/{number}")
        kind = self._turns[number % len(self._turns)]
        if self.aware and number % _SWEEP == 0:
            # One in so many goes through all plain values in turn, so that none is left out by chance.
            kind, path = self.places[number // _SWEEP % len(self.places)]
            return self._at(rng, kind, path)
        if rng.random() >= self.aware:
            other = rng.choice(self.kinds).data
            if self.within and rng.random() < 0.9:
                data, how = bent_within(rng, kind.data, other, bent)
            else:
                data, how = bent(rng, kind.data, other)
            return Mutant(kind, data, (how,), False)
        pieces = self.pieces(kind)
        changed = replace(pieces, root=copied(pieces.root), bases=dict(pieces.bases), sections=dict(pieces.sections))
        holder = [changed.root]
        # Most mutants are near to a model that works: those reach what lies behind the checks.
        count = rng.choice((1, 1, 1, 1, 2, 2, 3, 5))
        light = rng.random() < 0.62
        how: list[str] = []
        for _ in range(count):
            operations = _LIGHT if light else _HEAVY
            if kind.trusted and rng.random() < 0.4:
                operations = (native,)
            for _ in range(4):
                try:
                    done = rng.choice(operations)(rng, holder, changed, self)
                except Exception:  # noqa: BLE001 - what an operation before it has left may be of any form
                    done = None
                if done is not None:
                    how.append(done)
                    break
        changed.root = holder[0]
        return Mutant(kind, put_together(changed), tuple(how), True)

    def _at(self, rng: random.Random, kind: Kind, path: str) -> Mutant:
        pieces = self.pieces(kind)
        holder = [copied(pieces.root)]
        slot = rng.choice(
            [slot for slot in slots(holder) if slot.path == path and slot.role == "n" and is_atom(slot.value)]
        )
        slot.value = values.atom(rng, slot.value)
        return Mutant(kind, put_together(replace(pieces, root=holder[0])), (f"number {path}",), True)


# --- bytes ------------------------------------------------------------------------------------------


def bent(rng: random.Random, data: bytes, other: bytes) -> tuple[bytes, str]:
    """Return bytes with something changed, blindly."""
    way = rng.randrange(8)
    changed = bytearray(data)
    at = rng.randrange(len(data))
    end = min(len(data), at + rng.choice((1, 2, 4, 16, 100, 1000)))
    if way == 0:
        for _ in range(rng.choice((1, 1, 2, 8))):
            changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return bytes(changed), "bits flipped"
    if way == 1:
        changed[at:end] = rng.randbytes(end - at)
        return bytes(changed), "bytes overwritten"
    if way == 2:
        return data[:at], "cut"
    if way == 3:
        del changed[at:end]
        return bytes(changed), "bytes left out"
    if way == 4:
        changed[at:at] = data[at:end]
        return bytes(changed), "bytes repeated"
    if way == 5:
        return data[:at] + other[rng.randrange(len(other)) :], "spliced"
    if way == 6:
        start = rng.randrange(len(other))
        changed[at:end] = other[start : start + end - at]
        return bytes(changed), "bytes of another file"
    # A number of a header, or of the JSON.
    number = rng.choice((0, 1, 0xFF, 0xFFFF, 0xFFFFFFFF, 0x7FFFFFFF)).to_bytes(4, "little")
    changed[at : at + 4] = number
    return bytes(changed), "a number overwritten"


# --- the model, lightly -----------------------------------------------------------------------------

Operation = Callable[[random.Random, list[Any], Pieces, Corpus], str | None]


def _pick(rng: random.Random, root: list[Any], wanted: Callable[[Slot], bool]) -> Slot | None:
    found = [slot for slot in slots(root) if wanted(slot)]
    return rng.choice(found) if found else None


def _is_number(slot: Slot) -> bool:
    value = slot.value
    return slot.role in "nv" and (isinstance(value, (bool, int, float)) or tag(value) in ("float", "int"))


def parameter_number(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Put another number in the place of one."""
    slot = _pick(rng, root, _is_number)
    if slot is None:
        return None
    slot.value = values.atom(rng, slot.value)
    return f"number {slot.path}"


def parameter_text(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Put another text in the place of one."""
    slot = _pick(rng, root, lambda slot: slot.role in "nv" and isinstance(slot.value, str))
    if slot is None:
        return None
    slot.value = values.atom(rng, slot.value)
    return f"text {slot.path}"


def parameter_nothing(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Put a value in the place of None, or None in the place of a value."""
    slot = _pick(rng, root, lambda slot: slot.role == "n" and is_atom(slot.value))
    if slot is None:
        return None
    slot.value = values.atom(rng, slot.value) if slot.value is None else None
    return f"nothing {slot.path}"


def parameter_dressed(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Put a value of another kind in the place of a plain one, that stands for much the same."""
    slot = _pick(rng, root, lambda slot: slot.role == "n" and is_atom(slot.value))
    if slot is None:
        return None
    slot.value = values.dressed(rng, slot.value)
    return f"dressed {slot.path} {slot.value!s:.60}"


def _array(rng: random.Random, root: list[Any], kinds: str) -> Slot | None:
    return _pick(
        rng,
        root,
        lambda slot: isinstance(slot.value, Content) and (slot.value.dtype + "i")[1] in kinds and slot.value.data,
    )


def _contents(rng: random.Random, root: list[Any], kinds: str) -> str | None:
    slot = _array(rng, root, kinds)
    if slot is None:
        return None
    content = slot.value
    found = content.values()
    if found is None or not len(found):
        return None
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        values.element(rng, found, rng.randrange(len(found)))
    slot.value = content.with_values(found)
    return f"contents {slot.path}"


def contents_floats(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Change elements of an array of floats."""
    return _contents(rng, root, "fc")


def contents_integers(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Change elements of an array of integers, which are often indices."""
    return _contents(rng, root, "iub" + "n")


def contents_other(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Change elements of an array of texts, times and the like."""
    return _contents(rng, root, "SUMm")


def contents_whole(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Fill an array with one value, or shuffle it."""
    slot = _array(rng, root, "fciubnSUMm")
    found = None if slot is None else slot.value.values()
    if slot is None or found is None or not len(found):
        return None
    if rng.random() < 0.5:
        np.random.RandomState(rng.randrange(2**31)).shuffle(found)
    else:
        values.element(rng, found, 0)
        found[:] = found[0]
    slot.value = slot.value.with_values(found)
    return f"whole contents {slot.path}"


def parameter_of_two(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Exchange two plain values of one object."""
    owner = _pick(rng, root, lambda slot: slot.role == "N" and isinstance(slot.value, dict) and len(slot.value) > 1)
    if owner is None:
        return None
    plain = [name for name, value in owner.value.items() if is_atom(value)]
    if len(plain) < 2:
        return None
    first, second = rng.sample(plain, 2)
    state = owner.value
    state[first], state[second] = state[second], state[first]
    return f"exchanged {owner.path}.{first} and {second}"


# --- the model, heavily -----------------------------------------------------------------------------


def shape(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Change the shape of an array, the contents to fit it."""
    slot = _array(rng, root, "fciubnSUMm")
    if slot is None:
        return None
    content = slot.value
    lengths = list(content.shape)
    way = rng.randrange(8)
    if way == 0 and lengths:
        lengths[rng.randrange(len(lengths))] += rng.choice((1, -1))
    elif way == 1 and lengths:
        lengths[rng.randrange(len(lengths))] = rng.choice((0, 1, 2, 17))
    elif way == 2:
        lengths = lengths[::-1]
    elif way == 3:
        lengths.insert(rng.randrange(len(lengths) + 1), 1)
    elif way == 4 and lengths:
        lengths.pop(rng.randrange(len(lengths)))
    elif way == 5:
        lengths = [int(np.prod([int(n) for n in lengths], dtype=object))] if lengths else [1]
    elif way == 6:
        lengths = []
    elif lengths:
        lengths[rng.randrange(len(lengths))] = rng.choice((-1, 2**31, 2**62, 2**64, 10**6))
    made = replace(content, shape=tuple(lengths))
    if rng.random() < 0.9 and made.size is not None and made.size < 1 << 20 and content.data:
        made = replace(made, data=(content.data * (made.size // len(content.data) + 1))[: made.size])
    slot.value = made
    return f"shape {slot.path} {content.shape} -> {made.shape}"


def kind_of_array(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Change the dtype of an array: cast, or the same bytes read otherwise."""
    slot = _array(rng, root, "fciubnSUMm")
    if slot is None:
        return None
    content, new = slot.value, values.dtype(rng)
    made = replace(content, dtype=new)
    found = content.values()
    if rng.random() < 0.8 and found is not None and made.size is not None:
        with np.errstate(all="ignore"):
            try:
                made = replace(made, data=found.astype("<i8" if new == "intp" else new).tobytes())
            except (TypeError, ValueError):
                made = replace(made, data=(content.data * 40)[: made.size])
    slot.value = made
    return f"dtype {slot.path} {content.dtype} -> {new}"


def order(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Exchange the memory orders."""
    slot = _array(rng, root, "fciubn")
    if slot is None:
        return None
    slot.value = replace(slot.value, order="C" if slot.value.order == "F" else "F")
    return f"order {slot.path}"


def type_name(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Put another name in the place of a type or a function."""
    slot = _pick(rng, root, lambda slot: slot.role == "t")
    if slot is None:
        return None
    others = [other.value for other in slots(root) if other.role == "t"]
    slot.value = rng.choice(others) if rng.random() < 0.3 else values.name(rng)
    return f"type {slot.path} -> {slot.value}"


def layout_number(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Change a shape, a count, an order or a key that the graph itself says."""
    slot = _pick(rng, root, lambda slot: slot.role in "svkd")
    if slot is None:
        return None
    value = slot.value
    if slot.role == "d":
        slot.value = values.dtype(rng) if rng.random() < 0.7 or not isinstance(value, dict) else _layout(rng, value)
    elif isinstance(value, list) and value:
        value[rng.randrange(len(value))] = values.atom(rng, 1)
    elif isinstance(value, int):
        slot.value = rng.choice((value + 1, value - 1, 0, -1, 2**31, 2**62))
    else:
        slot.value = values.atom(rng, value)
    return f"layout {slot.path}"


def _layout(rng: random.Random, value: dict[str, Any]) -> dict[str, Any]:
    made = copied(value)
    fields = made["fields"]
    way = rng.randrange(5)
    row = rng.choice(fields)
    if way == 0:
        row[3] = rng.choice((row[3] + 1, row[3] - 1, -8, 0, 2**31, made["itemsize"]))
    elif way == 1:
        row[1] = values.dtype(rng)
    elif way == 2:
        made["itemsize"] = rng.choice((0, 1, made["itemsize"] - 1, made["itemsize"] + 8, 2**31))
    elif way == 3:
        row[2] = rng.choice(([2], [0], [-1], [2**31]))
    else:
        rng.shuffle(fields)
    return made


def _state(rng: random.Random, root: list[Any]) -> Slot | None:
    return _pick(rng, root, lambda slot: slot.role in "NC" and isinstance(slot.value, dict) and bool(slot.value))


def attribute(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Leave out, add, rename, repeat or exchange an attribute."""
    owner = _state(rng, root)
    if owner is None:
        return None
    state, names = owner.value, sorted(owner.value)
    one, two = rng.choice(names), rng.choice(names)
    way = rng.randrange(5)
    if way == 0:
        del state[one]
        return f"left out {owner.path}.{one}"
    if way == 1:
        state[one], state[two] = state[two], state[one]
        return f"exchanged {owner.path}.{one} and {two}"
    if way == 2:
        state[one] = copied(state[two])
        return f"{owner.path}.{one} is {two}"
    new = rng.choice(
        ("predict", "__class__", "__dict__", "fit", "_n_threads", "n_jobs", "note", "tree_", "_sklearn_version")
    )
    if way == 3:
        state[new] = state.pop(one)
        return f"renamed {owner.path}.{one} to {new}"
    state[new] = copied(state[two])
    return f"added {owner.path}.{new}"


def _inner(slot: Slot) -> bool:
    return slot.role == "n" and not slot.kept


def nodes(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Exchange two nodes, or put one in the place of another."""
    found = [slot for slot in slots(root) if _inner(slot)]
    if len(found) < 2:
        return None
    one, two = rng.sample(found, 2)
    first, second = copied(one.value), copied(two.value)
    two.value = first
    if rng.random() < 0.5:
        one.value = second
    return f"nodes {one.path} to {two.path}"


def items(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Repeat, leave out or shuffle items of a container."""
    slot = _pick(
        rng,
        root,
        lambda slot: tag(slot.value) in ("list", "tuple", "dict", "set", "each", "objects") and len(slot.value) > 1,
    )
    if slot is None:
        return None
    value = slot.value
    at = rng.randrange(1, len(value))
    way = rng.randrange(4)
    if way == 0:
        del value[at]
    elif way == 1:
        value.insert(at, copied(value[at]))
    elif way == 2:
        tail = value[1:]
        rng.shuffle(tail)
        value[1:] = tail
    else:
        value[:] = value[:1]
    return f"items {slot.path}"


def shared(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Share a value between two places, or put it into itself."""
    found = [slot for slot in slots(root) if _inner(slot)]
    if len(found) < 2:
        return None
    if rng.random() < 0.5:
        one, two = rng.sample(found, 2)
        # What comes first in the file defines.
        one.value = ["def", 900, one.value]
        two.value = ["ref", 900]
        return f"shared {one.path} with {two.path}"
    slot = rng.choice([slot for slot in slots(root) if isinstance(slot.value, (list, dict)) and slot.role == "n"])
    inside = [other for other in slots([slot.value]) if _inner(other)]
    if not inside:
        return None
    inner = rng.choice(inside)
    inner.value = ["ref", 901]
    slot.value = ["def", 901, slot.value]
    return f"a cycle {slot.path} at {inner.path}"


_SAME = {
    "numbers": ("scalars", "stack"),
    "scalars": ("numbers", "stack"),
    "stack": ("numbers", "scalars"),
    "texts": ("rows",),
    "rows": ("texts",),
}


def column(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Make another kind of a column, or change its offsets."""
    slot = _pick(rng, root, lambda slot: tag(slot.value) in _SAME)
    if slot is None:
        return None
    value = slot.value
    if len(value) == 3 and rng.random() < 0.6 and isinstance(value[2], Content):
        found = value[2].values()
        if found is not None and len(found):
            values.element(rng, found, rng.randrange(len(found)))
            value[2] = value[2].with_values(found)
        return f"offsets {slot.path}"
    value[0] = rng.choice(_SAME[value[0]])
    return f"column {slot.path} -> {value[0]}"


def transplant(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Put a part of another model in the place of a part."""
    other = corpus.pieces(rng.choice(corpus.kinds))
    theirs = [slot for slot in slots([other.root]) if slot.role == "n" and isinstance(slot.value, (list, dict))]
    ours = [slot for slot in slots(root) if slot.role == "n" and isinstance(slot.value, (list, dict))]
    if not theirs or not ours:
        return None
    from_, to = rng.choice(theirs), rng.choice(ours)
    if rng.random() < 0.5:
        # The same attribute of another model, where there is one.
        last = to.path.rpartition(".")[2]
        alike = [slot for slot in theirs if slot.path.rpartition(".")[2] == last]
        from_ = rng.choice(alike) if alike else from_
    to.value = copied(from_.value)
    return f"transplanted {from_.path} to {to.path}"


def native(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Change what another library's own reader gets."""
    found = [slot for slot in slots(root) if slot.role == "n" and is_atom(slot.value)]
    rng.shuffle(found)
    for slot in found:
        made = changed_native(rng, slot.value, bent)
        if made is not None:
            slot.value, how = made
            return f"native {slot.path} {how}"
    return None


def libraries(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Say that the model was made by another release: migrations then act."""
    version = rng.choice(
        ("1.2.2", "1.3.0", "1.4.2", "1.5.0", "1.6.1", "1.7.0", "1.8.0", "1.9.0", "1.10", "2.0", "0.24", "x")
    )
    pieces.manifest = replace(pieces.manifest, libraries={**pieces.manifest.libraries, "scikit-learn": version})
    return f"scikit-learn {version}"


def sections(rng: random.Random, root: list[Any], pieces: Pieces, corpus: Corpus) -> str | None:
    """Change the bytes of a record or of a probe."""
    if not pieces.sections:
        return None
    name = rng.choice(sorted(pieces.sections))
    data = pieces.sections[name]
    if not data:
        return None
    if rng.random() < 0.7:
        # A number of the JSON, so that it stays JSON.
        at = rng.randrange(len(data))
        digits = [i for i in range(at, min(at + 400, len(data))) if data[i : i + 1].isdigit()]
        if digits:
            at = rng.choice(digits)
            data = (
                data[:at]
                + rng.choice((b"9", b"-1", b"1e400", b"99999999999999999999", b"0.5", b"null"))
                + data[at + 1 :]
            )
        pieces.sections[name] = data
    else:
        pieces.sections[name] = bent(rng, data, data)[0]
    return f"section {name}"


_LIGHT: tuple[Operation, ...] = (
    parameter_number,
    parameter_number,
    parameter_number,
    parameter_text,
    parameter_text,
    parameter_nothing,
    parameter_of_two,
    parameter_dressed,
    libraries,
    contents_floats,
    contents_floats,
    contents_integers,
    contents_other,
    contents_whole,
)
_HEAVY: tuple[Operation, ...] = (
    contents_integers,
    contents_integers,
    contents_whole,
    shape,
    shape,
    kind_of_array,
    order,
    type_name,
    layout_number,
    attribute,
    attribute,
    nodes,
    items,
    shared,
    column,
    transplant,
    transplant,
    libraries,
    sections,
)
