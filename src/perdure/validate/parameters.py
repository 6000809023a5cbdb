"""Parameters of every model: what would ask a machine for more threads than it can start; attributes that act."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeAlias

from ..graph.nodes import Object
from .engine import EVERY, rule, surely
from .members import ABSENT, Members
from .reading import Reader
from .threads import THREADS, check_threads

__all__: list[str] = []

Look: TypeAlias = Callable[[Members, str], None]

_DISPATCH = re.compile(r"[0-9. ]*\*? ?n_jobs( ?\* ?[0-9. ]+)?|all")


@rule(EVERY)
def attributes(objects: Members) -> None:
    """What any object is asked, by the names of its attributes."""
    part = objects.family.part
    names = tuple(part.state) if type(part) is Object else (*part.constants, *part.columns)  # type: ignore[union-attr]
    # A stranger's objects may have any attributes: those with very many are not worth remembering.
    for look, name in _remembered(names) if len(names) <= _MANY else _looks(names):
        look(objects, name)


@surely(attributes)
def _passes(reader: Reader, part: Object) -> bool:
    """Whether one object surely asks for nothing: by plain numbers."""
    state = part.state
    if len(state) > _MANY:
        return False
    for look, name in _remembered(tuple(state)):
        value = state[name]
        if look is _classes:
            shape = reader.shape(state["classes_"])
            if type(value) is not int or shape is None or len(shape) != 1 or shape[0] != value:
                return False
        elif value is not None and (look not in _RANGES or type(value) is not int or not _fits(value, *_RANGES[look])):
            return False
    return True


def _fits(value: int, least: int | None, most: int) -> bool:
    return value <= most and (least is None or least <= value)


def _looks(names: tuple[str, ...]) -> tuple[tuple[Look, str], ...]:
    held = frozenset(names)
    found: list[tuple[Look, str]] = [(_acts, name) for name in names if name[:2] == "__" and name[-2:] == "__"]
    found += [(_width, name) for name in _WIDTHS if name in held]
    found += [(_threads, name) for name in THREADS if name in held]
    if "n_classes_" in held and "classes_" in held:
        found.append((_classes, "n_classes_"))
    if "pre_dispatch" in held:
        found.append((_dispatch, "pre_dispatch"))
    return tuple(found)


_remembered = lru_cache(maxsize=1 << 11)(_looks)
_MANY = 200


def _acts(objects: Members, name: str) -> None:
    """No attribute of an instance is called like what Python itself looks up."""
    objects.fail(f"an attribute {name!r:.60} would act, not hold a value", 0, f".{name}")


def _apart(objects: Members, name: str) -> Iterable[Members]:
    """Return the members one by one where they differ in an attribute, else all of them at once."""
    return objects if objects.family.column(name) is not None else (objects,)


# Names of columns alone take a gigabyte then.
_WIDTH = 1 << 24
_WIDTHS = (
    "n_components",
    "n_components_",
    "n_features_in_",
    "n_features_out_",
    "n_output_features_",
    "_n_features_out",
)


def _width(objects: Members, name: str) -> None:
    """No more columns than could be named: numbers that nothing else holds may be any."""
    part = objects.family.part
    value = part.state[name] if type(part) is Object else ABSENT
    if value is None or (type(value) is int and value <= _WIDTH):
        return
    for member in _apart(objects, name):
        number = member.reader.plain(member.value(name))
        if isinstance(number, (int, float)) and not number <= _WIDTH:
            member.ask(f"{name}={number}", "the names of so many columns take gigabytes", f".{name}")


def _classes(objects: Members, name: str) -> None:
    """As many classes as there are: predictions are made as wide as the number says."""
    if not any(name.startswith("sklearn.") for name in objects.types):
        return
    same = objects.family.column("n_classes_") is None and objects.family.column("classes_") is None
    for member in (objects,) if same else objects:
        told, held = member.value("n_classes_"), member.value("classes_")
        number, shape = member.reader.integer(told), member.reader.shape(held)
        if number is not None and shape is not None and len(shape) == 1:
            member.require(number == shape[0], "the number of classes is not that of the classes", ".n_classes_")
            continue
        numbers, lists = _numbers(member, told), member.reader.items(held)
        if numbers is not None and lists is not None:
            lengths = [(member.reader.shape(item) or (None,))[0] for item in lists]
            member.require(numbers == lengths, "the numbers of classes are not those of the classes", ".n_classes_")


def _numbers(member: Members, value: Any) -> list[Any] | None:
    """Return the integers of a list or an array, None for anything else."""
    array = member.reader.array(value)
    if array is not None:
        return array.tolist() if array.ndim == 1 else None
    items = member.reader.items(value)
    return None if items is None else [member.reader.integer(item) for item in items]


# No machine is asked about so few.
_USUAL = 64


def _threads(objects: Members, name: str) -> None:
    """No number of threads that a machine cannot start."""
    part = objects.family.part
    value = part.state[name] if type(part) is Object else ABSENT
    if value is None or (type(value) is int and -_USUAL <= value <= _USUAL):
        return
    for member in _apart(objects, name):
        check_threads(member.reader, name, member.value(name), member.where(0, f".{name}"))


def _dispatch(objects: Members, name: str) -> None:
    """How many tasks joblib prepares: it evaluates the text."""
    for member in objects:
        value = member.reader.plain(member.value(name))
        if isinstance(value, str):
            ok = len(value) <= 40 and _DISPATCH.fullmatch(value) is not None
        else:
            ok = value is None or isinstance(value, (int, float))
        member.require(ok, "that is no multiple of n_jobs", ".pre_dispatch")


# Of those looks that let None and such integers pass: the least and the largest.
_RANGES: dict[Look, tuple[int | None, int]] = {_width: (None, _WIDTH), _threads: (-_USUAL, _USUAL)}
