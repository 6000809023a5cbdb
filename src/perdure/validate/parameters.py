"""Parameters of every model: what would ask a machine for more threads than it can start; attributes that act."""

from __future__ import annotations

import re
from typing import Any

from .engine import EVERY, rule
from .members import Members
from .threads import THREADS, check_threads

__all__: list[str] = []

_DISPATCH = re.compile(r"[0-9. ]*\*? ?n_jobs( ?\* ?[0-9. ]+)?|all")


@rule(EVERY)
def names(objects: Members) -> None:
    """No attribute of an instance is called like what Python itself looks up."""
    for name in objects.family.names():
        if name[:2] == "__" and name[-2:] == "__":
            objects.fail(f"an attribute {name!r:.60} would act, not hold a value", 0, f".{name}")


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


@rule(EVERY)
def widths(objects: Members) -> None:
    """No more columns than could be named: numbers that nothing else holds may be any."""
    for name in _WIDTHS:
        if name in objects.family:
            for member in objects if objects.family.column(name) is not None else (objects,):
                number = member.reader.number(member.value(name))
                if number is not None and not number <= _WIDTH:
                    member.ask(f"{name}={number}", "the names of so many columns take gigabytes", f".{name}")


@rule(EVERY)
def classes(objects: Members) -> None:
    """As many classes as there are: predictions are made as wide as the number says."""
    if "n_classes_" not in objects.family or "classes_" not in objects.family:
        return
    if not any(name.startswith("sklearn.") for name in objects.types):
        return
    for member in objects:
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


@rule(EVERY)
def threads(objects: Members) -> None:
    """No number of threads that a machine cannot start."""
    for name in THREADS:
        if name in objects.family:
            for member in objects if objects.family.column(name) is not None else (objects,):
                check_threads(member.reader, name, member.value(name), member.where(0, f".{name}"))
    if "pre_dispatch" in objects.family:
        for member in objects:
            value = member.value("pre_dispatch")
            if isinstance(value, str):
                # joblib evaluates it.
                ok = len(value) <= 40 and _DISPATCH.fullmatch(value) is not None
                member.require(ok, "that is no multiple of n_jobs", ".pre_dispatch")
