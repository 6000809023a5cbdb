"""Whether the census of a release, changed by the migrations, is that of the next one; and the rules that are missing.

    python tools/missing_rules.py

It looks at the two newest releases of ``tests/fixtures/census`` and prints a line for each difference that no rule
of ``perdure.migrate`` makes good, and that `EXPLAINED` has no reason for. ``nox -s new-release`` takes the census of a
new scikit-learn first.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from perdure.migrate.migration import Migration
from perdure.migrate.operations import Operation, Refuse
from perdure.migrate.releases import Release, minor, release
from perdure.migrate.rules import MIGRATIONS
from perdure.migrate.rules.common import TAG

sys.path.insert(0, str(Path(__file__).parent.parent))
from tools.explained import EXPLAINED, TYPE

FOLDER = Path(__file__).parent.parent / "tests" / "fixtures" / "census"
#: Those of the releases before 1.2, and of 1.2 itself, as their files have them: see ``tools/take_old_census.py``.
OLD_FOLDER = FOLDER / "before_1_2"


@dataclass(frozen=True)
class Finding:
    """A difference that no rule makes good.

    Attributes
    ----------
    release : str
        The newer of the two.
    type, attribute : str
        Where; `TYPE` for the type itself.
    text : str
        What differs.
    """

    release: str
    type: str
    attribute: str
    text: str

    def __str__(self) -> str:
        return f"{self.type}.{self.attribute}: {self.text}"

    def reasons(self) -> Iterator[tuple[str, str, str]]:
        """Yield the entries of `EXPLAINED` that fit."""
        for key in EXPLAINED:
            if all(fnmatchcase(mine, pattern) for mine, pattern in zip(self.place, key, strict=True)):
                yield key

    @property
    def place(self) -> tuple[str, str, str]:
        return self.release, self.type, self.attribute


class Rules:
    """What the migrations of one type may do to its names.

    Attributes
    ----------
    sets, drops, known : set of str
        The attributes that they set, that they take away, and that they speak of, forwards or backwards.
    moves : dict of str to str
    ends : bool
    """

    def __init__(self, migrations: Iterable[Migration]) -> None:
        self.sets: set[str] = set()
        self.drops: set[str] = set()
        self.known: set[str] = set()
        self.moves: dict[str, str] = {}
        self.ends = False
        # What a later release sets or takes away counts, where more than one is between the two.
        for migration in sorted(migrations, key=lambda migration: migration.release):
            for operation in migration.operations:
                self._add(operation)
                self.ends |= ends(migration, operation)

    def _add(self, operation: Operation) -> None:
        there, inverse = operation.effect(), operation.inverse()
        self.sets = (self.sets - there.drops) | there.sets
        self.drops = (self.drops - there.sets) | there.drops
        self.moves.update(there.moves)
        back = there if inverse is None else inverse.effect()
        for effect in (there, back):
            self.known |= effect.sets | effect.drops | effect.changes


def ends(migration: Migration, operation: Operation) -> bool:
    """Say whether nothing of a type is left after a migration: one that refuses some of its objects lets the others be."""
    return operation.effect().ends and (migration.when is None or not isinstance(operation, Refuse))


def plain(kinds: str, moves: Mapping[str, str]) -> set[str]:
    """Return the kinds of an attribute one by one; none where they are said in another form than words."""
    return set() if "(" in kinds else {moves.get(kind, kind) for kind in kinds.removeprefix("? ").split(" | ")}


def compare(
    old: Mapping[str, Any], new: Mapping[str, Any], rules: Rules, moves: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the attributes in which one type of the older release, changed by the rules, is not that of the newer."""
    before: dict[str, str] = old.get("attributes", {})
    after: dict[str, str] = new.get("attributes", {})
    surely = {name for name, kinds in after.items() if not kinds.startswith("? ")} | new.get("parameters", {}).keys()
    brought = (before.keys() - rules.drops) | rules.sets
    # What the source of a class gives and no model of the census has depends on how it is used.
    possible = after.keys() | surely | set(new.get("source", ())) | {TAG}
    for name in sorted(brought - possible):
        yield name, "gone, and no rule takes it away" if name in before else "a rule sets it, and it is not there"
    for name in sorted((after.keys() | surely) - brought):
        if name in rules.drops:
            if name in surely:
                yield name, "a rule takes it away, and it is there"
        else:
            yield name, "new, and no rule gives it" + ("" if name in surely else "; some do without")
    for name in sorted(before.keys() & after.keys() - rules.known):
        if before[name].startswith("? ") and name in surely:
            yield name, "what some did without all have now, and no rule gives it"
        kinds = plain(before[name], moves), plain(after[name], {})
        if all(kinds) and kinds[0].isdisjoint(kinds[1]):
            yield name, f"it was {before[name]} and is {after[name]}, and no rule says so"


def due_between(
    old: Mapping[str, Any], new: Mapping[str, Any], migrations: Iterable[Migration] = MIGRATIONS
) -> list[Migration]:
    """Return the migrations that lead from the release of one census to that of another."""
    first, last = (minor(_release(census)) for census in (old, new))
    return [rule for rule in migrations if first < minor(rule.release) <= last]


def of_type(due: Iterable[Migration], name: str) -> tuple[list[Migration], str]:
    """Return the migrations of a type, whatever it is called on the way, and what it is called at the end."""
    found: list[Migration] = []
    for _, rules in groupby(sorted(due, key=lambda rule: rule.release), key=lambda rule: rule.release):
        now = [rule for rule in rules if name in rule.types]
        found += now
        name = Rules(now).moves.get(name, name)
    return found, name


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], migrations: Iterable[Migration] = MIGRATIONS
) -> list[Finding]:
    """Return in what the older census, changed by the rules of the releases up to the newer one, is not the newer.

    Parameters
    ----------
    old, new : mapping
        As ``tools/take_census.py`` writes them.
    migrations : iterable of Migration, default=MIGRATIONS

    Returns
    -------
    list of Finding
    """
    due = due_between(old, new, migrations)
    moves = {name: of_type(due, name)[1] for name in old["types"]}
    found = []
    for name, told in old["types"].items():
        applying, target = of_type(due, name)
        rules = Rules(applying)
        if rules.ends:
            continue
        differing = (
            compare(told, new["types"][target], rules, moves)
            if target in new["types"]
            else [(TYPE, "gone, and no rule says what becomes of it")]
        )
        found += [Finding(_text(new), name, attribute, text) for attribute, text in differing]
    return found


def _text(census: Mapping[str, Any]) -> str:
    return str(census["libraries"]["scikit-learn"])


def _release(census: Mapping[str, Any]) -> Release:
    found = release(_text(census))
    assert found is not None
    return found


def censuses(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Return the census of each release in a folder, oldest first."""
    return sorted((json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")), key=_release)


def missing(found: Iterable[Finding]) -> list[Finding]:
    """Return the differences that have no reason in `EXPLAINED`."""
    return [finding for finding in found if not any(finding.reasons())]


def main() -> int:
    """Print what is missing between the two newest releases."""
    old, new = list(pairwise(censuses()))[-1]
    lines = missing(differences(old, new))
    print(f"scikit-learn {_text(old)} to {_text(new)}: {len(lines)} rules are missing", *lines, sep="\n")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
