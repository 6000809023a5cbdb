"""numpy's random states: the bit generator by name, and its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InvalidError
from .base import Converter

__all__ = ["GENERATOR", "RANDOM_STATE"]

_BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


def _bit_generator(name: str) -> Any:
    if name not in _BIT_GENERATORS:
        raise InvalidError(f"there is no bit generator named {name!r:.40}")
    return getattr(np.random, name)()


def _random_state_state(value: Any) -> dict[str, Any]:
    state = dict(value.get_state(legacy=False))
    return {
        "bit_generator": state["bit_generator"],
        "gauss": float(state["gauss"]),
        "has_gauss": int(state["has_gauss"]),
        "state": _plain(state["state"]),
    }


def _random_state(cls: type, state: dict[str, Any]) -> Any:
    made = cls(_bit_generator(state["bit_generator"]))  # type: ignore[call-arg]
    made.set_state(state)  # type: ignore[attr-defined]
    return made


def _plain(value: Any) -> Any:
    """Return the state with numpy's integers as Python's; arrays stay."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return int(value) if isinstance(value, np.integer) else value


def _generator_state(value: Any) -> dict[str, Any]:
    state = dict(_plain(value.bit_generator.state))
    seed = getattr(value.bit_generator, "seed_seq", None)
    kept = None
    if isinstance(seed, np.random.SeedSequence):
        kept = {
            "entropy": seed.entropy,
            "n_children_spawned": int(seed.n_children_spawned),
            "pool_size": int(seed.pool_size),
            "spawn_key": tuple(map(int, seed.spawn_key)),
        }
    return {"seed_sequence": kept, "state": state}


def _generator(cls: type, state: dict[str, Any]) -> Any:
    name = state["state"].get("bit_generator")
    bits = _bit_generator(name)
    if state["seed_sequence"] is not None:
        bits = type(bits)(np.random.SeedSequence(**state["seed_sequence"]))
    bits.state = state["state"]
    return cls(bits)  # type: ignore[call-arg]


RANDOM_STATE = Converter("random-state", _random_state_state, _random_state)
GENERATOR = Converter("random-generator", _generator_state, _generator)
