"""Random states: numpy's compiled code uses some of their numbers as indices without a look."""

from __future__ import annotations

from typing import Any

from .engine import rule
from .members import Members

__all__: list[str] = []

_MODULE = "numpy.random"
# Bit generator → where its position stands, the largest one, and the length of the arrays beside it.
_POSITIONS = {"MT19937": ("state", "pos", 624), "Philox": (None, "buffer_pos", 4)}
_LENGTHS = {
    "MT19937": {"key": 624},
    "Philox": {"counter": 4, "key": 2, "buffer": 4},
    "SFC64": {"state": 4},
    "PCG64": {},
    "PCG64DXSM": {},
}


@rule(f"{_MODULE}:RandomState/1")
def random_states(states: Members) -> None:
    """The state of a RandomState."""
    for state in states:
        _check(state, state.value("bit_generator"), state.value("state"), None)


@rule(*(f"{_MODULE}:{name}/1" for name in _LENGTHS))
def bit_generators(states: Members) -> None:
    """The state of a bit generator."""
    for state in states:
        whole = state.value("state")
        name = state.reader.entry(whole, "bit_generator")
        state.require(state.type == f"{_MODULE}:{name}/1", "the state is of another bit generator", ".state")
        _check(state, name, state.reader.entry(whole, "state"), whole)


def _check(member: Members, name: Any, inner: Any, whole: Any) -> None:
    reader = member.reader
    if not isinstance(name, str) or name not in _LENGTHS:
        member.fail("there is no such bit generator", 0, ".bit_generator")
    for key, length in _LENGTHS[name].items():
        holder = whole if key == "buffer" else inner
        array = reader.array(reader.entry(holder, key))
        ok = array is not None and array.shape == (length,) and array.dtype.kind in "ui"
        member.require(ok, f"{key} is not a row of {length} integers", ".state")
    if name in _POSITIONS:
        place, key, most = _POSITIONS[name]
        position = reader.integer(reader.entry(inner if place else whole, key))
        member.require(
            position is not None and 0 <= position <= most, f"{key} is not between 0 and {most}", f".state[{key!r}]"
        )


@rule(f"{_MODULE}:SeedSequence/1")
def seeds(states: Members) -> None:
    """What a seed is mixed from: mixing takes the square of the size of its pool."""
    for state in states:
        state.integers("pool_size", 4, 1024)
        state.integers("n_children_spawned", 0)
        _check_entropy(state, state.value("entropy"))
        key = state.reader.items(state.value("spawn_key"))
        state.require(key is not None and len(key) <= 1000, "a spawn key is a short row of integers", ".spawn_key")


def _check_entropy(state: Members, entropy: Any) -> None:
    if entropy is None:
        return
    reader = state.reader
    array = reader.array(entropy)
    items = [entropy] if reader.integer(entropy) is not None else reader.items(entropy)
    length = array.size if array is not None else None if items is None else len(items)
    state.require(length is not None and length <= 1000, "a seed is an integer, or a short row of them", ".entropy")
    for item in items or ():
        number = reader.integer(item)
        size = 0 if number is None else number.bit_length()
        state.require(size <= 4096, "a seed has at most 4,096 bits", ".entropy")
