"""Signing a file, and checking who signed it: inside of the file, or in a file beside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any

from ..container.file import Container
from ..container.sections import SIGNATURES
from ..container.writing import append_sections, write_text
from ..errors import FormatError, UnsupportedError, VerificationError
from .bundle import Bundle, Statement, encoded, parse
from .keys import check, hint, make, private_key, public_key

__all__ = ["Signed", "check_container", "check_signature", "hints", "sign"]

_ENDING = ".sigstore.json"
# What the official tool calls the only file of a model that is one file.
_FILE = "."
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature that was checked says.

    Attributes
    ----------
    key : str
        The sha256 of the public key's PEM.
    name : str
        What the model was called when it was signed.
    parts : tuple of str
        What the signature is of: the members of the file, or ``"."`` for all of its bytes.
    """

    key: str
    name: str
    parts: tuple[str, ...]


def sign(
    path: str | os.PathLike[str],
    private: Any,
    *,
    password: str | bytes | None = None,
    detached: str | os.PathLike[str] | None = None,
) -> list[str]:
    """Sign a perdure file with a key, in the OpenSSF's model-signing format.

    Parameters
    ----------
    path : str or os.PathLike
        A perdure file. Its signature becomes a part of it: it covers every other member of the file.
    private : str, os.PathLike or bytes
        The private key: a path, or its PEM. Of an elliptic curve: P-256, P-384 or P-521.
    password : str or bytes, optional
        Of the key.
    detached : str or os.PathLike, optional
        Write the signature to a file of its own, as the official tool does: it covers all bytes of ``path``, which
        stays as it is. ``model_signing verify key`` verifies it.

    Returns
    -------
    list of str
        The path that was written.

    Raises
    ------
    UnsupportedError
        When the key is none that can sign.
    VerificationError
        When the file is not what its own digests say.
    MissingExtraError
        Without ``perdure[sign]``.

    Examples
    --------
    >>> import os, perdure, tempfile
    >>> from cryptography.hazmat.primitives import serialization
    >>> from cryptography.hazmat.primitives.asymmetric import ec
    >>> key = ec.generate_private_key(ec.SECP256R1())
    >>> path = os.path.join(tempfile.mkdtemp(), "model.perdure")
    >>> _ = perdure.dump({"threshold": 0.5}, path)
    >>> [os.path.basename(written) for written in perdure.sign(path, key)]
    ['model.perdure']
    >>> perdure.load(path, signed_by=key.public_key())
    {'threshold': 0.5}
    """
    key = private_key(private, password)
    title = hint(key.public_key())
    name = os.path.basename(os.path.abspath(os.fspath(path)))
    if detached is not None:
        with Container(path):
            # What is no perdure file is not signed as one.
            pass
        statement = Statement(name, {_FILE: _digest_of(path)})
        write_text(detached, _signed(statement, key, title))
        return [os.fsdecode(detached)]
    with Container(path) as container:
        wrong = container.damaged()
        if wrong:
            raise VerificationError(
                f"{container.name} is not signed: {', '.join(wrong)} changed since it was written",
                fix="take the file from where it is whole",
            )
        statement = Statement(name, _digests(container), ignored=(SIGNATURES.rstrip("/"),))
    append_sections(path, {f"{SIGNATURES}{title[:16]}{_ENDING}": _signed(statement, key, title)})
    return [os.fsdecode(path)]


