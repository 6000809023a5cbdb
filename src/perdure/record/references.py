"""Paths and URLs as a record may hold them: no credentials, no home folder."""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..errors import PerdureError, UnsupportedError
from .training import DataReference

__all__ = ["as_reference", "describe", "is_url", "local_path", "reason_of", "without_credentials"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]+://")
_SECRET = re.compile(r"(?i)token|secret|passw|signature|credential|api[-_]?key|^(sig|key|pwd|auth)$")
_PIECE = 1 << 20


def is_url(reference: str) -> bool:
    """Whether a reference is a URL and not a path; a single letter is a drive of Windows."""
    return _URL.match(reference) is not None


def without_credentials(url: str) -> str:
    """Return a URL without user, password and secret parameters.

    Examples
    --------
    >>> from perdure.record.references import without_credentials
    >>> without_credentials("https://me:pw@host/train.csv?version=3&X-Amz-Signature=ab12")
    'https://host/train.csv?version=3'
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in pairs if not _SECRET.search(pair[0])]
    query = parts.query if len(kept) == len(pairs) else urlencode(kept)
    return urlunsplit((parts.scheme, host, parts.path, query, parts.fragment))


def reason_of(error: Exception) -> str:
    """Return why something failed, in one short text that names no home folder."""
    return _without_home(error.problem if isinstance(error, PerdureError) else f"{type(error).__name__}: {error}")[:300]


def _without_home(text: str) -> str:
    home = os.path.expanduser("~")
    return text if home in ("~", os.path.sep) else text.replace(home, "~")


def as_reference(place: Any) -> str:
    """Return a path or URL as the record holds it.

    Parameters
    ----------
    place : str or os.PathLike

    Returns
    -------
    str
    """
    if isinstance(place, os.PathLike):
        place = os.fspath(place)
    if not isinstance(place, str) or not place:
        raise UnsupportedError(
            f"data takes a path or a URL as text, not {type(place).__name__}",
            fix='data="train.parquet" or data="s3://bucket/train.parquet"; the data themselves are not kept',
        )
    if is_url(place):
        plain = without_credentials(place)
        return _without_home(plain) if plain.lower().startswith("file:") else plain
    home = os.path.expanduser("~")
    if os.path.isabs(place) and home not in ("~", os.path.sep):
        inner = os.path.relpath(place, home)
        if not inner.startswith(os.path.pardir):
            return "~/" + inner.replace(os.path.sep, "/")
    return place


def local_path(reference: str, beside: str | None = None) -> str | None:
    """Return the regular file that a reference means on this machine, None when there is none.

    A reference comes from a file that may be anybody's: only a regular file is named, never a device, a pipe, what
    the kernel makes up, or a share of another machine, which opening alone would ask.

    Parameters
    ----------
    reference : str
    beside : str, optional
        A folder where a relative path may start, besides the current one.
    """
    if is_url(reference) or reference.startswith(("\\\\", "//")) or "\x00" in reference:
        return None
    path = os.path.expanduser(reference)
    for place in [path] if os.path.isabs(path) or beside is None else [path, os.path.join(beside, path)]:
        if os.path.isfile(place) and not os.path.realpath(place).startswith(("/proc/", "/sys/", "/dev/")):
            return place
    return None


def describe(place: Any) -> DataReference:
    """Return the reference to data, with size and sha256 where they are a file that can be read.

    Raises
    ------
    OSError
        When the file cannot be read, or the URL not be reached.
    MissingExtraError
        When what reads such a URL is not installed.
    """
    reference = as_reference(place)
    if is_url(os.fspath(place)) and not os.fspath(place).lower().startswith("file:"):
        from .fetching import fetch_digest
        from .versions import version_of_url

        size, digest, told = fetch_digest(os.fspath(place))
        version, kind = version_of_url(reference, told) or (None, None)
        return DataReference(reference=reference, size=size, sha256=digest, version=version, versioned_by=kind)
    path = local_path(os.fspath(place).removeprefix("file://"))
    if path is None:
        return DataReference(reference=reference)
    size, digest = file_digest(path)
    return DataReference(reference=reference, size=size, sha256=digest)


def file_digest(path: str) -> tuple[int, str]:
    """Return the bytes and the sha256 of a file."""
    from hashlib import sha256

    digest, size = sha256(), 0
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()
