"""The training data against their fingerprint: the same values, or what has changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import PerdureError
from ..record.fingerprint import fingerprint
from ..record.record import Record
from ..record.scoring import TrainingSet
from ..record.training import Column, Table
from .report import Finding

__all__ = ["check_tables", "tables_of"]

_SHOWN = 8


def tables_of(record: Record) -> dict[str, Table]:
    """Return what the record says of X, y, the weights and the groups."""
    if record.data is None:
        return {}
    found = {role: getattr(record.data, role) for role in ("X", "y", "sample_weight", "groups")}
    return {role: table for role, table in found.items() if table is not None and table.values is not None}


def check_tables(record: Record, data: TrainingSet) -> list[Finding]:
    """Compare the training data with what the record says of them."""
    found = []
    for role, then in tables_of(record).items():
        given = getattr(data, role)
        if given is None:
            found.append(Finding("data", "note", f"{role}: recorded, and not given", {"role": role}))
            continue
        try:
            now = fingerprint(given)
        except (PerdureError, TypeError, ValueError) as error:
            found.append(Finding("data", "failed", f"{role}: {error}", {"role": role}))
            continue
        found.append(_compared(role, then, now))
    return found


def _compared(role: str, then: Table, now: Table) -> Finding:
    details: dict[str, Any] = {"role": role, "then": then.values, "now": now.values}
    names = then.schema is None or now.schema is None or then.schema == now.schema
    if then.values == now.values and names:
        size = " × ".join(f"{length:,}" for length in now.shape)
        return Finding("data", "ok", f"{role}: the same values as when the model was saved ({size})", details)
    changes = list(_changes(then, now, details)) or ["other values"]
    return Finding("data", "failed", f"{role}: " + "; ".join(changes), details)


def _changes(then: Table, now: Table, details: dict[str, Any]) -> Iterator[str]:
    if then.shape[:1] != now.shape[:1]:
        yield f"{then.shape[0] if then.shape else 0:,} rows then, {now.shape[0] if now.shape else 0:,} now"
        return
    old, new = then.columns, now.columns
    if len(old) != len(new):
        yield f"{len(old)} columns then, {len(new)} now"
        return
    before, after = [column.sha256 for column in old], [column.sha256 for column in new]
    other = [place for place in range(len(old)) if before[place] != after[place]]
    if other and sorted(before) == sorted(after):
        details["moved"] = [_name(old, place) for place in other]
        yield f"columns swapped: {_listed([_name(old, place) for place in other])}"
        return
    if not other and old:
        renamed = [place for place in range(len(old)) if old[place].name != new[place].name]
        if sorted(str(column.name) for column in old) == sorted(str(column.name) for column in new):
            details["moved"] = [_name(old, place) for place in renamed]
            yield f"columns swapped: {_listed([_name(old, place) for place in renamed])}"
            return
        details["renamed"] = [[old[place].name, new[place].name] for place in renamed]
        yield "columns renamed: " + _listed([f"{old[place].name!r} → {new[place].name!r}" for place in renamed])
        return
    if then.unordered == now.unordered:
        details["reordered"] = True
        yield "the same rows in another order"
        return
    if other:
        details["columns"] = [_name(old, place) for place in other]
        yield f"changed in {_listed([_name(old, place) for place in other])}"
    kinds = [place for place in other if old[place].kind != new[place].kind]
    if kinds:
        yield "kind of " + _listed([f"{_name(old, at)}: {old[at].kind} then, {new[at].kind} now" for at in kinds])
    rows = _rows(then, now)
    if rows:
        details["rows"] = [list(span) for span in rows]
        yield "rows " + _listed([f"{start:,} to {stop - 1:,}" for start, stop in rows])


def _name(columns: tuple[Column, ...], place: int) -> str:
    name = columns[place].name
    return f"column {place}" if name is None else repr(name[:100])


def _listed(items: list[str]) -> str:
    return ", ".join(items[:_SHOWN]) + (f" and {len(items) - _SHOWN:,} more" if len(items) > _SHOWN else "")


def _rows(then: Table, now: Table) -> list[tuple[int, int]]:
    """Return the spans of rows, in whole blocks, in which something differs."""
    if then.block_rows is None or then.block_rows != now.block_rows or len(then.blocks) != len(now.blocks):
        return []
    spans: list[tuple[int, int]] = []
    for place, (old, new) in enumerate(zip(then.blocks, now.blocks, strict=True)):
        if old == new:
            continue
        start, stop = place * then.block_rows, min((place + 1) * then.block_rows, now.shape[0])
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]
        spans.append((start, stop))
    return spans
