"""The two journeys, dump and load, as straight-line code."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, TypeAlias, cast

from ._model_file import ModelFile, Opened, limits_of
from .arrays.progress import Meter, Progress
from .arrays.region import Compression, check_compression
from .container.archive import Member
from .container.file import Container, OldFile
from .container.writing import is_replaced, to_bytes, write_file
from .enforcing import bare, enforced
from .errors import UnsupportedError
from .graph.limits import Limits
from .remote import StorageOptions, check_options, is_url, open_url, write_url

if TYPE_CHECKING:
    from .container.sources import Readable

__all__ = ["Destination", "LimitsLike", "Origin", "dump", "dumps", "load", "loads", "open"]

Destination: TypeAlias = str | os.PathLike[str] | IO[bytes]
Origin: TypeAlias = str | os.PathLike[str] | IO[bytes]
LimitsLike: TypeAlias = Limits | Mapping[str, int] | None


def dumps(
    model: Any, *, compression: Compression = "auto", code: bool = False, progress: Progress | None = None
) -> bytes:
    """Return a model as the bytes of a perdure file.

    Parameters
    ----------
    model : object
        A fitted estimator, an unfitted one, or a dict, list or tuple around some.
    compression : {"auto", None} or int, default="auto"
        ``"auto"`` compresses each array where that saves at least 15 %; None stores all raw, so that
        they can be mapped; an int is a zstd level.
    code : bool, default=False
    progress : callable, optional
        As in `dump`.

    Returns
    -------
    bytes
        The same model gives the same bytes, in any process.

    Raises
    ------
    UnsupportedError
        When a part of the model cannot be saved, with its place in the model and the fix.

    Examples
    --------
    >>> import perdure
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    >>> data = perdure.dumps(model)
    >>> perdure.loads(data).predict([[0.5], [2.5]])
    array([0, 1])
    """
    from ._writing import prepare

    ready = prepare(bare(model), compression=check_compression(compression), code=code, meter=Meter(progress))
    return to_bytes(ready.with_sections({}))


def dump(
    model: Any,
    dest: Destination,
    *,
    compression: Compression = "auto",
    X: Any = None,
    y: Any = None,
    sample_weight: Any = None,
    groups: Any = None,
    cv: Any = None,
    scoring: Any = None,
    scores: Mapping[str, Any] | None = None,
    data: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Mapping[str, str | int] | None = None,
    embed_data: bool = False,
    source: Any = None,
    author: str | None = None,
    license: str | None = None,
    code: bool = False,
    notes: str | None = None,
    probe: Any = None,
    strict: bool = False,
    storage_options: StorageOptions = None,
    progress: Progress | None = None,
) -> list[str]:
    """Save a model to a file, a file-like object or a remote URL.

    A file is replaced whole or not at all: the new one is written beside it, flushed to disk and renamed. The model is
    written first, and again with its record when that is complete: whatever happens on the way, the model is there.

    Parameters
    ----------
    model : object
        A fitted estimator, an unfitted one, or a dict, list or tuple around some.
    dest : str, os.PathLike or binary file-like
        Where to; a URL (``s3://…``) when fsspec is installed. A file-like object is left open.
    compression : {"auto", None} or int, default="auto"
        ``"auto"`` compresses each array where that saves at least 15 %; None stores all raw, so that
        they can be mapped; an int is a zstd level.
    X, y, sample_weight, groups : array-like, optional
        The training data, as they were given to ``fit``: the record keeps their shape, columns and fingerprint,
        by which `perdure.verify` knows them again; no row of them enters the file. Needed for ``cv``.
    cv : int, splitter or iterable of (train, test), optional
        Cross-validate a clone of the model now, as `sklearn.model_selection.cross_validate` does, and keep the
        score of each fold with what it takes to draw the same folds again. With ``scores`` as well: how
        the folds of these were made, and nothing is computed.
    scoring : str, callable, list or mapping of them, optional
        What is scored; by default the model's own ``score``.
    scores : mapping, optional
        What `sklearn.model_selection.cross_validate` returned, kept in the record. Of a fitted search the
        scores of the best candidate are taken by themselves.
    data : str, os.PathLike, a list of them, or a mapping, optional
        A reference to the training data: a path or a URL. Size and sha256 are taken of what can be read, and its own
        version where it has one: of S3, git, DVC, Delta Lake …; ``{url: version}`` says it.
    embed_data : bool, default=False
        Keep X, y, the weights and the groups in the file, as Parquet (needs ``perdure[parquet]``). Without it no row
        enters the file.
    source : path, function, class, module, "auto" or a list of them, optional
        What made the model; its text goes into the file. ``"auto"`` is the running script, or the cells of the running
        notebook and its file, and what git has not of code and settings. What looks like a secret is left out, with a
        warning that names the line.
    author, license : str, optional
        Who made the model; under which terms it may be used, such as ``"apache-2.0"``.
    code : bool, default=False
        Keep the text of classes and functions that no reader can import: those of ``__main__``, of a notebook, and
        lambdas. Whoever loads the file reads it first, and says so: ``load(..., run_code="sha256:…")``.
    notes : str, optional
        Anything worth knowing.
    probe : array-like, data frame, False or None, default=None
        Rows to predict now and at every check. By default they are derived from the fitted state, and no row
        of anybody's data enters the file; with False there are none.
    strict : bool, default=False
        Raise when a part of the record fails, instead of warning; then nothing is written.
    storage_options : mapping, optional
        What the driver of a URL is told, such as ``{"key": …, "secret": …, "endpoint_url": …}`` for ``s3://``.
    progress : callable, optional
        Called as ``progress(step, done, total)`` while the work goes on, a hundred times a step at most. The steps are
        "encoding", "compressing", "writing" and "recording"; where there are bytes to count, done and total are bytes.
        What it raises stops the work: a file that was there stays as it was, until the model is written.

    Returns
    -------
    list of str
        The paths written, as joblib does; empty for a file-like object.

    Raises
    ------
    UnsupportedError
        When a part of the model cannot be saved, with its place in the model and the fix.

    Examples
    --------
    >>> import os, perdure, tempfile
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    >>> path = os.path.join(tempfile.mkdtemp(), "model.perdure")
    >>> [os.path.basename(p) for p in perdure.dump(model, path)]
    ['model.perdure']
    >>> perdure.load(path).predict([[0.5], [2.5]])
    array([0, 1])
    """
    from ._writing import prepare
    from .record.collecting import collect
    from .record.scoring import TrainingSet

    meter = Meter(progress)
    model = bare(model)
    ready = prepare(model, compression=check_compression(compression), code=code, meter=meter)

    def sections() -> dict[str, bytes]:
        return collect(
            model,
            ready.graph,
            training=TrainingSet(X, y, sample_weight, groups),
            cv=cv,
            scoring=scoring,
            scores=scores,
            data=data,
            embed_data=embed_data,
            source=source,
            author=author,
            license=license,
            notes=notes,
            probe=probe,
            strict=strict,
        )

    check_options(dest, storage_options)
    if not strict and not is_url(dest) and is_replaced(dest):
        # Whatever hangs or crashes while the record is made, the model is on the disk.
        _write(dest, ready.with_sections({}), meter, last=False)
        with meter.step("recording"):
            return write_file(dest, ready.with_sections(sections()))
    with meter.step("recording"):
        found = sections()
    return _write(dest, ready.with_sections(found), meter, storage_options)


def _write(
    dest: Destination, members: list[Member], meter: Meter, options: StorageOptions = None, *, last: bool = True
) -> list[str]:
    from ._writing import counted

    with meter.step("writing", sum(member.size for member in members)):
        if not meter.quiet:
            members = counted(members, meter)
        return write_url(dest, members, options) if is_url(dest) else write_file(dest, members, last=last)


def _opened(
    src: Readable,
    limits: Limits,
    signed_by: Any = None,
    *,
    mapped: bool = False,
    opened: Opened | None = None,
    place: Origin | None = None,
) -> ModelFile:
    """Return a file, of perdure or of pickle, joblib or skops; with a key only one that was signed with it."""
    key = None
    if signed_by is not None:
        from .signing.keys import public_key

        # Before the file: a key that is none is no fault of the file's.
        key = public_key(signed_by)
    file: ModelFile
    try:
        container = Container(src, limits=limits, mapped=mapped, private=key is not None, ranged=opened is not None)
        file = ModelFile(container, opened)
    except OldFile as found:
        from ._legacy_file import LegacyFile

        # Models that joblib wrote before its release 0.10 lie in several files of one folder.
        folder = os.path.dirname(os.path.abspath(place)) if isinstance(place, (str, os.PathLike)) else None
        # Without the frames that it came through: they hold the file, which would hold them until a collection.
        found.__traceback__ = found.__context__ = None
        file = LegacyFile(found, limits, opened, folder if folder is None else os.fsdecode(folder))
    if key is not None:
        try:
            file.check_signed(key)
        except BaseException:
            file.close()
            raise
    return file


def load(
    src: Origin,
    *,
    trusted: Iterable[object] = (),
    replace: Mapping[str, Any] | None = None,
    run_code: str | None = None,
    signed_by: Any = None,
    mmap: bool = False,
    limits: LimitsLike = None,
    allow_newer: bool = False,
    enforce_columns: bool = False,
    storage_options: StorageOptions = None,
    progress: Progress | None = None,
) -> Any:
    """Return the model of a file.

    Nothing of the file is run, and nothing outside perdure is imported before every name in it is known
    to be trusted.

    Parameters
    ----------
    src : str, os.PathLike or binary file-like
        Where from; a URL (``s3://…``) when fsspec is installed. A file-like object is read from its
        position to the end of the file, and left open.
    trusted : iterable of str or class, default=()
        Types and functions outside perdure's tables whose code you trust, as ``module:qualname``,
        ``module.Name`` or the class itself.
    replace : mapping of str to class or function, optional
        What to use for names that cannot be imported here, such as
        ``{"__main__.MyTransformer": my_module.MyTransformer}``; they need no ``trusted``.
    run_code : str, optional
        The digest of the code that the file came with, ``sha256:…``, as ``perdure inspect FILE --code`` prints it:
        run it, and take from it what the model needs. Without it nothing of the file is ever run.
    signed_by : str, os.PathLike or bytes, optional
        A public key, as a path or its PEM: a file that was not signed with it (`perdure.sign`), or is not what was
        signed, is refused before its graph is read. The file is read into memory at once, so that nobody changes it
        meanwhile; not with ``mmap``.
    mmap : bool, default=False
        Map the arrays of a file that was saved with ``compression=None``: read-only views, for
        prediction. Of a URL a copy is made in a folder of this machine, once (docs/storage.md).
    limits : Limits or mapping of str to int, optional
        Changed limits, such as ``{"decoded_bytes": 2**33}``.
    allow_newer : bool, default=False
        Try to load a file of a scikit-learn newer than perdure knows.
    enforce_columns : bool, default=False
        Return the model in an `EnforcedColumns`: the columns of a data frame are matched by name, whatever their order,
        and one that is missing is refused, naming it.
    storage_options : mapping, optional
        What the driver of a URL is told, such as ``{"key": …, "secret": …, "endpoint_url": …}`` for ``s3://``.
    progress : callable, optional
        Called as ``progress(step, done, total)`` while the work goes on, a hundred times a step at most. The steps are
        "reading" (the checks of the file's bytes) and "building"; done and total are bytes. What it raises
        stops the work.

    Returns
    -------
    object

    Raises
    ------
    FileNotFoundError
        As `open` does.
    StorageError
        When what lies behind a URL cannot be read.
    FormatError
        When it is not a perdure file, or is damaged.
    UntrustedError
        With all names that are not trusted, their places, and the exact call.
    InvalidError
        When its numbers cannot belong to such a model.

    Examples
    --------
    >>> import io, perdure
    >>> from sklearn.preprocessing import StandardScaler
    >>> file = io.BytesIO(perdure.dumps(StandardScaler().fit([[1.0], [3.0]])))
    >>> perdure.load(file).transform([[5.0]])
    array([[3.]])
    """
    with open(src, mmap=mmap, limits=limits, signed_by=signed_by, storage_options=storage_options) as file:
        model = file.load(
            trusted=trusted, replace=replace, run_code=run_code, allow_newer=allow_newer, progress=progress
        )
        return enforced(model, file.record) if enforce_columns else model


def loads(
    data: bytes | bytearray | memoryview,
    *,
    trusted: Iterable[object] = (),
    replace: Mapping[str, Any] | None = None,
    run_code: str | None = None,
    signed_by: Any = None,
    limits: LimitsLike = None,
    allow_newer: bool = False,
    enforce_columns: bool = False,
    progress: Progress | None = None,
) -> Any:
    """Return the model of the bytes of a file.

    Parameters
    ----------
    data : bytes-like
    trusted, replace, run_code, signed_by, limits, allow_newer, enforce_columns, progress
        As in `load`.

    Returns
    -------
    object

    Raises
    ------
    PerdureError
        As in `load`.

    Examples
    --------
    >>> import perdure
    >>> from sklearn.preprocessing import StandardScaler
    >>> data = perdure.dumps(StandardScaler().fit([[1.0], [3.0]]))
    >>> perdure.loads(data).transform([[5.0]])
    array([[3.]])
    """
    with _opened(data, limits_of(limits), signed_by) as file:
        model = file.load(
            trusted=trusted, replace=replace, run_code=run_code, allow_newer=allow_newer, progress=progress
        )
        return enforced(model, file.record) if enforce_columns else model


def open(
    src: Origin,
    *,
    mmap: bool = False,
    limits: LimitsLike = None,
    signed_by: Any = None,
    storage_options: StorageOptions = None,
) -> ModelFile:
    """Open a file to look at it: reads lazily, builds nothing.

    Behind a URL what is looked at is fetched, and no more: the directory, the manifest, the graph.

    Parameters
    ----------
    src : str, os.PathLike or binary file-like
    mmap, limits, signed_by, storage_options
        As in `load`.

    Returns
    -------
    ModelFile
        With ``graph``, ``types``, ``untrusted``, ``params``, ``libraries``, ``digest`` and ``load()``;
        a context manager.

    Raises
    ------
    FormatError
        When it is not a perdure file, or is damaged.

    Examples
    --------
    >>> import io, perdure
    >>> from sklearn.preprocessing import StandardScaler
    >>> data = perdure.dumps(StandardScaler().fit([[1.0], [3.0]]))
    >>> with perdure.open(io.BytesIO(data)) as file:
    ...     print(file.types, file.untrusted)
    ('sklearn.preprocessing._data:StandardScaler',) ()
    """
    given = limits_of(limits)
    check_options(src, storage_options)
    if mmap and signed_by is not None:
        raise UnsupportedError(
            "a file that is mapped can change after its signature was checked", fix="leave mmap or signed_by out"
        )
    if not is_url(src):
        return _opened(src, given, signed_by, mapped=mmap, place=src)
    opened = open_url(src, storage_options, given)
    try:
        file = _opened(cast("IO[bytes]", opened), given, signed_by, opened=opened)
        if not mmap or file.kind != "perdure":
            return file
        from .remote.cache import cached

        with file:
            path = cached(file.container, opened, given)
        return _opened(path, given, mapped=True)
    except BaseException:
        opened.close()
        raise
