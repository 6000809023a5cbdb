"""Mutants of archives of JSON and arrays, as skops writes them: a member changed, and the archive made right again."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from typing import Any

from perdure.graph.scalars import read_atom

from . import values

__all__ = ["bent_within"]

_SCHEMA = "schema.json"
#: How a member is changed: its bytes, given those of the same or of another file.
Bending = Callable[[random.Random, bytes, bytes], tuple[bytes, str]]


def bent_within(rng: random.Random, data: bytes, other: bytes, bent: Bending) -> tuple[bytes, str]:
    """Return an archive with a member changed.

    Parameters
    ----------
    rng : random.Random
    data, other : bytes
        The archive, and one that parts are taken from.
    bent : callable
        Changes bytes blindly.

    Returns
    -------
    bytes
    str
        What was done.
    """
    members, others = _members(data), _members(other)
    name = _SCHEMA if rng.random() < 0.7 else rng.choice(sorted(members))
    if name == _SCHEMA and rng.random() < 0.8:
        members[name], how = _node_changed(rng, members[name], others[name])
    elif members[name]:
        members[name], how = bent(rng, members[name], others[rng.choice(sorted(others))] or b"\0")
    else:
        members[name], how = b"\0", "a byte"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for member, content in members.items():
            archive.writestr(zipfile.ZipInfo(member), content)
    return made.getvalue(), f"{how} in {name}"


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _places(root: Any) -> list[tuple[Any, Any]]:
    """Return each place of a value of JSON: what holds it, and its key there."""
    found, waiting = [], [root]
    while waiting:
        holder = waiting.pop()
        for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            found.append((holder, key))
            if isinstance(value, (dict, list)):
                waiting.append(value)
    return found


def _plain(rng: random.Random, old: Any) -> Any:
    made = values.atom(rng, old)
    return read_atom(made) if isinstance(made, list) else made


def _node_changed(rng: random.Random, data: bytes, other: bytes) -> tuple[bytes, str]:
    """Return a schema in which some values are others, or gone."""
    root, foreign = json.loads(data), json.loads(other)
    how = []
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        holder, key = rng.choice(_places(root))
        way = rng.randrange(5)
        if way == 0:
            holder[key] = _plain(rng, holder[key] if isinstance(holder[key], (int, float, str)) else 0)
        elif way == 1:
            # JSON in a text: what a node of plain values holds.
            holder[key] = json.dumps(_plain(rng, rng.choice((0, 0.5, "", True))), default=str)
        elif way == 2:
            del holder[key]
        else:
            source, at = rng.choice(_places(root if way == 3 else foreign))
            holder[key] = json.loads(json.dumps(source[at], default=str))
        how.append(f"{('another', 'a text', 'none', 'its own', 'a foreign')[way]} for {key}")
        if not root:
            break
    return json.dumps(root, default=str).encode(), "; ".join(how)
