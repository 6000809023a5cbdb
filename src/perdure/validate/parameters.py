"""Parameters of every model: what would ask a machine for more threads than it can start; attributes that act."""

from __future__ import annotations

import re

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
def threads(objects: Members) -> None:
    """No number of threads that a machine cannot start."""
    for name in THREADS:
        if name in objects.family:
            for member in objects if objects.family.column(name) is not None else (objects,):
                check_threads(member.reader, member.value(name), member.where(0, f".{name}"))
    if "pre_dispatch" in objects.family:
        for member in objects:
            value = member.value("pre_dispatch")
            if isinstance(value, str):
                # joblib evaluates it.
                ok = len(value) <= 40 and _DISPATCH.fullmatch(value) is not None
                member.require(ok, "that is no multiple of n_jobs", ".pre_dispatch")
