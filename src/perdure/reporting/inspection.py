"""What a file says: of itself, of its model, of its origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._legacy_file import LegacyFile
from ..errors import Untrusted
from ..record.parts import to_json
from ..record.record import Record
from ..trust.policy import Policy, untrusted
from .outline import outline
from .parts import Part

if TYPE_CHECKING:
    from .._model_file import Code, ModelFile

__all__ = ["Inspection", "inspect_file"]

# The number of the JSON form, raised when a key goes or changes its meaning; a new key does not raise it.
_SCHEMA = "perdure.inspect/1"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What `perdure inspect` shows of a file.

    Attributes
    ----------
    file : str
        As it was asked for.
    bytes : int
        The size of the file.
    format : (int, int) or None
        None for a file that perdure did not write.
    producer : str or None
        The release of perdure that wrote it.
    digest : str
        Of the model, as the file states it.
    libraries : dict of str to (str or None)
        The releases that the model was made with.
    members : list of (str, int, str or None)
        Name, size in bytes, and sha256 as the file states it (None for the manifest and for signatures).
    model : Part
    types : tuple of str
        Every type and function that the model names, sorted.
    untrusted : list of Untrusted
        The names among them that need ``trusted=[…]``, with their places.
    record : Record or None
        What the file says of its origin.
    kind : str
        ``"perdure"``, ``"pickle"``, ``"joblib"`` …
    code : Code or None
        The text of classes and functions that the file came with.
    """

    file: str
    bytes: int
    format: tuple[int, int] | None
    producer: str | None
    digest: str
    libraries: dict[str, str | None]
    members: list[tuple[str, int, str | None]]
    model: Part
    types: tuple[str, ...]
    untrusted: list[Untrusted] = field(default_factory=list)
    record: Record | None = None
    kind: str = "perdure"
    code: Code | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON data; docs/cli.md has the keys."""
        return {
            "schema": _SCHEMA,
            "file": self.file,
            "kind": self.kind,
            "bytes": self.bytes,
            "format": None if self.format is None else list(self.format),
            "producer": self.producer,
            "digest": self.digest,
            "libraries": self.libraries,
            "members": [{"name": name, "bytes": size, "sha256": sha256} for name, size, sha256 in self.members],
            "types": list(self.types),
            "untrusted": [
                {"name": item.name, "reason": item.reason, "paths": list(item.paths)} for item in self.untrusted
            ],
            "code": None if self.code is None else {"digest": self.code.digest, "text": self.code.text},
            "record": None if self.record is None else to_json(self.record),
            "model": self.model.to_dict(),
        }


def inspect_file(file: ModelFile, name: str, *, depth: int | None = None) -> Inspection:
    """Return what an open file says; nothing is built.

    Parameters
    ----------
    file : ModelFile
        As `perdure.open` returns it.
    name : str
        What to call it.
    depth : int, optional
        How many objects within one another are opened; all by default.

    Raises
    ------
    PerdureError
        When a part of it is damaged or beyond the limits.
    """
    refused = untrusted(file.graph, Policy())
    model = outline(file.graph, file.arrays, refused={item.name for item in refused}, depth=depth)
    if isinstance(file, LegacyFile):
        return Inspection(
            name, file.size, None, None, file.digest, file.libraries, [], model, file.types, refused, kind=file.kind
        )
    manifest, archive = file.manifest, file.container.archive
    stated = {name: sha256 for name, (_, sha256) in manifest.members.items()}
    return Inspection(
        file=name,
        bytes=archive.source.size,
        format=manifest.format,
        producer=manifest.producer,
        digest=file.digest,
        libraries=file.libraries,
        members=[(member, archive.size(member), stated.get(member)) for member in archive.names],
        model=model,
        types=file.types,
        untrusted=refused,
        record=file.record,
        code=file.code,
    )
