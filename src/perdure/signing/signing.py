"""Signing a file, and checking who signed it: inside of the file, or in a file beside it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import IO, Any

from ..arrays.source import Source
from ..container.file import Container, OldFile
from ..container.sections import SIGNATURES
from ..container.sources import open_source
from ..container.writing import append_sections, write_text
from ..errors import FormatError, LimitError, PerdureError, VerificationError
from ..graph.limits import Limits
from .bundle import MOST, Bundle, Statement, encoded, parse
from .keys import check, hint, make, private_key, public_key

__all__ = ["Signed", "check_container", "check_signature", "opened", "sign"]

_ENDING = ".sigstore.json"
# What the official tool calls the only file of a model that is one file.
_FILE = "."
_PIECE = 1 << 20
# Each is tried; no honest file has so many.
_MOST_SIGNATURES = 16
_HINT = re.compile("[0-9a-f]{64}")


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
    section : str or None
        Where it stands in the file; None for one beside it.
    """

    key: str
    name: str
    parts: tuple[str, ...]
    section: str | None = None


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
        # What is no perdure file is not signed as one.
        with opened(path) as container:
            statement = Statement(name, {_FILE: _digest_of(container.archive.source)})
        write_text(detached, _signed(statement, key, title))
        return [os.fsdecode(detached)]
    with opened(path) as container:
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
        A perdure file; with ``signature`` any file.
    key : str, os.PathLike or bytes
        The public key: a path, or its PEM.
    signature : str, os.PathLike or bytes, optional
        A signature beside the file: a path, or its bytes; also one of a folder that has a file of this name. By default
        those in the file.

    Returns
    -------
    Signed

    Raises
    ------
    VerificationError
        When there is no signature of this key, or the file is not what was signed.
    FormatError
        When the file, or ``signature``, is damaged.

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
        with opened(src) as container:
            return check_container(container, public)
    bundle = parse(signature if isinstance(signature, bytes) else _read(signature))
    source, name, finish = open_source(src, Limits(), mapped=False)
    try:
        statement, digest = _checked(bundle, public, name), _digest_of(source)
    finally:
        if finish is not None:
            finish()
    for part, signed in statement.resources.items():
        # A folder that was signed has a file of that name.
        if signed == digest and (part == _FILE or PurePosixPath(part).name == name):
            return Signed(hint(public), statement.name, (part,))
    raise VerificationError(
        f"{name} is not what was signed: its sha256 is another one, or its name is",
        fix="do not use it: take the file that was signed",
    )


def opened(src: Any) -> Container:
    """Return a perdure file, all of it in memory: what is checked is what is used."""
    try:
        return Container(src, private=True)
    except OldFile as found:
        # Nobody goes on with it.
        found.close()
        raise


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
    if len(names) > _MOST_SIGNATURES:
        raise VerificationError(
            f"{container.name} has {len(names):,} signatures; no more than {_MOST_SIGNATURES} are looked at",
            fix="do not load it: no honest file has so many",
        )
    problems = []
    for name in names:
        # One that is not a signature, or is another's, says nothing about the others.
        try:
            if container.archive.size(name) > MOST:
                raise LimitError(f"it has {container.archive.size(name):,} bytes; no more than {MOST:,} are read")
            bundle = parse(bytes(container.archive.read(name)))
            if not check(public, bundle.signature, bundle.signed):
                said = f" (it names {bundle.hint[:16]}…)" if _HINT.fullmatch(bundle.hint) else ""
                raise VerificationError(f"it was not made with this key{said}")
            statement = bundle.statement()
            _compare(dict(statement.resources), _digests(container), container.name)
            return Signed(title, statement.name, tuple(sorted(statement.resources)), name)
        except PerdureError as error:
            problems.append(f"{name}: {error.problem}")
    raise VerificationError(
        f"{container.name} was not signed with this key ({title[:16]}…), or is not what was signed:\n  "
        + "\n  ".join(problems),
        fix="do not load it: take the file that was signed, from whoever has that key",
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


def _digest_of(source: Source) -> str:
    digest = sha256()
    for at in range(0, source.size, _PIECE):
        digest.update(source.read(at, min(at + _PIECE, source.size)))
    return digest.hexdigest()


def _read(path: Any) -> bytes:
    file: IO[bytes]
    with open(path, "rb") as file:
        data = file.read(MOST + 1)
    if not data:
        raise FormatError(f"{os.fspath(path)} is empty, and no signature")
    return data
