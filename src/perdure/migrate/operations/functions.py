"""Operations by a named pure function, and on what an attribute holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ...graph.nodes import Batch, Def, Object, Ref
from ...graph.structure import rebuild
from ..state import Context, State
from .base import ABSENT, TYPE, Effect, Operation

__all__ = ["Inside", "Transform", "change_inside"]

Changes: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Transform(Operation):
    """What no other operation says: a named pure function of one object's attributes.

    Attributes
    ----------
    meaning : str
        In words what it does.
    function : callable
        ``function(state) -> {attribute: node}``, `ABSENT` for an attribute that goes, `TYPE` for another type. It reads with
        ``state.value`` and makes arrays with ``state.context.array``; it changes nothing.
    back : callable or None, default=None
        The function that undoes it.
    sets, drops : tuple of str
        The attributes that it may give a value, and those that it may take away.
    moves : mapping of str to str
        The types that have another name afterwards.
    """

    meaning: str
    function: Callable[[State], Changes]
    back: Callable[[State], Changes] | None = None
    sets: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    moves: Mapping[str, str] = field(default_factory=dict, hash=False)

    def due(self, state: State) -> None:
        return None

    def apply(self, state: State) -> None:
        for name, node in self.function(state).items():
            if name == TYPE:
                state.type = node
            elif node is ABSENT:
                state.drop(name)
            else:
                state.set(name, node)

    def inverse(self) -> Operation | None:
        if self.back is None:
            return None
        moves = {new: old for old, new in self.moves.items()}
        return Transform(
            f"undone: {self.meaning}", self.back, self.function, (*self.sets, *self.drops), self.sets, moves
        )

    def effect(self) -> Effect:
        return Effect(frozenset(self.sets), frozenset(self.drops), moves=self.moves)

    def describe(self) -> str:
        return self.meaning


@dataclass(frozen=True)
class Inside(Operation):
    """Operations on the objects that an attribute holds: what only their owner can know."""

    name: str
    operations: tuple[Operation, ...]

    def due(self, state: State) -> bool | None:
        return None

    def apply(self, state: State) -> None:
        if self.name in state.columns:
            state.set_column(self.name, change_inside(state.columns[self.name], self.operations, state.context))
        elif self.name in state.constants:
            state.set(self.name, change_inside(state.constants[self.name], self.operations, state.context))

    def inverse(self) -> Operation | None:
        backwards = tuple(operation.inverse() for operation in reversed(self.operations))
        if any(operation is None for operation in backwards):
            return None
        return Inside(self.name, backwards)  # type: ignore[arg-type]

    def effect(self) -> Effect:
        return Effect(changes=frozenset((self.name,)))

    def describe(self) -> str:
        return f"in {self.name}: " + "; ".join(operation.describe() for operation in self.operations)


def change_inside(part: Any, operations: tuple[Operation, ...], context: Context) -> Any:
    """Return the node or column with the operations applied to the objects directly in it."""
    if isinstance(part, (Object, Batch)):
        state = State(part, context)
        for operation in operations:
            operation.apply(state)
        return state.finish()
    if isinstance(part, Ref):
        # Its definition stands elsewhere: done once, after this pass.
        context.pending.append((part.key, operations))
        return part
    if isinstance(part, Def):
        changed = Def(part.key, change_inside(part.node, operations, context))
        context.changed.add((part.key, operations))
        context.defined[part.key] = changed.node
        return changed
    return rebuild(part, lambda child: change_inside(child, operations, context))
