"""What a file is and what `load` would refuse of it, found without building anything."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._legacy_file import LegacyFile
from ..container.sniff import HEAD, OLD, TAIL, kind
from ..errors import FormatError, PerdureError, Untrusted
from ..remote import filesystem_of, is_url, open_url, transferring

__all__ = ["CODE", "Scanned", "found_in", "kind_of", "scan_file", "type_of"]

#: Kinds of files that run code when they are loaded by what wrote them.
CODE = frozenset(("joblib", "joblib-zlib", "pickle", "skops", "torch"))
_CLEARED = "memory="
# What a compressed file is called that may hold a model.
_SUFFIXES = (".joblib", ".pkl", ".pickle", ".gz", ".z", ".bz2", ".xz", ".lzma", ".lz4")


@dataclass(frozen=True)
class Scanned:
    """What was found out about one file.

    Attributes
    ----------
    file : str
    kind : str
        ``"perdure"``, ``"pickle"`` …, told by the content.
    bytes : int
    type : str or None
        Of the model, as ``module:qualname``.
    libraries : mapping of str to (str or None)
        The releases that the model was made with.
    untrusted : tuple of Untrusted
        Names outside perdure's tables.
    acting : tuple of Untrusted
        Parameters that act later, and that a reader has to ask for by name.
    cleared : tuple of Untrusted
        Caches that are switched off when the model is loaded.
    error : PerdureError or None
        What is wrong beyond that.
    """

    file: str
    kind: str
    bytes: int
    type: str | None = None
    libraries: Mapping[str, str | None] = field(default_factory=dict)
    untrusted: tuple[Untrusted, ...] = ()
    acting: tuple[Untrusted, ...] = ()
    cleared: tuple[Untrusted, ...] = ()
    error: PerdureError | None = None

    @property
    def fine(self) -> bool:
        """Whether `load` would let it through."""
        return not (self.untrusted or self.acting or self.error)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        error = self.error
        return {
            "file": self.file,
            "kind": self.kind,
            "bytes": self.bytes,
            "fine": self.fine,
            "type": self.type,
            "libraries": dict(self.libraries),
            "untrusted": list(map(_row, self.untrusted)),
            "acting_later": list(map(_row, self.acting)),
            "switched_off": list(map(_row, self.cleared)),
            "error": None
            if error is None
            else {
                "kind": type(error).__name__,
                "problem": error.problem,
                "where": error.path,
                "what_to_do": error.fix,
            },
        }


def _row(item: Untrusted) -> dict[str, Any]:
    return {"name": item.name, "reason": item.reason, "paths": list(item.paths)}


def scan_file(path: str, named: bool, trusted: Iterable[str] = ()) -> Scanned | None:
    """Return what a file is and what `load` would refuse of it.

    Parameters
    ----------
    path : str
    named : bool
        Whether somebody named this very file: one that was found in a folder and is no model is passed over.
    trusted : iterable of str, default=()
        Names that the reader trusts.

    Returns
    -------
    Scanned or None
        None for what is passed over.

    Raises
    ------
    OSError
        As with open().

    Examples
    --------
    >>> import os, perdure, tempfile
    >>> from perdure.reporting.scanning import scan_file
    >>> from sklearn.preprocessing import StandardScaler
    >>> path = os.path.join(tempfile.mkdtemp(), "scaler.perdure")
    >>> _ = perdure.dump(StandardScaler(), path)
    >>> found = scan_file(path, named=True)
    >>> found.kind, found.fine, found.type
    ('perdure', True, 'sklearn.preprocessing._data:StandardScaler')
    """
    from ..container.sniff import foreign

    if not is_url(path) and not stat.S_ISREG(os.stat(path).st_mode):
        return Scanned(path, "special", 0, error=FormatError("not a file but a device, a pipe or a socket"))
    head, tail, size = _ends(path)
    found = kind_of(path, named)
    if found is None:
        return None
    if found == "perdure" or found in OLD:
        return _scan_model(path, size, found, trusted)
    return Scanned(path, found, size, error=foreign(head, tail, os.path.basename(path)))


def kind_of(path: str, named: bool) -> str | None:
    """Return what a file is; None for one that was found in a folder and is no model.

    Parameters
    ----------
    path : str
    named : bool
        Whether somebody named this very file.
    """
    head, tail, _ = _ends(path)
    found = kind(head, tail)
    # What is only compressed may be anything: its name says whether a model is meant.
    if found == "perdure" or found in CODE or named or path.endswith((".perdure", *_SUFFIXES)):
        return found
    return None


def _ends(path: str) -> tuple[bytes, bytes, int]:
    """Return the beginning and the end of a file, and its size."""
    with open_url(path) if is_url(path) else open(path, "rb") as file:
        head = file.read(HEAD)
        size = file.seek(0, io.SEEK_END)
        file.seek(max(size - TAIL, 0))
        return head, file.read(), size


def found_in(paths: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield each file, those in folders too, and whether it was named: what is found in a folder may be anything."""
    for path in paths:
        if is_url(path):
            yield from _behind(path)
            continue
        if not stat.S_ISDIR(os.stat(path).st_mode):
            yield path, True
            continue
        for folder, folders, names in os.walk(path, onerror=_raise):
            folders.sort()
            for name in sorted(names):
                inner = os.path.join(folder, name)
                # Neither a pipe, which may never end, nor a link, which may lead anywhere.
                if stat.S_ISREG(os.lstat(inner).st_mode):
                    yield inner, False