def check_signature(src: Any, key: Any, *, signature: Any = None) -> Signed:
    """Check who signed a file: every byte that `load` would use is what was signed with this key.

    Parameters
    ----------
    src : str, os.PathLike or binary file-like
        A perdure file; with ``signature`` a path to any file.
    key : str, os.PathLike or bytes
        The public key: a path, or its PEM.
    signature : str, os.PathLike or bytes, optional
        A signature beside the file: a path, or its bytes. By default those in the file.

    Returns
    -------
    Signed

    Raises
    ------
    VerificationError
        When there is no signature of this key, or the file is not what was signed.
    FormatError
        When the file, or a signature, is damaged.

    Examples
    --------
    >>> import os, perdure, tempfile
    >>> from cryptography.hazmat.primitives.asymmetric import ec
    >>> key = ec.generate_private_key(ec.SECP256R1())
    >>> path = os.path.join(tempfile.mkdtemp(), "model.perdure")
    >>> _ = perdure.dump([1, 2], path), perdure.sign(path, key)
    >>> perdure.check_signature(path, key.public_key()).parts
    ('graph.json', 'perdure.json', 'record.json')
    """
    public = public_key(key)
    if signature is None:
        with Container(src) as container:
            return check_container(container, public)
    if not isinstance(src, (str, os.PathLike)):
        raise UnsupportedError("a signature beside a file is checked for a path", fix="check_signature(path, key, …)")
    bundle = parse(signature if isinstance(signature, bytes) else _read(signature))
    statement = _checked(bundle, public, os.fspath(src))
    if dict(statement.resources) != {_FILE: _digest_of(src)}:
        raise VerificationError(
            f"{os.path.basename(os.fspath(src))} is not what was signed: its sha256 is another one",
            fix="do not use it: take the file that was signed",
        )
    return Signed(hint(public), statement.name, (_FILE,))


def hints(container: Container) -> list[str]:
    """Return what the signatures in a file say of the keys that made them, unchecked."""
    found = []
    for name in _signatures(container):
        found.append(parse(container.section(name)).hint)
    return found


def check_container(container: Container, key: Any) -> Signed:
    """Check the signatures in an open file, as `check_signature` does: the graph is not parsed for it."""
    public = public_key(key)
    title = hint(public)
    names = _signatures(container)
    if not names:
        raise VerificationError(
            f"{container.name} is not signed",
            fix="ask its sender for a signature: perdure.sign(path, private_key)",
        )
    refused: VerificationError | None = None
    for name in names:
        bundle = parse(container.section(name))
        if bundle.hint and bundle.hint != title:
            continue
        try:
            statement = _checked(bundle, public, container.name)
        except VerificationError as error:
            refused = error
            continue
        _compare(dict(statement.resources), _digests(container), container.name)
        return Signed(title, statement.name, tuple(sorted(statement.resources)))
    if refused is not None:
        raise refused
    raise VerificationError(
        f"{container.name} is signed with another key than this one ({title[:16]}…)",
        fix="do not load it, unless you know the other key: perdure inspect shows which it is",
    )


def _signatures(container: Container) -> list[str]:
    return [name for name in container.sections if name.startswith(SIGNATURES)]


def _signed(statement: Statement, key: Any, title: str) -> bytes:
    payload = statement.to_bytes()
    signature = make(key, Bundle(payload, b"", title).signed)
    return encoded(payload, signature, title)


def _checked(bundle: Bundle, public: Any, name: str) -> Statement:
    """Return what was signed: read only after the signature is known to be the key's."""
    if not check(public, bundle.signature, bundle.signed):
        raise VerificationError(
            f"the signature of {name} was not made with this key",
            fix="do not use the file: it, or its signature, was changed, or the key is another one",
        )
    return bundle.statement()


def _compare(signed: dict[str, str], there: dict[str, str], name: str) -> None:
    changed = sorted(part for part in signed.keys() & there.keys() if signed[part] != there[part])
    gone, added = sorted(signed.keys() - there.keys()), sorted(there.keys() - signed.keys())
    said = [
        f"{what}: {', '.join(parts)}"
        for what, parts in (("changed", changed), ("gone", gone), ("added", added))
        if parts
    ]
    if said:
        raise VerificationError(
            f"{name} is not what was signed ({'; '.join(said)})", fix="do not use it: take the file that was signed"
        )


def _digests(container: Container) -> dict[str, str]:
    """Return the sha256 of every member but the signatures, computed from their bytes."""
    found = {}
    for name in container.archive.names:
        if not name.startswith(SIGNATURES):
            digest, part = sha256(), container.archive.part(name)
            for at in range(0, part.size, _PIECE):
                digest.update(part.read(at, min(at + _PIECE, part.size)))
            found[name] = digest.hexdigest()
    return found


def _digest_of(path: Any) -> str:
    digest = sha256()
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _read(path: Any) -> bytes:
    from .bundle import MOST

    file: IO[bytes]
    with open(path, "rb") as file:
        data = file.read(MOST + 1)
    if not data:
        raise FormatError(f"{os.fspath(path)} is empty, and no signature")
    return data
