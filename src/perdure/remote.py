"""Files behind a URL, through fsspec where it is installed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, TypeGuard

from .container.archive import Member
from .container.writing import write_file
from .errors import MissingExtraError, UnsupportedError

__all__ = ["filesystem_of", "is_url", "open_url", "write_url"]


def is_url(place: object) -> TypeGuard[str]:
    """Whether a place is a URL and not a path: it begins with a scheme such as ``s3://``."""
    if not isinstance(place, str):
        return False
    scheme, found, _ = place.partition("://")
    # A single letter is a drive of Windows; fsspec chains filesystems with "::".
    return bool(found) and len(scheme) > 1 and scheme.replace("::", "").replace("+", "").isalnum()


def _fsspec(url: str) -> Any:
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError(
            f"{url} is a URL, and reading and writing URLs needs fsspec", fix='pip install "perdure[fsspec]"'
        ) from None
    return fsspec


def open_url(url: str, *, mmap: bool = False) -> Any:
    """Return a file behind a URL, open for reading."""
    if mmap:
        raise UnsupportedError("a file behind a URL cannot be mapped", fix="copy it to a local path, and load that")
    try:
        return _fsspec(url).open(url, "rb").open()
    except MissingExtraError:
        raise
    except (ImportError, ValueError) as error:
        # fsspec says which package a scheme needs, or that it knows no such scheme.
        raise _unknown(url, error) from None


def _unknown(url: str, error: Exception) -> UnsupportedError:
    return UnsupportedError(f"{url} cannot be opened: {error}")


def filesystem_of(url: str) -> tuple[Any, str]:
    """Return the filesystem of fsspec that a URL belongs to, and the path on it."""
    fsspec = _fsspec(url)
    try:
        filesystem, place = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise _unknown(url, error) from None
    return filesystem, str(place)


def write_url(url: str, members: Sequence[Member]) -> list[str]:
    """Write a file of these members behind a URL: made whole here first, then handed over."""
    import tempfile

    fsspec = _fsspec(url)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.perdure")
        write_file(path, members)
        try:
            filesystem, place = fsspec.core.url_to_fs(url)
            filesystem.put_file(path, place)
        except (ImportError, ValueError) as error:
            raise _unknown(url, error) from None
    return [url]
