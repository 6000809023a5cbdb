"""The record and the probe of an open file.

What loading a file of this machine and these releases needs stands at the top of the module; the rest is imported
when it is asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import FormatError, PerdureWarning
from ..graph.nodes import Graph
from .libraries import running_libraries, running_machine

if TYPE_CHECKING:
    from .probe.comparing import Comparison
    from .probe.storing import Sample
    from .record import Record

__all__ = ["OpenFile", "differences", "machine_of", "own_patterns", "read_record", "replay_if_needed", "samples_of"]


class OpenFile(Protocol):
    """What is asked of a `perdure.ModelFile`."""

    @property
    def name(self) -> str: ...

    @property
    def libraries(self) -> dict[str, str | None]: ...

    @property
    def graph(self) -> Graph: ...

    def section(self, name: str) -> bytes | None: ...


def read_record(section: Callable[[str], bytes | None]) -> Record | None:
    """Return the record of a file; None where it has none.

    Parameters
    ----------
    section : callable
        Gives the bytes of a section by its name.
    """
    from .record import RECORD, Record

    data = section(RECORD)
    return None if data is None else Record.parse(data)


def samples_of(file: OpenFile, record: Record) -> tuple[Sample, ...]:
    """Return the samples of the probe of a file; empty where it has none."""
    from .probe import storing

    if record.probe is None:
        return ()
    graph = file.section(storing.GRAPH)
    if graph is None:
        if any(sample.rows for sample in record.probe.samples):
            raise FormatError(f"the record speaks of a probe, and the file has no {storing.GRAPH}")
        return ()
    return storing.read_samples(graph, file.section(storing.ARRAYS), record.probe.storage)


def differences(file: OpenFile, machine: tuple[str, str, int] | None, applied: Sequence[Any]) -> list[str]:
    """Return what makes it likely that predictions differ from those at save time: releases, machine, migrations.

    Parameters
    ----------
    file : ModelFile
    machine : (str, str, int) or None
        Architecture, byte order and bits of an address at save time.
    applied : sequence
        The migrations that were applied.
    """
    now, stored = running_libraries(), file.libraries
    found = [
        f"{name} {stored[name]} then, {now[name]} now"
        for name in ("scikit-learn", "numpy", "scipy")
        if stored.get(name) is not None and stored[name] != now.get(name)
    ]
    running = running_machine()
    if machine is not None and machine != running:
        found.append(f"{machine[0]} ({machine[2]} bits) then, {running[0]} ({running[2]} bits) now")
    if applied:
        found.append(f"{len(applied)} migration{'s' if len(applied) > 1 else ''}")
    return found


def machine_of(record: Record) -> tuple[str, str, int] | None:
    """Return architecture, byte order and bits of an address at save time."""
    then = record.environment
    return None if then is None else (then.machine, then.byteorder, then.bits)


def _same_machine(data: bytes) -> bool:
    """Whether a record was surely made on a machine like this one: a glance, where reading all of it would cost more."""
    machine, byteorder, bits = running_machine()
    return (
        b'"bits":%d,"byteorder":"%b"' % (bits, byteorder.encode()) in data
        and b'"machine":"%b"' % (machine.encode()) in data
    )


def replay_if_needed(
    file: OpenFile, model: Any, applied: Sequence[Any], *, trusted: frozenset[str] = frozenset()
) -> None:
    """Ask a model that was just loaded about its probe, where something differs from when it was saved.

    The model stays as it is.

    Warns with a `PerdureWarning` when an output differs beyond the bounds, or cannot be compared.

    Parameters
    ----------
    file : ModelFile
    model : object
        As loaded.
    applied : sequence
        The migrations that were applied.
    trusted : frozenset of str
        What the reader trusts beyond the tables.
    """
    try:
        data = file.section("record.json")
        if data is None or (_same_machine(data) and not differences(file, None, applied)):
            return
        _replay(file, model, data, applied, trusted)
    except Exception as error:  # noqa: BLE001 - the model is there, whatever it answers
        from .references import reason_of

        _warn(f"the probe of {file.name} cannot be asked: {reason_of(error)}")


def _replay(file: OpenFile, model: Any, data: bytes, applied: Sequence[Any], trusted: frozenset[str]) -> None:
    from .probe.replaying import replay
    from .record import Record

    record = Record.parse(data)
    reasons = differences(file, machine_of(record), applied)
    if record.probe is None or not reasons or own_patterns(file.graph, trusted):
        return
    changed = [
        (found.path, comparison)
        for found in replay(model, samples_of(file, record))
        for comparison in found.comparisons
        if comparison.verdict == "different"
    ]
    if changed:
        _warn(_said(file.name, reasons, changed))


def own_patterns(graph: Graph, trusted: frozenset[str]) -> list[str]:
    """Return the regular expressions of a model that are neither scikit-learn's own nor trusted."""
    from .probe.replaying import patterns_in

    return [pattern for pattern in patterns_in(graph) if f"token_pattern={pattern}" not in trusted]


def _said(name: str, reasons: Sequence[str], changed: Sequence[tuple[str, Comparison]]) -> str:
    lines = [f"{name} does not predict as it did when it was saved ({'; '.join(reasons)}):"]
    lines += [f"    {path} {comparison}" for path, comparison in changed[:5]]
    if len(changed) > 5:
        lines.append(f"    and {len(changed) - 5} more outputs")
    lines.append(f"  what to do: perdure.verify({name!r}) says more; check the model's score before you use it")
    return "\n".join(lines)


def _warn(text: str) -> None:
    from .collecting import outside

    warnings.warn(text, PerdureWarning, stacklevel=outside())
