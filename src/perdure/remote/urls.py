"""Files behind a URL, through fsspec where it is installed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from ..container.archive import Member
from ..container.writing import write_file
from ..errors import MissingExtraError, PerdureError, StorageError, UnsupportedError

if TYPE_CHECKING:
    from ..graph.limits import Limits
    from .ranges import RemoteFile

__all__ = [
    "StorageOptions",
    "check_options",
    "filesystem_of",
    "is_url",
    "open_url",
    "shown_url",
    "transferring",
    "write_url",
]

#: What the driver of a store is told: ``key``, ``secret``, ``endpoint_url`` …
StorageOptions: TypeAlias = Mapping[str, Any] | None

# What brings the driver of a scheme.
_DRIVERS = {
    "s3": "perdure[s3]",
    "s3a": "perdure[s3]",
    "hf": "perdure[hf]",
    "http": "perdure[http]",
    "https": "perdure[http]",
    "gs": "perdure[fsspec] gcsfs",
    "gcs": "perdure[fsspec] gcsfs",
    "abfs": "perdure[fsspec] adlfs",
    "abfss": "perdure[fsspec] adlfs",
    "az": "perdure[fsspec] adlfs",
}


def is_url(place: object) -> TypeGuard[str]:
    """Whether a place is a URL and not a path: it begins with a scheme such as ``s3://``."""
    if not isinstance(place, str):
        return False
    scheme, found, _ = place.partition("://")
    # A single letter is a drive of Windows; fsspec chains filesystems with "::".
    return bool(found) and len(scheme) > 1 and scheme.replace("::", "").replace("+", "").isalnum()


def check_options(place: object, options: StorageOptions) -> None:
    """Raise UnsupportedError where options are given for what is no URL: nobody would look at them."""
    if options and not is_url(place):
        raise UnsupportedError("storage_options are for URLs, such as s3://bucket/model.perdure", fix="leave them out")


def shown_url(url: str) -> str:
    """Return a URL as a message may show it: without passwords, and without what a signed URL is signed with."""
    from ..record.references import without_credentials

    try:
        return without_credentials(url)
    except ValueError:
        # What urllib does not take apart, such as a chain of file systems.
        return url.partition("://")[0] + "://…"


def _fsspec(url: str) -> Any:
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError(
            f"{shown_url(url)} is a URL, and reading and writing URLs needs fsspec", fix=_installing(url)
        ) from None
    return fsspec


def _installing(url: str) -> str:
    names = _DRIVERS.get(url.partition("://")[0].lower(), "perdure[fsspec]").split()
    return "pip install " + " ".join(f'"{name}"' if "[" in name else name for name in names)


def filesystem_of(url: str, options: StorageOptions = None) -> tuple[Any, str]:
    """Return the filesystem of fsspec that a URL belongs to, and the path on it.

    Raises
    ------
    MissingExtraError
        When fsspec, or its driver for such URLs, is not installed.
    UnsupportedError
        When fsspec knows no such scheme.
    """
    fsspec = _fsspec(url)
    try:
        filesystem, place = fsspec.core.url_to_fs(url, **(options or {}))
    except ImportError as error:
        raise MissingExtraError(
            f"{shown_url(url)} cannot be opened: its driver is not installed ({error})", fix=_installing(url)
        ) from None
    except (ValueError, TypeError) as error:
        raise UnsupportedError(f"{shown_url(url)} cannot be opened: {error}") from None
    return filesystem, str(place)


@contextmanager
def transferring(url: str, doing: str, advice: str) -> Iterator[None]:
    """Turn what a driver raises, which may be anything, into an error that names the URL and says what to do."""
    try:
        yield
    except PerdureError:
        raise
    except FileNotFoundError as error:
        raise FileNotFoundError(
            errno.ENOENT, _reason(error, url) or os.strerror(errno.ENOENT), shown_url(url)
        ) from error
    except Exception as error:
        refused = isinstance(error, PermissionError) or "Credentials" in type(error).__name__
        raise StorageError(
            f"{shown_url(url)} could not be {doing}: {_reason(error, url) or type(error).__name__}",
            fix="give the keys to the store: storage_options={…}, or the variables that its driver reads (docs/storage.md)"
            if refused
            else advice,
        ) from error


def _reason(error: Exception, url: str) -> str:
    """Return what an error says, in one line; nothing where it may hold the secrets of the URL."""
    if shown_url(url) != url:
        return type(error).__name__
    return " ".join(str(error).split())[:300]


def open_url(url: str, options: StorageOptions = None, limits: Limits | None = None) -> RemoteFile:
    """Return a file behind a URL, open for reading: what is read of it is fetched by ranges, once.

    Parameters
    ----------
    url : str
    options : mapping, optional
        What the driver is told.
    limits : Limits, optional
        How large a file may be.

    Raises
    ------
    FileNotFoundError
        When nothing lies there.
    StorageError
        When the store does not answer, or refuses.
    """
    from .ranges import RemoteFile

    return RemoteFile(url, options, limits)


def write_url(url: str, members: Sequence[Member], options: StorageOptions = None) -> list[str]:
    """Write a file of these members behind a URL: made whole here first, then handed over."""
    import tempfile

    filesystem, place = filesystem_of(url, options)
    if _is_local(filesystem):
        write_file(place, members)
        return [url]
    with tempfile.TemporaryDirectory(prefix="perdure-") as folder:
        path = os.path.join(folder, "model.perdure")
        write_file(path, members, last=False)
        advice = (
            "save the model again; what lay there before is there still, or what lies there is refused by perdure.load"
        )
        with transferring(url, "written", advice):
            filesystem.put_file(path, place)
            # Who may only write cannot look; a store that keeps objects has taken the whole one or none.
            with suppress(PermissionError):
                filesystem.invalidate_cache()
                size = filesystem.info(place)["size"]
                if size is not None and size != os.path.getsize(path):
                    raise StorageError(
                        f"{shown_url(url)} was not written as a whole: {size:,} bytes arrived of {os.path.getsize(path):,}",
                        fix="save the model again; what lies there now is refused by perdure.load",
                    )
    return [url]


def _is_local(filesystem: Any) -> bool:
    said = filesystem.protocol
    return bool({"file", "local"} & set((said,) if isinstance(said, str) else said))
