"""Attributes against the census: what scikit-learn's types are made of, in all releases that perdure knows.

What compiled code or a trusted method finds in an attribute is what models do have there: numbers, objects of one
module, estimators, functions. Anywhere else stands plain data, whatever the attribute is called.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, TypeAlias

from ..errors import Untrusted
from ..graph.native import native_reader
from ..graph.nodes import (
    Array,
    ArraySpec,
    Batch,
    Def,
    Dict,
    DictOf,
    Each,
    Global,
    List,
    Object,
    Objects,
    ObjectsOf,
    Ref,
    Rows,
    Scalar,
    Scalars,
    Stack,
    Structured,
    Texts,
    Tuple,
)
from ..graph.structure import Path, children, inner_of
from .engine import EVERY, rule, surely
from .members import Members
from .reading import Reader

__all__ = ["CONSTANTS", "attributes"]

#: What may stand in one attribute: modules of scikit-learn, and the words below. Empty: plain data.
Slot: TypeAlias = frozenset[str]

_PLAIN: Slot = frozenset()
_NUMBERS: Slot = frozenset(("numbers",))
_ANY: Slot = frozenset(("any",))
_HIDDEN: Slot = frozenset(("hidden",))

_NUMBER_NODES = frozenset((type(None), bool, int, float, complex))
_TEXTS = frozenset((str, bytes, type(...)))
_LEAVES = _NUMBER_NODES | _TEXTS
_SHORT = 16
_NO_NUMBERS = frozenset((str, bytes, Texts, Objects, ObjectsOf, Dict, DictOf))
_NUMBER_KINDS = frozenset("biufc")

#: Values of other libraries that act when they are called; all else of theirs is what it holds.
_ACTING = re.compile(r"functools:|operator:|types:")
#: Names that stand for values, and do not act.
CONSTANTS = frozenset(
    ("numpy.ma:masked", "numpy.random.mtrand:_rand", "pandas:NA", "pandas:NaT", "builtins:NotImplemented")
)
_LIBRARY = "sklearn."
_BUNCH = "sklearn.utils._bunch:Bunch"


@rule(EVERY)
def attributes(objects: Members) -> None:
    """An attribute holds what such attributes hold."""
    types = objects.types
    slots, other = _slots(types)
    if slots is None:
        return
    part = objects.family.part
    state = part.state if type(part) is Object else part.constants  # type: ignore[union-attr]
    # A stranger's objects may have any attributes: those with very many are not worth remembering.
    by_names = _remembered if len(state) <= _MANY else _by_names
    hidden, numbers = by_names(types, tuple(state))
    if hidden is not None:
        objects.fail(f"an attribute {hidden!r:.60} would hide a part of the class", 0, f".{hidden}")
    for name in numbers:
        if type(state[name]) in _TEXTS:
            _Look(objects, name, _NUMBERS).at(state[name])
    specs, defined = objects.reader.arrays.spec, objects.reader.defined
    inner = inner_of(part) if type(part) is Object else [n for n, v in state.items() if type(v) not in _LEAVES]
    for name in inner:
        node: Any = state[name]
        slot = slots.get(name, other)
        if not _is_fine(node, slot, slot is _NUMBERS, specs, defined):
            _Look(objects, name, slot).at(node)
    if type(part) is Batch:
        for name, column in part.columns.items():
            slot = slots.get(name, other)
            if slot is _HIDDEN:
                objects.fail(f"an attribute {name!r:.60} would hide a part of the class", 0, f".{name}")
            for index, node in enumerate(column.nodes) if type(column) is Each else ((0, column),):
                if not _is_fine(node, slot, slot is _NUMBERS, specs, defined):
                    _Look(objects, name, slot, index).at(node)


@surely(attributes)
def _passes(reader: Reader, part: Object) -> bool:
    """Whether one object surely holds what such objects hold."""
    name, state = part.type, part.state
    bases = reader.graph.bases
    types = (name, *bases.get(name, ())) if bases else (name,)
    slots, other = _slots(types)
    if slots is None:
        return True
    if not native_reader.active or len(state) > _MANY:
        return False
    hidden, numbers = _remembered(types, tuple(state))
    if hidden is not None:
        return False
    for name in numbers:
        if type(state[name]) in _TEXTS:
            return False
    return native_reader.standing(part, slots, other, _NUMBERS, reader.arrays.spec, _stands, CONSTANTS, reader.defined)


def _is_number(dtype: str) -> bool:
    return dtype[1:2] in _NUMBER_KINDS or dtype == "intp"


def _is_fine(
    node: Any, slot: Slot, numbers: bool, specs: Callable[[int], ArraySpec], defined: Mapping[int, Any]
) -> bool:
    """Say whether a value surely may stand there: `_Look` comes to the same, and looks wherever this says no.

    Most values are arrays, a few numbers or an object of the usual type, for which no place has to be kept.
    """
    kind = type(node)
    if kind is Array:
        return not numbers or _is_number(specs(node.index).dtype)
    if kind in _NUMBER_NODES:
        return True
    if kind is List or kind is Tuple:
        return all(type(item) in _NUMBER_NODES or _is_fine(item, slot, numbers, specs, defined) for item in node.items)
    if kind is Object:
        stands = _stands(node.type, slot)
        if stands is not None or node.args is not None:
            return stands is True
        return all(_is_fine(node.state[name], slot, False, specs, defined) for name in inner_of(node))
    if kind is Scalar:
        return not numbers or _is_number(node.dtype)
    if kind is Ref:
        # Of what is shared its type, or a few plain values: that it does not hold itself, nobody has seen yet.
        shared: Any = defined.get(node.key)
        if type(shared) is Object:
            return _stands(shared.type, slot) is True
        if type(shared) is List or type(shared) is Tuple:
            return len(shared.items) <= _SHORT and _NUMBER_NODES.issuperset(map(type, shared.items))
        if type(shared) is Dict and not numbers and len(shared.pairs) <= _SHORT:
            return all(type(name) in _LEAVES and type(item) in _LEAVES for name, item in shared.pairs)
        return False
    if kind is Structured:
        return all(_is_fine(value, slot, numbers, specs, defined) for value in node.fields.values())
    if kind is Objects:
        return not numbers and all(
            type(item) in _LEAVES or _is_fine(item, slot, False, specs, defined) for item in node.items
        )
    if kind is Global:
        return "function" in slot or "any" in slot or node.name in CONSTANTS
    if kind is Def:
        return _is_fine(node.node, slot, numbers, specs, defined)
    if kind is Dict:
        return not numbers and all(
            (type(name) in _LEAVES or _is_fine(name, slot, False, specs, defined))
            and (type(item) in _LEAVES or _is_fine(item, slot, False, specs, defined))
            for name, item in node.pairs
        )
    return not numbers and kind in _LEAVES


@lru_cache(maxsize=1 << 12)
def _stands(name: str, slot: Slot) -> bool | None:
    """Say whether an object of a type surely may stand there; None where that depends on what it holds."""
    if name.startswith(_LIBRARY) and name != _BUNCH:
        if name.partition(":")[0] in slot:
            return True
        estimator, compiled = _sort(name)
        return not compiled and ("any" in slot or ("estimator" in slot and estimator))
    if _ACTING.match(name):
        return "any" in slot or "function" in slot
    return None if "/" in name or name == _BUNCH else True


class _Look:
    """Looks at all that stands in one attribute of one object, down to the next object."""

    def __init__(self, objects: Members, name: str, slot: Slot, index: int = 0) -> None:
        self.objects = objects
        self.name = name
        self.slot = slot
        self.index = index

    def at(self, node: Any) -> None:
        """Raise, or ask, where the attribute holds what it may not."""
        resolve = self.objects.reader.resolve
        # Values that are shared are met once.
        met: set[int] = set()
        stack: list[tuple[Path, Any, bool]] = [(Path(None, f".{self.name}"), node, self.slot is _NUMBERS)]
        while stack:
            path, node, numbers = stack.pop()
            if isinstance(node, (Def, Ref)):
                if node.key in met:
                    continue
                met.add(node.key)
                node = resolve(node)
            kind = type(node)
            if kind is Object or kind is Batch:
                if node.type.startswith(_LIBRARY) and node.type != _BUNCH:
                    self.object(node.type, path)
                elif _ACTING.match(node.type):
                    self.function(node.type, path)
                elif "/" in node.type or node.type == _BUNCH:
                    # A value of another library: numbers of its own, and texts beside them.
                    stack += self.inside(node, path, False)
                # What is left are the reader's own types, trusted by name.
            elif kind is Global:
                if node.name not in CONSTANTS:
                    self.function(node.name, path)
            elif numbers and (kind in _NO_NUMBERS or not self.is_number(node, kind)):
                self.fail(f"{self.name!r:.60} of a {_short(self.objects.type)} holds numbers and nothing else", path)
            else:
                stack += self.inside(node, path, numbers)

    def inside(self, node: Any, path: Path, numbers: bool) -> list[tuple[Path, Any, bool]]:
        """Return what lies inside, the first last."""
        known = _NUMBER_NODES if numbers else _LEAVES
        found = [(path / piece, child, numbers) for piece, child in children(node) if type(child) not in known]
        found.reverse()
        return found

    def is_number(self, node: Any, kind: type) -> bool:
        """Say whether a leaf is a number; what holds others is looked into."""
        if kind is Scalar:
            return _is_number(node.dtype)
        specs = self.objects.reader.arrays.spec
        if kind is Array:
            return _is_number(specs(node.index).dtype)
        return kind not in (Rows, Stack, Scalars) or _is_number(specs(node.array).dtype)

    def object(self, name: str, path: Path) -> None:
        """Raise or ask for an object of scikit-learn that no such attribute has."""
        slot = self.slot
        if name.partition(":")[0] in slot:
            return
        estimator, compiled = _sort(name)
        if not compiled and ("any" in slot or ("estimator" in slot and estimator)):
            return
        if compiled or slot - {"function"}:
            self.fail(f"a {_short(name)} cannot stand in {self.name!r:.60} of a {_short(self.objects.type)}", path)
        self.ask(name, path)

    def function(self, name: str, path: Path) -> None:
        """Raise or ask for a function or class that no such attribute has."""
        slot = self.slot
        if "any" in slot or "function" in slot or (name in self.objects.reader.trusted and slot is not _NUMBERS):
            return
        if slot and "estimator" not in slot:
            self.fail(f"{name} cannot stand in {self.name!r:.60} of a {_short(self.objects.type)}", path)
        self.ask(name, path)

    def fail(self, problem: str, path: Path) -> None:
        self.objects.fail(problem, self.index, str(path))

    def ask(self, name: str, path: Path) -> None:
        reader = self.objects.reader
        wanted = f"attribute={self.name}"
        if wanted not in reader.trusted:
            reason = f"scikit-learn keeps no {_short(name)} there; save it beside the model, in a dict"
            reader.asked.append(Untrusted(wanted, (self.objects.where(self.index, str(path)),), reason))


def _short(name: str) -> str:
    """Return the name of a type without its module and version."""
    return name.rpartition(":")[2].partition("/")[0]


def _by_names(types: tuple[str, ...], names: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Return the first attribute that would hide a part of the class, and those that are numbers."""
    slots, other = _slots(types)
    assert slots is not None
    found = [(name, slots.get(name, other)) for name in names]
    hidden = next((name for name, slot in found if slot is _HIDDEN), None)
    return hidden, tuple(name for name, slot in found if slot is _NUMBERS)


