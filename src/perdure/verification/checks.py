"""The single checks; each returns findings, whatever the file holds."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Any

from .._model_file import ModelFile
from ..arrays.progress import Progress
from ..container.sections import SIGNATURES
from ..errors import MissingExtraError, PerdureError
from ..record.probe.comparing import Comparison
from ..record.probe.replaying import Replayed, replay
from ..record.reading import own_patterns, samples_of
from ..record.record import Record
from ..record.references import as_reference, file_digest, is_url, local_path
from ..record.source import FOLDER
from ..record.training import DataReference
from .report import Finding, Status

__all__ = ["check_data", "check_integrity", "check_probe", "check_signed", "check_source"]


def check_integrity(file: ModelFile, progress: Progress | None = None) -> Finding:
    """Compute every digest anew."""
    try:
        wrong = file.damaged(progress)
    except PerdureError as error:
        return Finding("integrity", "failed", str(error))
    if wrong:
        names = ", ".join("the model's digest" if name == "model" else name for name in wrong)
        return Finding("integrity", "failed", f"changed since it was written: {names}", {"changed": wrong})
    count = len(file.manifest.members)
    return Finding("integrity", "ok", f"the digests of {count} members and of the model are right", {"members": count})


def check_signed(file: ModelFile) -> Finding | None:
    """Say who signed the file, where that was asked for and is so; None where it is not signed."""
    found = file.signature
    if found is not None:
        said = f"signed with the key {found.key[:16]}…: all {len(found.parts)} members are what was signed"
        return Finding("signature", "ok", said, {"key": found.key, "members": list(found.parts)})
    signed = [name for name in file.sections if name.startswith(SIGNATURES)]
    if not signed:
        return None
    said = f"{len(signed)} in the file, not checked: whose it is, a key says\n  what to do: signed_by="
    return Finding("signature", "note", said, {"sections": signed})


def check_source(file: ModelFile, record: Record) -> list[Finding]:
    """Compare the texts of the source with the digests in the record."""
    texts = record.source.texts if record.source is not None else ()
    changed = []
    for text in texts:
        content = _content(file, FOLDER + text.name)
        if content is None or sha256(content).hexdigest() != text.sha256:
            changed.append(text.name)
    if changed:
        return [Finding("source", "failed", f"not as recorded: {', '.join(changed)}", {"changed": changed})]
    return (
        [
            Finding(
                "source", "ok", f"{len(texts)} text{'s' if len(texts) != 1 else ''} as recorded", {"texts": len(texts)}
            )
        ]
        if texts
        else []
    )


def _content(file: ModelFile, name: str) -> bytes | None:
    try:
        return file.section(name)
    except PerdureError:
        # Damaged: the digest of nothing is not the one that is recorded either.
        return None


# --- the probe ------------------------------------------------------------------------------------------


def check_probe(
    file: ModelFile, record: Record, model: Any, trusted: frozenset[str], *, drifted: bool
) -> list[Finding]:
    """Ask the model about its probe again.

    Parameters
    ----------
    file : ModelFile
    record : Record
    model : object
        As loaded.
    trusted : iterable
        What the reader trusts beyond the tables.
    drifted : bool
        Whether releases or the machine differ from when the model was saved.
    """
    if record.probe is None:
        return [Finding("probe", "note", "the file has no probe")]
    strange = own_patterns(file.graph, trusted)
    if strange:
        names = ", ".join(f'"token_pattern={pattern}"' for pattern in strange)
        return [
            Finding(
                "probe",
                "note",
                f"not asked: the model has a regular expression of its own\n  what to do: trusted=[{names}]",
            )
        ]
    found = [
        Finding("probe", "note", f"{sample.path} was not asked when it was saved: {sample.missing['rows']}")
        for sample in record.probe.samples
        if "rows" in sample.missing
    ]
    try:
        replayed = replay(model, samples_of(file, record))
    except MissingExtraError as error:
        return [*found, Finding("probe", "note", f"not asked: {error}")]
    except PerdureError as error:
        return [*found, Finding("probe", "failed", str(error))]
    return found + [_probe_finding(item, drifted=drifted) for item in replayed]


def _probe_finding(item: Replayed, *, drifted: bool) -> Finding:
    by_verdict: dict[str, list[Comparison]] = {"equal": [], "close": [], "different": []}
    for comparison in item.comparisons:
        by_verdict[comparison.verdict].append(comparison)
    different, close = by_verdict["different"], by_verdict["close"]
    rows = f"{item.path}, {item.rows} rows"
    if different:
        status: Status = "failed"
        lines = [f"{rows}: does not predict as it did when it was saved", *map(str, different), *map(str, close)]
    elif close:
        # On the same machine and releases bits are expected; a table of pandas may lie elsewhere in memory, though.
        status = "ok" if drifted else "note"
        lines = [f"{rows}: predicts as it did, within the bounds", *map(str, close)]
    else:
        status = "ok"
        lines = [f"{rows}: predicts as it did, bit for bit ({', '.join(c.output for c in item.comparisons)})"]
    details = {
        "path": item.path,
        "rows": item.rows,
        "outputs": {
            c.output: {
                "verdict": c.verdict,
                "row": c.row,
                "column": c.column,
                "then": _shown(c.then),
                "now": _shown(c.now),
            }
            for c in item.comparisons
        },
    }
    return Finding("probe", status, "\n".join(lines), details)


def _shown(value: Any) -> Any:
    plain = value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and value - value == 0)
    return value if plain else repr(value)


# --- the data -------------------------------------------------------------------------------------------


def check_data(record: Record, given: Any, beside: str | None) -> list[Finding]:
    """Compare the data with the digests in the record, where they can be reached.

    Parameters
    ----------
    record : Record
    given : str, os.PathLike or None
        Where the data are now; by default where the record says.
    beside : str or None
        The folder of the file, where a relative path may start.
    """
    references = record.data.references if record.data is not None else ()
    if given is not None:
        return [_given(references, given)]
    return [_referenced(reference, beside) for reference in references]


def _given(references: tuple[DataReference, ...], given: Any) -> Finding:
    name = as_reference(given)
    known = [reference for reference in references if reference.sha256 is not None]
    if not known:
        return Finding("data", "failed", f"the record has no digest that {name} could be compared with")
    path = local_path(name)
    if path is None:
        return Finding("data", "failed", f"{name} is no file that can be read here")
    try:
        _, digest = file_digest(path)
    except OSError as error:
        return Finding("data", "failed", f"{name} cannot be read: {error.strerror}")
    if any(reference.sha256 == digest for reference in known):
        return Finding("data", "ok", f"{name}: the same as when the model was saved", {"sha256": digest})
    return Finding("data", "failed", f"{name}: not the data that the model was saved with", {"sha256": digest})


def _referenced(reference: DataReference, beside: str | None) -> Finding:
    name = reference.reference
    if reference.versioned_by in ("delta", "iceberg") and not is_url(name):
        return _table_version(reference, beside)
    if reference.version is not None:
        name = f"{name} ({reference.versioned_by} {reference.version[:80]})"
    if reference.sha256 is None:
        return Finding("data", "note", f"{name}: recorded without a digest")
    if is_url(reference.reference):
        # A URL in somebody's file is not asked by itself.
        return Finding("data", "note", f"{name}: not fetched\n  what to do: download it, and pass data=path")
    path = local_path(reference.reference, beside)
    if path is None:
        return Finding("data", "note", f"{name}: not here\n  what to do: pass data=path")
    changed = f"{name}: changed since the model was saved"
    try:
        size = os.path.getsize(path)
        if size != reference.size:
            then = "" if reference.size is None else f"{reference.size:,} bytes then, "
            details: dict[str, Any] = {"reference": name, "size": size}
            return Finding("data", "failed", f"{changed} ({then}{size:,} now)", details)
        size, digest = file_digest(path)
    except OSError as error:
        return Finding("data", "note", f"{name}: cannot be read: {error.strerror}")
    details = {"reference": name, "sha256": digest, "size": size}
    if digest == reference.sha256:
        return Finding("data", "ok", f"{name}: the same as when the model was saved", details)
    return Finding("data", "failed", f"{changed} (same size, other bytes)", details)


def _table_version(reference: DataReference, beside: str | None) -> Finding:
    """Compare the version of a table that keeps its older ones: a newer one is worth knowing, and no damage."""
    from ..record.versions import version_of

    name, then = reference.reference, reference.version
    places = [name] if os.path.isabs(name) or beside is None else [name, os.path.join(beside, name)]
    found = next((now for now in map(version_of, places) if now is not None and now[1] == reference.versioned_by), None)
    details = {"reference": name, "then": then, "now": found and found[0]}
    if found is None:
        return Finding("data", "note", f"{name}: version {then}, and no such table here", details)
    if found[0] == then:
        return Finding("data", "ok", f"{name}: version {then}, as when the model was saved", details)
    return Finding("data", "note", f"{name}: version {then} then, {found[0]} now", details)
