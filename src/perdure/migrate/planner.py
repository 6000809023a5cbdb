"""Which migrations a graph needs, and their order: release by release, within each from the inside out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..arrays.store import ArrayStore
from ..errors import InvalidError, LimitError, MigrationError, PerdureError
from ..graph.batch import renumber
from ..graph.nodes import Batch, Def, Each, Global, Graph, Object
from ..graph.structure import Path, definitions, holders, rebuild, walk
from .compat import STOCK, compat_type, may_be
from .migration import Applied, Fidelity, Migration
from .operations import DropAttribute, Irreversible
from .operations.functions import change_inside
from .releases import Release, minor, release
from .rewriting import rewrite, without_versions
from .rulebook import Rules, held_by, known, names_of
from .state import Context, Mixed, State, objects

__all__ = ["migrate"]

_PACKAGE = "scikit-learn"


def migrate(
    graph: Graph,
    arrays: ArrayStore,
    running: Mapping[str, str | None],
    *,
    allow_newer: bool = False,
    rules: Rules | None = None,
) -> tuple[Graph, list[Applied]]:
    """Bring a graph to the running releases.

    Parameters
    ----------
    graph : Graph
        Its ``libraries`` say what it was made with.
    arrays : ArrayStore
        Its arrays; new ones are added.
    running : mapping of str to (str or None)
        The releases of this process, by the same names.
    allow_newer : bool, default=False
        Whether to try a graph that is newer than the rules know, or whose way back is not known.
    rules : Rules, optional
        Other rules than those that come with perdure.

    Returns
    -------
    graph : Graph
        The same one where nothing was to do.
    applied : list of Applied
        What was done, in order.

    Raises
    ------
    MigrationError
        When there is no way from the graph's releases to the running ones.
    InvalidError
        When a state does not fit together.
    LimitError
        When the graph nests too deep to be rewritten.
    """
    now = release(running.get(_PACKAGE))
    rules = rules or known()
    if now is None or (graph.libraries.get(_PACKAGE) == running[_PACKAGE] and rules.at_home(graph, now)):
        return graph, []
    try:
        return _Journey(graph, arrays, now, running, allow_newer, rules).go()
    except RecursionError:
        raise LimitError(
            "the model nests deeper than this interpreter can follow",
            fix="load it in the release that it was made with, and flatten what is nested in it",
        ) from None


@dataclass
class _Done:
    """What one migration did so far."""

    migration: Migration
    fidelity: Fidelity
    paths: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Journey:
    def __init__(
        self,
        graph: Graph,
        arrays: ArrayStore,
        now: Release,
        running: Mapping[str, str | None],
        allow_newer: bool,
        rules: Rules,
    ) -> None:
        self.graph = graph
        self.now = now
        self.running = running
        self.allow_newer = allow_newer
        self.rules = rules
        self.stored = release(graph.libraries.get(_PACKAGE)) or now
        self.context = Context(arrays)
        self.done: dict[str, _Done] = {}
        self.blocked: list[tuple[Migration, str, str]] = []
        self.as_before: dict[str, list[str]] = {}

    def go(self) -> tuple[Graph, list[Applied]]:
        self.check_releases()
        if not self.needed():
            return self.graph, self.unknown()
        root = self.graph.root
        with np.errstate(all="ignore"):
            releases = self.rules.releases
            way = [since for since in releases if since <= self.now]
            way += [since for since in reversed(releases) if since > self.now]
            concerned = self.concerned(root)
            for since in way:
                if since in concerned:
                    before, root = root, self.step(root, since)
                    concerned = concerned if root is before else self.concerned(root)
        if self.blocked and not self.allow_newer:
            self.refuse()
        root, bases = self.compatible(root)
        libraries = {**self.graph.libraries, _PACKAGE: self.running.get(_PACKAGE)}
        graph = replace(self.graph, root=without_versions(root), libraries=libraries, bases=bases)
        return graph, [*self.applied(), *self.unknown()]

    # --- releases ---

    def check_releases(self) -> None:
        """Refuse what is newer than the rules know and than what runs."""
        stored, now, newest = minor(self.stored), minor(self.now), self.rules.newest
        if stored > newest and stored > now and not self.allow_newer:
            raise MigrationError(
                f"the model was made with {_PACKAGE} {self.graph.libraries[_PACKAGE]}: newer than this perdure knows "
                f"(up to {newest[0]}.{newest[1]}), and than the running {self.running[_PACKAGE]}",
                fix=f"pip install -U perdure {_PACKAGE}, or try it all the same: perdure.load(..., allow_newer=True)",
            )

    def unknown(self) -> list[Applied]:
        """Return a warning when the running or the stored release is one that no rule knows."""
        stored, now, newest = minor(self.stored), minor(self.now), self.rules.newest
        if stored == now or max(stored, now) <= newest:
            return []
        return [
            Applied(
                "unknown-release",
                "lossy",
                ("model",),
                f"from {_PACKAGE} {self.graph.libraries.get(_PACKAGE)} to {self.running[_PACKAGE]}: this perdure knows "
                f"the changes up to {newest[0]}.{newest[1]} only, so the model may predict otherwise or not at all "
                "(pip install -U perdure)",
            )
        ]

    def refuse(self) -> None:
        """Raise with every migration whose way back is missing."""
        lines = [
            f"    {migration.name} ({migration.package} {migration.since}) at {path}: {why}"
            for migration, path, why in self.blocked[:8]
        ]
        more = len(self.blocked) - 8
        raise MigrationError(
            f"the model was made with {_PACKAGE} {self.graph.libraries.get(_PACKAGE)} and uses what the running "
            f"{self.running[_PACKAGE]} does not have:\n"
            + "\n".join(lines)
            + (f"\n    and {more} more" if more > 0 else ""),
            path=self.blocked[0][1],
            fix=f"pip install -U {_PACKAGE}, or try it all the same: perdure.load(..., allow_newer=True)",
        )

    # --- which ---

    def rules_of(self, part: Any) -> tuple[Migration, ...]:
        """Return the migrations for a type, and for the known bases of one that is not known."""
        by_type = self.rules.by_type
        found = by_type.get(part.type, ())
        for base in self.graph.bases.get(part.type, ()):
            found += by_type.get(base, ())
        return found

    def wanted(self, rule: Migration, state: State) -> bool:
        """Say whether a migration is to be applied to a state; the state decides before the release does."""
        since, stored = rule.release, self.stored_of(state.part)
        if since <= self.now:
            if stored >= since and rule.by_release:
                return False
            old = rule.decide(state)
            return stored < since if old is None else old
        return stored >= since and rule.decide(state) is not True

    def stored_of(self, part: Any) -> Release:
        """Return the release that an object claims."""
        return (release(part.version) if part.version else None) or self.stored

    def needed(self) -> bool:
        """Say whether there is anything to do, quickly: most graphs are of the running release."""
        self.context.defined.update(definitions(self.graph))
        return any(self.touches(part) for part in holders(self.graph) if isinstance(part, (Object, Batch)))

    def touches(self, part: Any) -> bool:
        """Say whether any migration may have to do with an object or batch."""
        if part.version or may_be(part):
            return True
        # Nearly every file is of the running release: of its types, few migrations have to be asked.
        usual = self.stored == self.now and part.type not in self.graph.bases
        if usual:
            held = held_by(part)
            rules = self.rules.open_to(part.type, self.now, names_of(part))
            rules = tuple([rule for rule in rules if not rule.rests(held)])
        else:
            rules = self.rules_of(part)
        if not rules:
            return False
        state = State(part, self.context)
        try:
            if not usual:
                return any(self.wanted(rule, state) for rule in rules)
            return any(rule.decide(state) for rule in rules)
        except Mixed:
            return not isinstance(part, Batch) or any(self.touches(one) for one in objects(part, self.context))
        except _DAMAGE:
            # The journey itself says what is wrong, and where.
            return True

    def concerned(self, root: Any) -> set[Release]:
        """Return the releases that changed any of the types in a graph: most have nothing to do with most models."""
        parts = holders(replace(self.graph, root=root))
        return {rule.release for part in parts if isinstance(part, (Object, Batch)) for rule in self.rules_of(part)}

    # --- how ---

    def step(self, root: Any, since: Release) -> Any:
        """Apply the migrations of one release, innermost objects first."""
        plan: dict[int, tuple[Path, tuple[Migration, ...]]] = {}
        for path, node in walk(replace(self.graph, root=root)):
            if isinstance(node, Def):
                self.context.defined[node.key] = node.node
            elif isinstance(node, (Object, Batch)):
                rules = tuple(rule for rule in self.rules_of(node) if rule.release == since)
                if rules:
                    plan[id(node)] = (path, rules)
            elif isinstance(node, Global):
                rules = tuple(rule for rule in self.rules.by_type.get(node.name, ()) if rule.release == since)
                if rules:
                    plan[id(node)] = (path, rules)
        if not plan:
            return root
        root = rewrite(root, plan, self.change, self.context)
        return self.settle(root)

    def change(self, part: Any, path: Path, rules: tuple[Migration, ...]) -> Any:
        """Return the object or batch as it is after some migrations."""
        if isinstance(part, Global):
            # A function or class as a value has no state, but it may have moved.
            moved = self.guarded(Object(part.name, {}), path, rules)
            return Global(moved.type)
        try:
            return self.guarded(part, path, rules)
        except Mixed:
            apart = enumerate(objects(part, self.context))
            return Each(tuple([self.guarded(one, Path(path, f"[{i}]"), rules) for i, one in apart]))

    def guarded(self, part: Any, path: Path, rules: tuple[Migration, ...]) -> Any:
        if isinstance(part, Batch):
            path = Path(path, "[*]")
        try:
            return self.applied_to(part, path, rules)
        except PerdureError as error:
            raise type(error)(error.problem, path=error.path or str(path), fix=error.fix) from None
        except Mixed:
            if isinstance(part, Batch):
                raise
            raise InvalidError(f"the state of {part.type} does not fit together", path=str(path)) from None
        except _DAMAGE as error:
            raise InvalidError(
                f"the state of {part.type} does not fit together ({type(error).__name__}: {error})", path=str(path)
            ) from None

    def applied_to(self, part: Any, path: Path, rules: tuple[Migration, ...]) -> Any:
        state = State(part, self.context)
        stored, own = self.stored_of(part), part.type in self.graph.bases
        made: list[tuple[Migration, Fidelity, str | None]] = []
        forward = rules[0].release <= self.now
        # What a state shows is asked before anything of it changes.
        wanted = [rule for rule in rules if self.wanted(rule, state)]
        for rule in wanted if forward else reversed(wanted):
            operations = rule.operations if forward else rule.backwards()
            fidelity, note = rule.fidelity if forward else rule.fidelity_back, None
            if operations is None:
                self.blocked.append((rule, str(path), "there is no way back"))
                fidelity, note, operations = "lossy", "there is no way back", ()
            elif forward and stored >= rule.release:
                note = "the file states a newer release than its state shows"
            before, waiting = state.snapshot(), len(self.context.pending)
            for operation in operations:
                if own and isinstance(operation, DropAttribute) and operation.name.strip("_") == operation.name:
                    continue  # it may be a parameter of that class's own, and one too many does no harm
                try:
                    lost = operation.apply(state)
                except Irreversible as reason:
                    self.blocked.append((rule, str(path), str(reason)))
                    lost = str(reason)
                if lost is not None:
                    fidelity, note = "lossy", lost
            idle = state.same_as(before) and waiting == len(self.context.pending)
            if not operations or not idle or fidelity == "lossy":
                made.append((rule, fidelity, note))
        for rule, fidelity, note in made:
            done = self.done.setdefault(rule.name, _Done(rule, fidelity))
            done.paths.append(str(path))
            if fidelity == "lossy":
                done.fidelity = fidelity
            if note is not None and note not in done.notes:
                done.notes.append(note)
        return state.finish()

    def settle(self, root: Any) -> Any:
        """Finish what a step left open: shared values that are defined elsewhere, or no longer anywhere."""
        context = self.context
        open_ = [item for item in dict.fromkeys(context.pending) if item not in context.changed]
        context.pending.clear()
        context.changed.clear()
        if open_:

            def visit(node: Any) -> Any:
                node = rebuild(node, visit)
                if isinstance(node, Def):
                    for key, operations in open_:
                        if key == node.key:
                            node = change_inside(node, operations, context)
                return node

            root = visit(root)
            context.removed[:] = [visit(node) for node in context.removed]
        if context.defined:
            root = renumber(root, also=context.removed)
            context.defined.clear()
        context.removed.clear()
        return root

    def compatible(self, root: Any) -> tuple[Any, Mapping[str, tuple[str, ...]]]:
        """Give what predicts as an older release did the class that does so."""
        plan = {
            id(node): (path, ())
            for path, node in walk(replace(self.graph, root=root))
            if isinstance(node, (Object, Batch)) and may_be(node)
        }
        if not plan:
            return root, self.graph.bases
        bases = dict(self.graph.bases)

        def change(part: Any, path: Path, rules: tuple[Migration, ...]) -> Any:
            state = State(part, self.context)
            try:
                name = part.type if part.type in STOCK else compat_type(state)
            except Mixed:
                return Each(tuple([change(one, path, rules) for one in objects(part, self.context)]))
            except MigrationError as error:
                raise MigrationError(error.problem, path=str(path), fix=error.fix) from None
            if name is None:
                return part
            # What is known of the stock class, validation above all, holds for this one.
            bases[name] = (STOCK[name],)
            self.as_before.setdefault(name, []).append(str(path))
            state.type = name
            return state.finish()

        return rewrite(root, plan, change, self.context), bases

    def applied(self) -> list[Applied]:
        """Return what was done, in order."""
        made = [
            Applied(
                name,
                done.fidelity,
                tuple(dict.fromkeys(done.paths)),
                done.migration.describe() + "".join(f"; {note}" for note in done.notes),
            )
            for name, done in self.done.items()
        ]
        for name, paths in self.as_before.items():
            kind = name.partition(":")[2]
            meaning = f"it predicts as the release did that fitted it (perdure.compat.{kind})"
            made.append(Applied("as-before", "exact", tuple(paths), meaning))
        return made


# What numpy and Python raise over numbers that do not fit together.
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, ZeroDivisionError, InvalidError)
