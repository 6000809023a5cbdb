"""The manifest: ``perdure.json``, the first member of every file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from ..errors import FormatError, UnsupportedError
from .archive import Member

__all__ = ["FORMAT", "MANIFEST", "MAX_MANIFEST", "Manifest", "Version"]

Version = tuple[int, int]

MANIFEST = "perdure.json"
# The format that this release writes, and the oldest reader that understands what it writes.
FORMAT: Version = (1, 0)
MIN_READER: Version = (1, 0)

# More than a million coded arrays take.
MAX_MANIFEST = 1 << 25
_KEYS = frozenset(("digest", "format", "libraries", "members", "min_reader", "producer", "storage"))


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} stands in it")


# Made once: json.loads and json.dumps would make them anew at each call.
_decode = json.JSONDecoder(parse_float=_no_constant, parse_constant=_no_constant).decode
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
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

    def to_text(self) -> str:
        """Return the manifest as canonical JSON.

        No text in it needs an escape, so it is put together by hand: that takes a third of json's time.
        """
        libraries = ",".join(
            [f'"{name}":' + ("null" if of is None else f'"{of}"') for name, of in sorted(self.libraries.items())]
        )
        members = ",".join([f'"{name}":[{size},"{sha256}"]' for name, (size, sha256) in sorted(self.members.items())])
        storage = _encode(dict(self.storage)) if self.storage else "{}"
        return (
            f'{{"digest":"{self.digest}","format":[{self.format[0]},{self.format[1]}],"libraries":{{{libraries}}},'
            f'"members":{{{members}}},"min_reader":[{self.min_reader[0]},{self.min_reader[1]}],'
            f'"producer":"{self.producer}","storage":{storage}}}'
        )

    def to_bytes(self) -> bytes:
        """Return the manifest as the bytes of its member."""
        texts = [self.producer, *self.libraries, *(of for of in self.libraries.values() if of is not None)]
        for text in texts:
            if not (text.isascii() and text.isprintable()) or '"' in text or "\\" in text:
                raise UnsupportedError(f"{text!r} cannot stand in a manifest: plain ASCII is needed")
        return self.to_text().encode("ascii")

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
        try:
            text = str(data, "ascii")
            if "\\" in text:
                raise ValueError("an escape stands in it")
            raw = _decode(text)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"{MANIFEST} is not JSON as perdure writes it: {error}") from None
        if type(raw) is not dict:
            raise FormatError(f"{MANIFEST} does not hold an object")
        version, min_reader = _version(raw, "format"), _version(raw, "min_reader")
        if version[0] > FORMAT[0] or min_reader > FORMAT:
            raise FormatError(
                f"the file is of format {version[0]}.{version[1]}; this perdure reads up to {FORMAT[0]}.{FORMAT[1]}",
                fix="upgrade perdure: python -m pip install --upgrade perdure",
            )
        if min_reader > version:
            raise FormatError(f"{MANIFEST} asks for a newer reader than its own format")
        if raw.keys() != _KEYS:
            # A newer minor version may say more than this reader has to know.
            missing, unknown = _KEYS - raw.keys(), raw.keys() - _KEYS
            if missing or version <= FORMAT:
                raise FormatError(f"{MANIFEST} has unexpected keys or lacks some: {sorted(missing | unknown)}"[:300])
        manifest = cls(
            _text(raw["producer"], "producer"),
            _libraries(raw["libraries"]),
            _digest(raw["digest"]),
            _members(raw["members"]),
            _object(raw["storage"], "storage"),
            version,
            min_reader,
        )
        try:
            canonical = manifest.to_text() if version <= FORMAT else _encode(raw)
        except RecursionError:
            raise FormatError(f"{MANIFEST} nests too deep") from None
        # Duplicate keys, spaces, another order, another form of a number: whatever is not canonical differs.
        if text != canonical:
            raise FormatError(f"{MANIFEST} is not in canonical form")
        return manifest


def _version(raw: dict[str, Any], key: str) -> Version:
    value = raw.get(key)
    if type(value) is list and len(value) == 2:
        major, minor = value
        if type(major) is int and type(minor) is int and 1 <= major < 1 << 31 and 0 <= minor < 1 << 31:
            return major, minor
    raise FormatError(f"{key} of {MANIFEST} is not a version")


def _text(value: Any, key: str) -> str:
    if type(value) is not str or not 0 < len(value) <= 100:
        raise FormatError(f"{key} of {MANIFEST} is not a short text")
    return value


def _object(value: Any, key: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise FormatError(f"{key} of {MANIFEST} is not an object")
    return value


def _digest(value: Any) -> str:
    if type(value) is str and len(value) == 71 and value[:7] == "sha256:" and not value[7:].strip("0123456789abcdef"):
        return value
    raise FormatError(f"a digest of {MANIFEST} is not a sha256 in hexadecimal")


def _members(raw: Any) -> dict[str, tuple[int, str]]:
    members = {}
    for name, row in _object(raw, "members").items():
        if type(row) is not list or len(row) != 2 or type(row[0]) is not int or row[0] < 0:
            raise FormatError(f"members of {MANIFEST} has no size and digest of {name[:80]!r}")
        members[name] = (row[0], _digest(row[1]))
    return members


def _libraries(raw: Any) -> dict[str, str | None]:
    for name, version in _object(raw, "libraries").items():
        if not 0 < len(name) <= 100 or not (version is None or (type(version) is str and 0 < len(version) <= 100)):
            raise FormatError(f"libraries of {MANIFEST} has no version of {name[:80]!r}")
    return raw  # type: ignore[no-any-return]