def _behind(url: str) -> Iterator[tuple[str, bool]]:
    filesystem, place = filesystem_of(url)
    with transferring(url, "listed", "try again"):
        filesystem.invalidate_cache()
        if filesystem.isfile(place):
            found, named = [url], True
        else:
            found, named = sorted(map(filesystem.unstrip_protocol, filesystem.find(place))), False
    if not found:
        raise FileNotFoundError(2, os.strerror(2), url)
    yield from ((file, named) for file in found)


def _raise(error: OSError) -> None:
    raise error


def _scan_model(path: str, size: int, what: str, trusted: Iterable[str]) -> Scanned:
    from .._api import open as open_model
    from ..migrate import migrate
    from ..record.libraries import running_libraries
    from ..trust.policy import Policy, untrusted
    from ..validate import validate

    facts: dict[str, Any] = {}
    policy = Policy.of(list(trusted))
    asked: list[Untrusted] = []
    try:
        with open_model(path) as file:
            facts["libraries"] = file.libraries
            file.complete()
            graph, arrays = file.graph, file.arrays
            facts["type"] = type_of(graph.root)
            facts["untrusted"] = tuple(untrusted(graph, policy))
            if isinstance(file, LegacyFile):
                facts["untrusted"] += file.dropped
            for name in file.sections:
                # Read for its checksum: load may pass over what is damaged there.
                file.section(name)
            _ = file.record
            migrated, _ = migrate(graph, arrays, running_libraries())
            if migrated is not graph:
                known = {item.name for item in facts["untrusted"]}
                facts["untrusted"] += tuple(item for item in untrusted(migrated, policy) if item.name not in known)
            validate(migrated, arrays, trusted=policy.trusted, asked=asked)
    except PerdureError as error:
        facts["error"] = error
    merged: dict[str, Untrusted] = {}
    for item in asked:
        known_item = merged.get(item.name)
        paths = item.paths if known_item is None else known_item.paths + item.paths
        merged[item.name] = Untrusted(item.name, paths, item.reason)
    acting = [item for item in merged.values() if item.name not in policy.trusted]
    return Scanned(
        path,
        what,
        size,
        acting=tuple(item for item in acting if not item.name.startswith(_CLEARED)),
        cleared=tuple(item for item in acting if item.name.startswith(_CLEARED)),
        **facts,
    )


def type_of(root: Any) -> str | None:
    """Return the type of a model, or in a word what it is."""
    from ..graph.nodes import Def, Object

    while isinstance(root, Def):
        root = root.node
    return root.type if isinstance(root, Object) else type(root).__name__.lower().removesuffix("of")
