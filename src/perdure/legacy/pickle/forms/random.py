"""Random states and generators of every numpy."""

from __future__ import annotations

from typing import Any

from ....graph.nodes import Dict, Node, Scalar
from ....graph.structure import Path
from ..translate import Translator
from ..values import Call, Name, Pairs
from .base import Book, as_dict, logical, misfit, only_state

__all__ = ["RANDOM"]

_BOOK = Book()
RANDOM = _BOOK.forms
_GENERATORS = frozenset(("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"))


def _plain(node: Node) -> Node:
    """Return numpy's integers as Python's, as get_state() of newer releases has them."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Dict):
        return Dict(tuple((key, _plain(value)) for key, value in node.pairs))
    return node


@_BOOK.form("numpy.random:__RandomState_ctor", "numpy.random._pickle:__randomstate_ctor")
def _random_state(t: Translator, call: Call, path: Path) -> Node:
    what = "a random state"
    state = only_state(call, what, path)
    if type(state) is tuple:
        # Up to numpy 1.16: (name, key, position[, has_gauss, gauss]).
        if len(state) not in (3, 5):
            raise misfit(what, call, path)
        name, key, position, has_gauss, gauss = (*state, 0, 0.0)[:5]
        numbers: Any = Pairs(["key", key, "pos", position])
        parts = {"bit_generator": name, "state": numbers, "has_gauss": has_gauss, "gauss": gauss}
    else:
        parts = as_dict(state, what, call, path)
    nodes = {key: _plain(t.value(value, Path(path, f".{key}"))) for key, value in sorted(parts.items())}
    if type(nodes.get("gauss")) is int:
        nodes["gauss"] = float(nodes["gauss"])  # type: ignore[arg-type]
    return logical(t, "numpy.random:RandomState/1", {}, path, nodes=nodes)


@_BOOK.form("numpy.random._pickle:__generator_ctor")
def _generator(t: Translator, call: Call, path: Path) -> Node:
    first = call.args[0] if call.args else None
    if type(first) is Call:
        return logical(t, "numpy.random:Generator/1", {"bit_generator": first}, path)
    # Up to numpy 1.23 the generator has the name and the numbers of its bit generator.
    name = t.text(first, "the name of a bit generator")
    node = _bits(t, name, only_state(call, "a random generator", path), None, call, path)
    return logical(t, "numpy.random:Generator/1", {}, path, nodes={"bit_generator": node})


@_BOOK.form("numpy.random._pickle:__bit_generator_ctor")
def _bit_generator(t: Translator, call: Call, path: Path) -> Node:
    first = call.args[0] if call.args else "MT19937"
    name = first.name if type(first) is Name else t.text(first, "the name of a bit generator")
    state = only_state(call, "a bit generator", path)
    numbers, seed = state if type(state) is tuple and len(state) == 2 else (state, None)
    return _bits(t, name, numbers, seed, call, path)


def _bits(t: Translator, name: str, numbers: Any, seed: Any, call: Call, path: Path) -> Node:
    if name not in _GENERATORS:
        raise misfit("a bit generator", call, path)
    nodes = {"state": _plain(t.value(numbers, Path(path, ".state")))}
    return logical(t, f"numpy.random:{name}/1", {"seed": seed}, path, nodes=nodes)


@_BOOK.form(
    "numpy.random.bit_generator:__pyx_unpickle_SeedSequence", "numpy.random._bit_generator:__pyx_unpickle_SeedSequence"
)
def _seed(t: Translator, call: Call, path: Path) -> Node:
    given = call.args[2] if len(call.args) == 3 and call.args[2] is not None else only_state(call, "a seed", path)
    if type(given) is not tuple or len(given) < 5:
        raise misfit("a seed", call, path)
    # In the order of numpy's own attributes: entropy, n_children_spawned, pool, pool_size, spawn_key.
    entropy, children, _, size, key = given[:5]
    state = {"entropy": entropy, "n_children_spawned": children, "pool_size": size, "spawn_key": key}
    return logical(t, "numpy.random:SeedSequence/1", state, path)
