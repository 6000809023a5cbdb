"""The rows at one place of a model: columns side by side, numbers and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import ExportError
from .graph import Graph, Tensor

__all__ = ["Block", "Table"]


@dataclass(frozen=True, eq=False)
class Block:
    """Columns of one kind: a tensor of rows × width; texts of a vectorizer have one dimension."""

    tensor: Tensor
    width: int


@dataclass(frozen=True, eq=False)
class Table:
    """Columns, in blocks.

    Attributes
    ----------
    blocks : tuple of Block
    """

    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, tensor: Tensor, width: int) -> Table:
        return cls((Block(tensor, width),))

    @property
    def width(self) -> int:
        return sum(block.width for block in self.blocks)

    @property
    def graph(self) -> Graph:
        return self.blocks[0].tensor.graph

    def numbers(self) -> Tensor:
        """Return all columns as one tensor of numbers."""
        parts = [block.tensor for block in self.blocks if block.width]
        if any(part.kind == "text" for part in parts):
            raise ExportError("text stands where numbers are needed")
        if not parts:
            raise ExportError("a table without columns")
        return self.graph.concat([part.number() for part in parts])

    def column(self, place: int) -> Tensor:
        """Return one column, as a column, in its own kind."""
        for block in self.blocks:
            if place < block.width:
                return block.tensor if block.width == 1 else block.tensor.column(place)
            place -= block.width
        raise ExportError(f"there is no column {place}")

    def take(self, places: Sequence[int]) -> Table:
        """Return some columns, in the order that is given."""
        wanted = [int(place) for place in places]
        if wanted == list(range(self.width)):
            return self
        owner = np.repeat(np.arange(len(self.blocks)), [block.width for block in self.blocks])
        first = np.cumsum([0, *(block.width for block in self.blocks)])
        blocks: list[Block] = []
        start = 0
        while start < len(wanted):
            here = int(owner[wanted[start]])
            stop = start
            while stop < len(wanted) and owner[wanted[stop]] == here:
                stop += 1
            block = self.blocks[here]
            inner = [place - int(first[here]) for place in wanted[start:stop]]
            whole = inner == list(range(block.width))
            blocks.append(block if whole else Block(block.tensor.take(inner), len(inner)))
            start = stop
        return Table(tuple(blocks))

    @staticmethod
    def joined(tables: Sequence[Table]) -> Table:
        """Return the columns of all tables side by side."""
        return Table(tuple(block for table in tables for block in table.blocks if block.width))
