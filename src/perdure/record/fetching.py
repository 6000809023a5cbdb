"""What lies behind a URL of training data: read once at save time, for its size, its sha256 and its version."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from ..errors import MissingExtraError

__all__ = ["fetch_digest"]

_PIECE = 1 << 20
_TIMEOUT = 20.0


def fetch_digest(url: str) -> tuple[int, str, Mapping[str, Any]]:
    """Return the bytes, the sha256 and what the place tells of a file behind a URL.

    Parameters
    ----------
    url : str
        ``http``, ``https``, or whatever fsspec has a file system for.

    Raises
    ------
    OSError
        When it cannot be reached.
    MissingExtraError
        When fsspec, or what it needs for such a URL, is not installed.
    """
    if urlsplit(url).scheme.lower() in ("http", "https"):
        return _over_http(url)
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError("reading a URL needs fsspec", fix='pip install "perdure[fsspec]"') from None
    try:
        filesystem, place = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        # fsspec says which package a scheme needs, or that it knows no such scheme.
        raise MissingExtraError(str(error).splitlines()[0][:200]) from None
    with filesystem.open(place, "rb") as file:
        size, digest = _digest(file.read)
    return size, digest, filesystem.info(place)


def _over_http(url: str) -> tuple[int, str, Mapping[str, Any]]:
    from urllib.request import Request, urlopen

    parts = urlsplit(url)
    credentials, _, host = parts.netloc.rpartition("@")
    request = Request(urlunsplit((parts.scheme, host, parts.path or "/", parts.query, "")))
    if credentials:
        plain = unquote(credentials if ":" in credentials else credentials + ":")
        request.add_unredirected_header("Authorization", "Basic " + b64encode(plain.encode()).decode())
    with urlopen(request, timeout=_TIMEOUT) as answer:
        size, digest = _digest(answer.read)
        headers = answer.headers
        etag = headers.get("ETag", "")
        # A weak one stands for several contents.
        told = {
            "VersionId": headers.get("x-amz-version-id"),
            "generation": headers.get("x-goog-generation"),
            "etag": None if etag.startswith("W/") else etag,
        }
        return size, digest, told


def _digest(read: Callable[[int], bytes]) -> tuple[int, str]:
    digest, size = sha256(), 0
    while piece := read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()