_remembered = lru_cache(maxsize=1 << 11)(_by_names)
_MANY = 200


# --- the census itself -----------------------------------------------------------------------------


@cache
def _census() -> dict[str, dict[str, Any]]:
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "census", "attributes.json")
    with open(path, encoding="utf-8") as file:
        census: dict[str, dict[str, Any]] = json.load(file)
    return census


@cache
def _compiled() -> frozenset[str]:
    return frozenset(_census()["*"]["compiled"].split())


def _sort(name: str) -> tuple[bool, bool]:
    """Return whether a type of scikit-learn is an estimator, and whether its methods are compiled code."""
    row = _census().get(name, {})
    return "estimator" in row, "estimator" not in row and name.partition(":")[0] in _compiled()


@lru_cache(maxsize=1 << 10)
def _slots(types: tuple[str, ...]) -> tuple[Mapping[str, Slot] | None, Slot]:
    """Return what may stand in the attributes of a type with its bases, and in any other attribute.

    Returns
    -------
    slots : mapping of str to frozenset of str, or None
        None for a type that the census does not know.
    other : frozenset of str
    """
    if not any(name.startswith(_LIBRARY) for name in types):
        return None, _PLAIN
    rows = [_census()[name] for name in types if name in _census()]
    if not rows:
        return None, _PLAIN
    every = _census()["*"]
    slots: dict[str, Slot] = {}
    for row in (every, *rows):
        for name, slot in _of_row(row).items():
            known = slots.setdefault(name, slot)
            if known != slot:
                slots[name] = known | slot
    if not types[0].startswith(_LIBRARY):
        # Its own attributes are its own affair.
        return slots, _ANY
    for name in (*every["class"].split(), *rows[0].get("class", "").split()):
        slots.setdefault(name, _HIDDEN)
    return slots, _PLAIN


def _of_row(row: Mapping[str, Any]) -> dict[str, Slot]:
    slots: dict[str, Slot] = dict.fromkeys(row.get("numbers", "").split(), _NUMBERS)
    slots.update(dict.fromkeys(row.get("any", "").split(), _ANY))
    for name, words in row.get("objects", {}).items():
        slots[name] = slots.get(name, _PLAIN).union(words.split())
    return slots
