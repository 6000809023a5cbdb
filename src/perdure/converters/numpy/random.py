"""numpy's random states: the bit generator by name, its numbers, and the seed that it may spawn from."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError, UnsupportedError
from ..base import Converter

__all__ = ["BIT_GENERATOR", "GENERATOR", "RANDOM_STATE", "SEED_SEQUENCE"]

_BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
# What numpy's C code uses as an index without looking, and how far it may go.
_POSITIONS = {"MT19937": ("state", "pos", 624), "Philox": (None, "buffer_pos", 4)}


def _bit_generator(name: Any) -> Any:
    if name not in _BIT_GENERATORS:
        raise InvalidError(f"there is no bit generator named {name!r:.40}")
    return getattr(np.random, name)


def _plain(value: Any) -> Any:
    """Return the state with numpy's integers as Python's; arrays stay."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return int(value) if isinstance(value, np.integer) else value


def _checked(state: Any) -> Any:
    name = state["bit_generator"]
    _bit_generator(name)
    if name in _POSITIONS:
        inside, key, most = _POSITIONS[name]
        position = (state if inside is None else state[inside])[key]
        if type(position) is not int or not 0 <= position <= most:
            raise InvalidError(f"the position {position!r:.40} of a {name} is not between 0 and {most}")
    return state


def _random_state_state(value: Any) -> dict[str, Any]:
    state: dict[str, Any] = _plain(value.get_state(legacy=False))
    if state["bit_generator"] != "MT19937":
        raise UnsupportedError(
            f"a RandomState over {state['bit_generator']} cannot be saved",
            fix="use numpy.random.Generator, or numpy.random.RandomState(seed)",
        )
    return {**state, "gauss": float(state["gauss"])}


def _random_state(cls: Any, state: dict[str, Any]) -> Any:
    _checked(state)
    if state["bit_generator"] != "MT19937":
        raise InvalidError("a RandomState is one of MT19937")
    made = cls(_bit_generator(state["bit_generator"])(0))
    made.set_state(state)
    return made


def _seed_of(bits: Any) -> Any:
    # numpy 1.24 has the seed under a private name only.
    seed = getattr(bits, "seed_seq", getattr(bits, "_seed_seq", None))
    return seed if isinstance(seed, np.random.SeedSequence) else None


def _bits_state(bits: Any) -> dict[str, Any]:
    return {"seed": _seed_of(bits), "state": _plain(bits.state)}


def _bits(cls: Any, state: dict[str, Any]) -> Any:
    numbers = _checked(state["state"])
    made_by, seed = _bit_generator(numbers["bit_generator"]), state["seed"]
    if seed is not None and not isinstance(seed, np.random.SeedSequence):
        raise InvalidError("the seed of a bit generator is a SeedSequence")
    bits = made_by(0 if seed is None else seed)
    bits.state = numbers
    return bits


def _generator_state(value: Any) -> dict[str, Any]:
    return {"bit_generator": value.bit_generator}


def _generator(cls: Any, state: dict[str, Any]) -> Any:
    bits = state["bit_generator"]
    if not isinstance(bits, np.random.BitGenerator):
        raise InvalidError("a Generator is made of a bit generator")
    return cls(bits)


def _seed_state(seed: Any) -> dict[str, Any]:
    return {
        "entropy": seed.entropy,
        "n_children_spawned": int(seed.n_children_spawned),
        "pool_size": int(seed.pool_size),
        "spawn_key": tuple(map(int, seed.spawn_key)),
    }


def _seed(cls: Any, state: dict[str, Any]) -> Any:
    pool = state["pool_size"]
    if type(pool) is not int or not 4 <= pool <= 1024:
        raise InvalidError(f"the pool of a SeedSequence has 4 to 1,024 words, not {pool!r:.40}")
    return cls(
        state["entropy"],
        spawn_key=state["spawn_key"],
        pool_size=pool,
        n_children_spawned=state["n_children_spawned"],
    )


RANDOM_STATE = Converter("random-state", _random_state_state, _random_state)
GENERATOR = Converter("random-generator", _generator_state, _generator)
BIT_GENERATOR = Converter("bit-generator", _bits_state, _bits)
SEED_SEQUENCE = Converter("seed-sequence", _seed_state, _seed)
