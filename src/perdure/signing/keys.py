"""Keys: elliptic curves, as the format has them. The key says how its signatures are checked, never the file."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Any

from ..errors import MissingExtraError, UnsupportedError

__all__ = ["check", "hint", "make", "private_key", "public_key"]

_HASHES = {256: "SHA256", 384: "SHA384", 521: "SHA512"}
_CURVES = frozenset(("secp256r1", "secp384r1", "secp521r1"))
_MOST = 1 << 16


def _cryptography() -> Any:
    try:
        from cryptography import exceptions
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ModuleNotFoundError:
        raise MissingExtraError(
            "signatures need the library cryptography, which is not installed", fix='pip install "perdure[sign]"'
        ) from None
    return exceptions, hashes, serialization, ec


def _pem(key: Any, what: str) -> bytes:
    """Return the text of a key that is given as a path or as PEM."""
    if isinstance(key, (bytes, bytearray)):
        return bytes(key)
    if isinstance(key, str) and "-----BEGIN" in key:
        return key.encode("utf-8")
    if not isinstance(key, (str, os.PathLike)):
        raise UnsupportedError(f"the {what} key is a path, or its PEM, not {type(key).__name__}")
    with open(key, "rb") as file:
        data = file.read(_MOST + 1)
    if len(data) > _MOST:
        raise UnsupportedError(f"{os.fspath(key)} is too large to be a key", fix="give the key as PEM, some lines")
    return data


def private_key(key: Any, password: str | bytes | None = None) -> Any:
    """Return the private key of a path or a PEM.

    Raises
    ------
    UnsupportedError
        When it is none, or of a kind that the format does not have.
    FileNotFoundError
        As with open().
    """
    exceptions, _, serialization, ec = _cryptography()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _known(key, key.curve.name)
    secret = password.encode("utf-8") if isinstance(password, str) else password
    try:
        made = serialization.load_pem_private_key(_pem(key, "private"), secret)
    except (ValueError, TypeError, exceptions.UnsupportedAlgorithm) as error:
        raise UnsupportedError(
            f"this is no private key that can be read ({error})", fix="give its PEM, and password=… where it has one"
        ) from None
    return _known(made, getattr(getattr(made, "curve", None), "name", type(made).__name__))


def public_key(key: Any) -> Any:
    """Return the public key of a path or a PEM.

    Raises
    ------
    UnsupportedError
        When it is none, or of a kind that the format does not have.
    FileNotFoundError
        As with open().
    """
    exceptions, _, serialization, ec = _cryptography()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _known(key, key.curve.name)
    pem = _pem(key, "public")
    if b"PRIVATE KEY-----" in pem:
        raise UnsupportedError(
            "this is a private key, which is for who signs alone: a signature is checked with the public one",
            fix="openssl ec -in private.pem -pubout -out public.pem",
        )
    if b"CERTIFICATE-----" in pem:
        raise UnsupportedError(
            "this is a certificate: signatures are checked with a public key, and chains of trust are not known here",
            fix="openssl x509 -in certificate.pem -pubkey -noout > public.pem",
        )
    try:
        made = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError, exceptions.UnsupportedAlgorithm) as error:
        raise UnsupportedError(
            f"this is no public key that can be read ({error})",
            fix="openssl ec -in private.pem -pubout -out public.pem",
        ) from None
    return _known(made, getattr(getattr(made, "curve", None), "name", type(made).__name__))


def _known(key: Any, curve: str) -> Any:
    if curve not in _CURVES:
        raise UnsupportedError(
            f"keys of the kind {curve} sign no models",
            fix="openssl ecparam -name prime256v1 -genkey -noout -out private.pem",
        )
    return key


def hint(public: Any) -> str:
    """Return what tells a public key from others: the sha256 of its PEM."""
    _, _, serialization, _ = _cryptography()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return sha256(pem).hexdigest()


def make(private: Any, data: bytes) -> bytes:
    """Return the signature of some bytes."""
    _, hashes, _, ec = _cryptography()
    return bytes(private.sign(data, ec.ECDSA(getattr(hashes, _HASHES[private.curve.key_size])())))


def check(public: Any, signature: bytes, data: bytes) -> bool:
    """Say whether the signature of some bytes was made with the key."""
    exceptions, hashes, _, ec = _cryptography()
    try:
        public.verify(signature, data, ec.ECDSA(getattr(hashes, _HASHES[public.curve.key_size])()))
    except exceptions.InvalidSignature:
        return False
    return True
