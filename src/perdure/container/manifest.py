"""The manifest: ``perdure.json``, the first member of every file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from ..errors import FormatError, UnsupportedError
from ..graph.native import native_reader
from .archive import Member

__all__ = ["FORMAT", "MANIFEST", "MAX_MANIFEST", "Manifest", "Version"]

Version = tuple[int, int]

MANIFEST = "perdure.json"
# The format that this release writes, and the oldest reader that understands what it writes.
FORMAT: Version = (1, 0)
MIN_READER: Version = (1, 0)

_FORMAT, _MIN_READER = list(FORMAT), list(MIN_READER)
_MAX_TEXT = 100
# More than a million coded arrays take.
MAX_MANIFEST = 1 << 25
_KEYS = frozenset(("digest", "format", "libraries", "members", "min_reader", "producer", "storage"))


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} stands in it")


# Made once: json.loads and json.dumps would make them anew at each call.
_decode = json.JSONDecoder(parse_float=_no_constant, parse_constant=_no_constant).raw_decode
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


@dataclass(slots=True)
class Manifest:
    """What a file says of itself.

    Attributes
    ----------
    producer : str
        The release of perdure that wrote it.
    libraries : mapping of str to (str or None)
        The releases the model was made with.
    digest : str
        ``sha256:…`` of the model: its graph and its arrays, however they are stored.
    members : mapping of str to (int, str)
        Size and ``sha256:…`` of every other member but the signatures.
    storage : mapping of str to object
        How arrays lie in the region: see `perdure.arrays.region`.
    format, min_reader : (int, int)
        Major and minor version of the format, and of the oldest reader that can read the file.
    """

    producer: str
    libraries: Mapping[str, str | None]
    digest: str
    members: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    storage: Mapping[str, object] = field(default_factory=dict)
    format: Version = FORMAT
    min_reader: Version = MIN_READER

    def with_members(self, members: Sequence[Member]) -> Manifest:
        """Return the manifest of a file of these members, the signatures left out."""
        return replace(
            self,
            members={
                member.name: (member.size, "sha256:" + member.sha256)
                for member in members
                if not member.name.startswith("signatures/")
            },
        )

    def to_bytes(self) -> bytes:
        """Return the manifest as canonical JSON."""
        texts = [self.producer, *self.libraries, *(of for of in self.libraries.values() if of is not None)]
        for text in texts:
            if not (text.isascii() and text.isprintable()) or '"' in text or "\\" in text:
                raise UnsupportedError(f"{text!r} cannot stand in a manifest: plain ASCII is needed")
        return _canonical(self).encode("ascii")

    @classmethod
    def parse(cls, data: bytes | memoryview) -> Manifest:
        """Return the manifest of canonical JSON.

        Raises
        ------
        FormatError
            When it is anything else, or of a format that this release does not read.

        Examples
        --------
        >>> from perdure.container.manifest import Manifest
        >>> manifest = Manifest("1.0.0", {"python": "3.13.0"}, "sha256:" + 64 * "0")
        >>> Manifest.parse(manifest.to_bytes()) == manifest
        True
        """
        if native_reader.active:
            found = native_reader.manifest(data)
            if found is not None:
                producer, libraries, digest, of_members, storage = found
                return cls(producer, libraries, digest, of_members, storage)
        try:
            text = str(data, "ascii")
            raw, _ = _decode(text)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"{MANIFEST} is not JSON as perdure writes it: {error}") from None
        if type(raw) is not dict:
            raise FormatError(f"{MANIFEST} does not hold an object")
        version, min_reader = FORMAT, MIN_READER
        if raw.get("format") != _FORMAT or raw.get("min_reader") != _MIN_READER:
            version, min_reader = _versions(raw)
        if raw.keys() != _KEYS:
            # A newer minor version may say more than this reader has to know.
            missing, unknown = _KEYS - raw.keys(), raw.keys() - _KEYS
            if missing or version <= FORMAT:
                raise FormatError(f"{MANIFEST} has unexpected keys or lacks some: {sorted(missing | unknown)}"[:300])
        try:
            members = {name: (size, digest) for name, (size, digest) in raw["members"].items()}
            manifest = cls(
                raw["producer"], raw["libraries"], raw["digest"], members, raw["storage"], version, min_reader
            )
            canonical = _canonical(manifest) if version <= FORMAT else _encode(raw)
        except (AttributeError, TypeError, ValueError, RecursionError):
            # Something is of another type than it has to be.
            canonical = ""
        # Duplicate keys, spaces, another order, another form of a number, another type, bytes after the end: whatever
        # is not canonical differs. Without an escape, no text holds anything that a terminal would obey.
        if text != canonical or "\\" in text:
            raise FormatError(f"{MANIFEST} is not in the canonical form")
        _check_values(manifest, text)
        return manifest


def _versions(raw: dict[str, Any]) -> tuple[Version, Version]:
    """Return the versions of a file of another format, if this reader can read it."""
    version, min_reader = _version(raw, "format"), _version(raw, "min_reader")
    if version[0] > FORMAT[0] or min_reader > FORMAT:
        raise FormatError(
            f"the file is of format {version[0]}.{version[1]}, for readers from {min_reader[0]}.{min_reader[1]} on;"
            f" this perdure reads up to {FORMAT[0]}.{FORMAT[1]}",
            fix="upgrade perdure: python -m pip install --upgrade perdure",
        )
    if min_reader > version:
        raise FormatError(f"{MANIFEST} asks for a newer reader than its own format")
    return version, min_reader


def _version(raw: dict[str, Any], key: str) -> Version:
    value = raw.get(key)
    if type(value) is list and len(value) == 2:
        major, minor = value
        if type(major) is int and type(minor) is int and 1 <= major < 1 << 31 and 0 <= minor < 1 << 31:
            return major, minor
    raise FormatError(f"{key} of {MANIFEST} is not a version")


def _canonical(manifest: Manifest) -> str:
    """Return the canonical JSON of a manifest whose texts need no escape: a third of json's time.

    Numbers are formatted as such and texts in quotes: a value of another type gives another text than JSON has for it, or a
    TypeError.
    """
    libraries = _libraries(manifest.libraries)
    members = ",".join([f'"{name}":[{size:d},"{digest}"]' for name, (size, digest) in sorted(manifest.members.items())])
    (major, minor), (reader_major, reader_minor) = manifest.format, manifest.min_reader
    storage = _encode(dict(manifest.storage)) if manifest.storage else "{}"
    return (
        f'{{"digest":"{manifest.digest}","format":[{major:d},{minor:d}],"libraries":{{{libraries}}},'
        f'"members":{{{members}}},"min_reader":[{reader_major:d},{reader_minor:d}],'
        f'"producer":"{manifest.producer}","storage":{storage}}}'
    )


def _libraries(libraries: Mapping[str, str | None]) -> str:
    """Return the part of the libraries: that of most files is one of a few."""
    pairs = tuple(libraries.items())
    text = _WRITTEN.get(pairs)
    if text is None:
        text = ",".join([f'"{name}":null' if of is None else f'"{name}":"{of}"' for name, of in sorted(pairs)])
        if (
            len(_WRITTEN) < _REMEMBERED
            and len(pairs) < _FEW
            and all(len(name) <= _MAX_TEXT and len(of or "") <= _MAX_TEXT for name, of in pairs)
        ):
            _WRITTEN[pairs] = text
    return text


_WRITTEN: dict[tuple[tuple[str, str | None], ...], str] = {}
_REMEMBERED, _FEW = 256, 16


def _check_values(manifest: Manifest, text: str) -> None:
    """Refuse texts that are empty or endless, and digests that are none."""
    libraries = manifest.libraries
    if '""' in text or len(manifest.producer) > _MAX_TEXT:
        raise FormatError(f"a text in {MANIFEST} is empty or too long")
    if tuple(libraries.items()) not in _WRITTEN and any(
        len(item) > _MAX_TEXT for item in (*libraries, *libraries.values()) if item is not None
    ):
        raise FormatError(f"a text in {MANIFEST} is empty or too long")
    good = _is_digest(manifest.digest) is not None
    for size, digest in manifest.members.values():
        good = good and size >= 0 and _is_digest(digest) is not None
    if not good:
        raise FormatError(f"a size or a digest in {MANIFEST} is none")


_is_digest = re.compile("sha256:[0-9a-f]{64}").fullmatch
