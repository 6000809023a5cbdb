"""The texts around a signature: Sigstore's bundle, DSSE's envelope, in-toto's statement; strictly read.

Sources: https://docs.sigstore.dev/about/bundle/, https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md,
https://github.com/in-toto/attestation/tree/main/spec/v1, and the predicate ``model_signing/signature/v1.0`` of
https://github.com/sigstore/model-transparency.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ..errors import FormatError, LimitError

__all__ = ["Bundle", "Statement", "encoded", "parse"]

#: Of thousands of members; it is read before anything is known of who wrote it.
MOST = 1 << 20
_MEDIA = "application/vnd.dev.sigstore.bundle.v0.3+json"
_PAYLOAD = "application/vnd.in-toto+json"
_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://model_signing/signature/v1.0"


@dataclass(frozen=True, slots=True)
class Statement:
    """What was signed: the name of a model, and the sha256 of each of its parts.

    Attributes
    ----------
    name : str
    resources : mapping of str to str
        Name of a part to its sha256, hexadecimal.
    ignored : tuple of str
        What lies beside the parts and is none of them.
    """

    name: str
    resources: Mapping[str, str]
    ignored: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The sha256 of the digests of all parts, in the order of their names."""
        whole = sha256()
        for name in sorted(self.resources):
            whole.update(bytes.fromhex(self.resources[name]))
        return whole.hexdigest()

    def to_bytes(self) -> bytes:
        """Return the statement as JSON."""
        serialization = {"allow_symlinks": False, "hash_type": "sha256", "method": "files"}
        resources = [
            {"algorithm": "sha256", "digest": self.resources[name], "name": name} for name in sorted(self.resources)
        ]
        statement = {
            "_type": _STATEMENT,
            "predicate": {"resources": resources, "serialization": {**serialization, "ignore_paths": [*self.ignored]}},
            "predicateType": _PREDICATE,
            "subject": [{"digest": {"sha256": self.digest}, "name": self.name}],
        }
        return json.dumps(statement, sort_keys=True, separators=(",", ":")).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A signature with what it is of.

    Attributes
    ----------
    payload : bytes
        The statement, as it was signed.
    signature : bytes
    hint : str
        Of the key that is said to have made it; "" where none is said.
    """

    payload: bytes
    signature: bytes
    hint: str

    @property
    def signed(self) -> bytes:
        """The very bytes that the signature is of."""
        return b"DSSEv1 %d %s %d %s" % (len(_PAYLOAD), _PAYLOAD.encode(), len(self.payload), self.payload)

    def statement(self) -> Statement:
        """Return what was signed.

        Raises
        ------
        FormatError
            When it is no statement about a model, or contradicts itself.
        """
        given = _object(_json(self.payload, "the statement"), "the statement")
        if given.get("_type") != _STATEMENT or given.get("predicateType") != _PREDICATE:
            raise FormatError(f"the signature is of {str(given.get('predicateType'))[:80]!r}, which is no model")
        predicate = _object(given.get("predicate"), "the predicate")
        serialization = _object(predicate.get("serialization"), "serialization")
        if (serialization.get("method"), serialization.get("hash_type")) != ("files", "sha256"):
            raise FormatError(
                "the signature is not of the sha256 of whole parts", fix="sign it again, by files and sha256"
            )
        subject = _list(given.get("subject"), "the subject")
        if len(subject) != 1:
            raise FormatError("the signature is of several models")
        name = _object(subject[0], "the subject").get("name")
        stated = _object(_object(subject[0], "the subject").get("digest"), "its digest").get("sha256")
        resources: dict[str, str] = {}
        whole = sha256()
        for row in _list(predicate.get("resources"), "resources"):
            part = _object(row, "a resource")
            title, digest = part.get("name"), part.get("digest")
            if type(title) is not str or title in resources or part.get("algorithm") != "sha256":
                raise FormatError("a resource in the signature has no name of its own, or no sha256")
            try:
                whole.update(_hex(digest))
            except ValueError:
                raise FormatError(f"the digest of {title[:80]!r} in the signature is no sha256") from None
            resources[title] = str(digest)
        if type(name) is not str or whole.hexdigest() != stated:
            raise FormatError("the statement contradicts itself: its digests do not make that of the model")
        return Statement(name, resources)


def _hex(digest: Any) -> bytes:
    if type(digest) is not str or len(digest) != 64 or digest != digest.lower():
        raise ValueError
    return bytes.fromhex(digest)


def encoded(payload: bytes, signature: bytes, hint: str) -> bytes:
    """Return the bundle of a signature as JSON; LimitError when it lists more than a reader takes."""
    bundle = {
        "dsseEnvelope": {
            "payload": b64encode(payload).decode(),
            "payloadType": _PAYLOAD,
            "signatures": [{"keyid": "", "sig": b64encode(signature).decode()}],
        },
        "mediaType": _MEDIA,
        "verificationMaterial": {"publicKey": {"hint": hint}, "tlogEntries": []},
    }
    data = json.dumps(bundle, sort_keys=True, separators=(",", ":")).encode("utf-8")
    if len(data) > MOST:
        raise LimitError(f"the signature has {len(data):,} bytes, and no reader takes more than {MOST:,}")
    return data


def parse(data: bytes) -> Bundle:
    """Return the bundle of a text.

    Raises
    ------
    FormatError
        When it is none, or is made with something other than a key.
    LimitError
        When it is larger than any needs to be.

    Examples
    --------
    >>> from perdure.signing.bundle import encoded, parse
    >>> parse(encoded(b"{}", b"signature", "ab")).signature
    b'signature'
    """
    if len(data) > MOST:
        raise LimitError(f"a signature of {len(data):,} bytes is larger than any needs to be")
    given = _object(_json(data, "the signature"), "the signature")
    if given.get("mediaType") != _MEDIA:
        raise FormatError(f"a signature of the kind {str(given.get('mediaType'))[:80]!r} is not known")
    material = _object(given.get("verificationMaterial"), "verificationMaterial")
    if "publicKey" not in material:
        raise FormatError(
            "the signature was made with a certificate, not with a key",
            fix="check it with the tool that made it (model_signing verify …)",
        )
    hint = _object(material["publicKey"], "publicKey").get("hint", "")
    envelope = _object(given.get("dsseEnvelope"), "dsseEnvelope")
    signatures = _list(envelope.get("signatures"), "signatures")
    if envelope.get("payloadType") != _PAYLOAD or len(signatures) != 1 or type(hint) is not str:
        raise FormatError("the envelope of the signature is not one in-toto statement, signed once")
    signature = _base64(_object(signatures[0], "a signature").get("sig"), "sig")
    return Bundle(_base64(envelope.get("payload"), "payload"), signature, hint)


def _json(data: bytes, what: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key twice")
        return found

    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise FormatError(f"{what} is no JSON that can be read") from None


def _object(value: Any, what: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise FormatError(f"{what} of the signature is missing, or no object")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if type(value) is not list:
        raise FormatError(f"{what} of the signature is missing, or no list")
    return value


def _base64(value: Any, what: str) -> bytes:
    try:
        if type(value) is not str:
            raise ValueError
        return b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        raise FormatError(f"{what} of the signature is no base64") from None
