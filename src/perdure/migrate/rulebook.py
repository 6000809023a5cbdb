"""All migrations, found by type and by release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from .migration import Migration
from .releases import Release, minor

__all__ = ["Rules", "known"]


@dataclass(frozen=True)
class Rules:
    """All migrations, found by type and by release.

    Attributes
    ----------
    by_type : mapping of str to tuple of Migration
        In the order of their releases.
    releases : tuple of Release
        Every release that changes something, oldest first.
    """

    by_type: Mapping[str, tuple[Migration, ...]]
    releases: tuple[Release, ...]

    @classmethod
    def of(cls, migrations: Iterable[Migration]) -> Rules:
        """Return the rules in order."""
        found: dict[str, list[Migration]] = {}
        ordered = sorted(migrations, key=lambda migration: migration.release)
        for migration in ordered:
            for name in migration.types:
                found.setdefault(name, []).append(migration)
        return cls({name: tuple(rules) for name, rules in found.items()}, tuple(sorted({m.release for m in ordered})))

    @property
    def newest(self) -> tuple[int, int]:
        """The newest release that the rules know."""
        return minor(self.releases[-1])


@cache
def known() -> Rules:
    """Return the rules that come with perdure, imported once."""
    from .rules import MIGRATIONS

    return Rules.of(MIGRATIONS)
