"""The operations: a closed, small vocabulary over inert nodes.

Each says what it does, whether a state still needs it, and how it is undone, where it can be. All work alike
on one object and on a batch of them.
"""

from __future__ import annotations

from .arrays import AddField, CastArray, DropField, TransformRows
from .attributes import (
    AddAttribute,
    DropAttribute,
    Nothing,
    RenameAttribute,
    RenameType,
    ReplaceObject,
    ReplaceValue,
)
from .base import ABSENT, TYPE, Effect, Irreversible, Operation
from .functions import Inside, Transform
from .names import MoveNames, Refuse, RenameField

__all__ = [
    "ABSENT",
    "TYPE",
    "AddAttribute",
    "AddField",
    "CastArray",
    "DropAttribute",
    "DropField",
    "Effect",
    "Inside",
    "Irreversible",
    "MoveNames",
    "Nothing",
    "Operation",
    "Refuse",
    "RenameAttribute",
    "RenameField",
    "RenameType",
    "ReplaceObject",
    "ReplaceValue",
    "Transform",
    "TransformRows",
]
