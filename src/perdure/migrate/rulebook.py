"""All migrations, found by type and by release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..graph.nodes import Batch, Graph, Object
from ..graph.structure import holders
from .compat import may_be
from .migration import Migration
from .releases import Release, minor, release

__all__ = ["Rules", "held_by", "known", "names_of"]

_MANY, _REMEMBERED = 200, 4096


@dataclass(frozen=True)
class Rules:
    """All migrations, found by type and by release.

    Attributes
    ----------
    by_type : mapping of str to tuple of Migration
        In the order of their releases.
    releases : tuple of Release
        Every release that changes something, oldest first.
    newest : tuple of int
        The newest release whose changes they know, such as ``(1, 9)``.
    """

    by_type: Mapping[str, tuple[Migration, ...]]
    releases: tuple[Release, ...]
    newest: tuple[int, int]
    _open: dict[tuple[str, Release], tuple[Migration, ...]] = field(default_factory=dict, repr=False, compare=False)
    _fitting: dict[tuple[str, Release, tuple[str, ...]], tuple[Migration, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def open_at(self, name: str, now: Release) -> tuple[Migration, ...]:
        """Return the migrations that a state of the running release may still need: those that the state shows."""
        key = (name, now)
        found = self._open.get(key)
        if found is None:
            rules = self.by_type.get(name, ())
            found = tuple(
                rule for rule in rules if rule.release <= now and not rule.by_release and rule.may_be_due(name)
            )
            self._open[key] = found
        return found

    def open_to(self, name: str, now: Release, attributes: tuple[str, ...]) -> tuple[Migration, ...]:
        """Return those of them that a state with these attributes may need."""
        rules = self.open_at(name, now)
        if not rules:
            return rules
        key = (name, now, attributes)
        found = self._fitting.get(key)
        if found is None:
            held = frozenset(attributes)
            found = tuple(
                rule
                for rule in rules
                if any(held.issuperset(has) and held.isdisjoint(lacks) for has, lacks in rule.outlines)
            )
            # A stranger's files may have any attributes: not all of them are worth remembering.
            if len(attributes) <= _MANY and len(self._fitting) < _REMEMBERED:
                self._fitting[key] = found
        return found

    def at_home(self, graph: Graph, now: Release) -> bool:
        """Say whether a graph of the running release surely has nothing to be changed: by names and plain values."""
        bases = graph.bases
        for part in holders(graph):
            kind = type(part)
            if kind is Object or kind is Batch:
                if part.version or part.type in bases or may_be(part):  # type: ignore[union-attr, arg-type]
                    return False
                if not self.open_at(part.type, now):  # type: ignore[union-attr]
                    continue
                rules = self.open_to(part.type, now, names_of(part))  # type: ignore[union-attr, arg-type]
                if rules and not all(rule.rests(held_by(part)) for rule in rules):  # type: ignore[arg-type]
                    return False
        return True

    @classmethod
    def of(cls, migrations: Iterable[Migration], newest: str) -> Rules:
        """Return the rules in order, known up to the release ``newest``."""
        found: dict[str, list[Migration]] = {}
        ordered = sorted(migrations, key=lambda migration: migration.release)
        for migration in ordered:
            for name in migration.types:
                found.setdefault(name, []).append(migration)
        by_type = {name: tuple(rules) for name, rules in found.items()}
        last = release(newest)
        assert last is not None
        return cls(by_type, tuple(sorted({rule.release for rule in ordered})), minor(last))


def held_by(part: Object | Batch) -> Mapping[str, Any]:
    """Return what an object or batch holds, by attribute."""
    return part.state if isinstance(part, Object) else {**part.constants, **part.columns}


def names_of(part: Object | Batch) -> tuple[str, ...]:
    """Return the names of the attributes."""
    return tuple(part.state) if isinstance(part, Object) else (*part.constants, *part.columns)


@cache
def known() -> Rules:
    """Return the rules that come with perdure, imported once."""
    from .rules import MIGRATIONS, NEWEST

    return Rules.of(MIGRATIONS, NEWEST)
