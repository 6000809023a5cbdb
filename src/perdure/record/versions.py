"""Which version of the training data it is: as git, DVC, Delta Lake, Iceberg or the place itself names it."""

from __future__ import annotations

import os
import re
from hashlib import md5
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..errors import UnsupportedError
from .origin import ask_git, repository
from .references import is_url

__all__ = ["Version", "version_of", "version_of_url"]

# The version, and who names it so.
Version = tuple[str, str]

_MOST = 1 << 22
_PIECE = 1 << 20
# Parameters of a URL that name a version of what lies there.
_IN_URL = {
    "versionid": "s3",
    "generation": "gcs",
    "snapshot": "azure",
    "versionasof": "delta",
    "snapshot-id": "iceberg",
}
# What fsspec's file systems tell of a file, the surest first.
_IN_INFO = (("VersionId", "s3"), ("version_id", "azure"), ("generation", "gcs"), ("ETag", "etag"), ("etag", "etag"))


def version_of_url(url: str, info: Any = None) -> Version | None:
    """Return the version that a URL names, or that its place tells.

    Parameters
    ----------
    url : str
    info : mapping, optional
        What the place tells of the file: headers, or the details of a file system of fsspec.

    Examples
    --------
    >>> from perdure.record.versions import version_of_url
    >>> version_of_url("s3://bucket/train.parquet?versionId=3sL4kqtJlcpXroDTDmJ")
    ('3sL4kqtJlcpXroDTDmJ', 's3')
    """
    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query):
        if name.lower() in _IN_URL and value:
            return value, _IN_URL[name.lower()]
    if parts.scheme in ("gs", "gcs") and parts.fragment.isdigit():
        return parts.fragment, "gcs"
    for name, kind in _IN_INFO:
        told = info.get(name) if info is not None else None
        if told not in (None, "", "null"):
            return str(told).strip('"'), kind
    return None


def version_of(place: str) -> Version | None:
    """Return the version of a file or a folder of this machine; None where nobody names one.

    Raises
    ------
    UnsupportedError
        When DVC's file beside it is that of other data.
    PerdureError
        When git cannot say it.
    """
    if is_url(place):
        return version_of_url(place)
    path = os.path.expanduser(place)
    return _of_table(path) or _of_dvc(path) or (_of_git(path) if os.path.isfile(path) else None)


def _of_table(path: str) -> Version | None:
    log = os.path.join(path, "_delta_log")
    if os.path.isdir(log):
        found = [int(name[:20]) for name in os.listdir(log) if re.fullmatch(r"\d{20}\.json", name)]
        if found:
            return str(max(found)), "delta"
    hint = os.path.join(path, "metadata", "version-hint.text")
    if os.path.isfile(hint):
        text = _text(hint).strip()
        if text.isalnum():
            return text, "iceberg"
    return None


def _of_dvc(path: str) -> Version | None:
    path = path.rstrip("/" + os.sep).removesuffix(".dvc")
    if not os.path.isfile(path + ".dvc"):
        return _of_pipeline(path) if os.path.isfile(path) else None
    text = _text(path + ".dvc")
    # Of outs: only, each "- md5: …" with its path; what it depends on stands in deps:.
    outs = re.search(r"(?ms)^outs:\s*\n(.*?)(?=^\S|\Z)", text.replace("\n- ", "\n  - "))
    for entry in re.split(r"(?m)^ *- ", outs[1] if outs else "")[1:]:
        digest = re.search(r"(?m)^ *md5: *([0-9a-f]{32}(?:\.dir)?) *$", entry)
        named = re.search(r"(?m)^ *path: *['\"]?(.*?)['\"]? *$", entry)
        if digest is None or (named is not None and named[1] != os.path.basename(path)):
            continue
        if os.path.isfile(path) and _md5(path) != digest[1]:
            name = os.path.basename(path)
            raise UnsupportedError(
                f"{name} is not the file of {name}.dvc", fix=f"dvc add {name}, or dvc checkout {name}"
            )
        return digest[1], "dvc"
    return None


def _of_pipeline(path: str) -> Version | None:
    """Return the md5 that DVC's pipeline has for a file, if it is that of the file."""
    folder = os.path.dirname(os.path.realpath(path))
    while not os.path.isfile(lock := os.path.join(folder, "dvc.lock")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    name = os.path.relpath(os.path.realpath(path), folder).replace(os.sep, "/")
    entry = re.compile(
        r"(?m)^ *- path: *['\"]?" + re.escape(name) + r"['\"]? *\n(?:^ +(?!- )\w+: .*\n)*?^ +md5: *([0-9a-f]{32}) *$"
    )
    known = {match[1] for match in entry.finditer(_text(lock))}
    digest = _md5(path) if known else None
    return (digest, "dvc") if digest in known and digest is not None else None


def _of_git(path: str) -> Version | None:
    folder, name = os.path.split(os.path.realpath(path))
    root = repository(folder)
    if root is None:
        return None
    inner = f":(literal,top){os.path.relpath(os.path.join(folder, name), root).replace(os.sep, '/')}"
    # What is changed, ignored or new is of no commit.
    if ask_git(root, "status", "--porcelain", "--ignored", "--", inner):
        return None
    commit = ask_git(root, "log", "-1", "--format=%H", "--", inner, may_fail=True).decode("ascii").strip()
    return (commit, "git") if commit else None


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read(_MOST)


def _md5(path: str) -> str:
    digest = md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
