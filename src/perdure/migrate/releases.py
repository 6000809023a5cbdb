"""Releases as numbers that can be compared: ``1.10`` comes after ``1.9``, and ``1.5rc1`` is of ``1.5``."""

from __future__ import annotations

import re
from functools import cache
from typing import TypeAlias

__all__ = ["Release", "minor", "release"]

Release: TypeAlias = tuple[int, int, int]

_NUMBERS = re.compile(r"(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?", re.ASCII)


@cache
def _known(text: str) -> Release | None:
    found = _NUMBERS.match(text)
    if found is None:
        return None
    major, middle, patch = (int(part or 0) for part in found.groups())
    return major, middle, patch


def release(text: str | None) -> Release | None:
    """Return a release as numbers, or None where the text says none.

    Examples
    --------
    >>> from perdure.migrate.releases import release
    >>> release("1.4.2"), release("1.10.dev0"), release(None)
    ((1, 4, 2), (1, 10, 0), None)
    """
    return _known(text) if type(text) is str and len(text) <= 64 else None


def minor(value: Release) -> tuple[int, int]:
    """Return the part of a release within which states do not change."""
    return value[:2]
